"""Read the network out of a record. What may carry traffic and is not understood becomes a gap, never nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from blueprint.reach import kinds
from blueprint.reach.fronts import balancers
from blueprint.reach.hosts import hosts, public_interfaces, things
from blueprint.reach.model import (
    Acl,
    Entry,
    Group,
    Interface,
    Listener,
    Model,
    Place,
    Route,
    Rule,
    Subnet,
    Table,
    Target,
    Vpc,
)
from blueprint.reach.outside import outside
from blueprint.reach.reading import Reader, many, text
from blueprint.reach.traffic import ANYWHERE, Range, cidr, traffic
from blueprint.reach.transit import partners, transit
from blueprint.record import Record, Resource

_SUBNET: Final = "aws:ec2/subnet:Subnet"
_ROUTE_KEYS: Final[Mapping[str, Any]] = {
    "natGatewayId": "nat",
    "networkInterfaceId": "interface",
    "transitGatewayId": "transit",
}
_OTHER_ROUTE_KEYS: Final = (
    "vpcPeeringConnectionId", "vpcEndpointId", "egressOnlyGatewayId", "carrierGatewayId", "localGatewayId",
    "coreNetworkArn", "odbNetworkArn", "gatewayId",
)  # fmt: skip


def extract(record: Record) -> Model:
    """Return the network of a record."""
    reader = Reader(record)
    model = reader.model
    _vpcs(reader)
    _groups(reader)
    _acls(reader)
    _tables(reader)
    public_interfaces(reader)
    things(reader)
    hosts(reader)
    _endpoints(reader)
    transit(reader)
    balancers(reader)
    outside(reader)
    _tiers(model)
    _unknown_parts(reader)
    model.cuts = _cuts(model)
    return model


def _vpcs(reader: Reader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2/vpc:Vpc"):
        block = text(item, "cidrBlock")
        if not block:
            reader.gap(item, "its range is not known")
            continue
        model.vpcs[reader.id(item)] = Vpc(
            id=reader.id(item), name=item.name, ranges=(cidr(block),), cidr=block
        )
        if item.inputs.get("assignGeneratedIpv6CidrBlock") or item.inputs.get("ipv6CidrBlock"):
            reader.gap(item, "has IPv6 addresses, which the model does not follow")
    for item in reader.record.of_type("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"):
        if (vpc := model.vpcs.get(text(item, "vpcId"))) and text(item, "cidrBlock"):
            vpc.ranges = tuple(sorted((*vpc.ranges, cidr(text(item, "cidrBlock")))))
    for item in reader.record.of_type("aws:ec2/internetGateway:InternetGateway"):
        reader.internet_gateways.add(reader.id(item))
        if vpc := model.vpcs.get(text(item, "vpcId")):
            vpc.gateway = item.name
    for item in reader.record.of_type(_SUBNET):
        tags = cast("Mapping[str, str]", item.inputs.get("tags") or {})
        vpc = model.vpcs.get(text(item, "vpcId"))
        if vpc is None or not text(item, "cidrBlock"):
            reader.gap(item, "is in no VPC of this program, or its range is not known")
            continue
        subnet = Subnet(
            id=reader.id(item),
            name=item.name,
            vpc=vpc.id,
            range=cidr(text(item, "cidrBlock")),
            zone=text(item, "availabilityZone") or text(item, "availabilityZoneId"),
            tier=str(tags.get("Tier", tags.get("SubnetType", ""))).lower() or "untold",
            # AWS's default ACL lets everything through until the program adopts or replaces it.
            acl=_default_acl(reader, vpc),
            table=_main_table(reader, vpc),
            maps_public=item.inputs.get("mapPublicIpOnLaunch") is True,
        )
        model.subnets[subnet.id] = subnet
        vpc.subnets.append(subnet)
    for vpc in model.vpcs.values():
        vpc.subnets.sort(key=lambda subnet: subnet.range)


def _default_acl(reader: Reader, vpc: Vpc) -> Acl:
    known = reader.default_acls.get(vpc.id)
    if known is None:
        every = Entry(100, True, ANYWHERE[0], traffic("-1"))
        known = Acl(f"default ACL of {vpc.name}", [every], [every])
        for item in reader.record.of_type("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"):
            if text(item, "defaultNetworkAclId") == reader.output(vpc.id, "defaultNetworkAclId"):
                known = Acl(item.name, _entries(reader, item, "ingress"), _entries(reader, item, "egress"))
        reader.default_acls[vpc.id] = known
    return known


def _main_table(reader: Reader, vpc: Vpc) -> Table:
    known = reader.main_tables.get(vpc.id)
    if known is None:
        known = Table(f"main table of {vpc.name}", [_local(part) for part in vpc.ranges])
        for item in reader.record.of_type("aws:ec2/defaultRouteTable:DefaultRouteTable"):
            if text(item, "defaultRouteTableId") == reader.output(vpc.id, "defaultRouteTableId"):
                known.name = item.name
                reader.tables[text(item, "defaultRouteTableId")] = known
        reader.main_tables[vpc.id] = known
    return known


def _local(part: Range) -> Route:
    return Route("local", part, "local")


def _groups(reader: Reader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2/securityGroup:SecurityGroup"):
        group = Group(reader.id(item), item.name, text(item, "vpcId"))
        model.groups[group.id] = group
        for direction in ("ingress", "egress"):
            for rule in many(item, direction):
                _inline(reader, item, group, direction, rule)
    for vpc in model.vpcs.values():
        identifier = reader.output(vpc.id, "defaultSecurityGroupId")
        everything = traffic("-1")
        group = Group(identifier, f"default group of {vpc.name}", vpc.id)
        adopted = [
            item
            for item in reader.record.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
            if text(item, "vpcId") == vpc.id
        ]
        # AWS's own rules of a default group stand until the program adopts it.
        if not adopted:
            group.ingress.append(Rule(group.name, everything, group.id))
            group.egress.append(Rule(group.name, everything, ANYWHERE[0]))
        for item in adopted:
            group.name = item.name
            for direction in ("ingress", "egress"):
                for rule in many(item, direction):
                    _inline(reader, item, group, direction, rule)
        model.groups[identifier] = group
        reader.default_groups[vpc.id] = identifier
    for direction, type_ in (
        ("ingress", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
        ("egress", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    ):
        for item in reader.record.of_type(type_):
            _rule(reader, item, direction)
    for item in reader.record.of_type("aws:ec2/securityGroupRule:SecurityGroupRule"):
        group = model.groups.get(text(item, "securityGroupId"))
        if group is None:
            reader.gap(item, "belongs to a security group outside this program")
            continue
        shape = dict(item.inputs)
        shape["securityGroups"] = [shape["sourceSecurityGroupId"]] if "sourceSecurityGroupId" in shape else []
        _inline(reader, item, group, text(item, "type"), shape)


def _rule(reader: Reader, item: Resource, direction: str) -> None:
    group = reader.model.groups.get(text(item, "securityGroupId"))
    if group is None:
        reader.gap(item, "belongs to a security group outside this program")
        return
    found = _traffic(item.inputs, "ipProtocol")
    into = group.ingress if direction == "ingress" else group.egress
    if block := text(item, "cidrIpv4"):
        into.append(Rule(item.name, found, cidr(block)))
    elif other := text(item, "referencedSecurityGroupId"):
        into.append(Rule(item.name, found, other.split("/")[-1]))
    elif prefixes := text(item, "prefixListId"):
        into.extend(Rule(item.name, found, part) for part in reader.prefixes(item, prefixes))
    elif not text(item, "cidrIpv6"):
        reader.gap(item, "its peer is not known; it is taken to be everyone")
        into.append(Rule(item.name, found, ANYWHERE[0]))


def _inline(reader: Reader, item: Resource, group: Group, direction: str, rule: Mapping[str, Any]) -> None:
    found = _traffic(rule, "protocol")
    into = group.ingress if direction == "ingress" else group.egress
    name = item.name
    into.extend(Rule(name, found, cidr(str(block))) for block in rule.get("cidrBlocks") or ())
    into.extend(Rule(name, found, str(other)) for other in rule.get("securityGroups") or ())
    if rule.get("self"):
        into.append(Rule(name, found, group.id))
    for prefixes in rule.get("prefixListIds") or ():
        into.extend(Rule(name, found, part) for part in reader.prefixes(item, str(prefixes)))


def _traffic(rule: Mapping[str, Any], key: str) -> int:
    protocol = str(rule.get(key, "-1"))
    first, last = rule.get("fromPort"), rule.get("toPort")
    if protocol in ("icmp", "1"):
        # A security group's `from` is the ICMP type and -1 is every type.
        return traffic("icmp") if first in (None, -1) else traffic("icmp", int(first), int(first))
    return traffic(protocol, int(first or 0), None if last in (None, -1) else int(last))


def _acls(reader: Reader) -> None:
    model, found = reader.model, dict[str, Acl]()
    for vpc in model.vpcs.values():
        found[reader.output(vpc.id, "defaultNetworkAclId")] = _default_acl(reader, vpc)
    for item in reader.record.of_type("aws:ec2/networkAcl:NetworkAcl"):
        acl = Acl(item.name, _entries(reader, item, "ingress"), _entries(reader, item, "egress"))
        found[reader.id(item)] = acl
        for identifier in _texts(item.inputs.get("subnetIds")):
            if subnet := model.subnets.get(identifier):
                subnet.acl = acl
    for item in reader.record.of_type("aws:ec2/networkAclAssociation:NetworkAclAssociation"):
        subnet, acl = model.subnets.get(text(item, "subnetId")), found.get(text(item, "networkAclId"))
        if subnet is None or acl is None:
            reader.gap(item, "its subnet or ACL is outside this program")
        else:
            subnet.acl = acl
    for item in reader.record.of_type("aws:ec2/networkAclRule:NetworkAclRule"):
        acl = found.get(text(item, "networkAclId"))
        if acl is None:
            reader.gap(item, "its ACL is outside this program")
            continue
        shape = {
            **item.inputs,
            "ruleNo": item.inputs.get("ruleNumber"),
            "action": item.inputs.get("ruleAction"),
        }
        entry = _entry(reader, item, shape)
        if entry:
            (acl.egress if item.inputs.get("egress") is True else acl.ingress).append(entry)
    for acl in found.values():
        acl.ingress.sort(key=lambda entry: entry.number)
        acl.egress.sort(key=lambda entry: entry.number)


def _entries(reader: Reader, item: Resource, direction: str) -> list[Entry]:
    found = (_entry(reader, item, rule) for rule in many(item, direction))
    return sorted((entry for entry in found if entry), key=lambda entry: entry.number)


def _entry(reader: Reader, item: Resource, rule: Mapping[str, Any]) -> Entry | None:
    block = rule.get("cidrBlock")
    if not isinstance(block, str) or not block:
        if not rule.get("ipv6CidrBlock"):
            reader.gap(item, "an entry's range is not known")
        return None
    protocol = str(rule.get("protocol", "-1"))
    if protocol in ("icmp", "1"):
        kind = rule.get("icmpType", -1)
        found = traffic("icmp") if kind in (None, -1) else traffic("icmp", int(kind), int(kind))
    else:
        last = rule.get("toPort")
        found = traffic(protocol, int(rule.get("fromPort") or 0), None if last is None else int(last))
    return Entry(int(rule["ruleNo"]), str(rule["action"]).lower() == "allow", cidr(block), found)


def _tables(reader: Reader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2/routeTable:RouteTable"):
        vpc = model.vpcs.get(text(item, "vpcId"))
        table = Table(item.name, [_local(part) for part in vpc.ranges] if vpc else [])
        reader.tables[reader.id(item)] = table
        for route in many(item, "routes"):
            _route(reader, item, table, route, str(route.get("cidrBlock") or ""))
    for item in reader.record.of_type("aws:ec2/defaultRouteTable:DefaultRouteTable"):
        if table := reader.tables.get(text(item, "defaultRouteTableId")):
            for route in many(item, "routes"):
                _route(reader, item, table, route, str(route.get("cidrBlock") or ""))
    for item in reader.record.of_type("aws:ec2/route:Route"):
        table = reader.tables.get(text(item, "routeTableId"))
        if table is None:
            reader.gap(item, "its route table is outside this program")
            continue
        _route(reader, item, table, item.inputs, text(item, "destinationCidrBlock"))
    for item in reader.record.of_type("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"):
        if table := reader.tables.get(text(item, "routeTableId")):
            old = reader.main_tables.get(text(item, "vpcId"))
            for subnet in model.subnets.values():
                if subnet.vpc == text(item, "vpcId") and subnet.table is old:
                    subnet.table = table
    for item in reader.record.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation"):
        subnet, table = (
            model.subnets.get(text(item, "subnetId")),
            reader.tables.get(text(item, "routeTableId")),
        )
        if subnet and table:
            subnet.table = table
        else:
            reader.gap(item, "routes what enters by a gateway, which the model does not follow")
    for item in reader.record.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        if text(item, "vpcEndpointType") in ("", "Gateway"):
            service = text(item, "serviceName").rsplit(".", 1)[-1]
            reader.services.add(service)
            for identifier in _texts(item.inputs.get("routeTableIds")):
                _service(reader, item, identifier, service)
    for item in reader.record.of_type(
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
    ):
        endpoint = reader.resource(text(item, "vpcEndpointId"))
        if endpoint is None:
            reader.gap(item, "its endpoint is outside this program")
        else:
            service = text(endpoint, "serviceName").rsplit(".", 1)[-1]
            _service(reader, endpoint, text(item, "routeTableId"), service)
    for table in reader.all_tables():
        table.routes.sort(key=lambda route: route.size)


def _service(reader: Reader, item: Resource, table_id: str, service: str) -> None:
    table = reader.tables.get(table_id)
    if table is None:
        reader.gap(item, "serves a route table outside this program")
    else:
        table.services[service] = item.name


def _route(reader: Reader, item: Resource, table: Table, route: Mapping[str, Any], block: str) -> None:
    if route.get("destinationIpv6CidrBlock") or route.get("ipv6CidrBlock"):
        reader.gap(item, "routes IPv6, which the model does not follow")
        return
    ranges = (
        [cidr(block)] if block else reader.prefixes(item, str(route.get("destinationPrefixListId") or ""))
    )
    kind, target = "unknown", ""
    for key, found in _ROUTE_KEYS.items():
        if route.get(key):
            kind, target = found, str(route[key])
    if kind == "unknown":
        gateway = str(route.get("gatewayId") or "")
        if gateway == "local":
            kind = "local"
        elif gateway in reader.internet_gateways:
            kind, target = "internet", gateway
        else:
            target = next(
                (f"{key} {route[key]}" for key in _OTHER_ROUTE_KEYS if route.get(key)), "nowhere known"
            )
            reader.gap(item, f"leads to {target}, which the model does not follow")
    table.routes.extend(Route(item.name, part, cast("Any", kind), target) for part in ranges)


def _endpoints(reader: Reader) -> None:
    for item in reader.record.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        kind = text(item, "vpcEndpointType")
        if kind in ("", "Gateway"):
            continue
        if kind != "Interface":
            reader.gap(item, f"is an endpoint of type {kind}, which the model does not follow")
            continue
        service = text(item, "serviceName")
        own = service.startswith("com.amazonaws.") and ".vpce-svc-" not in service
        name = ".".join(service.split(".")[3:]) if own else item.name
        interfaces = reader.interfaces(
            item, item.inputs.get("subnetIds"), item.inputs.get("securityGroupIds")
        )
        place = Place(f"endpoint:{name}", "endpoint", item.urn, tuple(interfaces), port=443)
        reader.add(place)
        if not own:
            _leads_to_partner(reader, item, place, service)


def _leads_to_partner(reader: Reader, item: Resource, place: Place, service: str) -> None:
    """Note the partner behind an endpoint: the one whose service it names."""
    named = [name for name, partner in partners(reader).items() if partner.get("service_name") == service]
    if not named:
        reader.gap(item, f"leads to {service}, which is no partner's of the settings")
        return
    place.leads_to = f"partner:{named[0]}"
    everything = Target(place.leads_to, (), traffic("tcp"), keeps_client=False)
    place.listeners = (Listener(item.name, traffic("tcp"), (everything,), encrypted=False),)


def _tiers(model: Model) -> None:
    """Add a place for each tier of each VPC: its subnets, with no security group to hide behind."""
    for vpc in model.vpcs.values():
        tiers: dict[str, list[Subnet]] = {}
        for subnet in vpc.subnets:
            tiers.setdefault(subnet.tier, []).append(subnet)
        for tier, subnets in tiers.items():
            # One with a public address where the subnet hands them out or its table leads to the gateway.
            parts = tuple(
                Interface(f"any host in {subnet.name}", subnet, None, public=subnet.maps_public)
                for subnet in subnets
            )
            name = f"{vpc.name}:{tier}"
            model.places[name] = Place(name, "tier", interfaces=parts)


def _holds(record: Record, urn: str, part: Resource) -> bool:
    """Tell whether a component that a provider builds holds a part."""
    above = record.by_urn.get(part.parent or "")
    while above is not None:
        if above.urn == urn and above.remote:
            return True
        above = record.by_urn.get(above.parent or "")
    return False


def _names(item: Resource, part: Resource) -> bool:
    """Tell whether a part's id stands anywhere in the inputs of a resource."""
    known = part.outputs.get("id")
    return isinstance(known, str) and known in repr(item.inputs)


