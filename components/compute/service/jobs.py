"""Commands that run in separate tasks, and their schedules.

Maps to 45 CFR 164.312(a)(1) (access control): the scheduler may start the task definitions of the jobs of one service in one cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.service.roles import scheduler_role
from components.shared import iam

RETRY_POLICY: Final = aws.scheduler.ScheduleTargetRetryPolicyArgs(
    maximum_event_age_in_seconds=3600, maximum_retry_attempts=3
)
"""The scheduler gives up after an hour, so that late jobs do not accumulate."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command that runs in a separate task, such as a database migration."""

    command: Sequence[str]
    """Program and arguments; at least one."""
    entry_point: Sequence[str] = ()
    """Entry point that gets the command as its arguments; empty for the one of the service."""

    def __post_init__(self) -> None:
        """Refuse an empty command: the task would run the command of the service, which does not end."""
        if not self.command:
            raise ValueError("command must name a program, got none")


@dataclass(frozen=True, kw_only=True)
class Job(Command):
    """A command and its schedule."""

    cron: str
    """Schedule expression: `cron(…)`, `rate(…)` or `at(…)`."""
    timezone: str = "UTC"
    """Time zone of the expression, e.g. `America/New_York`."""


@dataclass(frozen=True, kw_only=True)
class JobTask:
    """Where the tasks of the jobs run, and their roles."""

    account: iam.Account
    """The account and region."""
    cluster_arn: pulumi.Input[str]
    """ARN of the ECS cluster."""
    capacity_provider: pulumi.Input[str]
    """Name of the capacity provider."""
    role_arns: Sequence[pulumi.Input[str]]
    """ARNs of the execution role and the task role."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of the subnets of the network interface."""
    security_group_id: pulumi.Input[str]
    """Security group of the network interface."""


def schedule(
    name: str,
    jobs: Mapping[str, tuple[Job, aws.ecs.TaskDefinition]],
    task: JobTask,
    *,
    parent: pulumi.Resource,
) -> None:
    """Create an EventBridge Scheduler schedule for each job, and the IAM role that all of them share.

    Args:
        name: Logical name of the service.
        jobs: Each job with its task definition, by name.
        task: Where the tasks run.
        parent: The component that the resources belong to.
    """
    role = scheduler_role(
        f"{name}-scheduler",
        "Lets EventBridge Scheduler start tasks of one service",
        pulumi.Output.all(
            cluster=task.cluster_arn,
            families=[definition.arn_without_revision for _, definition in jobs.values()],
            roles=task.role_arns,
        ).apply(lambda arns: start_policy(arns["cluster"], arns["families"], arns["roles"])),
        account=task.account,
        parent=parent,
    )
    for job_name, (job, definition) in jobs.items():
        aws.scheduler.Schedule(
            f"{name}-{job_name}",
            description=f"Runs {job_name} of {name}",
            schedule_expression=job.cron,
            schedule_expression_timezone=job.timezone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=task.cluster_arn,
                role_arn=role.arn,
                retry_policy=RETRY_POLICY,
                ecs_parameters=aws.scheduler.ScheduleTargetEcsParametersArgs(
                    task_definition_arn=definition.arn,
                    task_count=1,
                    capacity_provider_strategies=[
                        aws.scheduler.ScheduleTargetEcsParametersCapacityProviderStrategyArgs(
                            capacity_provider=task.capacity_provider, weight=1
                        )
                    ],
                    network_configuration=aws.scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs(
                        assign_public_ip=False,
                        subnets=task.subnet_ids,
                        security_groups=[task.security_group_id],
                    ),
                    enable_ecs_managed_tags=True,
                    propagate_tags="TASK_DEFINITION",
                ),
            ),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[role.ready]),
        )


def start_policy(cluster_arn: str, family_arns: Sequence[str], role_arns: Sequence[str]) -> str:
    """Return the policy of the scheduler's role: it may run the jobs in one cluster and pass their two roles.

    Args:
        cluster_arn: ARN of the cluster.
        family_arns: ARNs of the task definitions without their revisions; the policy allows all revisions.
        role_arns: ARNs of the execution role and the task role.
    """
    return iam.document(
        iam.allow(
            "Start",
            actions=["ecs:RunTask"],
            resources=[f"{arn}:*" for arn in family_arns],
            conditions={"ArnEquals": {"ecs:cluster": cluster_arn}},
        ),
        iam.allow(
            "PassRoles",
            actions=["iam:PassRole"],
            resources=role_arns,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        # RunTask also tags the task: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
        iam.allow(
            "Tag",
            actions=["ecs:TagResource"],
            resources=[f"{cluster_arn.replace(':cluster/', ':task/')}/*"],
            conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
    )
