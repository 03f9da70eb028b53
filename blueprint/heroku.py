"""A Heroku app's `app.json` and `Procfile` as the sections of a stack file, and what has no place there.

Values of config vars are never shown, neither in the result nor in an error. Sources:
https://devcenter.heroku.com/articles/app-json-schema https://devcenter.heroku.com/articles/procfile
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shlex
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import yaml

from blueprint.heroku_tables import (
    ADDONS,
    BAA,
    CACHES,
    DEFAULT_ENGINE,
    DYNOS,
    ENGINE_VERSIONS,
    POSTGRES,
    RETIRED,
)
from facts import instances as instance_types
from settings.errors import Problem, hidden, nearest, show

WIDTH: Final = 100


DEFAULT_SIZE: Final = "standard-1x"
_MOST: Final = 5000
_PORT: Final = 8443

_TOP: Final = (
    "name", "description", "keywords", "website", "repository", "logo", "success_url", "scripts", "env", "formation",
    "image", "addons", "buildpacks", "environments", "stack",
)  # fmt: skip
_CLOCK: Final = re.compile(r"(?:^|[-_])(?:clock|scheduler|cron|(?:celery)?beat)(?:$|[-_0-9])")
_CLOCK_COMMAND: Final = re.compile(r"\bclockwork\b|\bcelery\b.*\bbeat\b|\brufus\b|\bapscheduler\b")
_PROCESS: Final = re.compile(r"[A-Za-z0-9_-]{1,63}")
_PROCFILE_LINE: Final = re.compile(r"([A-Za-z0-9_-]{1,63}):\s*(\S.*)")
_ADDON: Final = re.compile(r"([a-z0-9][a-z0-9_-]{0,62})(?::([a-z0-9][a-z0-9_.-]{0,62}))?")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_SECRET_PARTS: Final = ((re.compile(r"(?<![\w-])([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S+)"), r"\1=…"),
                        (re.compile(r"://[^/@\s]+@"), "://…@"),
                        (re.compile(r"(--?[\w-]*(?:pass|secret|token|key)[\w-]*)([= ])(\"[^\"]*\"|'[^']*'|\S+)", re.IGNORECASE), r"\1\2…"))  # fmt: skip
_SHELL: Final = re.compile(r"[$`|&;<>(){}*?\[\]~#!\\]|(?:^|\s)(?:cd|exec|export|source|\.)\s")
_TASKS: Final = "see docs/runbooks/one-off-tasks.md"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a person has to look at."""

    subject: str
    text: str


@dataclass(frozen=True)
class Move:
    """What a Heroku app becomes."""

    config: dict[str, object]
    """Sections of the stack file by key: `hipaa:services`, and what the services need."""
    notes: tuple[Note, ...]
    """What to decide or to prepare."""
    not_mapped: tuple[Note, ...]
    """What has no place in a stack file."""
    secrets: tuple[str, ...]
    """Names of config vars to create in Secrets Manager."""
    from_addons: tuple[str, ...]
    """Names of config vars that add-ons set; they go with the add-ons."""
    from_heroku: tuple[str, ...]
    """Names of config vars that Heroku's own runtime gives a meaning."""


class HerokuError(Exception):
    """A Heroku file is refused; `problems` holds every mistake in it. No value of a config var is in it."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return every problem, one block each, under the name of its file."""
        blocks: list[str] = []
        for file in dict.fromkeys(problem.file for problem in self.problems):
            found = [problem for problem in self.problems if problem.file == file]
            blocks.append(f"{file}: {len(found)} {'entry' if len(found) == 1 else 'entries'} to correct")
            blocks += map(str, found)
        return _printable("\n\n".join(blocks))


