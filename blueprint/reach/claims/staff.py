"""Groups of VPN users reach only the tiers that they may reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from blueprint.intent import Intent
from blueprint.reach.claims.paths import path_sentences
from blueprint.reach.network import RecordedNetwork

_OF_THE_SERVER: Final = ("files", "endpoint", "nat", "vpn")
"""Kinds of places that the server itself uses; its clients have no account there."""


def faults(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every connection of VPN users beyond the tiers of their group, or to a partner."""
    if intent.vpn is None:
        return
    groups = intent.vpn.groups
    everybody = frozenset(tier for tiers in groups.values() for tier in tiers)
    for place in network.model.external():
        if place.kind != "clients":
            continue
        group = place.name.removeprefix("vpn:")
        # Clients as a whole may reach what any group may reach.
        tiers = everybody if group == place.name else groups.get(group, frozenset())
        for target in [*network.model.inside(), *network.partners]:
            if target.kind in _OF_THE_SERVER and not target.endpoint_partner:
                continue
            beyond = target.kind == "partner" or not set(target.tiers) <= tiers
            if beyond and not network.is_public_load_balancer(target, intent):
                answer = network.ask.ask(place, target)
                yield from path_sentences(network.without_public_load_balancers(answer, intent))
