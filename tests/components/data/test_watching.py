"""Alarms, dashboard and places of instances."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data import DataDashboard, Readers, Watched
from components.data.cache_alarms import CACHE_ALERTS
from components.data.database_alarms import ALARMS, REGION_LAG, aurora_alerts, rds_alerts
from components.data.readers import places
from tests.components.data.conftest import evaluated

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def test_an_alarm_of_each_kind_says_what_happened_and_why_it_matters() -> None:
    assert len({alert.id for alert in ALARMS}) == len(ALARMS) == 10
    for alert in ALARMS:
        assert alert.what.endswith(".")
        assert alert.why.endswith(".")
        assert len(alert.description) <= 1024


def test_lines_follow_the_size_of_the_database() -> None:
    found = {
        alert.id: alert.threshold
        for alert in aurora_alerts(most_connections=2000, memory_mib=4096, serverless=True, readers=False)
    }
    assert found["database-connections"] == 1600
    assert found["database-memory"] == 4096 * 1024 * 1024 * 5 // 100
    assert "database-replica-lag" not in found


def test_a_class_that_is_not_known_has_no_line_for_its_memory() -> None:
    alerts = rds_alerts(engine="mysql", most_connections=1000, memory_mib=None, storage_gib=20)
    assert {alert.id for alert in alerts} == {"database-cpu", "database-connections", "database-storage"}


def test_instances_of_a_class_are_watched_for_room_and_serverless_ones_for_capacity() -> None:
    classed = {
        a.metric for a in aurora_alerts(most_connections=1, memory_mib=1, serverless=False, readers=True)
    }
    serverless = {
        a.metric for a in aurora_alerts(most_connections=1, memory_mib=1, serverless=True, readers=True)
    }
    assert classed - serverless == {"FreeLocalStorage"}
    assert serverless - classed == {"ACUUtilization"}


def test_the_dashboard_shows_each_store_with_the_lines_of_its_alarms() -> None:
    rows = {"aurora": [Watched(alerts=ALARMS[:2], dimensions=[{"DBClusterIdentifier": "aurora-1"}])]}
    recorded = evaluated(lambda: DataDashboard("data", rows, region="us-east-1"))
    body = json.loads(str(recorded.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]))
    first = body["widgets"][0]["properties"]
    assert first["title"] == "aurora: CPUUtilization"
    assert first["metrics"] == [
        ["AWS/RDS", "CPUUtilization", "DBClusterIdentifier", "aurora-1", {"stat": "Average"}]
    ]
    assert first["annotations"]["horizontal"][0]["value"] == 85


def test_a_graph_of_the_dashboard_has_a_line_for_each_node_and_the_region_of_its_metric() -> None:
    nodes = [{"CacheClusterId": f"cache-00{number}"} for number in (1, 2)]
    rows = {
        "cache": [
            Watched(alerts=CACHE_ALERTS[:1], dimensions=nodes),
            Watched(alerts=[REGION_LAG], dimensions=[{"DBClusterIdentifier": "second"}], region="us-west-2"),
        ]
    }
    recorded = evaluated(lambda: DataDashboard("data", rows, region="us-east-1"))
    body = json.loads(str(recorded.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]))
    cache, lag = (widget["properties"] for widget in body["widgets"])
    assert [line[:4] for line in cache["metrics"]] == [
        ["AWS/ElastiCache", "Evictions", "CacheClusterId", "cache-001"],
        ["AWS/ElastiCache", "Evictions", "CacheClusterId", "cache-002"],
    ]
    assert (cache["region"], lag["region"]) == ("us-east-1", "us-west-2")


@settings(max_examples=60)
@given(zones=st.integers(1, 6), readers=st.integers(0, 15), analytics=st.integers(0, 5))
def test_adding_a_reader_moves_no_other_and_the_first_is_in_another_zone(
    zones: int, readers: int, analytics: int
) -> None:
    names = [f"us-east-1{letter}" for letter in "abcdef"[:zones]]
    ordinary, extra = places(names, readers, analytics)
    more, _ = places(names, readers + 1)
    assert more[: len(ordinary)] == ordinary
    assert len({place.key for place in (*ordinary, *extra)}) == readers + 1 + analytics
    if readers and zones > 1:
        assert ordinary[0].zone != ordinary[1].zone


def test_readers_that_a_cluster_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="0 <= min <= max, got 3 and 2"):
        Readers(min=3, max=2)
    with pytest.raises(ValueError, match="15 readers at most, got max 14 and analytics 2"):
        Readers(min=0, max=14, analytics=2)
    with pytest.raises(ValueError, match="zones must name a zone"):
        places([], 1)
