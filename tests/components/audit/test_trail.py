import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN
from components.audit.trail import AccountTrail, AccountTrailArgs
from components.encryption.policies import key_policy
from components.shared.logs import LogOptions
from components.shared.names import TRAIL_NAME, trail_arn
from tests.harness import ACCOUNT, KEY, evaluate, log_archive

TRAIL = "aws:cloudtrail/trail:Trail"
GROUP = "aws:cloudwatch/logGroup:LogGroup"


@cache
def recorded(*, protect: bool = False, known: bool = True, days: int = 2192) -> Record:
    def program() -> None:
        archive = log_archive("archive", object_lock="governance", protect=protect)
        AccountTrail(
            "account",
            AccountTrailArgs(
                account=ACCOUNT,
                archive=archive,
                logs=LogOptions(key_arn=KEY, days=days, protect=protect),
            ),
        )

    return evaluate(program, known=known)


@pytest.fixture(scope="module")
def trail() -> Resource:
    return recorded().one(TRAIL)


def test_the_trail_records_all_regions_and_global_services(trail: Resource) -> None:
    assert trail.inputs["isMultiRegionTrail"] is True
    assert trail.inputs["includeGlobalServiceEvents"] is True
    assert trail.inputs["enableLogging"] is True


def test_log_file_validation_is_enabled(trail: Resource) -> None:
    assert trail.inputs["enableLogFileValidation"] is True


def test_log_files_and_log_group_are_encrypted_with_the_customer_managed_key(trail: Resource) -> None:
    assert trail.inputs["kmsKeyId"] == KEY
    assert recorded().one(GROUP, "account-events").inputs["kmsKeyId"] == KEY


def test_the_settings_of_the_trail_are_known_in_a_first_preview() -> None:
    inputs = recorded(known=False).one(TRAIL).inputs
    settings = (
        "isMultiRegionTrail",
        "enableLogging",
        "enableLogFileValidation",
        "kmsKeyId",
        "name",
        "insightSelectors",
    )
    assert [key for key in settings if inputs[key] is UNKNOWN] == []


def test_the_trail_depends_on_the_policy_that_admits_it(trail: Resource) -> None:
    record = recorded()
    dependencies = {record.by_urn[urn].type for urn in trail.dependencies}
    assert "aws:s3/bucketPolicy:BucketPolicy" in dependencies
    assert "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock" in dependencies


def test_the_trail_depends_on_every_resource_of_the_archive(trail: Resource) -> None:
    record = recorded()
    archive = record.one("hipaa:audit:LogArchive")
    missing = {item.urn for item in record.descendants(archive) if item.custom} - {*trail.dependencies}
    assert missing == set()


def test_the_trail_depends_on_the_permissions_of_its_role(trail: Resource) -> None:
    attachment = recorded().one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "account-delivery")
    assert attachment.urn in trail.dependencies


def test_log_files_go_to_the_archive(trail: Resource) -> None:
    archive = recorded().one("hipaa:audit:LogArchive")
    assert trail.inputs["s3BucketName"] == archive.outputs["bucket_name"]
    assert "s3KeyPrefix" not in trail.inputs


def test_events_go_to_a_log_group_kept_for_six_years(trail: Resource) -> None:
    group = recorded().one(GROUP, "account-events")
    assert trail.inputs["cloudWatchLogsGroupArn"] == f"{group.outputs['arn']}:*"
    assert group.inputs["retentionInDays"] == 2192


def test_a_shorter_retention_is_refused() -> None:
    with pytest.raises(ValueError, match="365"):
        recorded(days=365)


