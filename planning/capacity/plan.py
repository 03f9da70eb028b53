"""The result of planning: sizes, limits and notes."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from planning.capacity.changes import Change
from planning.capacity.load import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A setting or an AWS quota that a load can exceed."""

    name: str
    need: float
    limit: float
    unit: str
    path: str = ""
    """Key of the setting that sets the limit; empty for an AWS quota."""
    remedy: str
    """What helps where no setting does."""
    changes: tuple[Change, ...] = ()
    """Changes of settings that raise the limit to the need, or as far as the settings allow."""
    exceeded_from: int | None = None
    """The lowest number of users that exceeds the limit, with the load otherwise unchanged; None if none does."""

    @property
    def exceeded(self) -> bool:
        """Return whether the need is above the limit."""
        return self.need > self.limit

    @property
    def utilization(self) -> float:
        """Return the used share of the limit; 1 means all of it."""
        return self.need / self.limit if self.limit else (math.inf if self.need else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """The tasks of one service at the peak."""

    name: str
    tasks: int
    decided_by: str
    """What requires the most tasks: CPU, requests, connections, or the minimum in the settings."""
    per_instance: int
    """Tasks of this service that fit on one instance."""
    per_instance_limit: str
    """What an instance runs out of first: cpu, memory or interfaces."""
    cpu_percent_without_a_zone: float
    """CPU use of the remaining tasks after the loss of a zone at the peak, in percent of the CPU that they reserve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a load needs of a stack."""

    stack: str
    load: Load
    zones: int
    requests_per_second: float
    connections: float
    services: tuple[ServicePlan, ...]
    instance_type: str
    instances: int
    """On-Demand instances."""
    spot_instances: int
    """Spot instances, for the tasks above the minimum of processes with `spot: true`."""
    writer_acu: float
    """Capacity of the Aurora writer, in ACU; 0 without a database."""
    readers: int
    reader_acu: float
    """Capacity of each reader, in ACU."""
    lcu: float
    """Load balancer capacity units."""
    lcu_decided_by: str
    """The LCU dimension with the largest need."""
    load_balancers: int
    """Load balancers that the targets need at AWS's default quota; the program builds one."""
    nat: str
    """Kind of NAT in the settings."""
    nat_units: int
    """NAT gateways or instances that the outbound calls need."""
    limits: tuple[Limit, ...]
    """Sorted: the limit that a growing load reaches first comes first."""
    notes: tuple[str, ...]

    @property
    def exceeded_limits(self) -> tuple[Limit, ...]:
        """Return the limits that the load exceeds."""
        return tuple(limit for limit in self.limits if limit.exceeded)

    @property
    def first_limit(self) -> Limit:
        """Return the limit that a growing load reaches first."""
        return self.limits[0]

    def as_data(self) -> dict[str, object]:
        """Return the plan as plain data for JSON."""
        limits = [
            {
                "name": limit.name,
                "need": limit.need,
                "limit": limit.limit,
                "unit": limit.unit,
                "path": limit.path,
                "remedy": limit.remedy,
                "exceeded": limit.exceeded,
                "exceeded_from": limit.exceeded_from,
            }
            for limit in self.limits
        ]
        return {
            **{item.name: getattr(self, item.name) for item in dataclasses.fields(self)},
            "load": dataclasses.asdict(self.load),
            "services": [dataclasses.asdict(item) for item in self.services],
            "limits": limits,
            "supported": not self.exceeded_limits,
        }
