"""The events of an account that raise alerts, and the alarms on the alerting and on the delivery of logs.

This module holds tables only; `alarms.py` creates the resources. `resource_events.py` has the events of single resources.
Messages contain identifiers and types only, because titles, descriptions and status texts have many authors and could contain
ePHI.
"""

from __future__ import annotations

from typing import Final

from components.audit.alerts.rows import ORIGIN, EventAlert
from components.shared.alarms import ExpressionAlert, Metric, MetricAlert

ACCOUNT_EVENTS: Final = (
    # Severity 7 and up is GuardDuty's "high" (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html).
    EventAlert(
        id="guardduty-finding",
        pattern={
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", 7]}]},
        },
        paths={**ORIGIN, "type": "$.detail.type", "severity": "$.detail.severity", "id": "$.detail.id"},
        text="GuardDuty reports <type> with severity <severity> in <account>, <region>, at <time>; finding <id>.",
        summary="GuardDuty reported a finding of high severity.",
        impact="High severity means that a resource is compromised and is used for unauthorized purposes.",
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
            **ORIGIN,
            "label": "$.detail.findings[0].Severity.Label",
            "control": "$.detail.findings[0].GeneratorId",
            "resource": "$.detail.findings[0].Resources[0].Id",
        },
        text="Security Hub reports a <label> finding of <control> on <resource> in <account>, <region>, at <time>.",
        summary="Security Hub has a new finding of high or critical severity.",
        impact="A resource has a setting that this project does not allow, or another service detected an attack.",
    ),
    EventAlert(
        id="health-event",
        pattern={
            "source": ["aws.health"],
            "detail-type": ["AWS Health Event"],
            "detail": {"eventTypeCategory": ["issue"]},
        },
        paths={
            **ORIGIN,
            "service": "$.detail.service",
            "code": "$.detail.eventTypeCode",
            "arn": "$.detail.eventArn",
        },
        text="AWS Health reports <code> of <service> in <account>, <region>, at <time>; event <arn>.",
        summary="AWS reports a problem with one of its services that affects this account.",
        impact="It may explain other alarms, and it may require the contingency plan (45 CFR 164.308(a)(7)).",
    ),
)
"""Events of the whole account and region. Their alerts exist only in the stack that owns the region."""

STALE_SECONDS: Final = 900
"""Threshold for the age of the oldest undelivered event, in seconds: three times the longest buffering time of Firehose."""

TRAIL_SILENT: Final = MetricAlert(
    id="trail-silent",
    summary="The log group of the account's trail received no events for an hour.",
    impact="All alarms on the trail are ineffective until it receives events again (45 CFR 164.312(b)).",
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
    summary="Alerts could not be delivered and are in the dead-letter queue.",
    impact="Their recipients did not get them, and the queue deletes them after 14 days.",
    namespace="AWS/SQS",
    metric="ApproximateNumberOfMessagesVisible",
    statistic="Maximum",
    threshold=1,
    comparison="GreaterThanOrEqualToThreshold",
)
"""The alarm on the dead-letter queue of the alerts, in every stack."""

DELIVERY_STALE: Final = MetricAlert(
    id="delivery-stale",
    summary="The delivery of log events to the archive is more than 15 minutes late.",
    impact="Events that Firehose cannot deliver within 24 hours will be missing in the archive (45 CFR 164.312(b)).",
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
        summary="S3 could not replicate an object of the log intake to the archive.",
        impact="Until S3 replicates it, the Object Lock of the archive does not protect this log (45 CFR 164.312(c)(1)).",
        metrics={f"rule{number}": failures for number in range(1, rules + 1)},
        expression="SUM(METRICS())",
        result="failed",
        threshold=1,
        comparison="GreaterThanOrEqualToThreshold",
    )
