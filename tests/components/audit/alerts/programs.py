"""Records of the alerts of an account, and the rows that describe the alerts."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pulumi
import pytest

from blueprint.record import Record
from components.audit.alerts.alarms import Alarms, AlarmsArgs, MonitoredTrail
from components.audit.alerts.resource_events import (
    BACKUP_FAILED,
    CLUSTER_EVENTS,
    DATABASE_EVENT,
    KEY_LIFECYCLE,
)
from components.audit.alerts.service_events import (
    ACCOUNT_EVENTS,
    DELIVERY_STALE,
    TRAIL_SILENT,
    UNDELIVERED,
    replication_failed,
)
from components.audit.alerts.trail_events import TRAIL_EVENTS
from tests.harness import ACCOUNT, KEY, evaluate

EMAILS: Final = ("security@example.org", "privacy@example.com")
TRAIL: Final = MonitoredTrail(
    log_group_name="trail-events", log_buckets=("archive-1234567", "intake-1234567")
)
ARCHIVE_ALARMS: Final = (DELIVERY_STALE, replication_failed())
RESOURCE_EVENTS: Final = (KEY_LIFECYCLE, DATABASE_EVENT, BACKUP_FAILED, *CLUSTER_EVENTS)
EVENTS: Final = (*ACCOUNT_EVENTS, *RESOURCE_EVENTS)
CLUSTER: Final = ACCOUNT.arn("ecs", "cluster/compute-1234567")
DATABASES: Final = tuple(
    ACCOUNT.arn("rds", resource)
    for resource in ("cluster:aurora-1", "db:aurora-a-1234567", "db-proxy:prx-0123456789abcdef", "db:rds-1")
)
VAULT: Final = ACCOUNT.arn("backup", "backup-vault:backups-1234567")
RESTORE_ROLE: Final = ACCOUNT.arn("iam", "role/backups-restore-1234567", regional=False)
ALERTS: Final = (*TRAIL_EVENTS, *EVENTS, TRAIL_SILENT, UNDELIVERED, *ARCHIVE_ALARMS)

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTER: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
RULE: Final = "aws:cloudwatch/eventRule:EventRule"
TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
TOPIC: Final = "aws:sns/topic:Topic"
TOPIC_POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"
QUEUE: Final = "aws:sqs/queue:Queue"
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"


@cache
def alarms(
    *,
    emails: tuple[str, ...] = EMAILS,
    trail: MonitoredTrail | None = TRAIL,
    region_events: bool = True,
    databases: tuple[str, ...] = DATABASES,
    known: bool = True,
) -> Record:
    """Record the alerts of an account with a log archive, a cluster, databases and backups."""

    def program() -> None:
        component = Alarms(
            "alerts",
            AlarmsArgs(
                account=ACCOUNT,
                logs_key_arn=KEY,
                emails=emails,
                delivery_stream_name="delivery-stream",
                replication=[
                    {"SourceBucket": "intake", "DestinationBucket": "archive", "RuleId": rule}
                    for rule in ("awslogs", "application-logs")
                ],
                trail=trail,
                region_events=region_events,
                key_arns=[KEY],
            ),
        )
        component.watch_cluster(CLUSTER)
        component.watch_databases(databases)
        component.watch_backups(VAULT, RESTORE_ROLE)
        pulumi.export("alarm_ids", sorted(component.alarm_ids))

    return evaluate(program, known=known)


def names(record: Record, type_: str) -> set[str]:
    """Return the names of the resources of a type, without the name of the component."""
    return {resource.name.removeprefix("alerts-") for resource in record.of_type(type_)}


def ids(rows: Any) -> set[str]:
    """Return the ids of alerts."""
    return {row.id for row in rows}


def for_each(rows: Any) -> Any:
    """Run a test once for each alert."""
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.id)
