"""How messages show values, and which values they hide."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

MISSING: Final = object()
"""Value of a mistake whose key is missing."""
SECRET: Final = object()
"""Value of a mistake that no message may show."""

_MAX_VALUE: Final = 60
_HIDDEN: Final = "(hidden)"
_SECRET_KEY: Final = re.compile(
    r"pass(word|wd|phrase)|secret|token|credential|(private|api|access)_?key", re.IGNORECASE
)

_KINDS: Final[Mapping[str, str]] = {
    # A password that begins with $ is a variable, which a shell replaces.
    "a URL with a password": r"[a-z][a-z0-9+.-]*://[^\s/@:]*:(?!\$)[^\s/@]+@",
    "an AWS access key id": r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a live key of Stripe": r"\b[sr]k_live_\w{8,}",
    "a token of Slack": r"\bxox[a-z]-[\w-]{8,}",
    "a webhook of Slack": r"hooks\.slack\.com/(services|workflows|triggers)/\w",
    "a token of GitHub": r"\b(gh[a-z]_\w{30,}|github_pat_\w{20,})",
    "a JSON Web Token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.",
}
_PATTERNS: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS.items())


def secret_kind(text: str) -> str:
    """Return which kind of secret a text seems to contain; empty if none."""
    return next((kind for kind, pattern in _PATTERNS if pattern.search(text)), "")


def is_secret(path: str, value: object = None) -> bool:
    """Return whether a value must not be shown: its key looks like the key of a secret, or the value like a secret.

    The ARN of a secret is shown, because it is not secret.
    """
    text = value if isinstance(value, str) else ""
    return (bool(_SECRET_KEY.search(path)) and not text.startswith("arn:")) or bool(secret_kind(text))


def format_value(value: object, *, conceal: bool = False) -> str:
    """Return `value` as one short line of JSON, without parts that look like secrets."""
    if value is MISSING:
        return "(missing)"
    if value is SECRET or conceal:
        return _HIDDEN
    # The loader of stack files keeps the text of a number, such as 17.10.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = str(value) if number else json.dumps(_redact(value), ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"


def _redact(value: object) -> object:
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {str(key): _HIDDEN if is_secret(str(key), item) else _redact(item) for key, item in items}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_redact(item) for item in cast("Sequence[object]", value)]
    return _HIDDEN if isinstance(value, str) and secret_kind(value) else value
