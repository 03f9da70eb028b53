"""One page that shows every service: what users see, what it costs, what is wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.compute.service_alarms import PERIOD_SECONDS, AlarmLimits, Metric, service_alarms

_WIDTH: Final = 6
_HEIGHT: Final = 6
_COLUMNS: Final = 24  # a dashboard's grid


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

    def dimensions(self, metric: Metric) -> dict[str, str]:
        """Return the dimensions of a metric of this service."""
        if metric.of == "target":
            return {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return {"ClusterName": self.cluster_name, "ServiceName": self.service_name}


def dashboard_body(services: Mapping[str, Shown], *, region: str, limits: AlarmLimits | None = None) -> str:
    """Return a dashboard with a row for each service and a graph, with its limit, for each alarm.

    Args:
        services: What to show, by the name people know it by; rows are in the order of names.
        region: Region of the metrics.
        limits: The limits drawn in; the defaults if not given.
    """
    widgets: list[dict[str, object]] = []
    top = 0
    for name, shown in sorted(services.items()):
        routed = bool(shown.target_group)
        alarms = service_alarms(routed=routed, limits=limits or AlarmLimits())
        for place, alarm in enumerate(alarms):
            metrics: list[Sequence[object]] = [
                [
                    metric.namespace,
                    metric.name,
                    *(part for pair in sorted(shown.dimensions(metric).items()) for part in pair),
                    {"id": identifier, "stat": metric.stat, "visible": not alarm.expression},
                ]
                for identifier, metric in alarm.metrics.items()
            ]
            if alarm.expression:
                metrics.append([{"expression": alarm.expression, "id": "result", "label": alarm.id}])
            widgets.append(
                {
                    "type": "metric",
                    "x": place * _WIDTH % _COLUMNS,
                    "y": top + place * _WIDTH // _COLUMNS * _HEIGHT,
                    "width": _WIDTH,
                    "height": _HEIGHT,
                    "properties": {
                        "title": f"{name}: {alarm.id.removeprefix('service-')} ({alarm.unit})",
                        "view": "timeSeries",
                        "region": region,
                        "period": PERIOD_SECONDS,
                        "metrics": metrics,
                        "annotations": {"horizontal": [{"label": "alarm", "value": alarm.above}]},
                    },
                }
            )
        top += (len(alarms) * _WIDTH + _COLUMNS - 1) // _COLUMNS * _HEIGHT
    return json.dumps({"widgets": widgets}, sort_keys=True)
