"""The engine and a brute-force checker, written apart, agree on every sampled packet of drawn networks."""

from __future__ import annotations

import random
from bisect import bisect_right
from ipaddress import ip_address

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.reach.extract import extract
from blueprint.reach.model import Model
from blueprint.reach.questions import Questions
from blueprint.reach.traffic import EVERYTHING, traffic
from blueprint.record import Record
from tests.blueprint.reach.networks import CARDS, INTENT, PARTNERS, SUBNETS, Spec, build, specs
from tests.blueprint.reach.oracle import Oracle

SAMPLED_PORTS = (22, 443, 450, 5432, 40000)
OUTSIDE = {
    "internet": ("8.8.8.8", "9.9.9.9"),
    "partner:mercy": ("172.30.8.15",),
    "partner:stluke": ("172.30.9.20", "172.30.9.255"),
}


def first_of_class(model: Model, text: str) -> int:
    """Return the address that the engine asks about in the place of another."""
    number = int(ip_address(text))
    place = bisect_right(model.boundaries, number)
    return model.boundaries[place - 1] if place else 0


def allowed(found: int) -> set[tuple[str, int]]:
    return {
        (protocol, port)
        for protocol in ("tcp", "udp")
        for port in SAMPLED_PORTS
        if found & traffic(protocol, port, port)
    }


def assert_packets_agree(record: Record, model: Model, oracle: Oracle, seed: int) -> None:
    walker = Questions(model).walker
    cards = {item.name: item for item in record.of_type("aws:ec2/networkInterface:NetworkInterface")}
    places = {
        name: next(place for place in model.places.values() if place.urn == card.urn)
        for name, card in cards.items()
    }
    chance = random.Random(seed)  # noqa: S311
    packets = [(one, other) for one in CARDS for other in [*CARDS, *OUTSIDE] if one != other]
    for one, other in chance.sample(packets, 24):
        start = places[f"card-{one}"].interfaces[0]
        source_ip = CARDS[one]
        if other in OUTSIDE:
            target, interface, ip = model.places[other], None, chance.choice(OUTSIDE[other])
            expected = other
        else:
            target, ip, expected = places[f"card-{other}"], CARDS[other], f"card-{other}"
            interface = target.interfaces[0]
        traces = walker.from_interface(
            start, first_of_class(model, source_ip), target, interface, first_of_class(model, ip), EVERYTHING
        )
        found = 0
        for trace in traces:
            found |= trace.traffic
        wanted = {
            (protocol, port)
            for protocol in ("tcp", "udp")
            for port in SAMPLED_PORTS
            if expected in oracle.arrives(cards[f"card-{one}"], source_ip, ip, protocol, port)
        }
        assert allowed(found) == wanted, (one, other, ip)


def assert_outside_agrees(record: Record, model: Model, oracle: Oracle) -> None:
    walker = Questions(model).walker
    for name, place in {
        name: place for name, place in model.places.items() if place.interfaces and place.urn
    }.items():
        card = record.by_urn[place.urn]
        interface, ip = place.interfaces[0], str(card.inputs["privateIp"])
        target = first_of_class(model, ip)
        for source_ip in OUTSIDE["internet"]:
            found = 0
            for trace in walker.from_internet(
                first_of_class(model, source_ip), place, interface, target, EVERYTHING
            ):
                found |= trace.traffic
            wanted = {
                (protocol, port)
                for protocol in ("tcp", "udp")
                for port in SAMPLED_PORTS
                if oracle.from_internet(source_ip, card, protocol, port)
            }
            assert allowed(found) == wanted, (name, source_ip)
        for partner in PARTNERS:
            for attachment in model.places[f"partner:{partner}"].attachments:
                source_ip = OUTSIDE[f"partner:{partner}"][0]
                found = 0
                for trace in walker.from_attachment(
                    model.attachments[attachment],
                    first_of_class(model, source_ip),
                    place,
                    interface,
                    target,
                    EVERYTHING,
                ):
                    found |= trace.traffic
                wanted = {
                    (protocol, port)
                    for protocol in ("tcp", "udp")
                    for port in SAMPLED_PORTS
                    if card.name in oracle.crosses(attachment, source_ip, ip, protocol, port)
                }
                assert allowed(found) == wanted, (name, partner)


def assert_partners_agree(record: Record, model: Model, oracle: Oracle) -> None:
    questions = Questions(model)
    one, other = (model.places[f"partner:{name}"] for name in PARTNERS)
    for source, target in ((one, other), (other, one)):
        wanted = any(
            target.name in oracle.crosses(attachment, OUTSIDE[source.name][0], ip, "tcp", 443)
            for attachment in source.attachments
            for ip in OUTSIDE[target.name]
        )
        assert bool(questions.direct(source, target).traffic) == wanted


def assert_replies_agree(record: Record, model: Model, oracle: Oracle) -> None:
    walker = Questions(model, groups=False).walker
    cards = {item.name: item for item in record.of_type("aws:ec2/networkInterface:NetworkInterface")}
    places = {place.urn: place for place in model.places.values() if place.urn}
    for vpc in ("app", "exchange"):
        names = [name for name in SUBNETS if name.startswith(vpc)]
        for one in names:
            for other in names:
                if one == other:
                    continue
                client, server = cards[f"card-{one}"], cards[f"card-{other}"]
                start, target = places[client.urn].interfaces[0], places[server.urn]
                source, number = first_of_class(model, CARDS[one]), first_of_class(model, CARDS[other])
                for trace in walker.from_interface(
                    start, source, target, target.interfaces[0], number, EVERYTHING
                ):
                    if trace.block:
                        continue
                    for back in (1024, 40000, 50000):
                        wanted = oracle.reply_passes(client, server, CARDS[one], CARDS[other], "tcp", back)
                        assert bool(trace.replies & traffic("tcp", back, back)) == wanted, (one, other, back)


# Shrinking a network takes minutes and tells little more than the first example.
@settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(spec=specs(), seed=st.integers(0, 2**16))
def test_engine_and_oracle_agree_on_drawn_networks(spec: Spec, seed: int):
    record = build(spec)
    model, oracle = extract(record, INTENT), Oracle(record, PARTNERS)
    assert_packets_agree(record, model, oracle, seed)
    assert_outside_agrees(record, model, oracle)
    assert_partners_agree(record, model, oracle)
    assert_replies_agree(record, model, oracle)
