"""Services and entry points reach on the internet what their settings name, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from blueprint.intent import AllowedTraffic, Intent
from blueprint.reach.claims.paths import forbidden_traffic, path_sentences
from blueprint.reach.model import Place
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import overlap, ports, show, span


def text(intent: Intent) -> str:
    """Return the text of the claim on entry points."""
    titles = [item.title for item in intent.entry_points.values() if item.outside is not None]
    reach = "reaches" if len(titles) == 1 else "reach"
    return f"On the internet, {' and '.join(titles)} {reach} the ports and ranges that the settings allow, and no other."


def services(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield everything that a service reaches on the internet beyond its intent, and what it should reach and does not."""
    for name, service in intent.services.items():
        place = network.model.places.get(name)
        if place is not None and service.outside is not None:
            yield from _faults(network, place, service.outside)


def entry_points(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield the same for entry points."""
    for place in network.model.inside():
        entry_point = network.entry_point(place, intent)
        if entry_point is not None and entry_point.outside is not None:
            yield from _faults(network, place, entry_point.outside)


def _faults(network: RecordedNetwork, place: Place, outside: Sequence[AllowedTraffic]) -> Iterator[str]:
    for part, forbidden in forbidden_traffic(network.internet, outside):
        yield from path_sentences(network.ask.direct(place, part), forbidden)
    for allowed in outside:
        yield from _missing(network, place, allowed)


def _missing(network: RecordedNetwork, place: Place, allowed: AllowedTraffic) -> Iterator[str]:
    """Yield a fault for each range that a place should reach and does not."""
    requested = ports(tcp=allowed.tcp, udp=allowed.udp)
    for part in allowed.ranges:
        hosts = replace(network.internet, ranges=overlap(network.internet.ranges, (span(part),)))
        answer = network.ask.direct(place, hosts, requested)
        if requested & ~answer.two_way_traffic:
            setting = f", which {allowed.setting} names" if allowed.setting else ""
            yield f"{place.name} does not reach {part} on {show(requested)}{setting}: {answer.block_text}"
