"""The stacks of a Pulumi project: their names, and the configuration in their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from blueprint.values import mapping

# libyaml if it is available: a stack file is read at every preview.
_SAFE: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE):
    """A safe loader that refuses a duplicate key, of which YAML would use the last value."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping without duplicate keys."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} occurs twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return cast("dict[Any, Any]", super().construct_mapping(node, deep))


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
    """The project's `__main__.py`."""


def names(root: Path) -> list[str]:
    """Return the stacks that have a file in `root`, in alphabetical order."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml") if path.name.count(".") == 2)


def read(root: Path, stack: str) -> StackFile:
    """Read the files of one stack and of its project.

    Raises:
        StackError: A file is missing or malformed.
    """
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        others = ", ".join(names(root)) or "none"
        raise StackError(f"{path.name}: there is no such file; stacks with a file here: {others}")
    document = _load(root / "Pulumi.yaml")
    project = str(document.get("name", "project"))
    own = _load(path).get("config")
    config = _mapping({} if own is None else own, f"{path.name}: config")
    if bare := sorted(key for key in config if ":" not in key):
        raise StackError(
            f"{path.name}: config: {', '.join(bare)}: write each key with its namespace, such as {project}:{bare[0]}"
        )
    return StackFile(
        project=project,
        stack=stack,
        path=path,
        config={**_defaults(document, project), **config},
        program=root / str(document.get("main", "")) / "__main__.py",
    )


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
        document: Any = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506, a safe loader
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
