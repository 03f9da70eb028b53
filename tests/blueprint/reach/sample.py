"""A sound network with two partners, two services and a database, to which a test can add a mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Network
from typing import Any, Final

import pulumi_aws as aws

from blueprint.intent import AllowedTraffic, EntryPoint, Intent, PartnerIntent, ServiceIntent
from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.recorder import evaluate

CONFIG: Final[dict[str, object]] = {"aws:region": "us-east-1"}
ANYWHERE: Final = "0.0.0.0/0"
EVERYBODY: Final = (IPv4Network(ANYWHERE),)
PARTNERS: Final = {
    "mercy": PartnerIntent(ranges=(IPv4Network("172.30.8.0/22"),), gateway_address="203.0.113.10"),
    "stluke": PartnerIntent(ranges=(IPv4Network("10.140.0.0/16"),), gateway_address="203.0.113.20"),
}
INTENT: Final = Intent(
    entry_points={
        "edge": EntryPoint(title="the edge", allowed=(AllowedTraffic(ranges=EVERYBODY, tcp=(80, 443)),)),
    },
    services={
        "api": ServiceIntent(stores=frozenset({"aurora"}), partners=frozenset(PARTNERS)),
        "web": ServiceIntent(),
    },
    partners=PARTNERS,
)
ZONE: Final = "us-east-1a"
CIDRS: Final = {"public": "10.20.0.0/24", "private": "10.20.1.0/24", "data": "10.20.2.0/24"}
EXCHANGE: Final = "10.90.0.0/24"


@dataclass
class Built:
    """The resources that a mistake changes or refers to."""

    vpc: Any = None
    gateway: Any = None
    nat: Any = None
    edge: Any = None
    transit: Any = None
    subnets: dict[str, aws.ec2.Subnet] = field(default_factory=dict)
    tables: dict[str, aws.ec2.RouteTable] = field(default_factory=dict)
    groups: dict[str, aws.ec2.SecurityGroup] = field(default_factory=dict)
    attachments: dict[str, Any] = field(default_factory=dict)
    hubs: dict[str, aws.ec2transitgateway.RouteTable] = field(default_factory=dict)


Mistake = Callable[[Built], None]


def entry(number: int, cidr: str, ports: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return an entry of a network ACL that allows TCP on a range of ports, or all traffic without `ports`."""
    first, last = ports or (0, 0)
    return {
        "rule_no": number, "action": "allow", "protocol": "6" if ports else "-1", "cidr_block": cidr,
        "from_port": first, "to_port": last,
    }  # fmt: skip


DATA_ACL: Final = {
    "ingress": [entry(100, CIDRS["private"], (5432, 5432))],
    "egress": [entry(100, CIDRS["private"], (1024, 65535))],
}


def allow(
    built: Built,
    of: str,
    port: int,
    *,
    into: bool,
    cidr: str | None = None,
    group: str | None = None,
    name: str = "",
) -> None:
    """Add a rule to the security group `of`, for a range or for another group."""
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


def connect(built: Built, client: str, server: str, port: int) -> None:
    """Allow connections from one security group to another, in both groups."""
    allow(built, client, port, group=server, into=False)
    allow(built, server, port, group=client, into=True)


def route(built: Built, name: str, table: str, cidr: str, **target: Any) -> None:
    """Add a route to the route table of a subnet."""
    aws.ec2.Route(name, route_table_id=built.tables[table].id, destination_cidr_block=cidr, **target)


def propagate(built: Built, attachment: str, table: str) -> None:
    """Propagate the ranges of an attachment to a route table of the Transit Gateway."""
    aws.ec2transitgateway.RouteTablePropagation(
        f"{attachment}-into-{table}",
        transit_gateway_attachment_id=built.attachments[attachment],
        transit_gateway_route_table_id=built.hubs[table].id,
    )


def transit_route(built: Built, table: str, cidr: str, attachment: str) -> None:
    """Add a static route to a route table of the Transit Gateway."""
    aws.ec2transitgateway.Route(
        f"{table}-leads-{cidr}",
        destination_cidr_block=cidr,
        transit_gateway_attachment_id=built.attachments[attachment],
        transit_gateway_route_table_id=built.hubs[table].id,
    )


