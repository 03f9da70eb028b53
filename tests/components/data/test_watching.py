"""Alarms and the dashboard of data stores."""

from __future__ import annotations

import json

import pulumi

from components.data import (
    ApplicationIdentity,
    Aurora,
    AuroraArgs,
    DataDashboard,
    DataDashboardArgs,
    MonitoredResource,
    Rds,
    RdsArgs,
    Readers,
)
from components.data.cache.alarms import CACHE_ALERTS
from components.data.database.alarms import ALARMS, aurora_alerts, rds_alerts
from tests.components.data.conftest import data_tier
from tests.harness import evaluate

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def test_every_alarm_describes_the_event_and_its_effect() -> None:
    assert len({alert.id for alert in ALARMS}) == len(ALARMS) == 10
    for alert in ALARMS:
        assert alert.summary.endswith(".")
        assert alert.impact.endswith(".")
        assert len(alert.description) <= 1024


def test_thresholds_follow_the_size_of_the_database() -> None:
    thresholds = {
        alert.id: alert.threshold
        for alert in aurora_alerts(max_connections=2000, memory_mib=4096, serverless=True, readers=False)
    }
    assert thresholds["database-connections"] == 1600
    assert thresholds["database-memory"] == 4096 * 1024 * 1024 * 5 // 100
    assert "database-replica-lag" not in thresholds


def test_an_instance_class_of_unknown_memory_has_no_memory_alarm() -> None:
    alerts = rds_alerts(engine="mysql", max_connections=1000, memory_mib=None, storage_gib=20)
    assert {alert.id for alert in alerts} == {"database-cpu", "database-connections", "database-storage"}


def test_provisioned_instances_have_a_storage_alarm_and_serverless_ones_a_capacity_alarm() -> None:
    provisioned = {
        a.metric for a in aurora_alerts(max_connections=1, memory_mib=1, serverless=False, readers=True)
    }
    serverless = {
        a.metric for a in aurora_alerts(max_connections=1, memory_mib=1, serverless=True, readers=True)
    }
    assert provisioned - serverless == {"FreeLocalStorage"}
    assert serverless - provisioned == {"ACUUtilization"}


def test_the_dashboard_shows_the_alarm_thresholds_of_each_store() -> None:
    rows = {
        "aurora": [MonitoredResource(alerts=ALARMS[:2], dimensions=[{"DBClusterIdentifier": "aurora-1"}])]
    }
    recorded = evaluate(lambda: DataDashboard("data", DataDashboardArgs(rows=rows, region="us-east-1")))
    body = json.loads(str(recorded.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]))
    first = body["widgets"][0]["properties"]
    assert first["title"] == "aurora: CPUUtilization"
    assert first["metrics"] == [
        ["AWS/RDS", "CPUUtilization", "DBClusterIdentifier", "aurora-1", {"stat": "Average"}]
    ]
    assert first["annotations"]["horizontal"][0]["value"] == 85


def test_a_graph_has_a_line_for_each_node_in_the_region_of_the_stack() -> None:
    nodes = [{"CacheClusterId": f"cache-00{number}"} for number in (1, 2)]
    rows = {"cache": [MonitoredResource(alerts=CACHE_ALERTS[:1], dimensions=nodes)]}
    recorded = evaluate(lambda: DataDashboard("data", DataDashboardArgs(rows=rows, region="us-east-1")))
    body = json.loads(str(recorded.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]))
    [cache] = (widget["properties"] for widget in body["widgets"])
    assert [line[:4] for line in cache["metrics"]] == [
        ["AWS/ElastiCache", "Evictions", "CacheClusterId", "cache-001"],
        ["AWS/ElastiCache", "Evictions", "CacheClusterId", "cache-002"],
    ]
    assert cache["region"] == "us-east-1"


def test_each_database_names_all_its_sources_of_events() -> None:
    def program() -> None:
        aurora = AuroraArgs(
            tier=data_tier(),
            engine_version="17.9",
            readers=Readers(min=1, max=1),
            proxy=True,
            applications=[ApplicationIdentity(name="api")],
        )
        pulumi.export("aurora", Aurora("aurora", aurora).event_sources)
        pulumi.export("rds", Rds("rds", RdsArgs(tier=data_tier(), engine_version="17.9")).event_sources)

    record = evaluate(program)
    expected = {
        "aurora": ("cluster:Cluster", "clusterInstance:ClusterInstance", "proxy:Proxy"),
        "rds": ("instance:Instance",),
    }
    for name, types in expected.items():
        arns = [item.outputs["arn"] for item in record.of_type(*(f"aws:rds/{type_}" for type_ in types))]
        assert record.outputs[name] == arns
