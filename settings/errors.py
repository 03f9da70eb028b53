"""Mistakes in a stack's configuration, reported so that they can be corrected without reading the code."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

import pulumi

_WIDTH = 100


@dataclass(frozen=True)
class Mistake:
    """A mistake as a check finds it, with the raw value."""

    path: str
    """Path of the value in the stack file, e.g. `hipaa:apps.ehr.uses[0]`."""
    value: object
    """The value in the file."""
    allowed: str
    """The allowed values or the violated rule, in words."""
    hint: str = ""
    """How to correct the value; empty if there is no obvious correction."""
    related_paths: tuple[str, ...] = ()
    """Paths of the other values that the check looked at."""


@dataclass(frozen=True)
class Problem:
    """A mistake as the user sees it."""

    file: str
    """Name of the stack file, e.g. `Pulumi.prod.yaml`."""
    path: str
    """Path of the value in the file, e.g. `hipaa:network.zones` or `hipaa:apps.ehr.uses[0]`."""
    value: str
    """The value in the file, shortened; hidden if its key looks like the key of a secret."""
    allowed: str
    """The allowed values or the violated rule, in words."""
    hint: str = ""
    """How to correct the value; empty if there is no obvious correction."""

    def __str__(self) -> str:
        """Return the problem as a block of lines of at most 100 columns."""
        rows = {"found": self.value, "allowed": self.allowed, "hint": self.hint}
        lines = [line for label, text in rows.items() if text for line in _wrap(f"  {label:<9}", text)]
        return "\n".join([*_wrap("", self.path), *lines])


class SettingsError(pulumi.RunError):
    """The configuration of a stack is invalid; `problems` holds every mistake in it.

    Because it is a `pulumi.RunError`, `pulumi up` prints its message without a traceback.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return every problem as one block, under the name of the file."""
        count = len(self.problems)
        files = ", ".join(dict.fromkeys(problem.file for problem in self.problems))
        title = f"{files}: {count} setting{'s' if count > 1 else ''} to correct"
        return "\n\n".join([*map("\n".join, [_wrap("", title)]), *map(str, self.problems)])


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the choice that `word` most likely misspells, or an empty string."""
    by_spelling = {_plain(choice): choice for choice in choices}
    match = difflib.get_close_matches(_plain(word), by_spelling, n=1, cutoff=0.6)
    return by_spelling[match[0]] if match else ""


def did_you_mean(word: str) -> str:
    """Return a hint that suggests `word`, or an empty string if there is no word to suggest."""
    return f"did you mean {word}?" if word else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")


def _wrap(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False
    )