def balancer(
    built: Built, name: str, subnet: str, group: str, *, internal: bool = True, **arguments: Any
) -> aws.lb.LoadBalancer:
    """Add a load balancer in one subnet, with one security group."""
    return aws.lb.LoadBalancer(
        name,
        internal=internal,
        subnets=[built.subnets[subnet].id],
        security_groups=[built.groups[group].id],
        **arguments,
    )


def listener(
    name: str, balancer: aws.lb.LoadBalancer, target: aws.lb.TargetGroup, port: int, protocol: str = "TCP"
) -> None:
    """Add a listener that forwards to a target group."""
    aws.lb.Listener(
        name,
        load_balancer_arn=balancer.arn,
        port=port,
        protocol=protocol,
        default_actions=[{"type": "forward", "target_group_arn": target.arn}],
    )


def program(
    mistake: Mistake | None = None,
    *,
    default_table: bool = False,
    data_acl: dict[str, Any] = DATA_ACL,
    partners: bool = True,
) -> None:
    """Register the network, and then the mistake.

    With `default_table`, every attachment uses the default route table of the Transit Gateway.
    """
    built = Built()
    vpc = built.vpc = aws.ec2.Vpc("app", cidr_block="10.20.0.0/16")
    exchange = aws.ec2.Vpc("exchange", cidr_block=EXCHANGE)
    _subnets(built, exchange, data_acl)
    for name, where in (("edge", vpc), ("api", vpc), ("web", vpc), ("aurora", vpc), ("exchange", exchange)):
        built.groups[name] = aws.ec2.SecurityGroup(name, vpc_id=where.id)
    allow(built, "edge", 443, cidr=ANYWHERE, into=True)
    connect(built, "edge", "api", 8443)
    connect(built, "api", "aurora", 5432)
    for name in ("api", "web"):
        allow(built, name, 443, cidr=ANYWHERE, into=False)
    allow(built, "api", 8443, cidr=EXCHANGE, into=False)
    allow(built, "exchange", 8443, cidr=CIDRS["private"], into=True)
    allow(built, "exchange", 443, cidr="172.30.8.15/32", into=False)
    _services(built)
    if partners:
        _partners(built, exchange, default_table)
    if mistake is not None:
        mistake(built)


def _subnets(built: Built, exchange: aws.ec2.Vpc, data_acl: dict[str, Any]) -> None:
    places = {f"app-{tier}": (tier, built.vpc, cidr) for tier, cidr in CIDRS.items()}
    places["exchange"] = ("private", exchange, "10.90.0.0/26")
    for name, (tier, vpc, cidr) in places.items():
        key = name.removeprefix("app-")
        subnet = built.subnets[key] = aws.ec2.Subnet(
            name, vpc_id=vpc.id, cidr_block=cidr, availability_zone=ZONE, tags={"Tier": tier}
        )
        table = built.tables[key] = aws.ec2.RouteTable(key, vpc_id=vpc.id)
        aws.ec2.RouteTableAssociation(key, subnet_id=subnet.id, route_table_id=table.id)
    aws.ec2.NetworkAcl("app-data", vpc_id=built.vpc.id, subnet_ids=[built.subnets["data"].id], **data_acl)
    built.gateway = aws.ec2.InternetGateway("app", vpc_id=built.vpc.id)
    address = aws.ec2.Eip("nat")
    built.nat = aws.ec2.NatGateway("nat", allocation_id=address.id, subnet_id=built.subnets["public"].id)
    route(built, "public", "public", ANYWHERE, gateway_id=built.gateway.id)
    route(built, "private", "private", ANYWHERE, nat_gateway_id=built.nat.id)


