"""Commands that a service's container runs at set times.

Maps to 45 CFR 164.312(a)(1) (access control): the scheduler may start this one task definition in this one cluster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam

_RETRIES: Final = 3
_OLDEST_SECONDS: Final = 3600
"""A start that has failed this long is given up: the next is due before long, and late jobs must not pile up."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A command and when to run it."""

    cron: str
    """When, as `cron(…)`, `rate(…)` or `at(…)`."""
    command: Sequence[str]
    """Program and arguments."""
    timezone: str = "UTC"
    """Time zone of the expression."""

    def __post_init__(self) -> None:
        """Refuse a job without a command, which would start the service once more."""
        if not self.command:
            raise ValueError("command must name a program, got none")


@dataclass(frozen=True, kw_only=True)
class Target:
    """The task that jobs run as."""

    account: iam.Account
    """The account and region."""
    cluster_arn: pulumi.Input[str]
    """Where it runs."""
    capacity_provider: pulumi.Input[str]
    """What it runs on."""
    task_definition: aws.ecs.TaskDefinition
    """What runs."""
    container_name: str
    """The container whose command is replaced."""
    role_arns: Sequence[pulumi.Input[str]]
    """The task's and its execution role."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets of its interface."""
    security_group_id: pulumi.Input[str]
    """Group of its interface."""


def schedule(name: str, jobs: Mapping[str, Job], target: Target, parent: pulumi.Resource) -> None:
    """Make a schedule for each job, and the one role they share."""
    child = pulumi.ResourceOptions(parent=parent)
    account = target.account
    role = aws.iam.Role(
        f"{name}-scheduler",
        description="Lets EventBridge Scheduler start tasks of one service",
        # Schedules name their group as the source
        # (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
        assume_role_policy=iam.assume_role(
            "scheduler.amazonaws.com",
            account=account,
            source_arn=account.arn("scheduler", "schedule-group/default"),
        ),
        opts=child,
    )
    policy = aws.iam.Policy(
        f"{name}-scheduler",
        description="Start tasks of one service",
        policy=pulumi.Output.all(
            target.cluster_arn, target.task_definition.arn_without_revision, *target.role_arns
        ).apply(lambda arns: start_policy(arns[0], arns[1], arns[2:])),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-scheduler", role=role.name, policy_arn=policy.arn, opts=child
    )
    for job, what in jobs.items():
        override = {"containerOverrides": [{"name": target.container_name, "command": list(what.command)}]}
        aws.scheduler.Schedule(
            f"{name}-{job}",
            description=f"Runs {job} of {name}",
            schedule_expression=what.cron,
            schedule_expression_timezone=what.timezone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=target.cluster_arn,
                role_arn=role.arn,
                input=json.dumps(override, sort_keys=True),
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=_OLDEST_SECONDS, maximum_retry_attempts=_RETRIES
                ),
                ecs_parameters=aws.scheduler.ScheduleTargetEcsParametersArgs(
                    task_definition_arn=target.task_definition.arn,
                    task_count=1,
                    capacity_provider_strategies=[
                        aws.scheduler.ScheduleTargetEcsParametersCapacityProviderStrategyArgs(
                            capacity_provider=target.capacity_provider, weight=1
                        )
                    ],
                    network_configuration=aws.scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs(
                        assign_public_ip=False,
                        subnets=target.subnet_ids,
                        security_groups=[target.security_group_id],
                    ),
                    enable_ecs_managed_tags=True,
                    propagate_tags="TASK_DEFINITION",
                ),
            ),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[attachment]),
        )


def start_policy(cluster_arn: str, family_arn: str, role_arns: Sequence[str]) -> str:
    """Let the scheduler start any revision of one task definition in one cluster, and hand it its two roles."""
    return iam.document(
        iam.allow(
            "Start",
            actions=["ecs:RunTask"],
            resources=[f"{family_arn}:*"],
            conditions={"ArnEquals": {"ecs:cluster": cluster_arn}},
        ),
        iam.allow(
            "HandRoles",
            actions=["iam:PassRole"],
            resources=role_arns,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        # Tags that a start hands on: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
        iam.allow(
            "Tag",
            actions=["ecs:TagResource"],
            resources=[f"{cluster_arn.replace(':cluster/', ':task/')}/*"],
            conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
    )
