"""The ECS cluster."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from facts.instances import architecture
from settings import amis
from settings import types as t
from settings.model.base import Section
from settings.values import whole_number


class InstanceRange(Section):
    """Size of the instance fleet."""

    min: Annotated[int, whole_number(1, 1000, "instances")] = 2
    """Minimum number of instances."""
    max: Annotated[int, whole_number(1, 1000, "instances")] = 4
    """Maximum number of instances."""
    target_capacity_percent: t.Percent = 85
    """Share of the fleet's capacity that tasks should use, in percent."""


class ComputeSettings(Section):
    """The ECS cluster and its EC2 instances."""

    instance_type: t.InstanceType = "t3.medium"
    """EC2 instance type."""
    instances: InstanceRange = InstanceRange()
    """Size of the fleet."""
    ami: t.Ami = Field(
        default_factory=lambda data: amis.ecs_optimized(architecture(data.get("instance_type", "")))
    )
    """Image id or SSM alias. If not set, the newest ECS-optimized image for the architecture of `instance_type`."""
    tls_image: t.Image | None = None
    """Image of HAProxy for the services with `tls: provided`, with a digest. Push it to
    `<account>.dkr.ecr.<region>.amazonaws.com/hipaa-<environment>/tls-proxy`: docs/runbooks/tls-proxy.md."""
