"""The replacement of tasks before their passwords expire: when it happens, and what the scheduler may do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.service.jobs import Job
from components.compute.service.replacement import WINDOW_MINUTES, replacement_schedule
from components.shared.destination import Destination
from facts.stores import SHORTEST_ROTATION_DAYS
from tests.harness import all_dependencies, statements_of, violations_of

SCHEDULE = "aws:scheduler/schedule:Schedule"
POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

HOURS_IN_DAY = 24
START_HOUR = 8
START_DELAY_HOURS = 3
"""The window in which the scheduler calls ECS, and an hour of retries."""
DEPLOYMENT_HOURS = 21


def destination(rotate_days: int | None) -> Destination:
    secrets = {} if rotate_days is None else {f"URL_{rotate_days}": "arn:aws:secretsmanager:::secret:a:url::"}
    return Destination(security_group_id="sg-1", ports=[6379], secrets=secrets, rotate_days=rotate_days)


@pytest.fixture(scope="module")
def replaced(worker: Callable[..., Record]) -> Record:
    """A worker with a cache and a database, whose passwords rotate, and with a job."""
    return worker(
        uses={"cache": destination(30), "aurora": destination(5), "partner": destination(None)},
        schedules={"replacement": Job(cron="rate(1 day)", command=["/app"])},
    )


def interval_days(expression: str) -> int:
    return {"cron(0 8 * * ? *)": 1, "cron(0 8 ? * SUN *)": 7}[expression]


@pytest.mark.parametrize(("rotate_days", "interval"), [(3, 1), (8, 1), (9, 7), (30, 7), (365, 7)])
def test_tasks_are_replaced_weekly_or_daily_if_passwords_rotate_often(
    rotate_days: int, interval: int
) -> None:
    assert interval_days(replacement_schedule(rotate_days)) == interval


def outlives_its_password(rotate_days: int, interval: int) -> bool:
    """Return whether the oldest task of any replacement can see two rotations, over all days and hours of the rotations."""
    for first, hours in itertools.product(range(interval), itertools.product(range(HOURS_IN_DAY), repeat=2)):
        # Secrets Manager counts the days from the previous rotation and rotates at any time of the day.
        rotations = [
            (first + number * rotate_days) * HOURS_IN_DAY + hour for number, hour in enumerate(hours)
        ]
        # The oldest task reads its password at the start of a replacement and runs until the end of the next one.
        for day in range(0, first + rotate_days, interval):
            start = day * HOURS_IN_DAY + START_HOUR
            end = start + interval * HOURS_IN_DAY + START_DELAY_HOURS + DEPLOYMENT_HOURS
            if all(start < hour <= end for hour in rotations):
                return True
    return False


@pytest.mark.parametrize("rotate_days", [*range(SHORTEST_ROTATION_DAYS, 20), 30, 60])
def test_no_task_outlives_the_password_with_which_it_started(rotate_days: int) -> None:
    assert not outlives_its_password(rotate_days, interval_days(replacement_schedule(rotate_days)))


def test_a_longer_interval_would_be_too_long() -> None:
    assert outlives_its_password(8, 7)
    assert outlives_its_password(SHORTEST_ROTATION_DAYS - 1, 1)


def test_the_scheduler_deploys_the_service_again_as_often_as_the_fastest_rotation_requires(
    replaced: Record,
) -> None:
    schedule = replaced.one(SCHEDULE, "worker")
    service = replaced.one("aws:ecs/service:Service").outputs
    assert schedule.inputs["scheduleExpression"] == replacement_schedule(5)
    assert schedule.inputs["flexibleTimeWindow"] == {
        "mode": "FLEXIBLE",
        "maximumWindowInMinutes": WINDOW_MINUTES,
    }
    target: Any = schedule.inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:ecs:updateService"
    assert json.loads(target["input"]) == {
        "Cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/app",
        "Service": service["name"],
        "ForceNewDeployment": True,
    }
    assert target["roleArn"] == replaced.one(ROLE, "worker-replacement").outputs["arn"]
    assert target["retryPolicy"]["maximumEventAgeInSeconds"] + 60 * WINDOW_MINUTES == 3600 * START_DELAY_HOURS
    assert replaced.one(ATTACHMENT, "worker-replacement").urn in all_dependencies(replaced, schedule)


def test_the_role_may_only_update_this_service(replaced: Record) -> None:
    statements = statements_of(replaced.one(POLICY, "worker-replacement").inputs["policy"])
    assert [(item["Action"], item["Resource"]) for item in statements.values()] == [
        (["ecs:UpdateService"], [replaced.one("aws:ecs/service:Service").outputs["arn"]])
    ]
    trust = json.loads(str(replaced.one(ROLE, "worker-replacement").inputs["assumeRolePolicy"]))
    [statement] = trust["Statement"]
    assert statement["Principal"] == {"Service": ["scheduler.amazonaws.com"]}
    assert "schedule-group/default" in json.dumps(statement["Condition"])


def test_the_stack_passes_the_policies_and_a_job_may_have_any_name(replaced: Record) -> None:
    assert {item.name for item in replaced.of_type(SCHEDULE)} == {"worker", "worker-replacement"}
    assert violations_of(replaced) == set()


def test_without_passwords_that_rotate_nothing_replaces_the_tasks(worker: Callable[..., Record]) -> None:
    record = worker(uses={"partner": destination(None)})
    assert not record.of_type(SCHEDULE)
    assert "worker-replacement" not in {item.name for item in record.of_type(ROLE)}
