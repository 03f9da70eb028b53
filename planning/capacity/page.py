"""A stack's page in docs/capacity: its settings under two example loads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from planning.capacity import report
from planning.capacity.demand import PlannedStack
from planning.capacity.load import Load
from planning.capacity.raising import differences, raise_settings
from planning.capacity.sizing import plan_capacity
from settings.model import AuroraSettings, Settings

EXAMPLE_LOAD: Final = Load(users=300_000, requests_per_user_hour=20, open_connections_per_user=0.2)
"""A messenger: requests, long-lived connections and jobs."""

EXAMPLE_USERS: Final = (300_000, 5_000_000)


def capacity_page(settings: Settings, name: str) -> str:
    """Return a stack's capacity page as Markdown.

    Raises:
        CapacityPlanError: A section is missing, or the instance type is not in the table.
    """
    stack = PlannedStack.from_settings(settings, name=name, trunking=True)
    users = " and ".join(f"{number:,}" for number in EXAMPLE_USERS)
    parts = [
        f"# Capacity of stack `{name}` for {users} users",
        "What a messenger on this stack needs at its peak, which limit it reaches first, and the settings that support "
        "it. The figures are calculated from the assumptions below; they are not the result of a load test. Measure your "
        "own figures and pass them to `python -m planning capacity STACK --users N --requests-per-user-hour R` (`--help` "
        "lists all options).",
        "## Assumptions",
        _table(("Assumption", "Value", "Meaning"), _assumptions()),
        "Routes that are sticky or have an idle timeout of more than 60 seconds take the long-lived connections, the other "
        "routes take the requests, and services without a route take the jobs. ENI trunking (`awsvpcTrunking`) is on. The "
        "plan does not cover the cache, RDS, partners, and how fast each part scales.",
        "## The stack",
        f"The VPC {settings.network.cidr} has {stack.zones} zones. The cluster has "
        f"{_range(stack.compute.instances.min, stack.compute.instances.max)} instances of type "
        f"`{stack.compute.instance_type}`. {_database(settings)} The services:",
        _table(("Service", "CPU units", "MiB", "Tasks", "Route"), _services(stack)),
    ]
    for number in EXAMPLE_USERS:
        parts += _example(settings, dataclasses.replace(EXAMPLE_LOAD, users=number), name)
    return "\n\n".join(parts) + "\n"


def _assumptions() -> Iterator[tuple[str, str, str]]:
    for field in dataclasses.fields(Load):
        if field.name != "users":
            option = f"`--{field.name.replace('_', '-')}`"
            yield option, f"{getattr(EXAMPLE_LOAD, field.name):g}", field.metadata["meaning"]


def _database(settings: Settings) -> str:
    aurora = settings.data.aurora if settings.data else None
    if aurora is None:
        return "There is no Aurora cluster."
    readers = _range(aurora.readers.min, aurora.readers.effective_max)
    noun = "reader" if readers == "1" else "readers"
    return f"The Aurora cluster has a writer and {readers} {noun}, {_instances(aurora)}."


def _instances(aurora: AuroraSettings) -> str:
    if aurora.instance_class:
        return f"each a `{aurora.instance_class}`"
    return f"each with {aurora.capacity_acu.min:g} to {aurora.capacity_acu.max:g} ACU"


def _services(stack: PlannedStack) -> Iterator[tuple[str, ...]]:
    for name, item in stack.services.items():
        route = f"`{item.route.path}`" if item.route else "none"
        yield name, str(item.cpu), str(item.memory_mib), _range(item.tasks.min, item.tasks.max), route


def _range(lowest: int, highest: int) -> str:
    return f"{lowest}" if lowest == highest else f"{lowest} to {highest}"


def _example(settings: Settings, load: Load, name: str) -> Iterator[str]:
    plan = plan_capacity(settings, load, name=name)
    raised_settings, raised = raise_settings(settings, load, name=name)
    changed = list(report.difference_rows(differences(settings, raised_settings)))
    yield f"## {load.users:,} users"
    yield f"{report.summary(plan)}."
    yield _table(report.SIZE_COLUMNS, report.size_rows(plan))
    yield f"With the current settings, {report.first_limit(plan)}."
    yield _table(report.LIMIT_COLUMNS, report.limit_rows(plan.limits))
    if changed:
        yield "Settings to change:"
        yield _table(report.DIFFERENCE_COLUMNS, ((f"`{path}`", old, new) for path, old, new in changed))
        yield (
            f"With these settings, the cluster needs {raised.instances:,} × `{raised.instance_type}`, and "
            f"{report.first_limit(raised)}."
        )
    if raised.exceeded_limits:
        yield "No setting is enough for these limits:"
        yield "\n".join(f"- {report.shortfall(limit)}." for limit in raised.exceeded_limits)
    else:
        yield f"{'These' if changed else 'The current'} settings support the load."


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
