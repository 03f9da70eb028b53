"""The whole program, as each shipped stack file configures it."""

from __future__ import annotations

import json
from collections import Counter
from ipaddress import IPv4Network

import pulumi
import pytest

from blueprint import ROOT, stacks, verdict
from blueprint.preview import look
from blueprint.record import STACK_TYPE, evaluate
from blueprint.sinks import BUCKET, LOG_GROUP, proof, satellites
from blueprint.values import UNKNOWN
from tests.stacks.conftest import STACKS, chosen, recorded

KEY = "aws:kms/key:Key"
CLEAN = "no finding"


def test_every_control_is_satisfied(stack: str):
    findings = verdict.judge(recorded(stack)).findings
    assert [f"{item.policy} {item.name}: {item.message}" for item in findings] == []


def test_unknown_values_raise_no_false_alarm(stack: str):
    judged = verdict.judge(recorded(stack, known=False))
    assert [f"{item.policy} {item.name}: {item.message}" for item in judged.findings] == []
    assert judged.checks > 100


def test_a_first_preview_registers_the_same_resources(stack: str):
    known, unknown = recorded(stack), recorded(stack, known=False)
    assert [item.urn for item in known.resources] == [item.urn for item in unknown.resources]


def test_no_input_vanishes_because_an_output_had_no_value(stack: str):
    known, unknown = recorded(stack), recorded(stack, known=False)
    lost = [
        f"{item.name} {item.type}: {key}"
        for item in known.resources
        for key in set(unknown.by_urn[item.urn].inputs) ^ set(item.inputs)
    ]
    assert lost == []


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
    found = proof(record, verdict.judge(record).without_own_key)
    assert {sink.log for sink in found} >= {"VPC flow logs of app", "DNS queries of app", "S3 access to logs"}
    assert [(sink.log, sink.fault) for sink in found if sink.fault] == []


def test_the_stack_that_owns_the_account_records_it():
    record = recorded("prod")
    logs = {sink.log for sink in proof(record)}
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


def test_every_log_that_goes_to_a_bucket_ends_under_the_lock_of_prod():
    buckets = [sink for sink in proof(recorded("prod")) if sink.kind == "bucket"]
    assert len(buckets) >= 5
    # A copy of the archive's own access log would be an access to log, without end.
    assert [sink.log for sink in buckets if not sink.lock.startswith("compliance, 2192 days")] == [
        "S3 access to logs"
    ]


