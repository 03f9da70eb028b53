"""What is wrong with a stack's configuration, told so that it can be put right without reading the code."""

from __future__ import annotations

import difflib
import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pulumi

_WIDTH = 100
_SHORT = 60
_SECRET = re.compile(r"pass(word|wd|phrase)|secret|token|credential|(private|api|access)_?key", re.IGNORECASE)
_HIDDEN = "(hidden)"


@dataclass(frozen=True)
class Problem:
    """One mistake in one stack file."""

    file: str
    """Name of the stack file, such as `Pulumi.prod.yaml`."""
    path: str
    """Where in the file, such as `hipaa:network.zones` or `hipaa:services.api.uses[0]`."""
    value: str
    """What stands there, shortened; hidden where the key looks like that of a secret."""
    allowed: str
    """What may stand there, in words."""
    hint: str = ""
    """The nearest thing that is allowed, if there is one."""

    def __str__(self) -> str:
        """Return the problem as a block of lines of at most 100 columns."""
        told = {"found": self.value, "allowed": self.allowed, "hint": self.hint}
        lines = [line for label, text in told.items() if text for line in _wrap(f"  {label:<9}", text)]
        return "\n".join([*_wrap("", self.path), *lines])


class SettingsError(pulumi.RunError):
    """The configuration of a stack is refused; `problems` holds every mistake in it.

    As a `pulumi.RunError` it ends `pulumi up` with its message alone, without a traceback.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return every problem, one block each, under the name of the file."""
        count = len(self.problems)
        files = ", ".join(dict.fromkeys(problem.file for problem in self.problems))
        title = f"{files}: {count} setting{'s' if count > 1 else ''} to correct"
        return "\n\n".join([*map("\n".join, [_wrap("", title)]), *map(str, self.problems)])


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that `word` was most likely meant to be, or an empty string."""
    candidates = {_plain(name): name for name in known}
    match = difflib.get_close_matches(_plain(word), candidates, n=1, cutoff=0.6)
    return candidates[match[0]] if match else ""


def hidden(path: str) -> bool:
    """Say whether the value at `path` must not be shown because its key looks like that of a secret."""
    return bool(_SECRET.search(path))


def show(value: object, *, conceal: bool = False) -> str:
    """Return `value` as one short line of JSON, without what looks like a secret."""
    if conceal:
        return _HIDDEN
    text = json.dumps(_redact(value), ensure_ascii=False, default=str)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _redact(value: object) -> object:
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {str(key): _HIDDEN if hidden(str(key)) else _redact(item) for key, item in items}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_redact(item) for item in cast("Sequence[object]", value)]
    return value


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")


def _wrap(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False
    )
