"""A record's network together with the intent, ready for questions and proofs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from blueprint.intent import EntryPoint, Intent
from blueprint.reach.answers import Answer
from blueprint.reach.extract import extract
from blueprint.reach.model import Model, Place
from blueprint.reach.questions import Questions
from blueprint.record import Record

STORES: Final = ("store", "proxy")
"""Kinds of places that hold data or lead to it."""
_ENTRANCES: Final = ("front", "service", "host", "vpn")
"""Kinds of places that may be an entry point."""


class RecordedNetwork:
    """The network of one record.

    Args:
        record: The record of a program.
        intent: What the program is meant to do; None if nobody has said so.
    """

    def __init__(self, record: Record, intent: Intent | None = None) -> None:
        self.record = record
        self.intent = intent
        self.model: Model = extract(record, intent or Intent())
        self.ask = Questions(self.model)
        self._routes = Questions(self.model, groups=False, acls=False)

    @property
    def internet(self) -> Place:
        """The internet."""
        return self.model.places["internet"]

    @property
    def partners(self) -> list[Place]:
        """Every partner: those of the intent, and every other network with an attachment."""
        return [place for place in self.model.external() if place.kind == "partner"]

    def data_tiers(self, intent: Intent) -> list[Place]:
        """Return the data tier of every VPC that has one, as any host in its subnets."""
        return [
            place
            for name, place in self.model.places.items()
            if place.kind == "tier" and name.endswith(f":{intent.data_tier}")
        ]

    def data_places(self, intent: Intent) -> list[Place]:
        """Return every place with an interface in the data tier, and every data store wherever it is."""
        return [item for item in self.model.inside() if intent.data_tier in item.tiers or item.kind in STORES]

    def ask_routes_only(self, source: Place, target: Place) -> Answer:
        """Answer as if ACLs and security groups allowed everything, and every interface had a public address."""
        return self._routes.direct(_public(source), _public(target))

    def names(self, place: Place) -> frozenset[str]:
        """Return the names by which an intent refers to a place: its resource's, and its outermost component's."""
        item = self.record.by_urn.get(place.urn)
        return frozenset({item.name, self.record.owner(item).name} if item else ())

    def same_component(self, one: Place, other: Place) -> bool:
        """Return whether the resources of two places are in the same outermost component."""
        first, second = self.record.by_urn.get(one.urn), self.record.by_urn.get(other.urn)
        if first is None or second is None:
            return False
        return self.record.owner(first) is self.record.owner(second)

    def entry_point(self, place: Place, intent: Intent) -> EntryPoint | None:
        """Return the entry point of the intent that a place is, if it is one."""
        if place.kind not in _ENTRANCES:
            return None
        names = self.names(place)
        return next((entry_point for name, entry_point in intent.entry_points.items() if name in names), None)

    def is_public_load_balancer(self, place: Place, intent: Intent) -> bool:
        """Return whether a place is a load balancer that the intent opens to the internet."""
        return place.kind == "front" and self.entry_point(place, intent) is not None

    def without_public_load_balancers(self, answer: Answer, intent: Intent) -> Answer:
        """Return an answer without the ways through public load balancers, which everybody may use."""
        chains = tuple(
            chain
            for chain in answer.chains
            if not any(
                self.is_public_load_balancer(self.model.places[hop.load_balancer], intent)
                for hop in chain.hops
            )
        )
        return replace(answer, chains=chains)


def _public(place: Place) -> Place:
    if not place.interfaces:
        return place
    return replace(place, interfaces=tuple(replace(item, public=True) for item in place.interfaces))
