"""What stacks use of the quotas of an account."""

from __future__ import annotations

import pulumi_aws as aws
from hypothesis import given
from hypothesis import strategies as st

from blueprint.quotas import WHOLE_ACCOUNT, Count, Quota, counted, uses
from blueprint.record import Record, Resource
from tests.harness import evaluate

QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"


def days(queue: Resource, _record: Record) -> int:
    return int(str(queue.inputs.get("messageRetentionSeconds", 0))) // 86_400


QUOTAS = (
    Quota("queues", 3, "sqs", "L-00000001", (QUEUE,)),
    Quota("days", 10, "sqs", "", (QUEUE,), days),
    Quota("roles", 1000, "iam", "L-00000002", (ROLE,), whole_account=True),
)


def record() -> Record:
    def program() -> None:
        aws.sqs.Queue("one", message_retention_seconds=4 * 86_400)
        aws.sqs.Queue("two", message_retention_seconds=2 * 86_400)
        aws.sqs.Queue("far", region="us-west-2")
        aws.iam.Role("role", assume_role_policy="{}")

    return evaluate(program)


def test_resources_count_in_their_region_and_by_their_weight() -> None:
    assert list(counted(record(), QUOTAS, "us-east-1")) == [
        Count("queues", "us-east-1", 2),
        Count("queues", "us-west-2", 1),
        Count("days", "us-east-1", 6),
        Count("roles", WHOLE_ACCOUNT, 1),
    ]


def test_stacks_of_one_account_and_region_are_added_and_others_are_not() -> None:
    counts = tuple(counted(record(), QUOTAS, "us-east-1"))
    found = list(uses([("1", "dev", counts), ("1", "qa", counts), ("2", "prod", counts)], QUOTAS))
    used = {(use.account, use.region, use.quota.name): (use.used, use.stacks) for use in found}
    assert used["1", "us-east-1", "queues"] == (4, ("dev", "qa"))
    assert used["1", WHOLE_ACCOUNT, "roles"] == (2, ("dev", "qa"))
    assert used["2", "us-east-1", "queues"] == (2, ("prod",))
    assert [(use.account, use.region) for use in found] == sorted((use.account, use.region) for use in found)


def test_only_a_quota_that_aws_raises_has_a_command() -> None:
    counts = (Count("queues", "us-east-1", 4), Count("days", "us-east-1", 11), Count("roles", "", 1001))
    queues, in_days, roles = sorted(
        uses([("1", "dev", counts)], QUOTAS),
        key=lambda use: ("queues", "days", "roles").index(use.quota.name),
    )
    assert queues.command == (
        "aws service-quotas request-service-quota-increase --service-code sqs --quota-code L-00000001 "
        "--desired-value 4 --region us-east-1"
    )
    assert in_days.command == ""
    assert "--region" not in roles.command
    assert [use.as_data()["command"] for use in (queues, in_days, roles)] == [
        queues.command,
        "",
        roles.command,
    ]


@given(st.integers(1, 10), st.integers(0, 20))
def test_a_quota_is_near_from_half_and_exceeded_above_its_default(limit: int, used: int) -> None:
    quota = Quota("queues", limit, "sqs", "L-00000001", (QUEUE,))
    [use] = uses([("1", "dev", [Count("queues", "us-east-1", used)])], [quota])
    assert use.is_near == (used * 2 >= limit)
    assert use.exceeds == (used > limit)
    assert bool(use.as_data()["command"]) == use.exceeds
