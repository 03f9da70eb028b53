"""The address plan: computes every subnet of a VPC from its range, its zones and its tiers. Creates no resources.

The VPC range is divided into eight equal slots, one per zone letter from a to h. Adding, removing or reordering zones
therefore never moves a subnet. Within a slot, each tier takes half of the remaining space: private 1/2, data 1/4,
public 1/8. The last 1/8 stays free, so appending a tier does not move a subnet either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from facts.quotas import RESERVED_ADDRESSES

TIERS: Final = ("private", "data", "public")
"""Tiers in the order in which they take space from a slot. Append only: another order would move subnets."""

ZONE_LETTERS: Final = "abcdefgh"
"""Last letters of zone names. The index of a letter is the number of the zone's slot."""

LONGEST_PREFIX: Final = 28
"""Prefix length of the smallest subnet that AWS allows (same page)."""

LONGEST_PUBLIC_PREFIX: Final = 27
"""Prefix length of the smallest public subnet. A load balancer needs a /27 or larger, with eight free addresses
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html).
"""

_SLOT_BITS: Final = (len(ZONE_LETTERS) - 1).bit_length()


class VpcTooSmall(ValueError):  # noqa: N818 - the name states the problem
    """The VPC range is too small for the tiers. `prefix` is the prefix length that is needed, e.g. 21 for a /21."""

    def __init__(self, vpc: IPv4Network, tiers: Sequence[str], prefix: int) -> None:
        self.prefix = prefix
        super().__init__(
            f"{vpc} is too small for the tiers {', '.join(tiers)}: they need a /{prefix} or larger"
        )


@dataclass(frozen=True, slots=True)
class PlannedSubnet:
    """The subnet of one tier in one zone."""

    tier: str
    zone: str
    """Availability zone, e.g. `us-east-1a`."""
    cidr: IPv4Network

    @property
    def usable_addresses(self) -> int:
        """Number of addresses that hosts can use."""
        return self.cidr.num_addresses - RESERVED_ADDRESSES


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """Every subnet of one VPC, ordered by zone and, within a zone, by tier."""

    vpc: IPv4Network
    zones: tuple[str, ...]
    tiers: tuple[str, ...]
    subnets: tuple[PlannedSubnet, ...]

    def ranges(self, tier: str) -> dict[str, IPv4Network]:
        """Return the ranges of a tier by zone, in the order of the zones; empty if the plan lacks the tier."""
        return {subnet.zone: subnet.cidr for subnet in self.subnets if subnet.tier == tier}


def zone_slot(zone: str) -> int:
    """Return the number of a zone's slot, 0 to 7, e.g. 2 for `us-east-1c`.

    Raises:
        ValueError: The name of the zone does not end in a letter from a to h.
    """
    slot = ZONE_LETTERS.find(zone[-1:]) if zone else -1
    if slot < 0:
        raise ValueError(f"zone {zone!r} must end in a letter from {ZONE_LETTERS[0]} to {ZONE_LETTERS[-1]}")
    return slot


def plan(vpc: IPv4Network, zones: Sequence[str], tiers: Sequence[str] = TIERS) -> AddressPlan:
    """Assign a range to every tier in every zone.

    Args:
        vpc: The range of the VPC.
        zones: Availability zones, e.g. `us-east-1a`.
        tiers: Tiers in the order in which they take space from a slot.

    Raises:
        VpcTooSmall: The VPC range is too small for the tiers; the error states the size that is needed.
        ValueError: There is no zone or no tier, a tier is repeated, two zones end in the same letter, or a zone does not end
            in a letter from a to h.
    """
    if not zones or not tiers:
        raise ValueError("an address plan needs at least one zone and one tier")
    if len(set(tiers)) < len(tiers):
        raise ValueError(f"tiers must not repeat, got {', '.join(tiers)}")
    if len({zone_slot(zone) for zone in zones}) < len(zones):
        raise ValueError(f"each zone must end in a different letter, got {', '.join(zones)}")
    extra_bits = {tier: _SLOT_BITS + position for position, tier in enumerate(tiers, start=1)}
    needed_prefix = min(_longest_prefix(tier) - bits for tier, bits in extra_bits.items())
    if vpc.prefixlen > needed_prefix:
        raise VpcTooSmall(vpc, tiers, needed_prefix)
    subnets = tuple(
        PlannedSubnet(tier, zone, _tier_range(vpc, zone_slot(zone), vpc.prefixlen + bits))
        for zone in zones
        for tier, bits in extra_bits.items()
    )
    return AddressPlan(vpc, tuple(zones), tuple(tiers), subnets)


def _longest_prefix(tier: str) -> int:
    return LONGEST_PUBLIC_PREFIX if tier == "public" else LONGEST_PREFIX


def _tier_range(vpc: IPv4Network, slot: int, prefix: int) -> IPv4Network:
    """Return the range of prefix length `prefix` that follows the larger ranges in a slot."""
    slot_prefix = vpc.prefixlen + _SLOT_BITS
    slot_start = int(vpc.network_address) + (slot << (32 - slot_prefix))
    # The tiers before it take 1/2, 1/4 … of the slot: together, the slot minus twice the size of this range.
    offset = (1 << (32 - slot_prefix)) - (2 << (32 - prefix))
    return IPv4Network((slot_start + offset, prefix))
