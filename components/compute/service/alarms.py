"""What is watched of a service: a table of alarms, and the resources made from it.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(6)(ii) (response and reporting).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from components.shared.alarms import ExpressionAlert, Metric

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
class ServiceMetric(Metric):
    """A metric of a service."""

    of: Of
    """What it is a metric of."""


@dataclass(frozen=True, kw_only=True)
class ServiceAlert(ExpressionAlert):
    """An alert on a service."""

    metrics: Mapping[str, ServiceMetric]
    rolls_back: bool = False
    """Whether it also ends a deployment and brings back the last one."""
    unit: str
    """What the values are, for the dashboard."""

    @property
    def of_target(self) -> bool:
        """Whether its metrics are the target group's, and not the ECS service's."""
        return all(metric.of == "target" for metric in self.metrics.values())


def service_alerts(*, routed: bool, limits: AlarmLimits) -> tuple[ServiceAlert, ...]:
    """Return the alarms of a service; without a route there are no requests to watch."""

    def target(name: str, stat: str) -> ServiceMetric:
        return ServiceMetric(namespace="AWS/ApplicationELB", name=name, statistic=stat, of="target")

    def tasks(name: str) -> ServiceMetric:
        # Needs Container Insights on the cluster.
        return ServiceMetric(namespace="ECS/ContainerInsights", name=name, statistic="Average", of="service")

    requests = (
        ServiceAlert(
            id="service-errors",
            what="A service answers too many requests with a 5xx status.",
            why="Its users get no answer.",
            metrics={
                "errors": target("HTTPCode_Target_5XX_Count", "Sum"),
                "requests": target("RequestCount", "Sum"),
            },
            expression="IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / FILL(requests, 0), 0)",
            threshold=limits.error_percent,
            periods=5,
            rolls_back=True,
            unit="percent",
        ),
        ServiceAlert(
            id="service-latency",
            what="The slowest of a hundred requests to a service take too long.",
            why="Slow is what an outage looks like before it is one.",
            metrics={"latency": target("TargetResponseTime", "p99")},
            threshold=limits.latency_seconds,
            periods=10,
            rolls_back=True,
            unit="seconds",
        ),
        ServiceAlert(
            id="service-unhealthy",
            what="The load balancer gets no healthy answer from a task of a service.",
            why="Fewer tasks carry the load, and ECS has not healed it in five minutes.",
            metrics={"unhealthy": target("UnHealthyHostCount", "Maximum")},
            threshold=0,
            periods=5,
            unit="tasks",
        ),
    )
    return (
        *(requests if routed else ()),
        ServiceAlert(
            id="service-short-of-tasks",
            what="A service has run fewer tasks than it should for fifteen minutes.",
            why="Tasks fail to start or find no room.",
            metrics={"desired": tasks("DesiredTaskCount"), "running": tasks("RunningTaskCount")},
            expression="desired - running",
            threshold=0,
            periods=15,
            missing="missing",
            unit="tasks",
        ),
        ServiceAlert(
            id="service-pending",
            what="Tasks of a service have waited to start for ten minutes.",
            why="No instance has room for them, or their image, secret or interface cannot be had.",
            metrics={"pending": tasks("PendingTaskCount")},
            threshold=0,
            periods=10,
            missing="missing",
            unit="tasks",
        ),
        ServiceAlert(
            id="service-memory",
            what="The tasks of a service are almost out of memory.",
            why="A task that takes more than it has is killed in the middle of its work.",
            metrics={
                "memory": ServiceMetric(
                    namespace="AWS/ECS", name="MemoryUtilization", statistic="Average", of="service"
                )
            },
            threshold=limits.memory_percent,
            periods=15,
            unit="percent",
        ),
    )
