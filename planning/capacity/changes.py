"""Typed changes of settings that let a stack carry more load.

A change raises settings and lowers none. Applying one does not validate the result; `settings.parse` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol, TypeVar

from settings.model import AuroraSettings, NatMode, Section, Settings
from settings.values import FrozenMap

SectionT = TypeVar("SectionT", bound=Section)


class Change(Protocol):
    """A change of a stack's settings. Equal changes have equal effects."""

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the change. A section that is missing stays missing."""
        ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RaiseTasks:
    """Raise `tasks.max` of a process, here given by the name of its service `<app>-<process>`."""

    service: str
    tasks: int

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the higher maximum of tasks."""
        service, apps = stack.services[self.service], dict(stack.apps or {})
        app = apps[service.app]
        process = app.processes[service.process]
        tasks = _replace(process.tasks, max=max(process.tasks.max, self.tasks))
        processes = {**app.processes, service.process: _replace(process, tasks=tasks)}
        apps[service.app] = _replace(app, processes=FrozenMap(processes))
        return _replace(stack, apps=FrozenMap(apps))


@dataclass(frozen=True, slots=True)
class RaiseInstances:
    """Raise `hipaa:compute.instances.max`."""

    instances: int

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the higher maximum of instances."""
        if (compute := stack.compute) is None:
            return stack
        instances = _replace(compute.instances, max=max(compute.instances.max, self.instances))
        return _replace(stack, compute=_replace(compute, instances=instances))


@dataclass(frozen=True, slots=True)
class RaiseSpotInstances:
    """Raise `hipaa:compute.max_spot_instances`."""

    instances: int

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the higher maximum of Spot instances."""
        if (compute := stack.compute) is None:
            return stack
        most = max(compute.max_spot_instances or 0, self.instances)
        return _replace(stack, compute=_replace(compute, max_spot_instances=most))


@dataclass(frozen=True, slots=True)
class UseInstanceType:
    """Set `hipaa:compute.instance_type`, and remove the other types, which may be too small beside it.

    The AMI stays, so the type must have the same processor architecture.
    """

    instance_type: str

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the other instance type."""
        if (compute := stack.compute) is None:
            return stack
        return _replace(
            stack, compute=_replace(compute, instance_type=self.instance_type, other_instance_types=())
        )


@dataclass(frozen=True, slots=True)
class RaiseAuroraCapacity:
    """Raise `hipaa:data.aurora.capacity_acu.min` and `.max`, in ACU."""

    highest: float
    lowest: float = 0.0

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the larger capacity of each instance."""
        if stack.data is None or (aurora := stack.data.aurora) is None:
            return stack
        current = aurora.capacity_acu
        capacity = _replace(current, min=max(current.min, self.lowest), max=max(current.max, self.highest))
        return _with_aurora(stack, _replace(aurora, capacity_acu=capacity))


@dataclass(frozen=True, slots=True)
class RaiseReaders:
    """Raise the number of Aurora readers.

    With `instance_class`, AWS scales the number up to `hipaa:data.aurora.readers.max`. With Serverless v2, the number is
    fixed at `readers.min`, and each reader scales its capacity.
    """

    readers: int

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with more readers."""
        if stack.data is None or (aurora := stack.data.aurora) is None:
            return stack
        current = aurora.readers
        if aurora.instance_class:
            readers = _replace(current, max=max(current.effective_max, self.readers))
        else:
            number = max(current.min, self.readers)
            readers = _replace(current, min=number, max=None if current.max is None else number)
        return _with_aurora(stack, _replace(aurora, readers=readers))


@dataclass(frozen=True, slots=True)
class RaiseRateLimit:
    """Raise `hipaa:edge.waf.rate_limit_per_5_min`."""

    requests: int

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the higher rate limit."""
        if (edge := stack.edge) is None:
            return stack
        limit = max(edge.waf.rate_limit_per_5_min, self.requests)
        return _replace(stack, edge=_replace(edge, waf=_replace(edge.waf, rate_limit_per_5_min=limit)))


@dataclass(frozen=True, slots=True)
class WidenVpc:
    """Set `hipaa:network.cidr` to a larger range that contains the current one."""

    cidr: IPv4Network

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with the larger VPC."""
        return _replace(stack, network=_replace(stack.network, cidr=self.cidr))


@dataclass(frozen=True, slots=True)
class UseNatGatewayPerZone:
    """Set `hipaa:network.nat` to `gateway-per-zone`."""

    def apply(self, stack: Settings) -> Settings:
        """Return the settings with a NAT gateway in every zone."""
        return _replace(stack, network=_replace(stack.network, nat=NatMode.GATEWAY_PER_ZONE))


def _with_aurora(stack: Settings, aurora: AuroraSettings) -> Settings:
    if stack.data is None:
        return stack
    return _replace(stack, data=_replace(stack.data, aurora=aurora))


def _replace(section: SectionT, **fields: object) -> SectionT:
    """Return a copy of a section with other values; pydantic's `model_copy` alone accepts any name."""
    if unknown := fields.keys() - type(section).model_fields.keys():
        raise TypeError(f"{type(section).__name__} has no {', '.join(sorted(unknown))}")
    return section.model_copy(update=fields)