def test_the_role_may_write_only_to_the_streams_of_the_trail() -> None:
    record = recorded()
    document = json.loads(str(record.one("aws:iam/policy:Policy", "account-delivery").inputs["policy"]))
    (statement,) = document["Statement"]
    arn = record.one(GROUP, "account-events").outputs["arn"]
    assert statement["Resource"] == [f"{arn}:log-stream:111122223333_CloudTrail_us-east-1*"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_cloudtrail_may_assume_the_role_without_a_condition_that_it_could_not_meet() -> None:
    role = recorded().one("aws:iam/role:Role", "account-delivery")
    (statement,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
    assert statement["Principal"] == {"Service": ["cloudtrail.amazonaws.com"]}
    assert "Condition" not in statement


def test_the_trail_has_the_name_that_the_policies_admit(trail: Resource) -> None:
    assert trail.inputs["name"] == TRAIL_NAME
    assert trail_arn(ACCOUNT) == f"arn:aws:cloudtrail:us-east-1:111122223333:trail/{TRAIL_NAME}"


def statements_for(service: str, policy: object) -> list[dict[str, Any]]:
    return [
        item
        for item in json.loads(str(policy))["Statement"]
        if item["Effect"] == "Allow" and service in item["Principal"].get("Service", [])
    ]


def archive_policy(trail: Resource) -> object:
    policies = recorded().of_type("aws:s3/bucketPolicy:BucketPolicy")
    return next(item for item in policies if item.inputs["bucket"] == trail.inputs["s3BucketName"]).inputs[
        "policy"
    ]


def test_the_policy_of_the_archive_lets_the_trail_write_under_its_prefix(trail: Resource) -> None:
    by_action = {
        action: item
        for item in statements_for("cloudtrail.amazonaws.com", archive_policy(trail))
        for action in item["Action"]
    }
    bucket = f"arn:aws:s3:::{trail.inputs['s3BucketName']}"
    assert by_action.keys() == {"s3:GetBucketAcl", "s3:PutObject"}
    assert by_action["s3:GetBucketAcl"]["Resource"] == [bucket]
    assert by_action["s3:PutObject"]["Resource"] == [f"{bucket}/AWSLogs/111122223333/*"]
    assert (
        by_action["s3:PutObject"]["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control"
    )


def test_the_policies_of_archive_and_key_admit_no_other_trail(trail: Resource) -> None:
    statements = [
        *statements_for("cloudtrail.amazonaws.com", archive_policy(trail)),
        *statements_for("cloudtrail.amazonaws.com", key_policy("logs", ACCOUNT)),
    ]
    sources = [
        values["aws:SourceArn"]
        for item in statements
        for values in item["Condition"].values()
        if "aws:SourceArn" in values
    ]
    assert len(sources) == len(statements)
    assert {*sources} == {trail_arn(ACCOUNT)}


def test_the_key_policy_allows_the_actions_that_the_trail_needs() -> None:
    statements = statements_for("cloudtrail.amazonaws.com", key_policy("logs", ACCOUNT))
    actions = {action for item in statements for action in item["Action"]}
    # The trail needs Decrypt, because the bucket has an S3 Bucket Key.
    assert actions == {"kms:GenerateDataKey*", "kms:DescribeKey", "kms:Decrypt"}


def test_insights_report_unusual_call_and_error_rates(trail: Resource) -> None:
    assert {"ApiCallRateInsight", "ApiErrorRateInsight"} == {
        item["insightType"] for item in as_list(trail.inputs["insightSelectors"])
    }


def as_list(value: object) -> list[dict[str, Any]]:
    assert isinstance(value, list)
    return value


OPERATORS: Mapping[str, Callable[[str, list[str]], bool]] = {
    "equals": lambda value, operands: value in operands,
    "notEquals": lambda value, operands: value not in operands,
    "startsWiths": lambda value, operands: value.startswith(tuple(operands)),
    "notStartsWiths": lambda value, operands: not value.startswith(tuple(operands)),
}


def is_recorded(trail: Resource, event: Mapping[str, str]) -> bool:
    """Decide like CloudTrail: an event is recorded if all fields of at least one selector match."""
    return any(
        all(
            OPERATORS[operator](event.get(field["field"], ""), operands)
            for field in selector["fieldSelectors"]
            for operator, operands in field.items()
            if operator != "field"
        )
        for selector in as_list(trail.inputs["advancedEventSelectors"])
    )


def object_event(bucket: object, name: str) -> dict[str, str]:
    return {
        "eventCategory": "Data",
        "resources.type": "AWS::S3::Object",
        "resources.ARN": f"arn:aws:s3:::{bucket}/some/object",
        "eventName": name,
    }


@pytest.mark.parametrize("source", ["kms.amazonaws.com", "secretsmanager.amazonaws.com", "rds.amazonaws.com"])
@pytest.mark.parametrize("read_only", ["true", "false"])
def test_every_management_event_is_recorded(trail: Resource, source: str, read_only: str) -> None:
    assert is_recorded(trail, {"eventCategory": "Management", "eventSource": source, "readOnly": read_only})


@pytest.mark.parametrize("name", ["GetObject", "PutObject", "DeleteObject"])
def test_all_access_to_objects_outside_the_log_buckets_is_recorded(trail: Resource, name: str) -> None:
    assert is_recorded(trail, object_event("records-of-patients", name))


@pytest.mark.parametrize("name", ["GetObject", "DeleteObject", "PutObjectRetention", "PutObjectLegalHold"])
@pytest.mark.parametrize("output", ["bucket_name", "intake_bucket_name"])
def test_reading_deleting_and_unlocking_a_log_is_recorded(trail: Resource, name: str, output: str) -> None:
    assert is_recorded(trail, object_event(recorded().one("hipaa:audit:LogArchive").outputs[output], name))


@pytest.mark.parametrize("output", ["bucket_name", "intake_bucket_name"])
def test_the_delivery_of_a_log_is_not_recorded(trail: Resource, output: str) -> None:
    bucket = recorded().one("hipaa:audit:LogArchive").outputs[output]
    assert not is_recorded(trail, object_event(bucket, "PutObject"))


def test_a_bucket_whose_name_starts_with_the_name_of_the_archive_is_recorded(trail: Resource) -> None:
    bucket = recorded().one("hipaa:audit:LogArchive").outputs["bucket_name"]
    assert is_recorded(trail, object_event(f"{bucket}-2", "PutObject"))


def test_a_protected_trail_is_retained_when_its_stack_is_destroyed() -> None:
    trail = recorded(protect=True).one(TRAIL)
    assert (trail.protect, trail.retain_on_delete) == (True, True)
    assert recorded(protect=True).one(GROUP, "account-events").protect


@pytest.mark.parametrize("protect", [True, False])
def test_the_role_and_policy_of_a_retained_trail_are_retained(protect: bool) -> None:
    record = recorded(protect=protect)
    types = (
        "aws:iam/role:Role",
        "aws:iam/policy:Policy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    )
    assert [record.one(type_, "account-delivery").retain_on_delete for type_ in types] == [protect] * 3


def test_an_unprotected_trail_can_be_destroyed(trail: Resource) -> None:
    assert (trail.protect, trail.retain_on_delete) == (False, False)
