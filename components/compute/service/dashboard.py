"""The graphs of a service on the dashboard: one for each alarm. This module creates no resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.compute.service.alarms import AlarmLimits, ServiceAlert, ServiceMetric, service_alerts
from components.shared.dashboard import GraphWidget, dimension_parts


@dataclass(frozen=True, kw_only=True)
class MonitoredService:
    """The names of a service in the dimensions of its metrics."""

    service_name: str
    """Physical name of the ECS service."""
    cluster_name: str
    """Name of the ECS cluster."""
    load_balancer: str = ""
    """ARN suffix of the load balancer; empty for a service without a route."""
    target_groups: Sequence[str] = ()
    """ARN suffixes of the target groups; empty for a service without a route."""

    def dimensions(self, metric: ServiceMetric, target_group: str) -> dict[str, str]:
        """Return the dimensions of a metric of this service: values by dimension name."""
        if metric.source == "target":
            return {"LoadBalancer": self.load_balancer, "TargetGroup": target_group}
        return {"ClusterName": self.cluster_name, "ServiceName": self.service_name}


def service_graphs(
    service: MonitoredService, *, region: str, limits: AlarmLimits | None = None
) -> list[GraphWidget]:
    """Return one graph for each alert of a service and each of its target groups, with the threshold of the alarm.

    Args:
        service: The service.
        region: Region of the metrics.
        limits: Thresholds of the alarms; None uses the defaults.
    """
    return [
        GraphWidget(
            title=f"{alert.id.removeprefix('service-')} ({alert.unit}{', second target group' if index else ''})",
            region=region,
            period_seconds=alert.period_seconds,
            metrics=_lines(service, alert, group),
            threshold=alert.threshold,
        )
        for alert in service_alerts(routed=bool(service.target_groups), limits=limits or AlarmLimits())
        for index, group in enumerate(service.target_groups if alert.on_target_group else [""])
    ]


def _lines(service: MonitoredService, alert: ServiceAlert, target_group: str) -> list[Sequence[object]]:
    """Return the lines of a graph in the format of CloudWatch dashboards; an expression hides its metrics."""
    lines: list[Sequence[object]] = [
        [
            metric.namespace,
            metric.name,
            *dimension_parts(service.dimensions(metric, target_group)),
            {"id": identifier, "stat": metric.statistic, "visible": not alert.expression},
        ]
        for identifier, metric in alert.metrics.items()
    ]
    if alert.expression:
        lines.append([{"expression": alert.expression, "id": alert.result, "label": alert.id}])
    return lines
