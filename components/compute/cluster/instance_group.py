"""The Auto Scaling group of the instances of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.cluster.fleet import WARMUP_SECONDS, Fleet

METRICS: Final = (
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupMaxSize",
    "GroupMinSize",
    "GroupPendingInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
)

DELETE_TIMEOUT: Final = "45m"
"""Time to delete the group, which waits until tasks are drained from their targets and stopped; the default is 10 minutes."""

MIN_HEALTHY_PERCENT: Final = 100
MAX_HEALTHY_PERCENT: Final = 150
"""Bounds of the healthy instances during an instance refresh: new instances start first, then managed draining moves the
tasks."""

PROTECTED_INSTANCES: Final = "Refresh"
"""An instance refresh replaces protected instances too. `Ignore`, the default of the provider, would replace none while all are
protected."""


def instance_group(
    name: str,
    fleet: Fleet,
    *,
    template: aws.ec2.LaunchTemplate,
    subnet_ids: Sequence[pulumi.Input[str]],
    protect: bool,
    spot: bool = False,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.autoscaling.Group:
    """Create the Auto Scaling group: spread over zones, replaced by rolling instance refresh, and sized by ECS.

    With `protect`, instances are protected from scale-in, which managed termination protection requires, and deletion of
    the group waits until they have terminated. The protection remains on instances after the capacity provider is deleted
    (https://github.com/aws/containers-roadmap/issues/2862). Without `protect`, instances have no such protection and
    deletion is forced.

    Args:
        name: Logical name.
        fleet: Type, image and number of the instances.
        template: The launch template.
        subnet_ids: IDs of the subnets, one for each zone.
        protect: Whether instances are protected from scale-in.
        spot: Whether the group has Spot instances, from 0 to `fleet.max_spot_instances`, instead of On-Demand instances.
        after: Resources that the first instance needs.
        parent: The component that the group belongs to.
    """
    # "$Latest" would hide a new version from Pulumi, and no refresh would start.
    version = template.latest_version.apply(str)
    mixed = spot or bool(fleet.other_instance_types)
    tags = {"Name": name, "Tier": "private"}
    return aws.autoscaling.Group(
        name,
        min_size=0 if spot else fleet.min_instances,
        max_size=(fleet.max_spot_instances or 1) if spot else fleet.max_instances,
        vpc_zone_identifiers=list(subnet_ids),
        availability_zone_distribution=aws.autoscaling.GroupAvailabilityZoneDistributionArgs(
            # If AWS has no capacity in a zone, the others take over; "balanced-only" would wait for that zone.
            capacity_distribution_strategy="balanced-best-effort"
        ),
        launch_template=None
        if mixed
        else aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
        mixed_instances_policy=_mixed_instances_policy(fleet, template, version, spot=spot)
        if mixed
        else None,
        # Replaces a Spot instance when AWS announces that it may need the capacity, before the notice of two minutes.
        capacity_rebalance=spot,
        # The targets of load balancers are tasks, not instances.
        health_check_type="EC2",
        health_check_grace_period=WARMUP_SECONDS,
        default_instance_warmup=WARMUP_SECONDS,
        protect_from_scale_in=protect,
        force_delete=not protect,
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                # New instances start first; then managed draining moves the tasks.
                min_healthy_percentage=MIN_HEALTHY_PERCENT,
                max_healthy_percentage=MAX_HEALTHY_PERCENT,
                instance_warmup=str(WARMUP_SECONDS),
                auto_rollback=fleet.rolls_back,
                scale_in_protected_instances=PROTECTED_INSTANCES,
            ),
        ),
        metrics_granularity="1Minute",
        enabled_metrics=[aws.autoscaling.Metric(metric) for metric in METRICS],
        tags=[
            *(
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in tags.items()
            ),
            # ECS adds this tag to the groups of its capacity providers. Without it here, every update would remove it.
            aws.autoscaling.GroupTagArgs(key="AmazonECSManaged", value="true", propagate_at_launch=True),
        ],
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(after),
            # ECS sets the desired capacity.
            ignore_changes=["desiredCapacity"],
            custom_timeouts=pulumi.CustomTimeouts(delete=DELETE_TIMEOUT),
        ),
    )


def _mixed_instances_policy(
    fleet: Fleet, template: aws.ec2.LaunchTemplate, version: pulumi.Output[str], *, spot: bool
) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
    """Return the policy of a group with several instance types, or with Spot instances."""
    return aws.autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template.id, version=version
            ),
            overrides=[
                aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(
                    instance_type=instance_type
                )
                for instance_type in fleet.instance_types
            ],
        ),
        instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_allocation_strategy="prioritized",
            on_demand_base_capacity=0,
            on_demand_percentage_above_base_capacity=0 if spot else 100,
            spot_allocation_strategy="price-capacity-optimized",
        ),
    )
