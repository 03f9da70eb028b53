"""Transit gateways, VPN connections and endpoint services: isolation of partners, tunnels and acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import LOGGED
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    is_unknown,
    is_unset,
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
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_internet, is_true, items, peek

_ISOLATION: Final = ("164.308(a)(4)(ii)(A)", "164.312(a)(1)", "164.312(e)(1)", "164.308(b)(1)")


@control(
    id="transit-gateway-has-no-defaults",
    title="Transit gateways have no default routing",
    description=(
        "No attachment is associated with a default route table or propagates to one, and shared attachments are not accepted "
        "automatically."
    ),
    citations=_ISOLATION,
    severity="critical",
    pack="isolation",
    remediation=(
        "Set default_route_table_association and default_route_table_propagation to disable (the default is enable), and set "
        "both to False on attachments."
    ),
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
def _defaults(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == TRANSIT_GATEWAY:
        yield from must_be_one_of(resource, ("disable",), "defaultRouteTableAssociation")
        yield from must_be_one_of(resource, ("disable",), "defaultRouteTablePropagation")
        if peek(resource.props, "autoAcceptSharedAttachments") is not MISSING:
            yield from must_be_one_of(resource, ("disable",), "autoAcceptSharedAttachments")
        return
    for name in ("transitGatewayDefaultRouteTableAssociation", "transitGatewayDefaultRouteTablePropagation"):
        value = peek(resource.props, name)
        if value is not False:
            yield f"{name} must be false, but it is {format_value(value)}."


@stack_control(
    id="transit-gateway-has-a-flow-log",
    title="Every transit gateway has a flow log",
    description="A flow log records the traffic of every transit gateway.",
    citations=LOGGED,
    severity="high",
    pack="isolation",
    remediation="Add aws.ec2.FlowLog with the id of the transit gateway.",
    types={TRANSIT_GATEWAY: ()},
    reads={FLOW_LOG: ("transitGatewayId",)},
    sources=("cdk-nag:VPCFlowLogsEnabled", "aws-config:VPC_FLOW_LOGS_ENABLED"),
    unknown="present",
)
def _flow_log(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for gateway in graph.by_type(TRANSIT_GATEWAY):
        if not graph.referrers(gateway.urn, FLOW_LOG, "transitGatewayId"):
            yield gateway, "The transit gateway must have a flow log, but no flow log names it."


_STORES_SUBNETS: Final = (*DATABASE_SUBNETS, REDSHIFT_SUBNET_GROUP)
"""Types whose subnetIds place databases, caches and warehouses."""
_ATTACHMENTS: Final = (TRANSIT_ATTACHMENT, TRANSIT_ACCEPTER, VPN_CONNECTION)


def _attachments(graph: Graph, resource: JudgedResource) -> tuple[JudgedResource, ...]:
    return graph.references(resource, "transitGatewayAttachmentId", *_ATTACHMENTS)


@stack_control(
    id="partner-is-kept-apart",
    title="Partners are isolated from each other and from databases",
    description=(
        "A partner is a VPN connection, or an attachment from another account. It has one route table that only its attachments "
        "use, without a default route and without routes to other partners or to a VPC with databases. No VPC with databases has "
        "a route to a partner."
    ),
    citations=_ISOLATION,
    severity="critical",
    pack="isolation",
    remediation=(
        "Give the attachments of each partner a separate route table, with routes only to a VPC between partners and databases."
    ),
    types={
        TRANSIT_ATTACHMENT: ("tags", "vpcId"),
        TRANSIT_ACCEPTER: ("tags",),
        VPN_CONNECTION: ("tags", "transitGatewayId"),
        TRANSIT_TABLE: (),
    },
    reads={
        TRANSIT_ASSOCIATION: ("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
        TRANSIT_PROPAGATION: ("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
        TRANSIT_ROUTE: (
            "transitGatewayAttachmentId",
            "transitGatewayRouteTableId",
            "destinationCidrBlock",
            "blackhole",
        ),
        TRANSIT_PREFIX: ("transitGatewayAttachmentId", "transitGatewayRouteTableId", "blackhole"),
        **dict.fromkeys(_STORES_SUBNETS, ("subnetIds",)),
        SUBNET: ("vpcId",),
    },
    sources=("hipaa:tgw-partner-isolation",),
    unknown="defer",
    settings={
        "tag": {
            "type": "string",
            "default": "partner",
            "description": "Key of the tag that names the partner of an attachment; attachments with the same value are one partner.",
        },
        "to_data": {
            "type": "boolean",
            "default": False,
            "description": "Whether a partner may have a route to a VPC with databases.",
        },
    },
)
def _isolation(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    # The type of an attachment decides whether it is a partner, so that a missing tag does not make it an internal VPC.
    name, data_vpcs = config["tag"], frozenset[str]() if config["to_data"] else _vpcs_with_data(graph)
    for resource in graph.by_type(*_ATTACHMENTS):
        partner = _partner(resource, name)
        if partner is None and is_unknown(resource, "tags"):
            yield resource, deferred("tags", name)
        elif partner is None:
            yield resource, not_applicable("It is a VPC of this account, or it has no transit gateway.")
        else:
            yield from about(resource, _shared_table(graph, resource, partner, name))
    for table in graph.by_type(TRANSIT_TABLE):
        yield from about(table, _forbidden_routes(graph, table, name, data_vpcs))


def _partner(attachment: JudgedResource, name: str) -> object:
    """Return the partner of an attachment: the value of the tag, or the URN of the attachment; None for an internal VPC."""
    value = tag(attachment, name)
    if isinstance(value, str) and value:
        return value
    if attachment.type == TRANSIT_ACCEPTER:
        return attachment.urn
    to_gateway = attachment.type == VPN_CONNECTION and not is_unset(attachment, "transitGatewayId")
    return attachment.urn if to_gateway else None


def _tables(graph: Graph, attachment: JudgedResource) -> list[JudgedResource]:
    return [
        table
        for association in graph.referrers(attachment.urn, TRANSIT_ASSOCIATION, "transitGatewayAttachmentId")
        for table in graph.references(association, "transitGatewayRouteTableId", TRANSIT_TABLE)
    ]


def _members(graph: Graph, table: JudgedResource) -> Iterator[JudgedResource]:
    for association in graph.referrers(table.urn, TRANSIT_ASSOCIATION, "transitGatewayRouteTableId"):
        yield from _attachments(graph, association)


def _shared_table(graph: Graph, attachment: JudgedResource, partner: object, name: str) -> Iterator[str]:
    tables = _tables(graph, attachment)
    if len(tables) != 1:
        yield f"The attachment must be associated with one route table of this program, but it has {len(tables)}."
    for table in tables:
        for other in _members(graph, table):
            if _partner(other, name) != partner:
                yield f"The route table of the attachment must not be shared, but {other.name} uses {table.name} too."


def _forbidden_routes(
    graph: Graph, table: JudgedResource, name: str, data_vpcs: frozenset[str]
) -> Iterator[str]:
    members = list(_members(graph, table))
    partners = {partner for item in members if (partner := _partner(item, name)) is not None}
    holds_data = any(_holds_data(graph, item, data_vpcs) for item in members)
    for route, block in _routes(graph, table):
        is_default = is_internet(block)
        if block is UNKNOWN:
            yield deferred("destinationCidrBlock")
        if partners and is_default:
            yield f"The route table of a partner must have no default route, but {route.name} leads to {format_value(block)}."
        for target in _attachments(graph, route):
            other = _partner(target, name)
            if partners and other not in (None, *partners):
                yield f"The route table of a partner must have no route to another partner, but {route.name} leads to {target.name}."
            if partners and _holds_data(graph, target, data_vpcs):
                yield f"The route table of a partner must have no route to a VPC with databases, but {route.name} leads to {target.name}."
            if holds_data and other is not None:
                yield f"The route table of a VPC with databases must have no route to a partner, but {route.name} leads to {target.name}."
            if is_default and not partners and other is not None:
                yield f"A route to a partner must name the ranges of the partner, but {route.name} leads to {format_value(block)}."


def _routes(graph: Graph, table: JudgedResource) -> Iterator[tuple[JudgedResource, object]]:
    """Yield each propagation and each route that is no blackhole, with its CIDR block; `MISSING` if it has no block."""
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


def _holds_data(graph: Graph, attachment: JudgedResource, data_vpcs: frozenset[str]) -> bool:
    is_vpc = attachment.type == TRANSIT_ATTACHMENT
    return is_vpc and any(vpc.urn in data_vpcs for vpc in graph.references(attachment, "vpcId", VPC))


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
    title="VPN tunnels use strong encryption",
    description="Both tunnels allow only IKEv2 with AES-256, SHA-2 and Diffie-Hellman groups of 14 or higher.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation=(
        "Set the IKE version and the algorithms of both phases for both tunnels. The defaults also allow IKEv1 and SHA-1."
    ),
    types={VPN_CONNECTION: tuple(f"tunnel{number}{name}" for number in (1, 2) for name in _STRONG)},
    sources=("hipaa:vpn-proposals", "prowler:vpc_vpn_connection_tunnels_up"),
)
def _tunnels(connection: JudgedResource, _config: Config) -> Iterator[str]:
    for number in (1, 2):
        for name, allowed in _STRONG.items():
            property_ = f"tunnel{number}{name}"
            values = [_text(value) for value in items(connection.props, property_)]
            weak = [value for value in values if value not in allowed]
            if weak or not values:
                actual = ", ".join(weak) if weak else format_value(peek(connection.props, property_))
                yield f"{property_} must contain only {' or '.join(allowed)}, but it is {actual}."


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return format_value(value) if value is UNKNOWN else str(value)


@control(
    id="endpoint-service-asks-first",
    title="Endpoint services accept connections manually",
    description="A person accepts every connection to a PrivateLink service, and the service is not offered to everyone.",
    citations=_ISOLATION,
    severity="high",
    pack="isolation",
    remediation="Set acceptance_required=True and name the principals.",
    types={
        ENDPOINT_SERVICE: ("acceptanceRequired", "allowedPrincipals"),
        ENDPOINT_SERVICE_PRINCIPAL: ("principalArn",),
    },
    sources=("CKV_AWS_123", "prowler:vpc_endpoint_services_allowed_principals_trust_boundaries"),
)
def _acceptance(service: JudgedResource, _config: Config) -> Iterator[str]:
    property_ = "principalArn"
    if service.type == ENDPOINT_SERVICE:
        property_ = "allowedPrincipals"
        yield from must_be_true(service, "acceptanceRequired")
    # Without principals the service is offered to nobody.
    principals = [UNKNOWN] if is_unknown(service, property_) else items(service.props, property_)
    for principal in principals:
        if principal is UNKNOWN:
            yield f"{property_} must have plain values, but they are not known before deployment."
        elif isinstance(principal, str) and (
            not principal.startswith("arn:") or principal.endswith("::*:root")
        ):
            yield f"{property_} must name accounts or roles by ARN, but it names {format_value(principal)}."