def test_every_bucket_is_versioned_private_and_refuses_plain_http(stack: str):
    record = recorded(stack)
    buckets = record.of_type(BUCKET)
    assert len(buckets) >= 2
    for bucket in buckets:
        [versioning] = satellites(record, bucket, "aws:s3/bucketVersioning:BucketVersioning")
        assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
        [block] = satellites(record, bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        assert [block.inputs[flag] for flag in flags] == [True] * 4
        [policy] = satellites(record, bucket, "aws:s3/bucketPolicy:BucketPolicy")
        denied = [
            item for item in json.loads(str(policy.inputs["policy"]))["Statement"] if item["Effect"] == "Deny"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [item.get("Condition") for item in denied]


def test_every_bucket_but_the_intake_is_encrypted_under_a_customer_managed_key(stack: str):
    record = recorded(stack)
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    algorithms = {}
    for bucket in record.of_type(BUCKET):
        [encryption] = satellites(record, bucket, type_)
        algorithms[bucket.name] = encryption.inputs["rules"][0]["applyServerSideEncryptionByDefault"][
            "sseAlgorithm"
        ]
    assert algorithms.pop("logs-intake") == "AES256"
    assert set(algorithms.values()) == {"aws:kms"}


def test_every_key_rotates_yearly_and_waits_thirty_days_before_deletion(stack: str):
    keys = recorded(stack).of_type(KEY)
    assert sorted(key.name for key in keys) == [
        "keys-backup", "keys-compute", "keys-data", "keys-logs", "keys-secrets",
    ]  # fmt: skip
    for key in keys:
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["rotationPeriodInDays"] == 365
        assert key.inputs["deletionWindowInDays"] == 30


def test_the_data_tier_has_no_route_out(stack: str):
    record = recorded(stack)
    tables = {
        table.urn for table in record.of_type("aws:ec2/routeTable:RouteTable") if "-data-" in table.name
    }
    assert tables
    routes = [
        route.name
        for route in record.of_type("aws:ec2/route:Route")
        if tables & set(route.property_dependencies["routeTableId"])
    ]
    assert routes == []


def test_everything_has_a_parent_and_every_component_belongs_to_the_project(stack: str):
    record = recorded(stack)
    for resource in record.resources:
        if resource.type == STACK_TYPE:
            continue
        assert resource.parent in record.by_urn, resource.urn
        owner = record.owner(resource)
        assert owner.type.startswith("hipaa:"), resource.urn


def test_prod_protects_what_holds_data_and_dev_protects_nothing():
    stateful = (KEY, BUCKET, LOG_GROUP)
    prod = Counter(item.protect for item in recorded("prod").of_type(*stateful))
    assert set(prod) == {True}
    assert [item.urn for item in recorded("dev").resources if item.protect or item.retain_on_delete] == []


def test_dev_empties_its_buckets_when_destroyed_and_prod_never_does():
    assert {bucket.inputs["forceDestroy"] for bucket in recorded("dev").of_type(BUCKET)} == {True}
    assert {bucket.inputs["forceDestroy"] for bucket in recorded("prod").of_type(BUCKET)} == {False}


def test_prod_locks_the_archive_for_the_whole_retention():
    [lock] = recorded("prod").of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 2192}}
    assert recorded("dev").of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration") == ()


def test_the_stacks_can_be_connected_because_no_ranges_overlap():
    networks = [chosen(name).network.cidr for name in STACKS]
    assert not any(
        first.overlaps(second) for index, first in enumerate(networks) for second in networks[index + 1 :]
    )
    for name in STACKS:
        subnets = [
            IPv4Network(item.inputs["cidrBlock"]) for item in recorded(name).of_type("aws:ec2/subnet:Subnet")
        ]
        joined = chosen(name).connectivity
        exchange = [joined.exchange_cidr] if joined and joined.exchange_cidr else []
        own = [chosen(name).network.cidr, *exchange]
        assert all(any(subnet.subnet_of(cidr) for cidr in own) for subnet in subnets)


def test_outputs_name_what_other_programs_need(stack: str):
    outputs = recorded(stack).outputs
    zones = len(chosen(stack).network.zones)
    for tier in ("public", "private", "data"):
        assert len(outputs[f"{tier}_subnet_ids"]) == zones
    for purpose in ("logs", "data", "compute", "secrets", "backup"):
        assert str(outputs[f"{purpose}_key_arn"]).startswith("arn:aws:kms:")
    assert str(outputs["vpc_id"]).startswith("vpc-")
    assert outputs["archive_bucket_name"] != outputs["intake_bucket_name"]


def test_outputs_of_a_first_preview_are_unknown_and_not_missing(stack: str):
    outputs = recorded(stack, known=False).outputs
    assert set(outputs) == set(recorded(stack).outputs)
    assert outputs["vpc_id"] is UNKNOWN


def test_nothing_is_registered_when_the_settings_are_wrong():
    config = {**recorded("dev").config, "hipaa:network": {"cidr": "10.10.0.0/16", "zones": 9}}
    with pytest.raises(pulumi.RunError, match="zones"):
        evaluate(ROOT / "__main__.py", config, stack="dev")


def test_prod_runs_compute_optimised_instances_over_three_zones():
    preview = look(stacks.read(ROOT, "prod"), chosen("prod"), ROOT)
    [fleet] = preview.fleets
    assert (fleet.instance_type, fleet.least, fleet.most) == ("c5.2xlarge", 3, 30)
    assert fleet.zones == ("us-east-1a", "us-east-1b", "us-east-1c")
