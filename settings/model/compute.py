"""The ECS cluster."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from facts.instances import ROOT_GIB, ROOT_MAX_GIB, Limits, architecture, limits_of
from settings import amis
from settings import identifiers as ids
from settings import types as t
from settings.model.base import ByName, ListOf, Section
from settings.model.processes import AgentSettings
from settings.values import FrozenMap, whole_number


class InstanceRange(Section):
    """Number of instances."""

    min: Annotated[int, whole_number(1, 1000, "instances")] = 2
    """Minimum number of instances."""
    max: Annotated[int, whole_number(1, 1000, "instances")] = 4
    """Maximum number of instances."""
    target_capacity_percent: t.Percent = 85
    """Share of the capacity that tasks should use, in percent."""


class DaemonSettings(AgentSettings):
    """A program that runs once on every instance of the cluster, such as an OpenTelemetry collector for metrics of the hosts.

    It has its own network interface, which admits no connection: applications send telemetry to a sidecar instead. It reaches
    HTTPS only, it has no permissions in AWS, and the same restrictions as the containers of applications.
    """

    user: t.User = "65533:65533"
    """User and group, as numbers or as names in the image; not root. With `host_metrics` it is a number that no other container
    of the stack has."""
    host_metrics: bool = False
    """Whether it sees `/proc` and `/sys/fs/cgroup` of the host, read-only, at `/host/proc` and `/host/sys/fs/cgroup`. These
    contain the names and the command lines of all processes on the host."""


def daemon_name(name: str) -> str:
    """Return the name of the ECS service of a daemon: `daemon-<name>`."""
    return f"daemon-{name}"


class ComputeSettings(Section):
    """The ECS cluster and its EC2 instances."""

    instance_type: ids.InstanceType = "t3.medium"
    """EC2 instance type. All images must be built for its architecture: `linux/arm64` for families with a g after the generation,
    such as m7g and t4g, otherwise `linux/amd64`."""
    other_instance_types: ListOf[ids.InstanceType] = ()
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
    ami: ids.Ami = Field(
        default_factory=lambda data: amis.ecs_optimized(architecture(data.get("instance_type", "")))
    )
    """Image id or SSM alias. If not set, the newest ECS-optimized image for the architecture of `instance_type`."""
    tls_image: t.Image | None = None
    """Image of HAProxy for the services with `tls: provided`, with a digest. Push it to
    `<account>.dkr.ecr.<region>.amazonaws.com/hipaa-<environment>/tls-proxy`: docs/runbooks/tls-proxy.md."""
    daemons: ByName[DaemonSettings] = FrozenMap()
    """Programs that run once on every instance, by a name of your choice: docs/runbooks/sidecars.md."""

    def limits_of(self, instance_type: str) -> Limits | None:
        """Return the limits of an instance type without what the daemons use on each instance; None if it is not in the table."""
        limits = limits_of(instance_type)
        return limits and limits.without(
            cpu_units=sum(daemon.cpu for daemon in self.daemons.values()),
            memory_mib=sum(daemon.memory_mib for daemon in self.daemons.values()),
            tasks=len(self.daemons),
        )
