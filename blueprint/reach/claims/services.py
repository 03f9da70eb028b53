"""Services reach what they use and nothing else, and data stores are reached by their clients and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

from blueprint.intent import Intent, ServiceIntent
from blueprint.reach.answers import Answer
from blueprint.reach.claims.paths import path_sentences
from blueprint.reach.model import Place
from blueprint.reach.network import STORES, RecordedNetwork
from blueprint.reach.traffic import EVERYTHING, overlap, ports

_PROGRAMS = ("service", "host", "function")
"""Kinds of places that a service of the intent may be."""


def faults(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield everything that a service reaches and does not use, and everything that it uses and does not reach."""
    for name, service in intent.services.items():
        place = network.model.places.get(name)
        if place is None or place.kind not in _PROGRAMS:
            yield f"{name} is in the settings but not in the program"
        else:
            yield from _Service(network, intent, service, place).faults()


class _Service:
    """One service of the intent, with its place in the network."""

    def __init__(
        self, network: RecordedNetwork, intent: Intent, service: ServiceIntent, place: Place
    ) -> None:
        self.network, self.intent, self.service, self.place = network, intent, service, place
        self.targets = [item for item in [*network.model.inside(), *network.partners] if item is not place]
        self.reached: set[str] = set()
        """Names of the data stores and partners that it reaches."""

    def faults(self) -> Iterator[str]:
        for target in self.targets:
            answer = self.network.ask.ask(self.place, target)
            answer = self.network.without_public_load_balancers(answer, self.intent)
            used = target.kind in (*STORES, "files", "partner") or bool(target.endpoint_partner)
            if used and (answer.traffic or answer.chains):
                if answer.reaches:
                    self.reached.add(target.name)
                if not self._uses(target):
                    yield from path_sentences(answer)
            elif target.kind in (*_PROGRAMS, "vpn"):
                yield from self._call(target, answer)
        for store in sorted(self.service.stores):
            yield from self._missing_store(store)
        for partner in sorted(self.service.partners):
            yield from self._missing_partner(partner)

    def _uses(self, target: Place) -> bool:
        if target.kind == "partner" or target.endpoint_partner:
            partner = (target.endpoint_partner or target.name).removeprefix("partner:")
            return partner in self.service.partners
        return bool(self.service.stores & self.network.names(target))

    def _call(self, target: Place, answer: Answer) -> Iterator[str]:
        """Yield a fault for a call that is not meant, or for one that is meant and not possible."""
        if target.name not in self.service.calls:
            # A service may also do what everybody on the internet may do.
            public = self.network.ask.direct(self.network.internet, target).traffic
            yield from path_sentences(answer, EVERYTHING & ~public)
            return
        callee = self.intent.services.get(target.name)
        port = callee.port if callee else None
        if not answer.two_way_traffic & (EVERYTHING if port is None else ports(tcp=(port,))):
            yield (f"{self.place.name} does not reach {target.name}, which it calls: {answer.block_text}")

    def _missing_store(self, store: str) -> Iterator[str]:
        """Yield a fault if the service reaches no place of a data store; one place is enough."""
        places = [
            item
            for item in self.targets
            if item.kind in (*STORES, "files") and store in self.network.names(item)
        ]
        if not places:
            yield f"{self.place.name} uses {store}, which is not in the program"
        elif not any(item.name in self.reached for item in places):
            yield self._not_reached(places[0])

    def _missing_partner(self, partner: str) -> Iterator[str]:
        """Yield a fault if the service does not reach a partner that has something to reach."""
        place = self.network.model.places.get(f"partner:{partner}")
        # A partner that has not attached yet, or that offers no service, cannot be reached.
        if place and place.name not in self.reached and self._fronts(place):
            yield self._not_reached(place)

    def _not_reached(self, target: Place) -> str:
        # If the service reaches the load balancer, the step behind it explains more.
        fronts = [front for front in self._fronts(target) if self.network.ask.ask(self.place, front).reaches]
        stopped = self.network.ask.ask(fronts[0] if fronts else self.place, target).block_text
        return f"{self.place.name} does not reach {target.name}, which it uses: {stopped}"

    def _fronts(self, place: Place) -> list[Place]:
        """Return the load balancers and endpoints that lead to a place."""
        return [
            front
            for front in self.network.model.inside()
            if any(
                aim.place == place.name or overlap(aim.addresses, place.ranges)
                for listener in front.listeners
                for aim in listener.targets
            )
        ]


def clients(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every connection to a data store from a place that is not one of its clients."""
    vpn_reaches_data = intent.vpn is not None and any(
        intent.data_tier in tiers for tiers in intent.vpn.groups.values()
    )
    for store in network.data_places(intent):
        if store.kind not in (*STORES, "files"):
            continue
        for source in network.model.inside():
            # Another claim covers what a service of the intent reaches.
            is_service = source.name in intent.services and source.kind in _PROGRAMS
            # A proxy, a replica, or a function that rotates a secret is a part of the data store.
            is_part = source.kind in (*STORES, "function") and network.same_component(source, store)
            if is_service or is_part or (source.kind == "vpn" and vpn_reaches_data):
                continue
            answer = network.ask.ask(source, store)
            yield from path_sentences(network.without_public_load_balancers(answer, intent))
