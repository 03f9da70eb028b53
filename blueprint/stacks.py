"""The stacks of a project: which there are, and the configuration in each one's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

# libyaml where it is there: a stack file is read at every preview.
_SAFE: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE):
    """A safe loader that refuses a key written twice, of which YAML would take the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping, each key of which stands there once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} stands here twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return cast("dict[Any, Any]", super().construct_mapping(node, deep))


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
    given = _load(path).get("config")
    config = _mapping({} if given is None else given, f"{path.name}: config")
    if bare := sorted(key for key in config if ":" not in key):
        raise StackFileError(
            f"{path.name}: config: {', '.join(bare)}: write the key with its namespace, such as hipaa:{bare[0]}"
        )
    project = _load(root / "Pulumi.yaml").get("name", "hipaa")
    return StackFile(project=str(project), stack=stack, path=path, config=config)


def _load(path: Path) -> dict[str, object]:
    try:
        document: Any = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506, a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise StackFileError(f"{path.name}{place}: {problem}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StackFileError(f"{path.name}: {error}") from error
    return _mapping(document or {}, path.name)


_KINDS: Final[dict[type, str]] = {list: "a list", str: "a text", int: "a number", bool: "true or false"}


def _mapping(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise StackFileError(
            f"{place}: expected a mapping of keys to values, found {_KINDS.get(type(value), 'a value')}"
        )
    return {str(key): item for key, item in cast(dict[object, object], value).items()}
