"""Things with network interfaces: services, stores, instances, NAT gateways, and which of them have a public address."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from blueprint.reach import kinds
from blueprint.reach.model import Interface, Place, PlaceKind
from blueprint.reach.reading import Reader, inner, plain, ranges_of, text
from blueprint.record import Resource

_EIP = "aws:ec2/eip:Eip"


def public_interfaces(reader: Reader) -> None:
    """Note every interface and instance that an Elastic IP is fixed to."""
    for item in reader.record.of_type(_EIP):
        reader.public |= {text(item, "networkInterface"), text(item, "instance")}
    for item in reader.record.of_type("aws:ec2/eipAssociation:EipAssociation"):
        reader.public |= {text(item, "networkInterfaceId"), text(item, "instanceId")}
    reader.public.discard("")


def _loose_owners(reader: Reader) -> set[str]:
    """Return the components that keep an address for whichever of their hosts takes it at boot."""
    taken = {
        str(value)
        for type_, key in (
            ("aws:ec2/natGateway:NatGateway", "allocationId"),
            ("aws:ec2/eipAssociation:EipAssociation", "allocationId"),
        )
        for item in reader.record.of_type(type_)
        if (value := item.inputs.get(key))
    }
    for item in reader.record.of_type(*kinds.BALANCERS):
        for mapping in cast("list[dict[str, object]]", item.inputs.get("subnetMappings") or []):
            taken.add(str(mapping.get("allocationId")))
    return {
        item.parent or ""
        for item in reader.record.of_type(_EIP)
        if not (text(item, "networkInterface") or text(item, "instance")) and reader.id(item) not in taken
    }


def things(reader: Reader) -> None:
    """Add every thing that names its subnets itself."""
    mounts: dict[tuple[str, ...], Place] = {}
    open_clusters = {
        str(item.inputs.get("clusterIdentifier"))
        for item in reader.record.of_type("aws:rds/clusterInstance:ClusterInstance")
        if item.inputs.get("publiclyAccessible") is True
    }
    for item in sorted(reader.record.of_type(*kinds.THINGS), key=lambda item: (item.type, item.name)):
        shape = kinds.THINGS[item.type]
        subnets, groups = inner(item.inputs, shape.subnets), inner(item.inputs, shape.groups)
        if subnets is None and shape.kind in ("function", "service"):
            continue
        public = (
            item.inputs.get("publiclyAccessible") is True
            or text(item, "clusterIdentifier") in open_clusters - {""}
            or reader.id(item) in open_clusters
            or inner(item.inputs, shape.subnets.rsplit(".", 1)[0] + ".assignPublicIp") is True
        )
        interfaces = tuple(reader.interfaces(item, subnets, groups, public=public))
        if shape.kind == "files":
            _mount(reader, item, mounts, interfaces)
            continue
        if item.type == "aws:scheduler/schedule:Schedule" and _runs_as(reader, interfaces):
            continue
        port = item.inputs.get("port")
        reader.add(
            Place(
                item.name,
                shape.kind,
                item.urn,
                interfaces,
                port=port if isinstance(port, int) else shape.port,
            )
        )


def _runs_as(reader: Reader, interfaces: tuple[Interface, ...]) -> bool:
    """Tell whether a scheduled task has the very subnets and groups of a service, whose place then stands for it."""
    mine = {(item.subnet.id, item.groups) for item in interfaces}
    return any(
        place.kind == "service" and mine <= {(item.subnet.id, item.groups) for item in place.interfaces}
        for place in reader.model.places.values()
    )


def _mount(
    reader: Reader, item: Resource, mounts: dict[tuple[str, ...], Place], interfaces: tuple[Interface, ...]
) -> None:
    """Add a mount target to its file system's place."""
    system = reader.resource(plain(item.inputs.get("fileSystemId")))
    name = system.name if system else item.name
    known = mounts.get((name,))
    if known is None:
        mounts[(name,)] = reader.add(
            Place(name, "files", system.urn if system else item.urn, interfaces, port=2049)
        )
    else:
        known.interfaces = (*known.interfaces, *interfaces)


