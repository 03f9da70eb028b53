"""Text from Heroku files that is safe to print: no secrets, no control characters, on one line."""

from __future__ import annotations

import re
import shlex
from typing import Final

from settings.showing import format_value, is_secret

_ASSIGNMENT: Final = re.compile(r"(?<![\w-])([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S+)")
_PLAIN_VALUE: Final = re.compile(r"\d+|true|false", re.IGNORECASE)
"""Value of an assignment that is shown, unless its name looks like the name of a secret."""

_SECRETS: Final = (
    # User and password in a URL.
    (re.compile(r"://[^/@\s]+@"), "://…@"),
    # Options such as --api-key value.
    (
        re.compile(
            r"(--?[\w-]*(?:pass|secret|token|key)[\w-]*)([= ])(\"[^\"]*\"|'[^']*'|\S+)", re.IGNORECASE
        ),
        r"\1\2…",
    ),
)
"""What may contain a secret in a command besides assignments, and its replacement."""

_SHELL: Final = re.compile(r"[$`|&;<>(){}*?\[\]~#!\\]|^\s*(?:\w+=|(?:cd|exec|export|source|\.)\s)")
"""Syntax of a shell, and its built-in commands at the start."""

_PLAIN_KEY: Final = re.compile(r"[\w.-]{1,63}")


def printable(value: object) -> str:
    """Return the text of a value with a question mark for each character that cannot be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))


def encodable(text: str) -> str:
    """Return a text with an escape for each character that UTF-8 cannot encode, such as half a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def key(name: str) -> str:
    """Return a key for use in a path, in quotes where it has unusual characters."""
    return name if _PLAIN_KEY.fullmatch(name) else format_value(printable(name))


def one_line(command: str) -> str:
    """Return a command on one line."""
    return " ".join(printable(command).split())


def redact(command: str) -> str:
    """Return a command on one line, without values of assignments, passwords in URLs and values of secret options."""
    text = _ASSIGNMENT.sub(_assignment, one_line(command))
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _assignment(match: re.Match[str]) -> str:
    is_shown = _PLAIN_VALUE.fullmatch(match[2]) and not is_secret(match[1])
    return match[0] if is_shown else f"{match[1]}=…"


def may_hold_secret(command: str) -> bool:
    """Return whether something in a command was redacted."""
    return redact(command) != one_line(command)


def needs_shell(command: str) -> bool:
    """Return whether only a shell can run a command as it is written."""
    if _SHELL.search(command):
        return True
    try:
        return not shlex.split(command)
    except ValueError:
        return True


def arguments(command: str) -> tuple[str, ...]:
    """Return the program and the arguments of a command, `/bin/sh -c` where it needs a shell."""
    return ("/bin/sh", "-c", command) if needs_shell(command) else tuple(shlex.split(command))
