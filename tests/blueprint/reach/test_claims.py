"""What every stack must hold to: proven on a sound network, and each planted mistake found and named with its path."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from blueprint.intent import AllowedTraffic, EntryPoint, Intent, PartnerIntent, ServiceIntent, VpnIntent
from blueprint.reach.claims import claims
from blueprint.reach.inventory import inventory
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import show
from blueprint.recorder import evaluate
from stack.intent import vpn_rules
from tests.repository import network as of_repository
from tests.repository import program as whole_program
from tests.repository import recorded
from tests.settings.documents import full_document

CONFIG: dict[str, object] = {"aws:region": "us-east-1"}
EVERYBODY = (IPv4Network("0.0.0.0/0"),)
PARTNERS = {
    "mercy": PartnerIntent(ranges=(IPv4Network("172.30.8.0/22"),), gateway_address="203.0.113.10"),
    "stluke": PartnerIntent(ranges=(IPv4Network("10.140.0.0/16"),), gateway_address="203.0.113.20"),
}
INTENT = Intent(
    entry_points={
        "edge": EntryPoint(title="the edge", allowed=(AllowedTraffic(ranges=EVERYBODY, tcp=(80, 443)),)),
    },
    services={
        "api": ServiceIntent(stores=frozenset({"aurora"}), partners=frozenset(PARTNERS)),
        "web": ServiceIntent(),
    },
    partners=PARTNERS,
)
ZONE = "us-east-1a"
CIDRS = {"public": "10.20.0.0/24", "private": "10.20.1.0/24", "data": "10.20.2.0/24"}


@dataclass
class Built:
    """The parts that a mistake may get hold of."""

    tables: dict[str, aws.ec2.RouteTable] = field(default_factory=dict)
    groups: dict[str, aws.ec2.SecurityGroup] = field(default_factory=dict)
    hubs: dict[str, aws.ec2transitgateway.RouteTable] = field(default_factory=dict)
    attachments: dict[str, Any] = field(default_factory=dict)
    vpc: Any = None
    gateway: Any = None
    nat: Any = None
    subnets: dict[str, aws.ec2.Subnet] = field(default_factory=dict)
    transit: Any = None
    edge: Any = None


Mistake = Callable[[Built], None]


def entry(number: int, cidr: str, first: int = 0, last: int = 0, protocol: str = "-1") -> dict[str, Any]:
    return {
        "rule_no": number, "action": "allow", "protocol": protocol, "cidr_block": cidr, "from_port": first, "to_port": last,
    }  # fmt: skip


def program(
    mistake: Mistake | None = None,
    *,
    default_table: bool = False,
    data_acl: dict[str, Any] | None = None,
    partners: bool = True,
) -> None:
    built = Built()
    vpc = built.vpc = aws.ec2.Vpc("app", cidr_block="10.20.0.0/16")
    exchange = aws.ec2.Vpc("exchange", cidr_block="10.90.0.0/24")
    built.gateway = aws.ec2.InternetGateway("app", vpc_id=vpc.id)
    for tier, cidr in CIDRS.items():
        built.subnets[tier] = aws.ec2.Subnet(
            f"app-{tier}", vpc_id=vpc.id, cidr_block=cidr, availability_zone=ZONE, tags={"Tier": tier}
        )
    built.subnets["exchange"] = aws.ec2.Subnet(
        "exchange",
        vpc_id=exchange.id,
        cidr_block="10.90.0.0/26",
        availability_zone=ZONE,
        tags={"Tier": "private"},
    )
    for name, subnet in built.subnets.items():
        table = aws.ec2.RouteTable(name, vpc_id=(exchange if name == "exchange" else vpc).id)
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id)
        built.tables[name] = table
    closed = {
        "ingress": [entry(100, CIDRS["private"], 5432, 5432, "6")],
        "egress": [entry(100, CIDRS["private"], 1024, 65535, "6")],
    }
    aws.ec2.NetworkAcl(
        "app-data", vpc_id=vpc.id, subnet_ids=[built.subnets["data"].id], **(data_acl or closed)
    )
    aws.ec2.Route(
        "public",
        route_table_id=built.tables["public"].id,
        destination_cidr_block="0.0.0.0/0",
        gateway_id=built.gateway.id,
    )
    address = aws.ec2.Eip("nat")
    built.nat = aws.ec2.NatGateway("nat", allocation_id=address.id, subnet_id=built.subnets["public"].id)
    aws.ec2.Route(
        "private",
        route_table_id=built.tables["private"].id,
        destination_cidr_block="0.0.0.0/0",
        nat_gateway_id=built.nat.id,
    )

    for name, where in (("edge", vpc), ("api", vpc), ("web", vpc), ("aurora", vpc), ("exchange", exchange)):
        built.groups[name] = aws.ec2.SecurityGroup(name, vpc_id=where.id)
    allow(built, "edge", None, 443, cidr="0.0.0.0/0", into=True)
    join(built, "edge", "api", 8443)
    join(built, "api", "aurora", 5432)
    for name in ("api", "web"):
        allow(built, name, None, 443, cidr="0.0.0.0/0", into=False)
    allow(built, "api", None, 8443, cidr="10.90.0.0/24", into=False)
    allow(built, "exchange", None, 8443, cidr=CIDRS["private"], into=True)
    allow(built, "exchange", None, 443, cidr="172.30.8.15/32", into=False)

    balancer = built.edge = aws.lb.LoadBalancer(
        "edge",
        internal=False,
        subnets=[built.subnets["public"].id],
        security_groups=[built.groups["edge"].id],
    )
    behind = aws.lb.TargetGroup("api", target_type="ip", protocol="HTTPS", port=8443, vpc_id=vpc.id)
    aws.lb.Listener(
        "edge-https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        default_actions=[{"type": "forward", "target_group_arn": behind.arn}],
    )
    for name in ("api", "web"):
        aws.ecs.Service(
            name,
            network_configuration={
                "subnets": [built.subnets["private"].id],
                "security_groups": [built.groups[name].id],
            },
            load_balancers=[{"target_group_arn": behind.arn, "container_name": "api", "container_port": 8443}]
            if name == "api"
            else None,
        )
    subnet_group = aws.rds.SubnetGroup("aurora", subnet_ids=[built.subnets["data"].id])
    aws.rds.Cluster(
        "aurora",
        engine="aurora-postgresql",
        db_subnet_group_name=subnet_group.name,
        vpc_security_group_ids=[built.groups["aurora"].id],
    )

    if partners:
        _partners(built, vpc, exchange, default_table)
    if mistake is not None:
        mistake(built)


def _partners(built: Built, vpc: Any, exchange: Any, default_table: bool) -> None:
    use = "enable" if default_table else "disable"
    hub = built.transit = aws.ec2transitgateway.TransitGateway(
        "hub", default_route_table_association=use, default_route_table_propagation=use
    )
    for name, where, subnet in (("app", vpc, "private"), ("exchange", exchange, "exchange")):
        link = aws.ec2transitgateway.VpcAttachment(
            name, transit_gateway_id=hub.id, vpc_id=where.id, subnet_ids=[built.subnets[subnet].id]
        )
        built.attachments[name] = link.id
    for name, peer in (("mercy", "203.0.113.10"), ("stluke", "203.0.113.20")):
        customer = aws.ec2.CustomerGateway(name, bgp_asn="65000", ip_address=peer, type="ipsec.1")
        vpn = aws.ec2.VpnConnection(
            name,
            transit_gateway_id=hub.id,
            customer_gateway_id=customer.id,
            type="ipsec.1",
            static_routes_only=True,
        )
        built.attachments[name] = vpn.transit_gateway_attachment_id
    for name in built.attachments:
        table = built.hubs[name] = aws.ec2transitgateway.RouteTable(name, transit_gateway_id=hub.id)
        if not default_table:
            aws.ec2transitgateway.RouteTableAssociation(
                name,
                transit_gateway_attachment_id=built.attachments[name],
                transit_gateway_route_table_id=table.id,
            )
    for name in ("app", "mercy", "stluke"):
        propagate(built, "exchange", name)
    lead(built, "exchange", CIDRS["private"], "app")
    lead(built, "exchange", "172.30.8.0/22", "mercy")
    lead(built, "exchange", "10.140.0.0/16", "stluke")
    for table, cidrs in (
        ("private", ["10.90.0.0/24"]),
        ("exchange", [CIDRS["private"], "172.30.8.0/22", "10.140.0.0/16"]),
    ):
        for cidr in cidrs:
            aws.ec2.Route(
                f"{table}-{cidr}",
                route_table_id=built.tables[table].id,
                destination_cidr_block=cidr,
                transit_gateway_id=hub.id,
            )

    front = aws.lb.LoadBalancer(
        "partners",
        internal=True,
        load_balancer_type="network",
        subnets=[built.subnets["exchange"].id],
        security_groups=[built.groups["exchange"].id],
    )
    fhir = aws.lb.TargetGroup("fhir", target_type="ip", protocol="TCP", port=443, vpc_id=exchange.id)
    aws.lb.TargetGroupAttachment(
        "fhir", target_group_arn=fhir.arn, target_id="172.30.8.15", port=443, availability_zone="all"
    )
    aws.lb.Listener(
        "fhir",
        load_balancer_arn=front.arn,
        port=8443,
        protocol="TCP",
        default_actions=[{"type": "forward", "target_group_arn": fhir.arn}],
    )


def allow(
    built: Built,
    of: str,
    group: str | None,
    port: int,
    *,
    into: bool,
    cidr: str | None = None,
    name: str = "",
) -> None:
    kind = aws.vpc.SecurityGroupIngressRule if into else aws.vpc.SecurityGroupEgressRule
    kind(
        name or f"{of}-{'in' if into else 'out'}-{group or cidr}-{port}",
        security_group_id=built.groups[of].id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4=cidr,
        referenced_security_group_id=built.groups[group].id if group else None,
    )


def join(built: Built, one: str, other: str, port: int) -> None:
    allow(built, one, other, port, into=False)
    allow(built, other, one, port, into=True)


def propagate(built: Built, attachment: str, table: str) -> None:
    aws.ec2transitgateway.RouteTablePropagation(
        f"{attachment}-into-{table}",
        transit_gateway_attachment_id=built.attachments[attachment],
        transit_gateway_route_table_id=built.hubs[table].id,
    )


def lead(built: Built, table: str, cidr: str, attachment: str) -> None:
    aws.ec2transitgateway.Route(
        f"{table}-leads-{cidr}",
        destination_cidr_block=cidr,
        transit_gateway_attachment_id=built.attachments[attachment],
        transit_gateway_route_table_id=built.hubs[table].id,
    )


def network(mistake: Mistake | None = None, **options: Any) -> RecordedNetwork:
    return RecordedNetwork(evaluate(lambda: program(mistake, **options), CONFIG), INTENT)


@cache
def sound() -> RecordedNetwork:
    return network()


def faults(found: RecordedNetwork) -> dict[str, tuple[str, ...]]:
    return {item.id: item.faults for item in claims(found) if item.faults}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_statement_is_proven_for_the_shipped_stacks(stack: str):
    found = claims(of_repository(recorded(stack)))
    assert {"data-tier-has-no-internet", "entry-points", "model-is-complete"} <= {item.id for item in found}
    assert {item.id: item.faults for item in found if item.faults} == {}


def test_a_sound_network_with_partners_stores_and_services_is_proven():
    assert len(claims(sound())) == 7
    assert faults(sound()) == {}


def test_a_partner_is_reached_through_the_exchange_and_by_who_uses_it_alone():
    ask, places = sound().ask, sound().model.places
    answer = ask.ask(places["api"], places["partner:mercy"])
    assert (answer.verdict, show(answer.forwarded), [chain.hops[0].load_balancer for chain in answer.chains]) == (
        "yes", "tcp 443", ["partners"],
    )  # fmt: skip
    assert not answer.paths
    steps = [line for path in answer.chains[0].paths for line in path.lines()]
    assert "Transit Gateway table app by exchange-into-app" in steps
    assert "Transit Gateway table exchange by exchange-leads-172.30.8.0/22" in steps
    assert ask.ask(places["web"], places["partner:mercy"]).verdict == "no"
    assert ask.ask(places["api"], places["partner:stluke"]).verdict == "no"


def planted_route(target: str, tier: str = "data") -> Mistake:
    def mistake(built: Built) -> None:
        to = {"gateway_id": built.gateway.id} if target == "internet" else {"nat_gateway_id": built.nat.id}
        aws.ec2.Route(
            "planted", route_table_id=built.tables[tier].id, destination_cidr_block="0.0.0.0/0", **to
        )

    return mistake


def other_store(built: Built) -> None:
    """An appliance of no known kind, in the data tier, and a peering connection."""
    peer = aws.ec2.VpcPeeringConnection("planted", vpc_id=built.vpc.id, peer_vpc_id="vpc-0123456789abcdef0")
    aws.ec2.Route(
        "planted",
        route_table_id=built.tables["private"].id,
        destination_cidr_block="10.99.0.0/16",
        vpc_peering_connection_id=peer.id,
    )


MISTAKES: dict[str, tuple[Mistake, str, tuple[str, ...]]] = {
    "a route from the data tier to NAT": (
        planted_route("nat"), "data-tier-has-no-internet",
        ("app:data reaches internet", "if only routes protected it", "route table data by planted", "nat:nat", "internet gateway app"),
    ),
    "a route from the data tier to the internet gateway": (
        planted_route("internet"), "data-tier-has-no-internet",
        ("internet reaches app:data", "app:data reaches internet", "if only routes protected it", "route table data by planted"),
    ),
    "a database open to everywhere": (
        lambda built: allow(built, "aurora", None, 5432, cidr="0.0.0.0/0", into=True, name="planted"),
        "data-tier-has-no-internet",
        ("aurora's security group allows tcp 5432 in from the internet", "by planted"),
    ),
    "a service open to the internet": (
        lambda built: allow(built, "web", None, 443, cidr="0.0.0.0/0", into=True, name="planted"),
        "entry-points", ("web's security group allows tcp 443 in from the internet", "by planted"),
    ),
    "the application's ranges propagated to a partner": (
        lambda built: (
            propagate(built, "app", "mercy"),
            allow(built, "web", None, 443, cidr="172.30.8.0/22", into=True, name="planted"),
        )[0],
        "partners-connect-through-privatelink-only",
        ("partner:mercy reaches web on tcp 443", "Transit Gateway table mercy by app-into-mercy", "in by planted"),
    ),
    "the application's ranges propagated, with every group closed": (
        lambda built: propagate(built, "app", "mercy"), "partners-are-isolated",
        ("partner:mercy reaches app:data", "without a reply if only routes protected it", "Transit Gateway table mercy by app-into-mercy"),
    ),
    "one partner's ranges propagated to another": (
        lambda built: propagate(built, "stluke", "mercy"), "partners-are-isolated",
        ("partner:mercy reaches partner:stluke", "without a reply", "Transit Gateway table mercy by stluke-into-mercy"),
    ),
    "a partner's range led to another partner": (
        lambda built: lead(built, "exchange", "172.30.8.0/24", "stluke"), "partners-are-isolated",
        ("Transit Gateway table exchange leads 172.30.8.0 of partner:mercy to partner:stluke by exchange-leads-172.30.8.0/24",),
    ),
    "a partner let into the exchange's load balancer": (
        lambda built: allow(built, "exchange", None, 8443, cidr="10.140.0.0/16", into=True, name="planted"), "partners-are-isolated",
        ("partner:stluke reaches partner:mercy on tcp 443 through partners (fhir, tcp 8443)", "in by planted"),
    ),
    "a service that reaches a store it does not use": (
        lambda built: join(built, "web", "aurora", 5432), "services-reach-what-they-use",
        ("web reaches aurora on tcp 5432", "security group aurora in by aurora-in-web-5432"),
    ),
    "a service that reaches the partners it does not use": (
        lambda built: allow(built, "web", None, 8443, cidr="10.90.0.0/24", into=False, name="planted"), "services-reach-what-they-use",
        ("web reaches partner:mercy on tcp 443 through partners", "security group web out by planted"),
    ),
    "a peering connection": (
        other_store, "model-is-complete",
        ("ec2/VpcPeeringConnection planted: carries traffic", "leads to vpcPeeringConnectionId"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found_and_named_with_its_path(name: str):
    mistake, claim, parts = MISTAKES[name]
    found = faults(network(mistake))
    told = "\n".join(found.get(claim, ()))
    assert [part for part in parts if part not in told] == [], found


def test_the_default_table_of_a_transit_gateway_joins_everybody():
    told = "\n".join(faults(network(default_table=True))["partners-are-isolated"])
    assert "partner:mercy reaches partner:stluke on everything" in told
    assert "Transit Gateway table default association table of hub by default propagation of stluke" in told


def test_an_opened_acl_of_the_data_tier_is_found_though_the_rest_is_closed():
    opened = {"ingress": [entry(90, "0.0.0.0/0")], "egress": [entry(90, CIDRS["private"])]}
    told = "\n".join(faults(network(data_acl=opened))["data-tier-has-no-internet"])
    assert "ACL app-data of app-data allows everything in from the internet" in told
    assert "by entry 90" in told


def test_an_acl_without_a_way_for_replies_leaves_a_store_unreached():
    mute = {
        "ingress": [entry(100, CIDRS["private"], 5432, 5432, "6")],
        "egress": [entry(100, CIDRS["private"], 0, 1023, "6")],
    }
    found = network(data_acl=mute)
    answer = found.ask.ask(found.model.places["api"], found.model.places["aurora"])
    assert answer.verdict == "one way"
    assert answer.paths[0].reply_block is not None
    assert answer.paths[0].reply_block.text() == "ACL app-data allows no reply"
    # What arrives is told as reached even where no reply comes back; what is used must be answered.
    assert "api does not reach aurora" in "\n".join(faults(found)["services-reach-what-they-use"])


def test_a_rule_for_part_of_a_subnet_is_not_missed():
    """The range begins in the middle of the private subnet: its first address alone would say no."""

    def mistake(built: Built) -> None:
        aws.ec2.SecurityGroup("planted", vpc_id=built.vpc.id)
        allow(built, "aurora", None, 5432, cidr="10.20.1.128/28", into=True, name="planted")
        allow(built, "web", "aurora", 5432, into=False, name="planted-out")

    found = network(mistake)
    answer = found.ask.ask(found.model.places["web"], found.model.places["aurora"])
    assert (answer.verdict, answer.is_partial) == ("yes", True)
    assert answer.paths[0].lines()[0] == "10.20.1.128"


def test_the_longest_prefix_decides():
    def mistake(built: Built) -> None:
        aws.ec2.Route(
            "planted",
            route_table_id=built.tables["private"].id,
            destination_cidr_block="8.8.8.0/24",
            transit_gateway_id=built.transit.id,
        )

    found = network(mistake)
    api = found.model.places["api"]
    assert found.ask.ask(api, found.ask.place("8.8.4.4")).verdict == "yes"
    assert found.ask.ask(api, found.ask.place("8.8.8.8")).verdict == "no"


def with_front(built: Built, *, judged: str = "on") -> None:
    """An endpoint service for a partner, before a load balancer of its own that leads to the public entry."""
    built.groups["entry"] = aws.ec2.SecurityGroup("entry", vpc_id=built.vpc.id)
    join(built, "entry", "edge", 443)
    entry = aws.lb.LoadBalancer(
        "entry",
        internal=True,
        load_balancer_type="network",
        subnets=[built.subnets["private"].id],
        security_groups=[built.groups["entry"].id],
        enforce_security_group_inbound_rules_on_private_link_traffic=judged,
    )
    behind = aws.lb.TargetGroup("entry", target_type="alb", protocol="TCP", port=443, vpc_id=built.vpc.id)
    aws.lb.TargetGroupAttachment("entry", target_group_arn=behind.arn, target_id=built.edge.arn, port=443)
    aws.lb.Listener(
        "entry",
        load_balancer_arn=entry.arn,
        port=443,
        protocol="TCP",
        default_actions=[{"type": "forward", "target_group_arn": behind.arn}],
    )
    aws.ec2.VpcEndpointService(
        "county",
        acceptance_required=True,
        network_load_balancer_arns=[entry.arn],
        allowed_principals=[COUNTY],
    )


COUNTY = "arn:aws:iam::320987654321:root"


@pytest.mark.parametrize(("judged", "verdict"), [("on", "no"), ("off", "yes")])
def test_privatelink_leads_a_partner_to_the_public_entry_and_nowhere_else(judged: str, verdict: str):
    intent = replace(INTENT, partners={**PARTNERS, "county": PartnerIntent(principals=frozenset({COUNTY}))})
    record = evaluate(lambda: program(lambda built: with_front(built, judged=judged)), CONFIG)
    found = RecordedNetwork(record, intent)
    ask, places = found.ask, found.model.places
    county = places["partner:county"]
    assert ask.ask(county, places["entry"]).verdict == verdict
    through = ask.ask(county, places["api"])
    assert through.verdict == verdict
    assert [[hop.load_balancer for hop in chain.hops] for chain in through.chains] == (
        [["entry", "edge"]] if verdict == "yes" else []
    )
    assert {
        ask.ask(county, places[name]).verdict for name in ("aurora", "partner:mercy", "web", "partners")
    } == {"no"}
    assert faults(found) == {}


class VpnServer(pulumi.ComponentResource):
    def __init__(self, built: Built, plan: str) -> None:
        super().__init__("hipaa:connectivity:VpnServer", "vpn")
        child = pulumi.ResourceOptions(parent=self)
        built.groups["vpn"] = aws.ec2.SecurityGroup("vpn", vpc_id=built.vpc.id, opts=child)
        template = aws.ec2.LaunchTemplate(
            "vpn",
            user_data=base64.b64encode(f"#!/bin/bash\nplan='{plan}'\n".encode()).decode(),
            network_interfaces=[{"security_groups": [built.groups["vpn"].id]}],
            opts=child,
        )
        aws.autoscaling.Group(
            "vpn",
            min_size=1,
            max_size=1,
            vpc_zone_identifiers=[built.subnets["public"].id],
            launch_template={"id": template.id},
            opts=child,
        )
        aws.ec2.Eip("vpn", opts=child)


def vpn_network(
    access: dict[str, list[str]], plan: dict[str, list[str]], mistake: Mistake | None = None
) -> RecordedNetwork:
    def add(built: Built) -> None:
        tiers = {
            "app": {"cidrs": [CIDRS["private"]], "ports": [8443]},
            "data": {"cidrs": [CIDRS["data"]], "ports": [5432]},
        }
        VpnServer(built, json.dumps({"groups": plan, "tiers": tiers}))
        allow(built, "vpn", None, 1194, cidr="0.0.0.0/0", into=True)
        join(built, "vpn", "api", 8443)
        if any("data" in tiers for tiers in access.values()):
            join(built, "vpn", "aurora", 5432)
        if mistake is not None:
            mistake(built)

    tier_of = {"app": "private", "data": "data"}
    vpn = VpnIntent(
        server="vpn",
        client_ranges=(IPv4Network("10.99.0.0/20"),),
        groups={group: frozenset(tier_of[name] for name in names) for group, names in access.items()},
        rules=vpn_rules,
    )
    admins = AllowedTraffic(ranges=(IPv4Network("198.51.100.0/24"),), tcp=(9443,), setting="admin_cidrs")
    entry_point = EntryPoint(
        title="the VPN server", allowed=(AllowedTraffic(ranges=EVERYBODY, tcp=(1194,)), admins)
    )
    intent = replace(
        INTENT,
        entry_points={**INTENT.entry_points, "vpn": entry_point},
        services={"api": ServiceIntent(stores=frozenset({"aurora"})), "web": ServiceIntent()},
        partners={},
        vpn=vpn,
    )
    acl = {
        "ingress": [
            entry(100, CIDRS["private"], 5432, 5432, "6"),
            entry(101, CIDRS["public"], 5432, 5432, "6"),
        ],
        "egress": [
            entry(100, CIDRS["private"], 1024, 65535, "6"),
            entry(101, CIDRS["public"], 1024, 65535, "6"),
        ],
    }
    return RecordedNetwork(evaluate(lambda: program(add, data_acl=acl, partners=False), CONFIG), intent)


ACCESS = {"engineers": ["app", "data"], "support": ["app"]}


def test_vpn_groups_reach_the_tiers_of_their_access_and_no_other():
    found = vpn_network(ACCESS, ACCESS)
    ask, places = found.ask, found.model.places
    verdicts = {
        (group, name): ask.ask(places[f"vpn:{group}"], places[name]).verdict
        for group in ACCESS
        for name in ("api", "aurora")
    }
    assert verdicts == {
        ("engineers", "api"): "yes", ("engineers", "aurora"): "yes", ("support", "api"): "yes", ("support", "aurora"): "no",
    }  # fmt: skip
    assert faults(found) == {}


def test_a_group_whose_rules_go_beyond_its_access_is_found():
    told = "\n".join(
        faults(vpn_network(ACCESS, {**ACCESS, "support": ["app", "data"]}))[
            "vpn-groups-reach-their-tiers-only"
        ]
    )
    assert "vpn:support reaches aurora on tcp 5432" in told
    assert "security group aurora in by aurora-in-vpn-5432" in told


def test_an_admin_page_open_to_more_than_the_admins_is_found():
    def mistake(built: Built) -> None:
        allow(built, "vpn", None, 9443, cidr="198.51.0.0/16", into=True, name="planted")

    told = "\n".join(faults(vpn_network(ACCESS, ACCESS, mistake))["entry-points"])
    assert "internet outside admin_cidrs reaches vpn on tcp 9443" in told
    assert "198.51.0.0 → internet gateway app" in told


def test_a_proxys_endpoint_for_readers_is_a_way_to_the_database_and_speaks_tls() -> None:
    document = full_document()
    aurora = document["hipaa:data"]["aurora"]
    aurora |= {"proxy": True, "readers": {"min": 1, "max": 2}}
    document["hipaa:services"]["worker"]["uses"] = ["aurora"]
    network = of_repository(whole_program(document))
    assert [fault for item in claims(network) for fault in item.faults] == []
    reading = network.model.places["aurora-proxy-readers"]
    assert reading.kind == "proxy"
    (row,) = [row for row in inventory(network).rows() if {"worker", "aurora-proxy-readers"} <= set(row)]
    assert "TLS, required" in row
