"""A bucket that is encrypted, versioned, private and reached by TLS only, whatever it is used for.

Every setting is a resource of its own: the bucket's inline properties are deprecated, and fight with these. Maps to
45 CFR 164.312(a)(2)(iv) (encryption), 164.312(c)(1) (integrity), 164.312(e)(1) (transmission security) and
164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.iam import Statement
from components.shared.options import guard

Lock: TypeAlias = Literal["none", "governance", "compliance"]

ACCESS_LOG_PREFIX: Final = "s3-access-logs/"
"""Where in the log bucket the access logs of all buckets are; each has a folder of its logical name."""
MINIMUM_TLS: Final = "1.2"
ABANDONED_UPLOAD_DAYS: Final = 7
"""Parts of an upload that is never completed are invisible and paid for; days until they go."""

_ALGORITHM: Final = "s3:x-amz-server-side-encryption"
_KEY: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A move of objects to a cheaper storage class."""

    days: int
    """Days after an object's creation."""
    storage_class: Literal["GLACIER_IR", "DEEP_ARCHIVE"]
    """`GLACIER_IR` is read at once, `DEEP_ARCHIVE` after a restore of up to two days."""


def _no_statements(_bucket_arn: str) -> Sequence[Statement]:
    return ()


@dataclass(frozen=True, kw_only=True)
class SecureBucketArgs:
    """What `SecureBucket` needs to know."""

    purpose: str
    """What the bucket is for, as the tag `purpose`; `audit-log` for logs."""
    classification: str
    """How sensitive its content is, as the tag `data-classification`."""
    protect: bool
    """Whether Pulumi refuses to delete the bucket and its settings, and leaves them to AWS when told to forget them."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The key that encrypts the objects; None only where AWS delivers to SSE-S3 buckets alone."""
    access_logs: SecureBucket | None = None
    """The bucket that receives the access logs; None only for that bucket itself."""
    access_log_prefix: str = ACCESS_LOG_PREFIX
    """Where in that bucket they go."""
    statements: Callable[[str], Sequence[Statement]] = _no_statements
    """Further policy statements, given the bucket's ARN."""
    roles: Sequence[pulumi.Resource] = ()
    """Roles that these name, made with the bucket: S3 refuses a policy with a principal that is not there."""
    object_lock: Lock = "none"
    """Object Lock mode. It cannot be taken back, and `compliance` binds the account's root user too."""
    lock_days: int | None = None
    """Days each new object version is locked; needed with a lock."""
    transitions: Sequence[Transition] = ()
    """Moves to cheaper storage, for objects of 128 KiB and more."""
    expire_days: int | None = None
    """Days after which objects, and versions that were replaced, go; None keeps them."""
    expire_versions_days: int | None = None
    """Days after which versions that were replaced or have expired go; as `expire_days` if not given."""

    def __post_init__(self) -> None:
        """Refuse a lock without days, `compliance` without protection, and an end of life within the lock."""
        if (self.object_lock == "none") != (self.lock_days is None):
            raise ValueError(
                f"lock_days goes with a lock, got {self.lock_days} with object_lock {self.object_lock}"
            )
        if self.object_lock == "compliance" and not self.protect:
            raise ValueError(
                "object_lock compliance cannot be undone, so it needs protect, got protect False"
            )
        if self.lock_days is not None and self.expire_days is not None and self.expire_days <= self.lock_days:
            raise ValueError(f"expire_days must be over lock_days ({self.lock_days}), got {self.expire_days}")


