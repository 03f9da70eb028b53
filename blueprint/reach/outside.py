"""The places outside: the internet, partners, VPN clients and AWS services behind gateway endpoints."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

from blueprint.reach.fronts import checks_private_link, privatelink
from blueprint.reach.model import Place
from blueprint.reach.reading import Reader, ranges_of, text
from blueprint.reach.traffic import INTERNET, Range, cidr, minus, traffic
from blueprint.reach.transit import partner_of, partner_ranges, partners
from blueprint.record import Resource

INTERNET_NAME = "internet"


def outside(reader: Reader) -> None:
    """Add every place outside. Partners are those of the settings and whoever else has an attachment."""
    model = reader.model
    own = [part for vpc in model.vpcs.values() for part in vpc.ranges]
    internet = minus(INTERNET, own)
    reader.add(Place(INTERNET_NAME, "internet", ranges=internet))
    for service in sorted(reader.services):
        # Their addresses are public and only AWS knows which, so any public one may be theirs.
        reader.add(Place(f"aws:{service}", "aws", ranges=internet))
    stated = partners(reader)
    names = {*stated, *(item.partner for item in model.attachments.values() if item.partner)}
    entries = _entries(reader)
    for name in sorted(names | set(entries)):
        reader.add(
            Place(
                f"partner:{name}",
                "partner",
                ranges=partner_ranges(reader, name),
                attachments=tuple(
                    sorted(item.id for item in model.attachments.values() if item.partner == name)
                ),
                entries=tuple(entries.get(name, ())),
            )
        )
    _clients(reader)


def _entries(reader: Reader) -> dict[str, list[str]]:
    """Return the load balancers that each partner reaches by PrivateLink."""
    found: dict[str, list[str]] = {}
    for item, fronts in privatelink(reader):
        for name in _consumers(reader, item):
            found.setdefault(name, []).extend(fronts)
        for front in fronts:
            place = reader.model.places[front]
            place.judges_endpoints = checks_private_link(reader, place)
    return found


def _consumers(reader: Reader, item: Resource) -> set[str]:
    """Return the partners whose principals may use an endpoint service."""
    allowed = {str(part) for part in cast("list[object]", item.inputs.get("allowedPrincipals") or [])}
    for other in reader.record.of_type(
        "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
    ):
        if item.urn in other.property_dependencies.get("vpcEndpointServiceId", ()):
            allowed.add(text(other, "principalArn"))
    names: set[str] = set()
    for principal in allowed:
        owners = [
            name
            for name, partner in partners(reader).items()
            if principal in cast("list[object]", partner.get("principals") or [])
        ]
        if not owners:
            reader.gap(item, f"admits {principal}, which is no partner of the settings")
        names.update(owners)
    if not allowed and (name := partner_of(reader, item)):
        names.add(name)
    return names


def _clients(reader: Reader) -> None:
    """Add the VPN's clients: they send through the server's interfaces, with its address or their own."""
    servers = [place for place in reader.model.places.values() if place.kind == "vpn"]
    section = reader.record.config.get("hipaa:connectivity")
    vpn = cast("dict[str, object]", section).get("vpn") if isinstance(section, dict) else None
    stated = cast("dict[str, object]", vpn) if isinstance(vpn, dict) else {}
    ranges = ranges_of([stated["client_cidr"]] if stated.get("client_cidr") else [])
    access = cast("dict[str, object]", stated.get("access") or {})
    for server in servers:
        name = "vpn-clients" if len(servers) == 1 else f"vpn-clients:{server.name}"
        reader.add(Place(name, "clients", ranges=ranges, behind=server.name))
        rules = _group_rules(reader, server)
        for group in sorted(access):
            allowed = None if rules is None else rules.get(group, ())
            reader.add(Place(f"vpn:{group}", "clients", ranges=ranges, behind=server.name, allowed=allowed))


def _group_rules(reader: Reader, server: Place) -> dict[str, tuple[tuple[Range, int], ...]] | None:
    """Return where each group may go, from the plan that the server's boot script carries; None without one."""
    item = reader.record.by_urn[server.urn]
    templates = [
        part
        for part in reader.record.of_type("aws:ec2/launchTemplate:LaunchTemplate")
        if part.parent == item.parent and text(part, "userData")
    ]
    for template in templates:
        script = base64.b64decode(text(template, "userData")).decode(errors="replace")
        place = script.find('{"groups":')
        if place >= 0:
            plan: dict[str, Any] = json.JSONDecoder().raw_decode(script, place)[0]
            return {group: _allowed(plan["tiers"], tiers) for group, tiers in plan["groups"].items()}
    return None


def _allowed(tiers: dict[str, Any], named: list[str]) -> tuple[tuple[Range, int], ...]:
    return tuple(
        (cidr(block), sum(traffic("tcp", port, port) for port in tiers[name]["ports"]))
        for name in named
        if name in tiers
        for block in tiers[name]["cidrs"]
    )
