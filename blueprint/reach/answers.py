"""Answers to the question whether one place reaches another, with the paths that packets take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from blueprint.reach.model import Listener, Place, Target
from blueprint.reach.steps import Step, Trace
from blueprint.reach.traffic import EVERYTHING, NOTHING, address, show, with_replies


@dataclass(frozen=True, slots=True)
class Path:
    """One path on which packets arrive, for one class of addresses."""

    source: int
    """Source address."""
    target: int
    """Destination address."""
    traffic: int
    """Traffic that arrives."""
    two_way_traffic: int
    """The part of it whose replies come back."""
    steps: tuple[Step, ...]
    reply_block: Step | None = None
    """What stops the replies."""

    def lines(self) -> list[str]:
        """Return the steps in words, between the source and the destination address."""
        steps = (step.text(self.traffic) for step in self.steps)
        return [address(self.source), *steps, address(self.target)]

    def text(self) -> str:
        """Return the path on one line."""
        return " → ".join(self.lines())

    def limited_to(self, requested: int) -> Path:
        """Return the path for a part of its traffic."""
        return replace(self, traffic=self.traffic & requested)


@dataclass(frozen=True, slots=True)
class Hop:
    """A load balancer on the way: the listener that packets use, and the target that it forwards them to."""

    load_balancer: str
    """Name of the load balancer."""
    listener: Listener
    target: Target


@dataclass(frozen=True, slots=True)
class Chain:
    """A way through one or more load balancers."""

    hops: tuple[Hop, ...]
    traffic: int
    """Traffic that reaches the destination."""
    paths: tuple[Path, ...]
    """The path to each load balancer in turn, and to the destination."""

    @property
    def text(self) -> str:
        """The load balancers in words, e.g. `edge (edge-https, tcp 443)`."""
        return ", then ".join(
            f"{hop.load_balancer} ({hop.listener.name}, {show(hop.listener.traffic)})" for hop in self.hops
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one place reaches another."""

    source: str
    target: str
    paths: tuple[Path, ...]
    """Direct paths, one for each different result."""
    blocks: tuple[Trace, ...]
    """What was stopped; the packet that got furthest comes first."""
    chains: tuple[Chain, ...] = ()
    """Ways through load balancers."""
    is_partial: bool = False
    """Whether packets of some addresses arrive directly and packets of others do not."""

    @property
    def traffic(self) -> int:
        """Traffic that arrives directly."""
        return _union(path.traffic for path in self.paths)

    @property
    def two_way_traffic(self) -> int:
        """Traffic that arrives directly and is answered."""
        return _union(path.two_way_traffic for path in self.paths)

    @property
    def forwarded(self) -> int:
        """Traffic that arrives through load balancers."""
        return _union(chain.traffic for chain in self.chains)

    @property
    def reaches(self) -> bool:
        """Whether a connection is possible, directly or through a load balancer."""
        return bool(self.two_way_traffic or self.chains)

    @property
    def verdict(self) -> str:
        """`yes`, `one way` if packets arrive and no reply comes back, or `no`."""
        if self.reaches:
            return "yes"
        return "one way" if self.paths else "no"

    @property
    def block_text(self) -> str:
        """What stops a packet first, in words."""
        if self.paths and not self.reaches:
            block = self.paths[0].reply_block
            return (
                f"packets arrive, but {block.name} {block.detail}"
                if block
                else "packets arrive on other ports only"
            )
        block = self.blocks[0].block if self.blocks else None
        return f"{block.name} {block.detail}" if block else "nothing listens"


def _union(parts: Iterable[int]) -> int:
    packets = NOTHING
    for part in parts:
        packets |= part
    return packets


def answer(source: Place, target: Place, traces: list[tuple[int, int, Trace]]) -> Answer:
    """Return the answer that traces add up to; each comes with its source and destination address."""
    paths: dict[tuple[int, int], Path] = {}
    blocks: dict[str, Trace] = {}
    for origin, number, trace in traces:
        if trace.block is None:
            replied = with_replies(trace.traffic, trace.replies)
            path = Path(origin, number, trace.traffic, replied, trace.steps, trace.reply_block)
            # Of each different result, the path of the first class of addresses is shown.
            paths.setdefault((trace.traffic, replied), path)
        else:
            text = f"{trace.block.name} {trace.block.detail}"
            earlier = blocks.get(text)
            if earlier is None or len(earlier.steps) < len(trace.steps):
                blocks[text] = trace
    if not traces:
        step = Step(
            "block", source.name, f"has no way to {target.name} through this stack", remaining=EVERYTHING
        )
        blocks[""] = Trace(NOTHING, NOTHING, (), step)
    ordered = sorted(blocks.values(), key=lambda trace: -len(trace.steps))
    return Answer(
        source.name, target.name, tuple(paths.values()), tuple(ordered), is_partial=bool(paths and blocks)
    )
