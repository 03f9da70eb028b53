"""Alarms and dashboard of data stores."""

from __future__ import annotations

import json

from components.data import DataDashboard, Watched
from components.data.cache.alarms import CACHE_ALERTS
from components.data.database.alarms import ALARMS, REGION_LAG, aurora_alerts, rds_alerts
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
