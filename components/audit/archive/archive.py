"""The log archive: two buckets that keep logs unchanged for six years or longer.

There are two buckets, because AWS cannot deliver every log to a bucket with Object Lock:

* The archive is encrypted with the logs key and has Object Lock. It receives flow logs, DNS query logs and the trail.
* The intake is encrypted with SSE-S3 and has no lock. It receives the logs that need such a bucket:
  - S3 server access logs: S3 delivers them neither to a bucket with Object Lock nor to one with SSE-KMS
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html);
  - access logs of load balancers: Elastic Load Balancing delivers them only to buckets with SSE-S3
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html);
  - the files of AWS Config, which does not support a default retention
    (https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html);
  - application logs from Firehose: no page of AWS says that Firehose sends the checksum that a default retention requires.

S3 replicates the intake into the archive, except for the archive's own access log. A replica gets the archive's default
retention (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html), so that these logs are
locked as well, usually within minutes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html). The
intake keeps its copy equally long.

The lock protects the archive from everybody; in the mode `compliance` this includes the root user of the account. The
policy of the intake denies every deletion. This protects from mistakes and stolen credentials, but not from an
administrator who first removes the policy; CloudTrail records the removal.

Maps to 45 CFR 164.312(b) (audit controls), 164.312(c)(1) (integrity) and 164.312(a)(2)(iv) (encryption). The six years
are this project's reading of 164.316(b)(2)(i), which is about documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
import pulumi_aws as aws

from components.audit.archive.replication import replicate
from components.audit.archive.writers import (
    BACKUP_REPORTER,
    backup_reports,
    config_files,
    load_balancer_logs,
    network_load_balancer_logs,
    trail_files,
)
from components.shared import iam, prefixes
from components.shared.bucket import ACCESS_LOG_PREFIX, Lock, SecureBucket, SecureBucketArgs, Transition
from components.shared.iam import Account, Statement
from facts.logs import RETENTION_FLOOR_DAYS

TRANSITIONS: Final = (
    # 90 days in the standard class, for incidents. Then a class that Athena can still read at once, and for which AWS
    # bills at least 90 days. After two years a class whose objects must be restored before they can be read.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
    Transition(days=90, storage_class="GLACIER_IR"),
    Transition(days=731, storage_class="DEEP_ARCHIVE"),
)
EXPIRY_MARGIN_DAYS: Final = 1
"""Days between the end of the lock and the expiry, so that no object expires while it is locked."""

ARCHIVE_ACCESS_LOG_PREFIX: Final = "archive-access-logs/"
REPLICATED_PREFIXES: Final = (
    "AWSLogs/",
    prefixes.APPLICATION_LOGS,
    prefixes.APPLICATION_LOG_ERRORS,
    f"{prefixes.LOAD_BALANCER_ACCESS}/",
    f"{prefixes.LOAD_BALANCER_CONNECTIONS}/",
    prefixes.BACKUP_REPORTS,
    f"{prefixes.NETWORK_LOAD_BALANCER_ACCESS}/",
    ACCESS_LOG_PREFIX,
)
"""Prefixes of the intake that S3 replicates into the archive: all except the archive's own access log. Each replica of that
log would be an access to the archive, which S3 would log and replicate again, without end
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-and-other-bucket-configs.html)."""

Writer: TypeAlias = Callable[[str, Account], Sequence[Statement]]
"""A function of a bucket's ARN and an account, which returns the policy statements that admit one log source."""


@dataclass(frozen=True, kw_only=True)
class LogArchiveArgs:
    """Arguments of `LogArchive`."""

    account: Account
    """The account and region whose logs are kept."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the logs key, which encrypts the archive."""
    retention_days: int
    """Days to keep every log, 2192 (six years) or more."""
    object_lock: Lock
    """Object Lock mode of the archive; `none` is only for stacks whose logs need not be kept."""
    protect: bool
    """Whether Pulumi refuses to delete the buckets, and retains them in AWS if they leave the stack."""
    writers: Sequence[str] = ("trail", "vended-logs")
    """Log sources that may write to the archive: keys of `ARCHIVE_WRITERS`."""
    backup_reports: bool = False
    """Whether AWS Backup delivers reports to the intake."""
    create_backup_role: bool = True
    """Whether to create the service-linked role that delivers the reports; false if the account already has it."""

    def __post_init__(self) -> None:
        """Validate the retention, the writers and the lock.

        Raises:
            ValueError: The retention is shorter than six years, a writer is unknown, or `object_lock` is `compliance`
                without `protect`.
        """
        if self.retention_days < RETENTION_FLOOR_DAYS:
            raise ValueError(
                f"retention_days must be {RETENTION_FLOOR_DAYS} or more, got {self.retention_days}"
            )
        if unknown := sorted(set(self.writers).difference(ARCHIVE_WRITERS)):
            raise ValueError(f"writers must be among {', '.join(ARCHIVE_WRITERS)}, got {', '.join(unknown)}")
        if self.object_lock == "compliance" and not self.protect:
            raise ValueError(
                "object_lock compliance cannot be undone and needs protect: set protect to True, or use governance"
            )


