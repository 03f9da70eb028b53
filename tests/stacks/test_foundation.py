"""Logs, buckets, keys and networks of the shipped stacks."""

from __future__ import annotations

import json
from ipaddress import IPv4Network

from blueprint.sinks import BUCKET, LOG_GROUP, bucket_configurations, proof
from tests.repository import STACKS, intent_of, judge, recorded, settings_of

KEY = "aws:kms/key:Key"


def test_every_log_group_keeps_six_years_under_a_customer_managed_key(stack: str):
    record = recorded(stack)
    groups = record.of_type(LOG_GROUP)
    assert len(groups) >= 2
    for group in groups:
        assert group.inputs["retentionInDays"] >= 2192, group.name
        assert [record.by_urn[urn].type for urn in group.property_dependencies["kmsKeyId"]] == [KEY], (
            group.name
        )


def test_every_log_is_proven_to_be_kept_six_years(stack: str):
    record = recorded(stack)
    found = proof(record, judge(record).without_own_key)
    assert {sink.log for sink in found} >= {"VPC flow logs of app", "DNS queries of app", "S3 access to logs"}
    assert [(sink.log, sink.fault) for sink in found if sink.fault] == []


def test_the_owner_of_the_account_has_one_resource_policy_of_the_account_and_other_stacks_have_none(
    stack: str,
):
    policies = recorded(stack).of_type("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    of_account = [item.name for item in policies if "policyName" in item.inputs]
    groups = [item.inputs["resourceArn"] for item in policies if item.name not in of_account]
    assert of_account == (["detection-findings"] if settings_of(stack).audit.owns_region else [])
    # A second policy would replace the first.
    assert len(groups) == len(set(groups)) >= 3


def test_only_the_stack_that_owns_the_account_has_its_trail_configuration_history_and_findings():
    record = recorded("prod")
    logs = {sink.log for sink in proof(record, required=intent_of(record.config).logs)}
    assert logs >= {
        "API calls of the account",
        "configuration history of the account",
        "findings of the account's detection services",
    }
    assert not [item for item in recorded("dev").resources if item.type.startswith("aws:cloudtrail/")]


def test_prod_has_at_least_fourteen_security_alarms():
    alarms = recorded("prod").of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) >= 14
    assert all(item.inputs["alarmActions"] and item.inputs["alarmDescription"] for item in alarms)


def test_every_log_in_a_bucket_of_prod_is_under_object_lock():
    buckets = [sink for sink in proof(recorded("prod")) if sink.kind == "bucket"]
    assert len(buckets) >= 5
    # A copy of the archive's own access log would be another access to log, in an endless loop.
    assert [sink.log for sink in buckets if not sink.lock.startswith("compliance, 2192 days")] == [
        "S3 access to logs"
    ]


def test_prod_locks_the_archive_for_the_whole_retention():
    [lock] = recorded("prod").of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 2192}}
    assert recorded("dev").of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration") == ()


def test_every_bucket_is_versioned_private_and_refuses_plain_http(stack: str):
    record = recorded(stack)
    buckets = record.of_type(BUCKET)
    assert len(buckets) >= 2
    for bucket in buckets:
        [versioning] = bucket_configurations(record, bucket, "aws:s3/bucketVersioning:BucketVersioning")
        assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
        [block] = bucket_configurations(
            record, bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        )
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        assert [block.inputs[flag] for flag in flags] == [True] * 4
        [policy] = bucket_configurations(record, bucket, "aws:s3/bucketPolicy:BucketPolicy")
        denied = [
            item for item in json.loads(str(policy.inputs["policy"]))["Statement"] if item["Effect"] == "Deny"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [item.get("Condition") for item in denied]


def test_every_bucket_but_the_intake_is_encrypted_under_a_customer_managed_key(stack: str):
    record = recorded(stack)
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    algorithms = {}
    for bucket in record.of_type(BUCKET):
        [encryption] = bucket_configurations(record, bucket, type_)
        algorithms[bucket.name] = encryption.inputs["rules"][0]["applyServerSideEncryptionByDefault"][
            "sseAlgorithm"
        ]
    assert algorithms.pop("logs-intake") == "AES256"
    assert set(algorithms.values()) == {"aws:kms"}


def test_dev_empties_its_buckets_when_destroyed_and_prod_never_does():
    assert {bucket.inputs["forceDestroy"] for bucket in recorded("dev").of_type(BUCKET)} == {True}
    assert {bucket.inputs["forceDestroy"] for bucket in recorded("prod").of_type(BUCKET)} == {False}


def test_every_key_rotates_yearly_and_waits_thirty_days_before_deletion(stack: str):
    keys = recorded(stack).of_type(KEY)
    copies = ["backups-copy"] if recorded(stack).config["hipaa:data"]["backup"].get("copy_to_region") else []
    assert sorted(key.name for key in keys) == [
        *copies, "keys-backup", "keys-compute", "keys-data", "keys-logs", "keys-secrets",
    ]  # fmt: skip
    for key in keys:
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["rotationPeriodInDays"] == 365
        assert key.inputs["deletionWindowInDays"] == 30


def test_the_data_tier_has_no_route_out(stack: str):
    record = recorded(stack)
    tables = {
        table.outputs["id"]
        for table in record.of_type("aws:ec2/routeTable:RouteTable")
        if "-data-" in table.name
    }
    assert tables
    routes = [
        route.name
        for route in record.of_type("aws:ec2/route:Route")
        if route.inputs["routeTableId"] in tables
    ]
    assert routes == []


def test_the_stacks_can_be_connected_because_no_ranges_overlap():
    networks = [settings_of(name).network.cidr for name in STACKS]
    assert not any(
        first.overlaps(second) for index, first in enumerate(networks) for second in networks[index + 1 :]
    )
    for name in STACKS:
        subnets = [
            IPv4Network(item.inputs["cidrBlock"]) for item in recorded(name).of_type("aws:ec2/subnet:Subnet")
        ]
        joined = settings_of(name).connectivity
        exchange = [joined.exchange_cidr] if joined and joined.exchange_cidr else []
        own = [settings_of(name).network.cidr, *exchange]
        assert all(any(subnet.subnet_of(cidr) for cidr in own) for subnet in subnets)
