"""The body of a CloudWatch dashboard: rows of graphs, each graph with the threshold of its alarm. Creates no resources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_WIDTH: Final = 6
_HEIGHT: Final = 6
_COLUMNS: Final = 24  # width of the grid of a dashboard


@dataclass(frozen=True, kw_only=True)
class GraphWidget:
    """One graph of a dashboard."""

    title: str
    """Title of the graph; the dashboard shows it after the name of the row."""
    region: str
    """Region of the metrics."""
    period_seconds: int
    """Length of a period, in seconds."""
    metrics: Sequence[Sequence[object]]
    """Metrics in the format of CloudWatch: namespace, metric, names and values of dimensions, options
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html)."""
    threshold: float
    """Threshold of the alarm, drawn as a horizontal line."""


def dashboard_body(rows: Mapping[str, Sequence[GraphWidget]]) -> str:
    """Return the body of a dashboard as JSON, with rows sorted by name.

    Args:
        rows: The graphs of each row, by the name of the row, e.g. `aurora`.
    """
    widgets: list[dict[str, object]] = []
    top = 0
    for name, graphs in sorted(rows.items()):
        for index, graph in enumerate(graphs):
            widgets.append(
                {
                    "type": "metric",
                    "x": index * _WIDTH % _COLUMNS,
                    "y": top + index * _WIDTH // _COLUMNS * _HEIGHT,
                    "width": _WIDTH,
                    "height": _HEIGHT,
                    "properties": {
                        "title": f"{name}: {graph.title}",
                        "view": "timeSeries",
                        "region": graph.region,
                        "period": graph.period_seconds,
                        "metrics": graph.metrics,
                        "annotations": {"horizontal": [{"label": "alarm", "value": graph.threshold}]},
                    },
                }
            )
        top += (len(graphs) * _WIDTH + _COLUMNS - 1) // _COLUMNS * _HEIGHT
    return json.dumps({"widgets": widgets}, sort_keys=True)


def dimension_parts(dimensions: Mapping[str, str]) -> list[str]:
    """Return dimensions as the flat list of names and values that `GraphWidget.metrics` needs, sorted by name."""
    return [part for pair in sorted(dimensions.items()) for part in pair]
