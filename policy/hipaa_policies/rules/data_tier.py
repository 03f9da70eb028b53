"""The data tier: databases and caches sit in subnets without a way out, and let in named groups only."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.catalog import Config, stack_control
from hipaa_policies.citations import IN_TRANSIT, REACH
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    is_unknown,
    lacks,
    not_applicable,
    positions,
    replicates,
    tag,
)
from hipaa_policies.tokens import (
    CACHE_GROUP,
    CACHE_SERVERLESS,
    DATABASE_SUBNETS,
    DAX_CLUSTER,
    DB_CLUSTER,
    DB_INSTANCE,
    DB_PROXY,
    DOCDB_CLUSTER,
    DOCDB_ELASTIC_CLUSTER,
    INGRESS_RULE,
    INTERNET_GATEWAY,
    MEMORYDB_CLUSTER,
    NEPTUNE_CLUSTER,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)
from hipaa_policies.values import UNKNOWN, items, peek, shown

_SUBNET_GROUPS: Final = (*DATABASE_SUBNETS, DOCDB_ELASTIC_CLUSTER)
_NAMES_SUBNETS: Final = {
    DB_CLUSTER: "dbSubnetGroupName",
    DB_INSTANCE: "dbSubnetGroupName",
    DOCDB_CLUSTER: "dbSubnetGroupName",
    NEPTUNE_CLUSTER: "neptuneSubnetGroupName",
}
# Gateways to the Internet that a route names by properties of their own; `gatewayId` may be another kind.
_GATEWAYS: Final = ("natGatewayId", "egressOnlyGatewayId")
# All addresses, or either half of them.
_EVERYWHERE: Final = ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "::/1", "8000::/1")


@stack_control(
    id="database-sits-in-the-data-tier",
    title="Databases sit in the data tier",
    description="Databases name a subnet group, and those of databases and caches take subnets tagged tier=data (or SubnetType=Isolated) without a route out.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Name a subnet group with subnets of the data tier, whose tables have no route by an Internet or NAT gateway and no default route.",
    types={
        **dict.fromkeys(_SUBNET_GROUPS, ("subnetIds",)), **{type_: (name,) for type_, name in _NAMES_SUBNETS.items()},
        DB_INSTANCE: ("dbSubnetGroupName", "replicateSourceDb"),
    },
    reads={
        SUBNET: ("tags",),
        ROUTE_TABLE_ASSOCIATION: ("subnetId", "routeTableId"),
        ROUTE_TABLE: ("routes",),
        ROUTE: ("routeTableId", "gatewayId", *_GATEWAYS, "destinationCidrBlock", "destinationIpv6CidrBlock"),
    },
    sources=("hipaa:db-not-reachable", "FSBP:RDS.23", "aws-config:RDS_INSTANCE_PUBLIC_ACCESS_CHECK"),
    unknown="defer",
)  # fmt: skip
def _subnets(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for database in graph.by_type(*_NAMES_SUBNETS):
        name = _NAMES_SUBNETS[database.type]
        if replicates(database):
            yield database, not_applicable("It takes the subnets of the database it replicates.")
        elif lacks(database, name) or peek(database.props, name) == "default":
            yield (
                database,
                f"{name} must name a subnet group, because the default VPC's would be used, but it is {shown(peek(database.props, name))}.",
            )
    for group in graph.by_type(*_SUBNET_GROUPS):
        subnets = graph.references(group, "subnetIds", SUBNET)
        if (not subnets and is_unknown(group, "subnetIds")) or graph.is_ambiguous(group, "subnetIds", SUBNET):
            yield group, deferred("subnetIds")
            continue
        if not subnets:
            yield (
                group,
                not_applicable("Its subnets are not in this program, where their routes could be read."),
            )
        for subnet in subnets:
            yield from ((group, sentence) for sentence in _is_closed(graph, subnet))
        given = [value for value in items(group.props, "subnetIds") if isinstance(value, str)]
        if subnets and len(given) > len(subnets):
            yield (
                group,
                f"subnetIds must name subnets of this program only, but {len(given) - len(subnets)} of {len(given)} are not.",
            )


def _is_closed(graph: Graph, subnet: Resource) -> Iterator[str]:
    tier, kind = tag(subnet, "tier"), peek(subnet.props, "tags", "SubnetType")
    if UNKNOWN in (tier, kind) and tier != "data" and kind != "Isolated":
        yield deferred("tags", "tier")
    elif tier != "data" and kind != "Isolated":
        yield f"subnetIds must name subnets of the data tier, but {subnet.name} is not tagged tier data or SubnetType Isolated."
    for table in _tables(graph, subnet):
        leads = _leads_out(graph, table)
        if leads is None:
            yield deferred("subnetIds")
        elif leads:
            yield f"subnetIds must name subnets without a way to the Internet, but {table.name}, the table of {subnet.name}, has a route out."


def _tables(graph: Graph, subnet: Resource) -> Iterator[Resource]:
    for association in graph.referrers(subnet.urn, ROUTE_TABLE_ASSOCIATION, "subnetId"):
        yield from graph.references(association, "routeTableId", ROUTE_TABLE)


def _leads_out(graph: Graph, table: Resource) -> bool | None:
    """Tell whether a table has a route by an Internet or NAT gateway, or a default route, or half of one, to anything.

    None says that there may be: nobody knows yet which routes the table has, or whether such a one is this table's.
    """
    if any(
        not (lacks(table, *route, "gatewayId") or _stays_inside(peek(table.props, *route, "gatewayId")))
        or not all(lacks(table, *route, name) for name in _GATEWAYS)
        or _is_default(table, route, "cidrBlock", "ipv6CidrBlock")
        for route in positions(table, "routes")
    ):
        return True
    out = [
        route
        for route in graph.referrers(table.urn, ROUTE, "routeTableId")
        if _names_internet_gateway(graph, route)
        or not all(lacks(route, name) for name in _GATEWAYS)
        or _is_default(route, (), "destinationCidrBlock", "destinationIpv6CidrBlock")
    ]
    if not all(graph.is_ambiguous(route, "routeTableId", ROUTE_TABLE) for route in out):
        return True
    return None if out or is_unknown(table, "routes") else False


def _stays_inside(gateway: object) -> bool:
    """Tell whether a gateway is the VPC's own router or leads to a network of one's own by a VPN."""
    return isinstance(gateway, str) and (gateway == "local" or gateway.startswith("vgw-"))


def _names_internet_gateway(graph: Graph, route: Resource) -> bool:
    gateway = peek(route.props, "gatewayId")
    # One of another program is told by its id.
    named = isinstance(gateway, str) and gateway.startswith("igw-")
    return named or bool(graph.references(route, "gatewayId", INTERNET_GATEWAY))


def _is_default(resource: Resource, route: tuple[str | int, ...], *names: str) -> bool:
    return any(peek(resource.props, *route, name) in _EVERYWHERE for name in names)


_GUARDED: Final = {
    **dict.fromkeys(
        (DB_CLUSTER, DB_INSTANCE, DB_PROXY, DOCDB_CLUSTER, DOCDB_ELASTIC_CLUSTER, NEPTUNE_CLUSTER),
        "vpcSecurityGroupIds",
    ),
    **dict.fromkeys((CACHE_GROUP, CACHE_SERVERLESS, MEMORYDB_CLUSTER, DAX_CLUSTER), "securityGroupIds"),
}
# A prefix list is a list of address ranges.
_RANGES: Final = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
_RANGE: Final = ("cidrIpv4", "cidrIpv6", "prefixListId")


@stack_control(
    id="database-lets-in-named-groups",
    title="Databases let in named security groups",
    description="Rules of a database's or a cache's security group name another group, never an address range or a list of them.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Set referenced_security_group_id instead of cidr_ipv4, cidr_ipv6 or prefix_list_id.",
    types={
        **{type_: (name,) for type_, name in _GUARDED.items()},
        DB_INSTANCE: ("vpcSecurityGroupIds", "replicateSourceDb"),
    },
    reads={
        SECURITY_GROUP: ("ingress",),
        INGRESS_RULE: ("securityGroupId", *_RANGE),
        SECURITY_GROUP_RULE: ("securityGroupId", "type", *_RANGES),
    },
    sources=("hipaa:db-not-reachable",),
    unknown="present",
)
def _groups(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for store in graph.by_type(*_GUARDED):
        property_ = _GUARDED[store.type]
        if lacks(store, property_) and not replicates(store):
            yield (
                store,
                f"{property_} must name a security group, because the VPC's default would be used, but it is missing.",
            )
        for group in graph.references(store, property_, SECURITY_GROUP):
            for rule in _ranges(graph, group):
                yield (
                    store,
                    f"{property_} must name groups that let in groups only, but {rule} lets in an address range.",
                )


def _ranges(graph: Graph, group: Resource) -> Iterator[str]:
    for rule in positions(group, "ingress"):
        if not all(lacks(group, *rule, name) for name in _RANGES):
            yield group.name
    for rule in graph.referrers(group.urn, INGRESS_RULE, "securityGroupId"):
        if not all(lacks(rule, name) for name in _RANGE):
            yield rule.name
    for rule in graph.referrers(group.urn, SECURITY_GROUP_RULE, "securityGroupId"):
        inbound = peek(rule.props, "type") != "egress"
        if inbound and not all(lacks(rule, name) for name in _RANGES):
            yield rule.name


@stack_control(
    id="vpc-has-private-endpoints",
    title="VPCs reach AWS privately",
    description="Each VPC with an Internet gateway or a default route has endpoints of the services that carry patient data and keys.",
    citations=IN_TRANSIT,
    severity="medium",
    pack="isolation",
    remediation="Add aws.ec2.VpcEndpoint for the service, or configure the services that the stack reaches otherwise.",
    types={VPC: ()},
    reads={
        VPC_ENDPOINT: ("vpcId", "serviceName"),
        INTERNET_GATEWAY: ("vpcId",),
        ROUTE_TABLE: ("vpcId", "routes"),
        ROUTE: ("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock"),
    },
    sources=("FSBP:EC2.10", "hipaa:vpc-endpoints-required"),
    settings={
        "services": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("s3", "ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sts"),
            "description": "Ends of the names of services that need an endpoint.",
        },
        "vpcs": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("*",),
            "description": "Patterns over logical names of VPCs that need them.",
        },
    },
)
def _endpoints(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    for vpc in graph.by_type(VPC):
        if not any(fnmatchcase(vpc.name, pattern) for pattern in config["vpcs"]):
            yield vpc, not_applicable("The policy configuration names other VPCs.")
            continue
        if not graph.referrers(vpc.urn, INTERNET_GATEWAY, "vpcId") and not _has_default_route(graph, vpc):
            yield vpc, not_applicable("It has no way to the Internet by which it could reach AWS.")
            continue
        names = [
            peek(endpoint.props, "serviceName")
            for endpoint in graph.referrers(vpc.urn, VPC_ENDPOINT, "vpcId")
        ]
        lacking = [
            service
            for service in config["services"]
            if not any(isinstance(name, str) and name.endswith(f".{service}") for name in names)
        ]
        if lacking:
            unknown = sum(name is UNKNOWN for name in names)
            also = (
                f", and {unknown} have a serviceName that is not known before deployment" if unknown else ""
            )
            yield (
                vpc,
                f"The VPC must have endpoints of {', '.join(config['services'])}, but {', '.join(lacking)} have none{also}.",
            )


def _has_default_route(graph: Graph, vpc: Resource) -> bool:
    """Tell whether a table of a VPC leads out, or may, by a NAT or transit gateway, as one without an Internet gateway may."""
    for table in graph.referrers(vpc.urn, ROUTE_TABLE, "vpcId"):
        if is_unknown(table, "routes") or any(
            _is_default(table, route, "cidrBlock", "ipv6CidrBlock") for route in positions(table, "routes")
        ):
            return True
        for route in graph.referrers(table.urn, ROUTE, "routeTableId"):
            ambiguous = graph.is_ambiguous(route, "routeTableId", ROUTE_TABLE)
            if not ambiguous and _is_default(route, (), "destinationCidrBlock", "destinationIpv6CidrBlock"):
                return True
    return False
