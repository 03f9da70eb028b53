"""Connections to other networks: partners kept apart, strong tunnels, nobody attached without being asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import LOGGED
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    is_unknown,
    lacks,
    must_be_one_of,
    must_be_true,
    not_applicable,
    tag,
)
from hipaa_policies.tokens import (
    DATABASE_SUBNETS,
    ENDPOINT_SERVICE,
    ENDPOINT_SERVICE_PRINCIPAL,
    FLOW_LOG,
    REDSHIFT_SUBNET_GROUP,
    SUBNET,
    TRANSIT_ACCEPTER,
    TRANSIT_ASSOCIATION,
    TRANSIT_ATTACHMENT,
    TRANSIT_GATEWAY,
    TRANSIT_PREFIX,
    TRANSIT_PROPAGATION,
    TRANSIT_ROUTE,
    TRANSIT_TABLE,
    VPC,
    VPN_CONNECTION,
)
from hipaa_policies.values import MISSING, UNKNOWN, is_true, items, peek, reaches_the_world, shown

_APART: Final = ("164.308(a)(4)(ii)(A)", "164.312(a)(1)", "164.312(e)(1)", "164.308(b)(1)")


@control(
    id="transit-gateway-has-no-defaults",
    title="Transit gateways route nothing by default",
    description="No attachment joins or fills a default route table, and none is accepted without being asked.",
    citations=_APART,
    severity="critical",
    pack="isolation",
    remediation="Set both default_route_table settings to disable (unset means enable), and both to False on attachments.",
    types={
        TRANSIT_GATEWAY: (
            "defaultRouteTableAssociation",
            "defaultRouteTablePropagation",
            "autoAcceptSharedAttachments",
        ),
        TRANSIT_ATTACHMENT: (
            "transitGatewayDefaultRouteTableAssociation",
            "transitGatewayDefaultRouteTablePropagation",
        ),
        TRANSIT_ACCEPTER: (
            "transitGatewayDefaultRouteTableAssociation",
            "transitGatewayDefaultRouteTablePropagation",
        ),
    },
    sources=(
        "CKV_AWS_331",
        "FSBP:EC2.23",
        "prowler:ec2_transitgateway_auto_accept_vpc_attachments",
        "hipaa:tgw-partner-isolation",
    ),
)
def _defaults(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == TRANSIT_GATEWAY:
        yield from must_be_one_of(resource, ("disable",), "defaultRouteTableAssociation")
        yield from must_be_one_of(resource, ("disable",), "defaultRouteTablePropagation")
        if peek(resource.props, "autoAcceptSharedAttachments") is not MISSING:
            yield from must_be_one_of(resource, ("disable",), "autoAcceptSharedAttachments")
        return
    for name in ("transitGatewayDefaultRouteTableAssociation", "transitGatewayDefaultRouteTablePropagation"):
        value = peek(resource.props, name)
        if value is not False:
            yield f"{name} must be false, but it is {shown(value)}."


@stack_control(
    id="transit-gateway-has-a-flow-log",
    title="Every transit gateway has a flow log",
    description="Each transit gateway is the subject of a flow log.",
    citations=LOGGED,
    severity="high",
    pack="isolation",
    remediation="Add aws.ec2.FlowLog with the transit gateway's id.",
    types={TRANSIT_GATEWAY: ()},
    reads={FLOW_LOG: ("transitGatewayId",)},
    sources=("cdk-nag:VPCFlowLogsEnabled", "aws-config:VPC_FLOW_LOGS_ENABLED"),
    unknown="present",
)
def _flow_log(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for gateway in graph.by_type(TRANSIT_GATEWAY):
        if not graph.referrers(gateway.urn, FLOW_LOG, "transitGatewayId"):
            yield gateway, "The transit gateway must have a flow log, but no flow log names it."


_STORES_SUBNETS: Final = (*DATABASE_SUBNETS, REDSHIFT_SUBNET_GROUP)
"""What says by its subnetIds where data is kept, warehouses among it."""
_ATTACHMENTS: Final = (TRANSIT_ATTACHMENT, TRANSIT_ACCEPTER, VPN_CONNECTION)


def _attachments(graph: Graph, resource: Resource) -> tuple[Resource, ...]:
    return graph.references(resource, "transitGatewayAttachmentId", *_ATTACHMENTS)


@stack_control(
    id="partner-is-kept-apart",
    title="Partners are kept apart",
    description=(
        "Whoever comes by a VPN or from another account has one route table, shared with nobody, without a default route, "
        "without a way to another partner and without one to a VPC that holds databases; and none leads back."
    ),
    citations=_APART,
    severity="critical",
    pack="isolation",
    remediation="Give each partner's attachment a table of its own that knows nothing but a VPC between the partners and the data.",
    types={
        TRANSIT_ATTACHMENT: ("tags", "vpcId"), TRANSIT_ACCEPTER: ("tags",), VPN_CONNECTION: ("tags", "transitGatewayId"),
        TRANSIT_TABLE: (),
    },
    reads={
        TRANSIT_ASSOCIATION: ("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
        TRANSIT_PROPAGATION: ("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
        TRANSIT_ROUTE: ("transitGatewayAttachmentId", "transitGatewayRouteTableId", "destinationCidrBlock", "blackhole"),
        TRANSIT_PREFIX: ("transitGatewayAttachmentId", "transitGatewayRouteTableId", "blackhole"),
        **dict.fromkeys(_STORES_SUBNETS, ("subnetIds",)), SUBNET: ("vpcId",),
    },
    sources=("hipaa:tgw-partner-isolation",),
    unknown="defer",
    settings={
        "tag": {
            "type": "string",
            "default": "partner",
            "description": "The tag that makes a VPC of this account a partner's, and two connections with one value one partner's.",
        },
        "to_data": {
            "type": "boolean",
            "default": False,
            "description": "Whether a partner may have a route to a VPC that holds databases.",
        },
    },
)  # fmt: skip
def _apart(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    # What a partner is follows from how it is attached: a tag that somebody forgets must not make it one of us.
    name, closed = config["tag"], frozenset[str]() if config["to_data"] else _vpcs_with_data(graph)
    for resource in graph.by_type(*_ATTACHMENTS):
        partner = _partner(resource, name)
        if partner is None and is_unknown(resource, "tags"):
            yield resource, deferred("tags", name)
        elif partner is None:
            yield resource, not_applicable("It is a VPC of this account, or connected to no transit gateway.")
        else:
            yield from ((resource, sentence) for sentence in _own_table(graph, resource, partner, name))
    for table in graph.by_type(TRANSIT_TABLE):
        yield from ((table, sentence) for sentence in _led_astray(graph, table, name, closed))


def _partner(attachment: Resource, name: str) -> object:
    """Return whose an attachment is, or None for a VPC of this account: such a one is attached by itself."""
    stated = tag(attachment, name)
    if isinstance(stated, str) and stated:
        return stated
    if attachment.type == TRANSIT_ACCEPTER:
        return attachment.urn
    connected = attachment.type == VPN_CONNECTION and not lacks(attachment, "transitGatewayId")
    return attachment.urn if connected else None


def _tables(graph: Graph, attachment: Resource) -> list[Resource]:
    return [
        table
        for association in graph.referrers(attachment.urn, TRANSIT_ASSOCIATION, "transitGatewayAttachmentId")
        for table in graph.references(association, "transitGatewayRouteTableId", TRANSIT_TABLE)
    ]


def _members(graph: Graph, table: Resource) -> Iterator[Resource]:
    for association in graph.referrers(table.urn, TRANSIT_ASSOCIATION, "transitGatewayRouteTableId"):
        yield from _attachments(graph, association)


def _own_table(graph: Graph, attachment: Resource, partner: object, name: str) -> Iterator[str]:
    tables = _tables(graph, attachment)
    if len(tables) != 1:
        yield f"The attachment must be associated with one route table of this program, but it is with {len(tables)}."
    for table in tables:
        for other in _members(graph, table):
            if _partner(other, name) != partner:
                yield f"The attachment's route table must be its own, but {table.name} serves {other.name} too."


def _led_astray(graph: Graph, table: Resource, name: str, closed: frozenset[str]) -> Iterator[str]:
    members = list(_members(graph, table))
    partners = {found for item in members if (found := _partner(item, name)) is not None}
    holds_data = any(_holds_data(graph, item, closed) for item in members)
    for way, block in _ways(graph, table):
        everything = reaches_the_world(block)
        if block is UNKNOWN:
            yield deferred("destinationCidrBlock")
        if partners and everything:
            yield f"The table of a partner must have no default route, but {way.name} leads to {shown(block)}."
        for target in _attachments(graph, way):
            other = _partner(target, name)
            if partners and other not in (None, *partners):
                yield f"The table of a partner must have no route to another, but {way.name} leads to {target.name}."
            if partners and _holds_data(graph, target, closed):
                yield f"The table of a partner must have no route to a VPC with databases, but {way.name} leads to {target.name}."
            if holds_data and other is not None:
                yield f"The table of a VPC with databases must have no route to a partner, but {way.name} leads to {target.name}."
            if everything and not partners and other is not None:
                yield f"A route to a partner must name its ranges, but {way.name} leads to {shown(block)}."


def _ways(graph: Graph, table: Resource) -> Iterator[tuple[Resource, object]]:
    """Yield what leads somewhere from a table, with the range; a propagation's range is the VPC's own, a list's its entries."""
    for propagation in graph.referrers(table.urn, TRANSIT_PROPAGATION, "transitGatewayRouteTableId"):
        yield propagation, MISSING
    for type_ in (TRANSIT_ROUTE, TRANSIT_PREFIX):
        for route in graph.referrers(table.urn, type_, "transitGatewayRouteTableId"):
            if not is_true(peek(route.props, "blackhole")):
                yield route, peek(route.props, "destinationCidrBlock") if type_ == TRANSIT_ROUTE else MISSING


