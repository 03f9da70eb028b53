"""Sentences for what gets through although it should not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from blueprint.intent import AllowedTraffic
from blueprint.reach.answers import Answer
from blueprint.reach.model import Place
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import EVERYTHING, NOTHING, Ranges, address, minus, ports, show, span, union


def path_sentences(answer: Answer, requested: int = EVERYTHING, note: str = "") -> Iterator[str]:
    """Yield a sentence for the first direct path, and one for the first way through load balancers.

    Args:
        answer: Whether one place reaches another.
        requested: Traffic that must not get through.
        note: Text that follows the traffic.
    """
    for path in [path for path in answer.paths if path.traffic & requested][:1]:
        reply = "" if path.two_way_traffic & requested else ", without a reply"
        on = show(path.traffic & requested)
        yield f"{answer.source} reaches {answer.target} on {on}{reply}{note}: {path.limited_to(requested).text()}"
    for chain in [chain for chain in answer.chains if chain.traffic & requested][:1]:
        way = " | ".join(part.text() for part in chain.paths)
        yield (
            f"{answer.source} reaches {answer.target} on {show(chain.traffic)} through {chain.text}{note}: {way}"
        )


def open_groups(
    network: RecordedNetwork, place: Place, ranges: Ranges, *, out: bool = False
) -> Iterator[str]:
    """Yield a sentence for each interface whose security groups alone allow traffic from (or to) the internet.

    Args:
        network: The network.
        place: The place whose security groups are checked.
        ranges: Addresses of the internet.
        out: Whether traffic to the internet is checked as well.
    """
    for item in place.interfaces:
        for into in (True, False) if out else (True,):
            for number in network.model.classes(ranges):
                allowed, rules = network.ask.walker.filters.group(item.groups, number, (), into=into)
                if item.groups is not None and allowed:
                    side = "in from" if into else "out to"
                    named = ", ".join(rule.name for rule in rules)
                    yield (
                        f"{place.name}'s security group allows {show(allowed)} {side} the internet "
                        f"({address(number)}) by {named}"
                    )
                    break


def forbidden_traffic(internet: Place, allowed: Sequence[AllowedTraffic]) -> Iterator[tuple[Place, int]]:
    """Yield parts of the internet, each with the traffic from or to there that is not allowed."""
    by_rules: dict[tuple[AllowedTraffic, ...], int] = {}
    for packets in {part for item in allowed for part in _ports(item)}:
        rules = tuple(item for item in allowed if packets in _ports(item))
        by_rules[rules] = by_rules.get(rules, NOTHING) | packets
    for rules, packets in by_rules.items():
        outside = minus(internet.ranges, union(span(part) for item in rules for part in item.ranges))
        if outside:
            settings = ", ".join(item.setting for item in rules if item.setting) or "the allowed ranges"
            yield replace(internet, name=f"internet outside {settings}", ranges=outside), packets
    yield internet, EVERYTHING & ~sum(by_rules.values())


def _ports(allowed: AllowedTraffic) -> set[int]:
    """Return every port of allowed traffic, each as a set of traffic."""
    return {ports(tcp=(port,)) for port in allowed.tcp} | {ports(udp=(port,)) for port in allowed.udp}
