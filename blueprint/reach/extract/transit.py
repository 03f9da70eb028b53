"""Transit Gateways: attachments, route tables, and the table that each attachment's packets are routed by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from blueprint.reach.extract.reader import RecordReader, text_of
from blueprint.reach.model import Attachment, TransitRoute, TransitTable
from blueprint.reach.traffic import Ranges, cidr, span
from blueprint.record import Resource
from blueprint.values import items, mapping

_TABLE: Final = "aws:ec2transitgateway/routeTable:RouteTable"
_ACCEPTER: Final = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"


def read(reader: RecordReader) -> None:
    """Read Transit Gateways with their attachments and tables."""
    model = reader.model
    for item in reader.record.of_type(_TABLE):
        model.transit_tables[reader.id(item)] = TransitTable(item.name)
    gateways = {
        reader.id(item): item
        for item in reader.record.of_type("aws:ec2transitgateway/transitGateway:TransitGateway")
    }
    for identifier, item in gateways.items():
        # AWS creates default tables unless both uses of them are disabled; both are enabled by default.
        for use in ("association", "propagation"):
            table = reader.output(identifier, f"{use}DefaultRouteTableId")
            model.transit_tables.setdefault(table, TransitTable(f"default {use} table of {item.name}"))
        if text_of(item, "securityGroupReferencingSupport") == "enable":
            model.security_group_referencing = True
    _attachments(reader)
    _associate(reader, gateways)
    _propagate(reader, gateways)
    _static_routes(reader)
    for table in model.transit_tables.values():
        table.routes.sort(key=lambda route: route.order)


def partner_ranges(reader: RecordReader, name: str) -> Ranges:
    """Return the addresses of a partner, as the intent gives them."""
    partner = reader.intent.partners.get(name)
    return tuple(sorted(span(part) for part in partner.ranges)) if partner else ()


def partner_of(reader: RecordReader, item: Resource) -> str:
    """Return the partner that a resource belongs to; an empty text for none.

    A partner is identified by its attachment, by the address of its VPN gateway, by the tag `partner`, or by its name
    as a part of the resource's name, in this order.
    """
    partners = reader.intent.partners
    attachment = text_of(item, "transitGatewayAttachmentId")
    for name, partner in partners.items():
        if attachment and partner.attachment_id == attachment:
            return name
    gateway = reader.resource(item.inputs.get("customerGatewayId"))
    if gateway is not None:
        for name, partner in partners.items():
            if partner.gateway_address and partner.gateway_address == text_of(gateway, "ipAddress"):
                return name
    tags = mapping(item.inputs.get("tags"))
    for key in ("partner", "Partner"):
        if tags.get(key) in partners:
            return str(tags[key])
    for name in sorted(partners, key=len, reverse=True):
        if re.search(rf"(^|-){re.escape(name)}($|-)", item.name):
            return name
    return ""


def _attachments(reader: RecordReader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2transitgateway/vpcAttachment:VpcAttachment"):
        subnets = tuple(
            model.subnets[str(part)]
            for part in items(item.inputs.get("subnetIds"))
            if str(part) in model.subnets
        )
        vpc = text_of(item, "vpcId") if text_of(item, "vpcId") in model.vpcs else ""
        if not vpc:
            reader.gap(item, "attaches a VPC outside this program")
        model.attachments[reader.id(item)] = Attachment(
            reader.id(item), item.name, text_of(item, "transitGatewayId"), vpc, subnets
        )
    for item in reader.record.of_type("aws:ec2/vpnConnection:VpnConnection"):
        if not text_of(item, "transitGatewayId"):
            reader.gap(
                item, "is not connected to a Transit Gateway; the model follows no other VPN connections"
            )
            continue
        identifier = reader.output(reader.id(item), "transitGatewayAttachmentId")
        _add_partner(reader, item, identifier, text_of(item, "transitGatewayId"))
    for item in reader.record.of_type(_ACCEPTER):
        _add_partner(reader, item, text_of(item, "transitGatewayAttachmentId"), "")


def _add_partner(reader: RecordReader, item: Resource, identifier: str, gateway: str) -> Attachment:
    """Add the attachment of a network outside the record; if it belongs to no partner of the intent, it is a gap."""
    partner = partner_of(reader, item)
    if not partner:
        reader.gap(item, "connects a network that belongs to no known partner")
    attachment = Attachment(identifier, item.name, gateway, partner=partner or item.name)
    reader.model.attachments[identifier] = attachment
    return attachment


def _attachment_of(reader: RecordReader, item: Resource) -> Attachment:
    """Return the attachment that a resource names; one that the record does not create belongs to a partner."""
    identifier = text_of(item, "transitGatewayAttachmentId")
    attachment = reader.model.attachments.get(identifier)
    if attachment is not None:
        return attachment
    resource = reader.resource(identifier)
    if resource is not None and resource.type == _ACCEPTER:
        return reader.model.attachments[text_of(resource, "transitGatewayAttachmentId")]
    return _add_partner(reader, item, identifier, "")


def _associate(reader: RecordReader, gateways: Mapping[str, Resource]) -> None:
    """Give each attachment the table that it is associated with, explicitly or by default."""
    model = reader.model
    associated = {
        _attachment_of(reader, item).id: text_of(item, "transitGatewayRouteTableId")
        for item in reader.record.of_type("aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation")
    }
    for attachment in model.attachments.values():
        if table := associated.get(attachment.id):
            attachment.table = model.transit_tables.get(table)
        elif _by_default(gateways.get(attachment.transit), reader.resource(attachment.id), "Association"):
            default = reader.output(attachment.transit, "associationDefaultRouteTableId")
            attachment.table = model.transit_tables[default]


def _propagate(reader: RecordReader, gateways: Mapping[str, Resource]) -> None:
    """Add the ranges of each attachment to the tables that they are propagated to."""
    propagations: set[tuple[str, str, str]] = set()
    for attachment in reader.model.attachments.values():
        gateway = gateways.get(attachment.transit)
        if _by_default(gateway, reader.resource(attachment.id), "Propagation"):
            # If both uses of the default table are enabled, AWS uses one table for them.
            use = "association" if _by_default(gateway, None, "Association") else "propagation"
            table = reader.output(attachment.transit, f"{use}DefaultRouteTableId")
            propagations.add((table, attachment.id, f"default propagation of {attachment.name}"))
    for item in reader.record.of_type("aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"):
        attachment = _attachment_of(reader, item)
        propagations.add((text_of(item, "transitGatewayRouteTableId"), attachment.id, item.name))
    for identifier, attached, name in sorted(propagations):
        table = reader.model.transit_tables.get(identifier)
        if table is not None:
            ranges = _announced(reader, reader.model.attachments[attached])
            table.routes.extend(TransitRoute(name, part, attached, static=False) for part in ranges)


def _announced(reader: RecordReader, attachment: Attachment) -> Ranges:
    """Return the ranges that an attachment announces: those of its VPC, or those of its partner."""
    if attachment.vpc:
        return reader.model.vpcs[attachment.vpc].ranges
    return partner_ranges(reader, attachment.partner)


def _static_routes(reader: RecordReader) -> None:
    for item in reader.record.of_type("aws:ec2transitgateway/route:Route"):
        table = reader.model.transit_tables.get(text_of(item, "transitGatewayRouteTableId"))
        destination = text_of(item, "destinationCidrBlock")
        if table is None or not destination:
            reader.gap(item, "its table is outside this program, or its range is not IPv4")
            continue
        attached = "" if item.inputs.get("blackhole") is True else _attachment_of(reader, item).id
        table.routes.append(TransitRoute(item.name, cidr(destination), attached, static=True))


def _by_default(gateway: Resource | None, attachment: Resource | None, use: str) -> bool:
    """Return whether an attachment uses its gateway's default table; both do unless they disable it."""
    if gateway is None or text_of(gateway, f"defaultRouteTable{use}") == "disable":
        return False
    return attachment is None or attachment.inputs.get(f"transitGatewayDefaultRouteTable{use}") is not False
