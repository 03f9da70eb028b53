"""A capacity plan for a terminal or a pipe, and as a Markdown page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Final

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import settings
from blueprint import capacity, markdown
from blueprint.capacity import CannotPlan, Limit, Load, Plan
from settings.model import AuroraSettings

Changes = Mapping[str, tuple[object, object]]


def show(found: Plan, held: Plan, changed: Changes, out: Console) -> None:
    """Print a plan, what it exceeds and the settings that hold it."""
    with out.capture() as captured:
        _show(found, held, changed, out)
    # rich fills lines up to their column's width; a pipe, a log and a diff want them without.
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _show(found: Plan, held: Plan, changed: Changes, out: Console) -> None:
    out.print()
    out.rule(Text(f" {found.stack} ", style="bold"), align="left", characters="─")
    out.print(Text(summary(found)))
    _heading("What it needs", out)
    _table(out, ("What", "At the peak", "Decided by"), needs(found))
    _heading("Limits, the one reached first on top", out)
    _table(
        out, ("Limit", "Needs", "Has", "Unit", "Exceeded from"), (limit_row(limit) for limit in found.limits)
    )
    for note in found.notes:
        out.print(Text.assemble(("Note: ", "yellow"), note))
    _heading("Settings that hold it", out)
    if changed:
        _table(out, ("Setting", "Now", "Planned"), change_rows(changed))
    elif found.holds:
        out.print("  The settings as they are.")
    for limit in held.limits:
        if not limit.holds:
            out.print(_indent(Text.assemble(("no setting holds it  ", "bold red"), beyond(limit))))
    style = "bold green" if found.holds else "bold red"
    out.print(_indent(Text.assemble(("holds  " if found.holds else "does not hold  ", style), first(found))))


def summary(found: Plan) -> str:
    """Return the load in one line."""
    load = found.load
    return (
        f"{load.users:,} users, {load.requests_per_user_hour:g} requests an hour each, peak × {load.peak_factor:g}: "
        f"{found.requests_per_second:,.0f} requests a second, {found.connections:,.0f} long-lived connections"
    )


def first(found: Plan) -> str:
    """Say which limit is reached first."""
    limit = found.first
    if limit.first_at is None:
        return "no limit is reached, however many users"
    return f"{limit.name} is reached first: more than {limit.limit:,g} {limit.unit} from {limit.first_at:,} users on"


def beyond(limit: Limit) -> str:
    """Say what a limit lacks that no setting gives."""
    return f"{limit.name}: {limit.need:,g} of {limit.limit:,g} {limit.unit}; {limit.remedy}"


def needs(found: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield what the plan needs: what, how much and why."""
    for need in found.services:
        fit = f"{need.per_instance} fit an instance, by {need.fit_by}"
        yield f"tasks of {need.name}", f"{need.tasks:,}", f"{need.decided_by}; {fit}"
    yield "instances", f"{found.instances:,}", found.instance_type
    if found.writer_acu:
        yield "Aurora writer", f"{found.writer_acu:,g} ACU", "writes" if found.readers else "writes and reads"
    if found.readers:
        yield "Aurora readers", f"{found.readers} × {found.reader_acu:,g} ACU", "reads"
    if found.load_balancers:
        yield "load balancers", f"{found.load_balancers} with {found.lcu:,.0f} LCU", found.lcu_by
    yield "NAT", f"{found.nat_units} needed", found.nat


def limit_row(limit: Limit) -> tuple[str, str, str, str, str]:
    """Return a limit's cells."""
    at = "never" if limit.first_at is None else f"{limit.first_at:,} users"
    return limit.name, f"{limit.need:,g}", f"{limit.limit:,g}", limit.unit, at


def change_rows(changed: Changes) -> Iterator[tuple[str, str, str]]:
    """Yield each setting that changes, with its old and new value."""
    for path, (old, new) in changed.items():
        yield path, _value(old), _value(new)


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _heading(text: str, out: Console) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _indent(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, 2), expand=False)


