"""Evidence of backups: a framework and daily reports of AWS Backup Audit Manager.

The framework creates AWS Config rules, so it belongs in the stack that records the configuration of the account. Maps to
45 CFR 164.308(a)(8) (evaluation) and 164.308(a)(7)(ii)(D) (testing and revision).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.backup.plan import Retention
from components.shared import prefixes
from components.shared.names import BACKUP_TAG

RESTORE_MINUTES: Final = 72 * 60
"""The 72 hours in which the proposed Security Rule requires the restoration of systems, in minutes
(https://www.federalregister.gov/documents/2025/01/06/2024-30983)."""

_REPORTS: Final = {
    "backup_jobs": "BACKUP_JOB_REPORT",
    "copy_jobs": "COPY_JOB_REPORT",
    "restore_jobs": "RESTORE_JOB_REPORT",
    "controls": "CONTROL_COMPLIANCE_REPORT",
    "resources": "RESOURCE_COMPLIANCE_REPORT",
}


@dataclass(frozen=True, kw_only=True)
class ReportDestination:
    """Bucket of the reports, and the resources that must exist before framework and reports."""

    bucket_name: pulumi.Input[str]
    """Name of the bucket. Its policy lets AWS Backup write under `backup-reports/`."""
    after: Sequence[pulumi.Resource]
    """The AWS Config recorder, and the bucket policy, which depends on the role that delivers reports."""


def audit_reports(
    name: str,
    *,
    prefix: str,
    destination: ReportDestination,
    retention: Retention,
    locked: bool,
    copy_region: str | None,
    copy_account: str | None,
    restore_tested: bool,
    parent: pulumi.Resource,
) -> None:
    """Create the framework and the report plans.

    Args:
        name: Logical name.
        prefix: Prefix of the names, which AWS limits to letters, digits and underscores.
        destination: Bucket of the reports, and dependencies.
        retention: Retention of recovery points.
        locked: Whether the vault has a Vault Lock.
        copy_region: Region that gets copies; None without one.
        copy_account: Id of the account that gets copies; None without one.
        restore_tested: Whether restores are tested.
        parent: The component of the backups.
    """
    framework = aws.backup.Framework(
        f"{name}-framework",
        name=f"{prefix}_backups",
        description="Backups of this stack as its settings ask for them",
        controls=list(
            _controls(
                retention,
                locked=locked,
                copy_region=copy_region,
                copy_account=copy_account,
                restore_tested=restore_tested,
            )
        ),
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(destination.after),
            custom_timeouts=pulumi.CustomTimeouts(create="15m", update="15m", delete="15m"),
        ),
    )
    for key, template in _REPORTS.items():
        covers_framework = template.endswith("COMPLIANCE_REPORT")
        aws.backup.ReportPlan(
            f"{name}-{key}",
            name=f"{prefix}_{key}",
            description="Evidence for the archive",
            report_delivery_channel=aws.backup.ReportPlanReportDeliveryChannelArgs(
                s3_bucket_name=destination.bucket_name,
                s3_key_prefix=prefixes.BACKUP_REPORTS.rstrip("/"),
                formats=["CSV", "JSON"],
            ),
            report_setting=aws.backup.ReportPlanReportSettingArgs(
                report_template=template,
                framework_arns=[framework.arn] if covers_framework else None,
                number_of_frameworks=1 if covers_framework else None,
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _controls(
    retention: Retention,
    *,
    locked: bool,
    copy_region: str | None,
    copy_account: str | None,
    restore_tested: bool,
) -> Iterator[aws.backup.FrameworkControlArgs]:
    """Yield the controls (https://docs.aws.amazon.com/aws-backup/latest/devguide/controls-and-remediation.html)."""
    yield _control("BACKUP_RECOVERY_POINT_ENCRYPTED")
    yield _control(
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK", requiredRetentionDays=retention.shortest_days
    )
    yield _control(
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
        requiredFrequencyUnit="days",
        requiredFrequencyValue=1,
        requiredRetentionDays=retention.daily_days,
    )
    yield _control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN", BACKUP_TAG)
    yield _control(
        "BACKUP_LAST_RECOVERY_POINT_CREATED",
        BACKUP_TAG,
        recoveryPointAgeUnit="days",
        recoveryPointAgeValue=1,
    )
    if locked:
        yield _control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK", BACKUP_TAG)
    if copy_region:
        yield _control("BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION", BACKUP_TAG, crossRegionList=copy_region)
    if copy_account:
        yield _control(
            "BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT", BACKUP_TAG, crossAccountList=copy_account
        )
    if restore_tested:
        yield _control("RESTORE_TIME_FOR_RESOURCES_MEET_TARGET", BACKUP_TAG, maxRestoreTime=RESTORE_MINUTES)


def _control(
    name: str, tags: Mapping[str, str] | None = None, **parameters: str | int
) -> aws.backup.FrameworkControlArgs:
    return aws.backup.FrameworkControlArgs(
        name=name,
        scope=None if tags is None else aws.backup.FrameworkControlScopeArgs(tags=tags),
        input_parameters=[
            aws.backup.FrameworkControlInputParameterArgs(name=key, value=str(value))
            for key, value in parameters.items()
        ],
    )
