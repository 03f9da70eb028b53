"""Places outside the stack: the internet, partners, VPN clients, and AWS services behind gateway endpoints."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from blueprint.intent import AllowedTraffic, VpnIntent
from blueprint.reach.extract.load_balancers import endpoint_services, filters_privatelink
from blueprint.reach.extract.reader import RecordReader, text_of
from blueprint.reach.extract.transit import partner_of, partner_ranges
from blueprint.reach.model import Place
from blueprint.reach.traffic import INTERNET, Range, minus, ports, span, union
from blueprint.record import Resource
from blueprint.values import items


def read(reader: RecordReader) -> None:
    """Add every place outside. Partners are those of the intent and every other network that has an attachment."""
    model = reader.model
    own = [part for vpc in model.vpcs.values() for part in vpc.ranges]
    internet = minus(INTERNET, own)
    reader.add(Place("internet", "internet", ranges=internet))
    for service in sorted(reader.services):
        # Only AWS knows the public addresses of its services, so each may have any public address.
        reader.add(Place(f"aws:{service}", "aws", ranges=internet))
    entries = _entries(reader)
    attached = {item.partner for item in model.attachments.values() if item.partner}
    for name in sorted({*reader.intent.partners, *attached, *entries}):
        attachments = sorted(item.id for item in model.attachments.values() if item.partner == name)
        reader.add(
            Place(
                f"partner:{name}",
                "partner",
                ranges=partner_ranges(reader, name),
                attachments=tuple(attachments),
                entries=tuple(entries.get(name, ())),
            )
        )
    if reader.intent.vpn:
        _clients(reader, reader.intent.vpn)


def _entries(reader: RecordReader) -> dict[str, list[str]]:
    """Return the load balancers that each partner reaches through PrivateLink."""
    entries: dict[str, list[str]] = {}
    for item, balancers in endpoint_services(reader):
        for name in _consumers(reader, item):
            entries.setdefault(name, []).extend(balancers)
        for balancer in balancers:
            place = reader.model.places[balancer]
            place.filters_privatelink = filters_privatelink(reader, place)
    return entries


def _consumers(reader: RecordReader, item: Resource) -> set[str]:
    """Return the partners whose principals may use an endpoint service."""
    allowed = {str(part) for part in items(item.inputs.get("allowedPrincipals"))}
    for other in reader.record.of_type(
        "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
    ):
        if item.urn in other.property_dependencies.get("vpcEndpointServiceId", ()):
            allowed.add(text_of(other, "principalArn"))
    names: set[str] = set()
    for principal in allowed:
        owners = [name for name, partner in reader.intent.partners.items() if principal in partner.principals]
        if not owners:
            reader.gap(item, f"admits {principal}, which belongs to no known partner")
        names.update(owners)
    if not allowed and (name := partner_of(reader, item)):
        names.add(name)
    return names


def _clients(reader: RecordReader, vpn: VpnIntent) -> None:
    """Add the VPN's clients: they send through the server's interfaces, with its address or their own."""
    servers = [place for place in reader.model.places.values() if place.kind == "vpn"]
    ranges = union(span(part) for part in vpn.client_ranges)
    for server in servers:
        name = "vpn-clients" if len(servers) == 1 else f"vpn-clients:{server.name}"
        reader.add(Place(name, "clients", ranges=ranges, sends_through=server.name))
        rules = _group_rules(reader, vpn, server)
        for group in sorted(vpn.groups):
            allowed = None if rules is None else _destinations(rules.get(group, ()))
            reader.add(
                Place(f"vpn:{group}", "clients", ranges=ranges, sends_through=server.name, allowed=allowed)
            )


def _group_rules(
    reader: RecordReader, vpn: VpnIntent, server: Place
) -> Mapping[str, tuple[AllowedTraffic, ...]] | None:
    """Return what the server's boot script lets each group reach; None if no script says so."""
    parent = reader.record.by_urn[server.urn].parent
    for template in reader.record.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        if template.parent == parent and (user_data := text_of(template, "userData")):
            rules = vpn.rules(base64.b64decode(user_data).decode(errors="replace"))
            if rules is not None:
                return rules
    return None


def _destinations(rules: tuple[AllowedTraffic, ...]) -> tuple[tuple[Range, int], ...]:
    return tuple((span(part), ports(tcp=rule.tcp, udp=rule.udp)) for rule in rules for part in rule.ranges)
