"""The Aurora cluster at the peak: capacity of the writer and the readers, connections, and their limits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from facts import databases
from facts.quotas import AURORA_READERS
from planning.capacity.changes import Change, RaiseAuroraCapacity, RaiseReaders
from planning.capacity.demand import Demand, PlannedStack
from planning.capacity.load import Load
from planning.capacity.plan import Limit, ServicePlan
from settings.model import AuroraSettings


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """Sizes and limits of the Aurora cluster; zeros without one."""

    writer_acu: float = 0.0
    readers: int = 0
    reader_acu: float = 0.0
    """Capacity of each reader, in ACU."""
    limits: tuple[Limit, ...] = ()


def plan_database(
    stack: PlannedStack, load: Load, demand: Demand, services: Iterable[ServicePlan]
) -> DatabasePlan:
    """Return the sizes of the Aurora cluster.

    The writer answers all writes, and the reads too where there are no readers. The number of readers is the lowest
    that answers the reads at the highest capacity. Capacities are rounded up to halves. An instance of a class counts
    as an instance with its memory in ACU.
    """
    aurora = stack.settings.data.aurora if stack.settings.data else None
    if aurora is None:
        return DatabasePlan()
    total_acu = demand.operations * load.queries_per_request / load.queries_per_acu
    lowest, highest = _instance_acu(aurora)
    read_acu = total_acu * load.read_share if aurora.readers.effective_max else 0.0
    needed_readers = max(math.ceil(read_acu / highest), aurora.readers.min)
    readers = min(needed_readers, aurora.readers.effective_max)
    reader_acu = max(_half(read_acu / readers), lowest) if readers else 0.0
    writer_acu = max(_half(total_acu - read_acu), lowest)
    tasks = sum(service.tasks for service in services if "aurora" in stack.services[service.name].uses)
    connections = tasks * load.database_connections_per_task
    capacity_path = f"hipaa:data.aurora.{'instance_class' if aurora.instance_class else 'capacity_acu.max'}"
    return DatabasePlan(
        writer_acu,
        readers,
        reader_acu,
        (
            Limit(
                name="writer capacity",
                need=writer_acu,
                limit=highest,
                unit="ACU",
                path=capacity_path,
                remedy="divide the data, or run fewer queries",
                changes=_writer_changes(aurora, writer_acu),
            ),
            Limit(
                name="readers",
                need=needed_readers,
                limit=aurora.readers.effective_max,
                unit="readers",
                path=f"hipaa:data.aurora.readers.{'max' if aurora.instance_class else 'min'}",
                remedy="cache results, or run fewer queries",
                changes=_reader_changes(aurora, needed_readers),
            ),
            Limit(
                name="database connections",
                need=connections,
                limit=databases.serverless_connections(lowest, highest),
                unit="connections",
                path=capacity_path,
                remedy="reduce the connection pools, or add RDS Proxy in front of the cluster",
                changes=_connection_changes(aurora, connections),
            ),
        ),
    )


def _instance_acu(aurora: AuroraSettings) -> tuple[float, float]:
    """Return the lowest and the highest capacity of an instance, in ACU."""
    if aurora.instance_class and (memory := databases.memory_mib(aurora.instance_class)) is not None:
        acu = memory / (databases.ACU_GIB * 1024)
        return acu, acu
    if aurora.instance_class:
        return aurora.capacity_acu.max, aurora.capacity_acu.max
    return aurora.capacity_acu.min, aurora.capacity_acu.max


def _writer_changes(aurora: AuroraSettings, acu: float) -> tuple[Change, ...]:
    """Return the changes for a writer's capacity. Which `instance_class` is right is a decision for a person."""
    if aurora.instance_class:
        return ()
    largest = databases.max_acu(aurora.engine_version)
    capacity = RaiseAuroraCapacity(min(acu, largest))
    # A reader takes the reads from the writer.
    return (capacity, RaiseReaders(1)) if acu > largest else (capacity,)


def _reader_changes(aurora: AuroraSettings, readers: int) -> tuple[Change, ...]:
    most = AURORA_READERS - aurora.analytics_readers
    number = RaiseReaders(min(readers, most))
    if aurora.instance_class or readers <= most:
        return (number,)
    acu = _half(aurora.capacity_acu.max * readers / most)
    return number, RaiseAuroraCapacity(min(acu, databases.max_acu(aurora.engine_version)))


def _connection_changes(aurora: AuroraSettings, connections: int) -> tuple[Change, ...]:
    if aurora.instance_class:
        return ()
    lowest, highest = databases.acu_for_connections(connections)
    return (RaiseAuroraCapacity(highest, lowest),)


def _half(value: float) -> float:
    """Return a value rounded up to halves, the steps of a capacity in ACU."""
    return math.ceil(value * 2) / 2
