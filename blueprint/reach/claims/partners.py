"""Partners are separated from each other and from the stack."""

from __future__ import annotations

from collections.abc import Iterator

from blueprint.intent import Intent
from blueprint.reach.claims.paths import path_sentences
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import address


def separation(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every path from a partner to another partner or to the data tier, and every misleading route."""
    tiers, places = network.data_tiers(intent), network.data_places(intent)
    for partner in network.partners:
        for other in network.partners:
            if other is not partner:
                yield from path_sentences(network.ask.ask(partner, other))
        for place in [*tiers, *places]:
            yield from path_sentences(network.ask.ask(partner, place))
        for tier in tiers:
            yield from path_sentences(
                network.ask_routes_only(partner, tier), note=" if only routes protected it"
            )
    yield from _misleading_routes(network)


def _misleading_routes(network: RecordedNetwork) -> Iterator[str]:
    """Yield every Transit Gateway route that leads one partner's addresses to another partner."""
    model = network.model
    for partner in network.partners:
        for table in model.transit_tables.values():
            for number in model.classes(partner.ranges):
                route = table.lookup(number)
                if route is None or not route.attachment:
                    continue
                attachment = model.attachments[route.attachment]
                if attachment.partner and f"partner:{attachment.partner}" != partner.name:
                    yield (
                        f"Transit Gateway table {table.name} leads {address(number)} of {partner.name} to "
                        f"partner:{attachment.partner} by {route.name}"
                    )


def connections(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every connection that a partner can open into the stack, except to a public entry."""
    for partner in network.partners:
        for place in network.model.inside():
            # Everybody may use a public entry; another claim covers what it accepts.
            if place.name in partner.entries or network.is_public_load_balancer(place, intent):
                continue
            answer = network.ask.ask(partner, place)
            yield from path_sentences(network.without_public_load_balancers(answer, intent))