def hosts(reader: Reader) -> None:
    """Add NAT gateways, network interfaces, instances and groups of instances."""
    _nat_gateways(reader)
    routed = {
        route.target for table in reader.all_tables() for route in table.routes if route.kind == "interface"
    }
    loose = _loose_owners(reader)
    for item in reader.record.of_type("aws:ec2/networkInterface:NetworkInterface"):
        subnet = reader.model.subnets.get(text(item, "subnetId"))
        if subnet is None:
            reader.gap(item, "its subnet is outside this program")
            continue
        forwards = item.inputs.get("sourceDestCheck") is False
        found = reader.interfaces(
            item,
            [subnet.id],
            item.inputs.get("securityGroups"),
            public=reader.id(item) in reader.public or item.parent in loose,
        )
        addresses = ranges_of(
            [text(item, "privateIp")] if text(item, "privateIp") else item.inputs.get("privateIps")
        )
        interface = replace(found[0], id=reader.id(item), addresses=addresses, forwards=forwards)
        reader.model.gateways[interface.id] = interface
        kind: PlaceKind = "nat" if forwards and interface.id in routed else "host"
        _host(reader, item, kind, (interface,))
    for item in reader.record.of_type("aws:ec2/instance:Instance"):
        interfaces = reader.interfaces(
            item,
            [text(item, "subnetId")],
            item.inputs.get("vpcSecurityGroupIds"),
            public=reader.id(item) in reader.public or item.parent in loose,
        )
        given = item.inputs.get("associatePublicIpAddress")
        forwards = item.inputs.get("sourceDestCheck") is False
        _host(
            reader,
            item,
            "host",
            tuple(
                replace(
                    part,
                    public=part.public or given is True or (given is None and part.subnet.maps_public),
                    forwards=forwards,
                )
                for part in interfaces
            ),
        )
    for item in reader.record.of_type("aws:autoscaling/group:Group"):
        _group(reader, item, public=item.parent in loose)


def _nat_gateways(reader: Reader) -> None:
    for item in reader.record.of_type("aws:ec2/natGateway:NatGateway"):
        public = text(item, "connectivityType") != "private"
        found = reader.interfaces(item, [text(item, "subnetId")], None, public=public, no_groups=True)
        if found:
            interface = replace(found[0], id=reader.id(item), forwards=True)
            reader.model.gateways[interface.id] = interface
            reader.add(Place(f"nat:{item.name}", "nat", item.urn, (interface,)))


def _group(reader: Reader, item: Resource, *, public: bool) -> None:
    """Add the instances of an Auto Scaling group, as its launch template has them."""
    template = _template(reader, item)
    if template is None:
        reader.gap(item, "its launch template is not known")
        return
    cards = cast("list[dict[str, object]]", plain(template.inputs.get("networkInterfaces")) or [])
    if any(card.get("networkInterfaceId") for card in cards):
        return  # It launches onto an interface of the record, which is a place itself.
    groups = [
        str(group) for card in cards for group in cast("list[object]", card.get("securityGroups") or [])
    ]
    groups += [str(group) for group in cast("list[object]", template.inputs.get("vpcSecurityGroupIds") or [])]
    wish = {str(card.get("associatePublicIpAddress")).lower() for card in cards} - {"none"}
    interfaces = reader.interfaces(item, item.inputs.get("vpcZoneIdentifiers"), groups)
    found = tuple(
        replace(part, public=public or "true" in wish or (not wish and part.subnet.maps_public))
        for part in interfaces
    )
    _host(reader, item, "host", found)


def _template(reader: Reader, item: Resource) -> Resource | None:
    for path in (
        "launchTemplate.id",
        "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
    ):
        if found := reader.resource(inner(item.inputs, path)):
            return found
    for urns in item.property_dependencies.values():
        for urn in urns:
            if (
                found := reader.record.by_urn.get(urn)
            ) and found.type == "aws:ec2/launchTemplate:LaunchTemplate":
                return found
    return None


def _host(reader: Reader, item: Resource, kind: PlaceKind, interfaces: tuple[Interface, ...]) -> None:
    if ":Vpn" in item.urn.split("::")[2].rsplit("$", 1)[0]:
        kind = "vpn"
    name = f"nat:{item.name}" if kind == "nat" else item.name
    if interfaces:
        reader.add(Place(name, kind, item.urn, interfaces))
