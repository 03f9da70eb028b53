"""The stacks of a Pulumi project: their names, and the configuration in their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from blueprint.values import mapping
from blueprint.yaml_rules import Loader

_KEYS: Final = ("config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt")
"""Keys of a stack file. The CLI ignores every other key:
https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/workspace/project.go (`ProjectStack`)."""


class StackError(Exception):
    """A stack's file or its settings cannot be used; the message names the file, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class StackFile:
    """One `Pulumi.<stack>.yaml`."""

    project: str
    """Name of the Pulumi project."""
    stack: str
    path: Path
    config: dict[str, object]
    """Values as written, by full key; defaults of the project are included."""
    program: Path
    """Folder of the project's `__main__.py`."""


def names(root: Path) -> list[str]:
    """Return the stacks that have a file in `root`, in alphabetical order."""
    files = [
        path.name.split(".") for pattern in ("Pulumi.*.yaml", "Pulumi.*.yml") for path in root.glob(pattern)
    ]
    return sorted({parts[1] for parts in files if len(parts) == 3})


def read(root: Path, stack: str) -> StackFile:
    """Read the files of one stack and of its project.

    Raises:
        StackError: A file is missing or malformed.
    """
    path, ignored = root / f"Pulumi.{stack}.yaml", root / f"Pulumi.{stack}.yml"
    if ignored.is_file():
        raise StackError(
            f"{ignored.name}: Pulumi ignores this file, because the project's file is Pulumi.yaml: "
            + (f"delete it, or delete {path.name}" if path.is_file() else f"rename it to {path.name}")
        )
    if not path.is_file():
        others = ", ".join(names(root)) or "none"
        raise StackError(f"{path.name}: there is no such file; stacks with a file here: {others}")
    document = _load(root / "Pulumi.yaml")
    project = str(document.get("name", "project"))
    own = _load(path)
    if unknown := [key for key in own if key not in _KEYS]:
        misspelt = len(unknown) == 1 and "config" not in own and ":" not in unknown[0]
        raise StackError(
            f"{path.name}: {', '.join(unknown)}: Pulumi ignores such keys: "
            + ("did you mean config?" if misspelt else "indent settings, so that they are below `config:`")
        )
    return StackFile(
        project=project,
        stack=stack,
        path=path,
        config={**_defaults(document, project), **_config(own, project, path.name)},
        program=root / str(document.get("main", "")),
    )


def _config(document: dict[str, object], project: str, file: str) -> dict[str, object]:
    """Return the configuration of a stack; a key without a namespace belongs to the project, as in the CLI."""
    config = document.get("config")
    written = _mapping({} if config is None else config, f"{file}: config")
    full = {key if ":" in key else f"{project}:{key}": value for key, value in written.items()}
    if twice := [key for key in written if ":" not in key and f"{project}:{key}" in written]:
        raise StackError(
            f"{file}: config: {twice[0]} and {project}:{twice[0]} are the same key: delete one of them"
        )
    return full


def _defaults(document: dict[str, object], project: str) -> dict[str, object]:
    """Return the configuration that `Pulumi.yaml` gives every stack."""
    config = document.get("config")
    if config is None:
        return {}
    defaults: dict[str, object] = {}
    for key, value in _mapping(config, "Pulumi.yaml: config").items():
        declared = mapping(value)
        if "default" in declared or "value" in declared:
            value = declared.get("value", declared.get("default"))
        elif "type" in declared:
            continue
        defaults[key if ":" in key else f"{project}:{key}"] = value
    return defaults


def _load(path: Path) -> dict[str, object]:
    try:
        document: Any = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506, a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise StackError(f"{path.name}{place}: {problem}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path.name}: {error}") from error
    return _mapping(document or {}, path.name)


_KINDS: Final[dict[type, str]] = {list: "a list", str: "a string", int: "a number", bool: "true or false"}


def _mapping(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise StackError(
            f"{place}: expected a mapping of keys to values, found {_KINDS.get(type(value), 'a value')}"
        )
    return {str(key): item for key, item in cast("dict[object, object]", value).items()}
