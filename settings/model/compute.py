"""The ECS cluster."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from facts.instances import ROOT_GIB, ROOT_MAX_GIB, architecture
from settings import amis
from settings import types as t
from settings.model.base import ListOf, Section
from settings.values import whole_number


class InstanceRange(Section):
    """Number of instances."""

    min: Annotated[int, whole_number(1, 1000, "instances")] = 2
    """Minimum number of instances."""
    max: Annotated[int, whole_number(1, 1000, "instances")] = 4
    """Maximum number of instances."""
    target_capacity_percent: t.Percent = 85
    """Share of the capacity that tasks should use, in percent."""


class ComputeSettings(Section):
    """The ECS cluster and its EC2 instances."""

    instance_type: t.InstanceType = "t3.medium"
    """EC2 instance type. All images must be built for its architecture: `linux/arm64` for families with a g after the generation,
    such as m7g and t4g, otherwise `linux/amd64`."""
    other_instance_types: ListOf[t.InstanceType] = ()
    """Instance types that AWS starts if it has no capacity of `instance_type`, in order of preference. They have its architecture,
    and at least its processors, memory and limit of tasks."""
    instances: InstanceRange = InstanceRange()
    """Number of On-Demand instances."""
    max_spot_instances: Annotated[int, whole_number(1, 1000, "instances")] | None = None
    """Maximum number of Spot instances, which run tasks of processes with `spot: true`; if not set, there are none. To remove
    the setting, first remove `spot` from all processes and deploy: AWS keeps a capacity provider that is in use."""
    root_gib: Annotated[int, whole_number(ROOT_GIB, ROOT_MAX_GIB, "GiB")] = ROOT_GIB
    """Size of the disk of an instance, in GiB. It holds the images and the files that the containers write."""
    replace_instances: t.Cron = "cron(0 8 ? * SUN *)"
    """When all instances are replaced by new ones, one after the other, in UTC. ECS moves the tasks first. The new ones start from
    `ami`; if it is an alias, from the newest image."""
    ami: t.Ami = Field(
        default_factory=lambda data: amis.ecs_optimized(architecture(data.get("instance_type", "")))
    )
    """Image id or SSM alias. If not set, the newest ECS-optimized image for the architecture of `instance_type`."""
    tls_image: t.Image | None = None
    """Image of HAProxy for the services with `tls: provided`, with a digest. Push it to
    `<account>.dkr.ecr.<region>.amazonaws.com/hipaa-<environment>/tls-proxy`: docs/runbooks/tls-proxy.md."""
