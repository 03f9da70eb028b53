"""The file `heroku.yml` of an app: https://devcenter.heroku.com/articles/build-docker-images-heroku-yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import yaml

from planning.heroku.problems import Problems
from planning.heroku.text import key
from settings.errors import nearest

_KEYS: Final = ("setup", "build", "release", "run")
_MAPPING: Final = "a mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of `heroku.yml`."""

    commands: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Command by process type; None for the command of its image."""
    builds: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the image of a process type is built from; empty without `build.docker`, that is with buildpacks."""
    release: str | None = None
    """Command of the release phase."""
    release_image: str = ""
    """Process type whose image runs it."""
    addons: tuple[object, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict[str, object])
    """Config vars."""


def read_manifest(text: str, problems: Problems) -> Manifest:
    """Return the content of `heroku.yml`."""
    try:
        document: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        problems.add(
            "(file)",
            "cannot be read as YAML",
            "YAML: a mapping with build, and optionally setup, release and run",
        )
        return Manifest()
    if not isinstance(document, dict):
        problems.add(
            "(file)", document, "a mapping with build, and optionally setup, release and run", conceal=True
        )
        return Manifest()
    content = {str(name): value for name, value in cast("dict[object, object]", document).items()}
    for name, value in content.items():
        if name not in _KEYS:
            near = nearest(name, _KEYS)
            hint = f"did you mean {near}?" if near else ""
            problems.add(key(name), value, f"one of the keys {', '.join(_KEYS)}", hint, conceal=True)
    setup = _named(problems.mapping(content, "setup", _MAPPING))
    docker = _named(
        problems.mapping(_named(problems.mapping(content, "build", _MAPPING)), "docker", _MAPPING)
    )
    run = _named(problems.mapping(content, "run", "a mapping of process types to commands"))
    release = _named(problems.mapping(content, "release", "a mapping with image and command"))
    commands: dict[str, str | None] = {name: None for name in docker if name not in run}
    builds = {name: repr(build) for name, build in docker.items()}
    for name, entry in run.items():
        commands[name] = _command(entry, f"run.{key(name)}", problems)
        image = cast("dict[str, object]", entry).get("image") if isinstance(entry, dict) else None
        if isinstance(image, str) and image in builds:
            builds[name] = builds[image]
    return Manifest(
        commands=commands,
        builds=builds,
        release=_command(release, "release", problems) if release else None,
        release_image=str(release.get("image", "")),
        addons=tuple(problems.items(setup, "addons", "a list of add-ons")),
        config={
            str(name): _text(value)
            for name, value in problems.mapping(setup, "config", "a mapping of config vars").items()
        },
    )


def _named(mapping: Mapping[str, object]) -> dict[str, object]:
    """Return a mapping whose keys are text; YAML also has other keys."""
    return {str(name): value for name, value in mapping.items()}


def _text(value: object) -> object:
    """Return a switch or a number as text, as Heroku does."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _command(entry: object, path: str, problems: Problems) -> str | None:
    """Return the command of an entry: text, a list of commands that run one after the other, or a mapping with `command`."""
    if isinstance(entry, dict):
        entry = cast("dict[str, object]", entry).get("command")
    if entry is None or isinstance(entry, str):
        return entry
    commands = cast("list[object]", entry) if isinstance(entry, list) else []
    if commands and all(isinstance(item, str) for item in commands):
        return " && ".join(map(str, commands))
    problems.add(path, cast("object", entry), "a command, or a mapping with command and image", conceal=True)
    return None
