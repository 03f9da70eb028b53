"""The graphs of a service on the dashboard: one for each of its alarms. No resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.compute.service.alarms import AlarmLimits, ServiceAlert, ServiceMetric, service_alerts
from components.shared.dashboard import Graph, dimension_parts


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A service, as its metrics name it."""

    service_name: str
    """Physical name of the ECS service."""
    cluster_name: str
    """Name of its cluster."""
    load_balancer: str = ""
    """End of the load balancer's ARN; empty for a service without a route."""
    target_group: str = ""
    """End of the target group's ARN; empty for a service without a route."""

    def dimensions(self, metric: ServiceMetric) -> dict[str, str]:
        """Return the dimensions of a metric of this service."""
        if metric.of == "target":
            return {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return {"ClusterName": self.cluster_name, "ServiceName": self.service_name}


def service_graphs(shown: Shown, *, region: str, limits: AlarmLimits | None = None) -> list[Graph]:
    """Return a graph, with its threshold, for each alarm of a service.

    Args:
        shown: The service.
        region: Region of the metrics.
        limits: The thresholds; the defaults if not given.
    """
    return [
        Graph(
            title=f"{alert.id.removeprefix('service-')} ({alert.unit})",
            region=region,
            period_seconds=alert.period_seconds,
            metrics=_lines(shown, alert),
            threshold=alert.threshold,
        )
        for alert in service_alerts(routed=bool(shown.target_group), limits=limits or AlarmLimits())
    ]


def _lines(shown: Shown, alert: ServiceAlert) -> list[Sequence[object]]:
    lines: list[Sequence[object]] = [
        [
            metric.namespace,
            metric.name,
            *dimension_parts(shown.dimensions(metric)),
            {"id": identifier, "stat": metric.statistic, "visible": not alert.expression},
        ]
        for identifier, metric in alert.metrics.items()
    ]
    if alert.expression:
        lines.append([{"expression": alert.expression, "id": alert.result, "label": alert.id}])
    return lines
