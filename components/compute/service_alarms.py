"""What is watched of a service: a table of alarms, and the resources made from it.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(6)(ii) (response and reporting).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.audit.alerts import Alert

PERIOD_SECONDS: Final = 60

Of = Literal["target", "service"]
"""What a metric is of: the target group behind the load balancer, or the ECS service."""


@dataclass(frozen=True, kw_only=True)
class AlarmLimits:
    """When a service is not well; this project's figures, to be set by what its users bear."""

    error_percent: float = 5
    """Share of requests answered with a 5xx status, in percent."""
    latency_seconds: float = 2
    """The slowest of a hundred requests, in seconds."""
    memory_percent: float = 90
    """Average memory use of its tasks, in percent."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of CloudWatch."""

    namespace: str
    name: str
    stat: str
    of: Of


@dataclass(frozen=True, kw_only=True)
class ServiceAlarm(Alert):
    """An alarm on a service, on one metric or on an expression over several."""

    metrics: Mapping[str, Metric]
    """Metrics by their name in the expression."""
    expression: str = ""
    """What is compared; the one metric itself if empty."""
    above: float
    """The alarm rises over this value."""
    minutes: int
    """For how many minutes in a row."""
    missing: Literal["notBreaching", "breaching", "missing"] = "notBreaching"
    """What no data means."""
    rolls_back: bool = False
    """Whether it also ends a deployment and brings back the last one."""
    unit: str
    """What the values are, for the dashboard."""

    @property
    def of_target(self) -> bool:
        """Whether its metrics are the target group's, and not the ECS service's."""
        return all(metric.of == "target" for metric in self.metrics.values())


def service_alarms(*, routed: bool, limits: AlarmLimits) -> tuple[ServiceAlarm, ...]:
    """Return the alarms of a service; without a route there are no requests to watch."""

    def target(name: str, stat: str) -> Metric:
        return Metric(namespace="AWS/ApplicationELB", name=name, stat=stat, of="target")

    def tasks(name: str) -> Metric:
        # Needs Container Insights on the cluster.
        return Metric(namespace="ECS/ContainerInsights", name=name, stat="Average", of="service")

    requests = (
        ServiceAlarm(
            id="service-errors",
            what="A service answers too many requests with a 5xx status.",
            why="Its users get no answer.",
            metrics={
                "errors": target("HTTPCode_Target_5XX_Count", "Sum"),
                "requests": target("RequestCount", "Sum"),
            },
            expression="IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / FILL(requests, 0), 0)",
            above=limits.error_percent,
            minutes=5,
            rolls_back=True,
            unit="percent",
        ),
        ServiceAlarm(
            id="service-latency",
            what="The slowest of a hundred requests to a service take too long.",
            why="Slow is what an outage looks like before it is one.",
            metrics={"latency": target("TargetResponseTime", "p99")},
            above=limits.latency_seconds,
            minutes=10,
            rolls_back=True,
            unit="seconds",
        ),
        ServiceAlarm(
            id="service-unhealthy",
            what="The load balancer gets no healthy answer from a task of a service.",
            why="Fewer tasks carry the load, and ECS has not healed it in five minutes.",
            metrics={"unhealthy": target("UnHealthyHostCount", "Maximum")},
            above=0,
            minutes=5,
            unit="tasks",
        ),
    )
    return (
        *(requests if routed else ()),
        ServiceAlarm(
            id="service-short-of-tasks",
            what="A service has run fewer tasks than it should for fifteen minutes.",
            why="Tasks fail to start or find no room.",
            metrics={"desired": tasks("DesiredTaskCount"), "running": tasks("RunningTaskCount")},
            expression="desired - running",
            above=0,
            minutes=15,
            missing="missing",
            unit="tasks",
        ),
        ServiceAlarm(
            id="service-pending",
            what="Tasks of a service have waited to start for ten minutes.",
            why="No instance has room for them, or their image, secret or interface cannot be had.",
            metrics={"pending": tasks("PendingTaskCount")},
            above=0,
            minutes=10,
            missing="missing",
            unit="tasks",
        ),
        ServiceAlarm(
            id="service-memory",
            what="The tasks of a service are almost out of memory.",
            why="A task that takes more than it has is killed in the middle of its work.",
            metrics={
                "memory": Metric(namespace="AWS/ECS", name="MemoryUtilization", stat="Average", of="service")
            },
            above=limits.memory_percent,
            minutes=15,
            unit="percent",
        ),
    )


def make_alarm(
    name: str,
    alarm: ServiceAlarm,
    *,
    dimensions: Mapping[str, pulumi.Input[str]],
    actions: Sequence[pulumi.Input[str]],
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    """Make one alarm; `name` is the service's logical name."""
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            return_data=not alarm.expression,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                stat=metric.stat,
                period=PERIOD_SECONDS,
                dimensions=dimensions,
            ),
        )
        for identifier, metric in alarm.metrics.items()
    ]
    if alarm.expression:
        queries.append(
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id="result", expression=alarm.expression, label=alarm.id, return_data=True
            )
        )
    return aws.cloudwatch.MetricAlarm(
        f"{name}-{alarm.id}",
        alarm_description=alarm.description,
        metric_queries=queries,
        comparison_operator="GreaterThanThreshold",
        threshold=alarm.above,
        evaluation_periods=alarm.minutes,
        treat_missing_data=alarm.missing,
        alarm_actions=actions,
        # The AWS Config rule asks for both.
        insufficient_data_actions=actions,
        opts=pulumi.ResourceOptions(parent=parent),
    )
