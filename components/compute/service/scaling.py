"""The number of tasks of a service: bounds, scaling targets and schedules.

Maps to 45 CFR 164.308(a)(7)(ii)(C) (emergency mode operation) and 164.312(a)(2)(ii) (emergency access): nobody has
access to an overloaded service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

OUT_SECONDS: Final = 60
"""Cooldown after tasks are added: the time until metrics include the new tasks."""

IN_SECONDS: Final = 300
"""Cooldown after tasks are removed: longer, because too few tasks do more harm than too many."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Bounds that apply from a scheduled time on, e.g. outside office hours."""

    cron: str
    """Schedule expression: `cron(…)` or `rate(…)`."""
    min: int
    """Fewest tasks, 0 or more."""
    max: int
    """Most tasks, `min` or more."""
    timezone: str = "UTC"
    """Time zone of the expression, e.g. `America/New_York`."""

    def __post_init__(self) -> None:
        """Refuse a `min` that is negative or greater than `max`."""
        _check_bounds(self.min, self.max)


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Bounds of the number of tasks, and the metrics that it follows."""

    min: int
    """Fewest tasks, 0 or more."""
    max: int
    """Most tasks, `min` or more."""
    cpu_percent: int = 60
    """Target of the average CPU use of the tasks, 1 to 100 percent."""
    memory_percent: int = 75
    """Target of the average memory use of the tasks, 1 to 100 percent."""
    requests_per_task: int | None = None
    """Target of requests per task and minute; requires a route."""
    schedule: Mapping[str, Bounds] = field(default_factory=dict[str, Bounds])
    """Scheduled changes of the bounds, by name."""

    def __post_init__(self) -> None:
        """Refuse a `min` that is negative or greater than `max`, and percentages outside 1 to 100."""
        _check_bounds(self.min, self.max)
        for name, percent in {
            "cpu_percent": self.cpu_percent,
            "memory_percent": self.memory_percent,
        }.items():
            if not 1 <= percent <= 100:
                raise ValueError(f"{name} must be 1 to 100, got {percent}")


def scale_tasks(
    name: str,
    scaling: Scaling,
    *,
    cluster_name: pulumi.Input[str],
    service_name: pulumi.Input[str],
    resource_label: pulumi.Input[str] | None,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
) -> aws.appautoscaling.Target:
    """Create the scalable target of a service with a target tracking policy for each metric, and its scheduled actions.

    Application Auto Scaling adds tasks if any policy requires more, and removes tasks only if all policies allow it
    (https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html).

    Args:
        name: Logical name of the service.
        scaling: Bounds, targets and schedules.
        cluster_name: Name of the cluster.
        service_name: Physical name of the service.
        resource_label: `<load balancer suffix>/<target group suffix>`; None for a service without a route.
        parent: The component that the resources belong to.
        after: The listener rule, without which AWS refuses the resource label.
    """
    child = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    target = aws.appautoscaling.Target(
        name,
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", cluster_name, "/", service_name),
        min_capacity=scaling.min,
        max_capacity=scaling.max,
        opts=child,
    )
    policies: dict[str, tuple[str, int, pulumi.Input[str] | None]] = {
        "cpu": ("ECSServiceAverageCPUUtilization", scaling.cpu_percent, None),
        "memory": ("ECSServiceAverageMemoryUtilization", scaling.memory_percent, None),
    }
    if scaling.requests_per_task is not None:
        policies["requests"] = ("ALBRequestCountPerTarget", scaling.requests_per_task, resource_label)
    for purpose, (metric, value, label) in policies.items():
        aws.appautoscaling.Policy(
            f"{name}-{purpose}",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=value,
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type=metric, resource_label=label
                ),
                scale_out_cooldown=OUT_SECONDS,
                scale_in_cooldown=IN_SECONDS,
            ),
            opts=child,
        )
    for purpose, bounds in scaling.schedule.items():
        aws.appautoscaling.ScheduledAction(
            f"{name}-{purpose}",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=bounds.cron,
            timezone=bounds.timezone,
            scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=bounds.min, max_capacity=bounds.max
            ),
            opts=child,
        )
    return target


def _check_bounds(minimum: int, maximum: int) -> None:
    if not 0 <= minimum <= maximum:
        raise ValueError(f"min and max must be 0 <= min <= max, got {minimum} and {maximum}")
