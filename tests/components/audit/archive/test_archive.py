import json
from functools import cache
from typing import Any

import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.record import Record, Resource, evaluate
from components.audit.archive.archive import LogArchive, LogArchiveArgs
from components.shared.bucket import Lock
from components.shared.iam import Account

ACCOUNT = Account(id="111122223333", region="us-east-1")
KEY = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"
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

    return evaluate(program, {"aws:region": "us-east-1"}, known=known)


def policy(name: str, **options: Any) -> dict[str, dict[str, Any]]:
    document = json.loads(str(recorded(**options).one(POLICY, name).inputs["policy"]))
    return {statement["Sid"]: statement for statement in document["Statement"]}


def rules(resource: Resource) -> dict[str, dict[str, Any]]:
    found: Any = resource.inputs["rules"]
    return {rule["id"]: rule for rule in found}


@pytest.mark.parametrize(("object_lock", "protect"), [("governance", False), ("compliance", True)])
def test_the_archive_is_locked_for_the_whole_retention(object_lock: Lock, protect: bool) -> None:
    record = recorded(object_lock=object_lock, protect=protect)
    lock = record.one(LOCK)
    assert lock.name == "archive"
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": object_lock.upper(), "days": 2192}}
    assert record.one(BUCKET, "archive").inputs["objectLockEnabled"] is True


def test_the_intake_is_never_locked_because_s3_could_not_deliver_to_it() -> None:
    record = recorded(object_lock="compliance", protect=True)
    assert record.one(BUCKET, "archive-intake").inputs["objectLockEnabled"] is False


def test_a_stack_without_a_lock_has_none() -> None:
    assert not recorded(object_lock="none").of_type(LOCK)


def test_the_archive_uses_the_logs_key_and_the_intake_what_aws_delivers_to() -> None:
    record = recorded(known=False)
    defaults: dict[str, Any] = {item.name: item.inputs["rules"] for item in record.of_type(ENCRYPTION)}
    archive = defaults["archive"][0]["applyServerSideEncryptionByDefault"]
    assert archive == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    intake = defaults["archive-intake"][0]["applyServerSideEncryptionByDefault"]
    assert intake == {"sseAlgorithm": "AES256"}


@pytest.mark.parametrize("name", ["archive", "archive-intake"])
def test_nothing_expires_before_the_lock_ends(name: str) -> None:
    keep = rules(recorded(known=False).one(LIFECYCLE, name))["keep"]
    assert keep["expiration"]["days"] > 2192
    assert keep["noncurrentVersionExpiration"]["noncurrentDays"] > 2192


def test_the_first_two_years_of_the_archive_can_be_read_at_once() -> None:
    steps = rules(recorded(known=False).one(LIFECYCLE, "archive"))["keep"]["transitions"]
    assert steps == [
        {"days": 90, "storageClass": "GLACIER_IR"},
        {"days": 731, "storageClass": "DEEP_ARCHIVE"},
    ]


def test_access_to_the_archive_is_logged_in_the_intake() -> None:
    record = recorded()
    logging = record.one("aws:s3/bucketLogging:BucketLogging")
    assert logging.name == "archive"
    assert logging.inputs["targetBucket"] == record.one(BUCKET, "archive-intake").outputs["id"]


def test_flow_logs_and_dns_logs_of_this_account_may_be_delivered() -> None:
    write = policy("archive")["AWSLogDeliveryWrite"]
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


