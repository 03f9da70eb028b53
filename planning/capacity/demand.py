"""The inputs of a plan: the parts of a stack that it sizes, and what the load demands in the busiest second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from facts import instances
from planning.capacity.load import Load
from settings.model import ComputeSettings, Service, Settings

_LONG_LIVED_SECONDS: Final = 60
"""A route whose connections may be silent for longer than this is for long-lived connections."""


class CapacityPlanError(Exception):
    """The stack has nothing to plan, or its instance type is unknown. The message says which."""


@dataclass(frozen=True, slots=True)
class PlannedStack:
    """The parts of a stack that a plan sizes; none of them is missing."""

    name: str
    """Name of the stack or of its file."""
    settings: Settings
    compute: ComputeSettings
    services: Mapping[str, Service]
    instance: instances.Limits
    """Processors, memory and task limit of `compute.instance_type`."""
    trunking: bool
    """Whether the account setting `awsvpcTrunking` is on."""

    @classmethod
    def from_settings(cls, settings: Settings, *, name: str, trunking: bool) -> PlannedStack:
        """Return the parts of a stack to plan.

        Args:
            settings: The stack's settings.
            name: Name of the stack or of its file.
            trunking: Whether the account setting `awsvpcTrunking` is on.

        Raises:
            CapacityPlanError: A section is missing, or the instance type is not in the table.
        """
        compute, services = settings.compute, settings.services
        if compute is None or not services:
            missing = [key for key, value in (("compute", compute), ("apps", services)) if not value]
            keys = " and ".join(f"hipaa:{key}" for key in missing)
            raise CapacityPlanError(f"{name}: a capacity plan requires {keys}")
        instance = compute.limits_of(compute.instance_type)
        if instance is None:
            raise CapacityPlanError(
                f"{name}: hipaa:compute.instance_type is {compute.instance_type}, which is not in the table of "
                f"instance types; the table has the families {', '.join(instances.FAMILIES)}"
            )
        if instance.max_tasks(trunking=trunking) < 1:
            raise CapacityPlanError(
                f"{name}: the daemons use all network interfaces of one {compute.instance_type} instance without "
                "the account setting awsvpcTrunking: choose a larger hipaa:compute.instance_type"
            )
        return cls(name, settings, compute, services, instance, trunking)

    def with_instance(self, instance: instances.Limits) -> PlannedStack:
        """Return the same stack on another instance type."""
        return replace(self, instance=instance)

    @property
    def zones(self) -> int:
        """Return the number of availability zones."""
        return len(self.settings.network.zones)

    @property
    def workers(self) -> list[str]:
        """Return the services that process jobs: without a route, and not limited to one task as a scheduler is."""
        return [
            name
            for name, item in self.services.items()
            if not item.settings.route and item.settings.tasks.max > 1
        ]

    @property
    def request_services(self) -> list[str]:
        """Return the services that answer requests.

        Sticky routes and routes with a long idle timeout are for long-lived connections, the others for requests.
        Where all routes are of one kind, they take both.
        """
        return [name for name in self._routed if name not in self._long_lived] or self._long_lived

    @property
    def connection_services(self) -> list[str]:
        """Return the services that hold long-lived connections; see `request_services`."""
        return self._long_lived or self._routed

    @property
    def _routed(self) -> list[str]:
        return [name for name, item in self.services.items() if item.settings.route]

    @property
    def _long_lived(self) -> list[str]:
        routes = ((name, item.settings.route) for name, item in self.services.items())
        return [
            name
            for name, route in routes
            if route and (route.sticky or route.idle_timeout_seconds > _LONG_LIVED_SECONDS)
        ]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a load demands of a stack in the busiest second."""

    requests: float
    """Requests per second."""
    jobs: float
    """Background jobs per second; 0 where no service processes them."""
    connections: float
    """Long-lived connections."""

    @classmethod
    def from_load(cls, load: Load, stack: PlannedStack) -> Demand:
        """Return the demand of a load."""
        requests = load.users * load.requests_per_user_hour / 3600 * load.peak_factor
        jobs = requests * load.jobs_per_request if stack.workers else 0.0
        return cls(requests, jobs, load.users * load.open_connections_per_user)

    @property
    def operations(self) -> float:
        """Return requests and jobs per second; each queries the database and calls the internet."""
        return self.requests + self.jobs
