"""A CloudWatch dashboard of the data stores and the backups: one graph for each alarm, with its threshold as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared.alarms import MetricAlert
from components.shared.dashboard import GraphWidget, dashboard_body, dimension_parts


@dataclass(frozen=True, kw_only=True)
class MonitoredResource:
    """Alarms of one part of a data store and the dimensions of their metrics."""

    alerts: Sequence[MetricAlert]
    """The alarms; each gets a graph."""
    dimensions: Sequence[Mapping[str, pulumi.Input[str]]]
    """Metric dimensions, e.g. one `DBClusterIdentifier`, or the `CacheClusterId` of each node. Each item draws a line."""
    region: str | None = None
    """Region of the metrics; None means the region of the stack."""


def alert_graph(alert: MetricAlert, dimensions: Sequence[Mapping[str, str]], region: str) -> GraphWidget:
    """Return the graph of an alarm, with a line for each set of dimensions."""
    return GraphWidget(
        title=alert.metric,
        region=region,
        period_seconds=alert.period_seconds,
        metrics=[
            [alert.namespace, alert.metric, *dimension_parts(line), {"stat": alert.statistic}]
            for line in dimensions
        ],
        threshold=alert.threshold,
    )


@dataclass(frozen=True, kw_only=True)
class DataDashboardArgs:
    """Arguments of `DataDashboard`."""

    rows: Mapping[str, Sequence[MonitoredResource]]
    """Parts of each data store, by the name of the store."""
    region: str
    """Region of the stack."""


class DataDashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard of all data stores of a stack and of their backups.

    Creates: a CloudWatch dashboard.

    Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review).

    Outputs:
        dashboard_name: Name of the dashboard.
    """

    dashboard_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: DataDashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:data:DataDashboard", name, None, opts)
        parts = [(row, part) for row in sorted(args.rows) for part in args.rows[row]]

        def body_of(dimensions: Sequence[Sequence[Mapping[str, str]]]) -> str:
            graphs: dict[str, list[GraphWidget]] = {}
            for (row, part), lines in zip(parts, dimensions, strict=True):
                graphs.setdefault(row, []).extend(
                    alert_graph(alert, lines, part.region or args.region) for alert in part.alerts
                )
            return dashboard_body(graphs)

        body = pulumi.Output.all(*[part.dimensions for _, part in parts]).apply(body_of)
        dashboard = aws.cloudwatch.Dashboard(
            name,
            # Pulumi does not auto-name dashboards, and an account may hold several stacks.
            dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            dashboard_body=body,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})
