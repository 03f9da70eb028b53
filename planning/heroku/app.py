"""A Heroku app as its files describe it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, cast

from planning.heroku.manifest import Manifest, read_manifest
from planning.heroku.problems import HerokuError, Problems
from planning.heroku.processes import Formation, Process, read_processes, read_procfile
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

_LONGEST_APP: Final = 16
"""Longest name of an application (`settings.types.Slug`)."""

ImageKind: TypeAlias = Literal["buildpacks", "dockerfile"]
"""What builds the images: Cloud Native Buildpacks, or Dockerfiles."""


@dataclass(frozen=True, slots=True)
class Addon:
    """An add-on of an app."""

    name: str
    """Name without the plan, such as `heroku-postgresql`."""
    plan: str
    """Plan, such as `standard-0`; empty if not given."""
    attached_as: str
    """Prefix of its config vars, in capitals; empty for the add-on's own prefix."""
    major_version: str
    """Major version that the app asks for; empty if it does not."""
    eviction: str
    """Its option `maxmemory_policy`; empty if not given."""
    options: tuple[str, ...]
    """Names of its other options."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A config var of an app."""

    name: str
    value: str
    """Its value in the file; empty if it has none."""
    is_generated: bool = False
    """Whether Heroku generates a secret as its value."""
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A Heroku app."""

    name: str
    """Name in `app.json`; empty if not given."""
    processes: tuple[Process, ...]
    idle: tuple[str, ...]
    """Process types of which Heroku runs no dyno."""
    tasks: Mapping[str, str]
    """Command by process type, of those whose command ends."""
    images: ImageKind
    """What builds its images."""
    release_command: str | None
    release_image: str
    """Process type whose image runs the release command; empty for `web`."""
    addons: tuple[Addon, ...]
    variables: tuple[Variable, ...]
    """Its config vars."""
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
        length = min(_LONGEST_APP, LONGEST_NAME - 1 - longest)
        words = name[: length + 1].rpartition("-")[0] if len(name) > length else name
        return (words or name)[:length].rstrip("-") if len(name) > 1 else "app"


def read_app(
    document: object,
    procfile: str | None = None,
    heroku_yml: str | None = None,
    *,
    images: ImageKind | None = None,
    file: str = "app.json",
    procfile_name: str = "Procfile",
    heroku_yml_name: str = "heroku.yml",
) -> App:
    """Read an app.

    Args:
        document: The decoded `app.json`; an empty mapping if there is none.
        procfile: Text of the Procfile; None if there is none. Heroku ignores it if there is a `heroku.yml`.
        heroku_yml: Text of `heroku.yml`; None if there is none.
        images: What will build the images. If None: Dockerfiles if `heroku.yml` names one or if `stack` is `container`.
        file: Name of the first file, for messages.
        procfile_name: Name of the second file, for messages.
        heroku_yml_name: Name of the third file, for messages.

    Raises:
        HerokuError: A file has mistakes; the error holds all of them.
    """
    problems, procfile_problems, yml_problems = map(Problems, (file, procfile_name, heroku_yml_name))
    yml = Manifest() if heroku_yml is None else read_manifest(heroku_yml, yml_problems)
    commands: dict[str, str | None] = {}
    if procfile is not None and not yml.commands:
        commands = {**read_procfile(procfile, procfile_problems)}
    release = yml.release or commands.get("release")
    commands |= yml.commands
    manifest: Mapping[str, object] = {}
    if isinstance(document, dict):
        manifest = cast("dict[str, object]", document)
    else:
        allowed = "an object in braces with keys such as formation and addons"
        problems.add("(file)", document, allowed, conceal=True)
    formation = problems.mapping(manifest, "formation", "a mapping of process types to quantity and size")
    unknown_keys = tuple(_unknown_keys(manifest, problems))
    name_problems = yml_problems if yml.commands else procfile_problems
    if "formation" in manifest:
        name_problems = problems
    found_processes = read_processes(formation, commands, problems, name_problems)
    addons = [*_addons(problems.items(manifest, "addons", "a list of add-ons"), "addons", problems)]
    names = {addon.name for addon in addons}
    addons += [item for item in _addons(yml.addons, "setup.addons", yml_problems) if item.name not in names]
    variables = {
        variable.name: variable
        for variable in (
            *_variables(yml.config, "setup.config", yml_problems),
            *_variables(problems.mapping(manifest, "env", "a mapping of config vars"), "env", problems),
        )
    }
    is_docker = bool(yml.builds) or manifest.get("stack") == "container"
    app = App(
        name=str(manifest.get("name", "")),
        processes=_with_images(found_processes, yml),
        idle=found_processes.idle,
        tasks=found_processes.tasks,
        images=images or ("dockerfile" if is_docker else "buildpacks"),
        release_command=release,
        release_image=yml.release_image,
        addons=tuple(addons),
        variables=tuple(variables.values()),
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
    found = [*problems.entries, *procfile_problems.entries, *yml_problems.entries]
    if not found and not app.processes and not app.idle and not app.tasks:
        problems.add(
            "formation",
            manifest.get("formation"),
            "at least one process type, here, in a Procfile or in heroku.yml",
            "run `heroku ps` and add what runs, or pass the Procfile to the command",
        )
        found = problems.entries
    if found:
        raise HerokuError(found)
    return app


def _with_images(formation: Formation, yml: Manifest) -> tuple[Process, ...]:
    """Return the processes with the mark of those that run another image than the first one."""
    builds = {process.name: yml.builds.get(process.name) for process in formation.processes}
    main = builds.get("web") or next(iter(builds.values()), None)
    return tuple(
        replace(process, has_own_image=builds[process.name] not in (None, main))
        for process in formation.processes
    )


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


def _addons(items: Sequence[object], section: str, problems: Problems) -> Iterator[Addon]:
    for index, item in enumerate(items):
        path = f"{section}[{index}]"
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
            given = {str(name): value for name, value in cast("dict[object, object]", options).items()}
            version, eviction = given.pop("version", ""), given.pop("maxmemory_policy", "")
            yield Addon(
                name=match[1],
                plan=match[2] or "",
                attached_as=attached_as.upper(),
                major_version=_major_version(version),
                eviction=eviction if isinstance(eviction, str) else "",
                options=tuple(map(key, given)),
            )


def _major_version(version: object) -> str:
    major = str(version).partition(".")[0] if isinstance(version, str | int | float) else ""
    return major if _MAJOR_VERSION.fullmatch(major) else ""


def _variables(entries: Mapping[str, object], section: str, problems: Problems) -> Iterator[Variable]:
    for name, entry in entries.items():
        path = f"{section}.{key(name)}"
        if not _VARIABLE.fullmatch(name):
            problems.add(path, entry, "a name of letters, digits and underscores", conceal=True)
        elif isinstance(entry, str):
            yield Variable(name, entry)
        elif isinstance(entry, dict):
            values = cast("dict[str, object]", entry)
            value = values.get("value", "")
            yield Variable(
                name,
                value if isinstance(value, str) else "",
                is_generated=values.get("generator") == "secret",
                is_required=values.get("required") is not False,
            )
        else:
            allowed = "text in quotes, or a mapping with value, generator or required"
            problems.add(path, entry, allowed, conceal=True)
