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

import pulumi
import pulumi_aws as aws

from components.compute.cluster.instance_group import (
    MAX_HEALTHY_PERCENT,
    MIN_HEALTHY_PERCENT,
    PROTECTED_INSTANCES,
)
from components.compute.service.jobs import RETRY_POLICY
from components.compute.service.roles import scheduler_role
from components.shared import iam


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
    role = scheduler_role(
        name,
        "Lets EventBridge Scheduler replace the instances of the cluster",
        pulumi.Output.all(*(group.arn for group in groups.values())).apply(
            lambda arns: iam.document(
                iam.allow("Refresh", actions=["autoscaling:StartInstanceRefresh"], resources=[*arns])
            )
        ),
        account=account,
        parent=parent,
    )
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
                # The scheduler gives up after an hour, for example because another instance refresh is still running.
                retry_policy=RETRY_POLICY,
            ),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[role.ready]),
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
