"""The events of AWS services that raise alerts, and the alarms on the alerting and on the delivery of logs.

This module holds tables only; `alarms.py` creates the resources. Messages contain identifiers and types only, because
titles, descriptions and status texts have many authors and could contain ePHI.
"""

from __future__ import annotations

from typing import Final

from components.audit.alerts.rows import EventAlert
from components.shared.alarms import ExpressionAlert, Metric, MetricAlert

_ORIGIN: Final = {"account": "$.account", "region": "$.region", "time": "$.time"}
_FAILED_STATES: Final = ["FAILED", "EXPIRED", "ABORTED"]

FINDINGS: Final = (
    # Severity 7 and up is GuardDuty's "high" (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html).
    EventAlert(
        id="guardduty-finding",
        pattern={
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", 7]}]},
        },
        paths={**_ORIGIN, "type": "$.detail.type", "severity": "$.detail.severity", "id": "$.detail.id"},
        text="GuardDuty reports <type> with severity <severity> in <account>, <region>, at <time>; finding <id>.",
        summary="GuardDuty has a finding of high severity.",
        impact="High means that a resource is compromised and used for something it should not do.",
    ),
    # Security Hub sends a finding again at every update; `NEW` excludes findings on which somebody already works.
    EventAlert(
        id="security-hub-finding",
        pattern={
            "source": ["aws.securityhub"],
            "detail-type": ["Security Hub Findings - Imported"],
            "detail": {
                "findings": {
                    "RecordState": ["ACTIVE"],
                    "Severity": {"Label": ["HIGH", "CRITICAL"]},
                    "Workflow": {"Status": ["NEW"]},
                }
            },
        },
        paths={
            **_ORIGIN,
            "label": "$.detail.findings[0].Severity.Label",
            "control": "$.detail.findings[0].GeneratorId",
            "resource": "$.detail.findings[0].Resources[0].Id",
        },
        text="Security Hub reports a <label> finding of <control> on <resource> in <account>, <region>, at <time>.",
        summary="Security Hub has a new finding of high or critical severity.",
        impact="A resource has a setting that this project does not allow, or another detector found an attack.",
    ),
    EventAlert(
        id="health-event",
        pattern={
            "source": ["aws.health"],
            "detail-type": ["AWS Health Event"],
            "detail": {"eventTypeCategory": ["issue"]},
        },
        paths={
            **_ORIGIN,
            "service": "$.detail.service",
            "code": "$.detail.eventTypeCode",
            "arn": "$.detail.eventArn",
        },
        text="AWS Health reports <code> of <service> in <account>, <region>, at <time>; event <arn>.",
        summary="AWS reports an issue of one of its services that affects this account.",
        impact="It may explain other alarms, and it may call for the contingency plan (45 CFR 164.308(a)(7)).",
    ),
    # The alert shows the id of the database, but not the message of the event, which is free text
    # (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html).
    EventAlert(
        id="database-event",
        pattern={
            "source": ["aws.rds"],
            "detail-type": ["RDS DB Instance Event", "RDS DB Cluster Event", "RDS DB Proxy Event"],
            "detail": {"EventCategories": ["deletion", "failover", "failure", "low storage"]},
        },
        paths={
            **_ORIGIN,
            "category": "$.detail.EventCategories[0]",
            "event": "$.detail.EventID",
            "database": "$.detail.SourceIdentifier",
        },
        text="RDS reports <category> (<event>) of <database> in <account>, <region>, at <time>.",
        summary="A database failed over, failed, ran low on storage or was deleted.",
        impact="Connections broke, and what is left may be one failure from an outage (45 CFR 164.308(a)(7)).",
    ),
    # Backup and copy jobs have the field `state`, restore jobs have `status`, and each kind has another field for its id
    # (https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html). A missing field is empty in the message.
    EventAlert(
        id="backup-failed",
        pattern={
            "source": ["aws.backup"],
            "detail-type": ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
            "detail": {"$or": [{"state": _FAILED_STATES}, {"status": _FAILED_STATES}]},
        },
        paths={
            **_ORIGIN,
            "kind": "$.detail-type",
            "state": "$.detail.state",
            "status": "$.detail.status",
            "resource": "$.detail.resourceArn",
            "backup": "$.detail.backupJobId",
            "copy": "$.detail.copyJobId",
            "restore": "$.detail.restoreJobId",
        },
        text=(
            "AWS Backup: <kind> to <state><status>, job <backup><copy><restore>, resource <resource>, "
            "in <account>, <region>, at <time>."
        ),
        summary="A backup, copy or restore job failed, expired or was aborted.",
        impact="There may be no backup to go back to (45 CFR 164.308(a)(7)(ii)(A)).",
    ),
    EventAlert(
        id="key-lifecycle",
        pattern={
            "source": ["aws.kms"],
            "detail-type": ["KMS CMK Rotation", "KMS CMK Deletion", "KMS Imported Key Material Expiration"],
        },
        paths={**_ORIGIN, "kind": "$.detail-type", "key": "$.detail.key-id"},
        text="<kind> of key <key> in <account>, <region>, at <time>.",
        summary="A KMS key was rotated or deleted, or its imported key material expired.",
        impact="A rotation is the yearly evidence of policy; a deletion makes data unreadable for good.",
    ),
    # The person who started a deployment does not notice when the circuit breaker rolls it back.
    EventAlert(
        id="deployment-failed",
        pattern={
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
        paths={**_ORIGIN, "deployment": "$.detail.deploymentId", "service": "$.resources[0]"},
        text="Deployment <deployment> of <service> failed in <account>, <region>, at <time>.",
        summary="ECS gave up a deployment of a service, and brought back the one before.",
        impact="What was to be released does not run.",
    ),
    EventAlert(
        id="task-died",
        pattern={
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {
                "lastStatus": ["STOPPED"],
                # A task that never started has no exit code.
                "$or": [
                    {"stopCode": ["TaskFailedToStart"]},
                    {
                        "stopCode": ["EssentialContainerExited"],
                        "containers": {"exitCode": [{"anything-but": 0}]},
                    },
                ],
            },
        },
        paths={**_ORIGIN, "task": "$.detail.taskArn", "group": "$.detail.group", "code": "$.detail.stopCode"},
        text="Task <task> of <group> stopped by itself (<code>) in <account>, <region>, at <time>.",
        summary="A task of a service, a release or a schedule stopped by itself, and not in order.",
        impact="ECS starts a service's task again, but nobody restarts a release or a scheduled one.",
    ),
)
"""All kinds of events that every stack sends to its topic."""

STALE_SECONDS: Final = 900
"""Threshold for the age of the oldest undelivered event, in seconds: three times the longest buffering time of Firehose."""

TRAIL_SILENT: Final = MetricAlert(
    id="trail-silent",
    summary="The log group of the account's trail received nothing for an hour.",
    impact="Every other alarm on the trail is blind until it does (45 CFR 164.312(b)).",
    namespace="AWS/Logs",
    metric="IncomingLogEvents",
    statistic="Sum",
    threshold=1,
    comparison="LessThanThreshold",
    period_seconds=3600,
    missing="breaching",
)
"""The alarm on a trail that writes no events, in the stack that owns the account."""

UNDELIVERED: Final = MetricAlert(
    id="undelivered-alerts",
    summary="Alerts could not be delivered and wait in the dead-letter queue.",
    impact="Somebody was not told; the queue forgets after 14 days.",
    namespace="AWS/SQS",
    metric="ApproximateNumberOfMessagesVisible",
    statistic="Maximum",
    threshold=1,
    comparison="GreaterThanOrEqualToThreshold",
)
"""The alarm on the dead-letter queue of the alerts, in every stack."""

DELIVERY_STALE: Final = MetricAlert(
    id="delivery-stale",
    summary="The delivery of log events to the archive is more than 15 minutes behind.",
    impact="What Firehose cannot deliver within 24 hours is lost to the archive (45 CFR 164.312(b)).",
    namespace="AWS/Firehose",
    metric="DeliveryToS3.DataFreshness",
    statistic="Maximum",
    threshold=STALE_SECONDS,
)
"""The alarm on the delivery of log events to the archive."""


def replication_failed(rules: int = 1) -> ExpressionAlert:
    """Return the alarm on the replication of the intake into the archive.

    Args:
        rules: Number of replication rules, whose failures the alarm adds up.
    """
    failures = Metric(
        namespace="AWS/S3", name="OperationsFailedReplication", statistic="Sum", period_seconds=300
    )
    return ExpressionAlert(
        id="replication-failed",
        summary="S3 could not copy an object of the log intake into the archive.",
        impact="Until it is copied, that log is not under the archive's lock (45 CFR 164.312(c)(1)).",
        metrics={f"rule{number}": failures for number in range(1, rules + 1)},
        expression="SUM(METRICS())",
        result="failed",
        threshold=1,
        comparison="GreaterThanOrEqualToThreshold",
    )
