"""Services reach on the internet what their settings name, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blueprint.intent import AllowedTraffic, Intent
from blueprint.reach.claims.paths import forbidden_traffic, path_sentences
from blueprint.reach.model import Place
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import overlap, ports, show, span


def faults(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield everything that a service reaches on the internet beyond its intent, and what it should reach and does not."""
    for name, service in intent.services.items():
        place = network.model.places.get(name)
        if place is None or service.outside is None:
            continue
        for part, forbidden in forbidden_traffic(network.internet, service.outside):
            yield from path_sentences(network.ask.direct(place, part), forbidden)
        for allowed in service.outside:
            yield from _missing(network, place, allowed)


def _missing(network: RecordedNetwork, place: Place, allowed: AllowedTraffic) -> Iterator[str]:
    """Yield a fault for each range that a service should reach and does not."""
    requested = ports(tcp=allowed.tcp, udp=allowed.udp)
    for part in allowed.ranges:
        hosts = replace(network.internet, ranges=overlap(network.internet.ranges, (span(part),)))
        answer = network.ask.direct(place, hosts, requested)
        if requested & ~answer.two_way_traffic:
            setting = f", which {allowed.setting} names" if allowed.setting else ""
            yield f"{place.name} does not reach {part} on {show(requested)}{setting}: {answer.block_text}"
