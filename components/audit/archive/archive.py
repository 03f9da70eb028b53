"""The log archive: where logs are kept so that nobody can change or delete them for six years or longer.

Two buckets, because AWS cannot deliver every log to a locked one:

* the archive, encrypted with the logs key and under Object Lock, for flow logs, DNS query logs and the trail;
* the intake, for S3 server access logs, which go neither to a bucket with Object Lock nor to one with SSE-KMS
  (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html), for load balancers' access
  logs, which go to SSE-S3 buckets alone
  (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html), for AWS Config,
  which does not support a default retention
  (https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html), and for Firehose, of which no
  page of AWS says that it sends the checksum which a default retention asks for.

S3 replicates the intake, all but the archive's own access log, into the archive, where a replica takes the archive's default retention
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html). So all that ends under the lock,
usually within minutes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html). The intake keeps its copy
for as long.

The archive resists everybody, the account's root user included where the lock is `compliance`. The intake's policy
refuses every deletion, which resists mistakes and stolen keys but not an administrator who takes the policy away first;
CloudTrail records that.

Maps to 45 CFR 164.312(b) (audit controls), 164.312(c)(1) (integrity) and 164.312(a)(2)(iv) (encryption). The six years
are this project's reading of 164.316(b)(2)(i), which is written for documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
import pulumi_aws as aws

from components.audit.archive.admission import (
    BACKUP_REPORTER,
    backup_reports,
    config_files,
    load_balancer_logs,
    network_load_balancer_logs,
    trail_files,
)
from components.audit.archive.replication import replicate
from components.shared import iam, prefixes
from components.shared.bucket import ACCESS_LOG_PREFIX, Lock, SecureBucket, SecureBucketArgs, Transition
from components.shared.iam import Account, Statement
from components.shared.logs import RETENTION_FLOOR_DAYS

TRANSITIONS: Final = (
    # Ninety days in storage for incidents, then a class that Athena still reads at once, and for which AWS bills
    # ninety days at least; after two years one that is restored first. The log groups keep the same events at hand.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
    Transition(days=90, storage_class="GLACIER_IR"),
    Transition(days=731, storage_class="DEEP_ARCHIVE"),
)
EXPIRY_MARGIN_DAYS: Final = 1
"""Days between the end of the lock and the expiry, so that this never comes first."""

ARCHIVE_ACCESS_LOG_PREFIX: Final = "archive-access-logs/"
REPLICATED: Final = (
    "AWSLogs/",
    prefixes.APPLICATION_LOGS,
    prefixes.APPLICATION_LOG_ERRORS,
    f"{prefixes.LOAD_BALANCER_ACCESS}/",
    f"{prefixes.LOAD_BALANCER_CONNECTIONS}/",
    prefixes.BACKUP_REPORTS,
    f"{prefixes.NETWORK_LOAD_BALANCER_ACCESS}/",
    ACCESS_LOG_PREFIX,
)
"""What of the intake is copied into the archive: everything but the archive's own access log. A copy of that would be an
access to log, and its log one to copy, without end
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-and-other-bucket-configs.html)."""

Writer: TypeAlias = Callable[[str, Account], Sequence[Statement]]
"""What a log source may do, given the bucket's ARN and the account it may write for."""


@dataclass(frozen=True, kw_only=True)
class LogArchiveArgs:
    """What `LogArchive` needs to know."""

    account: Account
    """The account whose logs are kept."""
    kms_key_arn: pulumi.Input[str]
    """The logs key."""
    retention_days: int
    """Days to keep every log, 2192 (six years) or more."""
    object_lock: Lock
    """Object Lock mode of the archive; `none` only where the logs are of no consequence."""
    protect: bool
    """Whether Pulumi refuses to delete the buckets and leaves them to AWS when told to forget them."""
    writers: Sequence[str] = ("trail", "vended-logs")
    """Who writes to the archive, by names of `ARCHIVE_WRITERS`."""
    backup_reports: bool = False
    """Whether AWS Backup delivers reports to the intake."""
    create_backup_role: bool = True
    """Whether to make the service-linked role that delivers them; false where the account has it."""

    def __post_init__(self) -> None:
        """Refuse less than six years, an unknown writer, and `compliance` without protection."""
        if self.retention_days < RETENTION_FLOOR_DAYS:
            raise ValueError(
                f"retention_days must be {RETENTION_FLOOR_DAYS} or more, got {self.retention_days}"
            )
        if strange := sorted(set(self.writers).difference(ARCHIVE_WRITERS)):
            raise ValueError(f"writers must be among {', '.join(ARCHIVE_WRITERS)}, got {', '.join(strange)}")
        if self.object_lock == "compliance" and not self.protect:
            raise ValueError(
                "object_lock compliance cannot be undone, so it needs protect, got protect False"
            )


class LogArchive(pulumi.ComponentResource):
    """The archive and its intake.

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
    """Days that both keep every log."""
    replication: Sequence[Mapping[str, pulumi.Input[str]]]
    """Dimensions of the metrics of each rule of the intake's replication, for alarms."""
    intake: SecureBucket
    """The intake itself, for the `access_logs` of further buckets."""
    ready: Sequence[pulumi.Resource]
    """What a writer must wait for that is told the archive's name in another way than by these outputs."""

    def __init__(self, name: str, args: LogArchiveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:LogArchive", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.retention_days = args.retention_days
        locked = args.object_lock != "none"
        # Counted again from the day a version is replaced or expires: a shorter count would let a deletion on the
        # first day end the retention where there is no lock.
        expire_days = args.retention_days + EXPIRY_MARGIN_DAYS

        roles: list[pulumi.Resource] = []
        if args.backup_reports and args.create_backup_role:
            roles.append(
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
                roles=roles,
                transitions=TRANSITIONS,
                expire_days=expire_days,
                # No access log of its own: each log would be an access to log
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
            prefixes=REPLICATED,
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
    """Let VPC flow logs and Route 53 Resolver query logs be delivered.

    Word for word AWS's policy, because AWS adds its own to a bucket whose policy has not got these statements
    (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html). The second folder is the one of
    flow logs with Hive-compatible names; flow logs of transit gateways have a folder of their own around these.
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
                f"{bucket_arn}/{around}AWSLogs/{folder}/*"
                for around in ("", f"{prefixes.TRANSIT_FLOW_LOGS}/")
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
"""Log sources that can write to the archive."""


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
    """Refuse everybody to delete objects or their versions; a lifecycle's expiry does not ask the policy."""
    return [
        iam.deny(
            "AppendOnly",
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=[f"{bucket_arn}/*"],
            principals=iam.EVERYONE,
        )
    ]
