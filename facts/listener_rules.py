"""The rules of an Application Load Balancer's listener: what they match, and priorities computed from that alone.

A load balancer applies the matching rule with the lowest priority number
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html). Therefore a narrower rule must
have a lower number. The number of a rule must not change when another rule is added or removed, because a load balancer
refuses a number that another rule still has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Final, NamedTuple, TypeVar

from facts.quotas import RULE_WILDCARDS

T = TypeVar("T")

EDGE_HEALTH: Final = 1
"""Priority of the rule for the health check of the load balancer itself."""

MAINTENANCE: Final = 2
"""Priority of the rule that answers every request during maintenance."""

_REDIRECTS: Final = range(3, 203)
"""Priorities of the rules that redirect a host to another one."""

ANY_HOST: Final = "*"
"""Host of a rule that matches every host."""

LONGEST_PATTERN: Final = 128
"""Most characters of a pattern of hosts or paths
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html)."""

WILDCARD_LABELS: Final = range(2, 6)
"""Labels that may follow `*.` in a wildcard."""

# A rule for one host comes before a rule for a wildcard, and both before a rule for every host. Of two wildcards, the one
# with more labels is narrower, unless they are disjoint.
_ONE_HOST: Final = WILDCARD_LABELS.stop
_EVERY_HOST: Final = 0
_LEVELS: Final = 2 * LONGEST_PATTERN
_SLOTS: Final[Mapping[int, int]] = {
    _ONE_HOST: 90,
    **dict.fromkeys(reversed(WILDCARD_LABELS), 12),
    _EVERY_HOST: 50,
}
"""Numbers for each level of paths, by kind of host: 256 levels * 188 numbers, of the 50,000 that AWS has."""


class Match(NamedTuple):
    """What a listener rule matches."""

    host: str
    """A host, a wildcard such as `*.example.org`, or `ANY_HOST`."""
    path: str
    """A path, in which `*` stands for any number of characters."""

    @property
    def wildcards(self) -> int:
        """Wildcards in the conditions of the rule; `ANY_HOST` is no condition."""
        return self.path.count("*") + self.host.startswith("*.")

    def __str__(self) -> str:
        """Return host and path as in a URL."""
        return f"{self.host}{self.path}"


def priorities(matches: Iterable[Match]) -> dict[Match, int]:
    """Return the priority of each rule, from 203 to 48,330.

    The kind of host and the characters of the path select a block of numbers, and a hash selects one of these. If that
    number is already in use, the rule with the greater hash gets the next free number of the block.

    Raises:
        ValueError: A path does not start with `/`; a pattern is longer or has more wildcards than AWS accepts; or a block is
            full: more than 90 rules for one host, 12 for a wildcard or 50 for every host have paths of the same level.
    """
    starts = dict(zip(_SLOTS, accumulate(_SLOTS.values(), initial=0), strict=False))
    blocks: dict[range, list[Match]] = {}
    for match in matches:
        kind, level = _kind(match.host), _level(match)
        first = _REDIRECTS.stop + starts[kind] * _LEVELS + (_LEVELS - level) * _SLOTS[kind]
        blocks.setdefault(range(first, first + _SLOTS[kind]), []).append(match)
    return {
        match: number for block, several in blocks.items() for match, number in _place(several, block).items()
    }


def redirect_priorities(hosts: Iterable[str]) -> dict[str, int]:
    """Return the priority of the rule that redirects each host, from 3 to 202: before all rules of `priorities`.

    Raises:
        ValueError: There are more than 200 hosts.
    """
    return _place(hosts, _REDIRECTS)


def _kind(host: str) -> int:
    """Return the labels of a wildcard, more for one host, and 0 for every host."""
    return host.count(".") if host.startswith("*") else _ONE_HOST


def _level(match: Match) -> int:
    """Return a number, 1 to 256, that is greater for the narrower of two paths.

    If path A matches every path that B matches, B requires at least as many characters as A. For each `*` that B has more
    than A, it requires at least one character more. Therefore twice the characters minus the `*` is greater for B.
    """
    long = len(match.path) > LONGEST_PATTERN
    if not match.path.startswith("/") or long or match.wildcards > RULE_WILDCARDS:
        raise ValueError(
            f"a path must start with / and have at most {LONGEST_PATTERN} characters, and host and path together at most "
            f"{RULE_WILDCARDS} wildcards, got {match}"
        )
    # Consecutive `*` match the same paths as one `*`.
    path = re.sub(r"\*+", "*", match.path)
    return 2 * len(path) - 3 * path.count("*")


def _place(patterns: Iterable[T], numbers: range) -> dict[T, int]:
    """Return a number of the range for each pattern: the one that its hash selects, or the next one that is free."""
    pattern_at: dict[int, T] = {}
    for pattern in sorted(set(patterns), key=_hash):
        if len(pattern_at) == len(numbers):
            raise ValueError(f"more than {len(numbers)} listener rules have patterns like {pattern}")
        offset = _hash(pattern) % len(numbers)
        number = next(n for n in (*numbers[offset:], *numbers[:offset]) if n not in pattern_at)
        pattern_at[number] = pattern
    return {pattern: number for number, pattern in pattern_at.items()}


def _hash(pattern: object) -> int:
    return int.from_bytes(hashlib.sha256(str(pattern).encode()).digest()[:8])
