"""How many tasks a service has: bounds, targets and times.

Maps to 45 CFR 164.308(a)(7)(ii)(C) (emergency mode operation) and 164.312(a)(2)(ii) (emergency access): an overloaded
service gives nobody access.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

OUT_SECONDS: Final = 60
"""Rest after tasks were added: until metrics show them."""

IN_SECONDS: Final = 300
"""Rest after tasks were taken away: slower, because too few costs more than too many."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Other bounds from a moment on, such as office hours."""

    cron: str
    """When, as `cron(…)` or `rate(…)`."""
    min: int
    """Fewest tasks from then on."""
    max: int
    """Most tasks from then on."""
    timezone: str = "UTC"
    """Time zone of the cron expression."""

    def __post_init__(self) -> None:
        """Refuse bounds that cross."""
        _check(self.min, self.max)


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What a service scales on and between which bounds."""

    min: int
    """Fewest tasks."""
    max: int
    """Most tasks."""
    cpu_percent: int = 60
    """Target of the average CPU use, in percent."""
    memory_percent: int = 75
    """Target of the average memory use, in percent."""
    requests_per_task: int | None = None
    """Target of requests per task and minute; needs a route."""
    schedule: Mapping[str, Bounds] = field(default_factory=dict[str, Bounds])
    """Other bounds at other times, by a name for each."""

    def __post_init__(self) -> None:
        """Refuse bounds that cross and targets that no task reaches."""
        _check(self.min, self.max)
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
    depends_on: Sequence[pulumi.Resource] = (),
) -> aws.appautoscaling.Target:
    """Let Application Auto Scaling set a service's number of tasks.

    Each target wants a number of tasks and the highest wins, so a service grows with whatever is short and shrinks only
    when nothing is
    (https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html).

    Args:
        name: Logical name of the service.
        scaling: Bounds, targets and times.
        cluster_name: Name of the cluster.
        service_name: Physical name of the service.
        resource_label: `<load balancer suffix>/<target group suffix>`; None for a service without a route.
        parent: The component it belongs to.
        depends_on: What must exist first: the listener's rule, without which AWS refuses the label.
    """
    child = pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on))
    target = aws.appautoscaling.Target(
        name,
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", cluster_name, "/", service_name),
        min_capacity=scaling.min,
        max_capacity=scaling.max,
        opts=child,
    )
    tracked: dict[str, tuple[str, int, pulumi.Input[str] | None]] = {
        "cpu": ("ECSServiceAverageCPUUtilization", scaling.cpu_percent, None),
        "memory": ("ECSServiceAverageMemoryUtilization", scaling.memory_percent, None),
    }
    if scaling.requests_per_task is not None:
        tracked["requests"] = ("ALBRequestCountPerTarget", scaling.requests_per_task, resource_label)
    for role, (metric, value, label) in tracked.items():
        aws.appautoscaling.Policy(
            f"{name}-{role}",
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
    for role, bounds in scaling.schedule.items():
        aws.appautoscaling.ScheduledAction(
            f"{name}-{role}",
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


def _check(least: int, most: int) -> None:
    if not 0 <= least <= most:
        raise ValueError(f"min and max must be 0 <= min <= max, got {least} and {most}")
