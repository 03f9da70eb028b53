"""The number of tasks of a service: bounds, scaling targets and periods with other bounds.

Maps to 45 CFR 164.308(a)(7)(ii)(C) (emergency mode operation) and 164.312(a)(2)(ii) (emergency access): nobody has
access to an overloaded service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationArgs,
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs,
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs,
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs,
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs,
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs,
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs,
    PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs,
)

OUT_SECONDS: Final = 60
"""Cooldown after tasks are added: the time until metrics include the new tasks."""

IN_SECONDS: Final = 300
"""Cooldown after tasks are removed: longer, because too few tasks do more harm than too many."""

PER_TASK: Final = {
    # Container Insights reports later than most metrics, so the last known number of tasks counts until the next one arrives.
    "running": "FILL(tasks, REPEAT)",
    # While no task runs, the metric counts as that of one task; a division by zero would have no result.
    "per_task": "value / IF(running > 0, running, 1)",
}
"""Metric math that divides the metric `value` by the number of running tasks, `tasks`, by the id of its steps
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html)."""

_BOUNDS: Final = ["minCapacity", "maxCapacity"]


@dataclass(frozen=True, kw_only=True)
class Period:
    """A period that recurs and has other bounds, e.g. office hours."""

    start: str
    """Cron expression of the start."""
    end: str
    """Cron expression of the end, when the bounds of `Scaling` apply again."""
    min: int
    """Fewest tasks, 0 or more."""
    max: int
    """Most tasks, `min` or more."""
    timezone: str = "UTC"
    """Time zone of the expressions, e.g. `America/New_York`."""

    def __post_init__(self) -> None:
        """Refuse a `min` that is negative or greater than `max`."""
        _check_bounds(self.min, self.max)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A CloudWatch metric with its target."""

    namespace: str
    """Namespace, e.g. `AWS/SQS`."""
    name: str
    """Name, e.g. `ApproximateNumberOfMessagesVisible`."""
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Value of each dimension by name."""
    statistic: str = "Average"
    """Statistic of the values of one minute: `Average`, `Maximum`, `Minimum` or `Sum`."""
    target: float
    """Target of the statistic, over 0."""
    per_task: bool = False
    """Whether the target applies to the statistic divided by the number of running tasks."""

    def __post_init__(self) -> None:
        """Refuse a target that is 0 or negative."""
        if self.target <= 0:
            raise ValueError(f"target must be over 0, got {self.target}")


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
    metrics: Mapping[str, Metric] = field(default_factory=dict[str, Metric])
    """Other metrics with a target, by name."""
    schedule: Mapping[str, Period] = field(default_factory=dict[str, Period])
    """Periods with other bounds, by name. They must not overlap."""

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

    Scheduled actions change the bounds of the scalable target in AWS. With a schedule, Pulumi therefore sets the bounds of
    the target only when it creates the target: otherwise, an update after a refresh would end the current period early.
    Changed bounds of `scaling` still take effect, because the action at the end of every period sets them.

    Args:
        name: Logical name of the service.
        scaling: Bounds, targets and schedule.
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
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(ignore_changes=_BOUNDS if scaling.schedule else None)
        ),
    )

    def track(
        purpose: str,
        target_value: float,
        *,
        predefined: PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
        | None = None,
        customized: PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
        | None = None,
    ) -> None:
        aws.appautoscaling.Policy(
            f"{name}-{purpose}",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=target_value,
                predefined_metric_specification=predefined,
                customized_metric_specification=customized,
                scale_out_cooldown=OUT_SECONDS,
                scale_in_cooldown=IN_SECONDS,
            ),
            opts=child,
        )

    policies: dict[str, tuple[str, int, pulumi.Input[str] | None]] = {
        "cpu": ("ECSServiceAverageCPUUtilization", scaling.cpu_percent, None),
        "memory": ("ECSServiceAverageMemoryUtilization", scaling.memory_percent, None),
    }
    if scaling.requests_per_task is not None:
        policies["requests"] = ("ALBRequestCountPerTarget", scaling.requests_per_task, resource_label)
    for purpose, (kind, value, label) in policies.items():
        track(
            purpose,
            value,
            predefined=PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type=kind, resource_label=label
            ),
        )
    for purpose, metric in scaling.metrics.items():
        # The prefix separates a metric named `cpu` from the policy on CPU.
        track(
            f"metric-{purpose}",
            metric.target,
            customized=_per_task(metric, cluster_name=cluster_name, service_name=service_name)
            if metric.per_task
            else _statistic(metric),
        )
    for purpose, period in scaling.schedule.items():
        for moment, cron, bounds in (("start", period.start, period), ("end", period.end, scaling)):
            aws.appautoscaling.ScheduledAction(
                f"{name}-{purpose}-{moment}",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=cron,
                timezone=period.timezone,
                scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                    min_capacity=bounds.min, max_capacity=bounds.max
                ),
                opts=child,
            )
    return target


def _statistic(
    metric: Metric,
) -> PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs:
    """Return the specification of the statistic of a metric."""
    return PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
        namespace=metric.namespace,
        metric_name=metric.name,
        statistic=metric.statistic,
        dimensions=[
            PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs(
                name=key, value=value
            )
            for key, value in metric.dimensions.items()
        ],
    )


def _per_task(
    metric: Metric, *, cluster_name: pulumi.Input[str], service_name: pulumi.Input[str]
) -> PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs:
    """Return the specification of the statistic of a metric, divided by the number of running tasks of a service."""
    running = Metric(
        namespace="ECS/ContainerInsights",
        name="RunningTaskCount",
        dimensions={"ClusterName": cluster_name, "ServiceName": service_name},
        target=1,
    )
    queries = [
        PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs(
            id=id_,
            metric_stat=PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs(
                metric=PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs(
                    namespace=item.namespace,
                    metric_name=item.name,
                    dimensions=[
                        PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs(
                            name=key, value=value
                        )
                        for key, value in item.dimensions.items()
                    ],
                ),
                stat=item.statistic,
            ),
            return_data=False,
        )
        for id_, item in {"value": metric, "tasks": running}.items()
    ]
    steps = [
        PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs(
            id=id_, expression=expression, return_data=id_ == "per_task"
        )
        for id_, expression in PER_TASK.items()
    ]
    return PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
        metrics=[*queries, *steps]
    )


def _check_bounds(minimum: int, maximum: int) -> None:
    if not 0 <= minimum <= maximum:
        raise ValueError(f"min and max must be 0 <= min <= max, got {minimum} and {maximum}")
