"""The data tier has no connection to the internet, and each layer that closes it is enough on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blueprint.intent import Intent
from blueprint.reach.claims.paths import open_groups, path_sentences
from blueprint.reach.model import Place
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import Ranges, address, show


def faults(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every path between the data tier and the internet, and every layer that alone would allow one."""
    internet = network.internet
    outside = [internet, *(place for place in network.model.external() if place.kind == "aws")]
    tiers, places = network.data_tiers(intent), network.data_places(intent)
    for place in [*tiers, *places]:
        yield from path_sentences(network.ask.ask(internet, place))
        for target in outside:
            yield from path_sentences(network.ask.ask(place, target))
    for tier in tiers:
        by_routes = network.ask_routes_only(internet, tier)
        yield from path_sentences(
            replace(by_routes, paths=tuple(path for path in by_routes.paths if path.two_way_traffic)),
            note=" if only routes protected it",
        )
        for target in outside:
            yield from path_sentences(
                network.ask_routes_only(tier, target), note=" if only routes protected it"
            )
        yield from _open_acls(network, tier, internet.ranges)
    for place in places:
        yield from open_groups(network, place, internet.ranges, out=True)


def _open_acls(network: RecordedNetwork, tier: Place, ranges: Ranges) -> Iterator[str]:
    for item in tier.interfaces:
        for into, side in ((True, "in from"), (False, "out to")):
            for number in network.model.classes(ranges):
                allowed, entries = network.ask.walker.filters.acl(item.subnet.acl, number, into=into)
                if allowed:
                    named = ", ".join(str(entry.number) for entry in entries if entry.allow)
                    yield (
                        f"ACL {item.subnet.acl.name} of {item.subnet.name} allows {show(allowed)} {side} the internet "
                        f"({address(number)}) by entry {named}"
                    )
                    break
