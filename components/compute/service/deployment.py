"""How ECS replaces the tasks of a service: task by task, or by moving requests between two target groups.

Maps to 45 CFR 164.308(a)(7)(ii)(C) (emergency mode operation): ECS moves requests back if an alarm is raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.compute.service.roles import ReadyRole, traffic_role
from components.shared import iam


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The deployment strategy of a service."""

    strategy: Literal["rolling", "blue_green", "canary"] = "rolling"
    """`rolling` replaces task by task. The others start all new tasks in a second target group and move the requests to it: at
    once (`blue_green`), or first a part of them (`canary`)."""
    min_healthy_percent: int = 100
    """Fewest healthy tasks during a rolling deployment, in percent of the desired count; at most 100."""
    max_healthy_percent: int = 200
    """Most tasks during a rolling deployment, in percent of the desired count.

    It must be more than 100, because ECS moves a task to another zone by starting its replacement first.
    """
    bake_minutes: int = 10
    """Minutes for which the old tasks remain after all requests have moved, 0 to 1440. An alarm moves the requests back."""
    canary_percent: int = 10
    """Percentage of requests that move first, 1 to 99."""
    canary_minutes: int = 10
    """Minutes until the other requests move, 0 to 1440."""

    def __post_init__(self) -> None:
        """Refuse percentages that ECS does not accept."""
        if not self.min_healthy_percent <= 100 < self.max_healthy_percent:
            raise ValueError(
                "min_healthy_percent must be 100 or less and max_healthy_percent more than 100, "
                f"got {self.min_healthy_percent} and {self.max_healthy_percent}"
            )

    @property
    def moves_requests(self) -> bool:
        """Whether ECS moves requests between two target groups."""
        return self.strategy != "rolling"

    @property
    def waiting_minutes(self) -> int:
        """Minutes that a deployment waits besides starting and stopping tasks."""
        if not self.moves_requests:
            return 0
        return self.bake_minutes + (self.canary_minutes if self.strategy == "canary" else 0)

    @property
    def configuration(self) -> aws.ecs.ServiceDeploymentConfigurationArgs | None:
        """The configuration in the form of the provider; None for a rolling deployment."""
        if self.strategy == "rolling":
            return None
        canary = aws.ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs(
            canary_percent=self.canary_percent, canary_bake_time_in_minutes=str(self.canary_minutes)
        )
        return aws.ecs.ServiceDeploymentConfigurationArgs(
            strategy=self.strategy.upper(),
            bake_time_in_minutes=str(self.bake_minutes),
            canary_configuration=canary if self.strategy == "canary" else None,
        )


def moving_role(
    name: str,
    platform: Platform,
    groups: Sequence[aws.lb.TargetGroup],
    rule: aws.lb.ListenerRule,
    *,
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create the role with which ECS moves the requests of a service between its target groups.

    The permissions are those of AWS's policy `AmazonECSInfrastructureRolePolicyForLoadBalancers`, limited to the target
    groups and the listener rule of the service
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html).

    Args:
        name: Logical name of the service.
        platform: The account.
        groups: The two target groups.
        rule: The listener rule.
        parent: The component that the resources belong to.
    """
    policy = pulumi.Output.all(rule.arn, *(group.arn for group in groups)).apply(
        lambda arns: iam.document(
            # These actions support no resources.
            iam.allow(
                "Read",
                actions=[
                    "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeRules",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                resources=["*"],
            ),
            iam.allow("Move", actions=["elasticloadbalancing:ModifyRule"], resources=arns[:1]),
            iam.allow(
                "Targets",
                actions=["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
                resources=arns[1:],
            ),
        )
    )
    return traffic_role(f"{name}-traffic", policy, account=platform.account, parent=parent)
