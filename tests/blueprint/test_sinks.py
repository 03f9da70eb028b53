"""The retention proof, over small programs."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest

from blueprint.intent import LogRetention
from blueprint.recorder import evaluate
from blueprint.sinks import Sink, proof

CONFIG = {"aws:region": "us-east-1"}
REQUIRED = LogRetention(
    setting="logs.days", search_setting="logs.search_days", titles={"sign-ins": "sign-ins of staff"}
)


def proven(program: Callable[[], object], *, known: bool = True) -> list[Sink]:
    return proof(evaluate(program, CONFIG, outputs_known=known), required=REQUIRED)


def group(name: str = "app", days: int = 2192, key: bool = True) -> aws.cloudwatch.LogGroup:
    made = aws.kms.Key(f"{name}-key").arn if key else None
    return aws.cloudwatch.LogGroup(name, retention_in_days=days, kms_key_id=made, tags={"log": "events"})


def bucket(name: str, *, days: int | None, key: bool = True) -> aws.s3.Bucket:
    made = aws.s3.Bucket(name)
    if days is not None:
        aws.s3.BucketLifecycleConfiguration(
            name, bucket=made.id, rules=[{"id": "x", "status": "Enabled", "expiration": {"days": days}}]
        )
    if key:
        default = {"sse_algorithm": "aws:kms", "kms_master_key_id": aws.kms.Key(f"{name}-key").arn}
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=made.id, rules=[{"apply_server_side_encryption_by_default": default}]
        )
    return made


def flow_log(name: str, destination: pulumi.Input[str]) -> None:
    aws.ec2.FlowLog(name, vpc_id="vpc-1", traffic_type="ALL", log_destination=destination)


def archived(hot: aws.cloudwatch.LogGroup, store: aws.s3.Bucket, pattern: str = "") -> None:
    stream = aws.kinesis.FirehoseDeliveryStream(
        "stream",
        destination="extended_s3",
        extended_s3_configuration={"bucket_arn": store.arn, "role_arn": "r"},
    )
    aws.cloudwatch.LogSubscriptionFilter(
        "hot", log_group=hot.name, filter_pattern=pattern, destination_arn=stream.arn
    )


def test_a_group_of_six_years_under_a_key_is_proven():
    [sink] = proven(group)
    assert (sink.log, sink.store, sink.kind) == ("events of app", "app", "log group")
    assert (sink.retention_days, sink.key, sink.fault) == (2192, "app-key", "")


@pytest.mark.parametrize("known", [True, False])
def test_a_short_group_is_not_proven(known: bool):
    [sink] = proven(lambda: group(days=365), known=known)
    assert sink.fault == "no store keeps it for 2192 days, the longest is 365"


def test_a_group_without_a_key_is_not_proven():
    [sink] = proven(lambda: group(key=False))
    assert sink.fault == "no customer-managed key encrypts it in app"


def test_a_short_group_is_proven_by_an_archive_that_gets_all_of_it():
    hot, cold = proven(lambda: archived(group(days=90), bucket("archive", days=2193)))
    assert (hot.store, hot.retention_days, hot.setting, hot.fault) == ("app", 90, "logs.search_days", "")
    assert (cold.store, cold.retention_days, cold.key) == ("archive", 2193, "archive-key")


def test_an_archive_that_gets_a_part_proves_nothing():
    [sink] = proven(lambda: archived(group(days=90), bucket("archive", days=2193), pattern="ERROR"))
    assert sink.fault == "no store keeps it for 2192 days, the longest is 90"


def test_an_archive_that_forgets_proves_nothing():
    faults = {sink.fault for sink in proven(lambda: archived(group(days=90), bucket("archive", days=400)))}
    assert faults == {"no store keeps it for 2192 days, the longest is 400"}


def test_a_bucket_without_expiry_keeps_for_ever():
    [sink] = proven(lambda: flow_log("flows", bucket("logs", days=None).arn))
    assert (sink.retention_days, sink.fault) == (None, "")


def test_a_bucket_without_a_key_needs_a_waiver():
    def program() -> None:
        flow_log("flows", bucket("logs", days=2192, key=False).arn)

    record = evaluate(program, CONFIG)
    [unproven] = proof(record)
    assert unproven.fault == "no customer-managed key encrypts it in logs"
    [waived] = proof(record, frozenset({record.one("aws:s3/bucket:Bucket").urn}))
    assert waived.fault == ""


def test_one_lasting_store_proves_a_log_that_has_several():
    def program() -> None:
        flow_log("search", group(days=30).arn)
        flow_log("search-archive", bucket("logs", days=2192).arn)

    sinks = proven(program)
    assert {sink.log for sink in sinks} == {"VPC flow logs of search", "VPC flow logs of search-archive"}
    assert {sink.log: bool(sink.fault) for sink in sinks} == {
        "VPC flow logs of search": True,
        "VPC flow logs of search-archive": False,
    }


def test_the_lock_of_the_bucket_that_is_replicated_to_counts():
    def program() -> None:
        intake, archive = bucket("intake", days=2192), bucket("archive", days=2193)
        retention = {"mode": "COMPLIANCE", "days": 2192}
        aws.s3.BucketObjectLockConfiguration(
            "archive", bucket=archive.id, rule={"default_retention": retention}
        )
        aws.s3.BucketReplicationConfig(
            "intake",
            bucket=intake.id,
            role="r",
            rules=[{"status": "Enabled", "destination": {"bucket": archive.arn}}],
        )
        flow_log("flows", intake.arn)

    [sink] = proven(program)
    assert (sink.store, sink.lock) == ("intake", "compliance, 2192 days, by replication")
