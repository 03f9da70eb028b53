"""One page that shows every data store and the backups: rows for each, a graph for each alarm with its threshold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.metric_alarms import MetricAlert

_WIDTH: Final = 6
_HEIGHT: Final = 6
_COLUMNS: Final = 24  # a dashboard's grid


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A part of a data store, as far as its metrics are concerned."""

    alerts: Sequence[MetricAlert]
    """Its alarms."""
    dimensions: Sequence[Mapping[str, pulumi.Input[str]]]
    """What the metrics are of, e.g. one `DBClusterIdentifier` or the `CacheClusterId` of each node: each draws a line."""
    region: str | None = None
    """Region of the metrics, if not the stack's."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One graph, when all is known."""

    alert: MetricAlert
    """The alarm that it shows."""
    dimensions: Sequence[Mapping[str, str]]
    """Of each line."""
    region: str
    """Region of the metric."""


def dashboard_body(rows: Mapping[str, Sequence[Graph]]) -> str:
    """Return the dashboard: rows in the order of names.

    Args:
        rows: The graphs of each data store, by the name people know it by.
    """
    widgets: list[dict[str, object]] = []
    top = 0
    for name, graphs in sorted(rows.items()):
        for place, graph in enumerate(graphs):
            alert = graph.alert
            widgets.append(
                {
                    "type": "metric",
                    "x": place * _WIDTH % _COLUMNS,
                    "y": top + place * _WIDTH // _COLUMNS * _HEIGHT,
                    "width": _WIDTH,
                    "height": _HEIGHT,
                    "properties": {
                        "title": f"{name}: {alert.metric}",
                        "view": "timeSeries",
                        "region": graph.region,
                        "period": alert.period_seconds,
                        "metrics": [
                            [alert.namespace, alert.metric, *_flat(line), {"stat": alert.statistic}]
                            for line in graph.dimensions
                        ],
                        "annotations": {"horizontal": [{"label": "alarm", "value": alert.threshold}]},
                    },
                }
            )
        top += (len(graphs) * _WIDTH + _COLUMNS - 1) // _COLUMNS * _HEIGHT
    return json.dumps({"widgets": widgets}, sort_keys=True)


def _flat(dimensions: Mapping[str, str]) -> list[str]:
    return [part for pair in sorted(dimensions.items()) for part in pair]


class DataDashboard(pulumi.ComponentResource):
    """The page of all data stores of a stack and of their backups.

    Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review).

    Outputs:
        dashboard_name: Its name.
    """

    dashboard_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        rows: Mapping[str, Sequence[Watched]],
        *,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hipaa:data:DataDashboard", name, None, opts)
        parts = [(row, part) for row in sorted(rows) for part in rows[row]]

        def drawn(found: Sequence[Sequence[Mapping[str, str]]]) -> str:
            graphs: dict[str, list[Graph]] = {}
            for (row, part), lines in zip(parts, found, strict=True):
                graphs.setdefault(row, []).extend(
                    Graph(alert=alert, dimensions=lines, region=part.region or region)
                    for alert in part.alerts
                )
            return dashboard_body(graphs)

        body = pulumi.Output.all(*[part.dimensions for _, part in parts]).apply(drawn)
        page = aws.cloudwatch.Dashboard(
            name,
            # Dashboards have no auto-naming, and an account may have several stacks.
            dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            dashboard_body=body,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = page.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})
