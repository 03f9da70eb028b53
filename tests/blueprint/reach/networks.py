"""Small networks of bare resources, from plain descriptions that Hypothesis can draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import pulumi_aws as aws
from hypothesis import strategies as st

from blueprint.intent import Intent, PartnerIntent
from blueprint.record import Record
from blueprint.recorder import evaluate

VPCS = {"app": "10.1.0.0/24", "exchange": "10.2.0.0/24"}
PARTNERS = {
    "mercy": {"mode": "vpn", "cidrs": ["172.30.8.0/24"], "peer_ip": "203.0.113.10"},
    "stluke": {"mode": "vpn", "cidrs": ["172.30.9.0/24"], "peer_ip": "203.0.113.20"},
}
CONFIG: dict[str, object] = {"aws:region": "us-east-1"}
INTENT = Intent(
    partners={
        name: PartnerIntent(
            ranges=tuple(map(IPv4Network, partner["cidrs"])), gateway_address=str(partner["peer_ip"])
        )
        for name, partner in PARTNERS.items()
    }
)

# Three subnets of each VPC; the first zone has two.
SUBNETS = {
    f"{vpc}-{place}": (
        vpc,
        f"10.{1 if vpc == 'app' else 2}.0.{64 * place}/26",
        "us-east-1a" if place < 2 else "us-east-1b",
    )
    for vpc in VPCS
    for place in range(3)
}
CARDS = {
    name: str(cidr).rsplit("/")[0].rsplit(".", 1)[0] + f".{64 * int(name[-1]) + 10}"
    for name, (_, cidr, _) in SUBNETS.items()
}
POOL = (
    "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/24", "10.1.0.0/26", "10.1.0.8/29", "10.2.0.0/24", "10.2.0.64/26", "172.30.8.0/24",
    "172.30.9.0/24", "8.8.0.0/16",
)  # fmt: skip
PORTS = ((0, 65535), (443, 443), (400, 500), (5432, 5432), (1024, 65535), (40000, 40000))


@dataclass
class Spec:
    """What differs between the networks."""

    rules: list[dict[str, Any]] = field(default_factory=list)
    cards: dict[str, list[int]] = field(default_factory=dict)
    acls: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    routes: list[tuple[str, str, str]] = field(default_factory=list)
    gateways: list[str] = field(default_factory=list)
    public: list[str] = field(default_factory=list)
    forwards: list[str] = field(default_factory=list)
    attached: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    propagations: list[tuple[str, int]] = field(default_factory=list)
    static: list[tuple[int, str, str]] = field(default_factory=list)
    default_table: bool = False


def build(spec: Spec) -> Record:
    return evaluate(lambda: _program(spec), CONFIG)


def _program(spec: Spec) -> None:
    vpcs = {name: aws.ec2.Vpc(name, cidr_block=cidr) for name, cidr in VPCS.items()}
    subnets = {
        name: aws.ec2.Subnet(
            name, vpc_id=vpcs[vpc].id, cidr_block=cidr, availability_zone=zone, tags={"Tier": name}
        )
        for name, (vpc, cidr, zone) in SUBNETS.items()
    }
    tables = {name: aws.ec2.RouteTable(name, vpc_id=vpcs[vpc].id) for name, (vpc, _, _) in SUBNETS.items()}
    for name, table in tables.items():
        aws.ec2.RouteTableAssociation(name, subnet_id=subnets[name].id, route_table_id=table.id)
    igws = {name: aws.ec2.InternetGateway(name, vpc_id=vpcs[name].id) for name in spec.gateways}
    groups = {
        (vpc, number): aws.ec2.SecurityGroup(f"{vpc}-g{number}", vpc_id=vpcs[vpc].id)
        for vpc in VPCS
        for number in range(2)
    }
    for place, rule in enumerate(spec.rules):
        rule = dict(rule)
        vpc = rule.pop("vpc")
        kind = aws.vpc.SecurityGroupIngressRule if rule.pop("into") else aws.vpc.SecurityGroupEgressRule
        reference = rule.pop("group", None)
        if reference is not None:
            rule["referenced_security_group_id"] = groups[vpc, reference].id
        kind(f"rule-{place}", security_group_id=groups[vpc, rule.pop("of")].id, **rule)
    cards = {}
    for name, (vpc, _, _) in SUBNETS.items():
        cards[name] = aws.ec2.NetworkInterface(
            f"card-{name}",
            subnet_id=subnets[name].id,
            private_ip=CARDS[name],
            security_groups=[groups[vpc, number].id for number in spec.cards.get(name, [0])],
            source_dest_check=False if name in spec.forwards else None,
        )
    for name in spec.public:
        aws.ec2.Eip(name, network_interface=cards[name].id)
    for name, acl in spec.acls.items():
        vpc = SUBNETS[name][0]
        aws.ec2.NetworkAcl(name, vpc_id=vpcs[vpc].id, subnet_ids=[subnets[name].id], **acl)  # type: ignore[arg-type]
    switch = "enable" if spec.default_table else "disable"
    gateway = aws.ec2transitgateway.TransitGateway(
        "hub", default_route_table_association=switch, default_route_table_propagation=switch
    )
    attachments: dict[str, Any] = {}
    links = {
        vpc: aws.ec2transitgateway.VpcAttachment(
            vpc,
            transit_gateway_id=gateway.id,
            vpc_id=vpcs[vpc].id,
            subnet_ids=[subnets[name].id for name in names],
        )
        for vpc, names in spec.attached.items()
    }
    attachments |= {vpc: link.id for vpc, link in links.items()}
    for name, partner in PARTNERS.items():
        peer = aws.ec2.CustomerGateway(
            name, bgp_asn="65000", ip_address=str(partner["peer_ip"]), type="ipsec.1"
        )
        vpn = aws.ec2.VpnConnection(
            name,
            transit_gateway_id=gateway.id,
            customer_gateway_id=peer.id,
            type="ipsec.1",
            static_routes_only=True,
        )
        attachments[name] = vpn.transit_gateway_attachment_id
    hubs = [
        aws.ec2transitgateway.RouteTable(f"hub-{place}", transit_gateway_id=gateway.id) for place in range(2)
    ]
    for name, place in spec.tables.items():
        if name in attachments:
            aws.ec2transitgateway.RouteTableAssociation(
                name,
                transit_gateway_attachment_id=attachments[name],
                transit_gateway_route_table_id=hubs[place].id,
            )
    for name, place in spec.propagations:
        if name in attachments:
            aws.ec2transitgateway.RouteTablePropagation(
                f"{name}-{place}",
                transit_gateway_attachment_id=attachments[name],
                transit_gateway_route_table_id=hubs[place].id,
            )
    for place, cidr, name in spec.static:
        if name == "blackhole" or name in attachments:
            aws.ec2transitgateway.Route(
                f"{place}-{cidr}",
                destination_cidr_block=cidr,
                transit_gateway_route_table_id=hubs[place].id,
                blackhole=name == "blackhole" or None,
                transit_gateway_attachment_id=None if name == "blackhole" else attachments[name],
            )
    for name, cidr, target in spec.routes:
        vpc = SUBNETS[name][0]
        where: dict[str, Any] = {}
        if target == "internet":
            if vpc not in igws:
                continue
            where["gateway_id"] = igws[vpc].id
        elif target == "transit":
            where["transit_gateway_id"] = links[vpc].transit_gateway_id if vpc in links else gateway.id
        else:
            where["network_interface_id"] = cards[f"{vpc}-{target}"].id
        aws.ec2.Route(f"{name}-{cidr}", route_table_id=tables[name].id, destination_cidr_block=cidr, **where)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    names = sorted(SUBNETS)
    ports = st.sampled_from(PORTS)

    def rule() -> dict[str, Any]:
        first, last = draw(ports)
        protocol = draw(st.sampled_from(("tcp", "udp", "-1")))
        found: dict[str, Any] = {
            "vpc": draw(st.sampled_from(sorted(VPCS))),
            "into": draw(st.booleans()),
            "of": draw(st.integers(0, 1)),
            "ip_protocol": protocol,
        }
        if protocol != "-1":
            found |= {"from_port": first, "to_port": last}
        if draw(st.integers(0, 3)):
            found["cidr_ipv4"] = draw(st.sampled_from(POOL))
        else:
            found["group"] = draw(st.integers(0, 1))
        return found

    def entries() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(draw(st.integers(1, 4))):
            first, last = draw(ports)
            protocol = draw(st.sampled_from(("6", "17", "-1", "-1")))
            found.append({
                "rule_no": 100 - number, "action": draw(st.sampled_from(("allow", "allow", "deny"))), "protocol": protocol,
                "cidr_block": draw(st.sampled_from(POOL)), "from_port": 0 if protocol == "-1" else first,
                "to_port": 0 if protocol == "-1" else last,
            })  # fmt: skip
        return found

    zones = {
        vpc: [f"{vpc}-{place}" for place in draw(st.sampled_from(((0,), (1, 2), (0, 2))))] for vpc in VPCS
    }
    everyone = (*VPCS, *PARTNERS)
    hub_routes = {
        (draw(st.integers(0, 1)), draw(st.sampled_from(POOL))): draw(
            st.sampled_from((*everyone, "blackhole"))
        )
        for _ in range(draw(st.integers(0, 5)))
    }
    routes = {
        (draw(st.sampled_from(names)), draw(st.sampled_from(POOL))): draw(
            st.sampled_from(("internet", "transit", "transit", "0", "1"))
        )
        for _ in range(draw(st.integers(2, 12)))
    }
    own = {"app": "10.1.0.0/24", "exchange": "10.2.0.0/24"}
    return Spec(
        rules=[rule() for _ in range(draw(st.integers(6, 16)))],
        cards={name: draw(st.sampled_from(([0], [1], [0, 1]))) for name in names},
        acls={
            name: {"ingress": entries(), "egress": entries()}
            for name in names
            if draw(st.integers(0, 2)) == 0
        },
        # AWS refuses a route as specific as the local one, and takes more specific ones to an interface only.
        routes=[
            (name, cidr, target)
            for (name, cidr), target in routes.items()
            if cidr != own[SUBNETS[name][0]] and not cidr.startswith(own[SUBNETS[name][0]][:6])
        ],
        gateways=draw(st.sampled_from(([], ["app"], ["app", "exchange"]))),
        public=[name for name in names if draw(st.booleans())],
        forwards=[name for name in names if name[-1] in "01" and draw(st.booleans())],
        attached=zones,
        tables={name: draw(st.integers(0, 1)) for name in everyone if draw(st.integers(0, 4))},
        propagations=sorted(
            {
                (draw(st.sampled_from(everyone)), draw(st.integers(0, 1)))
                for _ in range(draw(st.integers(0, 5)))
            }
        ),
        static=[(place, cidr, name) for (place, cidr), name in hub_routes.items()],
        default_table=draw(st.integers(0, 3)) == 0,
    )
