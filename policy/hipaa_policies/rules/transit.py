"""Connections to other networks: partners kept apart, strong tunnels, nobody attached without being asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import LOGGED
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    must_be_one_of,
    must_be_true,
    not_applicable,
    tag,
)
from hipaa_policies.rules.network import reaches_the_world
from hipaa_policies.tokens import (
    ENDPOINT_SERVICE,
    FLOW_LOG,
    TRANSIT_ACCEPTER,
    TRANSIT_ASSOCIATION,
    TRANSIT_ATTACHMENT,
    TRANSIT_GATEWAY,
    TRANSIT_PROPAGATION,
    TRANSIT_ROUTE,
    TRANSIT_TABLE,
    VPN_CONNECTION,
)
from hipaa_policies.values import MISSING, UNKNOWN, is_true, items, peek, shown

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


_ATTACHMENTS: Final = (TRANSIT_ATTACHMENT, TRANSIT_ACCEPTER, VPN_CONNECTION)


def _attachments(graph: Graph, resource: Resource) -> tuple[Resource, ...]:
    return graph.references(resource, "transitGatewayAttachmentId", *_ATTACHMENTS)


@stack_control(
    id="partner-is-kept-apart",
    title="Partners are kept apart",
    description=(
        "An attachment tagged with a partner has one route table of its own, reaches no other partner's table, and no table of "
        "a partner has a default route."
    ),
    citations=_APART,
    severity="critical",
    pack="isolation",
    remediation="Associate each partner's attachment with its own table, tagged with the partner; propagate between partners nothing.",
    types={
        TRANSIT_ATTACHMENT: ("tags",), TRANSIT_ACCEPTER: ("tags",), VPN_CONNECTION: ("tags", "transitGatewayId"), TRANSIT_TABLE: ("tags",),
    },
    reads={
        TRANSIT_ASSOCIATION: ("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
        TRANSIT_PROPAGATION: ("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
        TRANSIT_ROUTE: ("transitGatewayAttachmentId", "transitGatewayRouteTableId", "destinationCidrBlock", "blackhole"),
    },
    sources=("hipaa:tgw-partner-isolation",),
    unknown="defer",
    settings={
        "tag": {"type": "string", "default": "partner", "description": "The tag that names a partner on attachments and tables."},
    },
)  # fmt: skip
def _apart(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    name = config["tag"]
    for resource in graph.by_type(*_ATTACHMENTS, TRANSIT_TABLE):
        partner = tag(resource, name)
        if partner is UNKNOWN:
            yield resource, deferred("tags", name)
        elif partner is MISSING:
            yield resource, not_applicable("It is tagged with no partner.")
        elif resource.type == TRANSIT_TABLE:
            yield from ((resource, sentence) for sentence in _closed_table(graph, resource, partner, name))
        else:
            yield from ((resource, sentence) for sentence in _own_table(graph, resource, partner, name))


def _own_table(graph: Graph, attachment: Resource, partner: object, name: str) -> Iterator[str]:
    tables = [
        table
        for association in graph.referrers(attachment.urn, TRANSIT_ASSOCIATION, "transitGatewayAttachmentId")
        for table in graph.references(association, "transitGatewayRouteTableId", TRANSIT_TABLE)
    ]
    if len(tables) != 1:
        yield f"The attachment must be associated with one route table of this program, but it is with {len(tables)}."
    for table in tables:
        if tag(table, name) != partner:
            yield f"The attachment's route table must be tagged {name} {shown(partner)}, but {table.name} is tagged {shown(tag(table, name))}."


def _closed_table(graph: Graph, table: Resource, partner: object, name: str) -> Iterator[str]:
    for propagation in graph.referrers(table.urn, TRANSIT_PROPAGATION, "transitGatewayRouteTableId"):
        for source in _attachments(graph, propagation):
            other = tag(source, name)
            if other not in (MISSING, partner):
                yield f"The table of a partner must learn no route of another, but {propagation.name} propagates {source.name}."
    for route in graph.referrers(table.urn, TRANSIT_ROUTE, "transitGatewayRouteTableId"):
        if is_true(peek(route.props, "blackhole")):
            continue
        block = peek(route.props, "destinationCidrBlock")
        if block is UNKNOWN or reaches_the_world(block):
            yield f"The table of a partner must have no default route, but {route.name} leads to {shown(block)}."
        for target in _attachments(graph, route):
            other = tag(target, name)
            if other not in (MISSING, partner):
                yield f"The table of a partner must have no route to another, but {route.name} leads to {target.name}."


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
    types={ENDPOINT_SERVICE: ("acceptanceRequired", "allowedPrincipals")},
    sources=("CKV_AWS_123", "prowler:vpc_endpoint_services_allowed_principals_trust_boundaries"),
)
def _acceptance(service: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(service, "acceptanceRequired")
    if any(
        principal in ("*", "arn:aws:iam::*:root") for principal in items(service.props, "allowedPrincipals")
    ):
        yield 'allowedPrincipals must name accounts or roles, but it names "*".'
