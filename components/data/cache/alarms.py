"""What people are told of a cache: a table of its metrics, and the alarms on each node.

Metrics: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html. ElastiCache's own notices, which
name failovers too, go to SNS topics only and are not documented to reach an encrypted one; so a failover is told by the
metric of who is primary.
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.dashboard import Watched
from components.data.tier import DataTier
from components.shared.alarms import ExpressionAlert, Metric, MetricAlert, expression_alarm, metric_alarm

_NAMESPACE: Final = "AWS/ElastiCache"

CACHE_ALERTS: Final = (
    MetricAlert(
        id="cache-evictions",
        what="The cache throws out keys because its memory is full.",
        why="Services fetch again what they had, and the database takes the load.",
        namespace=_NAMESPACE,
        metric="Evictions",
        statistic="Sum",
        threshold=100,
        periods=3,
    ),
    MetricAlert(
        id="cache-cpu",
        what="The engine of a cache node has used over 80 percent of its processor for 15 minutes.",
        why="It works on one thread, so every command waits.",
        namespace=_NAMESPACE,
        metric="EngineCPUUtilization",
        statistic="Average",
        threshold=80,
        periods=3,
    ),
    MetricAlert(
        id="cache-host-cpu",
        what="A cache node has used over 90 percent of all its processors for 15 minutes.",
        why="A burstable node runs out of credits; snapshots and TLS slow the engine down.",
        namespace=_NAMESPACE,
        metric="CPUUtilization",
        statistic="Average",
        threshold=90,
        periods=3,
    ),
    MetricAlert(
        id="cache-memory",
        what="A cache node uses over 90 percent of the memory it has for data.",
        why="Next it throws out keys or, where none may go, refuses to write.",
        namespace=_NAMESPACE,
        metric="DatabaseMemoryUsagePercentage",
        statistic="Maximum",
        threshold=90,
        periods=3,
    ),
    MetricAlert(
        id="cache-connections",
        what="A cache node has over 10,000 connections.",
        why="Most likely a service opens connections without end; at the node's limit none gets in.",
        namespace=_NAMESPACE,
        metric="CurrConnections",
        statistic="Maximum",
        threshold=10_000,
        periods=3,
    ),
    MetricAlert(
        id="cache-sign-in-failures",
        what="Somebody failed to sign in to the cache more than five times in five minutes.",
        why="A service has a password that is no longer good, or someone tries passwords (45 CFR 164.312(d)).",
        namespace=_NAMESPACE,
        metric="AuthenticationFailures",
        statistic="Sum",
        threshold=5,
    ),
    MetricAlert(
        id="cache-commands-denied",
        what="The cache refused a user a command.",
        why="A service wants what its user may not, or someone uses its password (45 CFR 164.312(a)(1)).",
        namespace=_NAMESPACE,
        metric="CommandAuthorizationFailures",
        statistic="Sum",
        threshold=0,
    ),
    MetricAlert(
        id="cache-keys-denied",
        what="The cache refused a user a key.",
        why="A service reaches for another one's keys, or someone uses its password (45 CFR 164.312(a)(1)).",
        namespace=_NAMESPACE,
        metric="KeyAuthorizationFailures",
        statistic="Sum",
        threshold=0,
    ),
)
"""Alarms of every node."""

REPLICA_LAG: Final = MetricAlert(
    id="cache-replica-lag",
    what="A replica of the cache is more than five seconds behind.",
    why="It answers with old data, and a failover to it would lose the newest.",
    namespace=_NAMESPACE,
    metric="ReplicationLag",
    statistic="Maximum",
    threshold=5,
    periods=3,
)
"""The alarm of every node where there are replicas."""

FAILOVER: Final = ExpressionAlert(
    id="cache-failover",
    what="Another node has become the primary of the cache.",
    why="A node failed or AWS worked on it; clients had to reconnect, and the last writes may be lost.",
    metrics={"primary": Metric(namespace=_NAMESPACE, name="IsMaster", statistic="Maximum")},
    expression="DIFF(primary)",
    result="became",
    threshold=0,
)
"""The alarm of every node where there are replicas: `IsMaster` (1 or 0) rises when the node becomes the primary."""

ROTATION_FAILED: Final = MetricAlert(
    id="cache-rotation-failed",
    what="The rotation of a cache user's password failed.",
    why="The password in use stays good, but it is older than this project's policy allows.",
    namespace="AWS/Lambda",
    metric="Errors",
    statistic="Sum",
    threshold=0,
)
"""The alarm of the rotation, where a service uses the cache."""

ALARMS: Final = (*CACHE_ALERTS, REPLICA_LAG, FAILOVER, ROTATION_FAILED)
"""Every alert of a cache, for the runbook to have a section for each."""


def watch_cache(
    name: str,
    *,
    tier: DataTier,
    replication_group: aws.elasticache.ReplicationGroup,
    replicas: int,
    rotation: aws.lambda_.Function | None,
    parent: pulumi.Resource,
) -> list[Watched]:
    """Make the alarms of a cache; return its graphs, with a line for each node.

    Args:
        name: Logical name of the cache.
        tier: Who is told.
        replication_group: The cache.
        replicas: Nodes beside the primary.
        rotation: The rotation function, if there is one.
        parent: The component it belongs to.
    """

    def node(number: int) -> pulumi.Output[str]:
        # Without shards AWS numbers the nodes so
        # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Replication.Redis.Groups.html).
        return replication_group.id.apply(lambda group: f"{group}-{number:03}")

    alerts = (*CACHE_ALERTS, *((REPLICA_LAG,) if replicas else ()))
    nodes = [{"CacheClusterId": node(number)} for number in range(1, replicas + 2)]
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
                dimensions={"primary": {"CacheClusterId": node(number)}},
                topic_arn=tier.alarm_topic_arn,
                parent=parent,
            )
    watched = [Watched(alerts=alerts, dimensions=nodes)]
    if rotation is not None:
        function = {"FunctionName": rotation.name}
        metric_alarm(
            name, ROTATION_FAILED, dimensions=function, topic_arn=tier.alarm_topic_arn, parent=parent
        )
        watched.append(Watched(alerts=[ROTATION_FAILED], dimensions=[function]))
    return watched
