"""The regular replacement of all instances of a cluster.

The maximum instance lifetime of an Auto Scaling group would not replace instances that are protected from scale-in, which all
instances with tasks are
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html). An instance refresh replaces them.

Maps to 45 CFR 164.308(a)(5)(ii)(B) (protection from malicious software) and 164.308(a)(1)(ii)(B) (risk management): new
instances start from the image with the latest corrections, and nothing on an old one remains.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.cluster.instance_group import (
    MAX_HEALTHY_PERCENT,
    MIN_HEALTHY_PERCENT,
    PROTECTED_INSTANCES,
)
from components.shared import iam

_RETRIES: Final = 3
_RETRY_SECONDS: Final = 3600
"""Seconds after which the scheduler gives up, for example because another instance refresh is still running."""


def replace_regularly(
    name: str,
    groups: Mapping[str, aws.autoscaling.Group],
    cron: str,
    *,
    account: iam.Account,
    parent: pulumi.Resource,
) -> None:
    """Create a schedule of EventBridge Scheduler for each group that starts an instance refresh, and the role of the scheduler.

    Args:
        name: Logical name of the role and its policy.
        groups: The Auto Scaling groups, by the logical name of their schedule.
        cron: Schedule expression, in UTC.
        account: The account and region.
        parent: The component that the resources belong to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description="Lets EventBridge Scheduler replace the instances of the cluster",
        # The source ARN of a schedule is the ARN of its group
        # (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
        assume_role_policy=iam.assume_role(
            "scheduler.amazonaws.com",
            account=account,
            source_arn=account.arn("scheduler", "schedule-group/default"),
        ),
        opts=child,
    )
    policy = aws.iam.Policy(
        name,
        description="Start an instance refresh of the groups of the cluster",
        policy=pulumi.Output.all(*(group.arn for group in groups.values())).apply(
            lambda arns: iam.document(
                iam.allow("Refresh", actions=["autoscaling:StartInstanceRefresh"], resources=[*arns])
            )
        ),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    for schedule, group in groups.items():
        aws.scheduler.Schedule(
            schedule,
            description="Replaces all instances of an Auto Scaling group",
            schedule_expression=cron,
            schedule_expression_timezone="UTC",
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                # A universal target: the service and the action of the AWS SDK
                # (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html).
                arn=f"arn:{account.partition}:scheduler:::aws-sdk:autoscaling:startInstanceRefresh",
                role_arn=role.arn,
                input=group.name.apply(_request),
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=_RETRY_SECONDS, maximum_retry_attempts=_RETRIES
                ),
            ),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[attachment]),
        )


def _request(group_name: str) -> str:
    """Return the parameters of `StartInstanceRefresh` as JSON."""
    return json.dumps(
        {
            "AutoScalingGroupName": group_name,
            "Preferences": {
                "MinHealthyPercentage": MIN_HEALTHY_PERCENT,
                "MaxHealthyPercentage": MAX_HEALTHY_PERCENT,
                "ScaleInProtectedInstances": PROTECTED_INSTANCES,
                # The purpose is to replace instances whose launch template has not changed.
                "SkipMatching": False,
            },
        },
        sort_keys=True,
    )
