"""What a picture of the network shows: boxes for places, by VPC and tier, and the connections between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from blueprint.reach.model import Place
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import show

_TIERS: Final = ("public", "private", "data")
_LABELS: Final = {
    "front": "load balancer", "service": "service", "store": "data store", "proxy": "database proxy", "nat": "NAT",
    "vpn": "VPN server", "files": "file system", "endpoint": "AWS services", "host": "instances", "function": "function",
    "internet": "", "partner": "partner", "clients": "staff, by VPN",
}  # fmt: skip
_LONGEST_LABEL: Final = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A box for one place, or for several places of one kind."""

    names: tuple[str, ...]
    """Names of the places."""
    title: str
    kind: str

    @property
    def label(self) -> str:
        """What kind of place it is, in words."""
        return _LABELS.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Link:
    """A possible connection between two boxes."""

    source: Box
    target: Box
    label: str
    """Ports."""


@dataclass(slots=True)
class Diagram:
    """The content of a picture."""

    tiers: dict[tuple[str, str], list[Box]] = field(default_factory=dict[tuple[str, str], list[Box]])
    """Boxes by VPC (id) and tier."""
    outside: list[Box] = field(default_factory=list[Box])
    partners: list[Box] = field(default_factory=list[Box])
    links: list[Link] = field(default_factory=list[Link])


def diagram(network: RecordedNetwork) -> Diagram:
    """Return the content of a picture. A place in several tiers is drawn in the first of them."""
    drawn = Diagram()
    _outside(network, drawn)
    _inside(network, drawn)
    chips = [*drawn.outside, *drawn.partners, *(chip for tier in drawn.tiers.values() for chip in tier)]
    for source in chips:
        for target in chips:
            if source is not target and (label := _label(network, source, target)):
                drawn.links.append(Link(source, target, label))
    return drawn


def by_tier(tiers: Iterable[str]) -> list[str]:
    """Return tiers from the public to the data tier, then others by name."""
    return sorted(set(tiers), key=lambda tier: (_rank(tier), tier))


def _chip(places: list[Place], title: str) -> Box:
    return Box(tuple(place.name for place in places), title, places[0].kind)


def _outside(network: RecordedNetwork, drawn: Diagram) -> None:
    external = network.model.external()
    servers_with_groups = {place.sends_through for place in external if place.allowed is not None}
    for place in external:
        if place.kind == "partner" and not (place.entries and not place.attachments):
            drawn.partners.append(_chip([place], place.name.split(":", 1)[1]))
        elif place.kind in ("internet", "partner") or (
            # Every client of a server with groups is in one of its groups.
            place.kind == "clients"
            and (place.allowed is not None or place.sends_through not in servers_with_groups)
        ):
            drawn.outside.append(_chip([place], place.name.split(":", 1)[-1]))


def _inside(network: RecordedNetwork, drawn: Diagram) -> None:
    grouped: dict[tuple[str, str, str], list[Place]] = {}
    for place in network.model.inside():
        subnet = min(
            (item.subnet for item in place.interfaces), key=lambda item: (_rank(item.tier), item.name)
        )
        alike = place.kind if place.kind in ("endpoint", "nat") and not place.endpoint_partner else place.name
        grouped.setdefault((subnet.vpc, subnet.tier, alike), []).append(place)
    for (vpc, tier, alike), places in sorted(grouped.items()):
        title = places[0].name.split(":", 1)[-1]
        if len(places) > 1:
            number = len(places)
            title = {"endpoint": f"{number} endpoints", "nat": f"{number} gateways"}.get(alike, title)
        drawn.tiers.setdefault((vpc, tier), []).append(_chip(places, title))


_DRAWN: Final = {
    "internet": ("front", "vpn"),
    "front": ("service", "partner", "host", "front"),
    "service": ("service", "store", "proxy", "partner"),
    "proxy": ("store",),
    "vpn": ("files", "service", "store", "proxy"),
    "partner": ("front", "partner", "service", "store"),
}
"""Connections that are drawn, by kind of source and target. Connections that every service may open (to AWS's services,
the internet and the public entry) would hide the others."""


def _label(network: RecordedNetwork, source: Box, target: Box) -> str:
    """Return the ports of the connection between two boxes; an empty text if none is drawn."""
    if source.kind == "clients":
        return _tiers_reached(network, source, target)
    # Services call the internal load balancer towards partners.
    internal = source.kind == "service" and target.kind == "front" and not _is_public(network, target)
    if not internal and target.kind not in _DRAWN.get(source.kind, ()):
        return ""
    places = network.model.places
    packets = 0
    for one in source.names:
        for other in target.names:
            packets |= network.ask.direct(places[one], places[other]).two_way_traffic
    text = show(packets).replace("tcp ", "") if packets else ""
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 2]} …"


def _tiers_reached(network: RecordedNetwork, clients: Box, server: Box) -> str:
    """Return the tiers that VPN clients reach through their server, which is drawn as one connection."""
    model = network.model
    place = model.places[clients.names[0]]
    if place.sends_through not in server.names:
        return ""
    ends = [item for item in model.inside() if item.kind in ("service", "store", "proxy")]
    tiers = [
        interface.subnet.tier
        for end in ends
        if network.ask.direct(place, end).two_way_traffic
        for interface in end.interfaces
    ]
    return f"to {', '.join(by_tier(tiers))}" if tiers else ""


def _is_public(network: RecordedNetwork, chip: Box) -> bool:
    return any(item.public for name in chip.names for item in network.model.places[name].interfaces)


def _rank(tier: str) -> int:
    return _TIERS.index(tier) if tier in _TIERS else len(_TIERS)
