"""Priorities of listener rules, computed from path patterns alone. This module creates no resources.

A load balancer applies the matching rule with the lowest priority number
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html). Therefore a narrower pattern
must have a lower number. The number of a service must not change when another service is added or removed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from facts.quotas import RULE_WILDCARDS

EDGE_HEALTH: Final = 1
"""Priority of the rule for the health check of the load balancer itself; no service gets it."""

LONGEST_PATH: Final = 128
"""Most characters of a path pattern (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)."""

# `?` matches one character and `*` any number. If pattern A matches every path that pattern B matches, A requires at most
# as many characters as B. If both require the same number, A has at least as many `?`; if these are equal too, at least
# as many `*`.
_SHAPES: Final = sorted(
    (singles, stars) for singles in range(RULE_WILDCARDS + 1) for stars in range(RULE_WILDCARDS + 1 - singles)
)
_SLOTS: Final = 18  # 1 + 128 lengths * 21 shapes * 18 slots = 48,385 of the 50,000 numbers


def priorities(paths: Mapping[str, str]) -> dict[str, int]:
    """Return the priority, 2 to 48,385, of each path pattern, by service.

    The length and the wildcards of a pattern select a block of 18 numbers, and its hash selects one of these. If that
    number is already in use, the pattern with the greater hash gets the next free number of the block.

    Args:
        paths: Path pattern by service.

    Raises:
        ValueError: A pattern does not start with `/`, is longer or has more wildcards than AWS accepts; two services have
            the same pattern; or more than 18 patterns have the same length and wildcards.
    """
    service_of: dict[int, str] = {}
    number_of: dict[str, int] = {}
    for service, path in sorted(paths.items(), key=lambda item: (_hash(item[1]), item)):
        first = _first_number(service, path)
        offset = _hash(path) % _SLOTS
        for step in range(_SLOTS):
            number = first + (offset + step) % _SLOTS
            if number not in service_of:
                break
            if paths[service_of[number]] == path:
                raise ValueError(
                    f"paths must differ, but {service_of[number]} and {service} have the same path {path}"
                )
        else:
            raise ValueError(
                f"paths: more than {_SLOTS} have the same length and wildcards as {path}; change the length of one"
            )
        service_of[number] = service
        number_of[service] = number
    return {service: number_of[service] for service in paths}


def _first_number(service: str, path: str) -> int:
    """Return the first number of the block for patterns of this length and with these wildcards."""
    # Consecutive `*` match the same paths as one `*`.
    pattern = re.sub(r"\*+", "*", path)
    required_characters = len(pattern) - pattern.count("*")
    shape = (pattern.count("?"), pattern.count("*"))
    wildcards = path.count("?") + path.count("*")
    if not path.startswith("/") or len(path) > LONGEST_PATH or wildcards > RULE_WILDCARDS:
        raise ValueError(
            f"path of {service} must start with / and have at most {LONGEST_PATH} characters and {RULE_WILDCARDS} "
            f"wildcards, got {path!r}"
        )
    return (
        EDGE_HEALTH
        + 1
        + ((LONGEST_PATH - required_characters) * len(_SHAPES) + _SHAPES.index(shape)) * _SLOTS
    )


def _hash(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8])
