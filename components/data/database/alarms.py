"""CloudWatch alarms of Aurora and RDS. This project chose the thresholds; adjust them to the needs of the workload.

Metrics: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html. Failovers and failures are reported as
events: `components.audit.alerts.resource_events`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from components.shared.alarms import MetricAlert

LOG_METRICS: Final = "Databases"
"""Namespace of the metrics that metric filters derive from logs."""

_MIB: Final = 1024 * 1024
_GIB: Final = 1024 * _MIB

CPU_PERCENT: Final = 85
CAPACITY_PERCENT: Final = 95
LAG_MS: Final = 2000
CONNECTIONS_PERCENT: Final = 80
FREE_MEMORY_PERCENT: Final = 5
FREE_STORAGE_PERCENT: Final = 10
LOCAL_STORAGE_GIB: Final = 2
# PostgreSQL stops accepting writes after about two billion transactions; the alarm fires at half of them
# (https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND).
TRANSACTION_IDS: Final = 1_000_000_000
SLOT_GIB: Final = 10


def _cpu() -> MetricAlert:
    return MetricAlert(
        id="database-cpu",
        summary=f"A database has used more than {CPU_PERCENT} percent of its CPU for fifteen minutes.",
        impact="Queries wait for CPU time and become slow.",
        namespace="AWS/RDS",
        metric="CPUUtilization",
        statistic="Average",
        threshold=CPU_PERCENT,
        periods=3,
    )


def _capacity() -> MetricAlert:
    return MetricAlert(
        id="database-capacity",
        summary="An Aurora Serverless v2 instance has been at its maximum capacity for fifteen minutes.",
        impact="It cannot scale up further, so more load makes it slow.",
        namespace="AWS/RDS",
        metric="ACUUtilization",
        statistic="Maximum",
        threshold=CAPACITY_PERCENT,
        periods=3,
    )


def _connections(max_connections: int) -> MetricAlert:
    return MetricAlert(
        id="database-connections",
        summary=f"A database has more than {CONNECTIONS_PERCENT} percent of its maximum number of connections.",
        impact="At the maximum, it rejects new connections.",
        namespace="AWS/RDS",
        metric="DatabaseConnections",
        statistic="Maximum",
        threshold=max_connections * CONNECTIONS_PERCENT // 100,
    )


def _memory(memory_mib: int) -> MetricAlert:
    return MetricAlert(
        id="database-memory",
        summary=f"A database has less than {FREE_MEMORY_PERCENT} percent of its memory free.",
        impact="A database that runs out of memory restarts.",
        namespace="AWS/RDS",
        metric="FreeableMemory",
        statistic="Minimum",
        threshold=memory_mib * _MIB * FREE_MEMORY_PERCENT // 100,
        comparison="LessThanThreshold",
        periods=3,
    )


def _storage(metric: str, threshold: int) -> MetricAlert:
    return MetricAlert(
        id="database-storage",
        summary="A database has almost no free storage.",
        impact="Without free storage it rejects writes. Storage autoscaling enlarges the storage at most once in six hours.",
        namespace="AWS/RDS",
        metric=metric,
        statistic="Minimum",
        threshold=threshold,
        comparison="LessThanThreshold",
    )


DEADLOCKS: Final = MetricAlert(
    id="database-deadlocks",
    summary="Transactions blocked each other, and the database cancelled one of them.",
    impact="The changes of this transaction are lost unless the application retries it.",
    namespace="AWS/RDS",
    metric="Deadlocks",
    statistic="Maximum",
    threshold=0,
)
LOGGED_DEADLOCK: Final = '"deadlock detected"'
"""Filter pattern for the log line of a deadlock in PostgreSQL. RDS, unlike Aurora, has no metric for deadlocks."""


ROTATION_FAILED: Final = MetricAlert(
    id="database-rotation-failed",
    summary="The rotation of an application's database password failed.",
    impact="The current password stays valid. A new application cannot sign in before its first rotation succeeds.",
    namespace="AWS/Lambda",
    metric="Errors",
    statistic="Sum",
    threshold=0,
)
"""Alarm on the rotation function, which exists if an application signs in with a password."""


def logged_deadlocks(metric: str) -> MetricAlert:
    """Return the deadlock alarm for a metric that a metric filter derives from the log.

    Args:
        metric: Name of the metric.
    """
    return replace(DEADLOCKS, namespace=LOG_METRICS, metric=metric, statistic="Sum")


REPLICA_LAG: Final = MetricAlert(
    id="database-replica-lag",
    summary=f"A reader has been more than {LAG_MS} milliseconds behind the writer for fifteen minutes.",
    impact="Readers return old data, and a failover to a reader takes longer.",
    namespace="AWS/RDS",
    metric="AuroraReplicaLagMaximum",
    statistic="Maximum",
    threshold=LAG_MS,
    periods=3,
)
TRANSACTION_ID_AGE: Final = MetricAlert(
    id="database-transaction-ids",
    summary="The oldest transaction id that PostgreSQL has not frozen is one billion transactions old.",
    impact="At about two billion, PostgreSQL rejects writes until somebody runs VACUUM.",
    namespace="AWS/RDS",
    metric="MaximumUsedTransactionIDs",
    statistic="Maximum",
    threshold=TRANSACTION_IDS,
)
SLOT_LAG: Final = MetricAlert(
    id="database-replication-slot",
    summary=f"A replication slot retains more than {SLOT_GIB} GiB of WAL that its consumer has not read.",
    impact="PostgreSQL keeps the WAL until the consumer reads it, and it can fill the storage.",
    namespace="AWS/RDS",
    metric="OldestReplicationSlotLag",
    statistic="Maximum",
    threshold=SLOT_GIB * _GIB,
)


def aurora_alerts(
    *, max_connections: int, memory_mib: int | None, serverless: bool, readers: bool
) -> tuple[MetricAlert, ...]:
    """Return the alarms of an Aurora PostgreSQL cluster.

    Args:
        max_connections: Maximum number of connections of an instance.
        memory_mib: Memory of an instance, in MiB; for Serverless v2 at maximum capacity. None omits the alarm on memory.
        serverless: Whether instances are Serverless v2.
        readers: Whether the cluster has a reader.
    """
    return (
        _cpu(),
        *((_capacity(),) if serverless else (_storage("FreeLocalStorage", LOCAL_STORAGE_GIB * _GIB),)),
        _connections(max_connections),
        *((_memory(memory_mib),) if memory_mib is not None else ()),
        DEADLOCKS,
        TRANSACTION_ID_AGE,
        SLOT_LAG,
        *((REPLICA_LAG,) if readers else ()),
    )


def rds_alerts(
    *, engine: str, max_connections: int, memory_mib: int | None, storage_gib: int
) -> tuple[MetricAlert, ...]:
    """Return the alarms of an RDS instance.

    Args:
        engine: `postgres` or `mysql`.
        max_connections: Maximum number of connections of the instance.
        memory_mib: Memory of the instance, in MiB. None omits the alarm on memory.
        storage_gib: Allocated storage, in GiB.
    """
    return (
        _cpu(),
        _connections(max_connections),
        *((_memory(memory_mib),) if memory_mib is not None else ()),
        _storage("FreeStorageSpace", storage_gib * _GIB * FREE_STORAGE_PERCENT // 100),
        *((TRANSACTION_ID_AGE, SLOT_LAG) if engine == "postgres" else ()),
    )


ALARMS: Final = tuple(
    {
        alert.id: alert
        for alert in (
            *aurora_alerts(max_connections=1000, memory_mib=1024, serverless=True, readers=True),
            *rds_alerts(engine="postgres", max_connections=1000, memory_mib=1024, storage_gib=20),
            ROTATION_FAILED,
        )
    }.values()
)
"""One alarm for each id; each id has a section in the runbook."""
