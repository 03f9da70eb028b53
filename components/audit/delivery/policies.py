"""What Firehose and CloudWatch Logs may do to take events to the archive. Pure policy documents."""

from __future__ import annotations

from components.shared import iam, prefixes


def trust(account: iam.Account) -> str:
    """Let Firehose take a role for this account only, which it names as the external id.

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


def write(bucket_arn: str, key_arn: str, errors_arn: str, *, account: iam.Account) -> str:
    """Let Firehose add objects to the intake under its two prefixes, and tell of failures.

    The actions are those AWS lists
    (https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3); the key may be used by way of
    this bucket only, which is the encryption context of an S3 bucket key.
    """
    places = (prefixes.APPLICATION_LOGS, prefixes.APPLICATION_LOG_ERRORS)
    objects = [f"{bucket_arn}/{prefix}*" for prefix in places]
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


def send(stream_arn: str, key_arn: str, *, account: iam.Account) -> str:
    """Let CloudWatch Logs put records into one stream, and by way of it use the key the stream is encrypted under."""
    return iam.document(
        iam.allow("Send", actions=["firehose:PutRecord", "firehose:PutRecordBatch"], resources=[stream_arn]),
        iam.allow(
            "Key",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"firehose.{account.region}.amazonaws.com"}},
        ),
    )