class LogArchive(pulumi.ComponentResource):
    """The archive bucket and the intake bucket.

    Creates: two S3 buckets, each with its policy and settings (`SecureBucket`); S3 replication from the intake into the
    archive, with its IAM role; with `backup_reports` and `create_backup_role` the service-linked role for these reports.

    Outputs:
        bucket_arn: ARN of the archive.
        bucket_name: Name of the archive.
        intake_bucket_arn: ARN of the intake.
        intake_bucket_name: Name of the intake.
    """

    bucket_arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]
    intake_bucket_arn: pulumi.Output[str]
    intake_bucket_name: pulumi.Output[str]
    retention_days: int
    """Days that both buckets keep every log."""
    replication: Sequence[Mapping[str, pulumi.Input[str]]]
    """Metric dimensions (name to value) of each replication rule, for alarms."""
    intake: SecureBucket
    """The intake bucket, for the argument `access_logs` of other buckets."""
    ready: Sequence[pulumi.Resource]
    """Resources that a writer must depend on if it does not get the name or ARN of the archive from these outputs."""

    def __init__(self, name: str, args: LogArchiveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:LogArchive", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.retention_days = args.retention_days
        locked = args.object_lock != "none"
        # S3 counts these days again from the day on which a version is replaced or expires. With fewer days, a deletion
        # on the first day could end the retention of an object without a lock.
        expire_days = args.retention_days + EXPIRY_MARGIN_DAYS

        service_linked_roles: list[pulumi.Resource] = []
        if args.backup_reports and args.create_backup_role:
            service_linked_roles.append(
                aws.iam.ServiceLinkedRole(
                    f"{name}-backup-reports", aws_service_name=BACKUP_REPORTER, opts=child
                )
            )
        self.intake = SecureBucket(
            f"{name}-intake",
            SecureBucketArgs(
                purpose="audit-log",
                classification="audit",
                protect=args.protect,
                statements=lambda arn: [
                    *server_access_logs(arn, args.account),
                    *config_files(arn, args.account),
                    *load_balancer_logs(arn, args.account),
                    *(backup_reports(arn, args.account) if args.backup_reports else ()),
                    *network_load_balancer_logs(arn, args.account),
                    *(append_only(arn) if locked else ()),
                ],
                roles=service_linked_roles,
                transitions=TRANSITIONS,
                expire_days=expire_days,
                # No access log, because each delivered log would itself be an access to be logged
                # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
                access_logs=None,
            ),
            child,
        )
        archive = SecureBucket(
            name,
            SecureBucketArgs(
                purpose="audit-log",
                classification="audit",
                protect=args.protect,
                kms_key_arn=args.kms_key_arn,
                access_logs=self.intake,
                access_log_prefix=ARCHIVE_ACCESS_LOG_PREFIX,
                statements=lambda arn: [
                    statement
                    for writer in sorted(set(args.writers))
                    for statement in ARCHIVE_WRITERS[writer](arn, args.account)
                ],
                object_lock=args.object_lock,
                lock_days=args.retention_days if locked else None,
                transitions=TRANSITIONS,
                expire_days=expire_days,
            ),
            child,
        )

        self.replication = replicate(
            f"{name}-replication",
            account=args.account,
            source=self.intake,
            target=archive,
            kms_key_arn=args.kms_key_arn,
            prefixes=REPLICATED_PREFIXES,
            parent=self,
        )

        self.bucket_arn = archive.bucket_arn
        self.bucket_name = archive.bucket_name
        self.ready = archive.ready
        self.intake_bucket_arn = self.intake.bucket_arn
        self.intake_bucket_name = self.intake.bucket_name
        self.register_outputs(
            {
                "bucket_arn": self.bucket_arn,
                "bucket_name": self.bucket_name,
                "intake_bucket_arn": self.intake_bucket_arn,
                "intake_bucket_name": self.intake_bucket_name,
            }
        )


def vended_logs(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let the log delivery service deliver VPC flow logs and Route 53 Resolver query logs.

    The statements match those of AWS exactly, because AWS adds its own to a bucket policy in which they are missing
    (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html). The folder `aws-account-id=<id>` is
    for flow logs with Hive-compatible names. Flow logs of transit gateways have an additional prefix.
    """
    source = {"aws:SourceAccount": account.id}
    delivery = {"ArnLike": {"aws:SourceArn": account.arn("logs", "*")}}
    principals = iam.services("delivery.logs.amazonaws.com")
    folders = (account.id, f"aws-account-id={account.id}")
    return [
        iam.allow(
            "AWSLogDeliveryWrite",
            actions=["s3:PutObject"],
            resources=[
                f"{bucket_arn}/{prefix}AWSLogs/{folder}/*"
                for prefix in ("", f"{prefixes.TRANSIT_FLOW_LOGS}/")
                for folder in folders
            ],
            principals=principals,
            conditions={"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}, **delivery},
        ),
        iam.allow(
            "AWSLogDeliveryAclCheck",
            actions=["s3:GetBucketAcl", "s3:ListBucket"],
            resources=[bucket_arn],
            principals=principals,
            conditions={"StringEquals": source, **delivery},
        ),
    ]


ARCHIVE_WRITERS: Final[Mapping[str, Writer]] = {"trail": trail_files, "vended-logs": vended_logs}
"""Log sources that can write to the archive, by name."""


def server_access_logs(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let S3 deliver the access logs of this account's buckets."""
    return [
        iam.allow(
            "ServerAccessLogs",
            actions=["s3:PutObject"],
            resources=[
                f"{bucket_arn}/{prefix}*" for prefix in (ACCESS_LOG_PREFIX, ARCHIVE_ACCESS_LOG_PREFIX)
            ],
            principals=iam.services("logging.s3.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("s3", "*", regional=False, account=False)},
            },
        )
    ]


def append_only(bucket_arn: str) -> Sequence[Statement]:
    """Deny everybody the deletion of objects and of their versions; lifecycle rules are not subject to the policy."""
    return [
        iam.deny(
            "AppendOnly",
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=[f"{bucket_arn}/*"],
            principals=iam.EVERYONE,
        )
    ]
