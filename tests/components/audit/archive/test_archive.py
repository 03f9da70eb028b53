import json
from functools import cache
from typing import Any

import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from components.audit.archive.archive import LogArchive, LogArchiveArgs
from components.shared.bucket import Lock
from tests.harness import ACCOUNT, KEY, evaluate, statements_of

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ROLE = "aws:iam/serviceLinkedRole:ServiceLinkedRole"


def args(**overrides: Any) -> LogArchiveArgs:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "kms_key_arn": KEY,
        "retention_days": 2192,
        "object_lock": "governance",
        "protect": False,
    }
    return LogArchiveArgs(**{**values, **overrides})


@cache
def recorded(
    *, object_lock: Lock = "governance", protect: bool = False, known: bool = True, **overrides: bool
) -> Record:
    def program() -> None:
        archive = LogArchive("archive", args(object_lock=object_lock, protect=protect, **overrides))
        aws.ec2.FlowLog(
            "writer",
            vpc_id="vpc-1",
            log_destination_type="s3",
            log_destination=archive.bucket_arn,
            traffic_type="ALL",
        )

    return evaluate(program, known=known)


def statements_by_sid(name: str, **options: Any) -> dict[str, dict[str, Any]]:
    return statements_of(recorded(**options).one(POLICY, name).inputs["policy"])


def rules_by_id(resource: Resource) -> dict[str, dict[str, Any]]:
    rules: Any = resource.inputs["rules"]
    return {rule["id"]: rule for rule in rules}


@pytest.mark.parametrize(("object_lock", "protect"), [("governance", False), ("compliance", True)])
def test_the_archive_is_locked_for_the_whole_retention(object_lock: Lock, protect: bool) -> None:
    record = recorded(object_lock=object_lock, protect=protect)
    lock = record.one(LOCK)
    assert lock.name == "archive"
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": object_lock.upper(), "days": 2192}}
    assert record.one(BUCKET, "archive").inputs["objectLockEnabled"] is True


def test_the_intake_has_no_lock_because_s3_could_not_deliver_to_it() -> None:
    record = recorded(object_lock="compliance", protect=True)
    assert record.one(BUCKET, "archive-intake").inputs["objectLockEnabled"] is False


def test_object_lock_none_creates_no_lock() -> None:
    assert not recorded(object_lock="none").of_type(LOCK)


def test_the_archive_is_encrypted_with_the_logs_key_and_the_intake_with_sse_s3() -> None:
    record = recorded(known=False)
    defaults: dict[str, Any] = {item.name: item.inputs["rules"] for item in record.of_type(ENCRYPTION)}
    archive = defaults["archive"][0]["applyServerSideEncryptionByDefault"]
    assert archive == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    intake = defaults["archive-intake"][0]["applyServerSideEncryptionByDefault"]
    assert intake == {"sseAlgorithm": "AES256"}


@pytest.mark.parametrize("name", ["archive", "archive-intake"])
def test_no_object_expires_before_the_lock_ends(name: str) -> None:
    keep = rules_by_id(recorded(known=False).one(LIFECYCLE, name))["keep"]
    assert keep["expiration"]["days"] > 2192
    assert keep["noncurrentVersionExpiration"]["noncurrentDays"] > 2192


def test_logs_of_the_last_two_years_can_be_read_without_a_restore() -> None:
    transitions = rules_by_id(recorded(known=False).one(LIFECYCLE, "archive"))["keep"]["transitions"]
    assert transitions == [
        {"days": 90, "storageClass": "GLACIER_IR"},
        {"days": 731, "storageClass": "DEEP_ARCHIVE"},
    ]


def test_access_to_the_archive_is_logged_in_the_intake() -> None:
    record = recorded()
    logging = record.one("aws:s3/bucketLogging:BucketLogging")
    assert logging.name == "archive"
    assert logging.inputs["targetBucket"] == record.one(BUCKET, "archive-intake").outputs["id"]