@dataclass
class _Reader:
    """Collects mistakes while it looks at one document."""

    file: str
    problems: list[Problem] = field(default_factory=list[Problem])

    def refuse(
        self, path: str, value: object, allowed: str, hint: str = "", *, conceal: bool = False
    ) -> None:
        # What a container holds is not shown: it may hold config vars.
        whole = isinstance(value, Mapping | list)
        told = (
            f"a {'list' if isinstance(value, list) else 'mapping'}"
            if whole
            else show(value, conceal=conceal or hidden(path))
        )
        self.problems.append(Problem(self.file, path, told, allowed, "" if conceal else hint))

    def mapping(self, document: Mapping[str, object], key: str, allowed: str) -> dict[str, object]:
        value = document.get(key)
        if value is not None and not isinstance(value, dict):
            self.refuse(key, value, allowed, conceal=key == "env")
        return cast("dict[str, object]", value) if isinstance(value, dict) else {}

    def items(self, document: Mapping[str, object], key: str, allowed: str) -> list[object]:
        value = document.get(key)
        if value is not None and not isinstance(value, list):
            self.refuse(key, value, allowed)
        return cast("list[object]", value) if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class _Addon:
    name: str
    attached_as: str
    version: str


@dataclass(frozen=True, slots=True)
class _Process:
    name: str
    quantity: int
    size: str
    command: str | None
    assumed: bool


def decode(text: str, *, file: str = "app.json") -> object:
    """Return what a JSON text holds.

    Raises:
        HerokuError: It is no JSON, or names a key twice.
    """
    twice: list[str] = []

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        seen: dict[str, object] = {}
        for key, value in found:
            if key in seen:
                twice.append(key)
            seen[key] = value
        return seen

    try:
        document: object = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise HerokuError([Problem(file, place, error.msg, "JSON: an object in braces")]) from None
    except (ValueError, RecursionError):
        raise HerokuError(
            [Problem(file, "(file)", "cannot be read as JSON", "JSON: an object in braces")]
        ) from None
    if twice:
        raise HerokuError(
            Problem(file, _key(key), "twice or more", "each key once") for key in dict.fromkeys(twice)
        )
    return document


def convert(
    document: object, procfile: str | None = None, *, file: str = "app.json", procfile_name: str = "Procfile"
) -> Move:
    """Turn an app into sections of a stack file.

    Args:
        document: What `app.json` holds.
        procfile: Text of the Procfile; None if there is none.
        file: Name of the first, for messages.
        procfile_name: Name of the second, for messages.

    Raises:
        HerokuError: Something is not allowed; the error holds all of it.
    """
    reader, lines = _Reader(file), _Reader(procfile_name)
    commands = None if procfile is None else _commands(procfile, lines)
    app: Mapping[str, object] = {}
    if isinstance(document, dict):
        app = cast("dict[str, object]", document)
    else:
        reader.refuse(
            "(file)", document, "an object in braces with keys such as formation and addons", conceal=True
        )
    unknown = list(_unknown(app, reader))
    processes, idle = _processes(app, commands, reader)
    addons = list(_addons(app, reader))
    variables = _variables(app, reader)
    for key in ("name", "image", "stack"):
        if not isinstance(app.get(key, ""), str):
            reader.refuse(key, app[key], "text in quotes")
    scripts = reader.mapping(app, "scripts", "a mapping of script names to commands")
    buildpacks = reader.items(app, "buildpacks", "a list of mappings with url")
    environments = reader.mapping(app, "environments", "a mapping of environment names to overrides")
    names = _service_names(processes, reader if "formation" in app else lines)
    if not processes and not idle and not reader.problems and not lines.problems:
        reader.refuse(
            "formation", app.get("formation"), "at least one process type, here or in a Procfile",
            "run `heroku ps` and write down what runs, or add the Procfile to the command",
        )  # fmt: skip
    if reader.problems or lines.problems:
        raise HerokuError([*reader.problems, *lines.problems])

    notes: list[Note] = []
    missing = [*unknown, *idle]
    uses = [
        kind
        for kind, known in (("aurora", POSTGRES), ("cache", CACHES))
        if any(item.name in known for item in addons)
    ]
    services = {names[item.name]: _service(item, names[item.name], uses, notes) for item in processes}
    left = _release((commands or {}).get("release"), services, names, notes)
    config: dict[str, object] = {}
    if services:
        config["hipaa:compute"] = _compute(services, notes)
    if any("route" in service for service in services.values()):
        config["hipaa:edge"] = {"domain": "app.example.org", "zone_id": "Z00000000000000000000"}
        notes.append(Note("hipaa:edge", "put in your domain and the id of its Route 53 hosted zone"))
    if services:
        config["hipaa:services"] = services
    if uses:
        config["hipaa:data"] = _data(addons, notes)
    missing += _addons_left(addons)
    notes += _shared_notes(services, uses)
    missing += [*left, *_rest(app, scripts, buildpacks, environments)]
    secrets, gone, platform = _sorted_variables(variables, addons)
    return Move(config, tuple(notes), tuple(missing), secrets, gone, platform)


