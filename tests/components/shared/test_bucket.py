from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from blueprint.record import Record, Resource
from components.shared import iam
from components.shared.bucket import SecureBucket, SecureBucketArgs, Transition, bucket_policy
from tests.harness import KEY, evaluate, statements_of

ARN = "arn:aws:s3:::example"
ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_HEADER = f"{ALGORITHM}-aws-kms-key-id"


def s3_type(noun: str) -> str:
    return f"aws:s3/{noun[0].lower()}{noun[1:]}:{noun}"


def args(**overrides: Any) -> SecureBucketArgs:
    values = {"purpose": "test", "classification": "internal", "protect": False, "kms_key_arn": KEY}
    return SecureBucketArgs(**{**values, **overrides})


def further_statements(arn: str) -> Sequence[iam.Statement]:
    return [iam.deny("Extra", actions=["s3:DeleteBucket"], resources=[arn], principals=iam.EVERYONE)]


@cache
def recorded(*, protect: bool = False, object_lock: str = "governance", known: bool = True) -> Record:
    lock_days = None if object_lock == "none" else 30

    def program() -> None:
        logs = SecureBucket("logs", args(kms_key_arn=None, protect=protect))
        SecureBucket(
            "main",
            args(
                protect=protect,
                object_lock=object_lock,
                lock_days=lock_days,
                access_logs=logs,
                statements=further_statements,
                transitions=[Transition(days=10, storage_class="GLACIER_IR")],
                expire_days=31,
            ),
        )

    return evaluate(program, known=known)


def one(noun: str, name: str = "main", **options: Any) -> Resource:
    return recorded(**options).one(s3_type(noun), name)


def test_objects_are_encrypted_with_the_given_kms_key() -> None:
    rules: Any = one("BucketServerSideEncryptionConfiguration", known=False).inputs["rules"]
    (rule,) = rules
    default = rule["applyServerSideEncryptionByDefault"]
    assert default == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] is True
    assert rule["blockedEncryptionTypes"] == ["SSE-C"]


def test_a_bucket_without_a_kms_key_uses_sse_s3() -> None:
    rules: Any = one("BucketServerSideEncryptionConfiguration", "logs").inputs["rules"]
    (rule,) = rules
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


@pytest.mark.parametrize("name", ["main", "logs"])
def test_a_bucket_is_versioned_private_and_without_acls(name: str) -> None:
    assert one("BucketVersioning", name).inputs["versioningConfiguration"] == {"status": "Enabled"}
    public_access_block = one("BucketPublicAccessBlock", name).inputs
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [public_access_block[flag] for flag in flags] == [True] * 4
    assert one("BucketOwnershipControls", name).inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_the_bucket_resource_has_no_deprecated_inline_settings() -> None:
    assert one("Bucket").inputs.keys() == {"objectLockEnabled", "forceDestroy", "tags"}


def test_all_resources_belong_to_the_component() -> None:
    record = recorded()
    owner = record.one("hipaa:audit:SecureBucket", "main")
    assert len(record.children(owner)) == 9
    assert owner.outputs.keys() == {"bucket_arn", "bucket_name"}


def test_the_object_lock_has_the_given_mode_and_days() -> None:
    lock = one("BucketObjectLockConfiguration", known=False)
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}}
    assert one("Bucket").inputs["objectLockEnabled"] is True


def test_a_bucket_without_a_lock_has_no_lock_configuration() -> None:
    record = recorded(object_lock="none")
    assert not record.of_type(s3_type("BucketObjectLockConfiguration"))
    assert record.one(s3_type("Bucket"), "main").inputs["objectLockEnabled"] is False


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("BucketOwnershipControls", "BucketPublicAccessBlock"),
        ("BucketPolicy", "BucketPublicAccessBlock"),
        ("BucketPolicy", "BucketOwnershipControls"),
        ("BucketObjectLockConfiguration", "BucketVersioning"),
        ("BucketLifecycleConfiguration", "BucketVersioning"),
    ],
)
def test_bucket_settings_depend_on_the_settings_that_they_need(later: str, earlier: str) -> None:
    assert one(earlier).urn in one(later).dependencies


