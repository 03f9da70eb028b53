"""S3 replication from one bucket into another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.bucket import SecureBucket


def replicate(
    name: str,
    *,
    account: iam.Account,
    source: SecureBucket,
    target: SecureBucket,
    kms_key_arn: pulumi.Input[str],
    prefixes: Sequence[str],
    parent: pulumi.Resource,
) -> Sequence[Mapping[str, pulumi.Input[str]]]:
    """Replicate new objects under some prefixes into another bucket, including encrypted objects but not deletions.

    Creates the replication configuration of the source bucket, and an IAM role for S3 with its policy. Objects that are
    encrypted with the KMS key or with SSE-S3 keep this encryption
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html). S3 requires versioning of both buckets;
    the outputs of `SecureBucket` wait for it.

    Args:
        name: Logical name of all resources.
        account: The account and region of both buckets.
        source: The bucket to replicate.
        target: The bucket that receives the replicas.
        kms_key_arn: ARN of the KMS key of encrypted objects.
        prefixes: Prefixes in the source; each has one replication rule.
        parent: The component that the resources belong to.

    Returns:
        The metric dimensions (name to value) of each rule, in the order of `prefixes`.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description="Lets S3 replicate one log bucket to another",
        assume_role_policy=iam.assume_role("s3.amazonaws.com", account=account),
        opts=child,
    )
    policy = aws.iam.Policy(
        name,
        description="Read the source, write replicas to the target",
        policy=pulumi.Output.all(source.bucket_arn, target.bucket_arn, kms_key_arn).apply(
            lambda arns: replication_policy(arns[0], arns[1], arns[2], account)
        ),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    aws.s3.BucketReplicationConfig(
        name,
        bucket=source.bucket_name,
        role=role.arn,
        rules=[
            aws.s3.BucketReplicationConfigRuleArgs(
                id=_rule_id(prefix),
                status="Enabled",
                priority=priority,
                filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=prefix),
                delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
                    status="Disabled"
                ),
                source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
                    sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                        status="Enabled"
                    )
                ),
                destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
                    bucket=target.bucket_arn,
                    # Without metrics a failure would be visible only on the object itself.
                    metrics=aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(status="Enabled"),
                    encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                        replica_kms_key_id=kms_key_arn
                    ),
                ),
            )
            for priority, prefix in enumerate(prefixes, start=1)
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[attachment]),
    )
    return [
        {
            "SourceBucket": source.bucket_name,
            "DestinationBucket": target.bucket_name,
            "RuleId": _rule_id(prefix),
        }
        for prefix in prefixes
    ]


def _rule_id(prefix: str) -> str:
    return prefix.strip("/").lower()


def replication_policy(source_arn: str, target_arn: str, key_arn: str, account: iam.Account) -> str:
    """Return the permissions of S3: read the source and write replicas to the target, but delete in neither.

    The actions are those that AWS lists
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html), without deletion.
    """
    return iam.document(
        iam.allow(
            "Bucket", actions=["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[source_arn]
        ),
        iam.allow(
            "Read",
            actions=[
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            resources=[f"{source_arn}/*"],
        ),
        iam.allow("Write", actions=["s3:ReplicateObject", "s3:ReplicateTags"], resources=[f"{target_arn}/*"]),
        iam.allow(
            "Key",
            actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringLike": {"kms:ViaService": f"s3.{account.region}.amazonaws.com"}},
        ),
    )
