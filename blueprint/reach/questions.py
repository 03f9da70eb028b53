"""Questions about named places: can A reach B, on what, through what, and if not, what stops it first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Final

from blueprint.reach.model import Interface, Listener, Model, Place, Target
from blueprint.reach.traffic import (
    ANYWHERE,
    EVERYTHING,
    NOTHING,
    Ranges,
    address,
    answered,
    cidr,
    overlap,
    show,
)
from blueprint.reach.walk import Step, Trace, Walker

_MOST_FRONTS: Final = 3
"""Load balancers in a row that a path may lead through."""


class UnknownPlaceError(Exception):
    """There is no such place; the message names the nearest and all."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way that something gets through, for one class of addresses."""

    source: int
    target: int
    traffic: int
    """What arrives."""
    answered: int
    """The part of it whose replies come back."""
    steps: tuple[Step, ...]
    silent: Step | None = None

    def lines(self) -> list[str]:
        """Return the steps in words, addresses first and last."""
        ends = (address(self.source), address(self.target))
        return [ends[0], *(step.text(self.traffic) for step in self.steps), ends[1]]

    def text(self) -> str:
        """Return the path on one line."""
        return " → ".join(self.lines())


@dataclass(frozen=True, slots=True)
class Hop:
    """A listener of a load balancer that stands between."""

    front: str
    listener: Listener
    target: Target


