"""Alarms on the nodes of a cache."""

from __future__ import annotations

from typing import Any

from tests.components.data.cache.conftest import GROUP
from tests.components.data.conftest import Build

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def test_every_node_has_alarms_including_one_on_failover(build: Build) -> None:
    record = build(replicas=2)
    group = record.one(GROUP).outputs["id"]
    nodes: dict[str, set[str]] = {}
    for alarm in record.of_type(ALARM):
        dimensions: Any = alarm.inputs.get("dimensions", {})
        if "CacheClusterId" in dimensions:
            nodes.setdefault(dimensions["CacheClusterId"], set()).add(str(alarm.inputs["metricName"]))
    assert nodes.keys() == {f"{group}-001", f"{group}-002", f"{group}-003"}
    for metrics in nodes.values():
        assert metrics >= {
            "Evictions", "EngineCPUUtilization", "CPUUtilization", "DatabaseMemoryUsagePercentage", "CurrConnections",
            "ReplicationLag", "AuthenticationFailures", "CommandAuthorizationFailures", "KeyAuthorizationFailures",
        }  # fmt: skip
    failovers = [alarm for alarm in record.of_type(ALARM) if alarm.name.endswith("cache-failover")]
    assert len(failovers) == 3
    for alarm in failovers:
        queries: Any = alarm.inputs["metricQueries"]
        assert [query.get("expression") for query in queries] == [None, "DIFF(primary)"]
        assert queries[0]["metric"]["metricName"] == "IsMaster"


def test_a_single_node_has_no_alarm_on_lag_or_failover(build: Build) -> None:
    names = [alarm.name for alarm in build(replicas=0).of_type(ALARM)]
    assert names
    assert not [name for name in names if "lag" in name or "failover" in name]
