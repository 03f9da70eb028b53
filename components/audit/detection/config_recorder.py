"""The AWS Config recorder: the configuration history of every resource of the account.

Security Hub and the conformance pack evaluate this history. Maps to 45 CFR 164.312(b) (audit controls) and
164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.shared import iam
from components.shared.logs import LogOptions
from components.shared.options import protection_option

MAX_RETENTION_DAYS: Final = 2557
"""Longest period for which AWS Config itself can keep its history; the bucket keeps the files for the archive's retention
(https://docs.aws.amazon.com/config/latest/APIReference/API_RetentionConfiguration.html)."""


@dataclass(frozen=True, kw_only=True)
class ConfigRecorderArgs:
    """Arguments of `ConfigRecorder`."""

    account: iam.Account
    """The account to record."""
    archive: LogArchive
    """The archive whose intake receives history and snapshots. The delivery channel depends on all resources of the archive,
    because AWS Config writes a test file when the channel is created."""
    logs: LogOptions
    """Key of history and snapshots; protection of recorder and channel; days that AWS Config keeps the history, of which it
    uses at most `MAX_RETENTION_DAYS`."""
    create_role: bool = True
    """Whether to create AWS Config's service-linked role; false if the account already has it, since an account has one."""
    global_types: bool = True
    """Whether to record global types such as those of IAM; true in one region of the account, because every further region
    would record and bill the same changes again."""
    region: str | None = None
    """The region to record; None for the region of the stack."""


class ConfigRecorder(pulumi.ComponentResource):
    """An AWS Config recorder for every supported resource type of one region, and with `global_types` those of IAM.

    Creates: an AWS Config recorder, its delivery channel, retention configuration and status (running); with `create_role`
    the service-linked role of AWS Config.

    The recorder uses the service-linked role, because Security Hub's control Config.1 (critical) fails for any other role
    (https://docs.aws.amazon.com/securityhub/latest/userguide/config-controls.html#config-1). This role has access neither
    to the bucket nor to the key: AWS Config writes as `config.amazonaws.com`, which the policies of both must admit
    (https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html).

    Files go to the intake bucket, because AWS Config does not deliver to a bucket whose Object Lock has a default
    retention (https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html).

    Attributes:
        recorder_status: The status resource, which is created last. Resources that need a running recorder must depend on it.
    """

    recorder_status: aws.cfg.RecorderStatus

    def __init__(
        self, name: str, args: ConfigRecorderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:audit:ConfigRecorder", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        guarded = pulumi.ResourceOptions(parent=self, protect=protection_option(args.logs.protect))

        role_arn: pulumi.Input[str] = config_role_arn(args.account)
        if args.create_role:
            role_arn = aws.iam.ServiceLinkedRole(
                f"{name}-role", aws_service_name="config.amazonaws.com", opts=child
            ).arn
        recorder = aws.cfg.Recorder(
            f"{name}-recorder",
            role_arn=role_arn,
            recording_group=aws.cfg.RecorderRecordingGroupArgs(
                all_supported=True, include_global_resource_types=args.global_types
            ),
            region=args.region,
            # AWS allows one recorder and one channel in a region, so a replacement must delete the old one first.
            opts=pulumi.ResourceOptions.merge(guarded, pulumi.ResourceOptions(delete_before_replace=True)),
        )
        channel = aws.cfg.DeliveryChannel(
            f"{name}-channel",
            s3_bucket_name=args.archive.intake_bucket_name,
            s3_kms_key_arn=args.logs.key_arn,
            snapshot_delivery_properties=aws.cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                delivery_frequency="TwentyFour_Hours"
            ),
            region=args.region,
            opts=pulumi.ResourceOptions.merge(
                guarded,
                pulumi.ResourceOptions(depends_on=[recorder, args.archive], delete_before_replace=True),
            ),
        )
        aws.cfg.RetentionConfiguration(
            f"{name}-retention",
            retention_period_in_days=min(args.logs.days, MAX_RETENTION_DAYS),
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        self.recorder_status = aws.cfg.RecorderStatus(
            f"{name}-running",
            name=recorder.name,
            is_enabled=True,
            region=args.region,
            opts=pulumi.ResourceOptions.merge(guarded, pulumi.ResourceOptions(depends_on=[channel])),
        )
        self.register_outputs({})


def config_role_arn(account: iam.Account) -> str:
    """Return the ARN of AWS Config's service-linked role in an account, whether the role exists or not."""
    return account.arn(
        "iam", "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", regional=False
    )