def _services(built: Built) -> None:
    built.edge = balancer(built, "edge", "public", "edge", internal=False)
    target = aws.lb.TargetGroup("api", target_type="ip", protocol="HTTPS", port=8443, vpc_id=built.vpc.id)
    listener("edge-https", built.edge, target, 443, "HTTPS")
    routed = [{"target_group_arn": target.arn, "container_name": "api", "container_port": 8443}]
    for name, targets in (("api", routed), ("web", None)):
        aws.ecs.Service(
            name,
            network_configuration={
                "subnets": [built.subnets["private"].id],
                "security_groups": [built.groups[name].id],
            },
            load_balancers=targets,
        )
    subnet_group = aws.rds.SubnetGroup("aurora", subnet_ids=[built.subnets["data"].id])
    aws.rds.Cluster(
        "aurora",
        engine="aurora-postgresql",
        db_subnet_group_name=subnet_group.name,
        vpc_security_group_ids=[built.groups["aurora"].id],
    )


def _partners(built: Built, exchange: aws.ec2.Vpc, default_table: bool) -> None:
    use = "enable" if default_table else "disable"
    hub = built.transit = aws.ec2transitgateway.TransitGateway(
        "hub", default_route_table_association=use, default_route_table_propagation=use
    )
    for name, where, subnet in (("app", built.vpc, "private"), ("exchange", exchange, "exchange")):
        link = aws.ec2transitgateway.VpcAttachment(
            name, transit_gateway_id=hub.id, vpc_id=where.id, subnet_ids=[built.subnets[subnet].id]
        )
        built.attachments[name] = link.id
    for name, partner in PARTNERS.items():
        customer = aws.ec2.CustomerGateway(
            name, bgp_asn="65000", ip_address=partner.gateway_address, type="ipsec.1"
        )
        vpn = aws.ec2.VpnConnection(
            name,
            transit_gateway_id=hub.id,
            customer_gateway_id=customer.id,
            type="ipsec.1",
            static_routes_only=True,
        )
        built.attachments[name] = vpn.transit_gateway_attachment_id
    for name, attachment in built.attachments.items():
        table = built.hubs[name] = aws.ec2transitgateway.RouteTable(name, transit_gateway_id=hub.id)
        if not default_table:
            aws.ec2transitgateway.RouteTableAssociation(
                name, transit_gateway_attachment_id=attachment, transit_gateway_route_table_id=table.id
            )
    for name in ("app", *PARTNERS):
        propagate(built, "exchange", name)
    ranges = {"app": CIDRS["private"], **{name: str(item.ranges[0]) for name, item in PARTNERS.items()}}
    for name, cidr in ranges.items():
        transit_route(built, "exchange", cidr, name)
        route(built, f"exchange-{cidr}", "exchange", cidr, transit_gateway_id=hub.id)
    route(built, f"private-{EXCHANGE}", "private", EXCHANGE, transit_gateway_id=hub.id)

    front = balancer(built, "partners", "exchange", "exchange", load_balancer_type="network")
    target = aws.lb.TargetGroup("fhir", target_type="ip", protocol="TCP", port=443, vpc_id=exchange.id)
    aws.lb.TargetGroupAttachment(
        "fhir", target_group_arn=target.arn, target_id="172.30.8.15", port=443, availability_zone="all"
    )
    listener("fhir", front, target, 8443)


def sample_network(
    mistake: Mistake | None = None, *, intent: Intent = INTENT, **options: Any
) -> RecordedNetwork:
    """Return the network with a mistake; `options` are those of `program`."""
    return RecordedNetwork(evaluate(lambda: program(mistake, **options), CONFIG), intent)


@cache
def sound() -> RecordedNetwork:
    """Return the network without a mistake."""
    return sample_network()


def faults(network: RecordedNetwork) -> dict[str, tuple[str, ...]]:
    """Return the faults of every refuted statement, by the id of the statement."""
    return {item.id: item.faults for item in claims(network) if item.faults}


def assert_refuted(network: RecordedNetwork, statement: str, *parts: str) -> None:
    """Assert that a statement is refuted, and that its faults contain each of `parts`."""
    refuted = faults(network)
    text = "\n".join(refuted.get(statement, ()))
    assert [part for part in parts if part not in text] == [], refuted
