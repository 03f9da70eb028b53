"""Tests of the layout of CloudWatch dashboards."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from components.shared.dashboard import GraphWidget, dashboard_body, dimension_parts

GRAPH = GraphWidget(
    title="CPUUtilization",
    region="us-east-1",
    period_seconds=300,
    metrics=[["AWS/RDS", "CPUUtilization", "DBClusterIdentifier", "aurora", {"stat": "Average"}]],
    threshold=85,
)


@settings(max_examples=25)
@given(st.dictionaries(st.from_regex(r"[a-z]{2,8}", fullmatch=True), st.integers(0, 10), max_size=6))
def test_graphs_of_a_dashboard_never_overlap(counts: dict[str, int]) -> None:
    widgets = json.loads(dashboard_body({name: [GRAPH] * count for name, count in counts.items()}))["widgets"]
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(widgets) == sum(counts.values())
    assert len(set(cells)) == len(cells)
    assert all(x < 24 for x, _ in cells)


def test_a_graph_shows_the_threshold_of_its_alarm_as_a_line() -> None:
    (widget,) = json.loads(dashboard_body({"aurora": [GRAPH]}))["widgets"]
    assert widget["properties"]["title"] == "aurora: CPUUtilization"
    assert widget["properties"]["annotations"] == {"horizontal": [{"label": "alarm", "value": 85}]}


def test_dimensions_are_sorted_by_name() -> None:
    assert dimension_parts({"TargetGroup": "b", "LoadBalancer": "a"}) == [
        "LoadBalancer",
        "a",
        "TargetGroup",
        "b",
    ]
