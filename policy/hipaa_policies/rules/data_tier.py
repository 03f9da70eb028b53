"""The data tier: subnets and security groups of databases and caches, and private VPC endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.catalog import Config, stack_control
from hipaa_policies.citations import IN_TRANSIT, REACH
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    element_paths,
    is_replica,
    is_unknown,
    is_unset,
    not_applicable,
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
from hipaa_policies.values import UNKNOWN, format_value, items, peek

_SUBNET_GROUPS: Final = (*DATABASE_SUBNETS, DOCDB_ELASTIC_CLUSTER)
_SUBNET_GROUP_NAMES: Final = {
    DB_CLUSTER: "dbSubnetGroupName",
    DB_INSTANCE: "dbSubnetGroupName",
    DOCDB_CLUSTER: "dbSubnetGroupName",
    NEPTUNE_CLUSTER: "neptuneSubnetGroupName",
}
# Properties of a route that always name a gateway to the Internet; `gatewayId` may name another gateway.
_GATEWAYS: Final = ("natGatewayId", "egressOnlyGatewayId")
# All addresses, and the two halves of them.
_DEFAULT_RANGES: Final = ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "::/1", "8000::/1")


@stack_control(
    id="database-sits-in-the-data-tier",
    title="Databases are in the data tier",
    description=(
        "Databases name a subnet group. The subnet groups of databases and caches contain only subnets tagged tier=data (or "
        "SubnetType=Isolated) without a route to the Internet."
    ),
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation=(
        "Name a subnet group with subnets of the data tier. Their route tables must have no route to an Internet or NAT "
        "gateway and no default route."
    ),
    types={
        **dict.fromkeys(_SUBNET_GROUPS, ("subnetIds",)),
        **{type_: (name,) for type_, name in _SUBNET_GROUP_NAMES.items()},
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
)
def _subnets(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for database in graph.by_type(*_SUBNET_GROUP_NAMES):
        name = _SUBNET_GROUP_NAMES[database.type]
        if is_replica(database):
            yield database, not_applicable("The replica uses the subnets of its source database.")
        elif is_unset(database, name) or peek(database.props, name) == "default":
            yield (
                database,
                f"{name} must name a subnet group other than that of the default VPC, but it is {format_value(peek(database.props, name))}.",
            )
    for group in graph.by_type(*_SUBNET_GROUPS):
        subnets = graph.references(group, "subnetIds", SUBNET)
        if (not subnets and is_unknown(group, "subnetIds")) or graph.is_ambiguous(group, "subnetIds", SUBNET):
            yield group, deferred("subnetIds")
            continue
        if not subnets:
            yield (
                group,
                not_applicable("The subnets are not in this program, so their routes are not known."),
            )
        for subnet in subnets:
            yield from about(group, _open_subnet(graph, subnet))
        ids = [value for value in items(group.props, "subnetIds") if isinstance(value, str)]
        if subnets and len(ids) > len(subnets):
            yield (
                group,
                f"subnetIds must name only subnets of this program, but {len(ids) - len(subnets)} of {len(ids)} are not.",
            )


def _open_subnet(graph: Graph, subnet: JudgedResource) -> Iterator[str]:
    tier, kind = tag(subnet, "tier"), peek(subnet.props, "tags", "SubnetType")
    if UNKNOWN in (tier, kind) and tier != "data" and kind != "Isolated":
        yield deferred("tags", "tier")
    elif tier != "data" and kind != "Isolated":
        yield f"subnetIds must name subnets of the data tier, but {subnet.name} is not tagged tier=data or SubnetType=Isolated."
    for table in _tables(graph, subnet):
        reaches_internet = _reaches_internet(graph, table)
        if reaches_internet is None:
            yield deferred("subnetIds")
        elif reaches_internet:
            yield f"subnetIds must name subnets without a route to the Internet, but {table.name}, the route table of {subnet.name}, has one."


def _tables(graph: Graph, subnet: JudgedResource) -> Iterator[JudgedResource]:
    for association in graph.referrers(subnet.urn, ROUTE_TABLE_ASSOCIATION, "subnetId"):
        yield from graph.references(association, "routeTableId", ROUTE_TABLE)


def _reaches_internet(graph: Graph, table: JudgedResource) -> bool | None:
    """Return whether a route table has a route to an Internet or NAT gateway, or a default route to any target.

    Half of the default range counts as a default route. The result is None if the routes are unknown, or if it is
    unknown whether such a route belongs to this table.
    """
    if any(
        not (is_unset(table, *route, "gatewayId") or _is_private(peek(table.props, *route, "gatewayId")))
        or not all(is_unset(table, *route, name) for name in _GATEWAYS)
        or _is_default(table, route, "cidrBlock", "ipv6CidrBlock")
        for route in element_paths(table, "routes")
    ):
        return True
    internet_routes = [
        route
        for route in graph.referrers(table.urn, ROUTE, "routeTableId")
        if _names_internet_gateway(graph, route)
        or not all(is_unset(route, name) for name in _GATEWAYS)
        or _is_default(route, (), "destinationCidrBlock", "destinationIpv6CidrBlock")
    ]
    if not all(graph.is_ambiguous(route, "routeTableId", ROUTE_TABLE) for route in internet_routes):
        return True
    return None if internet_routes or is_unknown(table, "routes") else False


def _is_private(gateway: object) -> bool:
    """Return whether a gateway is the local router of the VPC or a virtual private gateway."""
    return isinstance(gateway, str) and (gateway == "local" or gateway.startswith("vgw-"))


def _names_internet_gateway(graph: Graph, route: JudgedResource) -> bool:
    gateway = peek(route.props, "gatewayId")
    # A gateway of another program is recognised by its id.
    named = isinstance(gateway, str) and gateway.startswith("igw-")
    return named or bool(graph.references(route, "gatewayId", INTERNET_GATEWAY))


def _is_default(resource: JudgedResource, route: tuple[str | int, ...], *names: str) -> bool:
    return any(peek(resource.props, *route, name) in _DEFAULT_RANGES for name in names)


_GUARDED: Final = {
    **dict.fromkeys(
        (DB_CLUSTER, DB_INSTANCE, DB_PROXY, DOCDB_CLUSTER, DOCDB_ELASTIC_CLUSTER, NEPTUNE_CLUSTER),
        "vpcSecurityGroupIds",
    ),
    **dict.fromkeys((CACHE_GROUP, CACHE_SERVERLESS, MEMORYDB_CLUSTER, DAX_CLUSTER), "securityGroupIds"),
}
# Sources of a rule that are address ranges; a prefix list contains address ranges.
_RANGES: Final = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
_RANGE: Final = ("cidrIpv4", "cidrIpv6", "prefixListId")


@stack_control(
    id="database-lets-in-named-groups",
    title="Databases allow only named security groups",
    description="The security groups of databases and caches allow other security groups, and no address range or prefix list.",
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
def _groups(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for store in graph.by_type(*_GUARDED):
        property_ = _GUARDED[store.type]
        if is_unset(store, property_) and not is_replica(store):
            yield (
                store,
                f"{property_} must name a security group other than the default of the VPC, but it is missing.",
            )
        for group in graph.references(store, property_, SECURITY_GROUP):
            for rule in _ranges(graph, group):
                yield (
                    store,
                    f"{property_} must name groups that allow only groups, but {rule} allows an address range.",
                )


def _ranges(graph: Graph, group: JudgedResource) -> Iterator[str]:
    for rule in element_paths(group, "ingress"):
        if not all(is_unset(group, *rule, name) for name in _RANGES):
            yield group.name
    for rule in graph.referrers(group.urn, INGRESS_RULE, "securityGroupId"):
        if not all(is_unset(rule, name) for name in _RANGE):
            yield rule.name
    for rule in graph.referrers(group.urn, SECURITY_GROUP_RULE, "securityGroupId"):
        inbound = peek(rule.props, "type") != "egress"
        if inbound and not all(is_unset(rule, name) for name in _RANGES):
            yield rule.name


@stack_control(
    id="vpc-has-private-endpoints",
    title="VPCs reach AWS services through VPC endpoints",
    description=(
        "Every VPC with an Internet gateway or a default route has endpoints for the services that receive patient data and keys."
    ),
    citations=IN_TRANSIT,
    severity="medium",
    pack="isolation",
    remediation="Add aws.ec2.VpcEndpoint for the service, or remove the service from the setting services.",
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
            "description": "Last parts of the names of services that need an endpoint.",
        },
        "vpcs": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("*",),
            "description": "Patterns for logical names of VPCs that need endpoints.",
        },
    },
)
def _endpoints(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for vpc in graph.by_type(VPC):
        if not any(fnmatchcase(vpc.name, pattern) for pattern in config["vpcs"]):
            yield vpc, not_applicable("The policy configuration names other VPCs.")
            continue
        if not graph.referrers(vpc.urn, INTERNET_GATEWAY, "vpcId") and not _has_default_route(graph, vpc):
            yield vpc, not_applicable("The VPC has no route to the Internet.")
            continue
        names = [
            peek(endpoint.props, "serviceName")
            for endpoint in graph.referrers(vpc.urn, VPC_ENDPOINT, "vpcId")
        ]
        missing = [
            service
            for service in config["services"]
            if not any(isinstance(name, str) and name.endswith(f".{service}") for name in names)
        ]
        if missing:
            unknown = sum(name is UNKNOWN for name in names)
            also = (
                f", and the serviceName of {unknown} endpoints is not known before deployment"
                if unknown
                else ""
            )
            yield (
                vpc,
                f"The VPC must have endpoints for {', '.join(config['services'])}, but {', '.join(missing)} have none{also}.",
            )


def _has_default_route(graph: Graph, vpc: JudgedResource) -> bool:
    """Return whether a route table of a VPC has a default route, or unknown routes; a VPC without an Internet gateway may."""
    for table in graph.referrers(vpc.urn, ROUTE_TABLE, "vpcId"):
        if is_unknown(table, "routes") or any(
            _is_default(table, route, "cidrBlock", "ipv6CidrBlock")
            for route in element_paths(table, "routes")
        ):
            return True
        for route in graph.referrers(table.urn, ROUTE, "routeTableId"):
            ambiguous = graph.is_ambiguous(route, "routeTableId", ROUTE_TABLE)
            if not ambiguous and _is_default(route, (), "destinationCidrBlock", "destinationIpv6CidrBlock"):
                return True
    return False
