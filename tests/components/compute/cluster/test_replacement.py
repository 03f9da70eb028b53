"""The schedules that replace the instances of a cluster."""

from __future__ import annotations

import json
from typing import Any

from blueprint.record import Record
from tests.components.compute.cluster.conftest import GROUP, recorded
from tests.harness import statements_of

SCHEDULE = "aws:scheduler/schedule:Schedule"


def test_every_group_is_refreshed_by_a_schedule() -> None:
    record = recorded(max_spot_instances=3, replace="cron(0 9 ? * SAT *)")
    schedules = {item.name: item.inputs for item in record.of_type(SCHEDULE)}
    assert schedules.keys() == {"app-instances", "app-spot"}
    for name, inputs in schedules.items():
        target: Any = inputs["target"]
        assert inputs["scheduleExpression"] == "cron(0 9 ? * SAT *)"
        assert target["arn"] == "arn:aws:scheduler:::aws-sdk:autoscaling:startInstanceRefresh"
        request = json.loads(target["input"])
        assert request["AutoScalingGroupName"] == record.one(GROUP, name).outputs["name"]
        assert request["Preferences"] == {
            "MinHealthyPercentage": 100,
            "MaxHealthyPercentage": 150,
            "ScaleInProtectedInstances": "Refresh",
            "SkipMatching": False,
        }


def test_the_scheduler_may_only_refresh_the_groups_of_the_cluster() -> None:
    record = recorded(max_spot_instances=3)
    statements = statements_of(record.one("aws:iam/policy:Policy", "app-replacement").inputs["policy"])
    assert statements == {
        "Refresh": {
            "Sid": "Refresh",
            "Effect": "Allow",
            "Action": ["autoscaling:StartInstanceRefresh"],
            "Resource": [item.outputs["arn"] for item in record.of_type(GROUP)],
        }
    }


def test_the_refresh_of_a_schedule_is_that_of_an_update(record: Record) -> None:
    refresh: Any = record.one(GROUP).inputs["instanceRefresh"]
    target: Any = record.one(SCHEDULE).inputs["target"]
    scheduled = json.loads(target["input"])["Preferences"]
    preferences = {key[0].upper() + key[1:]: value for key, value in refresh["preferences"].items()}
    assert {key: value for key, value in scheduled.items() if key != "SkipMatching"} == {
        key: preferences[key] for key in scheduled if key != "SkipMatching"
    }
