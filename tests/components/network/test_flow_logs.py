import json
from typing import Any

import pytest

from blueprint.record import Record
from components.shared.logs import LogKeeping

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig"
ARCHIVE = "arn:aws:s3:::example-archive"


@pytest.fixture(scope="module")
def record(network: Any) -> Record:
    return network()


@pytest.mark.parametrize("name", ["main-logs-search", "main-logs-archive"])
def test_flow_logs_cover_all_traffic_of_the_vpc_every_minute(record: Record, name: str) -> None:
    inputs = record.one(FLOW_LOG, name).inputs
    assert inputs["vpcId"] == record.one("aws:ec2/vpc:Vpc").outputs["id"]
    assert inputs["trafficType"] == "ALL"
    assert inputs["maxAggregationInterval"] == 60
    assert "${pkt-srcaddr}" in str(inputs["logFormat"])


def test_flow_logs_can_be_searched(record: Record) -> None:
    inputs = record.one(FLOW_LOG, "main-logs-search").inputs
    assert inputs["logDestinationType"] == "cloud-watch-logs"
    assert inputs["logDestination"] == record.one(GROUP, "main-logs-flows").outputs["arn"]


def test_flow_logs_are_archived_by_the_hour(record: Record) -> None:
    inputs = record.one(FLOW_LOG, "main-logs-archive").inputs
    assert inputs["logDestinationType"] == "s3"
    assert inputs["logDestination"] == ARCHIVE
    assert inputs["destinationOptions"] == {
        "fileFormat": "parquet",
        "hiveCompatiblePartitions": True,
        "perHourPartition": True,
    }


def test_only_flow_logs_of_this_account_may_take_the_delivery_role(record: Record) -> None:
    role = record.one("aws:iam/role:Role", "main-logs-delivery")
    (statement,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
    assert "vpc-flow-logs.amazonaws.com" in str(statement["Principal"])
    assert "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*" in str(statement["Condition"])


def test_the_delivery_role_writes_to_one_group(record: Record) -> None:
    document = json.loads(str(record.one("aws:iam/policy:Policy", "main-logs-delivery").inputs["policy"]))
    write = next(statement for statement in document["Statement"] if statement["Sid"] == "Write")
    arn = record.one(GROUP, "main-logs-flows").outputs["arn"]
    assert set(write["Resource"]) == {arn, f"{arn}:*"}
    assert not [action for action in write["Action"] if "Delete" in action or "*" in action]


def test_flow_logs_wait_for_the_delivery_rights(record: Record) -> None:
    attachment = record.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "main-logs-delivery")
    assert attachment.urn in record.one(FLOW_LOG, "main-logs-search").dependencies


def test_dns_queries_go_to_search_and_archive(record: Record) -> None:
    group = record.one(GROUP, "main-logs-dns").outputs["arn"]
    assert {item.inputs["destinationArn"] for item in record.of_type(CONFIG)} == {group, ARCHIVE}


def test_both_query_logs_watch_the_vpc(record: Record) -> None:
    links = record.of_type("aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation")
    assert {link.inputs["resolverQueryLogConfigId"] for link in links} == {
        item.outputs["id"] for item in record.of_type(CONFIG)
    }
    assert {link.inputs["resourceId"] for link in links} == {record.one("aws:ec2/vpc:Vpc").outputs["id"]}


def test_only_log_delivery_for_this_account_may_write_dns_queries(record: Record) -> None:
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
    group = record.one(GROUP, "main-logs-dns")
    assert "delivery.logs.amazonaws.com" in str(statement["Principal"])
    assert f"{group.outputs['arn']}:log-stream:*" in statement["Resource"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"}
    assert policy.inputs["policyName"] == group.outputs["name"]


def test_query_logs_wait_for_the_right_to_write(record: Record) -> None:
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    assert all(policy.urn in item.dependencies for item in record.of_type(CONFIG))


@pytest.mark.parametrize("name", ["main-logs-flows", "main-logs-dns"])
def test_log_groups_are_encrypted_and_kept(network: Any, args: Any, name: str) -> None:
    logs = LogKeeping(key_arn=args().logs.key_arn, days=3653, protect=True)
    group = network(logs=logs).one(GROUP, name)
    assert group.inputs["kmsKeyId"] == logs.key_arn
    assert group.inputs["retentionInDays"] == 3653
    assert group.protect is True
