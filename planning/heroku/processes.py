"""The process types of a Heroku app: the `formation` of `app.json`, and the commands of the Procfile or `heroku.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from facts.quotas import TASKS_PER_SERVICE
from planning.heroku.problems import Problems
from planning.heroku.tables import DYNOS, RETIRED
from planning.heroku.text import key, redact
from settings.errors import nearest

DEFAULT_SIZE: Final = "standard-1x"

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}")
_PROCFILE_LINE: Final = re.compile(r"([A-Za-z0-9_-]{1,63}):\s*(\S.*)")
_ENTRY_KEYS: Final = ("quantity", "size")
_SERVICE_NAME_LENGTH: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process type of which Heroku runs at least one dyno."""

    name: str
    service: str
    """Name of the service that it becomes, unique in the app."""
    quantity: int
    """Number of dynos."""
    quantity_is_assumed: bool
    """Whether `app.json` states no quantity."""
    size: str
    """Dyno size, in lower case."""
    command: str | None
    """Command in the Procfile or in `heroku.yml`; None if it has none."""
    has_own_image: bool = False
    """Whether it runs another image than the first process type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formation:
    """The process types of an app, without the release phase."""

    processes: tuple[Process, ...]
    """Those of which Heroku runs dynos."""
    idle: tuple[str, ...]
    """Names of those of which Heroku runs no dyno."""
    tasks: Mapping[str, str]
    """Command by name of those whose command ends, such as `postdeploy`."""


_TASK_NAME: Final = re.compile(
    r"(?:pre|post)?deploy|console|shell|rake|backup|check|(?:db[-_])?(?:migrate|seed|setup|reset)|migrations?|test"
)
_SEQUENCE: Final = re.compile(r"&&|\|\||;")
_TASK_COMMAND: Final = re.compile(
    r"\b(?:rails|rake) (?:c|console|(?:db|cache|assets|tmp):\S+)(?:\s|$)"
    r"|\bmanage\.py (?:migrate|shell|loaddata|collectstatic|createsuperuser)\b"
    r"|\bartisan (?:migrate|db|tinker|cache|schedule:run)\b"
    r"|\bprisma (?:db|migrate)\b|\becto\.\w+|\balembic (?:upgrade|downgrade)\b"
)
"""Commands that end, at the end of a sequence of commands. Heroku starts such a process type only with `heroku run`."""


def read_procfile(text: str, problems: Problems) -> dict[str, str]:
    """Return the command of each process type in a Procfile."""
    commands: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        match = _PROCFILE_LINE.fullmatch(entry)
        if not match:
            allowed = "process type, colon and command, such as web: ./serve"
            problems.add(f"line {number}", redact(entry), allowed)
        elif match[1] in commands:
            problems.add(f"line {number}", match[1], "each process type once")
        else:
            commands[match[1]] = match[2]
    return commands


def read_processes(
    formation: Mapping[str, object],
    commands: Mapping[str, str | None],
    problems: Problems,
    name_problems: Problems,
) -> Formation:
    """Return the process types.

    Args:
        formation: The `formation` of `app.json`.
        commands: Command by process type, from the Procfile or `heroku.yml`.
        problems: Where to add problems of the formation.
        name_problems: Where to add problems of names that become the same service.
    """
    processes: list[Process] = []
    idle: list[str] = []
    tasks: dict[str, str] = {}
    services: dict[str, str] = {}
    for name in dict.fromkeys([*formation, *commands]):
        path = f"formation.{key(name)}"
        if not _NAME.fullmatch(name):
            problems.add(path, name, "a process type of 1 to 63 letters, digits, hyphens and underscores")
            continue
        entry = formation.get(name, {})
        if not isinstance(entry, dict):
            problems.add(path, entry, "a mapping with quantity and size")
            continue
        entry = cast("dict[str, object]", entry)
        _refuse_unknown_keys(entry, path, problems)
        quantity, size = _quantity(entry, path, problems), _size(entry, path, problems)
        command = commands.get(name)
        if name == "release":
            continue
        if quantity == 0:
            idle.append(name)
            continue
        if "quantity" not in entry and _ends(name, command):
            tasks[name] = command or ""
            continue
        service = _service_name(name)
        if (other := services.get(service)) is not None:
            allowed = (
                f"a name that differs from {other} in its first {_SERVICE_NAME_LENGTH} letters and digits"
            )
            name_problems.add(f"formation.{name}", name, allowed, f"both would become the service {service}")
        services.setdefault(service, name)
        processes.append(
            Process(
                name=name,
                service=service,
                quantity=quantity,
                quantity_is_assumed="quantity" not in entry,
                size=size,
                command=command,
            )
        )
    return Formation(processes=tuple(processes), idle=tuple(idle), tasks=tasks)


def _ends(name: str, command: str | None) -> bool:
    """Return whether the command of a process type ends, so that it is a task and no service."""
    last = _SEQUENCE.split(command or "")[-1]
    return name != "web" and bool(_TASK_NAME.fullmatch(name.lower()) or _TASK_COMMAND.search(last))


def _refuse_unknown_keys(entry: Mapping[str, object], path: str, problems: Problems) -> None:
    for name, value in entry.items():
        if name not in _ENTRY_KEYS:
            near = nearest(name, _ENTRY_KEYS)
            hint = f"did you mean {near}?" if near else ""
            problems.add(f"{path}.{key(name)}", value, f"one of the keys {', '.join(_ENTRY_KEYS)}", hint)


def _quantity(entry: Mapping[str, object], path: str, problems: Problems) -> int:
    value = entry.get("quantity", 1)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= TASKS_PER_SERVICE:
        return value
    is_number = isinstance(value, str) and value.strip().isdecimal()
    hint = f"write it without quotes: {str(value).strip()}" if is_number else ""
    problems.add(f"{path}.quantity", value, f"a whole number of dynos from 0 to {TASKS_PER_SERVICE}", hint)
    return 1


def _size(entry: Mapping[str, object], path: str, problems: Problems) -> str:
    value = entry.get("size", DEFAULT_SIZE)
    size = value.strip().lower() if isinstance(value, str) else ""
    if size in DYNOS or size in RETIRED:
        return size
    near = nearest(size, DYNOS) if size else ""
    hint = f"did you mean {near}?" if near else ""
    problems.add(f"{path}.size", value, f"one of {', '.join(DYNOS)}", hint)
    return DEFAULT_SIZE


def _service_name(process: str) -> str:
    """Return the service's name: 2 to 16 lower-case letters, digits and hyphens, of which a letter is the first."""
    name = re.sub(r"-+", "-", process.lower().replace("_", "-")).strip("-")
    if len(name) < 2 or not name[0].isalpha():
        name = f"svc-{name}".rstrip("-")
    return name[:_SERVICE_NAME_LENGTH].rstrip("-")
