"""Places with network interfaces: services, data stores, instances, NAT gateways; and which have public addresses."""

from __future__ import annotations

from dataclasses import replace

from blueprint.reach import kinds
from blueprint.reach.extract.reader import RecordReader, blocks_of, ranges_of, text_of, value_at
from blueprint.reach.model import Interface, Place, PlaceKind
from blueprint.record import Resource
from blueprint.values import integer, items

_EIP = "aws:ec2/eip:Eip"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def read(reader: RecordReader) -> None:
    """Add everything that has network interfaces, except load balancers and endpoints."""
    _public_interfaces(reader)
    _things(reader)
    _nat_gateways(reader)
    owners = _owners_of_free_addresses(reader)
    _network_interfaces(reader, owners)
    _instances(reader, owners)
    for item in reader.record.of_type("aws:autoscaling/group:Group"):
        _group(reader, item, public=item.parent in owners)


def _public_interfaces(reader: RecordReader) -> None:
    """Note every interface and instance that an Elastic IP is associated with."""
    for item in reader.record.of_type(_EIP):
        reader.public |= {text_of(item, "networkInterface"), text_of(item, "instance")}
    for item in reader.record.of_type("aws:ec2/eipAssociation:EipAssociation"):
        reader.public |= {text_of(item, "networkInterfaceId"), text_of(item, "instanceId")}
    reader.public.discard("")


def _owners_of_free_addresses(reader: RecordReader) -> set[str]:
    """Return the URNs of components with an Elastic IP that nothing is associated with.

    Such an address is for a host of the component that associates it with itself when it starts.
    """
    taken = {
        str(item.inputs.get("allocationId"))
        for item in reader.record.of_type(
            "aws:ec2/natGateway:NatGateway", "aws:ec2/eipAssociation:EipAssociation"
        )
    }
    for item in reader.record.of_type(*kinds.LOAD_BALANCERS):
        taken |= {str(mapping.get("allocationId")) for mapping in blocks_of(item, "subnetMappings")}
    return {
        item.parent or ""
        for item in reader.record.of_type(_EIP)
        if not (text_of(item, "networkInterface") or text_of(item, "instance"))
        and reader.id(item) not in taken
    }


def _things(reader: RecordReader) -> None:
    """Add everything whose inputs name its subnets."""
    file_systems: dict[str, Place] = {}
    public_clusters = {
        text_of(item, "clusterIdentifier")
        for item in reader.record.of_type("aws:rds/clusterInstance:ClusterInstance")
        if item.inputs.get("publiclyAccessible") is True
    } - {""}
    for item in sorted(
        reader.record.of_type(*kinds.INTERFACE_SHAPES), key=lambda item: (item.type, item.name)
    ):
        shape = kinds.INTERFACE_SHAPES[item.type]
        subnets, groups = value_at(item.inputs, shape.subnets), value_at(item.inputs, shape.groups)
        if subnets is None and shape.kind in ("function", "service"):
            continue
        public = (
            item.inputs.get("publiclyAccessible") is True
            or text_of(item, "clusterIdentifier") in public_clusters
            or reader.id(item) in public_clusters
            or value_at(item.inputs, shape.subnets.rsplit(".", 1)[0] + ".assignPublicIp") is True
        )
        interfaces = tuple(reader.interfaces(item, subnets, groups, public=public))
        if shape.kind == "files":
            _mount_target(reader, item, file_systems, interfaces)
            continue
        if item.type == kinds.SCHEDULE and _runs_as_service(reader, interfaces):
            continue
        port = integer(item.inputs.get("port"))
        reader.add(
            Place(item.name, shape.kind, item.urn, interfaces, port=shape.port if port is None else port)
        )


def _runs_as_service(reader: RecordReader, interfaces: tuple[Interface, ...]) -> bool:
    """Return whether a scheduled task has the subnets and groups of a service; the service's place then covers both."""
    own = {(item.subnet.id, item.groups) for item in interfaces}
    return any(
        place.kind == "service" and own <= {(item.subnet.id, item.groups) for item in place.interfaces}
        for place in reader.model.places.values()
    )


