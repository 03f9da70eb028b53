"""The sentences and table rows of a plan, for the terminal and for the generated page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from planning.capacity.plan import Limit, Plan

Differences = Mapping[str, tuple[object, object]]
"""Key of a changed setting to its current and its planned value."""

SIZE_COLUMNS: Final = ("Resource", "Needed at the peak", "Decided by")
LIMIT_COLUMNS: Final = ("Limit", "Needed", "Available", "Unit", "Exceeded from")
DIFFERENCE_COLUMNS: Final = ("Setting", "Current", "Planned")


def summary(plan: Plan) -> str:
    """Return the load in one sentence without a full stop."""
    load = plan.load
    return (
        f"{load.users:,} users with {load.requests_per_user_hour:g} requests per hour each and a peak factor of "
        f"{load.peak_factor:g}: {plan.requests_per_second:,.0f} requests per second and {plan.connections:,.0f} "
        "long-lived connections"
    )


def first_limit(plan: Plan) -> str:
    """Return which limit a growing load reaches first, as a sentence without a capital and a full stop."""
    limit = plan.first_limit
    if limit.exceeded_from is None:
        return "no number of users exceeds a limit"
    return (
        f"the first limit is {limit.name}: {limit.limit:,g} {limit.unit}, exceeded from "
        f"{limit.exceeded_from:,} users"
    )


def shortfall(limit: Limit) -> str:
    """Return what is missing where no setting raises a limit far enough, and what helps."""
    return f"{limit.name}: {limit.need:,g} {limit.unit} needed, {limit.limit:,g} available; {limit.remedy}"


def size_rows(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield the rows under `SIZE_COLUMNS`."""
    for service in plan.services:
        fit = f"{service.per_instance} fit on one instance ({service.per_instance_limit})"
        yield f"tasks of {service.name}", f"{service.tasks:,}", f"{service.decided_by}; {fit}"
    yield "instances", f"{plan.instances:,}", plan.instance_type
    if plan.spot_instances:
        yield "Spot instances", f"{plan.spot_instances:,}", plan.instance_type
    if plan.writer_acu:
        yield "Aurora writer", f"{plan.writer_acu:,g} ACU", "writes" if plan.readers else "writes and reads"
    if plan.readers:
        yield "Aurora readers", f"{plan.readers} × {plan.reader_acu:,g} ACU", "reads"
    if plan.load_balancers:
        yield "load balancers", f"{plan.load_balancers} with {plan.lcu:,.0f} LCU", plan.lcu_decided_by
    yield "NAT gateways or instances", f"{plan.nat_units}", plan.nat


def limit_rows(limits: Iterable[Limit]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the rows under `LIMIT_COLUMNS`."""
    for limit in limits:
        users = "never" if limit.exceeded_from is None else f"{limit.exceeded_from:,} users"
        yield limit.name, f"{limit.need:,g}", f"{limit.limit:,g}", limit.unit, users


def difference_rows(differences: Differences) -> Iterator[tuple[str, str, str]]:
    """Yield the rows under `DIFFERENCE_COLUMNS`."""
    for path, (current, planned) in differences.items():
        yield path, _value(current), _value(planned)


def _value(value: object) -> str:
    if value is None:
        return "not set"
    return f"{value:g}" if isinstance(value, float) else str(value)
