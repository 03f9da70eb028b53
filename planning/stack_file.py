"""The settings in the stack files of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml

import settings
from settings import Settings


class StackFileError(Exception):
    """A stack file is missing or is not the YAML that Pulumi expects. The message names the file and the position."""


class _UniqueKeys(yaml.SafeLoader):
    """A safe YAML loader that refuses a repeated key; YAML itself would keep the last value."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping whose keys are all different."""
        keys: set[str] = set()
        for key, _ in node.value:
            if key.value in keys:
                problem = f"the key {key.value} is repeated"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            keys.add(key.value)
        return cast("dict[Any, Any]", super().construct_mapping(node, deep))


def names(root: Path) -> list[str]:
    """Return the stacks that have a `Pulumi.<stack>.yaml` in `root`, in alphabetical order."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml") if path.name.count(".") == 2)


def read(root: Path, stack: str) -> Settings:
    """Return the checked settings in `Pulumi.<stack>.yaml`.

    Raises:
        StackFileError: The file is missing, or it does not map `config` to keys with a namespace.
        SettingsError: A setting is not allowed; the error lists every mistake.
    """
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        existing = ", ".join(names(root)) or "none"
        raise StackFileError(f"{path.name}: the file does not exist; stacks with a file: {existing}")
    document = _mapping(_load(path), path.name)
    config = _mapping(document.get("config"), f"{path.name}: config")
    if bare := [key for key in config if ":" not in key]:
        keys = ", ".join(sorted(bare))
        raise StackFileError(
            f"{path.name}: config: {keys}: add the namespace to the key, such as hipaa:{min(bare)}"
        )
    return settings.parse(config, file=path.name)


def _load(path: Path) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise StackFileError(f"{path.name}{position}: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StackFileError(f"{path.name}: {error}") from error


def _mapping(value: object, place: str) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise StackFileError(f"{place}: must map keys to values, but it is a {type(value).__name__}")
    return {str(key): item for key, item in cast("dict[object, object]", value).items()}
