"""A bucket that receives access logs, beside the locked bucket to which S3 replicates it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.exemptions.cases import Exempted
from tests.policy.program import ACCOUNT, ANYONE, GONE, KEY_ARN, ROOT, Edits, allow, document, resource

INTAKE, ARCHIVE, FILES = (f"{t.BUCKET} {name}" for name in ("intake", "archive", "files"))
PREFIXES = ("s3/", "balancers/", "AWSLogs/", "app/", "app-errors/")


def writes(service: str, *prefixes: str, **parts: Any) -> dict[str, Any]:
    """Return a statement that lets a service write under prefixes of the intake."""
    resources = [f"arn:aws:s3:::intake/{prefix}*" for prefix in prefixes]
    return allow(
        **{
            "Principal": {"Service": service},
            "Action": "s3:PutObject",
            "Resource": resources,
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            **parts,
        }
    )


BY_S3 = writes("logging.s3.amazonaws.com", "s3/", "archive-access/")
BY_BALANCERS = writes("logdelivery.elasticloadbalancing.amazonaws.com", f"balancers/AWSLogs/{ACCOUNT}/")
BY_CONFIG = writes("config.amazonaws.com", f"AWSLogs/{ACCOUNT}/Config/")


def copies(prefix: str | None = "s3/", **parts: Any) -> dict[str, Any]:
    """Return a replication rule for the objects under a prefix, or for all objects."""
    return {
        "status": "Enabled",
        **({"filter": {"prefix": prefix}} if prefix is not None else {}),
        "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
        "destination": {"bucket": "arn:aws:s3:::archive"},
        **parts,
    }


def logging(name: str, prefix: str, target: str = INTAKE) -> JudgedResource:
    """Return the access log of a bucket."""
    props = {"bucket": name, "targetBucket": target.partition(" ")[2], "targetPrefix": prefix}
    return resource(
        t.BUCKET_LOGGING, f"{name}-logging", props, {"bucket": f"{t.BUCKET} {name}", "targetBucket": target}
    )


def balancer(type_: str = "application", property_: str = "accessLogs") -> JudgedResource:
    """Return a load balancer that delivers logs to the intake."""
    props = {"loadBalancerType": type_, property_: {"bucket": "intake", "prefix": "balancers"}}
    return resource(t.LOAD_BALANCER, "balancer", props, {property_: INTAKE})


def stream(**parts: Any) -> JudgedResource:
    """Return a Firehose stream that writes to the intake."""
    props = {
        "bucketArn": "arn:aws:s3:::intake",
        "prefix": "app/",
        "errorOutputPrefix": "app-errors/",
        **parts,
    }
    props = {key: value for key, value in props.items() if value is not GONE}
    return resource(
        t.FIREHOSE, "stream", {"extendedS3Configuration": props}, {"extendedS3Configuration": INTAKE}
    )


def good_resources() -> Iterator[JudgedResource]:
    tags = {"purpose": "audit-log"}
    yield resource(t.BUCKET, "intake", {"id": "intake", "objectLockEnabled": False, "tags": tags})
    yield resource(t.BUCKET, "archive", {"id": "archive", "objectLockEnabled": True, "tags": tags})
    yield resource(t.BUCKET, "files", {"id": "files", "tags": {}})
    yield resource(
        t.BUCKET_ENCRYPTION,
        "encryption",
        {"bucket": "intake", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {"bucket": INTAKE},
    )
    own_key = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}}
    for name in ("archive", "files"):
        yield resource(
            t.BUCKET_ENCRYPTION,
            f"{name}-encryption",
            {"bucket": name, "rules": [own_key]},
            {"bucket": f"{t.BUCKET} {name}"},
        )
    yield resource(
        t.BUCKET_POLICY,
        "policy",
        {"bucket": "intake", "policy": document(BY_S3, BY_BALANCERS, BY_CONFIG)},
        {"bucket": INTAKE},
    )
    yield resource(
        t.BUCKET_VERSIONING,
        "versioning",
        {"bucket": "intake", "versioningConfiguration": {"status": "Enabled"}},
        {"bucket": INTAKE},
    )
    expiry = {"expiration": {"days": 2193}, "noncurrentVersionExpiration": {"noncurrentDays": 2193}}
    yield resource(
        t.BUCKET_LIFECYCLE,
        "lifecycle",
        {"bucket": "intake", "rules": [{"status": "Enabled", **expiry}]},
        {"bucket": INTAKE},
    )
    yield resource(
        t.BUCKET_LOCK,
        "lock",
        {"bucket": "archive", "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 2192}}},
        {"bucket": ARCHIVE},
    )
    yield resource(
        t.BUCKET_REPLICATION,
        "copies",
        {"bucket": "intake", "rules": [copies(prefix) for prefix in PREFIXES]},
        {"bucket": INTAKE, "rules": ARCHIVE},
    )
    yield logging("files", "s3/files/")
    yield logging("archive", "archive-access/archive/")
    yield balancer()
    yield stream()


GOOD = {item.name: item for item in good_resources()}
RULE = "copies rules.0"
WITHOUT_S3: Edits = {
    "files-logging": GONE,
    "archive-logging": GONE,
    "policy policy": document(BY_BALANCERS, BY_CONFIG),
}
WITHOUT_BALANCERS: Edits = {"balancer": GONE, "policy policy": document(BY_S3, BY_CONFIG)}
NO_COPY = "For the exemption, an enabled replication rule must copy every object"


def uncopied(prefix: str) -> str:
    """Return the part of a message that names a prefix without a copy."""
    return f"to another bucket of the stack, but none copies objects under {prefix}"


def policy(*statements: dict[str, Any]) -> Edits:
    """Return the edit that adds statements to the policy of the intake."""
    return {"policy policy": document(BY_S3, BY_BALANCERS, BY_CONFIG, *statements)}


NOT_COPIED: tuple[tuple[Edits, str], ...] = (
    ({"copies": GONE}, f"{NO_COPY}, also one with a KMS key, to another bucket of the stack, but none does."),
    ({f"{RULE}.status": "Disabled"}, uncopied("s3/files/.")),
    ({f"{RULE}.sourceSelectionCriteria": GONE}, uncopied("s3/files/.")),
    ({f"{RULE}.sourceSelectionCriteria.sseKmsEncryptedObjects.status": "Disabled"}, uncopied("s3/files/.")),
    ({f"{RULE}.filter": {"tag": {"key": "a", "value": "b"}}}, uncopied("s3/files/.")),
    ({f"{RULE}.filter": {"and": {"prefix": "s3/", "tags": {"a": "b"}}}}, uncopied("s3/files/.")),
    ({f"{RULE}.filter.prefix": "s3/other/"}, uncopied("s3/files/.")),
    ({f"{RULE}.filter.prefix": UNKNOWN}, uncopied("s3/files/.")),
    ({f"{RULE}.destination.bucket": "arn:aws:s3:::elsewhere"}, uncopied("s3/files/.")),
    ({f"{RULE}.destination.bucket": "arn:aws:s3:::intake"}, uncopied("s3/files/.")),
    ({f"{RULE}.destination.bucket": GONE}, uncopied("s3/files/.")),
    ({"copies rules.1": copies("other/")}, uncopied(f"balancers/AWSLogs/{ACCOUNT}/.")),
    ({"copies rules.3": copies("other/")}, uncopied("app/.")),
    ({"copies rules.4": copies("other/")}, uncopied("app-errors/.")),
    ({"stream": stream(prefix=GONE)}, "but none copies objects without a prefix."),
    ({"stream": stream(errorOutputPrefix=GONE)}, "but none copies objects without a prefix."),
    ({"files-logging": logging("files", "")}, "but none copies objects without a prefix."),
    ({"files-logging": logging("files", "archive-access/files/")}, uncopied("archive-access/files/.")),
    (policy(writes("cloudtrail.amazonaws.com", "trail/")), uncopied("trail/.")),
    (policy(writes("cloudtrail.amazonaws.com", "")), "but none copies objects without a prefix."),
    (policy(writes("cloudtrail.amazonaws.com", "archive-access/")), uncopied("archive-access/.")),
    (policy(writes("", "x/", Principal=ROOT)), uncopied("x/.")),
    (policy(writes("", "x/", Principal=ANYONE, Action="s3:*")), uncopied("x/.")),
    (policy(allow(NotPrincipal=ROOT, Action="s3:PutObject", Resource="arn:aws:s3:::intake/x/*")), uncopied("x/.")),
    (policy(allow(Principal=ROOT, NotAction="s3:GetObject", Resource="arn:aws:s3:::intake/x/*")), uncopied("x/.")),
    (
        policy(allow(Principal=ROOT, Action="s3:PutObject", NotResource="arn:aws:s3:::intake/s3/*")),
        "but none copies objects without a prefix.",
    ),
)  # fmt: skip
"""Edits after which S3 does not replicate everything that is written to the intake."""

STILL_COPIED: tuple[Edits, ...] = (
    {"copies rules": [copies(None)], "policy policy": UNKNOWN},
    {"copies rules": [copies("")], "stream": stream(prefix=GONE)},
    {f"{RULE}.filter": GONE, f"{RULE}.prefix": "s3/"},
    {f"{RULE}.destination.bucket": UNKNOWN},
    {"stream": stream(bucketArn="arn:aws:s3:::files", prefix=GONE)},
    {"stream": stream(bucketArn=UNKNOWN)},
    policy(allow(Principal=ROOT, Action="s3:GetObject", Resource="arn:aws:s3:::intake/x/*")),
    policy({**writes("cloudtrail.amazonaws.com", "x/"), "Effect": "Deny"}),
)
UNKNOWN_COPIES: tuple[Edits, ...] = (
    {"copies rules": UNKNOWN},
    {"policy policy": UNKNOWN},
    {"policy policy": {"Statement": [BY_S3, {**BY_CONFIG, "Resource": [UNKNOWN]}]}},
    {"files-logging targetPrefix": UNKNOWN},
    {"stream": stream(prefix=UNKNOWN)},
    {"stream": stream(errorOutputPrefix=UNKNOWN)},
)

EXEMPTED = (
    Exempted(
        control="s3-bucket-encrypted-with-own-key",
        subject="intake",
        good=GOOD,
        refused=NOT_COPIED,
        unknown=(*UNKNOWN_COPIES, {**WITHOUT_S3, "balancer": GONE, "policy policy": UNKNOWN}),
        also=(
            *STILL_COPIED,
            WITHOUT_S3,
            WITHOUT_BALANCERS,
            *(
                {**WITHOUT_S3, "policy policy": document(BY_CONFIG), "balancer": balancer(property_=name)}
                for name in ("accessLogs", "connectionLogs", "healthCheckLogs")
            ),
            {**WITHOUT_S3, "balancer": GONE},
            {
                **WITHOUT_S3,
                "balancer": GONE,
                "policy policy": document(BY_S3, BY_CONFIG),
                "copies rules": [copies(None)],
            },
        ),
        ordinary=(
            {**WITHOUT_S3, "balancer": GONE, "policy policy": document(BY_CONFIG)},
            {**WITHOUT_S3, "balancer": balancer("network"), "policy policy": document(BY_CONFIG)},
            {"encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": "aws:kms"},
            {"encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": GONE},
            {"encryption rules": []},
            {"encryption": GONE},
            {
                **WITHOUT_S3,
                "balancer": GONE,
                "policy policy": document(BY_CONFIG),
                "intake-logging": logging("intake", "s3/"),
            },
            {
                **WITHOUT_S3,
                "balancer": GONE,
                "policy policy": document({**BY_S3, "Action": "s3:GetObject"}, {**BY_S3, "Effect": "Deny"}),
            },
        ),
    ),
    Exempted(
        control="s3-log-bucket-is-locked-six-years",
        subject="intake",
        good=GOOD,
        refused=(
            *NOT_COPIED,
            (
                {"archive objectLockEnabled": False},
                "the bucket archive, which has the copies, must be locked. objectLock",
            ),
            ({"lock": GONE}, "must be locked. The bucket must have an Object Lock configuration"),
            (
                {"lock rule.defaultRetention.mode": "GOVERNANCE"},
                "must be locked. rule.defaultRetention.mode must be",
            ),
            ({"lock rule.defaultRetention.days": 2191}, "must be locked. rule.defaultRetention must last"),
            ({"versioning": GONE}, "the bucket must have versioning enabled"),
            (
                {"versioning versioningConfiguration.status": "Suspended"},
                "the bucket must have versioning enabled",
            ),
            ({"lifecycle rules.0.expiration.days": 30}, "must keep objects and versions for 2192 days"),
            (
                {"lifecycle rules.0.noncurrentVersionExpiration.noncurrentDays": 30},
                "must keep objects and versions for 2192 days",
            ),
        ),
        unknown=(*UNKNOWN_COPIES, {"lock rule": UNKNOWN}, {"lifecycle rules": UNKNOWN}),
        also=(
            *STILL_COPIED,
            WITHOUT_BALANCERS,
            {"lifecycle": GONE},
            {"lifecycle rules.0.status": "Disabled"},
        ),
        ordinary=(WITHOUT_S3,),
    ),
)
