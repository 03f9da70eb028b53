"""`SecureBucket`, an S3 bucket that is encrypted, versioned and private, and accepts requests over TLS only.

Each setting is a separate resource, because the inline properties of `aws.s3.Bucket` are deprecated and conflict with the
separate resources. Maps to 45 CFR 164.312(a)(2)(iv) (encryption), 164.312(c)(1) (integrity), 164.312(e)(1) (transmission
security) and 164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.iam import Statement
from components.shared.options import protection_option

Lock: TypeAlias = Literal["none", "governance", "compliance"]

ACCESS_LOG_PREFIX: Final = "s3-access-logs/"
"""Prefix of all S3 access logs in the bucket that receives them. Each source bucket has a folder there, named after its
logical name."""
MINIMUM_TLS: Final = "1.2"
ABANDONED_UPLOAD_DAYS: Final = 7
"""Days until S3 deletes the parts of an incomplete multipart upload. The parts are billed, but are not listed as objects."""

_ALGORITHM: Final = "s3:x-amz-server-side-encryption"
_KEY: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A lifecycle transition of objects to a cheaper storage class."""

    days: int
    """Days after the creation of an object."""
    storage_class: Literal["GLACIER_IR", "DEEP_ARCHIVE"]
    """Objects in `GLACIER_IR` can be read at once, objects in `DEEP_ARCHIVE` after a restore of up to two days."""


def _no_statements(_bucket_arn: str) -> Sequence[Statement]:
    return ()


@dataclass(frozen=True, kw_only=True)
class SecureBucketArgs:
    """Arguments of `SecureBucket`."""

    purpose: str
    """Purpose of the bucket, as the tag `purpose`; `audit-log` for logs."""
    classification: str
    """Sensitivity of the content, as the tag `data-classification`."""
    protect: bool
    """Whether Pulumi refuses to delete the bucket and its settings, and keeps them in AWS when they leave the program."""
    kms_key_arn: pulumi.Input[str] | None = None
    """ARN of the KMS key that encrypts the objects. None means SSE-S3, for logs that AWS delivers to SSE-S3 buckets only."""
    access_logs: SecureBucket | None = None
    """The bucket that receives the access logs; None only for that bucket itself."""
    access_log_prefix: str = ACCESS_LOG_PREFIX
    """Prefix of the access logs in that bucket."""
    statements: Callable[[str], Sequence[Statement]] = _no_statements
    """Function that receives the ARN of the bucket and returns further statements of its policy."""
    roles: Sequence[pulumi.Resource] = ()
    """Roles in `statements` that the same program creates. The bucket policy waits for them, because S3 refuses a policy
    with a principal that does not exist."""
    object_lock: Lock = "none"
    """Object Lock mode. A lock cannot be removed from a bucket, and `compliance` also binds the root user of the account."""
    lock_days: int | None = None
    """Days for which each new object version is locked; required with a lock."""
    transitions: Sequence[Transition] = ()
    """Transitions to cheaper storage classes. S3 applies them to objects of 128 KiB or more."""
    expire_days: int | None = None
    """Days until objects expire; None keeps objects and versions forever."""
    expire_versions_days: int | None = None
    """Days until S3 deletes an object version that was replaced or has expired. The default is `expire_days`; without
    `expire_days`, this setting has no effect."""

    def __post_init__(self) -> None:
        """Check that lock, protection and expiry agree.

        Raises:
            ValueError: `lock_days` does not match `object_lock`, `compliance` lacks `protect`, or objects would expire
                while they are locked.
        """
        if (self.object_lock == "none") != (self.lock_days is None):
            raise ValueError(
                "lock_days is required with a lock and not allowed without one, "
                f"got {self.lock_days} with object_lock {self.object_lock}"
            )
        if self.object_lock == "compliance" and not self.protect:
            raise ValueError(
                "object_lock compliance cannot be undone, so it needs protect True, got protect False"
            )
        if self.lock_days is not None and self.expire_days is not None and self.expire_days <= self.lock_days:
            raise ValueError(
                f"expire_days must be greater than lock_days ({self.lock_days}), got {self.expire_days}"
            )


