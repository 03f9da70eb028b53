"""How much of everything a load needs, which limit it meets first, and the settings that would hold it.

Pure arithmetic on a stack's settings. Every figure of AWS has its source beside it; state of 2026-11. What no
document tells (CPU for a request, queries for an ACU) is an assumption in `Load`: measure yours and put it in.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import itertools
import json
import math
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final, cast

import settings
from blueprint import stacks
from blueprint.quotas import (
    DATABASE_CONNECTIONS,
    FEW_CONNECTIONS,
    FREE_RULES,
    LCU,
    MOST_ACU,
    MOST_INSTANCES,
    MOST_RATE,
    MOST_READERS,
    NAT_CONNECTIONS,
    NAT_GATEWAY_GBPS,
    NAT_INSTANCE_GBPS,
    RESERVED_LCU,
    TARGETS_PER_LOAD_BALANCER,
    TASKS_PER_SERVICE,
    WIDEST_PREFIX,
)
from components import addressing
from facts import databases
from facts import instances as instance_types
from settings.model import AuroraSettings, ComputeSettings, Nat, ServiceSettings, Settings

_RATE: Final = "hipaa:edge.waf.rate_limit_per_5_min"
_RANGE: Final = "hipaa:network.cidr"


@dataclass(frozen=True, slots=True)
class Load:
    """What users do, and what it costs. Defaults without a source are assumptions to measure."""

    users: int
    """Users that are active in the same hour."""
    requests_per_user_hour: float
    """Requests of an active user in an hour, on average."""
    peak_factor: float = 3.0
    """The busiest second by the average one."""
    ms_cpu_per_request: float = 10.0
    """CPU time of one vCPU for a request, in milliseconds."""
    open_connections_per_user: float = 0.0
    """Long-lived connections (chat, notifications) of an active user."""
    kib_per_connection: float = 32.0
    """Memory of a task for each long-lived connection, in KiB; half of a task's memory is for them."""
    kib_per_request: float = 20.0
    """Request and answer together, in KiB."""
    requests_per_connection: float = 10.0
    """Requests that share a connection to the load balancer (keep-alive)."""
    jobs_per_request: float = 0.1
    """Background jobs that a request leaves to the services without a route."""
    ms_cpu_per_job: float = 50.0
    """CPU time of one vCPU for a job, in milliseconds."""
    queries_per_request: float = 2.0
    """Database queries for a request; a job counts as a request."""
    read_share: float = 0.8
    """Share of the queries that a reader may answer."""
    queries_per_acu: float = 250.0
    """Queries that an ACU answers in a second."""
    database_connections_per_task: int = 5
    """Size of a task's connection pool. Each task connects to the writer."""
    outbound_per_request: float = 0.05
    """Calls to the internet for a request, all to one destination."""
    outbound_seconds: float = 1.0
    """How long such a call holds its connection, in seconds."""
    outbound_kib: float = 20.0
    """Data of such a call, in KiB."""
    users_behind_one_address: int = 100
    """Active users that share a public address, as a hospital's staff do."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not 0 <= value <= MOST:
                raise ValueError(f"{name} is {value}: it must be from 0 to {MOST:,}")
        for name in ("requests_per_connection", "queries_per_acu", "peak_factor"):
            if getattr(self, name) < LEAST[name]:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be {LEAST[name]:g} or more")
        if self.read_share > 1:
            raise ValueError(f"read_share is {self.read_share}: it must be from 0 to 1")


MOST: Final = 10_000_000_000
LEAST: Final = {"requests_per_connection": 1.0, "queries_per_acu": 1.0, "peak_factor": 1.0}


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that a load can use up."""

    name: str
    need: float
    limit: float
    unit: str
    path: str
    """The setting that is the limit; empty for a quota of AWS or a bound of its services."""
    remedy: str
    """What to do about it where no setting helps."""
    first_at: int | None = None
    """The fewest users that exceed it, all else as in the load; None if no number does."""

    @property
    def holds(self) -> bool:
        """Say whether the need is within the limit."""
        return self.need <= self.limit

    @property
    def used(self) -> float:
        """Return the share of the limit that is used; 1 is all of it."""
        return self.need / self.limit if self.limit else (math.inf if self.need else 0.0)


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """Tasks of one service at the peak."""

    name: str
    tasks: int
    decided_by: str
    """What asks for most tasks: CPU, requests, connections, memory or the settings' minimum."""
    per_instance: int
    """Tasks of this service that fit on one instance; 0 if not even one does."""
    fit_by: str
    """What an instance runs out of first: cpu, memory or interfaces."""
    cpu_percent_without_a_zone: float
    """CPU of the tasks that are left when a zone is lost at the peak, in percent of what they reserve."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load needs of a stack."""

    stack: str
    load: Load
    zones: int
    requests_per_second: float
    connections: float
    services: tuple[ServiceNeed, ...]
    instance_type: str
    instances: int
    writer_acu: float
    reader_acu: float
    """Of each reader."""
    readers: int
    lcu: float
    lcu_by: str
    """The dimension that decides the LCUs."""
    load_balancers: int
    """Load balancers that the targets need at AWS's default quota; the program builds one."""
    nat: str
    nat_units: int
    """NAT gateways or instances that the outbound calls need."""
    limits: tuple[Limit, ...]
    """Sorted: the one that is reached first comes first."""
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Say whether every limit holds."""
        return all(limit.holds for limit in self.limits)

    @property
    def first(self) -> Limit:
        """Return the limit that is reached first as users are added."""
        return self.limits[0]


class CannotPlan(Exception):  # noqa: N818 - named for what is wrong
    """The stack lacks what a plan is about; the message names it."""


def plan(stack: Settings, load: Load, *, name: str = "stack", trunking: bool = True) -> Plan:
    """Plan a load on a stack.

    Args:
        stack: The stack's settings; `hipaa:compute` and `hipaa:services` must be there.
        load: What users do.
        name: Name of the stack, for messages.
        trunking: Whether the account setting `awsvpcTrunking` is on.

    Raises:
        CannotPlan: A section is missing, or the instance type is not in the table.
    """
    sized = _size(stack, load, name, trunking)
    reached = [
        dataclasses.replace(limit, first_at=_first_at(stack, load, name, trunking, limit))
        for limit in sized.limits
    ]
    reached.sort(key=lambda limit: (limit.first_at is None, limit.first_at or 0, -limit.used, limit.name))
    return dataclasses.replace(sized, limits=tuple(reached))


def _first_at(stack: Settings, load: Load, name: str, trunking: bool, limit: Limit) -> int | None:
    """Find by halving: no need falls as users are added."""

    def exceeded(users: int) -> bool:
        sized = _size(stack, dataclasses.replace(load, users=users), name, trunking)
        return not next(item for item in sized.limits if item.name == limit.name).holds

    low, high = (-1, load.users) if not limit.holds else (load.users, MOST)
    if limit.holds and not exceeded(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if exceeded(middle) else (middle, high)
    return high


def _size(stack: Settings, load: Load, name: str, trunking: bool) -> Plan:
    compute, services = _sections(stack, name)
    kind = instance_types.limits_of(compute.instance_type)
    if kind is None:
        raise CannotPlan(
            f"{name}: hipaa:compute.instance_type is {compute.instance_type}, which is not in the table of instance "
            f"types; in it are the families {', '.join(instance_types.FAMILIES)}"
        )
    peak = load.users * load.requests_per_user_hour / 3600 * load.peak_factor
    connections = load.users * load.open_connections_per_user
    needs = tuple(_tasks(stack, services, load, kind, trunking, peak, connections))
    instances = _instances(needs, compute)
    acu, readers, reader_acu, database = _database(stack, services, needs, load, peak)
    lcu, lcu_by = _lcu(services, load, peak, connections)
    targets = [need.tasks for need in needs if services[need.name].route]
    outbound = peak * (1 + (load.jobs_per_request if _workers(services) else 0)) * load.outbound_per_request
    gbps = outbound * load.outbound_kib * 8 * 1024 / 1e9
    has, each = _nat(stack)
    units = (
        max(math.ceil(outbound * load.outbound_seconds / NAT_CONNECTIONS), math.ceil(gbps / each))
        if each
        else 0
    )
    limits = [
        *(_task_limit(need, services[need.name]) for need in needs),
        *_instance_limits(compute, instances, needs, kind),
        *_address_limits(stack, needs, instances, trunking),
        *database,
        *_load_balancer_limits(targets, lcu),
        *_firewall_limits(stack, load),
        *_nat_limits(outbound, load, gbps, has, each),
    ]
    return Plan(
        stack=name,
        load=load,
        zones=len(stack.network.zones),
        requests_per_second=peak,
        connections=connections,
        services=needs,
        instance_type=kind.instance_type,
        instances=instances,
        writer_acu=acu,
        reader_acu=reader_acu,
        readers=readers,
        lcu=lcu,
        lcu_by=lcu_by,
        load_balancers=max(math.ceil(sum(targets) / TARGETS_PER_LOAD_BALANCER), 1 if targets else 0),
        nat=stack.network.nat.value,
        nat_units=units,
        limits=tuple(limits),
        notes=tuple(_notes(stack, services, needs, outbound, kind, trunking)),
    )


def _sections(stack: Settings, name: str) -> tuple[ComputeSettings, Mapping[str, ServiceSettings]]:
    missing = [key for key in ("compute", "services") if not getattr(stack, key)]
    if missing or stack.compute is None or not stack.services:
        sections = " and ".join(f"hipaa:{key}" for key in missing)
        data = "; hipaa:data is missing too: without it no database is planned" if stack.data is None else ""
        raise CannotPlan(
            f"{name}: nothing to plan: {sections} {'are' if len(missing) > 1 else 'is'} missing{data}"
        )
    return stack.compute, stack.services


def _workers(services: Mapping[str, ServiceSettings]) -> list[str]:
    """Return the services that take jobs: no route, and not fixed to one task as a clock is."""
    return [name for name, item in services.items() if not item.route and item.tasks.max > 1]


def _shares(services: Mapping[str, ServiceSettings]) -> tuple[list[str], list[str]]:
    """Return who takes requests and who holds long-lived connections.

    A route that is sticky or may be silent for more than 60 seconds is for long-lived connections. They share the
    connections evenly, the other routes the requests; where there is only one sort, it takes both.
    """
    routed = {name: item.route for name, item in services.items() if item.route}
    lasting = [name for name, route in routed.items() if route.sticky or route.idle_timeout_seconds > 60]
    brief = [name for name in routed if name not in lasting]
    return brief or lasting, lasting or brief


def _tasks(
    stack: Settings,
    services: Mapping[str, ServiceSettings],
    load: Load,
    kind: instance_types.Limits,
    trunking: bool,
    peak: float,
    connections: float,
) -> Iterator[ServiceNeed]:
    """Yield each service's tasks: the most of what CPU, requests, connections and the minimum ask for.

    CPU: requests each second x CPU seconds, as CPU units, over what a task reserves x its target CPU use.
    Connections: KiB for all, over half of a task's memory.
    """
    brief, lasting = _shares(services)
    workers = _workers(services)
    for name, item in services.items():
        requests = peak / len(brief) if name in brief else 0.0
        jobs = peak * load.jobs_per_request / len(workers) if name in workers else 0.0
        held = connections / len(lasting) if name in lasting else 0.0
        busy = (
            (requests * load.ms_cpu_per_request + jobs * load.ms_cpu_per_job)
            / 1000
            * instance_types.CPU_UNITS_PER_VCPU
        )
        wanted = {
            "CPU": math.ceil(busy / (item.cpu * item.scale_on.cpu_percent / 100)),
            "connections": math.ceil(held * load.kib_per_connection / (item.memory_mib * 1024 / 2)),
            "requests": math.ceil(requests * 60 / item.scale_on.requests_per_task)
            if item.scale_on.requests_per_task
            else 0,
        }
        decided = max(wanted, key=lambda key: wanted[key])
        tasks = max(wanted[decided], item.tasks.min)
        zones = len(stack.network.zones)
        left = tasks - math.ceil(tasks / zones)
        dimensions = {
            "cpu": kind.cpu_units // item.cpu,
            "memory": kind.task_memory_mib // item.memory_mib,
            "interfaces": kind.most_tasks(trunking=trunking),
        }
        fit_by = min(dimensions, key=lambda key: dimensions[key])
        yield ServiceNeed(
            name=name,
            tasks=tasks,
            decided_by=decided if wanted[decided] >= item.tasks.min and wanted[decided] else "the minimum",
            per_instance=dimensions[fit_by],
            fit_by=fit_by,
            cpu_percent_without_a_zone=round(100 * busy / (left * item.cpu), 1)
            if left
            else (100.0 if busy else 0.0),
        )


def _instances(needs: Iterable[ServiceNeed], compute: ComputeSettings) -> int:
    """Return the instances for all tasks.

    A task takes 1/n of an instance that holds n of its kind. The sum is divided by the fleet's target capacity,
    which also pays for what uneven task sizes waste. Tasks that fit no instance are not counted.
    """
    share = sum((Fraction(need.tasks, need.per_instance) for need in needs if need.per_instance), Fraction(0))
    return max(math.ceil(share * 100 / compute.instances.target_capacity_percent), compute.instances.min)


def _database(
    stack: Settings,
    services: Mapping[str, ServiceSettings],
    needs: Iterable[ServiceNeed],
    load: Load,
    peak: float,
) -> tuple[float, int, float, list[Limit]]:
    """Return the writer's ACU, the readers, each one's ACU, and the limits.

    The writer answers all writes, and the reads as well where there are no readers. The readers are as few as can
    share the reads at the highest capacity. Both are rounded up to halves. An instance of a class counts as what its
    memory is in ACU.
    """
    aurora = stack.data.aurora if stack.data else None
    if aurora is None:
        return 0.0, 0, 0.0, []
    calls = peak * (1 + (load.jobs_per_request if _workers(services) else 0))
    acu = calls * load.queries_per_request / load.queries_per_acu
    low, top, size_path = _instance(aurora)
    reads = acu * load.read_share if aurora.readers.most else 0.0
    wanted = max(math.ceil(reads / top), aurora.readers.min)
    readers = min(wanted, aurora.readers.most)
    each = _half(reads / readers) if readers else 0.0
    writer = max(_half(acu - reads), low)
    pools = (
        sum(need.tasks for need in needs if "aurora" in services[need.name].uses)
        * load.database_connections_per_task
    )
    limits = [
        Limit("writer capacity", writer, top, "ACU", size_path, "divide the data, or query less"),
        Limit("readers", wanted, aurora.readers.most, "readers", _readers_path(aurora), "cache, or query less"),
        Limit(
            "database connections", pools, database_connections(low, top), "connections", size_path,
            "make the pools smaller, or put RDS Proxy before the cluster",
        ),
    ]  # fmt: skip
    return writer, readers, max(each, low if readers else 0.0), limits


def _instance(aurora: AuroraSettings) -> tuple[float, float, str]:
    """Return the lowest and highest capacity of an instance, in ACU, and the setting that they come from."""
    if aurora.instance_class is None:
        return aurora.capacity_acu.min, aurora.capacity_acu.max, "hipaa:data.aurora.capacity_acu.max"
    memory = databases.memory_mib(aurora.instance_class)
    acu = memory / (databases.ACU_GIB * 1024) if memory is not None else aurora.capacity_acu.max
    return acu, acu, "hipaa:data.aurora.instance_class"


def _readers_path(aurora: AuroraSettings) -> str:
    """Return the setting that bounds the readers: AWS adds none by itself to Serverless v2."""
    return f"hipaa:data.aurora.readers.{'max' if aurora.instance_class else 'min'}"


def database_connections(low: float, high: float) -> int:
    """Return the default `max_connections` of an Aurora PostgreSQL instance by its range in ACU."""
    points = DATABASE_CONNECTIONS
    found = points[-1][1]
    for (left, few), (right, many) in itertools.pairwise(points):
        if high <= right:
            found = int(few + (many - few) * (high - left) / (right - left))
            break
    return min(found, FEW_CONNECTIONS) if low <= 0.5 else found


def _half(value: float) -> float:
    return math.ceil(value * 2) / 2


def _lcu(
    services: Mapping[str, ServiceSettings], load: Load, peak: float, connections: float
) -> tuple[float, str]:
    """Return the LCUs of the peak and the dimension that decides them. Each request stays open for a second."""
    rules = sum(1 for item in services.values() if item.route)
    if not rules:
        return 0.0, "no route"
    each = {
        "new connections": peak / load.requests_per_connection / LCU["new connections"],
        "active connections": (connections + peak) / LCU["active connections"],
        "data": peak * 3600 * load.kib_per_request * 1024 / 1e9 / LCU["data"],
        "rules": peak * max(rules - FREE_RULES, 0) / LCU["rules"],
    }
    most = max(each, key=lambda key: each[key])
    return each[most], most


def _nat(stack: Settings) -> tuple[int, float]:
    """Return how many NAT gateways or instances a stack has, and the bandwidth of each in Gbit/s."""
    network = stack.network
    match network.nat:
        case Nat.GATEWAY_PER_ZONE:
            return len(network.zones), NAT_GATEWAY_GBPS
        case Nat.SINGLE_GATEWAY:
            return 1, NAT_GATEWAY_GBPS
        case Nat.INSTANCE:
            return len(network.nat_zones), NAT_INSTANCE_GBPS
        case Nat.NONE:
            return 0, 0.0


def _task_limit(need: ServiceNeed, item: ServiceSettings) -> Limit:
    path = f"hipaa:services.{need.name}.tasks.max"
    return Limit(
        f"tasks of {need.name}",
        need.tasks,
        item.tasks.max,
        "tasks",
        path,
        "give each task more CPU, or divide the service",
    )


def _instance_limits(
    compute: ComputeSettings, instances: int, needs: Iterable[ServiceNeed], kind: instance_types.Limits
) -> Iterator[Limit]:
    yield Limit(
        "instances",
        instances,
        compute.instances.max,
        "instances",
        "hipaa:compute.instances.max",
        "divide the stack",
    )
    if not (homeless := [need for need in needs if not need.per_instance]):
        return
    yield Limit(
        f"tasks that fit no {kind.instance_type}",
        len(homeless),
        0,
        "services",
        "hipaa:compute.instance_type",
        "make the tasks smaller",
    )


@cache
def _free_addresses(vpc: IPv4Network, zones: tuple[str, ...]) -> int:
    subnets = addressing.plan(vpc, zones).subnets
    return min(subnet.usable_addresses for subnet in subnets if subnet.tier == "private")


def _address_limits(
    stack: Settings, needs: Iterable[ServiceNeed], instances: int, trunking: bool
) -> Iterator[Limit]:
    """Yield the private tier's addresses, by zone.

    A task has an interface with an address, and twice as many tasks run while a deployment replaces all of them. An
    instance has one, and one more for its trunk. An interface endpoint has one in each zone.
    """
    zones = stack.network.zones
    tasks = sum(need.tasks for need in needs)
    each = math.ceil((tasks * 2 + instances * (2 if trunking else 1)) / len(zones)) + len(
        stack.network.interface_endpoints
    )
    free = _free_addresses(stack.network.cidr, zones)
    yield Limit(
        "private addresses",
        each,
        free,
        "addresses in a zone",
        _RANGE,
        "name more zones, or divide the stack",
    )


def _load_balancer_limits(targets: list[int], lcu: float) -> Iterator[Limit]:
    ask = "ask AWS for a higher quota, give each task more CPU, or divide the services over load balancers"
    if targets:
        yield Limit("load balancer targets", sum(targets), TARGETS_PER_LOAD_BALANCER, "targets", "", ask)
        yield Limit("load balancer capacity", round(lcu, 1), RESERVED_LCU, "LCU", "", ask)


def _firewall_limits(stack: Settings, load: Load) -> Iterator[Limit]:
    """Yield the requests from one address in five minutes, a twelfth of an hour, at the peak."""
    if stack.edge:
        sharing = min(load.users, load.users_behind_one_address)
        need = math.ceil(sharing * load.requests_per_user_hour * load.peak_factor / 12)
        yield Limit(
            "requests from one address",
            need,
            stack.edge.waf.rate_limit_per_5_min,
            "requests in 5 minutes",
            _RATE,
            "let the users come from more addresses",
        )


def _nat_limits(outbound: float, load: Load, gbps: float, has: int, each: float) -> Iterator[Limit]:
    if has:
        remedy = (
            "use interface endpoints for AWS services, or keep connections to partners open and share them"
        )
        held = math.ceil(outbound * load.outbound_seconds)
        yield Limit(
            "NAT connections",
            held,
            has * NAT_CONNECTIONS,
            "connections to one destination",
            "hipaa:network.nat",
            remedy,
        )
        yield Limit("NAT bandwidth", round(gbps, 3), has * each, "Gbit/s", "hipaa:network.nat", remedy)


def _notes(
    stack: Settings,
    services: Mapping[str, ServiceSettings],
    needs: Iterable[ServiceNeed],
    outbound: float,
    kind: instance_types.Limits,
    trunking: bool,
) -> Iterator[str]:
    if trunking and kind.trunk_tasks is None:
        yield f"{kind.instance_type} has no ENI trunking: {kind.tasks} tasks at most, whatever their size"
    for need in needs:
        if need.cpu_percent_without_a_zone > 100:
            yield f"{need.name}: a zone lost at the peak leaves its tasks {need.cpu_percent_without_a_zone:g} % of their CPU to do"
    if outbound and stack.network.nat is Nat.NONE:
        yield "hipaa:network.nat is none: the outbound calls of this load reach nobody"
    unplanned = [
        kept for kept in ("rds", "cache", "partners") if any(kept in item.uses for item in services.values())
    ]
    if unplanned:
        yield f"not planned: {', '.join(unplanned)}"
    if stack.data is None or stack.data.aurora is None:
        yield "hipaa:data.aurora is not set: no database is planned"


def hold(stack: Settings, load: Load, *, name: str = "stack", trunking: bool = True) -> tuple[Settings, Plan]:
    """Return the settings that hold a load, as far as settings can, and the plan on them.

    No setting is lowered. What still does not hold then is a quota or a bound that no setting moves.
    """
    current, fixed_range = stack, False
    for _ in range(40):
        sized = _size(current, load, name, trunking)
        document = current.document()
        for limit in sized.limits:
            if not limit.holds and not (fixed_range and limit.path == _RANGE):
                _raise(document, limit, current, load, trunking)
        if document == current.document():
            break
        try:
            current = settings.parse(document, file=f"{name}, planned")
        except settings.SettingsError:
            # A wider VPC would overlap another range of the stack.
            fixed_range = True
    return current, plan(current, load, name=name, trunking=trunking)


def _raise(document: dict[str, object], limit: Limit, stack: Settings, load: Load, trunking: bool) -> None:
    """Raise the setting that a limit comes from, as far as it goes."""
    path, need = limit.path, limit.need
    if path.startswith("hipaa:services."):
        _lift(document, path, min(math.ceil(need), TASKS_PER_SERVICE))
    elif path.startswith("hipaa:data.aurora.") and stack.data and stack.data.aurora:
        _raise_aurora(document, limit, stack.data.aurora)
    elif path == "hipaa:compute.instances.max":
        _lift(document, path, min(math.ceil(need), MOST_INSTANCES))
        if need > MOST_INSTANCES:
            _larger_type(document, stack, load, trunking)
    elif path == _RATE:
        _lift(document, path, min(math.ceil(need), MOST_RATE))
    elif path == "hipaa:compute.instance_type":
        _larger_type(document, stack, load, trunking)
    elif path == _RANGE and stack.network.cidr.prefixlen > WIDEST_PREFIX:
        _put(document, path, str(stack.network.cidr.supernet()))
    elif path == "hipaa:network.nat":
        _put(document, path, Nat.GATEWAY_PER_ZONE.value)


def _raise_aurora(document: dict[str, object], limit: Limit, aurora: AuroraSettings) -> None:
    low, high = (f"hipaa:data.aurora.{key}" for key in ("capacity_acu.min", "capacity_acu.max"))
    most = _readers_path(aurora)
    if limit.path.endswith("instance_class"):
        # Which class is next is a person's choice.
        return
    match limit.name:
        case "writer capacity":
            _lift(document, high, min(limit.need, MOST_ACU))
            if limit.need > MOST_ACU:
                _lift(document, most, 1)
        case "readers":
            _lift(document, most, min(math.ceil(limit.need), MOST_READERS))
            if not aurora.instance_class and aurora.readers.max is not None:
                _lift(document, "hipaa:data.aurora.readers.max", min(math.ceil(limit.need), MOST_READERS))
            if limit.need > MOST_READERS:
                _lift(
                    document, high, min(_half(aurora.capacity_acu.max * limit.need / MOST_READERS), MOST_ACU)
                )
        case _:
            steps = (acu for acu, many in DATABASE_CONNECTIONS if many >= limit.need)
            _lift(document, high, next(steps, DATABASE_CONNECTIONS[-1][0]))
            if limit.need > FEW_CONNECTIONS:
                _lift(document, low, 1.0)


def _larger_type(document: dict[str, object], stack: Settings, load: Load, trunking: bool) -> None:
    """Take the next type of the family that holds every task on fewer instances; leave it where none does."""
    compute = stack.compute
    if compute is None:
        return

    def needed(kind: str) -> tuple[int, int]:
        changed = compute.model_copy(update={"instance_type": kind})
        sized = _size(stack.model_copy(update={"compute": changed}), load, "", trunking)
        return sum(1 for need in sized.services if not need.per_instance), sized.instances

    now = needed(compute.instance_type)
    for kind in instance_types.ladder(compute.instance_type)[1:]:
        if needed(kind.instance_type) < now:
            _put(document, "hipaa:compute.instance_type", kind.instance_type)
            return


def _lift(document: dict[str, object], path: str, value: float) -> None:
    """Set a number, unless a larger one stands there."""
    *steps, last = path.split(".")
    holder: Any = document
    for step in steps:
        holder = holder[step]
    _put(document, path, max(holder.get(last, value), value))


def _put(document: dict[str, object], path: str, value: object) -> None:
    key, *steps = path.split(".")
    holder: Any = document
    for step in (key, *steps)[:-1]:
        holder = holder[step]
    holder[(key, *steps)[-1]] = value


def changes(before: Settings, after: Settings) -> dict[str, tuple[object, object]]:
    """Return what differs between two settings: path to old and new value."""
    old, new = dict(_leaves(before.document())), dict(_leaves(after.document()))
    return {path: (old.get(path), value) for path, value in new.items() if old.get(path) != value}


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    else:
        yield path, copy.copy(value)


def as_data(found: Plan, held: Plan, changed: Mapping[str, tuple[object, object]]) -> dict[str, object]:
    """Return plan and changes as plain data for JSON."""

    def data(item: Plan) -> dict[str, object]:
        limits = [{**dataclasses.asdict(limit), "holds": limit.holds} for limit in item.limits]
        return {**dataclasses.asdict(item), "limits": limits, "holds": item.holds}

    changed_data = [{"path": path, "from": old, "to": new} for path, (old, new) in changed.items()]
    return {"plan": data(found), "changes": changed_data, "planned_with_changes": data(held)}


_OPTIONS: Final[tuple[tuple[str, Callable[[str], float], str], ...]] = (
    ("peak_factor", float, "the busiest second by the average one"),
    ("ms_cpu_per_request", float, "CPU time for a request, in milliseconds"),
    ("open_connections_per_user", float, "long-lived connections of an active user"),
    ("kib_per_connection", float, "memory for each of them, in KiB"),
    ("kib_per_request", float, "request and answer together, in KiB"),
    ("requests_per_connection", float, "requests that share a connection"),
    ("jobs_per_request", float, "background jobs that a request leaves"),
    ("ms_cpu_per_job", float, "CPU time for a job, in milliseconds"),
    ("queries_per_request", float, "database queries for a request or a job"),
    ("read_share", float, "share of queries that a reader may answer, 0 to 1"),
    ("queries_per_acu", float, "queries an ACU answers in a second"),
    ("database_connections_per_task", int, "size of a task's connection pool"),
    ("outbound_per_request", float, "calls to the internet for a request"),
    ("outbound_seconds", float, "how long such a call takes, in seconds"),
    ("outbound_kib", float, "data of such a call, in KiB"),
    ("users_behind_one_address", int, "active users that share a public address"),
)


def add_parser(commands: Any) -> None:
    """Add the command to an argument parser's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "capacity",
        help="plan a load on a stack: tasks, instances, ACU, the limit reached first, settings that hold it",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Plan a load on a stack's settings. Arithmetic only; the defaults are assumptions to measure.",
        epilog=textwrap.dedent("""\
            examples:
              python -m blueprint capacity prod --users 300000 --requests-per-user-hour 20
              python -m blueprint capacity prod --users 5000000 --requests-per-user-hour 20 \\
                  --open-connections-per-user 0.2 --ms-cpu-per-request 8 --json

            exit code: 0 the stack holds it, 1 a limit is exceeded, 2 the settings or the numbers are wrong
            """),
    )
    parser.add_argument("stack", metavar="STACK", help="stack whose Pulumi.<stack>.yaml is planned on")
    parser.add_argument("--users", type=int, required=True, metavar="N", help="users active in the same hour")
    parser.add_argument(
        "--requests-per-user-hour", type=float, required=True, metavar="R", help="requests of each in it"
    )
    for name, kind, text in _OPTIONS:
        default = Load.__dataclass_fields__[name].default
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(
            flag, type=kind, default=default, metavar="X", help=f"{text} (default: {default:g})"
        )
    parser.add_argument(
        "--no-trunking", action="store_true", help="the account setting awsvpcTrunking is off"
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def run(root: Path, options: argparse.Namespace) -> int:
    """Print a plan and return the exit code: 0 the stack holds, 1 a limit is exceeded, 2 wrong settings or numbers."""
    try:
        load = Load(**{item.name: getattr(options, item.name) for item in dataclasses.fields(Load)})
        file = stacks.read(root, options.stack)
        stack = settings.parse(file.config, file=file.path.name)
        found = plan(stack, load, name=file.path.name, trunking=not options.no_trunking)
        better, held = hold(stack, load, name=file.path.name, trunking=not options.no_trunking)
    except (ValueError, CannotPlan, stacks.StackFileError, settings.SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    changed = changes(stack, better)
    if options.json:
        print(json.dumps(as_data(found, held, changed), indent=2))
    else:
        from blueprint import capacity_text, text

        capacity_text.show(found, held, changed, text.console())
    return 0 if found.holds else 1