def test_the_delivery_may_look_at_the_bucket_first() -> None:
    check = policy("archive")["AWSLogDeliveryAclCheck"]
    assert check["Action"] == ["s3:GetBucketAcl", "s3:ListBucket"]
    assert check["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_server_access_logs_of_this_account_come_to_their_folder() -> None:
    logs = policy("archive-intake")["ServerAccessLogs"]
    assert logs["Principal"] == {"Service": ["logging.s3.amazonaws.com"]}
    folders = {resource.split("/", 1)[1] for resource in logs["Resource"]}
    assert folders == {"s3-access-logs/*", "archive-access-logs/*"}
    assert logs["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_the_archive_gets_no_copy_of_its_own_access_log() -> None:
    record = recorded()
    logging = record.one("aws:s3/bucketLogging:BucketLogging", "archive")
    rules: Any = record.one("aws:s3/bucketReplicationConfig:BucketReplicationConfig").inputs["rules"]
    copied = [rule["filter"]["prefix"] for rule in rules]
    assert len(copied) >= 4
    assert all(copied)
    assert not [prefix for prefix in copied if str(logging.inputs["targetPrefix"]).startswith(prefix)]
    assert len({rule["priority"] for rule in rules}) == len({rule["id"] for rule in rules}) == len(rules)


def test_the_intake_is_append_only_where_the_archive_is_locked() -> None:
    refusal = policy("archive-intake")["AppendOnly"]
    assert refusal["Effect"] == "Deny"
    assert refusal["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert refusal["Principal"] == {"AWS": ["*"]}
    assert "Condition" not in refusal
    assert "AppendOnly" not in policy("archive-intake", object_lock="none")


@pytest.mark.parametrize("name", ["archive", "archive-intake"])
def test_only_named_services_of_this_account_are_admitted(name: str) -> None:
    for statement in policy(name).values():
        if statement["Effect"] == "Allow":
            assert "111122223333" in json.dumps(statement["Condition"])
            assert statement["Principal"].keys() == {"Service"}


def test_backup_reports_are_taken_from_the_one_role_that_delivers_them() -> None:
    statement = policy("archive-intake", backup_reports=True)["BackupReports"]
    assert statement["Action"] == ["s3:PutObject"]
    [place] = statement["Resource"]
    assert place.endswith("/backup-reports/*")
    # The role itself: S3 could call everyone under a condition public, and refuse the whole policy.
    assert statement["Principal"] == {
        "AWS": [
            "arn:aws:iam::111122223333:role/aws-service-role/reports.backup.amazonaws.com/"
            "AWSServiceRoleForBackupReports"
        ]
    }
    assert statement["Condition"] == {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}


def test_the_intake_admits_no_backup_reports_where_there_are_none() -> None:
    assert "BackupReports" not in policy("archive-intake")
    assert recorded().of_type(ROLE) == ()


def test_the_policy_waits_for_the_role_that_it_names() -> None:
    record = recorded(backup_reports=True)
    role = record.one(ROLE)
    assert role.inputs["awsServiceName"] == "reports.backup.amazonaws.com"
    assert role.urn in record.one(POLICY, "archive-intake").dependencies
    assert role.urn not in record.one(POLICY, "archive").dependencies


def test_a_role_that_the_account_has_is_admitted_and_not_made() -> None:
    there = {"backup_reports": True, "create_backup_role": False}
    assert recorded(**there).of_type(ROLE) == ()
    assert "BackupReports" in policy("archive-intake", **there)


def test_no_statement_inverts_its_actions_or_principals() -> None:
    statements = [*policy("archive").values(), *policy("archive-intake").values()]
    assert not [key for statement in statements for key in statement if key.startswith("Not")]


def test_a_writer_waits_until_the_archive_admits_encrypts_and_locks() -> None:
    record = recorded()
    waits = {*record.one("aws:ec2/flowLog:FlowLog").property_dependencies["logDestination"]}
    needed = {record.one(type_, "archive").urn for type_ in (BUCKET, POLICY, ENCRYPTION, LOCK)}
    assert needed <= waits


def test_both_buckets_are_told_as_log_buckets() -> None:
    tags: list[Any] = [bucket.inputs["tags"] for bucket in recorded().of_type(BUCKET)]
    assert [(tag["purpose"], tag["data-classification"]) for tag in tags] == [("audit-log", "audit")] * 2


@pytest.mark.parametrize("protect", [True, False])
def test_protected_buckets_are_retained_and_never_emptied(protect: bool) -> None:
    for bucket in recorded(protect=protect).of_type(BUCKET):
        assert (bucket.protect, bucket.retain_on_delete) == (protect, protect)
        assert bucket.inputs["forceDestroy"] is not protect


@given(st.integers(-1, 2191))
def test_less_than_six_years_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="retention_days must be 2192 or more"):
        args(retention_days=days)


def test_compliance_needs_protection() -> None:
    with pytest.raises(ValueError, match="needs protect"):
        args(object_lock="compliance")


def test_an_unknown_writer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"writers must be among .*vended-logs.*got syslog"):
        args(writers=("syslog",))
