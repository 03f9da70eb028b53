"""IAM policy documents for the delivery of log events by CloudWatch Logs and Firehose. This module creates no resources."""

from __future__ import annotations

from components.shared import iam, prefixes


def firehose_trust_policy(account: iam.Account) -> str:
    """Return a role's trust policy: Firehose may assume the role if it sends this account as the external id.

    See https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-assume-role
    """
    return iam.document(
        iam.allow(
            "AssumeRole",
            actions=["sts:AssumeRole"],
            principals=iam.services("firehose.amazonaws.com"),
            conditions={"StringEquals": {"sts:ExternalId": account.id}},
        )
    )


def firehose_write_policy(bucket_arn: str, key_arn: str, errors_arn: str, *, account: iam.Account) -> str:
    """Return the permissions of Firehose: add objects to the intake under two prefixes, and log failures.

    The actions are those that AWS lists
    (https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3). Firehose may use the key only
    through S3 and for this bucket, whose ARN is the encryption context of an S3 Bucket Key.

    Args:
        bucket_arn: ARN of the intake.
        key_arn: ARN of the KMS key of the objects.
        errors_arn: ARN of the log group for delivery errors.
        account: The account and region of the stream.
    """
    objects = [
        f"{bucket_arn}/{prefix}*" for prefix in (prefixes.APPLICATION_LOGS, prefixes.APPLICATION_LOG_ERRORS)
    ]
    return iam.document(
        iam.allow(
            "Bucket",
            actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            resources=[bucket_arn],
        ),
        iam.allow(
            "Objects",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            resources=objects,
        ),
        iam.allow(
            "Key",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{account.region}.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, *objects]},
            },
        ),
        iam.allow("Errors", actions=["logs:PutLogEvents"], resources=[f"{errors_arn}:log-stream:*"]),
    )


def subscription_policy(stream_arn: str, key_arn: str, *, account: iam.Account) -> str:
    """Return the permissions of CloudWatch Logs: put records into one stream, and use its key through Firehose."""
    return iam.document(
        iam.allow("Send", actions=["firehose:PutRecord", "firehose:PutRecordBatch"], resources=[stream_arn]),
        iam.allow(
            "Key",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"firehose.{account.region}.amazonaws.com"}},
        ),
    )
