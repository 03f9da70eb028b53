"""Buckets and the resources that configure them."""

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    ACCOUNT,
    ANYONE,
    CLASSIFIED,
    GONE,
    KEY_ARN,
    READS,
    ROOT,
    TLS_ONLY,
    Edits,
    Rows,
    allow,
    document,
    extra,
    forbidden,
    policies,
    resource,
)


def bucket_and_settings(name: str) -> Iterator[JudgedResource]:
    of_bucket = {"bucket": f"{t.BUCKET} {name}"}
    yield resource(
        t.BUCKET,
        name,
        {"objectLockEnabled": True, "forceDestroy": False, "tags": {"purpose": "audit-log", **CLASSIFIED}},
        protect=True,
    )
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}
    rule = {"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}
    yield resource(t.BUCKET_ENCRYPTION, f"{name}-encryption", {"bucket": UNKNOWN, "rules": [rule]}, of_bucket)
    yield resource(
        t.BUCKET_POLICY, f"{name}-policy", {"bucket": UNKNOWN, "policy": document(TLS_ONLY)}, of_bucket
    )
    versioning = {"bucket": UNKNOWN, "versioningConfiguration": {"status": "Enabled"}}
    yield resource(t.BUCKET_VERSIONING, f"{name}-versioning", versioning, of_bucket)
    lock = {"bucket": UNKNOWN, "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 2192}}}
    yield resource(t.BUCKET_LOCK, f"{name}-lock", lock, of_bucket)
    expiry = {
        "id": "six-years",
        "status": "Enabled",
        "expiration": {"days": 2192},
        "noncurrentVersionExpiration": {"noncurrentDays": 2192},
    }
    yield resource(t.BUCKET_LIFECYCLE, f"{name}-lifecycle", {"bucket": UNKNOWN, "rules": [expiry]}, of_bucket)
    logging = {"bucket": UNKNOWN, "targetBucket": UNKNOWN, "targetPrefix": "access/"}
    yield resource(
        t.BUCKET_LOGGING, f"{name}-logging", logging, {**of_bucket, "targetBucket": f"{t.BUCKET} audit"}
    )
    ownership = {"bucket": UNKNOWN, "rule": {"objectOwnership": "BucketOwnerEnforced"}}
    yield resource(t.BUCKET_OWNERSHIP, f"{name}-ownership", ownership, of_bucket)
    blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    yield resource(t.BUCKET_PUBLIC_ACCESS, f"{name}-block", dict.fromkeys(blocks, True), of_bucket)


GOOD = {item.name: item for item in bucket_and_settings("audit")}

LIFECYCLE = "audit-lifecycle rules.0"

RETENTION = "audit-lock rule.defaultRetention"

SHORT_LIVED: Edits = {
    "short": resource(t.BUCKET, "short", {}),
    "short-lifecycle": resource(
        t.BUCKET_LIFECYCLE,
        "short-lifecycle",
        {"bucket": UNKNOWN, "rules": [{"id": "month", "status": "Enabled", "expiration": {"days": 30}}]},
        {"bucket": f"{t.BUCKET} short"},
    ),
}
"""Adds a bucket without logs and without a lock, whose objects expire after a month."""

LOGGED: list[Edits] = [
    {**SHORT_LIVED, **extra(type_, {property_: value}, {property_: f"{t.BUCKET} short"})}
    for type_, property_, value in (
        (t.BUCKET_LOGGING, "targetBucket", UNKNOWN),
        (t.FLOW_LOG, "logDestination", UNKNOWN),
        (t.RESOLVER_QUERY_LOG, "destinationArn", UNKNOWN),
        (t.TRAIL, "s3BucketName", UNKNOWN),
        (t.FIREHOSE, "extendedS3Configuration", {"bucketArn": UNKNOWN}),
        (t.CONFIG_CHANNEL, "s3BucketName", UNKNOWN),
        (t.FINDINGS_EXPORT, "destinationArn", UNKNOWN),
        (t.WEB_ACL_LOGGING, "logDestinationConfigs", [UNKNOWN]),
        (t.DISTRIBUTION, "loggingConfig", {"bucket": UNKNOWN}),
        (t.REDSHIFT_LOGGING, "bucketName", UNKNOWN),
        (
            t.FIREWALL_LOGGING,
            "loggingConfiguration",
            {"logDestinationConfigs": [{"logDestination": {"bucketName": UNKNOWN}}]},
        ),
        (t.LOG_DELIVERY, "deliveryDestinationConfiguration", {"destinationResourceArn": UNKNOWN}),
        (
            t.ECS_CLUSTER,
            "configuration",
            {"executeCommandConfiguration": {"logConfiguration": {"s3BucketName": UNKNOWN}}},
        ),
        *(
            (t.LOAD_BALANCER, f"{kind}Logs", {"enabled": True, "bucket": UNKNOWN})
            for kind in ("access", "connection", "healthCheck")
        ),
    )
]
"""Each adds the same bucket and a resource that delivers logs to it."""

INLINE: dict[str, Any] = {
    "accelerationStatus": "Enabled",
    "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["https://app.example.org"]}],
    "grants": [
        {"type": "Group", "permissions": ["READ"], "uri": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    ],
    "lifecycleRules": [{"enabled": True, "expiration": {"days": 2192}}],
    "logging": {"targetBucket": "x"},
    "objectLockConfiguration": {"objectLockEnabled": "Enabled"},
    "replicationConfiguration": {
        "role": "arn:x",
        "rules": [{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::x"}}],
    },
    "requestPayer": "Requester",
    "serverSideEncryptionConfiguration": {
        "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    },
    "website": {"indexDocument": "index.html"},
}
"""Deprecated inline settings of a bucket, each replaced by a separate resource type."""

ROWS: dict[str, Rows] = {
    "s3-bucket-encrypted-with-own-key": Rows(
        compliant=(
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": "aws:kms:dsse"},
        ),
        violating=[
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": "AES256"},
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": "alias/aws/s3"},
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": UNKNOWN},
            {"audit-encryption rules": []},
        ],
        missing=[
            {"audit-encryption": GONE},
            {"audit-encryption rules": GONE},
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": GONE},
        ],
        unknown=[{"audit-encryption rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": UNKNOWN}],
    ),
    "s3-bucket-refuses-plain-http": Rows(
        compliant=(
            {"audit-policy policy": {"Statement": TLS_ONLY}},
            {"audit-policy policy": document({**TLS_ONLY, "Resource": "*", "Principal": ANYONE})},
        ),
        violating=[
            {"audit-policy policy": document({**TLS_ONLY, "Effect": "Allow"})},
            {"audit-policy policy": document({**TLS_ONLY, "Resource": ["arn:aws:s3:::x/*"]})},
            {"audit-policy policy": document({**TLS_ONLY, "Action": "s3:PutObject"})},
            {"audit-policy policy": document({**TLS_ONLY, "Resource": ["arn:aws:s3:::x"]})},
            {"audit-policy policy": document({**TLS_ONLY, "Principal": ROOT})},
            {
                "audit-policy policy": document(
                    {**TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
                )
            },
            {
                "audit-policy policy": document(
                    {
                        **TLS_ONLY,
                        "Condition": {**TLS_ONLY["Condition"], "StringEquals": {"aws:PrincipalTag/x": "y"}},
                    }
                )
            },
            {"audit-policy policy": "not JSON"},
        ],
        missing=[{"audit-policy": GONE}, {"audit-policy policy": GONE}],
        unknown=[
            {"audit-policy policy": UNKNOWN},
            {"audit-policy policy": {"Statement": UNKNOWN}},
            {"audit-policy policy": {"Statement": [{**TLS_ONLY, "Resource": [UNKNOWN]}]}},
        ],
    ),
    "s3-log-bucket-keeps-six-years": Rows(
        compliant=({f"{LIFECYCLE}.expiration.days": 30, f"{LIFECYCLE}.status": "Disabled"}, SHORT_LIVED),
        violating=[
            {**SHORT_LIVED, "short tags": {"purpose": "audit-log"}},
            *LOGGED,
            {f"{LIFECYCLE}.expiration.days": 2191},
            {f"{LIFECYCLE}.noncurrentVersionExpiration.noncurrentDays": 30},
            {f"{LIFECYCLE}.expiration": {"date": "2030-01-01"}},
            {f"{LIFECYCLE}.expiration.days": 1, "audit tags": GONE},
        ],
        missing=[{f"{LIFECYCLE}.expiration": GONE}, {"audit-lifecycle": GONE}],
        missing_is_fine=True,
        unknown=[{f"{LIFECYCLE}.expiration.days": UNKNOWN}],
    ),
    "s3-log-bucket-is-locked-six-years": Rows(
        compliant=(
            {f"{RETENTION}.days": GONE, f"{RETENTION}.years": 6},
            {f"{RETENTION}.days": GONE, f"{RETENTION}.years": 7.0},
            {"audit tags": GONE, "audit objectLockEnabled": True},
            SHORT_LIVED,
        ),
        violating=[
            {**SHORT_LIVED, "short tags": {"purpose": "audit-log"}},
            *LOGGED,
            {"audit objectLockEnabled": False},
            {f"{RETENTION}.mode": "GOVERNANCE"},
            {f"{RETENTION}.days": 2191},
            {f"{RETENTION}.days": GONE, f"{RETENTION}.years": 5},
            {"audit objectLockEnabled": False, "audit tags": GONE},
        ],
        missing=[
            {"audit-lock": GONE},
            {"audit-lock rule": GONE},
            {"audit objectLockEnabled": GONE},
            {f"{RETENTION}.days": GONE},
        ],
        unknown=[
            {"audit objectLockEnabled": UNKNOWN},
            {f"{RETENTION}.mode": UNKNOWN},
            {f"{RETENTION}.days": UNKNOWN},
        ],
    ),
    "s3-bucket-is-versioned": Rows(
        violating=[{"audit-versioning versioningConfiguration.status": "Suspended"}],
        missing=[{"audit-versioning": GONE}, {"audit-versioning versioningConfiguration": GONE}],
        unknown=[{"audit-versioning versioningConfiguration.status": UNKNOWN}],
    ),
    "s3-bucket-logs-its-access": Rows(
        violating=[{"audit-logging targetBucket": ""}],
        missing=[{"audit-logging": GONE}, {"audit-logging targetBucket": GONE}],
        unknown=[{"audit-logging targetBucket": UNKNOWN}],
    ),
    "s3-bucket-blocks-public-access": Rows(
        violating=[{"audit-block blockPublicAcls": False}, {"audit-block restrictPublicBuckets": False}],
        missing=[{"audit-block": GONE}, {"audit-block ignorePublicAcls": GONE}],
        unknown=[{"audit-block blockPublicPolicy": UNKNOWN}],
    ),
    "s3-bucket-has-no-acls": Rows(
        violating=[
            {"audit-ownership rule.objectOwnership": "ObjectWriter"},
            extra(t.BUCKET_ACL, {"acl": "private"}),
        ],
        missing=[{"audit-ownership": GONE}, {"audit-ownership rule": GONE}],
        unknown=[{"audit-ownership rule.objectOwnership": UNKNOWN}],
    ),
    "s3-bucket-policy-is-not-public": policies(
        "audit-policy policy",
        good=(
            allow(Principal={"Service": "logging.s3.amazonaws.com"}, Action="s3:PutObject", Resource="*"),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}},
            ),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"StringEquals": {"aws:VpceOrgID": "o-1"}},
            ),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
            ),
        ),
        bad=[
            allow(Principal="*", Action="s3:GetObject", Resource="*"),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"StringEqualsIfExists": {"aws:SourceAccount": "1"}},
            ),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
            ),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}},
            ),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "0.0.0.0/1"]}},
            ),
            allow(
                Principal="*",
                Action="s3:GetObject",
                Resource="*",
                Condition={"StringEquals": {"aws:username": "somebody"}},
            ),
        ],
    ),
    "s3-bucket-is-set-by-own-resources": Rows(
        compliant=({"audit lifecycleRules": []},),
        violating=[
            {"audit versioning": {"enabled": True}},
            {"audit acl": "private"},
            {"audit policy": READS},
            *({f"audit {name}": value} for name, value in INLINE.items()),
        ],
        missing=[{"audit versioning": GONE}],
        missing_is_fine=True,
        unknown=[{"audit serverSideEncryptionConfiguration": UNKNOWN}],
    ),
    "resource-type-is-supported": forbidden(
        "aws:s3/bucketV2:BucketV2",
        "aws:s3/bucketVersioningV2:BucketVersioningV2",
        "aws-native:s3:Bucket",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
        "aws:ec2/defaultVpc:DefaultVpc",
    ),
}
