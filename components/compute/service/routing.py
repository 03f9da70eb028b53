"""Which rule of a listener comes first: priorities from paths alone. Pure.

A load balancer takes the rule with the lowest number whose pattern matches
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html). So a narrower pattern must have
the lower number, and a number must not move when another service comes or goes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

EDGE_HEALTH: Final = 1
"""Priority of the load balancer's own health answer; no service gets it."""

LONGEST_PATH: Final = 128
MOST_WILDCARDS: Final = 5
"""What a rule's path may have (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)."""

# `?` stands for one character and `*` for any number. Where one pattern's matches are all matched by another, the other
# has as many or fewer characters that must be there; then as many `?` or more; then as many `*` or more.
_SHAPES: Final = sorted(
    (singles, stars) for singles in range(MOST_WILDCARDS + 1) for stars in range(MOST_WILDCARDS + 1 - singles)
)
_SLOTS: Final = 18  # 1 + 128 lengths * 21 shapes * 18 slots = 48,385 of the 50,000 numbers


def priorities(paths: Mapping[str, str]) -> dict[str, int]:
    """Return the priority, 2 to 48,385, of each service's path pattern.

    A number comes from the pattern: its length and wildcards choose 18 numbers, its hash one of them. Only where two
    patterns of one length and shape meet does the later hash take the next free number.

    Args:
        paths: Path pattern by service.

    Raises:
        ValueError: A pattern is longer or has more wildcards than AWS takes, two services have the same, or more than
            18 have one length and shape.
    """
    taken: dict[int, str] = {}
    found: dict[str, int] = {}
    for service, path in sorted(paths.items(), key=lambda item: (_hash(item[1]), item)):
        first = _first(service, path)
        start = _hash(path) % _SLOTS
        for step in range(_SLOTS):
            number = first + (start + step) % _SLOTS
            if number not in taken:
                break
            if paths[taken[number]] == path:
                raise ValueError(f"paths: {taken[number]} and {service} have the same path {path}")
        else:
            raise ValueError(f"paths: more than {_SLOTS} paths are as long as {path} with as many wildcards")
        taken[number] = service
        found[service] = number
    return {service: found[service] for service in paths}


def _first(service: str, path: str) -> int:
    """Return the first of the numbers for patterns of this length and shape."""
    # Stars in a row mean what one means.
    pattern = re.sub(r"\*+", "*", path)
    least = len(pattern) - pattern.count("*")
    shape = (pattern.count("?"), pattern.count("*"))
    wildcards = path.count("?") + path.count("*")
    if not path.startswith("/") or len(path) > LONGEST_PATH or wildcards > MOST_WILDCARDS:
        raise ValueError(
            f"path of {service} must start with /, with {LONGEST_PATH} characters and {MOST_WILDCARDS} wildcards at "
            f"most, got {path!r}"
        )
    return EDGE_HEALTH + 1 + ((LONGEST_PATH - least) * len(_SHAPES) + _SHAPES.index(shape)) * _SLOTS


def _hash(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8])
