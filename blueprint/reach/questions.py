"""Questions about named places: does A reach B, with what traffic, through what; and if not, what stops it first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Final

from blueprint.reach.answers import Answer, Chain, Hop, Path, answer
from blueprint.reach.model import Interface, Model, Place, Target, any_host
from blueprint.reach.steps import Step, Trace
from blueprint.reach.traffic import ANYWHERE, EVERYTHING, NOTHING, Ranges, address, cidr, overlap
from blueprint.reach.walk import Walker

_MOST_FRONTS: Final = 3
"""Load balancers in a row that a way may lead through."""

Traces = Iterator[tuple[int, int, Trace]]
"""Source address, destination address and trace of packets."""


class UnknownPlaceError(Exception):
    """There is no place of this name; the message names the nearest one and all places."""


class Questions:
    """A model that answers questions and remembers the answers."""

    def __init__(self, model: Model, *, groups: bool = True, acls: bool = True) -> None:
        """Use a model with all filters, or as if security groups or ACLs allowed everything."""
        self.model = model
        self.walker = Walker(model, groups=groups, acls=acls)
        self._direct: dict[tuple[str, str, int], Answer] = {}

    def place(self, name: str) -> Place:
        """Return a place by its name, by the name of a subnet, or by an address or range.

        Raises:
            UnknownPlaceError: There is no such place.
        """
        places = self.model.places
        if name in places:
            return places[name]
        if name[:1].isdigit():
            try:
                network = IPv4Network(name, strict=False)
            except ValueError:
                pass
            else:
                return self._range(str(network))
        subnet = next((item for item in self.model.subnets.values() if item.name == name), None)
        if subnet is not None:
            return Place(name, "tier", interfaces=(any_host(subnet),))
        names = sorted({*places, *(item.name for item in self.model.subnets.values())})
        short = {item.split(":", 1)[-1].lower(): item for item in names}
        near = difflib.get_close_matches(name.lower(), [*short, *(item.lower() for item in names)], n=1)
        guess = short.get(near[0]) or near[0] if near else ""
        hint = f"; did you mean {guess}?" if guess else ""
        raise UnknownPlaceError(f"{name}: there is no such place{hint}\nplaces: {', '.join(sorted(places))}")

    def _range(self, text: str) -> Place:
        wanted = (cidr(text),)
        interfaces = tuple(
            Interface(f"hosts of {text} in {subnet.name}", subnet, None, addresses=addresses)
            for subnet in self.model.subnets.values()
            if (addresses := overlap((subnet.range,), wanted))
        )
        if interfaces:
            return Place(text, "range", interfaces=interfaces)
        for place in self.model.external():
            if place.kind in ("partner", "clients", "internet") and overlap(place.ranges, wanted):
                return Place(
                    place.name,
                    place.kind,
                    ranges=overlap(place.ranges, wanted),
                    attachments=place.attachments,
                    entries=place.entries,
                    sends_through=place.sends_through,
                )
        raise UnknownPlaceError(f"{text}: it is in no subnet and in the range of no place outside")

    def direct(self, source: Place, target: Place, requested: int = EVERYTHING) -> Answer:
        """Answer whether one place reaches another without load balancers in between."""
        places = self.model.places
        if places.get(source.name) is not source or places.get(target.name) is not target:
            return answer(source, target, list(self._traces(source, target, requested)))
        key = (source.name, target.name, requested)
        if key not in self._direct:
            self._direct[key] = answer(source, target, list(self._traces(source, target, requested)))
        return self._direct[key]

    def ask(self, source: Place, target: Place, requested: int = EVERYTHING) -> Answer:
        """Answer whether one place reaches another, directly or through load balancers."""
        chains = tuple(chain for chain in self._chains(source, target, ()) if chain.traffic & requested)
        return replace(self.direct(source, target, requested), chains=chains)

    def _chains(self, source: Place, target: Place, behind: tuple[str, ...]) -> Iterator[Chain]:
        """Yield every way through a load balancer that has the target behind it."""
        if len(behind) == _MOST_FRONTS:
            return
        for front in self.model.inside():
            if not front.listeners or front.name in behind or front.name in (source.name, target.name):
                continue
            forwards = [
                (listener, aim)
                for listener in front.listeners
                for aim in listener.targets
                if aim.place == target.name or overlap(aim.addresses, target.addresses)
            ]
            if not forwards:
                continue
            first = self.direct(source, front)
            before = list(self._chains(source, front, (*behind, front.name)))
            for listener, aim in forwards:
                last = self._last(source, front, target, aim)
                if not last.two_way_traffic:
                    continue
                hop = Hop(front.name, listener, aim)
                replied = [path for path in first.paths if path.two_way_traffic & listener.traffic]
                if replied:
                    yield Chain(
                        (hop,), last.two_way_traffic, (replied[0].limited_to(listener.traffic), last.paths[0])
                    )
                for chain in before:
                    if chain.traffic & listener.traffic:
                        yield Chain((*chain.hops, hop), last.two_way_traffic, (*chain.paths, last.paths[0]))

    def _last(self, source: Place, front: Place, target: Place, aim: Target) -> Answer:
        """Answer whether a load balancer reaches a target, with the client's address if it keeps it."""
        if front.endpoint_partner and front.endpoint_partner == target.name:
            step = Step("gateway", f"PrivateLink {front.name}")
            path = Path(front.addresses[0][0], 0, aim.traffic, aim.traffic, (step,))
            return Answer(front.name, target.name, (path,), ())
        aimed = _narrowed(target, overlap(aim.addresses, target.addresses)) if aim.addresses else target
        sources = source.addresses or ANYWHERE if aim.preserves_client_ip else None
        return answer(front, target, list(self._traces(front, aimed, aim.traffic, sources)))

    def _traces(self, source: Place, target: Place, requested: int, sources: Ranges | None = None) -> Traces:
        """Yield the trace of every pair of address classes; `sources` replaces the source's own addresses."""
        classes, walker = self.model.classes, self.walker
        aims = [(item, number) for item in target.interfaces for number in classes(item.ranges)] or [
            (None, number) for number in classes(target.ranges)
        ]
        if target.listeners:
            accepted = NOTHING
            for listener in target.listeners:
                accepted |= listener.traffic
            requested &= accepted
        for interface, number in aims:
            if source.interfaces:
                for start in source.interfaces:
                    if target.interfaces and start is interface:
                        continue
                    for origin in classes(sources or start.ranges):
                        for trace in walker.from_interface(
                            start, origin, target, interface, number, requested
                        ):
                            yield origin, number, trace
            elif source.sends_through:
                yield from self._from_clients(source, target, interface, number, requested)
            elif source.kind == "internet":
                for origin in classes(source.ranges):
                    for trace in walker.from_internet(origin, target, interface, number, requested):
                        yield origin, number, trace
            elif source.kind == "partner":
                yield from self._from_partner(source, target, interface, number, requested)

    def _from_partner(
        self, source: Place, target: Place, interface: Interface | None, number: int, requested: int
    ) -> Traces:
        """Yield traces of a partner's packets, which come by its attachments or by PrivateLink."""
        for identifier in source.attachments:
            attachment = self.model.attachments[identifier]
            for origin in self.model.classes(source.ranges):
                for trace in self.walker.from_attachment(
                    attachment, origin, target, interface, number, requested
                ):
                    yield origin, number, trace
        if interface is not None and target.name in source.entries:
            yield from self._by_private_link(target, interface, number, requested)

    def _from_clients(
        self, source: Place, target: Place, interface: Interface | None, number: int, requested: int
    ) -> Traces:
        """Yield traces of a VPN's clients, which send with the server's address or, if it forwards, with their own."""
        server = self.model.places[source.sends_through]
        if source.allowed is not None:
            allowed = NOTHING
            for (first, last), packets in source.allowed:
                allowed |= packets if first <= number <= last else NOTHING
            requested &= allowed
            if not requested:
                block = Step(
                    "block",
                    f"{server.name}'s rules for {source.name}",
                    f"do not allow it to {address(number)}",
                )
                yield number, number, Trace(NOTHING, NOTHING, (), block)
                return
        for start in server.interfaces:
            ranges = (*start.ranges, *source.ranges) if start.forwards else start.ranges
            for origin in self.model.classes(ranges):
                for trace in self.walker.from_interface(start, origin, target, interface, number, requested):
                    yield origin, number, trace

    def _by_private_link(self, front: Place, interface: Interface, number: int, requested: int) -> Traces:
        """Yield traces through PrivateLink; a consumer's address is in its own VPC, so it may be any address."""
        groups = interface.groups if front.filters_privatelink else None
        for origin in self.model.classes(ANYWHERE) if groups else (0,):
            allowed, rules = self.walker.filters.group(groups, origin, (), into=True)
            live = allowed & requested
            step = Step("gateway", f"endpoint service of {front.name}", "", rules)
            if live:
                yield origin, number, Trace(live, EVERYTHING, (step,))
            else:
                block = Step("block", f"security groups of {front.name}", "do not allow it in")
                yield origin, number, Trace(NOTHING, NOTHING, (step,), block)


def _narrowed(place: Place, ranges: Ranges) -> Place:
    """Return a place with only those of its addresses that are in ranges."""
    interfaces = tuple(
        replace(item, addresses=addresses)
        for item in place.interfaces
        if (addresses := overlap(item.ranges, ranges))
    )
    return replace(place, interfaces=interfaces, ranges=() if interfaces else ranges)
