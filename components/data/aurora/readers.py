"""Where Aurora's instances are: writer and readers in different zones, and how their number follows the load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

MOST_READERS: Final = 15
"""AWS's limit (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html)."""

READER_CPU_PERCENT: Final = 60
_OUT_SECONDS: Final = 300
_IN_SECONDS: Final = 900
_LAST: Final = 15  # the last to become the writer


@dataclass(frozen=True, kw_only=True)
class Readers:
    """How many readers there are."""

    min: int = 1
    """Fewest readers."""
    max: int = 1
    """Most readers; Aurora changes their number only where instances have a class."""
    analytics: int = 0
    """Further readers behind an endpoint of their own."""

    def __post_init__(self) -> None:
        """Refuse what a cluster cannot have."""
        if not 0 <= self.min <= self.max:
            raise ValueError(f"readers must be 0 <= min <= max, got {self.min} and {self.max}")
        if self.analytics < 0 or self.max + self.analytics > MOST_READERS:
            raise ValueError(
                f"a cluster has {MOST_READERS} readers at most, got max {self.max} and analytics {self.analytics}"
            )


@dataclass(frozen=True, slots=True)
class Place:
    """One instance."""

    key: str
    """End of its name: letter of the zone, and a number from the second one there."""
    zone: str
    """Its zone."""
    tier: int
    """Order in which instances become the writer. Those of tier 0 and 1 are kept as large as the writer
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html)."""


def places(zones: Sequence[str], readers: int, analytics: int = 0) -> tuple[list[Place], list[Place]]:
    """Return the places of writer and readers, the writer first, and those of the readers for analytics.

    Zones are taken in turn, so the first reader never shares the writer's. Adding a reader moves no other.

    Raises:
        ValueError: There is no zone.
    """
    if not zones:
        raise ValueError("zones must name a zone, got none")
    ordinary = [
        Place(_key(zones, index), zones[index % len(zones)], min(index, 2)) for index in range(readers + 1)
    ]
    extra = [
        Place(f"analytics-{_key(zones, index)}", zones[index % len(zones)], _LAST)
        for index in range(analytics)
    ]
    return ordinary, extra


def _key(zones: Sequence[str], index: int) -> str:
    turn, letter = index // len(zones), zones[index % len(zones)][-1]
    return letter if turn == 0 else f"{letter}{turn + 1}"


def scale_readers(
    name: str,
    readers: Readers,
    *,
    cluster_identifier: pulumi.Input[str],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> None:
    """Let Application Auto Scaling add readers up to `max`; those of `min` are the program's own.

    AWS makes and deletes only what it has added itself. Before such a cluster is destroyed, `max` goes down to `min`.
    """
    child = pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on))
    target = aws.appautoscaling.Target(
        f"{name}-readers",
        service_namespace="rds",
        scalable_dimension="rds:cluster:ReadReplicaCount",
        resource_id=pulumi.Output.concat("cluster:", cluster_identifier),
        min_capacity=readers.min + readers.analytics,
        max_capacity=readers.max + readers.analytics,
        opts=child,
    )
    aws.appautoscaling.Policy(
        f"{name}-readers",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=READER_CPU_PERCENT,
            predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="RDSReaderAverageCPUUtilization"
            ),
            scale_out_cooldown=_OUT_SECONDS,
            scale_in_cooldown=_IN_SECONDS,
        ),
        opts=child,
    )
