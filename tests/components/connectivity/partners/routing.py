"""A test oracle for transit gateways: the target of a packet from an attachment, computed from the record by AWS's rules.

The route with the longest prefix has priority, and of two equal prefixes the static route
(https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from blueprint.record import Record, Resource

PREFIX = "aws:ec2transitgateway/"
GATEWAY = f"{PREFIX}transitGateway:TransitGateway"
ATTACHMENT = f"{PREFIX}vpcAttachment:VpcAttachment"
ACCEPTER = f"{PREFIX}vpcAttachmentAccepter:VpcAttachmentAccepter"
TABLE = f"{PREFIX}routeTable:RouteTable"
ASSOCIATION = f"{PREFIX}routeTableAssociation:RouteTableAssociation"
PROPAGATION = f"{PREFIX}routeTablePropagation:RouteTablePropagation"
ROUTE = f"{PREFIX}route:Route"
VPC = "aws:ec2/vpc:Vpc"
VPN = "aws:ec2/vpnConnection:VpnConnection"

BLACKHOLE = "blackhole"


def tables(record: Record) -> dict[str, str]:
    """Return route table ids by the id of their associated attachment. Each attachment must have exactly one."""
    by_attachment: dict[str, str] = {}
    for item in record.of_type(ASSOCIATION):
        attachment = str(item.inputs["transitGatewayAttachmentId"])
        assert attachment not in by_attachment
        by_attachment[attachment] = str(item.inputs["transitGatewayRouteTableId"])
    return by_attachment


def routes(record: Record, table: str) -> Iterator[tuple[IPv4Network, bool, str]]:
    """Yield range, whether the route is static, and target of every route in a table."""
    for item in record.of_type(ROUTE):
        if item.inputs["transitGatewayRouteTableId"] == table:
            dropped = item.inputs.get("blackhole") is True
            target = BLACKHOLE if dropped else str(item.inputs["transitGatewayAttachmentId"])
            yield IPv4Network(str(item.inputs["destinationCidrBlock"])), True, target
    for item in record.of_type(PROPAGATION):
        if item.inputs["transitGatewayRouteTableId"] == table:
            attachment = str(item.inputs["transitGatewayAttachmentId"])
            yield _vpc_range(record, attachment), False, attachment


def _vpc_range(record: Record, attachment: str) -> IPv4Network:
    """Return the range that an attachment of this stack propagates. Fails for a partner's, which could propagate any range."""
    [vpc_attachment] = [item for item in record.of_type(ATTACHMENT) if item.outputs["id"] == attachment]
    [vpc] = [item for item in record.of_type(VPC) if item.outputs["id"] == vpc_attachment.inputs["vpcId"]]
    return IPv4Network(str(vpc.inputs["cidrBlock"]))


def goes(record: Record, attachment: str, address: IPv4Address) -> str | None:
    """Return the target of a packet from an attachment: an attachment id, `blackhole`, or None if there is no route."""
    table = tables(record)[attachment]
    matches = [route for route in routes(record, table) if address in route[0]]
    best = max(matches, key=lambda route: (route[0].prefixlen, route[1]), default=None)
    return best[2] if best else None


def attachment(record: Record, name: str) -> str:
    """Return the id of a VPC attachment by its logical name."""
    return str(record.one(ATTACHMENT, name).outputs["id"])


def partner_attachment(record: Record, name: str) -> str | None:
    """Return the attachment id of a partner; None if the partner has no attachment."""
    for item in record.of_type(VPN, ACCEPTER):
        if item.name == f"partners-{name}":
            return str(item.outputs["transitGatewayAttachmentId"])
    return None


def before(record: Record, resource: Resource) -> set[str]:
    """Return the URNs of all direct and indirect dependencies of a resource."""
    dependencies: set[str] = set()
    waiting = [resource.urn]
    while waiting:
        item = record.by_urn[waiting.pop()]
        fresh = {
            *item.dependencies,
            *(urn for urns in item.property_dependencies.values() for urn in urns),
        } - dependencies
        dependencies |= fresh
        waiting += fresh
    return dependencies
