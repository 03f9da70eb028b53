import json
from typing import Any

import pytest

from blueprint.record import Record
from components.shared.logs import LogOptions
from tests.harness import statements_of

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


def test_one_flow_log_goes_to_a_log_group(record: Record) -> None:
    inputs = record.one(FLOW_LOG, "main-logs-search").inputs
    assert inputs["logDestinationType"] == "cloud-watch-logs"
    assert inputs["logDestination"] == record.one(GROUP, "main-logs-flows").outputs["arn"]


def test_one_flow_log_goes_to_the_archive_as_parquet_with_hourly_partitions(record: Record) -> None:
    inputs = record.one(FLOW_LOG, "main-logs-archive").inputs
    assert inputs["logDestinationType"] == "s3"
    assert inputs["logDestination"] == ARCHIVE
    assert inputs["destinationOptions"] == {
        "fileFormat": "parquet",
        "hiveCompatiblePartitions": True,
        "perHourPartition": True,
    }


def test_only_flow_logs_of_this_account_may_assume_the_delivery_role(record: Record) -> None:
    role = record.one("aws:iam/role:Role", "main-logs-delivery")
    (statement,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
    assert "vpc-flow-logs.amazonaws.com" in str(statement["Principal"])
    assert "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*" in str(statement["Condition"])


def test_the_delivery_role_may_write_to_one_log_group_only(record: Record) -> None:
    policy = record.one("aws:iam/policy:Policy", "main-logs-delivery")
    write = statements_of(policy.inputs["policy"])["Write"]
    arn = record.one(GROUP, "main-logs-flows").outputs["arn"]
    assert set(write["Resource"]) == {arn, f"{arn}:*"}
    assert not [action for action in write["Action"] if "Delete" in action or "*" in action]


def test_the_flow_log_depends_on_the_policy_attachment_of_its_role(record: Record) -> None:
    attachment = record.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "main-logs-delivery")
    assert attachment.urn in record.one(FLOW_LOG, "main-logs-search").dependencies


def test_dns_query_logs_go_to_a_log_group_and_to_the_archive(record: Record) -> None:
    group = record.one(GROUP, "main-logs-dns").outputs["arn"]
    assert {item.inputs["destinationArn"] for item in record.of_type(CONFIG)} == {group, ARCHIVE}


def test_both_dns_query_logs_are_associated_with_the_vpc(record: Record) -> None:
    associations = record.of_type(
        "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation"
    )
    assert {association.inputs["resolverQueryLogConfigId"] for association in associations} == {
        config.outputs["id"] for config in record.of_type(CONFIG)
    }
    assert {association.inputs["resourceId"] for association in associations} == {
        record.one("aws:ec2/vpc:Vpc").outputs["id"]
    }


def test_only_the_log_delivery_service_may_write_dns_queries_for_this_account_only(record: Record) -> None:
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
    group = record.one(GROUP, "main-logs-dns")
    assert "delivery.logs.amazonaws.com" in str(statement["Principal"])
    assert f"{group.outputs['arn']}:log-stream:*" in statement["Resource"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"}
    assert policy.inputs["resourceArn"] == group.outputs["arn"]
    assert "policyName" not in policy.inputs


def test_dns_query_logs_depend_on_the_resource_policy(record: Record) -> None:
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    assert all(policy.urn in config.dependencies for config in record.of_type(CONFIG))


@pytest.mark.parametrize("name", ["main-logs-flows", "main-logs-dns"])
def test_log_groups_have_the_key_retention_and_protection_of_the_arguments(
    network: Any, args: Any, name: str
) -> None:
    logs = LogOptions(key_arn=args().logs.key_arn, days=3653, protect=True)
    group = network(logs=logs).one(GROUP, name)
    assert group.inputs["kmsKeyId"] == logs.key_arn
    assert group.inputs["retentionInDays"] == 3653
    assert group.protect is True
