"""S3 buckets: public access, access control lists, bucket policies, access points, replication and old versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import BACKED_UP, REACH
from hipaa_policies.documents import judge_statements, names_principals
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    element_paths,
    must_be_one_of,
    must_be_true,
    must_name_own_key,
    not_applicable,
    tag,
)
from hipaa_policies.tokens import (
    ACCESS_POINT,
    BUCKET,
    BUCKET_ACL,
    BUCKET_LIFECYCLE,
    BUCKET_OWNERSHIP,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    BUCKET_REPLICATION,
    BUCKET_WEBSITE,
)
from hipaa_policies.values import MISSING, UNKNOWN, peek


@stack_control(
    id="s3-bucket-blocks-public-access",
    title="S3 buckets block public access",
    description="Every bucket has a public access block with all four settings enabled.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Add a BucketPublicAccessBlock with all four settings set to true.",
    types={BUCKET: ()},
    reads={
        BUCKET_PUBLIC_ACCESS: (
            "bucket",
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        ),
    },
    sources=(
        "cdk-nag:S3BucketLevelPublicAccessProhibited",
        "aws-config:S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "CKV2_AWS_6",
        "CKV_AWS_53",
        "CKV_AWS_54",
        "CKV_AWS_55",
        "CKV_AWS_56",
    ),
)
def _public_access(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        blocks = graph.referrers(bucket.urn, BUCKET_PUBLIC_ACCESS, "bucket")
        if not blocks:
            yield bucket, "The bucket must have a public access block, but it has none."
        for block in blocks:
            for setting in (
                "blockPublicAcls",
                "blockPublicPolicy",
                "ignorePublicAcls",
                "restrictPublicBuckets",
            ):
                yield from about(bucket, must_be_true(block, setting))


@stack_control(
    id="s3-bucket-has-no-acls",
    title="S3 buckets have no access control lists",
    description="The object ownership of every bucket is BucketOwnerEnforced, and no resource sets an access control list.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Add BucketOwnershipControls with BucketOwnerEnforced. Grant access in the bucket policy.",
    types={BUCKET: (), BUCKET_ACL: ()},
    reads={BUCKET_OWNERSHIP: ("bucket", "rule")},
    sources=(
        "aws-config:S3_BUCKET_ACL_PROHIBITED",
        "cdk-nag:S3BucketPublicReadProhibited",
        "cdk-nag:S3BucketPublicWriteProhibited",
        "CKV2_AWS_65",
        "CKV_AWS_20",
        "CKV_AWS_57",
    ),
)
def _ownership(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_OWNERSHIP, "bucket")
        if not settings:
            yield bucket, "The bucket must enforce bucket owner ownership, but it has no ownership controls."
        for setting in settings:
            ownership = ("rule", "objectOwnership")
            yield from about(bucket, must_be_one_of(setting, ("BucketOwnerEnforced",), *ownership))
    for acl in graph.by_type(BUCKET_ACL):
        yield (
            acl,
            "Access must be granted in the bucket policy, but this resource sets an access control list.",
        )


@control(
    id="s3-bucket-policy-is-not-public",
    title="S3 bucket policies are not public",
    description="No bucket policy allows everyone without a condition that limits access to an account or a network.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Name the principals, or add a condition such as aws:SourceAccount or aws:PrincipalOrgID.",
    types={BUCKET_POLICY: ("policy",)},
    sources=(
        "aws-config:S3_BUCKET_PUBLIC_READ_PROHIBITED",
        "aws-config:S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
        "CKV_AWS_70",
        "prowler:s3_bucket_policy_public_write_access",
    ),
    unknown="defer",
)
def _bucket_policy(policy: JudgedResource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, "policy", names_principals)


_BLOCK: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@control(
    id="s3-access-point-is-private",
    title="S3 access points are private",
    description="An access point blocks public access and is reachable only from a VPC. No bucket is a website.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Set public_access_block_configuration with all four values true, and vpc_configuration. Serve sites with CloudFront.",
    types={ACCESS_POINT: ("publicAccessBlockConfiguration", "vpcConfiguration"), BUCKET_WEBSITE: ()},
    sources=("CKV_AWS_392", "FSBP:S3.19", "prowler:s3_access_point_public_access_block"),
)
def _access_point(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == BUCKET_WEBSITE:
        yield "A bucket must not be a website, because websites use HTTP, but this resource makes it one."
        return
    # All four settings are on if an access point does not state them.
    for name in _BLOCK:
        value = peek(resource.props, "publicAccessBlockConfiguration", name)
        if value is not MISSING:
            yield from must_be_true(resource, "publicAccessBlockConfiguration", name)
    if peek(resource.props, "vpcConfiguration") is MISSING:
        yield "vpcConfiguration must name the VPC of the access point, but it is missing."


@stack_control(
    id="s3-bucket-is-replicated",
    title="Buckets for disaster recovery are replicated",
    description="A bucket tagged disaster-recovery=true is replicated to another bucket, encrypted with a customer-managed key.",
    citations=BACKED_UP,
    severity="medium",
    pack="retention",
    remediation="Add a BucketReplicationConfig with an enabled rule, sse_kms_encrypted_objects Enabled, and replica_kms_key_id.",
    types={BUCKET: ("tags",)},
    reads={BUCKET_REPLICATION: ("bucket", "rules")},
    sources=(
        "cdk-nag:S3BucketReplicationEnabled",
        "aws-config:S3_BUCKET_REPLICATION_ENABLED",
        "CKV_AWS_144",
        "prowler:s3_bucket_cross_region_replication",
    ),
    unknown="defer",
)
def _replication(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        needed = tag(bucket, "disaster-recovery")
        if needed is UNKNOWN:
            yield bucket, deferred("tags", "disaster-recovery")
        elif needed != "true":
            yield bucket, not_applicable("The bucket is not tagged disaster-recovery=true.")
        else:
            settings = graph.referrers(bucket.urn, BUCKET_REPLICATION, "bucket")
            if not settings:
                yield bucket, "The bucket must be replicated, but it has no replication configuration."
            for setting in settings:
                yield from about(bucket, _incomplete_replication(setting))


def _incomplete_replication(setting: JudgedResource) -> Iterator[str]:
    if peek(setting.props, "rules") is UNKNOWN:
        yield deferred("rules")
        return
    enabled = [
        rule for rule in element_paths(setting, "rules") if peek(setting.props, *rule, "status") == "Enabled"
    ]
    if not enabled:
        yield "rules must contain an enabled rule, but none is enabled."
    for rule in enabled:
        # By default S3 does not replicate objects that are encrypted with SSE-KMS, which here is every object.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
        kms_objects = ("sourceSelectionCriteria", "sseKmsEncryptedObjects", "status")
        yield from must_be_one_of(setting, ("Enabled",), *rule, *kms_objects)
        yield from must_name_own_key(
            setting, *rule, "destination", "encryptionConfiguration", "replicaKmsKeyId"
        )


@stack_control(
    id="s3-bucket-sheds-old-versions",
    title="Buckets delete old versions",
    description="Every bucket has a lifecycle rule that deletes noncurrent versions, so that deleted data is removed.",
    citations=("164.310(d)(2)(i)", "164.308(a)(1)(ii)(B)"),
    severity="low",
    pack="retention",
    level="advisory",
    remediation="Add a BucketLifecycleConfiguration with noncurrent_version_expiration.",
    types={BUCKET: ()},
    reads={BUCKET_LIFECYCLE: ("bucket", "rules")},
    sources=(
        "aws-config:S3_VERSION_LIFECYCLE_POLICY_CHECK",
        "aws-config:S3_EVENT_NOTIFICATIONS_ENABLED",
        "CKV2_AWS_61",
        "prowler:s3_bucket_lifecycle_enabled",
    ),
    unknown="present",
)
def _old_versions(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_LIFECYCLE, "bucket")
        expires = any(
            peek(setting.props, *rule, "noncurrentVersionExpiration") is not MISSING
            and peek(setting.props, *rule, "status") != "Disabled"
            for setting in settings
            for rule in (
                *element_paths(setting, "rules"),
                *((("rules", 0),) if peek(setting.props, "rules") is UNKNOWN else ()),
            )
        )
        if not expires:
            yield bucket, "A lifecycle rule must have a noncurrentVersionExpiration, but none has."
