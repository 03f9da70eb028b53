"""Tasks of each service at the peak, and the instances that hold them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from facts import instances as instance_types
from facts import tls_proxy
from facts.quotas import TASKS_PER_SERVICE
from planning import MAX_INSTANCES
from planning.capacity.changes import (
    Change,
    RaiseInstances,
    RaiseSpotInstances,
    RaiseTasks,
    UseInstanceType,
)
from planning.capacity.demand import Demand, PlannedStack
from planning.capacity.load import Load
from planning.capacity.plan import Limit, ServicePlan
from settings.model import Service

_CONNECTION_MEMORY_SHARE: Final = 0.5
"""Share of a task's memory that long-lived connections may use."""


def plan_services(stack: PlannedStack, load: Load, demand: Demand) -> tuple[ServicePlan, ...]:
    """Return the tasks of each service at the peak.

    Requests, jobs and long-lived connections are divided evenly among the services that take them.
    """
    plans: list[ServicePlan] = []
    for name, service in stack.services.items():
        requests = _share(demand.requests, name, stack.request_services)
        jobs = _share(demand.jobs, name, stack.workers)
        connections = _share(demand.connections, name, stack.connection_services)
        cpu_ms = requests * load.ms_cpu_per_request + jobs * load.ms_cpu_per_job
        cpu_units = cpu_ms / 1000 * instance_types.CPU_UNITS_PER_VCPU
        plans.append(_plan_service(stack, load, name, service, requests, connections, cpu_units))
    return tuple(plans)


def _share(total: float, name: str, names: Sequence[str]) -> float:
    return total / len(names) if name in names else 0.0


def _plan_service(
    stack: PlannedStack,
    load: Load,
    name: str,
    service: Service,
    requests: float,
    connections: float,
    cpu_units: float,
) -> ServicePlan:
    """Return the plan of one service: the most tasks that CPU, requests, connections or the minimum require.

    Args:
        stack: The stack.
        load: The load.
        name: Name of the service.
        service: Its settings.
        requests: Its requests per second.
        connections: Its long-lived connections.
        cpu_units: CPU that its requests and jobs use, in units of 1/1024 vCPU.
    """
    process = service.settings
    per_minute = process.scale_on.requests_per_task
    connection_memory_kib = process.memory_mib * 1024 * _CONNECTION_MEMORY_SHARE
    required = {
        "CPU": math.ceil(cpu_units / (process.cpu * process.scale_on.cpu_percent / 100)),
        "connections": max(
            math.ceil(connections * load.kib_per_connection / connection_memory_kib),
            math.ceil(connections / tls_proxy.MAX_CONNECTIONS) if process.tls == "provided" else 0,
        ),
        "requests": math.ceil(requests * 60 / per_minute) if per_minute else 0,
    }
    reason = max(required, key=lambda key: required[key])
    if required[reason] == 0 or required[reason] < process.tasks.min:
        reason = "the minimum"
    tasks = max(*required.values(), process.tasks.min)
    remaining = tasks - math.ceil(tasks / stack.zones)
    fits = {
        "cpu": stack.instance.cpu_units // (process.cpu + process.sidecar_cpu),
        "memory": stack.instance.task_memory_mib // (process.memory_mib + process.sidecar_mib),
        "interfaces": stack.instance.max_tasks(trunking=stack.trunking),
    }
    fit_limit = min(fits, key=lambda key: fits[key])
    return ServicePlan(
        name=name,
        tasks=tasks,
        decided_by=reason,
        per_instance=fits[fit_limit],
        per_instance_limit=fit_limit,
        cpu_percent_without_a_zone=round(100 * cpu_units / (remaining * process.cpu), 1)
        if remaining
        else (100.0 if cpu_units else 0.0),
    )


def count_instances(stack: PlannedStack, services: Sequence[ServicePlan]) -> int:
    """Return the On-Demand instances that hold all tasks which do not run on Spot instances.

    A task of which n fit on an instance takes 1/n of it. The sum is divided by the fleet's target capacity, which also
    covers the space that is lost between tasks of different sizes.
    """
    tasks = {service.name: service.tasks - _spot_tasks(stack, service) for service in services}
    return max(_instances_for(stack, services, tasks), stack.compute.instances.min)


def count_spot_instances(stack: PlannedStack, services: Sequence[ServicePlan]) -> int:
    """Return the Spot instances that hold the tasks above the minimum of processes with `spot: true`."""
    return _instances_for(stack, services, {item.name: _spot_tasks(stack, item) for item in services})


def _spot_tasks(stack: PlannedStack, service: ServicePlan) -> int:
    process = stack.services[service.name].settings
    return max(0, service.tasks - process.tasks.min) if process.spot else 0


def _instances_for(stack: PlannedStack, services: Sequence[ServicePlan], tasks: Mapping[str, int]) -> int:
    share = sum((Fraction(tasks[item.name], item.per_instance) for item in services), Fraction(0))
    return math.ceil(share * 100 / stack.compute.instances.target_capacity_percent)


def task_limits(
    stack: PlannedStack, load: Load, demand: Demand, services: Sequence[ServicePlan], instances: int
) -> Iterator[Limit]:
    """Yield the limits of tasks and instances."""
    for service in services:
        yield Limit(
            name=f"tasks of {service.name}",
            need=service.tasks,
            limit=stack.services[service.name].settings.tasks.max,
            unit="tasks",
            path=f"{stack.services[service.name].path}.tasks.max",
            remedy="give each task more CPU, or divide the service",
            changes=(RaiseTasks(service.name, min(service.tasks, TASKS_PER_SERVICE)),),
        )
    changes: list[Change] = [RaiseInstances(min(instances, MAX_INSTANCES))]
    if instances > MAX_INSTANCES and (larger := _larger_type(stack, load, demand, instances)):
        changes.append(UseInstanceType(larger))
    yield Limit(
        name="instances",
        need=instances,
        limit=stack.compute.instances.max,
        unit="instances",
        path="hipaa:compute.instances.max",
        remedy="divide the stack",
        changes=tuple(changes),
    )
    if stack.compute.max_spot_instances is not None:
        spot = count_spot_instances(stack, services)
        yield Limit(
            name="Spot instances",
            need=spot,
            limit=stack.compute.max_spot_instances,
            unit="instances",
            path="hipaa:compute.max_spot_instances",
            remedy="divide the stack",
            changes=(RaiseSpotInstances(min(spot, MAX_INSTANCES)),),
        )


def _larger_type(stack: PlannedStack, load: Load, demand: Demand, instances: int) -> str | None:
    """Return the next larger type of the family that needs fewer instances; None if there is none."""
    for instance in instance_types.same_or_larger_types(stack.instance.instance_type)[1:]:
        larger = stack.with_instance(stack.compute.limits_of(instance.instance_type) or instance)
        if count_instances(larger, plan_services(larger, load, demand)) < instances:
            return instance.instance_type
    return None
