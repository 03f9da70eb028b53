"""The stacks of a project: which there are, and the configuration in each one's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

# libyaml where it is there: a stack file is read at every preview.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class StackFileError(Exception):
    """A stack file is missing or is no YAML mapping; the message names file, place and remedy."""


@dataclass(frozen=True, slots=True)
class StackFile:
    """One `Pulumi.<stack>.yaml`, as written."""

    project: str
    stack: str
    path: Path
    config: dict[str, object]


def names(root: Path) -> list[str]:
    """Return the stacks that have a file in `root`, in alphabetical order."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml") if path.name.count(".") == 2)


def read(root: Path, stack: str) -> StackFile:
    """Read one stack's file and the project's name."""
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = ", ".join(names(root)) or "none"
        raise StackFileError(f"{path.name}: there is no such file; stacks with a file here: {known}")
    config = _mapping(_load(path).get("config", {}), f"{path.name}: config")
    project = _load(root / "Pulumi.yaml").get("name", "hipaa")
    # Pulumi reads `<project>:key` and `key` as the same; this project's keys carry their namespace in full.
    return StackFile(project=str(project), stack=stack, path=path, config=config)


def _load(path: Path) -> dict[str, object]:
    try:
        document: Any = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506, a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise StackFileError(f"{path.name}{place}: {problem}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StackFileError(f"{path.name}: {error}") from error
    return _mapping(document or {}, path.name)


def _mapping(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise StackFileError(f"{place}: expected a mapping of keys to values, found {type(value).__name__}")
    return {str(key): item for key, item in cast(dict[object, object], value).items()}
