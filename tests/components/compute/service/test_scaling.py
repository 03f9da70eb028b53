"""The number of tasks of a service: bounds, metrics and periods with other bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.service.scaling import Metric, Period, Scaling

SERVICE = "aws:ecs/service:Service"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"

NIGHT = Period(start="cron(0 2 * * ? *)", end="cron(0 7 * * ? *)", min=1, max=3, timezone="America/New_York")
QUEUE = Metric(
    namespace="AWS/SQS",
    name="ApproximateNumberOfMessagesVisible",
    dimensions={"QueueName": "jobs"},
    statistic="Maximum",
    target=100,
    per_task=True,
)
LATENCY = Metric(namespace="Ehr", name="QueueLatency", dimensions={"Queue": "default"}, target=0.5)


def tracked(record: Record) -> dict[str, Any]:
    """Return the configuration of each target tracking policy, by name."""
    return {
        item.name: item.inputs["targetTrackingScalingPolicyConfiguration"] for item in record.of_type(POLICY)
    }


@pytest.fixture(scope="module")
def busy(worker: Callable[..., Record]) -> Record:
    """A worker that follows two metrics."""
    return worker(scaling=Scaling(min=1, max=9, metrics={"backlog": QUEUE, "latency": LATENCY}))


@pytest.fixture(scope="module")
def scheduled(worker: Callable[..., Record]) -> Record:
    """A worker with other bounds at night."""
    return worker(scaling=Scaling(min=2, max=6, schedule={"night": NIGHT}))


def test_a_service_scales_on_cpu_memory_and_requests(service: Callable[..., Record]) -> None:
    record = service()
    policies = tracked(record)
    assert {name: item["targetValue"] for name, item in policies.items()} == {
        "api-cpu": 60,
        "api-memory": 75,
        "api-requests": 500,
    }
    assert {item["scaleInCooldown"] for item in policies.values()} == {300}
    label = policies["api-requests"]["predefinedMetricSpecification"]["resourceLabel"]
    balancer, target_group = (
        record.one(type_).outputs["arnSuffix"] for type_ in ("aws:lb/loadBalancer:LoadBalancer", TARGET_GROUP)
    )
    assert label == f"{balancer}/{target_group}"


def test_a_metric_is_tracked_by_its_statistic(busy: Record) -> None:
    policy = tracked(busy)["worker-metric-latency"]
    assert policy["targetValue"] == 0.5
    assert policy["customizedMetricSpecification"] == {
        "namespace": "Ehr",
        "metricName": "QueueLatency",
        "statistic": "Average",
        "dimensions": [{"name": "Queue", "value": "default"}],
    }
    assert "predefinedMetricSpecification" not in policy


def test_a_metric_per_task_is_divided_by_the_running_tasks_of_the_service(busy: Record) -> None:
    policy = tracked(busy)["worker-metric-backlog"]
    assert policy["targetValue"] == 100
    queries = {item["id"]: item for item in policy["customizedMetricSpecification"]["metrics"]}
    assert queries["value"]["metricStat"] == {
        "metric": {
            "namespace": "AWS/SQS",
            "metricName": "ApproximateNumberOfMessagesVisible",
            "dimensions": [{"name": "QueueName", "value": "jobs"}],
        },
        "stat": "Maximum",
    }
    assert queries["tasks"]["metricStat"] == {
        "metric": {
            "namespace": "ECS/ContainerInsights",
            "metricName": "RunningTaskCount",
            "dimensions": [
                {"name": "ClusterName", "value": "app"},
                {"name": "ServiceName", "value": busy.one(SERVICE).outputs["name"]},
            ],
        },
        "stat": "Average",
    }
    assert {id_: item.get("expression") for id_, item in queries.items()} == {
        "value": None,
        "tasks": None,
        "running": "FILL(tasks, REPEAT)",
        "per_task": "value / IF(running > 0, running, 1)",
    }
    # AWS requires it of exactly one query, the result.
    assert {id_ for id_, item in queries.items() if item["returnData"]} == {"per_task"}


def test_a_metric_named_like_a_built_in_one_has_a_policy_of_its_own(worker: Callable[..., Record]) -> None:
    policies = tracked(worker(scaling=Scaling(min=1, max=2, metrics={"cpu": LATENCY})))
    assert policies.keys() == {"worker-cpu", "worker-memory", "worker-metric-cpu"}


def test_a_period_sets_its_bounds_at_its_start_and_those_of_the_service_at_its_end(scheduled: Record) -> None:
    actions = {
        item.name: (item.inputs["schedule"], item.inputs["timezone"], item.inputs["scalableTargetAction"])
        for item in scheduled.of_type(ACTION)
    }
    assert actions == {
        "worker-night-start": (NIGHT.start, "America/New_York", {"minCapacity": 1, "maxCapacity": 3}),
        "worker-night-end": (NIGHT.end, "America/New_York", {"minCapacity": 2, "maxCapacity": 6}),
    }


def test_an_update_does_not_end_a_period(scheduled: Record, busy: Record) -> None:
    assert scheduled.one(TARGET).ignore_changes == ("minCapacity", "maxCapacity")
    # Without periods, changed bounds take effect at once.
    assert busy.one(TARGET).ignore_changes == ()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Scaling(min=3, max=2), "got 3 and 2"),
        (lambda: Scaling(min=1, max=2, cpu_percent=0), "cpu_percent must be 1 to 100, got 0"),
        (lambda: Period(start="cron(0 2 * * ? *)", end="cron(0 7 * * ? *)", min=-1, max=2), "got -1 and 2"),
        (lambda: Metric(namespace="Ehr", name="Jobs", target=0), "target must be over 0, got 0"),
    ],
)
def test_invalid_scaling_is_refused(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
