"""CloudWatch alarms of a cache, most of them on each node.

Metrics: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html. ElastiCache also publishes events,
including failovers, but only to SNS topics, and AWS does not document that they reach an encrypted topic. An alarm on the
metric `IsMaster` therefore reports a failover.
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.dashboard import MonitoredResource
from components.data.tier import DataTier
from components.shared.alarms import ExpressionAlert, Metric, MetricAlert, expression_alarm, metric_alarm

_NAMESPACE: Final = "AWS/ElastiCache"

CACHE_ALERTS: Final = (
    MetricAlert(
        id="cache-evictions",
        summary="The cache throws out keys because its memory is full.",
        impact="Services fetch again what they had, and the database takes the load.",
        namespace=_NAMESPACE,
        metric="Evictions",
        statistic="Sum",
        threshold=100,
        periods=3,
    ),
    MetricAlert(
        id="cache-cpu",
        summary="The engine of a cache node has used over 80 percent of its processor for 15 minutes.",
        impact="It works on one thread, so every command waits.",
        namespace=_NAMESPACE,
        metric="EngineCPUUtilization",
        statistic="Average",
        threshold=80,
        periods=3,
    ),
    MetricAlert(
        id="cache-host-cpu",
        summary="A cache node has used over 90 percent of all its processors for 15 minutes.",
        impact="A burstable node runs out of credits; snapshots and TLS slow the engine down.",
        namespace=_NAMESPACE,
        metric="CPUUtilization",
        statistic="Average",
        threshold=90,
        periods=3,
    ),
    MetricAlert(
        id="cache-memory",
        summary="A cache node uses over 90 percent of the memory it has for data.",
        impact="Next it throws out keys or, where none may go, refuses to write.",
        namespace=_NAMESPACE,
        metric="DatabaseMemoryUsagePercentage",
        statistic="Maximum",
        threshold=90,
        periods=3,
    ),
    MetricAlert(
        id="cache-connections",
        summary="A cache node has over 10,000 connections.",
        impact="Most likely a service opens connections without end; at the node's limit none gets in.",
        namespace=_NAMESPACE,
        metric="CurrConnections",
        statistic="Maximum",
        threshold=10_000,
        periods=3,
    ),
    MetricAlert(
        id="cache-sign-in-failures",
        summary="Somebody failed to sign in to the cache more than five times in five minutes.",
        impact="A service has a password that is no longer good, or someone tries passwords (45 CFR 164.312(d)).",
        namespace=_NAMESPACE,
        metric="AuthenticationFailures",
        statistic="Sum",
        threshold=5,
    ),
    MetricAlert(
        id="cache-commands-denied",
        summary="The cache refused a user a command.",
        impact="A service wants what its user may not, or someone uses its password (45 CFR 164.312(a)(1)).",
        namespace=_NAMESPACE,
        metric="CommandAuthorizationFailures",
        statistic="Sum",
        threshold=0,
    ),
    MetricAlert(
        id="cache-keys-denied",
        summary="The cache refused a user a key.",
        impact="A service reaches for another one's keys, or someone uses its password (45 CFR 164.312(a)(1)).",
        namespace=_NAMESPACE,
        metric="KeyAuthorizationFailures",
        statistic="Sum",
        threshold=0,
    ),
)
"""Alarms on every node."""

REPLICA_LAG: Final = MetricAlert(
    id="cache-replica-lag",
    summary="A replica of the cache is more than five seconds behind.",
    impact="It answers with old data, and a failover to it would lose the newest.",
    namespace=_NAMESPACE,
    metric="ReplicationLag",
    statistic="Maximum",
    threshold=5,
    periods=3,
)
"""Alarm on every node of a cache with replicas."""

FAILOVER: Final = ExpressionAlert(
    id="cache-failover",
    summary="Another node has become the primary of the cache.",
    impact="A node failed or AWS worked on it; clients had to reconnect, and the last writes may be lost.",
    metrics={"primary": Metric(namespace=_NAMESPACE, name="IsMaster", statistic="Maximum")},
    expression="DIFF(primary)",
    result="became",
    threshold=0,
)
"""Alarm on every node of a cache with replicas: `IsMaster` rises from 0 to 1 when the node becomes the primary."""

ROTATION_FAILED: Final = MetricAlert(
    id="cache-rotation-failed",
    summary="The rotation of a cache user's password failed.",
    impact="The password in use stays good, but it is older than this project's policy allows.",
    namespace="AWS/Lambda",
    metric="Errors",
    statistic="Sum",
    threshold=0,
)
"""Alarm on the rotation function, which exists if a service uses the cache."""

ALARMS: Final = (*CACHE_ALERTS, REPLICA_LAG, FAILOVER, ROTATION_FAILED)
"""All alarms of a cache; each has a section in the runbook."""


def cache_alarms(
    name: str,
    *,
    tier: DataTier,
    replication_group: aws.elasticache.ReplicationGroup,
    replicas: int,
    rotation: aws.lambda_.Function | None,
    parent: pulumi.Resource,
) -> list[MonitoredResource]:
    """Create the alarms of a cache. Return them for the dashboard, with the dimensions of each node.

    Args:
        name: Logical name of the cache.
        tier: Contains the SNS topic that the alarms notify.
        replication_group: The replication group of the cache.
        replicas: Number of nodes besides the primary.
        rotation: The rotation function, or None.
        parent: The component of the cache.
    """

    def node_id(number: int) -> pulumi.Output[str]:
        # AWS numbers the nodes of a replication group without shards from 001
        # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Replication.Redis.Groups.html).
        return replication_group.id.apply(lambda group: f"{group}-{number:03}")

    alerts = (*CACHE_ALERTS, *((REPLICA_LAG,) if replicas else ()))
    nodes = [{"CacheClusterId": node_id(number)} for number in range(1, replicas + 2)]
    for number, dimensions in enumerate(nodes, 1):
        for alert in alerts:
            metric_alarm(
                f"{name}-{number:03}",
                alert,
                dimensions=dimensions,
                topic_arn=tier.alarm_topic_arn,
                parent=parent,
            )
    if replicas:
        for number in range(1, replicas + 2):
            expression_alarm(
                f"{name}-{number:03}",
                FAILOVER,
                dimensions={"primary": {"CacheClusterId": node_id(number)}},
                topic_arn=tier.alarm_topic_arn,
                parent=parent,
            )
    watched = [MonitoredResource(alerts=alerts, dimensions=nodes)]
    if rotation is not None:
        function = {"FunctionName": rotation.name}
        metric_alarm(
            name, ROTATION_FAILED, dimensions=function, topic_arn=tier.alarm_topic_arn, parent=parent
        )
        watched.append(MonitoredResource(alerts=[ROTATION_FAILED], dimensions=[function]))
    return watched
