"""CloudWatch alarms of AWS Backup.

AWS Backup sends events to EventBridge "in a best-effort manner"
(https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html). Alarms on metrics therefore report failed jobs too,
and also report if no backup completed. Metrics: https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from components.data.dashboard import MonitoredResource
from components.shared.alarms import MetricAlert, metric_alarm

_NAMESPACE: Final = "AWS/Backup"
_HOUR: Final = 60 * 60

VAULT_ALERTS: Final = (
    MetricAlert(
        id="backup-job-failed",
        summary="A backup job into the vault failed.",
        impact="A usable backup may be missing (45 CFR 164.308(a)(7)(ii)(A)).",
        namespace=_NAMESPACE,
        metric="NumberOfBackupJobsFailed",
        statistic="Sum",
        threshold=0,
        period_seconds=_HOUR,
    ),
    MetricAlert(
        id="backup-job-expired",
        summary="A backup job into the vault did not start or finish within its window.",
        impact="A usable backup may be missing (45 CFR 164.308(a)(7)(ii)(A)).",
        namespace=_NAMESPACE,
        metric="NumberOfBackupJobsExpired",
        statistic="Sum",
        threshold=0,
        period_seconds=_HOUR,
    ),
)
"""Alarms on every vault that gets backups."""

COPY_FAILED: Final = MetricAlert(
    id="backup-copy-failed",
    summary="A copy job from the vault failed.",
    impact="If the region or the account is lost, this backup is lost as well (45 CFR 164.308(a)(7)(ii)(B)).",
    namespace=_NAMESPACE,
    metric="NumberOfCopyJobsFailed",
    statistic="Sum",
    threshold=0,
    period_seconds=_HOUR,
)
"""Alarm on a vault whose recovery points are copied."""

BACKUP_MISSING: Final = MetricAlert(
    id="backup-missing",
    summary="No backup job completed within 24 hours.",
    impact="A job that never starts does not report a failure, so a usable backup may be missing (45 CFR 164.308(a)(7)(ii)(A)).",
    namespace=_NAMESPACE,
    metric="NumberOfBackupJobsCompleted",
    statistic="Sum",
    threshold=1,
    comparison="LessThanThreshold",
    period_seconds=24 * _HOUR,
    missing="breaching",
)
"""Alarm on the vault of a stack with data stores that AWS Backup covers."""

RESTORE_FAILED: Final = MetricAlert(
    id="restore-test-failed",
    summary="A restore test or a manual restore failed.",
    impact="A backup that cannot be restored is useless (45 CFR 164.308(a)(7)(ii)(D)).",
    namespace=_NAMESPACE,
    metric="NumberOfRestoreJobsFailed",
    statistic="Sum",
    threshold=0,
    period_seconds=_HOUR,
)
"""Alarm on every resource type whose restore is tested."""

BACKUP_ALERTS: Final = (*VAULT_ALERTS, COPY_FAILED, BACKUP_MISSING, RESTORE_FAILED)
"""All alarms of backups; each has a section in the runbook."""


def vault_alarms(
    name: str,
    *,
    vault_name: pulumi.Input[str],
    copies: bool,
    backup_expected: bool,
    restore_tested_types: Sequence[str],
    topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> list[MonitoredResource]:
    """Create the alarms of a vault and of its restore tests. Return them for the dashboard.

    Args:
        name: Logical name of the vault.
        vault_name: Name of the vault in AWS.
        copies: Whether the recovery points of the vault are copied.
        backup_expected: Whether the stack has data stores that AWS Backup covers, so that a backup is expected every day.
        restore_tested_types: Resource types whose restore is tested.
        topic_arn: ARN of the SNS topic that the alarms notify.
        parent: The component of the vault.
    """
    alerts = [
        *VAULT_ALERTS,
        *([COPY_FAILED] if copies else []),
        *([BACKUP_MISSING] if backup_expected else []),
    ]
    vault = {"BackupVaultName": vault_name}
    for alert in alerts:
        metric_alarm(name, alert, dimensions=vault, topic_arn=topic_arn, parent=parent)
    types = [{"ResourceType": type_} for type_ in restore_tested_types]
    for type_ in types:
        metric_alarm(
            f"{name}-{type_['ResourceType'].lower()}",
            RESTORE_FAILED,
            dimensions=type_,
            topic_arn=topic_arn,
            parent=parent,
        )
    return [
        MonitoredResource(alerts=alerts, dimensions=[vault]),
        *([MonitoredResource(alerts=[RESTORE_FAILED], dimensions=types)] if types else []),
    ]