class SecureBucket(pulumi.ComponentResource):
    """A bucket with its encryption, versioning, policy, public access block, lifecycle, access log and lock.

    Outputs:
        bucket_arn: ARN of the bucket.
        bucket_name: Name of the bucket.

    Both wait for the bucket's policy, encryption and lock. So whatever is given one of them, a trail or a flow log, is
    created when it may write, and nothing is written that is not locked.
    """

    bucket_arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    """What the outputs wait for, for the `depends_on` of a resource that is told the name in another way."""

    def __init__(self, name: str, args: SecureBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:SecureBucket", name, None, opts)
        locked = args.object_lock != "none"
        guarded = guard(args.protect)

        def child(*after: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(
                parent=self, protect=guarded, retain_on_delete=guarded, depends_on=list(after)
            )

        bucket = aws.s3.Bucket(
            name,
            object_lock_enabled=locked,
            # Deletes objects that governance locks as well; compliance is refused without protect.
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
        private = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child(),
        )
        # One after the other: S3 refuses concurrent changes to a bucket's access.
        ownership = aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child(private),
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=_both(bucket.arn, args.kms_key_arn).apply(
                lambda known: bucket_policy(known[0], known[1], args.statements(known[0]))
            ),
            opts=child(private, ownership, *args.roles),
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

        self.bucket_arn = _once(bucket.arn, self.ready)
        self.bucket_name = _once(bucket.id, self.ready)
        self.register_outputs({"bucket_arn": self.bucket_arn, "bucket_name": self.bucket_name})


def bucket_policy(bucket_arn: str, kms_key_arn: str | None, statements: Sequence[Statement] = ()) -> str:
    """Return a bucket's policy: no plain HTTP, no TLS below 1.2, no other key, and further statements.

    A request that names no encryption passes: the bucket's default then encrypts it, and that is how AWS services write.
    Hence `Null`, since a negated comparison alone is true of a header that is missing. One that asks for KMS and names
    no key would get the key AWS manages
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html).
    """
    objects = f"{bucket_arn}/*"

    def refuse(sid: str, conditions: iam.Conditions, actions: Sequence[str], *resources: str) -> Statement:
        return iam.deny(
            sid, actions=actions, resources=resources, principals=iam.EVERYONE, conditions=conditions
        )

    own = [
        refuse("PlainHttp", {"Bool": {"aws:SecureTransport": "false"}}, ["s3:*"], bucket_arn, objects),
        refuse("OldTls", {"NumericLessThan": {"s3:TlsVersion": MINIMUM_TLS}}, ["s3:*"], bucket_arn, objects),
    ]
    if kms_key_arn is not None:
        for sid, conditions in {
            "OtherAlgorithm": {"StringNotEquals": {_ALGORITHM: "aws:kms"}, "Null": {_ALGORITHM: "false"}},
            "OtherKey": {"StringNotEquals": {_KEY: kms_key_arn}, "Null": {_KEY: "false"}},
            "NoKey": {"StringEquals": {_ALGORITHM: "aws:kms"}, "Null": {_KEY: "true"}},
        }.items():
            own.append(refuse(sid, conditions, ["s3:PutObject"], objects))
    return iam.document(*own, *statements)


def _encryption(
    kms_key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256" if kms_key_arn is None else "aws:kms", kms_master_key_id=kms_key_arn
    )
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default,
        # One data key for many objects, which saves most calls of KMS.
        bucket_key_enabled=kms_key_arn is not None,
        # Keys that the writer brings are in nobody else's hands.
        blocked_encryption_types=["SSE-C"],
    )


def _lifecycle(args: SecureBucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    whole = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    rules = [
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="clean-up",
            status="Enabled",
            filter=whole,
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
            filter=whole,
            transitions=[
                aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                    days=step.days, storage_class=step.storage_class
                )
                for step in args.transitions
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


def _both(arn: pulumi.Output[str], key: pulumi.Input[str] | None) -> pulumi.Output[tuple[str, str | None]]:
    return pulumi.Output.all(arn, key).apply(lambda known: (str(known[0]), cast("str | None", known[1])))


def _once(value: pulumi.Output[str], ready: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """Return a value that carries a dependency on further resources."""
    return pulumi.Output.all(value, *[resource.urn for resource in ready]).apply(lambda known: known[0])
