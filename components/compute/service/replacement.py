"""The regular replacement of tasks whose passwords rotate.

ECS puts a password into the environment of a task when the task starts, and the task keeps it. Without a deployment, a task
would run until its password is no longer accepted, and could not reconnect. So EventBridge Scheduler deploys the service
again, with the same task definition, in a quiet hour.

Maps to 45 CFR 164.308(a)(5)(ii)(D) (password management).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.service.jobs import RETRY_POLICY
from components.compute.service.roles import scheduler_role
from components.shared import iam
from components.shared.destination import Destination

WINDOW_MINUTES: Final = 120
"""Minutes from the start of the schedule in which the deployment starts, so that not all services are deployed at once."""

_WEEKLY: Final = "cron(0 8 ? * SUN *)"
_DAILY: Final = "cron(0 8 * * ? *)"
"""08:00 to 10:00 UTC is between midnight and six in the morning everywhere in the 48 states."""


def replacement_schedule(rotate_days: int) -> str:
    """Return the schedule, in UTC, with which no task outlives its password: weekly, or daily if the passwords rotate often.

    A password is accepted until the second rotation after the task has read it. In the worst case the task reads it just
    before a rotation, and it has one interval between two rotations left. Secrets Manager rotates at any time of the UTC day
    that is `rotate_days` after the previous rotation, so an interval has at least `rotate_days - 1` days
    (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html).

    The oldest task has started at the beginning of a replacement and ends at the end of the next one. Its age is at most the
    interval of the schedule and a day: two hours until the replacement starts (`WINDOW_MINUTES`), an hour of retries, and 21
    hours for the deployment.

    Therefore `interval + 1 <= rotate_days - 1`: every day is often enough from 3 days on, every week from 9 days on. With the
    default of 30 days, tasks are replaced in time even if ECS rolls back two replacements in a row. This does not cover
    rotations that start at another time: by hand, or because `rotate_days` changes.

    Args:
        rotate_days: Days between two rotations, at least `facts.stores.SHORTEST_ROTATION_DAYS`.
    """
    return _WEEKLY if rotate_days >= 9 else _DAILY


def replace_tasks(
    name: str,
    uses: Iterable[Destination],
    service: aws.ecs.Service,
    *,
    account: iam.Account,
    parent: pulumi.Resource,
) -> None:
    """Create a schedule that replaces the tasks of a service if passwords of its destinations rotate, and its role.

    Args:
        name: Logical name of the service.
        uses: Destinations of the service.
        service: The service.
        account: The account and region.
        parent: The component that the resources belong to.
    """
    rotations = [item.rotate_days for item in uses if item.rotate_days is not None]
    if not rotations:
        return
    role = scheduler_role(
        f"{name}-replacement",
        "Lets EventBridge Scheduler replace the tasks of one service",
        # ECS requires iam:PassRole only for a call with a task definition. This one deploys the current one again.
        service.arn.apply(
            lambda arn: iam.document(iam.allow("Deploy", actions=["ecs:UpdateService"], resources=[arn]))
        ),
        account=account,
        parent=parent,
    )
    # The name of the service alone, because the schedules of jobs are named `<service>-<job>`.
    aws.scheduler.Schedule(
        name,
        description=f"Replaces the tasks of {name} before their passwords expire",
        schedule_expression=replacement_schedule(min(rotations)),
        schedule_expression_timezone="UTC",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(
            mode="FLEXIBLE", maximum_window_in_minutes=WINDOW_MINUTES
        ),
        target=aws.scheduler.ScheduleTargetArgs(
            # A universal target: an API operation, whose parameters begin with capital letters
            # (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html).
            arn=f"arn:{account.partition}:scheduler:::aws-sdk:ecs:updateService",
            role_arn=role.arn,
            input=pulumi.Output.json_dumps(
                {"Cluster": service.cluster, "Service": service.name, "ForceNewDeployment": True}
            ),
            retry_policy=RETRY_POLICY,
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[role.ready]),
    )
