"""AWS Config's recorder: how every resource of the account was set up, at every point in time.

Maps to 45 CFR 164.312(b) (audit controls) and 164.308(a)(1)(ii)(D) (information system activity review). Security
Hub and the conformance pack judge what it records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.shared import iam
from components.shared.logs import LogKeeping
from components.shared.options import guard

MAX_RETENTION_DAYS: Final = 2557
"""The longest that AWS Config itself keeps its history; the files in the bucket stay for the archive's retention
(https://docs.aws.amazon.com/config/latest/APIReference/API_RetentionConfiguration.html)."""


@dataclass(frozen=True, kw_only=True)
class ConfigRecorderArgs:
    """What `ConfigRecorder` needs to know."""

    account: iam.Account
    """The account to record."""
    archive: LogArchive
    """Where history and snapshots go. The channel waits for all of it: AWS tries to write at once."""
    logs: LogKeeping
    """Key of history and snapshots, protection of recorder and channel, and how long AWS Config keeps the history: as long as
    logs, up to `MAX_RETENTION_DAYS`."""
    create_role: bool = True
    """Whether to make AWS Config's service-linked role; false where the account has it, as it can be there once."""


class ConfigRecorder(pulumi.ComponentResource):
    """Records every supported resource type of the region, and the global ones such as IAM.

    The role is the service-linked one, because Security Hub's control Config.1 (critical) fails with any other
    (https://docs.aws.amazon.com/securityhub/latest/userguide/config-controls.html#config-1). It has no access to the
    bucket or the key: AWS Config writes as `config.amazonaws.com`, which both must admit
    (https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html).

    Files go to the archive's intake bucket, because AWS Config does not deliver to a bucket whose Object Lock has a
    default retention (https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html).

    Attributes:
        running: The last resource; what needs a running recorder depends on it.
    """

    running: aws.cfg.RecorderStatus

    def __init__(
        self, name: str, args: ConfigRecorderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:audit:ConfigRecorder", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        guarded = pulumi.ResourceOptions(parent=self, protect=guard(args.logs.protect))

        role_arn: pulumi.Input[str] = config_role_arn(args.account)
        if args.create_role:
            role_arn = aws.iam.ServiceLinkedRole(
                f"{name}-role", aws_service_name="config.amazonaws.com", opts=child
            ).arn
        recorder = aws.cfg.Recorder(
            f"{name}-recorder",
            role_arn=role_arn,
            recording_group=aws.cfg.RecorderRecordingGroupArgs(
                all_supported=True, include_global_resource_types=True
            ),
            # A region has one recorder and one channel, so neither can be made before the old one is gone.
            opts=pulumi.ResourceOptions.merge(guarded, pulumi.ResourceOptions(delete_before_replace=True)),
        )
        channel = aws.cfg.DeliveryChannel(
            f"{name}-channel",
            s3_bucket_name=args.archive.intake_bucket_name,
            s3_kms_key_arn=args.logs.key_arn,
            snapshot_delivery_properties=aws.cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                delivery_frequency="TwentyFour_Hours"
            ),
            opts=pulumi.ResourceOptions.merge(
                guarded,
                pulumi.ResourceOptions(depends_on=[recorder, args.archive], delete_before_replace=True),
            ),
        )
        aws.cfg.RetentionConfiguration(
            f"{name}-retention",
            retention_period_in_days=min(args.logs.days, MAX_RETENTION_DAYS),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        self.running = aws.cfg.RecorderStatus(
            f"{name}-running",
            name=recorder.name,
            is_enabled=True,
            opts=pulumi.ResourceOptions.merge(guarded, pulumi.ResourceOptions(depends_on=[channel])),
        )
        self.register_outputs({})


def config_role_arn(account: iam.Account) -> str:
    """Return the ARN of AWS Config's service-linked role, which is the same in every account but for its number."""
    return account.arn(
        "iam", "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", regional=False
    )
