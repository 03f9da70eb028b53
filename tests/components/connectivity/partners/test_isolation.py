"""For any set of partners: no partner reaches another or the application, and removing one changes no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import islice

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.connectivity import (
    EndpointPartner,
    PartnerService,
    PrivateLinkPartner,
    TransitPartner,
    VpnPartner,
)
from tests.components.connectivity.partners import routing
from tests.components.connectivity.partners.conftest import EXCHANGE, LAB, PLAN, Described, bare

VPC_ROUTE = "aws:ec2/route:Route"
# Shrinking a whole program takes minutes and rarely gives a better example than the first one.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
MODEST = settings(max_examples=8, phases=UNSHRUNK)
FEW = settings(max_examples=4, phases=UNSHRUNK)


@st.composite
def some_partners(draw: st.DrawFn, least: int = 0) -> dict[str, Described]:
    """Draw partners of every kind, with names that could be confused with each other and with built-in names."""
    words = st.sampled_from(["a", "no", "exchange", "application", "transit", "knows", "b"])
    slugs = st.lists(words, min_size=1, max_size=2).map("-".join).filter(lambda name: len(name) <= 16)
    names = draw(st.sets(slugs, min_size=least, max_size=5).map(sorted))
    return {name: draw(a_partner(number)) for number, name in enumerate(names, 1)}


@st.composite
def a_partner(draw: st.DrawFn, number: int) -> Described:
    """Draw a partner with ranges and ports that depend on its number, so they are unique."""
    kind = draw(
        st.sampled_from([VpnPartner, TransitPartner, TransitPartner, EndpointPartner, PrivateLinkPartner])
    )
    if kind is EndpointPartner:
        return replace(LAB, services={"b-c": 443})
    if kind is PrivateLinkPartner:
        return PrivateLinkPartner(principals=(f"arn:aws:iam::{number:012d}:root",))
    length, count = draw(st.sampled_from([(16, 1), (17, 2), (18, 3)]))
    cidrs = tuple(islice(IPv4Network(f"10.{100 + number}.0.0/16").subnets(new_prefix=length), count))
    services = tuple(
        PartnerService(
            name=service,
            port=draw(st.integers(1, 65535)),
            listener=20_000 + 10 * number + index,
            targets=(IPv4Address(f"10.{100 + number}.0.7"),),
            tls="passthrough",
        )
        for index, service in enumerate(draw(st.sets(st.sampled_from(["c", "b-c", "fhir"]))))
    )
    if kind is VpnPartner:
        return VpnPartner(cidrs=cidrs, peer_ip=IPv4Address(f"203.0.113.{number}"), services=services)
    attachment_id = draw(st.sampled_from([None, f"tgw-attach-{number:017x}"]))
    return TransitPartner(
        cidrs=cidrs, account=f"{number:012d}", attachment_id=attachment_id, services=services
    )


def ranges(partner: Described) -> tuple[IPv4Network, ...]:
    """Return the routed ranges of a partner."""
    return partner.cidrs if isinstance(partner, VpnPartner | TransitPartner) else ()


def samples(cidr: IPv4Network | str) -> list[IPv4Address]:
    """Return the first address, one in the middle and the last address of a range."""
    network = IPv4Network(cidr)
    return [network[0], network[network.num_addresses // 2], network[-1]]


@MODEST
@given(partners=some_partners(least=2))
def test_every_route_table_leads_only_to_its_allowed_destinations(partners: Mapping[str, Described]):
    record = bare(partners)
    for name in partners:
        check_partner_reaches_only_the_exchange(record, partners, name)
    check_application_reaches_only_the_exchange(record)
    check_exchange_reaches_partners_and_the_private_tier(record, partners)
    check_vpc_routes_match_the_gateway(record, partners)


def check_partner_reaches_only_the_exchange(
    record: Record, partners: Mapping[str, Described], name: str
) -> None:
    own = routing.partner_attachment(record, name)
    if own is None:
        return
    for address in (sample for subnet in PLAN.subnets for sample in samples(subnet.cidr)):
        assert routing.goes(record, own, address) == routing.BLACKHOLE
    for other, partner in partners.items():
        closed = other != name and routing.partner_attachment(record, other) is not None
        for address in (sample for cidr in ranges(partner) for sample in samples(cidr)):
            assert routing.goes(record, own, address) == (routing.BLACKHOLE if closed else None)
    every = routing.routes(record, routing.tables(record)[own])
    exchange = routing.attachment(record, "partners-transit-exchange")
    assert {(cidr, to) for cidr, _, to in every if to != routing.BLACKHOLE} == {(EXCHANGE, exchange)}


def check_application_reaches_only_the_exchange(record: Record) -> None:
    application = routing.attachment(record, "partners-transit-application")
    exchange = routing.attachment(record, "partners-transit-exchange")
    every = routing.routes(record, routing.tables(record)[application])
    assert {(cidr, to) for cidr, _, to in every} == {(EXCHANGE, exchange)}


def check_exchange_reaches_partners_and_the_private_tier(
    record: Record, partners: Mapping[str, Described]
) -> None:
    application = routing.attachment(record, "partners-transit-application")
    exchange = routing.attachment(record, "partners-transit-exchange")
    for subnet in PLAN.subnets:
        wanted = application if subnet.tier == "private" else None
        assert {routing.goes(record, exchange, address) for address in samples(subnet.cidr)} == {wanted}
    for name, partner in partners.items():
        for address in (sample for cidr in ranges(partner) for sample in samples(cidr)):
            assert routing.goes(record, exchange, address) == routing.partner_attachment(record, name)


def check_vpc_routes_match_the_gateway(record: Record, partners: Mapping[str, Described]) -> None:
    destinations: dict[str, set[str]] = {}
    for item in record.of_type(VPC_ROUTE):
        assert "transitGatewayId" in item.inputs
        destinations.setdefault(str(item.inputs["routeTableId"]), set()).add(
            str(item.inputs["destinationCidrBlock"])
        )
    private = {str(item.cidr) for item in PLAN.subnets if item.tier == "private"}
    attached = {
        str(cidr)
        for name, partner in partners.items()
        if routing.partner_attachment(record, name)
        for cidr in ranges(partner)
    }
    own = str(record.one("aws:ec2/routeTable:RouteTable").outputs["id"])
    assert destinations == {"rtb-a": {str(EXCHANGE)}, "rtb-b": {str(EXCHANGE)}, own: private | attached}


def registrations(record: Record) -> dict[str, object]:
    """Return inputs, dependencies and protection of all AWS resources, by URN."""
    return {
        item.urn: (item.inputs, item.dependencies, item.protect) for item in record.resources if item.custom
    }


@FEW
@given(data=st.data(), partners=some_partners(least=1))
def test_removing_a_partner_deletes_only_its_resources(
    data: st.DataObject, partners: Mapping[str, Described]
):
    removed = data.draw(st.sampled_from(sorted(partners)))
    before = registrations(bare(partners, entries=True))
    # The order is reversed as well: no resource may depend on the position of a partner.
    rest = [name for name in sorted(partners, reverse=True) if name != removed]
    after = registrations(bare({name: partners[name] for name in rest}, entries=True))
    assert after.keys() < before.keys()
    assert {urn: before[urn] for urn in after} == after
    # A name that lacks the partner contains the port of a listener or the address of a target.
    partner = partners[removed]
    services = partner.services if isinstance(partner, VpnPartner | TransitPartner) else ()
    numbers = [str(number) for item in services for number in (item.listener, *item.targets)]
    own_name = re.compile("|".join(rf"(^|[-.]){re.escape(mark)}([-.]|$)" for mark in (removed, *numbers)))
    for urn in before.keys() - after.keys():
        assert own_name.search(urn.rsplit("::", 1)[1])


def with_route(record: Record, **inputs: object) -> Record:
    """Return the record with one more route in the transit gateway."""
    example = record.of_type(routing.ROUTE)[0]
    mistake = replace(example, urn=f"{example.urn}-planted", inputs=inputs)
    return replace(record, resources=(*record.resources, mistake))


@pytest.mark.parametrize("target", ["stluke", "application"])
def test_the_oracle_detects_an_unwanted_route(record: Record, target: str):
    own = routing.partner_attachment(record, "mercy")
    assert own is not None
    cidr = {"stluke": "10.140.3.0/24", "application": "10.20.0.0/24"}[target]
    changed = with_route(
        record,
        transitGatewayRouteTableId=routing.tables(record)[own],
        destinationCidrBlock=cidr,
        transitGatewayAttachmentId="tgw-attach-planted",
    )
    assert routing.goes(record, own, IPv4Network(cidr)[9]) == routing.BLACKHOLE
    assert routing.goes(changed, own, IPv4Network(cidr)[9]) == "tgw-attach-planted"