def test_the_archive_admits_flow_logs_and_dns_logs_of_this_account() -> None:
    write = statements_by_sid("archive")["AWSLogDeliveryWrite"]
    arn = recorded().one(BUCKET, "archive").outputs["arn"]
    assert write["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
    assert write["Resource"] == [
        f"{arn}/AWSLogs/111122223333/*",
        f"{arn}/AWSLogs/aws-account-id=111122223333/*",
        f"{arn}/transit-flow-logs/AWSLogs/111122223333/*",
        f"{arn}/transit-flow-logs/AWSLogs/aws-account-id=111122223333/*",
    ]
    assert write["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333", "s3:x-amz-acl": "bucket-owner-full-control"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"},
    }


def test_the_log_delivery_service_may_read_the_acl_and_list_the_archive() -> None:
    check = statements_by_sid("archive")["AWSLogDeliveryAclCheck"]
    assert check["Action"] == ["s3:GetBucketAcl", "s3:ListBucket"]
    assert check["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_the_intake_admits_server_access_logs_of_this_account_under_two_prefixes() -> None:
    logs = statements_by_sid("archive-intake")["ServerAccessLogs"]
    assert logs["Principal"] == {"Service": ["logging.s3.amazonaws.com"]}
    folders = {resource.split("/", 1)[1] for resource in logs["Resource"]}
    assert folders == {"s3-access-logs/*", "archive-access-logs/*"}
    assert logs["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_the_access_log_of_the_archive_is_not_replicated() -> None:
    record = recorded()
    logging = record.one("aws:s3/bucketLogging:BucketLogging", "archive")
    rules: Any = record.one("aws:s3/bucketReplicationConfig:BucketReplicationConfig").inputs["rules"]
    replicated = [rule["filter"]["prefix"] for rule in rules]
    assert len(replicated) >= 4
    assert all(replicated)
    assert not [prefix for prefix in replicated if str(logging.inputs["targetPrefix"]).startswith(prefix)]
    assert len({rule["priority"] for rule in rules}) == len({rule["id"] for rule in rules}) == len(rules)


def test_the_intake_is_append_only_if_the_archive_has_a_lock() -> None:
    denial = statements_by_sid("archive-intake")["AppendOnly"]
    assert denial["Effect"] == "Deny"
    assert denial["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert denial["Principal"] == {"AWS": ["*"]}
    assert "Condition" not in denial
    assert "AppendOnly" not in statements_by_sid("archive-intake", object_lock="none")


@pytest.mark.parametrize("name", ["archive", "archive-intake"])
def test_the_policies_admit_only_services_on_behalf_of_this_account(name: str) -> None:
    for statement in statements_by_sid(name).values():
        if statement["Effect"] == "Allow":
            assert "111122223333" in json.dumps(statement["Condition"])
            assert statement["Principal"].keys() == {"Service"}


def test_only_the_service_linked_role_may_deliver_backup_reports() -> None:
    statement = statements_by_sid("archive-intake", backup_reports=True)["BackupReports"]
    assert statement["Action"] == ["s3:PutObject"]
    [resource] = statement["Resource"]
    assert resource.endswith("/backup-reports/*")
    # The principal is the role, because S3 could treat everyone with a condition as public and refuse the whole policy.
    assert statement["Principal"] == {
        "AWS": [
            "arn:aws:iam::111122223333:role/aws-service-role/reports.backup.amazonaws.com/"
            "AWSServiceRoleForBackupReports"
        ]
    }
    assert statement["Condition"] == {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}


def test_the_intake_does_not_admit_backup_reports_by_default() -> None:
    assert "BackupReports" not in statements_by_sid("archive-intake")
    assert recorded().of_type(ROLE) == ()


def test_the_policy_of_the_intake_depends_on_the_role_that_it_admits() -> None:
    record = recorded(backup_reports=True)
    role = record.one(ROLE)
    assert role.inputs["awsServiceName"] == "reports.backup.amazonaws.com"
    assert role.urn in record.one(POLICY, "archive-intake").dependencies
    assert role.urn not in record.one(POLICY, "archive").dependencies


def test_an_existing_role_for_backup_reports_is_admitted_and_not_created() -> None:
    options = {"backup_reports": True, "create_backup_role": False}
    assert recorded(**options).of_type(ROLE) == ()
    assert "BackupReports" in statements_by_sid("archive-intake", **options)


def test_no_statement_inverts_its_actions_or_principals() -> None:
    statements = [*statements_by_sid("archive").values(), *statements_by_sid("archive-intake").values()]
    assert not [key for statement in statements for key in statement if key.startswith("Not")]


def test_a_writer_depends_on_the_policy_the_encryption_and_the_lock_of_the_archive() -> None:
    record = recorded()
    dependencies = {*record.one("aws:ec2/flowLog:FlowLog").property_dependencies["logDestination"]}
    expected = {record.one(type_, "archive").urn for type_ in (BUCKET, POLICY, ENCRYPTION, LOCK)}
    assert expected <= dependencies


def test_both_buckets_are_tagged_as_log_buckets() -> None:
    tags: list[Any] = [bucket.inputs["tags"] for bucket in recorded().of_type(BUCKET)]
    assert [(tag["purpose"], tag["data-classification"]) for tag in tags] == [("audit-log", "audit")] * 2


@pytest.mark.parametrize("protect", [True, False])
def test_protected_buckets_are_retained_and_never_emptied(protect: bool) -> None:
    for bucket in recorded(protect=protect).of_type(BUCKET):
        assert (bucket.protect, bucket.retain_on_delete) == (protect, protect)
        assert bucket.inputs["forceDestroy"] is not protect


@given(st.integers(-1, 2191))
def test_a_retention_of_less_than_six_years_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="retention_days must be 2192 or more"):
        args(retention_days=days)


def test_compliance_without_protection_is_refused() -> None:
    with pytest.raises(ValueError, match="needs protect"):
        args(object_lock="compliance")


def test_an_unknown_writer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"writers must be among .*vended-logs.*got syslog"):
        args(writers=("syslog",))