def test_access_logging_depends_on_the_policy_of_the_log_bucket() -> None:
    logging = one("BucketLogging")
    target = one("Bucket", "logs")
    assert logging.inputs["targetBucket"] == target.outputs["id"]
    assert logging.inputs["targetPrefix"] == "s3-access-logs/main/"
    assert {target.urn, one("BucketPolicy", "logs").urn} <= {*logging.property_dependencies["targetBucket"]}


def test_the_bucket_for_access_logs_has_no_access_logging() -> None:
    assert [item.name for item in recorded().of_type(s3_type("BucketLogging"))] == ["main"]


def test_the_lifecycle_moves_and_expires_objects_and_deletes_incomplete_uploads() -> None:
    lifecycle: Any = one("BucketLifecycleConfiguration", known=False).inputs["rules"]
    rules = {rule["id"]: rule for rule in lifecycle}
    assert {rule["status"] for rule in rules.values()} == {"Enabled"}
    assert rules["keep"]["transitions"] == [{"days": 10, "storageClass": "GLACIER_IR"}]
    assert rules["keep"]["expiration"] == {"days": 31}
    assert rules["keep"]["noncurrentVersionExpiration"] == {"noncurrentDays": 31}
    assert rules["clean-up"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rules["clean-up"]["expiration"] == {"expiredObjectDeleteMarker": True}


@pytest.mark.parametrize("protect", [True, False])
def test_protect_covers_the_bucket_and_all_of_its_settings(protect: bool) -> None:
    record = recorded(protect=protect)
    settings = [item for item in record.resources if item.type.startswith("aws:s3/")]
    assert {(item.protect, item.retain_on_delete) for item in settings} == {(protect, protect)}
    assert record.one(s3_type("Bucket"), "main").inputs["forceDestroy"] is not protect


def test_plain_http_and_old_tls_are_denied_for_the_bucket_and_its_objects() -> None:
    by_sid = statements_of(bucket_policy(ARN, None))
    assert by_sid["PlainHttp"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert by_sid["OldTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    for denial in (by_sid["PlainHttp"], by_sid["OldTls"]):
        assert denial["Effect"] == "Deny"
        assert denial["Principal"] == {"AWS": ["*"]}
        assert denial["Resource"] == [ARN, f"{ARN}/*"]


def test_uploads_with_another_algorithm_another_key_or_no_key_are_denied() -> None:
    by_sid = statements_of(bucket_policy(ARN, KEY))
    assert by_sid["OtherAlgorithm"]["Condition"]["StringNotEquals"] == {ALGORITHM: "aws:kms"}
    assert by_sid["OtherKey"]["Condition"]["StringNotEquals"] == {KEY_HEADER: KEY}
    assert by_sid["NoKey"]["Condition"] == {
        "StringEquals": {ALGORITHM: "aws:kms"},
        "Null": {KEY_HEADER: "true"},
    }


def test_uploads_without_encryption_headers_are_allowed() -> None:
    for denial in statements_of(bucket_policy(ARN, KEY)).values():
        for operator, values in denial["Condition"].items():
            if "Not" in operator:
                assert denial["Condition"]["Null"] == dict.fromkeys(values, "false")


def test_the_bucket_policy_has_the_given_further_statements() -> None:
    policy = one("BucketPolicy")
    arn = one("Bucket").outputs["arn"]
    assert policy.inputs["policy"] == bucket_policy(str(arn), KEY, further_statements(str(arn)))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"object_lock": "governance"}, "lock_days is required with a lock and not allowed without one"),
        ({"lock_days": 30}, "lock_days is required with a lock and not allowed without one"),
        ({"object_lock": "compliance", "lock_days": 30}, "needs protect"),
        (
            {"object_lock": "governance", "lock_days": 30, "expire_days": 30},
            "expire_days must be greater than lock_days",
        ),
    ],
)
def test_contradictory_arguments_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**overrides)
