"""S3 buckets: nothing public, no access control lists."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import REACH
from hipaa_policies.documents import judge_statements, names_principals
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    must_be_one_of,
    must_be_true,
)
from hipaa_policies.tokens import (
    BUCKET,
    BUCKET_ACL,
    BUCKET_OWNERSHIP,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
)


@stack_control(
    id="s3-bucket-blocks-public-access",
    title="S3 buckets block public access",
    description="Every bucket has a public access block with all four settings on.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Add a BucketPublicAccessBlock with all four settings true.",
    types={BUCKET: ()},
    reads={
        BUCKET_PUBLIC_ACCESS: (
            "bucket", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets",
        ),
    },
    sources=(
        "cdk-nag:S3BucketLevelPublicAccessProhibited", "aws-config:S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "CKV2_AWS_6", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56",
    ),
)  # fmt: skip
def _public_access(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
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
                yield from ((bucket, sentence) for sentence in must_be_true(block, setting))


@stack_control(
    id="s3-bucket-has-no-acls",
    title="S3 buckets use no access control lists",
    description="Every bucket's ownership setting is BucketOwnerEnforced and nothing sets a list.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Add BucketOwnershipControls with BucketOwnerEnforced; grant access by bucket policy.",
    types={BUCKET: (), BUCKET_ACL: ()},
    reads={BUCKET_OWNERSHIP: ("bucket", "rule")},
    sources=(
        "aws-config:S3_BUCKET_ACL_PROHIBITED", "cdk-nag:S3BucketPublicReadProhibited",
        "cdk-nag:S3BucketPublicWriteProhibited", "CKV2_AWS_65", "CKV_AWS_20", "CKV_AWS_57",
    ),
)  # fmt: skip
def _ownership(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_OWNERSHIP, "bucket")
        if not settings:
            yield bucket, "The bucket must enforce its owner's ownership, but it has no ownership controls."
        for setting in settings:
            for sentence in must_be_one_of(setting, ("BucketOwnerEnforced",), "rule", "objectOwnership"):
                yield bucket, sentence
    for listed in graph.by_type(BUCKET_ACL):
        yield (
            listed,
            "Access must be granted by bucket policy, but this resource sets an access control list.",
        )


@control(
    id="s3-bucket-policy-is-not-public",
    title="S3 bucket policies allow nobody unnamed",
    description="No bucket policy allows everyone without a condition that ties access to an account or a network.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Name the principals or add aws:SourceAccount, aws:PrincipalOrgID or a like condition.",
    types={BUCKET_POLICY: ("policy",)},
    sources=(
        "aws-config:S3_BUCKET_PUBLIC_READ_PROHIBITED", "aws-config:S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "CKV_AWS_70",
        "prowler:s3_bucket_policy_public_write_access",
    ),
    unknown="defer",
)  # fmt: skip
def _bucket_policy(policy: Resource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, "policy", names_principals)
