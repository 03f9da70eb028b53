"""Route tables of VPCs: their routes, their gateway endpoints, and the subnets that use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from blueprint.reach.extract.reader import RecordReader, blocks_of, text_of
from blueprint.reach.model import Route, Table, TargetKind, Vpc
from blueprint.reach.traffic import Range, cidr
from blueprint.record import Resource
from blueprint.values import text, texts

_TARGETS: Final[Mapping[str, TargetKind]] = {
    "natGatewayId": "nat",
    "networkInterfaceId": "interface",
    "transitGatewayId": "transit",
}
_NOT_FOLLOWED: Final = (
    "vpcPeeringConnectionId", "vpcEndpointId", "egressOnlyGatewayId", "carrierGatewayId", "localGatewayId",
    "coreNetworkArn", "odbNetworkArn", "gatewayId",
)  # fmt: skip


def read(reader: RecordReader) -> None:
    """Read route tables, their routes and gateway endpoints, and their associations with subnets."""
    _tables(reader)
    _associations(reader)
    _gateway_endpoints(reader)
    for table in reader.all_tables():
        table.routes.sort(key=lambda route: route.size)


def main_table(reader: RecordReader, vpc: Vpc) -> Table:
    """Return the main route table of a VPC, which subnets without an association use."""
    table = reader.main_tables.get(vpc.id)
    if table is None:
        table = Table(f"main table of {vpc.name}", [_local(part) for part in vpc.ranges])
        for item in reader.record.of_type("aws:ec2/defaultRouteTable:DefaultRouteTable"):
            if text_of(item, "defaultRouteTableId") == reader.output(vpc.id, "defaultRouteTableId"):
                table.name = item.name
                reader.tables[text_of(item, "defaultRouteTableId")] = table
        reader.main_tables[vpc.id] = table
    return table


def _local(part: Range) -> Route:
    return Route("local", part, "local")


def _tables(reader: RecordReader) -> None:
    for item in reader.record.of_type("aws:ec2/routeTable:RouteTable"):
        vpc = reader.model.vpcs.get(text_of(item, "vpcId"))
        table = Table(item.name, [_local(part) for part in vpc.ranges] if vpc else [])
        reader.tables[reader.id(item)] = table
        for route in blocks_of(item, "routes"):
            _route(reader, item, table, route, text(route.get("cidrBlock")))
    for item in reader.record.of_type("aws:ec2/defaultRouteTable:DefaultRouteTable"):
        if table := reader.tables.get(text_of(item, "defaultRouteTableId")):
            for route in blocks_of(item, "routes"):
                _route(reader, item, table, route, text(route.get("cidrBlock")))
    for item in reader.record.of_type("aws:ec2/route:Route"):
        table = reader.tables.get(text_of(item, "routeTableId"))
        if table is None:
            reader.gap(item, "its route table is outside this program")
            continue
        _route(reader, item, table, item.inputs, text_of(item, "destinationCidrBlock"))


def _route(
    reader: RecordReader, item: Resource, table: Table, route: Mapping[str, object], block: str
) -> None:
    if route.get("destinationIpv6CidrBlock") or route.get("ipv6CidrBlock"):
        reader.gap(item, "routes IPv6, which the model does not follow")
        return
    ranges = (
        [cidr(block)] if block else reader.prefixes(item, str(route.get("destinationPrefixListId") or ""))
    )
    kind: TargetKind = "unknown"
    target = ""
    for key, target_kind in _TARGETS.items():
        if route.get(key):
            kind, target = target_kind, str(route[key])
    if kind == "unknown":
        gateway = str(route.get("gatewayId") or "")
        if gateway == "local":
            kind = "local"
        elif gateway in reader.internet_gateways:
            kind, target = "internet", gateway
        else:
            target = next((f"{key} {route[key]}" for key in _NOT_FOLLOWED if route.get(key)), "nowhere known")
            reader.gap(item, f"leads to {target}, which the model does not follow")
    table.routes.extend(Route(item.name, part, kind, target) for part in ranges)


def _associations(reader: RecordReader) -> None:
    subnets = reader.model.subnets
    for item in reader.record.of_type("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"):
        if table := reader.tables.get(text_of(item, "routeTableId")):
            replaced = reader.main_tables.get(text_of(item, "vpcId"))
            for subnet in subnets.values():
                if subnet.vpc == text_of(item, "vpcId") and subnet.table is replaced:
                    subnet.table = table
    for item in reader.record.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation"):
        subnet = subnets.get(text_of(item, "subnetId"))
        table = reader.tables.get(text_of(item, "routeTableId"))
        if subnet and table:
            subnet.table = table
        else:
            reader.gap(item, "routes traffic that enters through a gateway, which the model does not follow")


def _gateway_endpoints(reader: RecordReader) -> None:
    for item in reader.record.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        if text_of(item, "vpcEndpointType") in ("", "Gateway"):
            service = text_of(item, "serviceName").rsplit(".", 1)[-1]
            reader.services.add(service)
            for identifier in texts(item.inputs.get("routeTableIds")):
                _gateway_endpoint(reader, item, identifier, service)
    for item in reader.record.of_type(
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
    ):
        endpoint = reader.resource(text_of(item, "vpcEndpointId"))
        if endpoint is None:
            reader.gap(item, "its endpoint is outside this program")
        else:
            service = text_of(endpoint, "serviceName").rsplit(".", 1)[-1]
            _gateway_endpoint(reader, endpoint, text_of(item, "routeTableId"), service)


def _gateway_endpoint(reader: RecordReader, item: Resource, table_id: str, service: str) -> None:
    table = reader.tables.get(table_id)
    if table is None:
        reader.gap(item, "serves a route table outside this program")
    else:
        table.services[service] = item.name