def _unknown_parts(reader: Reader) -> None:
    """Report whatever takes part in the network and is neither followed nor known to carry nothing."""
    record = reader.record
    for item in record.resources:
        if not item.custom or item.type in kinds.READ or item.type.startswith(kinds.NO_PART):
            continue
        if item.type.startswith(kinds.WAYS):
            reader.gap(item, "carries traffic, and the model does not follow this type")
            continue
        parts = {
            part.type
            for urns in item.property_dependencies.values()
            for urn in urns
            # An output of what a provider builds depends on all that is inside, so there the given ids decide.
            if (part := record.by_urn.get(urn))
            and part.type in kinds.PARTS
            and (not any(_holds(record, other, part) for other in urns) or _names(item, part))
        }
        if parts:
            reader.gap(item, "has a part in the network, and the model does not know this type")


def _cuts(model: Model) -> tuple[int, ...]:
    return tuple(sorted({cut for first, last in _all_ranges(model) for cut in (first, last + 1)}))


def _all_ranges(model: Model) -> Iterator[Range]:
    for vpc in model.vpcs.values():
        yield from vpc.ranges
        for subnet in vpc.subnets:
            yield subnet.range
            for entry in (*subnet.acl.ingress, *subnet.acl.egress):
                yield entry.peer
            for route in subnet.table.routes:
                yield route.to
    for group in model.groups.values():
        for rule in (*group.ingress, *group.egress):
            if not isinstance(rule.peer, str):
                yield rule.peer
    for table in model.transit_tables.values():
        for route in table.routes:
            yield route.to
    for place in model.places.values():
        yield from place.addresses
        for allowed, _ in place.allowed or ():
            yield allowed


def _texts(value: object) -> list[str]:
    return (
        [item for item in cast("list[object]", value) if isinstance(item, str)]
        if isinstance(value, list)
        else []
    )