def _unknown(app: Mapping[str, object], reader: _Reader) -> Iterator[Note]:
    for key, value in app.items():
        if key not in _TOP and not key.startswith("$"):
            near = nearest(key, _TOP)
            if near and near not in app:
                reader.refuse(
                    _key(key),
                    value,
                    f"one of the keys {', '.join(_TOP)}",
                    f"did you mean {near}?",
                    conceal=True,
                )
            else:
                yield Note(_key(key), "is no key of Heroku's app.json")


def _commands(text: str, lines: _Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        match = _PROCFILE_LINE.fullmatch(entry)
        if not match:
            lines.refuse(
                f"line {number}", _redacted(entry), "process type, colon and command, such as web: ./serve"
            )
        elif match[1] in found:
            lines.refuse(f"line {number}", match[1], "each process type once")
        else:
            found[match[1]] = match[2]
    return found


def _processes(
    app: Mapping[str, object], commands: Mapping[str, str] | None, reader: _Reader
) -> tuple[list[_Process], list[Note]]:
    formation = reader.mapping(app, "formation", "a mapping of process types to quantity and size")
    found: list[_Process] = []
    idle: list[Note] = []
    declared: list[str] = [*formation, *(commands or {})]
    for name in dict.fromkeys(declared):
        path = f"formation.{_key(name)}"
        if not _PROCESS.fullmatch(name):
            reader.refuse(path, name, "a process type of 1 to 63 letters, digits, hyphens and underscores")
            continue
        entry = formation.get(name, {})
        if not isinstance(entry, dict):
            reader.refuse(path, entry, "a mapping with quantity and size")
            continue
        entry = cast("dict[str, object]", entry)
        for key in entry:
            if key not in ("quantity", "size"):
                near = nearest(key, ("quantity", "size"))
                reader.refuse(
                    f"{path}.{_key(key)}",
                    entry[key],
                    "one of the keys quantity, size",
                    f"did you mean {near}?" if near else "",
                )
        quantity, size = _quantity(entry, path, reader), _size(entry, path, reader)
        if name == "release":
            continue
        if quantity == 0:
            idle.append(Note(f"process type {name}", "quantity 0: Heroku runs none of it, so it is left out"))
        else:
            found.append(_Process(name, quantity, size, (commands or {}).get(name), "quantity" not in entry))
    return found, idle


def _quantity(entry: Mapping[str, object], path: str, reader: _Reader) -> int:
    value = entry.get("quantity", 1)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST:
        return value
    hint = (
        f"write it without quotes: {value.strip()}"
        if isinstance(value, str) and value.strip().isdecimal()
        else ""
    )
    reader.refuse(f"{path}.quantity", value, f"a whole number of dynos from 0 to {_MOST}", hint)
    return 1


def _size(entry: Mapping[str, object], path: str, reader: _Reader) -> str:
    value = entry.get("size", DEFAULT_SIZE)
    name = value.strip().lower() if isinstance(value, str) else ""
    if name in DYNOS or name in RETIRED:
        return name
    near = nearest(name, DYNOS) if name else ""
    reader.refuse(
        f"{path}.size", value, f"one of {', '.join(DYNOS)}", f"did you mean {near}?" if near else ""
    )
    return DEFAULT_SIZE


def _addons(app: Mapping[str, object], reader: _Reader) -> Iterator[_Addon]:
    allowed = "an add-on with or without a plan, such as heroku-postgresql:standard-0"
    for index, raw in enumerate(reader.items(app, "addons", "a list of add-ons")):
        path = f"addons[{index}]"
        entry = cast("dict[str, object]", raw) if isinstance(raw, dict) else {"plan": raw}
        if isinstance(raw, dict):
            path += ".plan"
        plan, attached, options = entry.get("plan"), entry.get("as", ""), entry.get("options", {})
        match = _ADDON.fullmatch(plan.strip().lower()) if isinstance(plan, str) else None
        if not match:
            reader.refuse(path, plan, allowed)
        if not isinstance(attached, str) or (attached and not _VARIABLE.fullmatch(attached)):
            reader.refuse(f"addons[{index}].as", attached, "a name of letters, digits and underscores")
            attached = ""
        if not isinstance(options, dict):
            reader.refuse(f"addons[{index}].options", options, "a mapping", conceal=True)
            options = {}
        if match:
            version = cast("dict[str, object]", options).get("version", "")
            major = str(version).partition(".")[0] if isinstance(version, str | int | float) else ""
            yield _Addon(match[1], attached.upper(), major if re.fullmatch(r"[0-9]{1,2}", major) else "")


def _variables(app: Mapping[str, object], reader: _Reader) -> list[str]:
    found: list[str] = []
    for name, value in reader.mapping(app, "env", "a mapping of config vars").items():
        path = f"env.{_key(name)}"
        if not _VARIABLE.fullmatch(name):
            reader.refuse(path, value, "a name of letters, digits and underscores", conceal=True)
        elif not isinstance(value, str | dict):
            reader.refuse(
                path, value, "text in quotes, or a mapping with value, generator or required", conceal=True
            )
        else:
            found.append(name)
    return found


def _service_names(processes: Sequence[_Process], reader: _Reader) -> dict[str, str]:
    names: dict[str, str] = {}
    for item in processes:
        name = re.sub(r"-+", "-", item.name.lower().replace("_", "-")).strip("-")
        if len(name) < 2 or not name[0].isalpha():
            name = f"svc-{name}".rstrip("-")
        name = name[:16].rstrip("-")
        taken = next((other for other, used in names.items() if used == name), None)
        if taken is not None:
            reader.refuse(
                f"formation.{item.name}", item.name, f"a name that differs from {taken} in its first 16 letters and digits",
                f"both would be the service {name}",
            )  # fmt: skip
        names[item.name] = name
    return names


def _service(item: _Process, name: str, uses: list[str], notes: list[Note]) -> dict[str, object]:
    subject = f"service {name}"
    size = RETIRED.get(item.size, item.size)
    if size != item.size:
        notes.append(Note(subject, f"the dyno size {item.size} is no longer sold; it is sized as {size}"))
    if name != item.name:
        notes.append(
            Note(subject, f"was the process type {item.name}; a service has 2 to 16 lower-case characters")
        )
    if item.assumed:
        notes.append(Note(subject, "app.json gives no quantity: 1 dyno is assumed; compare with `heroku ps`"))
    dyno = DYNOS[size]
    service: dict[str, object] = {}
    low, high = item.quantity, min(max(2, 2 * item.quantity), _MOST)
    if item.name == "web":
        low, high = max(2, low), max(4, high)
        service["port"] = _PORT
        if re.search(r"\$\{?PORT\b", item.command or ""):
            service["environment"] = {"PORT": str(_PORT)}
        if item.quantity == 1:
            notes.append(Note(subject, "has two tasks for one dyno, so that it survives the loss of a zone"))
    clock = _CLOCK.search(item.name.lower()) or _CLOCK_COMMAND.search(item.command or "")
    if item.name != "web" and clock:
        low = high = 1
        notes.append(
            Note(
                subject,
                "is a clock: one task only. Check that jobs stand being started twice or late while it is replaced, "
                "or write them as `schedules` of a service in its place",
            )
        )
    service |= {"cpu": dyno.cpu, "memory_mib": dyno.memory_mib, "tasks": {"min": low, "max": high}}
    if item.name == "web":
        service["route"] = {"path": "/*", "health": "/healthz"}
    if uses:
        service["uses"] = list(uses)
    shown = _redacted(item.command) if item.command else ""
    if item.command and shown == _one_line(item.command):
        service["command"] = _words(item.command) or ["/bin/sh", "-c", item.command]
        notes.append(
            Note(subject, "push an image, which services may share, and set `image` with its digest")
        )
    else:
        command = f"`{shown}`" if shown else "its command (the Procfile has none)"
        notes.append(Note(subject, f"push an image that runs {command}, and set `image` with its digest"))
    return service


def _release(
    command: str | None, services: dict[str, dict[str, object]], names: Mapping[str, str], notes: list[Note]
) -> list[Note]:
    """Give the release command to the service of `web`, or to the first; return what to say where that cannot be."""
    if command is None:
        return []
    owner = names.get("web") or next(iter(services), "")
    shown = _redacted(command)
    if not owner:
        return [
            Note("release phase", f"write `{shown}` as `release_command` of a service, once there is one")
        ]
    if shown != _one_line(command):
        text = f"`{shown}` is not written, as it may hold a secret: make it `release_command` of {owner}, without values"
        return [Note("release phase", f"{text}; they go in `environment` and `secrets`")]
    words = _words(command)
    services[owner]["release_command"] = words or ["/bin/sh", "-c", command]
    shell = "" if words else ", in a shell that the image must have"
    text = f"runs with the image of {owner}{shell}, when you start it before a deployment: {_TASKS}"
    notes.append(Note("release phase", text))
    return []


def _words(command: str) -> list[str]:
    """Return program and arguments; nothing where only a shell reads the command as it is meant."""
    if _SHELL.search(command):
        return []
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _compute(services: Mapping[str, Mapping[str, Any]], notes: list[Note]) -> dict[str, object]:
    """Choose the smallest of c5, m5 and r5, from 2xlarge up, that holds the largest task."""
    sizes = [(int(item["cpu"]), int(item["memory_mib"]), item["tasks"]) for item in services.values()]
    types = [kind for family in ("c5", "m5", "r5") for kind in instance_types.ladder(f"{family}.2xlarge")]
    kind = min(
        (
            k
            for k in types
            if all(k.capacity(cpu_units=cpu, memory_mib=memory, trunking=True) for cpu, memory, _ in sizes)
        ),
        key=lambda k: (k.vcpus, k.memory_mib),
    )
    fleet = {
        end: math.ceil(sum(tasks[end] / kind.capacity(cpu_units=cpu, memory_mib=memory, trunking=True) for cpu, memory, tasks in sizes) / 0.85)
        for end in ("min", "max")
    }  # fmt: skip
    low, high = min(max(2, fleet["min"]), 1000), min(max(4, fleet["max"]), 1000)
    notes.append(
        Note("hipaa:compute", "`python -m blueprint capacity` plans the instances for the load you expect")
    )
    if fleet["max"] > high:
        notes.append(
            Note(
                "hipaa:compute",
                f"all tasks need {fleet['max']} instances; a fleet has {high} at most: choose a larger type",
            )
        )
    return {"instance_type": kind.instance_type, "instances": {"min": low, "max": high}}


def _data(addons: Sequence[_Addon], notes: list[Note]) -> dict[str, object]:
    data: dict[str, object] = {}
    databases = [item for item in addons if item.name in POSTGRES]
    if databases:
        version = databases[0].version
        engine = ENGINE_VERSIONS.get(version, DEFAULT_ENGINE)
        data["aurora"] = {"engine_version": engine}
        text = (
            "capacity is the default: one ACU has about 2 GiB, and `heroku pg:info` tells what the plan has"
        )
        notes.append(
            Note(
                "hipaa:data.aurora",
                f"{text}. This moves no data: see docs/runbooks/moving-databases-from-heroku.md",
            )
        )
        notes.append(
            Note(
                "hipaa:data.aurora",
                "set `bootstrap_image` once an image with psql is pushed: see docs/runbooks/database-users.md",
            )
        )
        notes.append(
            Note(
                "hipaa:data",
                "AWS Backup is not written: take `backup` over from Pulumi.prod.yaml, with a lock and days of your own",
            )
        )
        if version and version not in ENGINE_VERSIONS:
            notes.append(
                Note(
                    "hipaa:data.aurora",
                    f"the app asks for PostgreSQL {version}, which is not in the table: {engine} is written",
                )
            )
        if len(databases) > 1:
            notes.append(
                Note(
                    "hipaa:data.aurora",
                    f"{len(databases)} Postgres add-ons become one cluster: followers are its readers, others databases in it",
                )
            )
    caches = [item for item in addons if item.name in CACHES]
    if caches:
        data["cache"] = {"engine": "valkey"}
        notes.append(
            Note(
                "hipaa:data.cache", "Valkey speaks the Redis protocol, here only over TLS and with a password"
            )
        )
        if len(caches) > 1:
            notes.append(
                Note("hipaa:data.cache", f"{len(caches)} cache add-ons become one: keep their keys apart")
            )
    return data


def _addons_left(addons: Sequence[_Addon]) -> Iterator[Note]:
    for name in dict.fromkeys(item.name for item in addons):
        if name not in (*POSTGRES, *CACHES):
            advice = ADDONS[name][0] if name in ADDONS else f"is not known here: {BAA}"
            yield Note(f"add-on {name}", advice)


def _shared_notes(services: Mapping[str, Mapping[str, object]], uses: Sequence[str]) -> Iterator[Note]:
    if any("route" in service for service in services.values()):
        yield Note(
            "port",
            f"the container serves TLS itself on {_PORT} and answers /healthz; Heroku gave it plain HTTP on $PORT",
        )
    if uses and len(services) > 1:
        yield Note(
            "uses",
            "every service may reach every store, as on Heroku: take away what a service does not need",
        )
    if services:
        yield Note("tasks", "max is twice the formation: the services scale on CPU from there")


def _rest(
    app: Mapping[str, object], scripts: Mapping[str, object], buildpacks: Sequence[object],
    environments: Mapping[str, object],
) -> Iterator[Note]:  # fmt: skip
    for name in scripts:
        yield Note(
            f"scripts.{_key(name)}", f"run it by hand, or in the pipeline, as a one-off task: {_TASKS}"
        )
    if buildpacks:
        yield Note(
            "buildpacks",
            f"{len(buildpacks)} in use: build images with a Dockerfile or with Cloud Native Buildpacks",
        )
    if stack := app.get("stack"):
        yield Note("stack", f"{_plain(stack)}: choose a base image that still gets security fixes")
    for name in environments:
        yield Note(f"environments.{_key(name)}", "is a stack of its own here: one Pulumi.<stack>.yaml each")


def _sorted_variables(
    names: Sequence[str], addons: Sequence[_Addon]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    certain, prefixes = _given_by(addons)
    gone = {*certain, *(name for name in names if prefixes and name.startswith(prefixes))}
    platform = {name for name in names if name in ("PORT", "DYNO") or name.startswith("HEROKU_")} - gone
    secrets = (name for name in names if name not in gone and name not in platform)
    return tuple(secrets), tuple(sorted(gone)), tuple(sorted(platform))


def _given_by(addons: Sequence[_Addon]) -> tuple[set[str], tuple[str, ...]]:
    certain: set[str] = set()
    prefixes: list[str] = []
    for item in addons:
        if item.name in POSTGRES:
            certain.add(f"{item.attached_as or 'DATABASE'}_URL")
            prefixes.append("HEROKU_POSTGRESQL_")
        elif item.name in CACHES:
            own = "REDIS" if item.name.startswith("heroku") else item.name.partition("-")[0].upper()
            certain.add(f"{item.attached_as or own}_URL")
            prefixes.append("HEROKU_REDIS_")
        elif item.name in ADDONS:
            prefixes += [*ADDONS[item.name][1], *([f"{item.attached_as}_"] if item.attached_as else [])]
    return certain, tuple(prefixes)


def render(move: Move, *, source: str = "app.json") -> str:
    """Return the sections as YAML to paste under `config:`, and everything else as comments around it."""
    lines = _comment(f"From {source}. Paste it under `config:` of Pulumi.<stack>.yaml.", "# ")
    for key, section in move.config.items():
        text = yaml.safe_dump(
            {key: section}, sort_keys=False, default_flow_style=None, width=WIDTH, allow_unicode=True
        )
        lines += ["", *(f"  {line}" for line in text.splitlines())]
    parts = (("To decide and to prepare", move.notes), ("Not mapped", move.not_mapped))
    for title, notes in parts:
        if notes:
            lines += ["", f"# {title}"]
            for note in notes:
                lines += _comment(f"{note.subject}: {note.text}.", "#   - ")
    lines += ["", "# Config vars, names only"]
    told = (
        (
            "create in Secrets Manager, ARNs in a service's `secrets`; what is no secret goes in `environment`",
            move.secrets,
        ),
        ("come from add-ons and go with them", move.from_addons),
        ("belong to Heroku's runtime", move.from_heroku),
    )
    for title, names in told:
        if names:
            lines += _comment(f"{title}: {', '.join(names)}", "#   - ")
    lines += _comment(
        "app.json need not list them all; names of the rest: heroku config --json | jq -r 'keys[]'", "#   - "
    )
    return _printable("\n".join(lines) + "\n")


def _comment(text: str, start: str) -> list[str]:
    rest = "#" + " " * (len(start) - 1)
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _redacted(command: str) -> str:
    """Return a command on one line without the values of assignments, passwords in URLs and secret options."""
    text = _one_line(command)
    for pattern, put in _SECRET_PARTS:
        text = pattern.sub(put, text)
    return text


def _one_line(command: str) -> str:
    return " ".join(_plain(command).split())


def _plain(value: object) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]{1,63}", name) else show(_plain(name))


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def add_parser(commands: Any) -> None:
    """Add the command to an argument parser's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "heroku",
        help="turn a Heroku app's app.json and Procfile into sections of a stack file",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Print hipaa:services and what goes with it as YAML, and say what has no place in it.",
        epilog=textwrap.dedent("""\
            examples:
              python -m blueprint heroku app.json             the Procfile beside it is read as well
              python -m blueprint heroku app.json Procfile > services.yaml

            Values of config vars are never shown. exit code: 0 done, 2 a file is wrong
            """),
    )
    parser.add_argument("app_json", type=Path, metavar="APP.JSON", help="the app's manifest")
    parser.add_argument(
        "procfile", type=Path, nargs="?", metavar="PROCFILE", help="default: Procfile beside it, if there"
    )


def run(app_json: Path, procfile: Path | None = None) -> int:
    """Print an app's sections and return the exit code: 0 done, 2 a file is wrong."""
    beside = app_json.with_name("Procfile")
    if procfile is None and beside.is_file():
        procfile = beside
    try:
        document = decode(_read(app_json), file=app_json.name)
        commands = None if procfile is None else _read(procfile)
        move = convert(
            document, commands, file=app_json.name, procfile_name=procfile.name if procfile else "Procfile"
        )
    except HerokuError as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.write(
        render(move, source=f"{app_json.name} and {procfile.name}" if procfile else app_json.name)
    )
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise HerokuError(
            [Problem(path.name, "(file)", f"{path}: {reason}", "a file that can be read")]
        ) from None
    except UnicodeDecodeError:
        raise HerokuError([Problem(path.name, "(file)", "not UTF-8", "text in UTF-8")]) from None
