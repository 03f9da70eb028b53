"""The whole plan of a load on a stack."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from functools import cache

from facts.quotas import TARGETS_PER_LOAD_BALANCER
from planning.capacity.database import plan_database
from planning.capacity.demand import Demand, PlannedStack
from planning.capacity.load import MAX_VALUE, Load
from planning.capacity.plan import Limit, Plan, ServicePlan
from planning.capacity.tasks import (
    count_instances,
    count_spot_instances,
    plan_services,
    task_limits,
)
from planning.capacity.traffic import NatUnits, Outbound, load_balancer_capacity, traffic_limits
from settings.model import NatMode, Settings


def plan_capacity(settings: Settings, load: Load, *, name: str = "stack", trunking: bool = True) -> Plan:
    """Plan a load on a stack, and find how many users exceed each limit.

    Args:
        settings: The stack's settings; `hipaa:compute` and `hipaa:apps` are required.
        load: The load.
        name: Name of the stack or of its file, for messages.
        trunking: Whether the account setting `awsvpcTrunking` is on.

    Raises:
        CapacityPlanError: A section is missing, or the instance type is not in the table.
    """
    stack = PlannedStack.from_settings(settings, name=name, trunking=trunking)

    @cache
    def exceeded(users: int) -> frozenset[str]:
        return frozenset(
            item.name for item in size(stack, dataclasses.replace(load, users=users)).exceeded_limits
        )

    def exceeded_from(limit: Limit) -> int | None:
        # No need falls as users are added, so halving the range finds the number.
        within, beyond = (load.users, MAX_VALUE) if not limit.exceeded else (-1, load.users)
        if limit.name not in exceeded(beyond):
            return None
        while beyond - within > 1:
            middle = (within + beyond) // 2
            within, beyond = (within, middle) if limit.name in exceeded(middle) else (middle, beyond)
        return beyond

    plan = size(stack, load)
    limits = [dataclasses.replace(limit, exceeded_from=exceeded_from(limit)) for limit in plan.limits]
    limits.sort(
        key=lambda limit: (
            limit.exceeded_from is None,
            limit.exceeded_from or 0,
            -limit.utilization,
            limit.name,
        )
    )
    return dataclasses.replace(plan, limits=tuple(limits))


def size(stack: PlannedStack, load: Load) -> Plan:
    """Return the plan of a load, with the limits unsorted and without the users that exceed them."""
    demand = Demand.from_load(load, stack)
    services = plan_services(stack, load, demand)
    instances = count_instances(stack, services)
    database = plan_database(stack, load, demand, services)
    lcu, lcu_decided_by = load_balancer_capacity(stack, load, demand)
    outbound = Outbound.from_load(load, demand)
    targets = sum(service.tasks for service in services if stack.services[service.name].settings.route)
    return Plan(
        stack=stack.name,
        load=load,
        zones=stack.zones,
        requests_per_second=demand.requests,
        connections=demand.connections,
        services=services,
        instance_type=stack.instance.instance_type,
        instances=instances,
        spot_instances=count_spot_instances(stack, services),
        writer_acu=database.writer_acu,
        readers=database.readers,
        reader_acu=database.reader_acu,
        lcu=lcu,
        lcu_decided_by=lcu_decided_by,
        load_balancers=math.ceil(targets / TARGETS_PER_LOAD_BALANCER),
        nat=stack.settings.network.nat.value,
        nat_units=NatUnits.from_stack(stack).units_for(outbound),
        limits=(
            *task_limits(stack, load, demand, services, instances),
            *database.limits,
            *traffic_limits(stack, load, services, instances, targets, lcu, outbound),
        ),
        notes=tuple(_notes(stack, services, outbound)),
    )


def _notes(stack: PlannedStack, services: tuple[ServicePlan, ...], outbound: Outbound) -> Iterator[str]:
    if stack.trunking and stack.instance.trunk_tasks is None:
        yield (
            f"{stack.instance.instance_type} does not support ENI trunking: an instance runs at most "
            f"{stack.instance.tasks} tasks of any size"
        )
    for service in services:
        if service.cpu_percent_without_a_zone > 100:
            yield (
                f"{service.name}: after the loss of a zone at the peak, the remaining tasks need "
                f"{service.cpu_percent_without_a_zone:g} % of their CPU"
            )
    if outbound.calls and stack.settings.network.nat is NatMode.NONE:
        yield "hipaa:network.nat is none: outbound calls cannot reach the internet"
    used = {store for service in stack.services.values() for store in service.uses}
    if unplanned := [store for store in ("rds", "cache", "partners") if store in used]:
        yield f"the plan does not cover {', '.join(unplanned)}"
    if stack.settings.data is None or stack.settings.data.aurora is None:
        yield "hipaa:data.aurora is not set: the plan contains no database"
