"""A Heroku app as its files describe it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from planning.heroku.problems import HerokuError, Problems
from planning.heroku.processes import Process, read_processes, read_procfile
from planning.heroku.text import key
from settings.errors import nearest
from settings.rules.processes import LONGEST_NAME

_KEYS: Final = (
    "name", "description", "keywords", "website", "repository", "logo", "success_url", "scripts", "env", "formation",
    "image", "addons", "buildpacks", "environments", "stack",
)  # fmt: skip
_ADDON: Final = re.compile(r"([a-z0-9][a-z0-9_-]{0,62})(?::([a-z0-9][a-z0-9_.-]{0,62}))?")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_MAJOR_VERSION: Final = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Addon:
    """An add-on of an app."""

    name: str
    """Name without the plan, such as `heroku-postgresql`."""
    attached_as: str
    """Prefix of its config vars, in capitals; empty for the add-on's own prefix."""
    major_version: str
    """Major version that the app asks for; empty if it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A Heroku app."""

    name: str
    """Name in `app.json`; empty if not given."""
    processes: tuple[Process, ...]
    idle: tuple[str, ...]
    """Process types of which Heroku runs no dyno."""
    release_command: str | None
    addons: tuple[Addon, ...]
    variables: tuple[str, ...]
    """Names of its config vars."""
    scripts: tuple[str, ...]
    """Names of its scripts, such as `postdeploy`."""
    buildpacks: int
    """Number of its buildpacks."""
    heroku_stack: str
    """Heroku's base image, such as `heroku-24`; empty if not given."""
    environments: tuple[str, ...]
    """Names of its environments, such as `review`."""
    unknown_keys: tuple[str, ...]
    """Keys of `app.json` that Heroku does not document."""

    @property
    def service_prefix(self) -> str:
        """Return the name of the application, short enough for `<app>-<process>` with its longest process."""
        longest = max((len(process.service) for process in self.processes), default=0)
        name = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-0123456789")
        return name[: LONGEST_NAME - 1 - longest].rstrip("-") if len(name) > 1 else "app"


def read_app(
    document: object, procfile: str | None = None, *, file: str = "app.json", procfile_name: str = "Procfile"
) -> App:
    """Read an app.

    Args:
        document: The decoded `app.json`.
        procfile: Text of the Procfile; None if there is none.
        file: Name of the first file, for messages.
        procfile_name: Name of the second file, for messages.

    Raises:
        HerokuError: A file has mistakes; the error holds all of them.
    """
    problems, procfile_problems = Problems(file), Problems(procfile_name)
    commands = {} if procfile is None else read_procfile(procfile, procfile_problems)
    manifest: Mapping[str, object] = {}
    if isinstance(document, dict):
        manifest = cast("dict[str, object]", document)
    else:
        allowed = "an object in braces with keys such as formation and addons"
        problems.add("(file)", document, allowed, conceal=True)
    formation = problems.mapping(manifest, "formation", "a mapping of process types to quantity and size")
    unknown_keys = tuple(_unknown_keys(manifest, problems))
    name_problems = problems if "formation" in manifest else procfile_problems
    processes, idle = read_processes(formation, commands, problems, name_problems)
    app = App(
        name=str(manifest.get("name", "")),
        processes=processes,
        idle=idle,
        release_command=commands.get("release"),
        addons=tuple(_addons(manifest, problems)),
        variables=tuple(_variables(manifest, problems)),
        scripts=tuple(problems.mapping(manifest, "scripts", "a mapping of script names to commands")),
        buildpacks=len(problems.items(manifest, "buildpacks", "a list of mappings with url")),
        heroku_stack=str(manifest.get("stack", "")),
        environments=tuple(
            problems.mapping(manifest, "environments", "a mapping of environment names to overrides")
        ),
        unknown_keys=unknown_keys,
    )
    for name in ("name", "image", "stack"):
        if not isinstance(manifest.get(name, ""), str):
            problems.add(name, manifest[name], "text in quotes")
    found = [*problems.entries, *procfile_problems.entries]
    if not found and not app.processes and not app.idle:
        problems.add(
            "formation",
            manifest.get("formation"),
            "at least one process type, here or in a Procfile",
            "run `heroku ps` and add what runs, or pass the Procfile to the command",
        )
        found = problems.entries
    if found:
        raise HerokuError(found)
    return app


def _unknown_keys(manifest: Mapping[str, object], problems: Problems) -> Iterator[str]:
    """Yield the unknown keys; a key that looks misspelt is a problem."""
    for name, value in manifest.items():
        if name in _KEYS or name.startswith("$"):
            continue
        near = nearest(name, _KEYS)
        if near and near not in manifest:
            allowed = f"one of the keys {', '.join(_KEYS)}"
            problems.add(key(name), value, allowed, f"did you mean {near}?", conceal=True)
        else:
            yield name


def _addons(manifest: Mapping[str, object], problems: Problems) -> Iterator[Addon]:
    for index, item in enumerate(problems.items(manifest, "addons", "a list of add-ons")):
        path = f"addons[{index}]"
        is_mapping = isinstance(item, dict)
        entry = cast("dict[str, object]", item) if is_mapping else {"plan": item}
        plan, attached_as, options = entry.get("plan"), entry.get("as", ""), entry.get("options", {})
        match = _ADDON.fullmatch(plan.strip().lower()) if isinstance(plan, str) else None
        if not match:
            allowed = "an add-on with or without a plan, such as heroku-postgresql:standard-0"
            problems.add(f"{path}.plan" if is_mapping else path, plan, allowed)
        if not isinstance(attached_as, str) or (attached_as and not _VARIABLE.fullmatch(attached_as)):
            problems.add(f"{path}.as", attached_as, "a name of letters, digits and underscores")
            attached_as = ""
        if not isinstance(options, dict):
            problems.add(f"{path}.options", options, "a mapping", conceal=True)
            options = {}
        if match:
            version = cast("dict[str, object]", options).get("version")
            yield Addon(match[1], attached_as.upper(), _major_version(version))


def _major_version(version: object) -> str:
    major = str(version).partition(".")[0] if isinstance(version, str | int | float) else ""
    return major if _MAJOR_VERSION.fullmatch(major) else ""


def _variables(manifest: Mapping[str, object], problems: Problems) -> Iterator[str]:
    for name, value in problems.mapping(manifest, "env", "a mapping of config vars").items():
        path = f"env.{key(name)}"
        if not _VARIABLE.fullmatch(name):
            problems.add(path, value, "a name of letters, digits and underscores", conceal=True)
        elif not isinstance(value, str | dict):
            allowed = "text in quotes, or a mapping with value, generator or required"
            problems.add(path, value, allowed, conceal=True)
        else:
            yield name
