"""Kinds of traffic and ranges of addresses as integers.

A set of traffic is one integer: one bit for each TCP port, UDP port, ICMP type and other protocol. Union, intersection
and first-match rules are then `|`, `&` and `& ~`, exact and without a loop over ports. A set of addresses is a sorted
tuple of inclusive ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Final

Range = tuple[int, int]
"""First and last address, both included."""
Ranges = tuple[Range, ...]

_PORTS: Final = 65_536
_TYPES: Final = 256
_OFFSETS: Final = {"tcp": 0, "udp": _PORTS, "icmp": 2 * _PORTS, "other": 2 * _PORTS + _TYPES}
_SIZES: Final = {"tcp": _PORTS, "udp": _PORTS, "icmp": _TYPES, "other": _TYPES}
_NUMBERS: Final = {"6": "tcp", "17": "udp", "1": "icmp"}
PROTOCOLS: Final = tuple(_OFFSETS)

EVERYTHING: Final = (1 << (2 * _PORTS + 2 * _TYPES)) - 1
NOTHING: Final = 0
LAST: Final = 2**32 - 1
ANYWHERE: Final[Ranges] = ((0, LAST),)

EPHEMERAL: Final = 1024
"""First port that clients use as their source port; NAT gateways and load balancers use every port from here up
(https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports)."""


@cache
def traffic(protocol: str, first: int = 0, last: int | None = None) -> int:
    """Return the ports of a protocol (types, for ICMP) as a set of traffic.

    `-1` and `all` mean all traffic and ignore the ports. Protocols other than TCP, UDP and ICMP have no ports.
    """
    if protocol in ("-1", "all"):
        return EVERYTHING
    name = _NUMBERS.get(protocol, protocol)
    if name not in _OFFSETS or name == "other":
        return 1 << (_OFFSETS["other"] + int(name) % _TYPES) if name.isdigit() else _whole("other")
    top = _SIZES[name] - 1
    first, last = max(first, 0), top if last is None else min(last, top)
    if first > last:
        return NOTHING
    return ((1 << (last - first + 1)) - 1) << (_OFFSETS[name] + first)


def _whole(protocol: str) -> int:
    return ((1 << _SIZES[protocol]) - 1) << _OFFSETS[protocol]


WHOLE: Final = {protocol: _whole(protocol) for protocol in PROTOCOLS}

REPLIES: Final = traffic("tcp", EPHEMERAL) | traffic("udp", EPHEMERAL) | WHOLE["icmp"] | WHOLE["other"]
"""Traffic of replies to a client: their destination is the client's source port, which ACLs must allow separately."""


def with_replies(requested: int, replies: int) -> int:
    """Return the part of `requested` whose protocol is allowed back by `replies`."""
    ports = sum(requested & WHOLE[name] for name in ("tcp", "udp", "icmp") if replies & WHOLE[name])
    return ports | (requested & replies & WHOLE["other"])


def spans(packets: int, protocol: str) -> Iterator[Range]:
    """Yield the ranges of ports that a set of traffic contains for one protocol."""
    bits = (packets >> _OFFSETS[protocol]) & ((1 << _SIZES[protocol]) - 1)
    start = 0
    while bits:
        skipped = (bits & -bits).bit_length() - 1
        bits >>= skipped
        start += skipped
        length = (~bits & (bits + 1)).bit_length() - 1
        yield start, start + length - 1
        bits >>= length
        start += length


def show(packets: int) -> str:
    """Return a set of traffic in words, e.g. `tcp 443, 8443; udp 53` or `everything`."""
    if packets == EVERYTHING:
        return "everything"
    parts: list[str] = []
    for protocol in PROTOCOLS:
        ranges = list(spans(packets, protocol))
        if ranges == [(0, _SIZES[protocol] - 1)]:
            parts.append("other protocols" if protocol == "other" else f"all {protocol}")
        elif ranges:
            label = {"icmp": "icmp type", "other": "protocol"}.get(protocol, protocol)
            texts = [f"{first}–{last}" if last > first else str(first) for first, last in ranges]
            parts.append(f"{label} {', '.join(texts)}")
    return "; ".join(parts) or "nothing"


def ports(*, tcp: Iterable[int] = (), udp: Iterable[int] = ()) -> int:
    """Return TCP and UDP ports as a set of traffic."""
    packets = NOTHING
    for protocol, numbers in (("tcp", tcp), ("udp", udp)):
        for number in numbers:
            packets |= traffic(protocol, number, number)
    return packets


@cache
def cidr(text: str) -> Range:
    """Return the first and last address of an IPv4 range such as `10.0.0.0/8`, or of one address."""
    return span(IPv4Network(text, strict=False))


def span(network: IPv4Network) -> Range:
    """Return the first and last address of a network."""
    return int(network.network_address), int(network.broadcast_address)


def address(number: int) -> str:
    """Return an address as text."""
    return str(IPv4Address(number))


def union(parts: Iterable[Range]) -> Ranges:
    """Return ranges sorted, with overlapping and adjacent ranges merged."""
    merged: list[Range] = []
    for first, last in sorted(parts):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def minus(parts: Ranges, without: Iterable[Range]) -> Ranges:
    """Return sorted ranges without the addresses in `without`."""
    left = list(parts)
    for low, high in without:
        kept: list[Range] = []
        for first, last in left:
            if first < low:
                kept.append((first, min(last, low - 1)))
            if last > high:
                kept.append((max(first, high + 1), last))
        left = kept
    return tuple(left)


def overlap(parts: Ranges, others: Ranges) -> Ranges:
    """Return the addresses that are in both."""
    return union(
        (max(first, low), min(last, high))
        for first, last in parts
        for low, high in others
        if max(first, low) <= min(last, high)
    )


_SPECIAL: Final = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
)  # fmt: skip
INTERNET: Final[Ranges] = minus(ANYWHERE, [cidr(text) for text in _SPECIAL])
"""Every address that is routed on the internet (https://www.iana.org/assignments/iana-ipv4-special-registry/). It includes
the documentation ranges, because samples use them as public addresses."""