def _table(out: Console, columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in ("Needs", "Has", "Exceeded from") else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(_indent(table))


_IMAGE: Final = "registry.example.org/{}@sha256:" + "0" * 64

EXAMPLE: Final[dict[str, object]] = {
    "aws:region": "us-east-1",
    "hipaa:environment": "example",
    "hipaa:account": "123456789012",
    "hipaa:protect": True,
    "hipaa:network": {
        "cidr": "10.20.0.0/18",
        "zones": 3,
        "interface_endpoints": ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager"],
    },
    "hipaa:audit": {},
    "hipaa:compute": {"instance_type": "c5.2xlarge", "instances": {"min": 3, "max": 30}},
    "hipaa:edge": {"domain": "app.example.org", "zone_id": "Z00000000000000000000"},
    "hipaa:services": {
        "api": {
            "image": _IMAGE.format("api"), "port": 8443, "cpu": 1024, "memory_mib": 2048,
            "tasks": {"min": 3, "max": 60}, "route": {"path": "/api/*"}, "uses": ["aurora", "cache"],
        },
        "realtime": {
            "image": _IMAGE.format("realtime"), "port": 8443, "cpu": 512, "memory_mib": 1024,
            "tasks": {"min": 3, "max": 90}, "uses": ["cache"],
            "route": {"path": "/ws/*", "idle_timeout_seconds": 3600, "sticky": True},
        },
        "worker": {
            "image": _IMAGE.format("worker"), "cpu": 2048, "memory_mib": 3072,
            "tasks": {"min": 2, "max": 40}, "uses": ["aurora"],
        },
    },
    "hipaa:data": {
        "aurora": {"engine_version": "17.9", "capacity_acu": {"min": 2, "max": 64}, "readers": {"min": 1}},
        "cache": {"node_type": "cache.r7g.large", "replicas": 2},
    },
}  # fmt: skip
"""A made-up stack for a messenger: requests, long-lived connections and jobs each have a service."""

EXAMPLE_LOAD: Final = Load(users=300_000, requests_per_user_hour=20, open_connections_per_user=0.2)
EXAMPLE_USERS: Final = (300_000, 5_000_000)


def _instances(aurora: AuroraSettings) -> str:
    if aurora.instance_class:
        return f"on {aurora.instance_class}"
    return f"from {aurora.capacity_acu.min:g} to {aurora.capacity_acu.max:g} ACU"


def _readers(aurora: AuroraSettings) -> str:
    low, high = aurora.readers.min, aurora.readers.most
    return f"{low}" if low == high else f"{low} to {high}"


def page(stack: settings.Settings, name: str) -> str:
    """Return a stack's capacity page: the stack as it is set, under two loads.

    Raises:
        CannotPlan: The stack has no services, or runs them on instances that the table has not got.
    """
    if stack.compute is None:
        raise CannotPlan(f"{name}: nothing to plan: hipaa:compute is missing")
    fleet = stack.compute.instances
    aurora = stack.data.aurora if stack.data else None
    database = f"Aurora {_instances(aurora)}, readers: {_readers(aurora)}" if aurora else "no database"
    lines = [
        f"# Capacity of stack `{name}` for 300,000 and 5,000,000 users",
        "What a messenger on this stack would need at its peak, which limit it meets first, and the settings that would hold "
        "it. These are sums over stated assumptions and no load test: measure your own figures and give them to "
        "`python -m blueprint capacity STACK --users N --requests-per-user-hour R` (`--help` lists all).",
        "## Assumptions",
        markdown.table(("Assumption", "Value"), _assumptions(EXAMPLE_LOAD)),
        "A route that is sticky or may be silent for more than a minute takes the long-lived connections, the other "
        "routes the requests, services without a route the jobs. ENI trunking (`awsvpcTrunking`) is on. Not planned: "
        "the cache, RDS, partners, and how fast each part scales.",
        "## The stack",
        f"{len(stack.network.zones)} zones in {stack.network.cidr}, `{stack.compute.instance_type}` from {fleet.min} to "
        f"{fleet.max}, {database}, and",
        markdown.table(("Service", "CPU units", "MiB", "Tasks", "Route"), _services(stack)),
    ]
    for users in EXAMPLE_USERS:
        lines += _case(stack, dataclasses.replace(EXAMPLE_LOAD, users=users))
    return "\n\n".join(lines) + "\n"


def _assumptions(load: Load) -> Iterator[tuple[str, str]]:
    for name, value in dataclasses.asdict(load).items():
        if name != "users":
            yield f"`--{name.replace('_', '-')}`", f"{value:g}"


def _services(stack: settings.Settings) -> Iterator[tuple[str, ...]]:
    for name, item in (stack.services or {}).items():
        route = item.route.path if item.route else "none"
        yield name, str(item.cpu), str(item.memory_mib), f"{item.tasks.min} to {item.tasks.max}", f"`{route}`"


def _case(stack: settings.Settings, load: Load) -> Iterator[str]:
    found = capacity.plan(stack, load, name="the example")
    better, held = capacity.hold(stack, load, name="the example")
    yield f"## {load.users:,} users"
    yield f"{summary(found)}."
    yield markdown.table(("What", "At the peak", "Decided by"), needs(found))
    yield f"On the settings above, {first(found)}."
    yield markdown.table(("Limit", "Needs", "Has", "Unit", "Exceeded from"), map(limit_row, found.limits))
    yield "Settings that hold it:"
    yield markdown.table(
        ("Setting", "Now", "Planned"),
        ((f"`{a}`", b, c) for a, b, c in change_rows(capacity.changes(stack, better))),
    )
    yield f"With them the fleet is {held.instances:,} × `{held.instance_type}`, and {first(held)}."
    left = [beyond(limit) for limit in held.limits if not limit.holds]
    yield (
        "No setting holds: " + "; ".join(left) + "."
        if left
        else "Nothing is left that only AWS or another design can give."
    )