def _vpcs_with_data(graph: Graph) -> frozenset[str]:
    return frozenset(
        vpc.urn
        for group in graph.by_type(*_STORES_SUBNETS)
        for subnet in graph.references(group, "subnetIds", SUBNET)
        for vpc in graph.references(subnet, "vpcId", VPC)
    )


def _holds_data(graph: Graph, attachment: Resource, closed: frozenset[str]) -> bool:
    ours = attachment.type == TRANSIT_ATTACHMENT
    return ours and any(vpc.urn in closed for vpc in graph.references(attachment, "vpcId", VPC))


_STRONG: Final = {
    "IkeVersions": ("ikev2",),
    "Phase1EncryptionAlgorithms": ("AES256", "AES256-GCM-16"),
    "Phase2EncryptionAlgorithms": ("AES256", "AES256-GCM-16"),
    "Phase1IntegrityAlgorithms": ("SHA2-256", "SHA2-384", "SHA2-512"),
    "Phase2IntegrityAlgorithms": ("SHA2-256", "SHA2-384", "SHA2-512"),
    "Phase1DhGroupNumbers": ("14", "15", "16", "17", "18", "19", "20", "21", "24"),
    "Phase2DhGroupNumbers": ("14", "15", "16", "17", "18", "19", "20", "21", "24"),
}