@dataclass(frozen=True, slots=True)
class Chain:
    """A way through load balancers: what must be asked of the first, and what then reaches the end."""

    hops: tuple[Hop, ...]
    traffic: int
    """What reaches the end."""
    paths: tuple[Path, ...]
    """The way to each load balancer in turn, and to the end."""

    @property
    def text(self) -> str:
        """The chain in words, e.g. `edge (edge-https, tcp 443)`."""
        return ", then ".join(
            f"{hop.front} ({hop.listener.name}, {show(hop.listener.traffic)})" for hop in self.hops
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one place reaches another."""

    source: str
    target: str
    paths: tuple[Path, ...]
    """What gets there directly, a path for each class of addresses with its own traffic."""
    blocks: tuple[Trace, ...]
    """What was stopped, the furthest first."""
    chains: tuple[Chain, ...] = ()
    """What gets there through load balancers."""
    partly: bool = False
    """Whether some of the addresses get there and others do not."""

    @property
    def traffic(self) -> int:
        """What arrives directly."""
        found = NOTHING
        for path in self.paths:
            found |= path.traffic
        return found

    @property
    def answered(self) -> int:
        """What arrives directly and is answered."""
        found = NOTHING
        for path in self.paths:
            found |= path.answered
        return found

    @property
    def through(self) -> int:
        """What arrives through load balancers."""
        found = NOTHING
        for chain in self.chains:
            found |= chain.traffic
        return found

    @property
    def reaches(self) -> bool:
        """Whether a conversation is possible, directly or through a load balancer."""
        return bool(self.answered or self.chains)

    @property
    def verdict(self) -> str:
        """`yes`, `one way` where packets arrive and no reply comes back, or `no`."""
        if self.reaches:
            return "yes"
        return "one way" if self.paths else "no"


class Questions:
    """A model that answers questions and remembers the answers."""

    def __init__(self, model: Model, *, groups: bool = True, acls: bool = True) -> None:
        self.model = model
        self.walker = Walker(model, groups=groups, acls=acls)
        self._direct: dict[tuple[str, str, int], Answer] = {}

    def place(self, name: str) -> Place:
        """Return a place by its name, or by an address or range; an error names the nearest."""
        known = self.model.places
        if name in known:
            return known[name]
        if name[:1].isdigit():
            try:
                return self._range(str(IPv4Network(name, strict=False)))
            except ValueError:
                pass
        subnet = next((item for item in self.model.subnets.values() if item.name == name), None)
        if subnet is not None:
            part = Interface(f"any host in {subnet.name}", subnet, None, public=subnet.maps_public)
            return Place(name, "tier", interfaces=(part,))
        names = sorted({*known, *(item.name for item in self.model.subnets.values())})
        short = {item.split(":", 1)[-1].lower(): item for item in names}
        near = difflib.get_close_matches(name.lower(), [*short, *(item.lower() for item in names)], n=1)
        guess = short.get(near[0]) or near[0] if near else ""
        told = f"; did you mean {guess}?" if guess else ""
        raise UnknownPlaceError(f"{name}: there is no such place{told}\nplaces: {', '.join(sorted(known))}")

    def _range(self, text: str) -> Place:
        wanted = (cidr(text),)
        parts = tuple(
            Interface(f"hosts of {text} in {subnet.name}", subnet, None, addresses=found)
            for subnet in self.model.subnets.values()
            if (found := overlap((subnet.range,), wanted))
        )
        if parts:
            return Place(text, "range", interfaces=parts)
        for place in self.model.external():
            if place.kind in ("partner", "clients", "internet") and overlap(place.ranges, wanted):
                return Place(
                    place.name,
                    place.kind,
                    ranges=overlap(place.ranges, wanted),
                    attachments=place.attachments,
                    entries=place.entries,
                    behind=place.behind,
                )
        raise UnknownPlaceError(f"{text}: it is in no subnet and in the range of no place outside")

    def direct(self, source: Place, target: Place, asked: int = EVERYTHING) -> Answer:
        """Answer without load balancers in between."""
        key = (source.name, target.name, asked)
        given = self.model.places.get(source.name) is source and self.model.places.get(target.name) is target
        if not given or key not in self._direct:
            answer = _answer(source, target, list(self._traces(source, target, asked)))
            if not given:
                return answer
            self._direct[key] = answer
        return self._direct[key]

    def ask(self, source: Place, target: Place, asked: int = EVERYTHING) -> Answer:
        """Answer whether one place reaches another, directly or through load balancers."""
        found = self.direct(source, target, asked)
        chains = tuple(chain for chain in self._chains(source, target, ()) if chain.traffic & asked)
        return Answer(found.source, found.target, found.paths, found.blocks, chains, found.partly)

    def _chains(self, source: Place, target: Place, behind: tuple[str, ...]) -> Iterator[Chain]:
        """Yield every way through a load balancer that has the target behind it."""
        if len(behind) == _MOST_FRONTS:
            return
        for front in self.model.inside():
            if not front.listeners or front.name in behind or front.name in (source.name, target.name):
                continue
            hops = [
                (listener, aim)
                for listener in front.listeners
                for aim in listener.targets
                if aim.place == target.name or overlap(aim.addresses, target.addresses)
            ]
            if not hops:
                continue
            first = self.direct(source, front)
            before = list(self._chains(source, front, (*behind, front.name)))
            for listener, aim in hops:
                last = self._last(source, front, target, aim)
                if not last.answered:
                    continue
                hop = Hop(front.name, listener, aim)
                heard = [path for path in first.paths if path.answered & listener.traffic]
                if heard:
                    asked = replace(heard[0], traffic=heard[0].traffic & listener.traffic)
                    yield Chain((hop,), last.answered, (asked, last.paths[0]))
                for chain in before:
                    if chain.traffic & listener.traffic:
                        yield Chain((*chain.hops, hop), last.answered, (*chain.paths, last.paths[0]))

    def _last(self, source: Place, front: Place, target: Place, aim: Target) -> Answer:
        """Answer whether a load balancer reaches a target, with the client's address if it keeps it."""
        if front.leads_to and front.leads_to == target.name:
            step = Step("gateway", f"PrivateLink {front.name}")
            path = Path(front.addresses[0][0], 0, aim.traffic, aim.traffic, (step,))
            return Answer(front.name, target.name, (path,), ())
        aimed = target
        if aim.addresses:
            aimed = self._narrowed(target, overlap(aim.addresses, target.addresses))
        sources = source.addresses or ANYWHERE if aim.keeps_client else None
        traces = list(self._traces(front, aimed, aim.traffic, sources))
        return _answer(front, target, traces)

    def _narrowed(self, place: Place, ranges: Ranges) -> Place:
        parts = tuple(
            Interface(
                item.id, item.subnet, item.groups, item.public, overlap(item.ranges, ranges), item.forwards
            )
            for item in place.interfaces
            if overlap(item.ranges, ranges)
        )
        return Place(
            place.name, place.kind, place.urn, parts, () if parts else ranges, place.port, place.listeners,
            place.attachments, place.entries, place.behind, place.allowed, place.leads_to, place.judges_endpoints,
        )  # fmt: skip

    def _traces(
        self, source: Place, target: Place, asked: int, sources: Ranges | None = None
    ) -> Iterator[tuple[int, int, Trace]]:
        """Yield the trace of every pair of address classes."""
        classes, walker = self.model.classes, self.walker
        aims = [(item, number) for item in target.interfaces for number in classes(item.ranges)] or [
            (None, number) for number in classes(target.ranges)
        ]
        if not target.interfaces and target.entries and not target.ranges:
            aims = []
        if target.listeners:
            heard = NOTHING
            for listener in target.listeners:
                heard |= listener.traffic
            asked &= heard
        for interface, number in aims:
            if source.interfaces:
                for start in source.interfaces:
                    if target.interfaces and start is interface:
                        continue
                    for origin in classes(sources or start.ranges):
                        for trace in walker.from_interface(start, origin, target, interface, number, asked):
                            yield origin, number, trace
            elif source.behind:
                yield from self._from_clients(source, target, interface, number, asked)
            elif source.kind == "internet":
                for origin in classes(source.ranges):
                    for trace in walker.from_internet(origin, target, interface, number, asked):
                        yield origin, number, trace
            elif source.kind == "partner":
                for identifier in source.attachments:
                    attachment = self.model.attachments[identifier]
                    for origin in classes(source.ranges):
                        for trace in walker.from_attachment(
                            attachment, origin, target, interface, number, asked
                        ):
                            yield origin, number, trace
                if interface is not None and target.name in source.entries:
                    yield from self._by_private_link(target, interface, number, asked)

    def _from_clients(
        self, source: Place, target: Place, interface: Interface | None, number: int, asked: int
    ) -> Iterator[tuple[int, int, Trace]]:
        """A VPN's clients send through their server, with its address, or their own if it may forward."""
        server = self.model.places[source.behind]
        if source.allowed is not None:
            allowed = NOTHING
            for (first, last), found in source.allowed:
                allowed |= found if first <= number <= last else NOTHING
            asked &= allowed
            if not asked:
                block = Step(
                    "block",
                    f"{server.name}'s rules for {source.name}",
                    f"let nothing of it to {address(number)}",
                )
                yield number, number, Trace(NOTHING, NOTHING, (), block)
                return
        for start in server.interfaces:
            ranges = (*start.ranges, *source.ranges) if start.forwards else start.ranges
            for origin in self.model.classes(ranges):
                for trace in self.walker.from_interface(start, origin, target, interface, number, asked):
                    yield origin, number, trace

    def _by_private_link(
        self, front: Place, interface: Interface, number: int, asked: int
    ) -> Iterator[tuple[int, int, Trace]]:
        """A consumer's address is one of its own VPC's, which nobody here knows: any may be its."""
        groups = interface.groups if front.judges_endpoints else None
        for origin in self.model.classes(ANYWHERE) if groups else (0,):
            found, rules = self.walker.group(groups, origin, (), into=True)
            live = found & asked
            step = Step("gateway", f"endpoint service of {front.name}", "", rules)
            if live:
                yield origin, number, Trace(live, EVERYTHING, (step,))
            else:
                block = Step("block", f"security groups of {front.name}", "let nothing of it in")
                yield origin, number, Trace(NOTHING, NOTHING, (step,), block)


def _answer(source: Place, target: Place, traces: list[tuple[int, int, Trace]]) -> Answer:
    paths: dict[tuple[int, int], Path] = {}
    blocks: dict[str, Trace] = {}
    for origin, number, trace in traces:
        if trace.block is None:
            heard = answered(trace.arrives, trace.replies)
            path = Path(origin, number, trace.arrives, heard, trace.steps, trace.silent)
            # One path for each kind of result; which address it is shown for is the first of its class.
            paths.setdefault((trace.arrives, heard), path)
        else:
            text = f"{trace.block.name} {trace.block.detail}"
            known = blocks.get(text)
            if known is None or len(known.steps) < len(trace.steps):
                blocks[text] = trace
    if not traces:
        step = Step("block", source.name, f"has no way to {target.name} through this stack")
        blocks[""] = Trace(NOTHING, NOTHING, (), step)
    ordered = sorted(blocks.values(), key=lambda trace: -len(trace.steps))
    return Answer(
        source.name, target.name, tuple(paths.values()), tuple(ordered), partly=bool(paths and blocks)
    )
