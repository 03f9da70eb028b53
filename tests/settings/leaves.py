"""The leaf settings: every key of a stack file that holds a value instead of a section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from settings.reference import entries

LEAVES: Final = frozenset(entry.path for entry in entries() if not entry.section)
"""Paths as in the reference, e.g. `hipaa:apps.<name>.processes.web.cpu`."""

_NAMES: Final = sorted(LEAVES)
_PATTERN: Final = re.compile(
    "|".join(
        f"({re.escape(path).replace('<name>', r'[a-z0-9/-]+').replace('…', r'[0-9]+')})" for path in _NAMES
    )
)


def leaf(path: str) -> str | None:
    """Return the leaf setting at a path such as `hipaa:apps.api.processes.web.cpu`, or None if there is a section."""
    match = _PATTERN.fullmatch(path)
    return _NAMES[match.lastindex - 1] if match and match.lastindex else None


def leaf_values(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield the path and the value of every leaf setting in a document."""
    if leaf(path):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaf_values(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaf_values(item, f"{path}[{index}]")
