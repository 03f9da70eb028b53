"""Mistakes in Heroku files, collected so that one error reports all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from planning.heroku.text import encodable, key
from settings.errors import Problem
from settings.showing import format_value, is_secret


class HerokuError(Exception):
    """A Heroku file has mistakes; `problems` holds all of them. The error contains no value of a config var."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return the problems file by file, each as a block of lines."""
        blocks: list[str] = []
        for file in dict.fromkeys(problem.file for problem in self.problems):
            in_file = [problem for problem in self.problems if problem.file == file]
            entries = "entry" if len(in_file) == 1 else "entries"
            blocks.append(f"{file}: {len(in_file)} {entries} to correct")
            blocks += map(str, in_file)
        return encodable("\n\n".join(blocks))


@dataclass
class Problems:
    """The problems of one file."""

    file: str
    """Name of the file."""
    entries: list[Problem] = field(default_factory=list[Problem])

    def add(self, path: str, value: object, allowed: str, hint: str = "", *, conceal: bool = False) -> None:
        """Add a problem.

        Args:
            path: Key or line in the file.
            value: The value there. The content of a mapping or a list is not shown, because it may hold config vars.
            allowed: What is allowed, in words.
            hint: The nearest value that is allowed, in words.
            conceal: Whether to hide the value and the hint.
        """
        if isinstance(value, Mapping | list):
            shown = "a list" if isinstance(value, list) else "a mapping"
        else:
            shown = format_value(value, conceal=conceal or is_secret(path))
        self.entries.append(Problem(self.file, path, shown, allowed, "" if conceal else hint))

    def mapping(self, document: Mapping[str, object], name: str, allowed: str) -> dict[str, object]:
        """Return the mapping under a key; empty where the key is missing or, with a problem, holds something else."""
        value = document.get(name)
        if value is not None and not isinstance(value, dict):
            self.add(name, value, allowed, conceal=name == "env")
        return cast("dict[str, object]", value) if isinstance(value, dict) else {}

    def items(self, document: Mapping[str, object], name: str, allowed: str) -> list[object]:
        """Return the list under a key; empty where the key is missing or, with a problem, holds something else."""
        value = document.get(name)
        if value is not None and not isinstance(value, list):
            self.add(name, value, allowed)
        return cast("list[object]", value) if isinstance(value, list) else []


def decode(text: str, *, file: str = "app.json") -> object:
    """Return the document in a JSON text.

    Raises:
        HerokuError: The text is not JSON, or a key is repeated with another value.
    """
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for name, value in pairs:
            if name in mapping and mapping[name] != value:
                repeated.append(name)
            mapping[name] = value
        return mapping

    allowed = "JSON: an object in braces"
    try:
        document: object = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise HerokuError([Problem(file, position, error.msg, allowed)]) from None
    except (ValueError, RecursionError):
        raise HerokuError([Problem(file, "(file)", "cannot be read as JSON", allowed)]) from None
    if repeated:
        names = dict.fromkeys(repeated)
        raise HerokuError(
            Problem(file, key(name), "repeated with another value", "each key once") for name in names
        )
    return document
