"""Log events that CloudWatch Logs deletes early are kept in the archive for six years."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN
from components.audit.delivery import masking
from components.audit.delivery.delivery import LogDelivery
from components.encryption.policies import key_policy
from components.shared import prefixes
from components.shared.logs import LogOptions, log_group
from facts.logs import HOT_DAYS, RETENTION_FLOOR_DAYS
from tests.harness import ACCOUNT, KEY, evaluate, log_archive, log_delivery, statements_of

STREAM = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
DATA_PROTECTION = "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy"
RETENTIONS = (2192, 2557, 2922, 3288, 3653)


def make_delivery(*, archive_days: int = 2192, protect: bool = False) -> LogDelivery:
    archive = log_archive(retention_days=archive_days, object_lock="governance", protect=protect)
    return log_delivery(archive, protect=protect)


def application_group(parent: LogDelivery, *, days: int = 2192, protect: bool = False, **options: Any) -> Any:
    logs = LogOptions(key_arn=KEY, days=days, protect=protect, **options)
    return log_group("app", logs, kind="application", parent=parent, masked=True)


def program(protect: bool = False) -> None:
    delivery = make_delivery(protect=protect)
    application_group(delivery, delivery=delivery, hot_days=90)


@pytest.fixture(scope="module")
def record() -> Record:
    return evaluate(program)


def statements(record: Record, type_: str, name: str, field: str = "policy") -> dict[str, Any]:
    return statements_of(record.one(type_, name).inputs[field])


def configuration(record: Record) -> Any:
    return record.one(STREAM).inputs["extendedS3Configuration"]


def test_events_go_to_the_intake_and_not_into_the_locked_archive(record: Record) -> None:
    buckets = {bucket.outputs["arn"]: bucket for bucket in record.of_type("aws:s3/bucket:Bucket")}
    target = buckets[configuration(record)["bucketArn"]]
    assert target.name == "logs-intake"
    assert target.inputs["objectLockEnabled"] is False


def test_the_stream_depends_on_a_bucket_that_keeps_objects_for_six_years(record: Record) -> None:
    lifecycle = record.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "logs-intake")
    (intake,) = lifecycle.property_dependencies["bucket"]
    rules: Any = lifecycle.inputs["rules"]
    days = [rule["expiration"]["days"] for rule in rules if "days" in rule.get("expiration", {})]
    assert intake in record.one(STREAM).property_dependencies["extendedS3Configuration"]
    assert days
    assert min(days) >= RETENTION_FLOOR_DAYS


def test_stream_and_objects_are_encrypted_with_the_logs_key(record: Record) -> None:
    assert record.one(STREAM).inputs["serverSideEncryption"] == {
        "enabled": True,
        "keyType": "CUSTOMER_MANAGED_CMK",
        "keyArn": KEY,
    }
    assert configuration(record)["kmsKeyArn"] == KEY


def test_each_line_of_an_object_is_a_decompressed_batch_of_events(record: Record) -> None:
    processors = configuration(record)["processingConfiguration"]["processors"]
    assert [processor["type"] for processor in processors] == ["Decompression", "AppendDelimiterToRecord"]
    assert configuration(record)["compressionFormat"] == "GZIP"


def test_objects_are_stored_by_day_and_failures_under_another_prefix(record: Record) -> None:
    destination = configuration(record)
    assert destination["prefix"] == "application-logs/!{timestamp:yyyy/MM/dd}/"
    assert destination["errorOutputPrefix"].startswith(prefixes.APPLICATION_LOG_ERRORS)
    assert "!{firehose:error-output-type}" in destination["errorOutputPrefix"]
    assert not destination["errorOutputPrefix"].startswith(prefixes.APPLICATION_LOGS)


def test_buffers_are_within_the_limits_of_firehose(record: Record) -> None:
    assert 0 <= configuration(record)["bufferingInterval"] <= 900
    assert 1 <= configuration(record)["bufferingSize"] <= 128


def test_failed_deliveries_are_logged_in_a_separate_log_group(record: Record) -> None:
    options = configuration(record)["cloudwatchLoggingOptions"]
    group = record.one(GROUP, "delivery-errors")
    assert options["enabled"] is True
    assert options["logGroupName"] == group.outputs["name"]
    assert group.inputs["retentionInDays"] == RETENTION_FLOOR_DAYS


def test_firehose_may_write_only_under_its_two_prefixes(record: Record) -> None:
    allowed = statements(record, "aws:iam/policy:Policy", "delivery-write")
    bucket = configuration(record)["bucketArn"]
    assert set(allowed) == {"Bucket", "Objects", "Key", "Errors"}
    assert allowed["Bucket"]["Resource"] == [bucket]
    assert allowed["Objects"]["Resource"] == [
        f"{bucket}/application-log-errors/*",
        f"{bucket}/application-logs/*",
    ]
    assert not [action for action in allowed["Objects"]["Action"] if "Delete" in action or "*" in action]
    assert allowed["Errors"]["Resource"] == [
        f"{record.one(GROUP, 'delivery-errors').outputs['arn']}:log-stream:*"
    ]


def test_firehose_may_use_the_key_only_for_the_intake(record: Record) -> None:
    key_use = statements(record, "aws:iam/policy:Policy", "delivery-write")["Key"]
    bucket = configuration(record)["bucketArn"]
    assert key_use["Resource"] == [KEY]
    assert key_use["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    contexts = key_use["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert contexts[0] == bucket
    assert all(context.startswith(f"{bucket}/application-log") for context in contexts[1:])


def test_cloudwatch_logs_may_put_records_only_into_this_stream(record: Record) -> None:
    allowed = statements(record, "aws:iam/policy:Policy", "delivery-send")
    assert allowed["Send"]["Action"] == ["firehose:PutRecord", "firehose:PutRecordBatch"]
    assert allowed["Send"]["Resource"] == [record.one(STREAM).outputs["arn"]]
    assert allowed["Key"]["Resource"] == [KEY]
    assert allowed["Key"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "firehose.us-east-1.amazonaws.com"}
    }


def test_the_key_policy_allows_use_of_the_logs_key_through_firehose() -> None:
    statements = statements_of(key_policy("logs", ACCOUNT))
    for name in ("UseThroughServices", "GrantToServices"):
        assert (
            "firehose.us-east-1.amazonaws.com"
            in statements[name]["Condition"]["StringEquals"]["kms:ViaService"]
        )


@pytest.mark.parametrize(
    ("role", "service", "condition"),
    [
        ("delivery-write", "firehose.amazonaws.com", {"StringEquals": {"sts:ExternalId": "111122223333"}}),
        (
            "delivery-send",
            "logs.amazonaws.com",
            {
                "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"},
            },
        ),
    ],
)
def test_services_may_assume_the_roles_only_for_this_account(
    record: Record, role: str, service: str, condition: Any
) -> None:
    (trust,) = statements(record, "aws:iam/role:Role", role, "assumeRolePolicy").values()
    assert trust["Principal"] == {"Service": [service]}
    assert trust["Condition"] == condition


def test_the_stream_depends_on_its_permissions(record: Record) -> None:
    attachment = record.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "delivery-write")
    assert attachment.urn in record.one(STREAM).dependencies


def test_a_group_with_hot_days_sends_every_event_to_the_stream(record: Record) -> None:
    group, subscription = record.one(GROUP, "app"), record.one(FILTER)
    assert group.inputs["retentionInDays"] == 90
    assert subscription.parent == group.urn
    assert subscription.inputs["logGroup"] == group.outputs["name"]
    assert subscription.inputs["destinationArn"] == record.one(STREAM).outputs["arn"]
    assert subscription.inputs["filterPattern"] == ""
    assert subscription.inputs["roleArn"] == record.one("aws:iam/role:Role", "delivery-send").outputs["arn"]
    assert (
        record.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "delivery-send").urn
        in subscription.dependencies
    )


def test_the_subscription_filter_of_a_retained_group_is_deleted_with_the_stream() -> None:
    def protected_program() -> None:
        delivery = make_delivery(protect=True)
        application_group(delivery, delivery=delivery, protect=True)

    record = evaluate(protected_program)
    assert record.one(GROUP, "app").retain_on_delete
    assert not record.one(FILTER).retain_on_delete


def test_an_archived_group_without_hot_days_keeps_its_events_for_six_years() -> None:
    def program_without_hot_days() -> None:
        delivery = make_delivery()
        application_group(delivery, delivery=delivery)

    record = evaluate(program_without_hot_days)
    assert record.one(GROUP, "app").inputs["retentionInDays"] == 2192
    assert record.one(FILTER).inputs["logGroup"] == record.one(GROUP, "app").outputs["name"]


def outcome(**options: Any) -> Record | str:
    """Return the record of a program with one application log group, or the message with which it was refused."""
    archive_days, archived = options.pop("archive_days"), options.pop("archived")

    def program() -> None:
        delivery = make_delivery(archive_days=archive_days)
        application_group(delivery, delivery=delivery if archived else None, **options)

    try:
        return evaluate(program)
    except ValueError as error:
        return str(error)


@settings(max_examples=25)
@given(
    hot_days=st.one_of(st.none(), st.sampled_from(HOT_DAYS), st.integers(0, 4000)),
    archived=st.booleans(),
    archive_days=st.sampled_from(RETENTIONS),
    days=st.sampled_from(RETENTIONS),
)
def test_no_event_is_kept_for_less_than_its_retention(
    hot_days: int | None, archived: bool, archive_days: int, days: int
) -> None:
    result = outcome(hot_days=hot_days, archived=archived, archive_days=archive_days, days=days)
    refused = (hot_days is not None and (not archived or hot_days not in HOT_DAYS)) or (
        archived and archive_days < days
    )
    assert isinstance(result, str) is refused
    if isinstance(result, Record):
        group = result.one(GROUP, "app")
        cloudwatch_retention = int(str(group.inputs["retentionInDays"]))
        archive_retention = archive_days if result.of_type(FILTER) else 0
        assert max(cloudwatch_retention, archive_retention) >= days >= RETENTION_FLOOR_DAYS
        assert cloudwatch_retention >= 30


@pytest.mark.parametrize("days", [1, 14, 29, 31, 2191])
def test_hot_days_that_cloudwatch_or_the_project_does_not_allow_are_refused_with_their_value(
    days: int,
) -> None:
    message = outcome(hot_days=days, archived=True, archive_days=2192, days=2192)
    assert isinstance(message, str)
    assert "hot_days" in message
    assert str(days) in message


def test_hot_days_without_delivery_are_refused() -> None:
    message = outcome(hot_days=90, archived=False, archive_days=2192, days=2192)
    assert isinstance(message, str)
    assert "needs delivery" in message


def data_protection_policy(record: Record) -> Any:
    return json.loads(str(record.one(DATA_PROTECTION).inputs["policyDocument"]))


def test_an_application_group_masks_sensitive_data_and_reports_it(record: Record) -> None:
    find, mask = data_protection_policy(record)["Statement"]
    assert record.one(DATA_PROTECTION).inputs["logGroupName"] == record.one(GROUP, "app").outputs["name"]
    assert find["DataIdentifier"] == mask["DataIdentifier"]
    assert mask["Operation"] == {"Deidentify": {"MaskConfig": {}}}
    destination = find["Operation"]["Audit"]["FindingsDestination"]
    assert destination == {
        "CloudWatchLogs": {"LogGroup": record.one(GROUP, "delivery-findings").outputs["name"]}
    }


@pytest.mark.parametrize(
    "identifier", ["AwsSecretKey", "CreditCardNumber", "MedicareBeneficiaryNumber-US", "Ssn-US"]
)
def test_credentials_and_us_identifiers_are_masked(record: Record, identifier: str) -> None:
    arns = data_protection_policy(record)["Statement"][0]["DataIdentifier"]
    assert f"arn:aws:dataprotection::aws:data-identifier/{identifier}" in arns
    assert len(arns) == len(set(arns)) == len(masking.DATA_IDENTIFIERS)


def test_the_data_identifiers_have_the_partition_of_the_account() -> None:
    document = json.loads(masking.protection_policy("findings", "aws-us-gov"))
    arns = document["Statement"][0]["DataIdentifier"]
    assert all(arn.startswith("arn:aws-us-gov:dataprotection::aws:") for arn in arns)


def test_the_findings_group_admits_only_findings_of_this_account(record: Record) -> None:
    resource_policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    group = record.one(GROUP, "delivery-findings")
    (statement,) = json.loads(str(resource_policy.inputs["policyDocument"]))["Statement"]
    assert resource_policy.inputs["resourceArn"] == group.outputs["arn"]
    assert "policyName" not in resource_policy.inputs
    assert statement["Resource"] == [f"{group.outputs['arn']}:log-stream:*"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert resource_policy.urn in record.one(DATA_PROTECTION).dependencies


def unprotected(record: Record) -> list[Resource]:
    resources = record.of_type(STREAM, GROUP)
    return [resource for resource in resources if not resource.protect and resource.name != "app"]


def test_a_protected_stack_protects_stream_and_log_groups() -> None:
    assert unprotected(evaluate(lambda: program(protect=True))) == []


def test_an_unprotected_stack_protects_neither_stream_nor_log_groups(record: Record) -> None:
    assert {resource.name for resource in unprotected(record)} == {
        "delivery-errors",
        "delivery-findings",
        "delivery-stream",
    }


def test_encryption_and_retention_are_known_in_a_first_preview() -> None:
    preview = evaluate(program, known=False)
    assert preview.one(STREAM).inputs["serverSideEncryption"] == {
        "enabled": True,
        "keyType": "CUSTOMER_MANAGED_CMK",
        "keyArn": KEY,
    }
    assert preview.one(GROUP, "app").inputs["retentionInDays"] == 90
    assert preview.one(FILTER).inputs["destinationArn"] is UNKNOWN
    assert preview.one(FILTER).property_dependencies["destinationArn"] == (preview.one(STREAM).urn,)
