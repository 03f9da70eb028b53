"""The instances that hold the services of a Heroku app."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final

from facts import instances as instance_types
from planning import MAX_INSTANCES
from planning.heroku.note import Note
from settings.model import ComputeSettings, InstanceRange, ProcessSettings

_SMALLEST: Final = ("c5.2xlarge", "m5.2xlarge", "r5.2xlarge")
"""The smallest types to choose from; the larger types of their families follow."""


def convert_compute(services: Collection[ProcessSettings]) -> tuple[ComputeSettings, list[Note]]:
    """Return the smallest instance type that holds the largest task, the size of the fleet, and notes about them."""
    types = [instance for smallest in _SMALLEST for instance in instance_types.same_or_larger_types(smallest)]
    instance = min(
        (item for item in types if all(_capacity(item, service) for service in services)),
        key=lambda item: (item.vcpus, item.memory_mib),
    )
    lowest = _instances(instance, services, [service.tasks.min for service in services])
    highest = _instances(instance, services, [service.tasks.max for service in services])
    fleet = InstanceRange(min=min(max(2, lowest), MAX_INSTANCES), max=min(max(4, highest), MAX_INSTANCES))
    notes = [
        Note("hipaa:compute", "plan the instances for the expected load with `python -m planning capacity`")
    ]
    if highest > MAX_INSTANCES:
        text = f"all tasks need {highest} instances, but a fleet has at most {MAX_INSTANCES}: choose a larger type"
        notes.append(Note("hipaa:compute", text))
    return ComputeSettings(instance_type=instance.instance_type, instances=fleet), notes


def _capacity(instance: instance_types.Limits, service: ProcessSettings) -> int:
    return instance.capacity(
        cpu_units=service.cpu + service.sidecar_cpu,
        memory_mib=service.memory_mib + service.sidecar_mib,
        trunking=True,
    )


def _instances(
    instance: instance_types.Limits, services: Collection[ProcessSettings], tasks: list[int]
) -> int:
    """Return the instances for a number of tasks of each service, at the default target capacity."""
    share = sum(number / _capacity(instance, item) for item, number in zip(services, tasks, strict=True))
    return math.ceil(share / (InstanceRange().target_capacity_percent / 100))