class SecureBucket(pulumi.ComponentResource):
    """An S3 bucket with all of its security settings.

    Creates: the S3 bucket; its versioning, default encryption, public access block, ownership controls (no ACLs), bucket
    policy and lifecycle configuration; with `object_lock` its Object Lock configuration; with `access_logs` its server
    access logging.

    Outputs:
        bucket_arn: ARN of the bucket.
        bucket_name: Name of the bucket.

    Both outputs depend on the policy, the encryption, the versioning and the lock of the bucket. A resource that uses one
    of them, such as a trail or a flow log, is therefore created after the policy that admits it. If the bucket has a lock,
    it applies to every object that such a resource writes.
    """

    bucket_arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    """The resources that both outputs depend on, for the `depends_on` of a resource that does not use these outputs."""

    def __init__(self, name: str, args: SecureBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:SecureBucket", name, None, opts)
        locked = args.object_lock != "none"
        guarded = protection_option(args.protect)

        def child(*after: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(
                parent=self, protect=guarded, retain_on_delete=guarded, depends_on=list(after)
            )

        bucket = aws.s3.Bucket(
            name,
            object_lock_enabled=locked,
            # Also deletes objects under a governance lock. `compliance` always has protect.
            force_destroy=not args.protect,
            tags={"Name": name, "purpose": args.purpose, "data-classification": args.classification},
            opts=child(),
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child(),
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.id, rules=[_encryption(args.kms_key_arn)], opts=child()
        )
        public_access_block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child(),
        )
        # One after the other, because S3 refuses concurrent changes to the access settings of a bucket.
        ownership = aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child(public_access_block),
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=_arn_and_key(bucket.arn, args.kms_key_arn).apply(
                lambda arns: bucket_policy(arns[0], arns[1], args.statements(arns[0]))
            ),
            opts=child(public_access_block, ownership, *args.roles),
        )
        self.ready = [policy, encryption, versioning]
        if locked:
            lock = aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.id,
                rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                    default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                        mode=args.object_lock.upper(), days=args.lock_days
                    )
                ),
                opts=child(versioning),
            )
            self.ready = [*self.ready, lock]
        aws.s3.BucketLifecycleConfiguration(
            name, bucket=bucket.id, rules=_lifecycle(args), opts=child(versioning)
        )
        if args.access_logs is not None:
            aws.s3.BucketLogging(
                name,
                bucket=bucket.id,
                target_bucket=args.access_logs.bucket_name,
                target_prefix=f"{args.access_log_prefix}{name}/",
                opts=child(),
            )

        self.bucket_arn = _with_dependencies(bucket.arn, self.ready)
        self.bucket_name = _with_dependencies(bucket.id, self.ready)
        self.register_outputs({"bucket_arn": self.bucket_arn, "bucket_name": self.bucket_name})


def bucket_policy(bucket_arn: str, kms_key_arn: str | None, statements: Sequence[Statement] = ()) -> str:
    """Return a bucket policy that denies plain HTTP, TLS below 1.2 and, if a key is given, uploads with another key.

    An upload without an encryption header is allowed, because the default encryption of the bucket applies to it. AWS
    services send no such header. The `Null` conditions are needed because a negated condition also matches a missing header.
    An upload that asks for KMS without a key is denied, because S3 would use the AWS managed key
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html).

    Args:
        bucket_arn: ARN of the bucket.
        kms_key_arn: ARN of the only key that uploads may name; None if the bucket uses SSE-S3.
        statements: Further statements.
    """
    objects = f"{bucket_arn}/*"

    def deny(sid: str, conditions: iam.Conditions, actions: Sequence[str], *resources: str) -> Statement:
        return iam.deny(
            sid, actions=actions, resources=resources, principals=iam.EVERYONE, conditions=conditions
        )

    denials = [
        deny("PlainHttp", {"Bool": {"aws:SecureTransport": "false"}}, ["s3:*"], bucket_arn, objects),
        deny("OldTls", {"NumericLessThan": {"s3:TlsVersion": MINIMUM_TLS}}, ["s3:*"], bucket_arn, objects),
    ]
    if kms_key_arn is not None:
        for sid, conditions in {
            "OtherAlgorithm": {"StringNotEquals": {_ALGORITHM: "aws:kms"}, "Null": {_ALGORITHM: "false"}},
            "OtherKey": {"StringNotEquals": {_KEY: kms_key_arn}, "Null": {_KEY: "false"}},
            "NoKey": {"StringEquals": {_ALGORITHM: "aws:kms"}, "Null": {_KEY: "true"}},
        }.items():
            denials.append(deny(sid, conditions, ["s3:PutObject"], objects))
    return iam.document(*denials, *statements)


def _encryption(
    kms_key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256" if kms_key_arn is None else "aws:kms", kms_master_key_id=kms_key_arn
    )
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default,
        # With an S3 Bucket Key, many objects share a data key, which avoids most calls to KMS.
        bucket_key_enabled=kms_key_arn is not None,
        # Only the writer holds an SSE-C key, so nobody else could read the objects.
        blocked_encryption_types=["SSE-C"],
    )


def _lifecycle(args: SecureBucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    all_objects = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    rules = [
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="clean-up",
            status="Enabled",
            filter=all_objects,
            abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=ABANDONED_UPLOAD_DAYS
            ),
            expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
                expired_object_delete_marker=True
            ),
        )
    ]
    if args.transitions or args.expire_days is not None:
        keep = aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="keep",
            status="Enabled",
            filter=all_objects,
            transitions=[
                aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                    days=transition.days, storage_class=transition.storage_class
                )
                for transition in args.transitions
            ],
        )
        if args.expire_days is not None:
            keep.expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expire_days)
            keep.noncurrent_version_expiration = (
                aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=args.expire_versions_days or args.expire_days
                )
            )
        rules.append(keep)
    return rules


def _arn_and_key(
    arn: pulumi.Output[str], key: pulumi.Input[str] | None
) -> pulumi.Output[tuple[str, str | None]]:
    return pulumi.Output.all(arn, key).apply(lambda values: (str(values[0]), cast("str | None", values[1])))


def _with_dependencies(value: pulumi.Output[str], resources: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """Return an output with the same value that also depends on the given resources."""
    return pulumi.Output.all(value, *[resource.urn for resource in resources]).apply(lambda values: values[0])
