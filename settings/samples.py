"""Sample values: identifiers, names and addresses that documentation uses and that belong to nobody.

The shipped stack files contain them, so that a preview works at once. A deployment must not contain any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from settings.errors import Mistake
from settings.model import Settings, nodes

_ACCOUNTS: Final = "(0{12}|123456789012|111122223333|444455556666|777788889999|210987654321|320987654321)"
# RFC 2606 and RFC 6761 reserve these names.
_HOST: Final = r"(\*\.)?([\w-]+\.)*(example\.(com|net|org)|[\w-]+\.(example|test|invalid|localhost))"
_TEXT: Final = re.compile(
    rf"(?<!\d){_ACCOUNTS}(?!\d)"
    r"|@sha256:0{64}$"
    r"|-0123456789abcdef0$"
    r"|^Z(0{6,}|0?123456789[A-Z]*)$"
    rf"|(?<![\w.-]){_HOST}(?![\w.-])"
)
# RFC 5737 reserves these ranges.
_RANGES: Final = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
_FREE_TEXT: Final = re.compile(r"warnings|aws:defaultTags|.*(\.environment\.|command)")
"""Paths of values that the program only hands on."""


def warnings(settings: Settings) -> Iterator[str]:
    """Yield one sentence that lists every sample value."""
    if samples := mistakes(settings):
        paths = ", ".join(mistake.path for mistake in samples)
        yield f"sample values in {paths}: replace them before `pulumi up`, which refuses them"


def mistakes(settings: Settings) -> list[Mistake]:
    """Return every sample value as a mistake."""
    return [
        Mistake(path, value, "a value of your own: this is a sample, which only a preview accepts")
        for path, value in nodes(settings)
        if not _FREE_TEXT.match(path) and _is_sample(value)
    ]


def _is_sample(value: object) -> bool:
    if isinstance(value, IPv4Address):
        return any(value in reserved for reserved in _RANGES)
    if isinstance(value, IPv4Network):
        return any(value.subnet_of(reserved) for reserved in _RANGES)
    return isinstance(value, str) and bool(_TEXT.search(value))
