"""Placement of the Aurora instances in the zones, and autoscaling of the readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from facts.quotas import AURORA_READERS

READER_CPU_PERCENT: Final = 60
"""Average CPU utilization of the readers that autoscaling aims at, in percent."""

_OUT_SECONDS: Final = 300
_IN_SECONDS: Final = 900


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Number of readers."""

    min: int = 1
    """Minimum number of readers."""
    max: int = 1
    """Maximum number of readers. It must equal `min` for Serverless v2, whose number of readers is fixed."""

    def __post_init__(self) -> None:
        """Reject numbers of readers that a cluster cannot have."""
        if not 0 <= self.min <= self.max <= AURORA_READERS:
            raise ValueError(
                f"readers must be 0 <= min <= max <= {AURORA_READERS}, got {self.min} and {self.max}"
            )


@dataclass(frozen=True, slots=True)
class InstancePlacement:
    """Zone, name and promotion tier of one instance."""

    key: str
    """Suffix of the logical name: the letter of the zone, and a number from the second instance in that zone, e.g. `a2`."""
    zone: str
    """Availability zone."""
    tier: int
    """Promotion tier: in a failover, the lowest tier becomes the writer. Instances in tiers 0 and 1 scale with the writer
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html)."""


def placements(zones: Sequence[str], readers: int) -> list[InstancePlacement]:
    """Return the placements of the writer and its readers, the writer first.

    Instances alternate between the zones, so with two or more zones the first reader is not in the zone of the writer. An
    additional reader does not move existing instances.

    Args:
        zones: Names of the availability zones.
        readers: Number of readers.

    Raises:
        ValueError: `zones` is empty.
    """
    if not zones:
        raise ValueError("zones must name a zone, got none")
    return [
        InstancePlacement(_key(zones, index), zones[index % len(zones)], min(index, 2))
        for index in range(readers + 1)
    ]


def _key(zones: Sequence[str], index: int) -> str:
    turn, letter = index // len(zones), zones[index % len(zones)][-1]
    return letter if turn == 0 else f"{letter}{turn + 1}"


def scale_readers(
    name: str,
    readers: Readers,
    *,
    cluster_identifier: pulumi.Input[str],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> None:
    """Let Application Auto Scaling add readers up to `max`. Pulumi manages the first `min` readers.

    AWS deletes only the readers that it added. Set `max` to `min` before you destroy such a cluster.

    Args:
        name: Logical name of the cluster.
        readers: Minimum and maximum number of readers.
        cluster_identifier: Identifier of the cluster.
        parent: The component of the cluster.
        after: The instances of the cluster, which must exist first.
    """
    child = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    target = aws.appautoscaling.Target(
        f"{name}-readers",
        service_namespace="rds",
        scalable_dimension="rds:cluster:ReadReplicaCount",
        resource_id=pulumi.Output.concat("cluster:", cluster_identifier),
        min_capacity=readers.min,
        max_capacity=readers.max,
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
