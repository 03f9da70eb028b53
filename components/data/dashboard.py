"""One page that shows every data store: a row for each, a graph for each alarm with its line."""

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
    """A data store, as far as its metrics are concerned."""

    alerts: Sequence[MetricAlert]
    """Its alarms."""
    dimensions: Mapping[str, pulumi.Input[str]]
    """What the metrics are of, e.g. `DBClusterIdentifier`."""


def dashboard_body(
    rows: Mapping[str, tuple[Sequence[MetricAlert], Mapping[str, str]]], *, region: str
) -> str:
    """Return the dashboard: rows in the order of names.

    Args:
        rows: Alarms and dimensions of each data store, by the name people know it by.
        region: Region of the metrics.
    """
    widgets: list[dict[str, object]] = []
    top = 0
    for name, (alerts, dimensions) in sorted(rows.items()):
        named = [part for pair in sorted(dimensions.items()) for part in pair]
        for place, alert in enumerate(alerts):
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
                        "region": region,
                        "period": alert.period_seconds,
                        "metrics": [[alert.namespace, alert.metric, *named, {"stat": alert.statistic}]],
                        "annotations": {"horizontal": [{"label": "alarm", "value": alert.threshold}]},
                    },
                }
            )
        top += (len(alerts) * _WIDTH + _COLUMNS - 1) // _COLUMNS * _HEIGHT
    return json.dumps({"widgets": widgets}, sort_keys=True)


class DataDashboard(pulumi.ComponentResource):
    """The page of all data stores of a stack.

    Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review).

    Outputs:
        dashboard_name: Its name.
    """

    dashboard_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        rows: Mapping[str, Watched],
        *,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hipaa:data:DataDashboard", name, None, opts)
        names = sorted(rows)
        body = pulumi.Output.all(*[rows[row].dimensions for row in names]).apply(
            lambda found: dashboard_body(
                {row: (rows[row].alerts, known) for row, known in zip(names, found, strict=True)},
                region=region,
            )
        )
        page = aws.cloudwatch.Dashboard(
            name,
            # Dashboards have no auto-naming, and an account may have several stacks.
            dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            dashboard_body=body,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = page.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})
