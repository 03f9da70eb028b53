"""Address ranges and numbers of the network that several packages need."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Final

PRIVATE_RANGES: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""Private address space (RFC 1918)."""

SHARED_RANGE: Final = IPv4Network("100.64.0.0/10")
"""Shared address space (RFC 6598), which AWS and partners use like a private range."""

NOT_PUBLIC: Final = (
    *PRIVATE_RANGES,
    SHARED_RANGE,
    *map(
        IPv4Network,
        ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/3"),
    ),
)
"""Ranges that are not routed on the internet (https://www.iana.org/assignments/iana-ipv4-special-registry/), except those for
documentation, because samples use them as public addresses."""

PEER_ASN: Final = 65_000
"""BGP number of every partner's customer gateway. AWS requires one, although all routes to partners are static."""


def is_private(network: IPv4Network) -> bool:
    """Return whether a range lies within private or shared address space."""
    return any(network.subnet_of(space) for space in (*PRIVATE_RANGES, SHARED_RANGE))
