"""Rules that apply wherever a section has certain keys."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import cast

from facts.instances import architecture
from settings import amis
from settings.errors import Mistake
from settings.model import ComputeSettings, NatInstanceSettings, Settings, nodes


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield minimums above maximums, duplicates in lists, and images for another architecture."""
    for path, node in nodes(settings):
        yield from _bounds(path, node)
        yield from _duplicates(path, node)
        yield from _architecture(path, node)


def _bounds(path: str, node: object) -> Iterator[Mistake]:
    low, high = getattr(node, "min", None), getattr(node, "max", None)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield Mistake(f"{path}.min", low, f"at most {path}.max ({high:g})", related_paths=(f"{path}.max",))


def _duplicates(path: str, node: object) -> Iterator[Mistake]:
    # A command may contain the same word twice.
    if not isinstance(node, tuple) or path.endswith("command"):
        return
    entries = cast("tuple[object, ...]", node)
    for index, entry in enumerate(entries):
        first = entries.index(entry)
        if first < index and isinstance(entry, str | IPv4Address | IPv4Network):
            yield Mistake(f"{path}[{index}]", entry, f"no duplicates; {path}[{first}] is the same")


def _architecture(path: str, node: object) -> Iterator[Mistake]:
    if not isinstance(node, NatInstanceSettings | ComputeSettings):
        return
    required, actual = architecture(node.instance_type), amis.architecture_of(node.ami)
    if actual and actual != required:
        yield Mistake(
            f"{path}.ami",
            node.ami,
            f"an image for {required}, the architecture of {path}.instance_type ({node.instance_type})",
            f"leave it out to use the newest image for {required}",
            related_paths=(f"{path}.instance_type",),
        )
