"""The table of a service's alarms. This module creates no resources.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(6)(ii) (response and reporting).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from components.shared.alarms import ExpressionAlert, Metric

MetricSource = Literal["target", "service"]
"""The resource that reports a metric: the target group of the load balancer, or the ECS service."""


@dataclass(frozen=True, kw_only=True)
class AlarmLimits:
    """Thresholds of a service's alarms. The defaults are this project's choice; adjust them to the needs of the users."""

    error_percent: float = 5
    """Percentage of requests that tasks answer with a 5xx status."""
    latency_seconds: float = 2
    """99th percentile of the response time, in seconds."""
    latency_rolls_back: bool = False
    """Whether a high latency also rolls a deployment back."""
    memory_percent: float = 90
    """Average memory use of the tasks, in percent."""


@dataclass(frozen=True, kw_only=True)
class ServiceMetric(Metric):
    """A metric of a service."""

    source: MetricSource
    """The resource that reports it."""


@dataclass(frozen=True, kw_only=True)
class ServiceAlert(ExpressionAlert):
    """An alert on a service."""

    metrics: Mapping[str, ServiceMetric]
    rolls_back: bool = False
    """Whether the alarm also stops a running deployment and rolls it back."""
    unit: str
    """Unit of the values, shown on the dashboard."""

    @property
    def on_target_group(self) -> bool:
        """Whether the target group reports all of its metrics, and not the ECS service."""
        return all(metric.source == "target" for metric in self.metrics.values())


def service_alerts(*, routed: bool, limits: AlarmLimits) -> tuple[ServiceAlert, ...]:
    """Return the alarms of a service.

    Args:
        routed: Whether the service has a route; without one there are no metrics of requests.
        limits: Thresholds of the alarms.
    """

    def target(name: str, stat: str) -> ServiceMetric:
        return ServiceMetric(namespace="AWS/ApplicationELB", name=name, statistic=stat, source="target")

    def tasks(name: str) -> ServiceMetric:
        # The metric requires Container Insights on the cluster.
        return ServiceMetric(
            namespace="ECS/ContainerInsights", name=name, statistic="Average", source="service"
        )

    requests = (
        ServiceAlert(
            id="service-errors",
            summary="A service answers too many requests with 5xx status codes.",
            impact="Its users get errors.",
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
            summary="The slowest one percent of the requests to a service takes too long.",
            impact="High latency is often the first sign of an outage.",
            metrics={"latency": target("TargetResponseTime", "p99")},
            threshold=limits.latency_seconds,
            periods=10,
            rolls_back=limits.latency_rolls_back,
            unit="seconds",
        ),
        ServiceAlert(
            id="service-unhealthy",
            summary="A task of a service fails the health check of the load balancer.",
            impact="Fewer tasks handle the load, and ECS has not replaced the task within five minutes.",
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
            summary="A service has run fewer tasks than its desired count for fifteen minutes.",
            impact="Tasks fail to start, or no instance has room for them.",
            metrics={"desired": tasks("DesiredTaskCount"), "running": tasks("RunningTaskCount")},
            expression="desired - running",
            threshold=0,
            periods=15,
            missing="missing",
            unit="tasks",
        ),
        ServiceAlert(
            id="service-pending",
            summary="Tasks of a service have been pending for ten minutes.",
            impact="No instance has room for them, or ECS cannot get their image, secret or network interface.",
            metrics={"pending": tasks("PendingTaskCount")},
            threshold=0,
            periods=10,
            missing="missing",
            unit="tasks",
        ),
        ServiceAlert(
            id="service-memory",
            summary="The tasks of a service use almost all of their memory.",
            impact="ECS kills a task that exceeds its memory limit, and its open requests fail.",
            metrics={
                "memory": ServiceMetric(
                    namespace="AWS/ECS", name="MemoryUtilization", statistic="Average", source="service"
                )
            },
            threshold=limits.memory_percent,
            periods=15,
            unit="percent",
        ),
    )
