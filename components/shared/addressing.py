"""The address plan: one VPC range, some zones and tiers in, every subnet out.

A VPC is cut into eight slots, one for each zone letter (a first, h last), so adding, removing or reordering
zones never moves a subnet. In a slot each tier takes half of what the tiers before it left: private 1/2, data
1/4, public 1/8, and the last 1/8 stays free, so appending a tier never moves a subnet either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

TIERS: Final = ("private", "data", "public")
"""Tiers in the order they take their space. Append only: a tier's place here is its place in the slot."""

ZONE_LETTERS: Final = "abcdefgh"
"""The zones a region can name; a zone's letter is the number of its slot."""

RESERVED_ADDRESSES: Final = 5
"""Addresses AWS keeps in every subnet (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html)."""

LONGEST_PREFIX: Final = 28
"""AWS's smallest subnet (the same page)."""

LONGEST_PUBLIC_PREFIX: Final = 27
"""A load balancer's subnet is a /27 or larger and has eight free addresses
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html).
"""

_SLOT_BITS: Final = (len(ZONE_LETTERS) - 1).bit_length()


class TooSmall(ValueError):  # noqa: N818 - named for what is wrong
    """The VPC has no room for the tiers. `prefix` is the smallest VPC that has, e.g. 21 for a /21."""

    def __init__(self, vpc: IPv4Network, tiers: Sequence[str], prefix: int) -> None:
        self.prefix = prefix
        super().__init__(
            f"{vpc} is too small for the tiers {', '.join(tiers)}: they need a /{prefix} or larger"
        )


@dataclass(frozen=True, slots=True)
class Subnet:
    """One tier in one zone."""

    tier: str
    zone: str
    cidr: IPv4Network

    @property
    def usable_addresses(self) -> int:
        """Addresses left for hosts."""
        return self.cidr.num_addresses - RESERVED_ADDRESSES


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """Every subnet of one VPC, zone by zone, in each zone tier by tier."""

    vpc: IPv4Network
    zones: tuple[str, ...]
    tiers: tuple[str, ...]
    subnets: tuple[Subnet, ...]

    def ranges(self, tier: str) -> dict[str, IPv4Network]:
        """Return the ranges of a tier by zone, in zone order; empty if the plan has no such tier."""
        return {subnet.zone: subnet.cidr for subnet in self.subnets if subnet.tier == tier}


def zone_slot(zone: str) -> int:
    """Return the number of the slot that a zone owns, e.g. 2 for `us-east-1c`."""
    slot = ZONE_LETTERS.find(zone[-1:]) if zone else -1
    if slot < 0:
        raise ValueError(f"zone {zone!r} must end in a letter from {ZONE_LETTERS[0]} to {ZONE_LETTERS[-1]}")
    return slot


def plan(vpc: IPv4Network, zones: Sequence[str], tiers: Sequence[str] = TIERS) -> AddressPlan:
    """Lay out the tiers in the zones' slots.

    Raises:
        TooSmall: The VPC cannot hold the tiers; the error names the size that can.
        ValueError: A zone has no slot, two zones share one, a tier is named twice, or there are none.
    """
    if not zones or not tiers:
        raise ValueError("an address plan needs at least one zone and one tier")
    if len(set(tiers)) < len(tiers):
        raise ValueError(f"a tier is named twice in {', '.join(tiers)}")
    if len({zone_slot(zone) for zone in zones}) < len(zones):
        raise ValueError(f"two zones share a letter in {', '.join(zones)}")
    bits = {tier: _SLOT_BITS + place for place, tier in enumerate(tiers, start=1)}
    prefix = min(_longest_prefix(tier) - taken for tier, taken in bits.items())
    if vpc.prefixlen > prefix:
        raise TooSmall(vpc, tiers, prefix)
    subnets = tuple(
        Subnet(tier, zone, _nth_half(vpc, zone_slot(zone), vpc.prefixlen + taken))
        for zone in zones
        for tier, taken in bits.items()
    )
    return AddressPlan(vpc, tuple(zones), tuple(tiers), subnets)


def _longest_prefix(tier: str) -> int:
    return LONGEST_PUBLIC_PREFIX if tier == "public" else LONGEST_PREFIX


def _nth_half(vpc: IPv4Network, slot: int, prefix: int) -> IPv4Network:
    """Return the range of length `prefix` that begins where the longer ones before it in the slot end."""
    slot_prefix = vpc.prefixlen + _SLOT_BITS
    slot_start = int(vpc.network_address) + (slot << (32 - slot_prefix))
    # 1/2, 1/4 … of the slot are taken before: together the slot less twice the size of this range.
    offset = (1 << (32 - slot_prefix)) - (2 << (32 - prefix))
    return IPv4Network((slot_start + offset, prefix))
