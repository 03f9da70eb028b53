"""Rules on address ranges and NAT."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from facts import regions
from settings.errors import Mistake
from settings.model import NatMode, RoutedPartnerSettings, Settings

_DOCKER_BRIDGE = IPv4Network("172.17.0.0/16")

_ECS_ENDPOINTS = ("ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs")
"""Endpoints that ECS on EC2 needs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html"""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield ranges that overlap."""
    for (first, taken), (path, cidr) in combinations(_ranges(settings).items(), 2):
        same_list = path.rpartition("[")[0] == first.rpartition("[")[0]
        # Duplicates in one list are reported by the general rules.
        if cidr.overlaps(taken) and not (same_list and cidr == taken):
            hint = ""
            if path.startswith("hipaa:connectivity.partners."):
                hint = "the modes privatelink and endpoint route no ranges, so their ranges may overlap"
            yield Mistake(
                path, cidr, f"a range that does not overlap {first} ({taken})", hint, related_paths=(first,)
            )


def _ranges(settings: Settings) -> dict[str, IPv4Network]:
    """Return every range that is routed, by its path."""
    ranges = {"hipaa:network.cidr": settings.network.cidr}
    if connectivity := settings.connectivity:
        if connectivity.exchange_cidr:
            ranges["hipaa:connectivity.exchange_cidr"] = connectivity.exchange_cidr
        for name, partner in connectivity.partners.items():
            if isinstance(partner, RoutedPartnerSettings):
                path = f"hipaa:connectivity.partners.{name}.cidrs"
                ranges |= {f"{path}[{index}]": cidr for index, cidr in enumerate(partner.cidrs)}
        if connectivity.vpn:
            ranges["hipaa:connectivity.vpn.client_cidr"] = connectivity.vpn.client_cidr
    return ranges


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on NAT that depends on one zone, missing endpoints, Docker's range and incomplete zones."""
    network = settings.network
    if settings.protect and network.nat in (NatMode.SINGLE_GATEWAY, NatMode.INSTANCE):
        yield (
            f"hipaa:network.nat is {network.nat} while hipaa:protect is true: "
            "all zones lose internet access if the zone of the NAT fails"
        )
    missing = [name for name in _ECS_ENDPOINTS if name not in network.interface_endpoints]
    if network.nat is NatMode.NONE and missing:
        yield (
            f"hipaa:network.nat is none but hipaa:network.interface_endpoints lacks {', '.join(missing)}: "
            "ECS instances cannot register or pull images"
        )
    if network.cidr.overlaps(_DOCKER_BRIDGE):
        yield f"hipaa:network.cidr ({network.cidr}) overlaps {_DOCKER_BRIDGE}, the range of Docker's bridge on every instance"
    if settings.region in regions.REGIONS_WITH_HIDDEN_ZONES:
        yield (
            f"hipaa:network.zones: {settings.region} offers each account only some of its zones; "
            "list the names of the zones that your account has"
        )
