"""Only the entry points of the intent accept connections from the internet, and only the traffic that it allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blueprint.intent import AllowedTraffic, EntryPoint, Intent
from blueprint.reach.claims.paths import open_groups, path_sentences
from blueprint.reach.model import Place
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import EVERYTHING, NOTHING, minus, ports, span, union


def text(intent: Intent) -> str:
    """Return the text of the claim."""
    titles = [entry_point.title for entry_point in intent.entry_points.values()]
    if not titles:
        return "Nothing accepts connections from the internet."
    return (
        f"Only {' and '.join(titles)} accept{'s' if len(titles) == 1 else ''} connections from the internet."
    )


def faults(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every connection from the internet that the intent does not allow."""
    internet = network.internet
    for place in network.model.inside():
        entry_point = network.entry_point(place, intent)
        if entry_point:
            for source, forbidden in _forbidden(internet, entry_point):
                yield from path_sentences(network.ask.direct(source, place), forbidden)
        else:
            yield from path_sentences(network.ask.direct(internet, place))
            if place.interfaces[0].groups is not None:
                yield from open_groups(network, place, internet.ranges)


def _forbidden(internet: Place, entry_point: EntryPoint) -> Iterator[tuple[Place, int]]:
    """Yield parts of the internet, each with the traffic that the entry point must not accept from there."""
    by_rules: dict[tuple[AllowedTraffic, ...], int] = {}
    for packets in _ports(entry_point):
        rules = tuple(item for item in entry_point.allowed if _traffic(item) & packets)
        by_rules[rules] = by_rules.get(rules, NOTHING) | packets
    for rules, packets in by_rules.items():
        outside = minus(internet.ranges, union(span(part) for item in rules for part in item.ranges))
        if outside:
            settings = ", ".join(item.setting for item in rules if item.setting) or "the allowed ranges"
            yield replace(internet, name=f"internet outside {settings}", ranges=outside), packets
    yield internet, EVERYTHING & ~sum(by_rules.values())


def _ports(entry_point: EntryPoint) -> set[int]:
    """Return every port that an entry point accepts from anywhere, each as a set of traffic."""
    tcp = {ports(tcp=(port,)) for item in entry_point.allowed for port in item.tcp}
    return tcp | {ports(udp=(port,)) for item in entry_point.allowed for port in item.udp}


def _traffic(allowed: AllowedTraffic) -> int:
    return ports(tcp=allowed.tcp, udp=allowed.udp)
