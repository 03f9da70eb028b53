"""Transit Gateways: attachments, and the route table that each one's packets are looked up in."""

from __future__ import annotations

import re
from typing import Final, cast

from blueprint.reach.model import Attachment, TransitRoute, TransitTable
from blueprint.reach.reading import Reader, text
from blueprint.reach.traffic import Ranges, cidr
from blueprint.record import Resource

_TABLE: Final = "aws:ec2transitgateway/routeTable:RouteTable"
_ACCEPTER: Final = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"


def transit(reader: Reader) -> None:
    """Read Transit Gateways with their attachments and tables."""
    model = reader.model
    for item in reader.record.of_type(_TABLE):
        model.transit_tables[reader.id(item)] = TransitTable(item.name)
    gateways = {
        reader.id(item): item
        for item in reader.record.of_type("aws:ec2transitgateway/transitGateway:TransitGateway")
    }
    for identifier, item in gateways.items():
        # AWS makes a default table unless both uses of it are disabled; enabled is its default.
        for use in ("association", "propagation"):
            table = reader.output(identifier, f"{use}DefaultRouteTableId")
            model.transit_tables.setdefault(table, TransitTable(f"default {use} table of {item.name}"))
        if text(item, "securityGroupReferencingSupport") == "enable":
            model.referencing = True
    _attachments(reader)
    associated = _associated(reader)
    spread: set[tuple[str, str, str]] = set()
    for attachment in list(model.attachments.values()):
        gateway = gateways.get(attachment.transit)
        item = reader.resource(attachment.id)
        explicit = associated.get(attachment.id)
        default = _by_default(gateway, item, "Association")
        if explicit:
            attachment.table = model.transit_tables.get(explicit)
        elif default:
            attachment.table = model.transit_tables[
                reader.output(attachment.transit, "associationDefaultRouteTableId")
            ]
        if _by_default(gateway, item, "Propagation"):
            table = reader.output(attachment.transit, "propagationDefaultRouteTableId")
            # With both uses on, AWS has one default table for them.
            if _by_default(gateway, None, "Association"):
                table = reader.output(attachment.transit, "associationDefaultRouteTableId")
            name = f"default propagation of {attachment.name}"
            spread.add((table, attachment.id, name))
    for item in reader.record.of_type("aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"):
        attachment = _attachment(reader, item)
        spread.add((text(item, "transitGatewayRouteTableId"), attachment.id, item.name))
    for identifier, attached, name in sorted(spread):
        table = model.transit_tables.get(identifier)
        attachment = model.attachments[attached]
        if table is not None:
            table.routes.extend(
                TransitRoute(name, part, attached, static=False) for part in ranges(reader, attachment)
            )
    for item in reader.record.of_type("aws:ec2transitgateway/route:Route"):
        table = model.transit_tables.get(text(item, "transitGatewayRouteTableId"))
        if table is None or not text(item, "destinationCidrBlock"):
            reader.gap(item, "its table is outside this program, or its range is not IPv4")
            continue
        attached = "" if item.inputs.get("blackhole") is True else _attachment(reader, item).id
        table.routes.append(
            TransitRoute(item.name, cidr(text(item, "destinationCidrBlock")), attached, static=True)
        )
    for table in model.transit_tables.values():
        table.routes.sort(key=lambda route: route.order)


def ranges(reader: Reader, attachment: Attachment) -> Ranges:
    """Return what an attachment announces: a VPC its ranges, a partner the ranges that its settings state."""
    if attachment.vpc:
        return reader.model.vpcs[attachment.vpc].ranges
    return partner_ranges(reader, attachment.partner)


def partners(reader: Reader) -> dict[str, dict[str, object]]:
    """Return the partners of the stack's configuration."""
    section = reader.record.config.get("hipaa:connectivity")
    found = cast("dict[str, object]", section).get("partners") if isinstance(section, dict) else None
    return cast("dict[str, dict[str, object]]", found) if isinstance(found, dict) else {}


