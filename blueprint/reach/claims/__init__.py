"""Claims about a stack's network, each proven from the record or refuted with the path that breaks it.

The intent says what is meant, and the record says what the program does. Neither is derived from the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from blueprint.intent import Intent
from blueprint.reach.claims import data_tier, entry_points, outside, partners, services, staff
from blueprint.reach.network import STORES, RecordedNetwork


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about a stack's network."""

    id: str
    text: str
    faults: tuple[str, ...]
    """What refutes it, each with its path; empty if it is proven."""

    @property
    def proven(self) -> bool:
        """Whether it holds."""
        return not self.faults


def claims(network: RecordedNetwork) -> list[Claim]:
    """Return every claim that applies to a stack, proven or refuted.

    Without an intent there is one: that the model follows everything that may carry traffic.
    """
    complete = Claim(
        "model-is-complete",
        "The model follows everything that may carry traffic.",
        tuple(gap.text for gap in network.model.gaps),
    )
    if not network.model.vpcs:
        return [complete] if complete.faults else []
    if network.intent is None:
        return [complete]
    return [
        *(
            Claim(identifier, text, tuple(dict.fromkeys(faults)))
            for identifier, text, faults in _claims_of(network, network.intent)
        ),
        complete,
    ]


def _claims_of(network: RecordedNetwork, intent: Intent) -> Iterator[tuple[str, str, Iterator[str]]]:
    """Yield the id and text of each claim, with the faults that refute it."""
    yield (
        "data-tier-has-no-internet",
        "The data tier has no path from or to the internet; routes, ACLs and security groups each close it on their own.",
        data_tier.faults(network, intent),
    )
    yield "entry-points", entry_points.text(intent), entry_points.faults(network, intent)
    if network.partners:
        yield (
            "partners-are-isolated",
            "No partner reaches another partner or the data tier, and traffic to one partner is never routed to another.",
            partners.separation(network, intent),
        )
        yield (
            "partners-connect-through-privatelink-only",
            "A partner opens no connection into the stack, except through PrivateLink to the public entry.",
            partners.connections(network, intent),
        )
    if intent.services:
        yield (
            "services-reach-what-they-use",
            "Each service reaches the data stores, partners and services that its settings name, and no other.",
            services.faults(network, intent),
        )
    if any(service.outside is not None for service in intent.services.values()):
        yield (
            "services-reach-declared-hosts-only",
            "On the internet, each service reaches the ports and ranges that its settings allow, and no other.",
            outside.services(network, intent),
        )
    if any(entry_point.outside is not None for entry_point in intent.entry_points.values()):
        yield (
            "entry-points-reach-declared-hosts-only",
            outside.text(intent),
            outside.entry_points(network, intent),
        )
    if any(item.kind in (*STORES, "files") for item in network.data_places(intent)):
        yield (
            "stores-are-reached-by-their-users-only",
            "Only services that use a data store, its own proxy and VPN groups with the data tier reach it.",
            services.clients(network, intent),
        )
    if any(place.kind == "clients" for place in network.model.external()):
        yield (
            "vpn-groups-reach-their-tiers-only",
            "Every VPN group reaches only the tiers that its access names, and no partner.",
            staff.faults(network, intent),
        )