@control(
    id="vpn-tunnels-are-strong",
    title="VPN tunnels are strong",
    description="Both tunnels allow IKEv2 only, with AES-256, SHA-2 and Diffie-Hellman groups from 14 up.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="State the IKE version and the algorithms of both phases on both tunnels: unset allows all, IKEv1 and SHA-1 too.",
    types={VPN_CONNECTION: tuple(f"tunnel{number}{name}" for number in (1, 2) for name in _STRONG)},
    sources=("hipaa:vpn-proposals", "prowler:vpc_vpn_connection_tunnels_up"),
)
def _tunnels(connection: Resource, _config: Config) -> Iterator[str]:
    for number in (1, 2):
        for name, allowed in _STRONG.items():
            property_ = f"tunnel{number}{name}"
            given = peek(connection.props, property_)
            values = [_text(value) for value in items(connection.props, property_)]
            weak = [value for value in values if value not in allowed]
            if weak or not values:
                found = ", ".join(weak) if weak else shown(given)
                yield f"{property_} must hold {' or '.join(allowed)} only, but it is {found}."


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return shown(value) if value is UNKNOWN else str(value)


@control(
    id="endpoint-service-asks-first",
    title="Endpoint services accept no one unasked",
    description="A connection to a PrivateLink service is accepted by hand, and not offered to everyone.",
    citations=_APART,
    severity="high",
    pack="isolation",
    remediation="Set acceptance_required=True and name the principals.",
    types={
        ENDPOINT_SERVICE: ("acceptanceRequired", "allowedPrincipals"),
        ENDPOINT_SERVICE_PRINCIPAL: ("principalArn",),
    },
    sources=("CKV_AWS_123", "prowler:vpc_endpoint_services_allowed_principals_trust_boundaries"),
)
def _acceptance(service: Resource, _config: Config) -> Iterator[str]:
    property_ = "principalArn"
    if service.type == ENDPOINT_SERVICE:
        property_ = "allowedPrincipals"
        yield from must_be_true(service, "acceptanceRequired")
    # What no account is named for is offered to nobody.
    given = [UNKNOWN] if is_unknown(service, property_) else items(service.props, property_)
    for principal in given:
        if principal is UNKNOWN:
            yield f"{property_} must be plain values, but they are not known before deployment."
        elif isinstance(principal, str) and (
            not principal.startswith("arn:") or principal.endswith("::*:root")
        ):
            yield f"{property_} must name accounts or roles by ARN, but it names {shown(principal)}."