def partner_ranges(reader: Reader, name: str) -> Ranges:
    """Return the ranges that the configuration states for a partner."""
    stated = partners(reader).get(name, {}).get("cidrs")
    return (
        tuple(sorted(cidr(str(part)) for part in cast("list[object]", stated)))
        if isinstance(stated, list)
        else ()
    )


def partner_of(reader: Reader, item: Resource) -> str:
    """Return whose a resource is: by the address of its gateway, by its tag, or by the partner's name within its own."""
    known = partners(reader)
    for name, partner in known.items():
        if partner.get("attachment_id") and partner["attachment_id"] == item.inputs.get(
            "transitGatewayAttachmentId"
        ):
            return name
    gateway = reader.resource(item.inputs.get("customerGatewayId"))
    if gateway is not None:
        for name, partner in known.items():
            if partner.get("peer_ip") == text(gateway, "ipAddress"):
                return name
    tags = item.inputs.get("tags")
    if isinstance(tags, dict):
        told = cast("dict[str, object]", tags)
        for key in ("partner", "Partner"):
            if told.get(key) in known:
                return str(told[key])
    for name in sorted(known, key=len, reverse=True):
        if re.search(rf"(^|-){re.escape(name)}($|-)", item.name):
            return name
    return ""


def _attachments(reader: Reader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2transitgateway/vpcAttachment:VpcAttachment"):
        subnets = tuple(
            model.subnets[str(part)]
            for part in cast("list[object]", item.inputs.get("subnetIds") or [])
            if str(part) in model.subnets
        )
        vpc = text(item, "vpcId") if text(item, "vpcId") in model.vpcs else ""
        if not vpc:
            reader.gap(item, "attaches a VPC outside this program")
        model.attachments[reader.id(item)] = Attachment(
            reader.id(item), item.name, text(item, "transitGatewayId"), vpc, subnets
        )
    for item in reader.record.of_type("aws:ec2/vpnConnection:VpnConnection"):
        if not text(item, "transitGatewayId"):
            reader.gap(item, "is no connection of a Transit Gateway, and the model follows no other")
            continue
        identifier = reader.output(reader.id(item), "transitGatewayAttachmentId")
        _outside(reader, item, identifier, text(item, "transitGatewayId"))
    for item in reader.record.of_type(_ACCEPTER):
        _outside(reader, item, text(item, "transitGatewayAttachmentId"), "")


def _outside(reader: Reader, item: Resource, identifier: str, gateway: str) -> Attachment:
    """Add a partner's attachment. Whose it is, is a fact of the record or a gap."""
    partner = partner_of(reader, item)
    if not partner:
        reader.gap(item, "joins a network that is no partner of the settings")
    attachment = Attachment(identifier, item.name, gateway, partner=partner or item.name)
    reader.model.attachments[identifier] = attachment
    return attachment


def _attachment(reader: Reader, item: Resource) -> Attachment:
    """Return the attachment that a resource names; one that the record does not make is a partner's."""
    identifier = text(item, "transitGatewayAttachmentId")
    known = reader.model.attachments.get(identifier)
    if known is not None:
        return known
    made = reader.resource(identifier)
    if made is not None and made.type == _ACCEPTER:
        return reader.model.attachments[text(made, "transitGatewayAttachmentId")]
    return _outside(reader, item, identifier, "")


def _associated(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in reader.record.of_type("aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"):
        found[_attachment(reader, item).id] = text(item, "transitGatewayRouteTableId")
    return found


def _by_default(gateway: Resource | None, item: Resource | None, use: str) -> bool:
    """Tell whether an attachment takes part in its gateway's default table; both sides say yes unless told otherwise."""
    if gateway is None or text(gateway, f"defaultRouteTable{use}") == "disable":
        return False
    return item is None or item.inputs.get(f"transitGatewayDefaultRouteTable{use}") is not False