def _mount_target(
    reader: RecordReader, item: Resource, file_systems: dict[str, Place], interfaces: tuple[Interface, ...]
) -> None:
    """Add the interfaces of a mount target to the place of its file system."""
    system = reader.resource(text_of(item, "fileSystemId"))
    name = system.name if system else item.name
    place = file_systems.get(name)
    if place is None:
        file_systems[name] = reader.add(
            Place(name, "files", system.urn if system else item.urn, interfaces, port=2049)
        )
    else:
        place.interfaces = (*place.interfaces, *interfaces)


def _nat_gateways(reader: RecordReader) -> None:
    for item in reader.record.of_type("aws:ec2/natGateway:NatGateway"):
        public = text_of(item, "connectivityType") != "private"
        interfaces = reader.interfaces(item, [text_of(item, "subnetId")], None, public=public, no_groups=True)
        if interfaces:
            interface = replace(interfaces[0], id=reader.id(item), forwards=True)
            reader.model.gateways[interface.id] = interface
            reader.add(Place(f"nat:{item.name}", "nat", item.urn, (interface,)))


def _network_interfaces(reader: RecordReader, owners: set[str]) -> None:
    routed = {
        route.target for table in reader.all_tables() for route in table.routes if route.kind == "interface"
    }
    for item in reader.record.of_type("aws:ec2/networkInterface:NetworkInterface"):
        subnet = reader.model.subnets.get(text_of(item, "subnetId"))
        if subnet is None:
            reader.gap(item, "its subnet is outside this program")
            continue
        forwards = item.inputs.get("sourceDestCheck") is False
        interfaces = reader.interfaces(
            item,
            [subnet.id],
            item.inputs.get("securityGroups"),
            public=reader.id(item) in reader.public or item.parent in owners,
        )
        if not interfaces:
            continue
        address = text_of(item, "privateIp")
        addresses = ranges_of([address] if address else item.inputs.get("privateIps"))
        interface = replace(interfaces[0], id=reader.id(item), addresses=addresses, forwards=forwards)
        reader.model.gateways[interface.id] = interface
        _host(reader, item, "nat" if forwards and interface.id in routed else "host", (interface,))


def _instances(reader: RecordReader, owners: set[str]) -> None:
    for item in reader.record.of_type("aws:ec2/instance:Instance"):
        public = reader.id(item) in reader.public or item.parent in owners
        requested = item.inputs.get("associatePublicIpAddress")
        forwards = item.inputs.get("sourceDestCheck") is False
        interfaces = reader.interfaces(
            item, [text_of(item, "subnetId")], item.inputs.get("vpcSecurityGroupIds"), public=public
        )
        assigned = tuple(
            replace(
                part,
                public=part.public
                or requested is True
                or (requested is None and part.subnet.assigns_public_ip),
                forwards=forwards,
            )
            for part in interfaces
        )
        _host(reader, item, "host", assigned)


def _group(reader: RecordReader, item: Resource, *, public: bool) -> None:
    """Add the instances of an Auto Scaling group, as its launch template describes them."""
    template = _template(reader, item)
    if template is None:
        reader.gap(item, "its launch template is not known")
        return
    cards = blocks_of(template, "networkInterfaces")
    if any(card.get("networkInterfaceId") for card in cards):
        return  # Its instances use a network interface of the record, which is a separate place.
    groups = [str(group) for card in cards for group in items(card.get("securityGroups"))]
    groups += [str(group) for group in items(template.inputs.get("vpcSecurityGroupIds"))]
    requested = {str(card.get("associatePublicIpAddress")).lower() for card in cards} - {"none"}
    interfaces = tuple(
        replace(
            part, public=public or "true" in requested or (not requested and part.subnet.assigns_public_ip)
        )
        for part in reader.interfaces(item, item.inputs.get("vpcZoneIdentifiers"), groups)
    )
    _host(reader, item, "host", interfaces)


def _template(reader: RecordReader, item: Resource) -> Resource | None:
    for path in (
        "launchTemplate.id",
        "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
    ):
        if template := reader.resource(value_at(item.inputs, path)):
            return template
    sources = reader.record.sources(item, *item.property_dependencies)
    return next((part for part in sources if part.type == _TEMPLATE), None)


def _host(reader: RecordReader, item: Resource, kind: PlaceKind, interfaces: tuple[Interface, ...]) -> None:
    vpn = reader.intent.vpn
    if vpn and vpn.server in (item.name, reader.record.owner(item).name):
        kind = "vpn"
    name = f"nat:{item.name}" if kind == "nat" else item.name
    if interfaces:
        reader.add(Place(name, kind, item.urn, interfaces))
