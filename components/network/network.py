"""`Network`: a VPC with a public, a private and a data tier in every zone. Each tier has its own network ACL.

The public tier contains load balancers and NAT. The private tier contains services and other hosts. The data tier contains
databases and caches, and never has a route out of the VPC. No subnet assigns public addresses. The default security group,
ACL and route table of the VPC have no rules and no routes, so a resource that uses them by default can reach nothing.

`awsx.ec2.Vpc` creates the subnets with the ranges of the address plan. It names subnets by position, so zones may only be
appended: if zones are reordered, the plan keeps their ranges, but awsx replaces the subnets.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Final, cast

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components.network.acls import network_acl
from components.network.args import NatStrategy, NetworkArgs
from components.network.defaults import remove_default_rules
from components.network.dns_firewall import DnsFirewall, DnsFirewallArgs
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.nat_instance import NatInstance, NatInstanceArgs
from components.shared.addressing import AddressPlan

_STRATEGIES: Final = {
    NatStrategy.GATEWAY_PER_ZONE: awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
    NatStrategy.SINGLE_GATEWAY: awsx.ec2.NatGatewayStrategy.SINGLE,
    NatStrategy.INSTANCE: awsx.ec2.NatGatewayStrategy.NONE,
    NatStrategy.NONE: awsx.ec2.NatGatewayStrategy.NONE,
}

# The subnet type of each tier in awsx, in the order in which awsx lists the subnets and route tables of a zone.
_SUBNET_TYPES: Final = {
    "public": awsx.ec2.SubnetType.PUBLIC,
    "private": awsx.ec2.SubnetType.PRIVATE,
    "data": awsx.ec2.SubnetType.ISOLATED,
}

# Destinations of the routes to NAT instances; together they cover all addresses. Routes to NAT gateways use 0.0.0.0/0, and a
# route table refuses two routes with the same destination. Because the destinations differ, a change between the two kinds
# of NAT can create the new routes before it deletes the old ones. The route with the longer prefix has priority
# (https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html).
_HALVES: Final = {"lower": "0.0.0.0/1", "upper": "128.0.0.0/1"}

_SubnetOrRouteTable = aws.ec2.Subnet | aws.ec2.RouteTable


class Network(pulumi.ComponentResource):
    """A VPC with subnets, network ACLs, NAT, VPC endpoints, logs and an optional DNS firewall.

    Creates: an `awsx.ec2.Vpc` (VPC, Internet gateway, subnets, route tables, NAT gateways); the default security group,
    network ACL and route table of the VPC, without rules and routes; a network ACL per tier; if `nat` is `instance`, the
    `NatInstance` components and the routes to them; the components `Endpoints` and `FlowLogs`; with `resolvable_names` also
    the component `DnsFirewall`.

    Subnets and route tables are plain mappings of outputs, so their number is known before a deployment.

    Outputs:
        vpc_id: Id of the VPC.
        public_subnet_ids, private_subnet_ids, data_subnet_ids: Subnet ids of each tier in the order of the zones; an empty
            list if the plan lacks the tier.
        flow_log_group_name: Name of the log group of the flow logs.
        dns_log_group_name: Name of the log group of the DNS queries.
    """

    vpc_id: pulumi.Output[str]
    subnets: Mapping[str, Mapping[str, pulumi.Output[str]]]
    """Subnet ids by tier and zone, e.g. `subnets["private"]["us-east-1a"]`; an empty mapping if the plan lacks the tier."""
    route_tables: Mapping[str, Mapping[str, pulumi.Output[str]]]
    """Route table ids by tier and zone, for further routes. Routes of the data tier must not leave the VPC."""
    flow_log_group_name: pulumi.Output[str]
    dns_log_group_name: pulumi.Output[str]
    endpoint_ids: Mapping[str, pulumi.Output[str]]
    """Ids of the interface endpoints by service, e.g. `ecr.dkr`."""

    def subnet_ids(self, tier: str) -> list[pulumi.Output[str]]:
        """Return the subnet ids of a tier in the order of the zones; an empty list if the plan lacks the tier."""
        return list(self.subnets[tier].values())

    @property
    def image_endpoint_ids(self) -> tuple[pulumi.Output[str], ...]:
        """Ids of the two endpoints that an image pull from ECR uses; empty unless both exist."""
        services = ("ecr.api", "ecr.dkr")
        both_exist = all(service in self.endpoint_ids for service in services)
        return tuple(self.endpoint_ids[service] for service in services) if both_exist else ()

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        plan = args.plan
        tiers = [tier for tier in _SUBNET_TYPES if tier in plan.tiers]

        vpc = awsx.ec2.Vpc(
            name,
            cidr_block=str(plan.vpc),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            availability_zone_names=list(plan.zones),
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(
                    type=_SUBNET_TYPES[tier],
                    name=tier,
                    cidr_blocks=list(map(str, plan.ranges(tier).values())),
                    tags={"Tier": tier},
                )
                for tier in tiers
            ],
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=_STRATEGIES[args.nat]),
            opts=pulumi.ResourceOptions(parent=self, transforms=[_harden]),
        )

        def by_zone(
            resources: pulumi.Output[Sequence[_SubnetOrRouteTable]],
        ) -> dict[str, dict[str, pulumi.Output[str]]]:
            # awsx lists subnets and route tables by zone, and within a zone by tier. Only this function relies on the order.
            return {
                tier: {
                    zone: _nth_id(resources, len(tiers) * zone_index + tiers.index(tier))
                    for zone_index, zone in enumerate(plan.zones)
                    if tier in tiers
                }
                for tier in _SUBNET_TYPES
            }

        self.vpc_id = vpc.vpc_id
        self.subnets = by_zone(vpc.subnets)
        self.route_tables = by_zone(vpc.route_tables)

        remove_default_rules(
            name,
            vpc_id=vpc.vpc_id,
            network_acl_id=vpc.vpc.apply(lambda resource: resource.default_network_acl_id),
            route_table_id=vpc.vpc.apply(lambda resource: resource.default_route_table_id),
            parent=self,
        )
        acls = {
            tier: network_acl(
                f"{name}-{tier}",
                table,
                tier=tier,
                vpc_id=self.vpc_id,
                subnet_ids=self.subnet_ids(tier),
                parent=self,
            )
            for tier, table in args.acls().items()
        }
        if args.nat == NatStrategy.INSTANCE:
            self._nat_instances(name, args, vpc, acls["public"])
        endpoints = Endpoints(
            f"{name}-endpoints",
            EndpointsArgs(
                account=args.account,
                vpc_id=self.vpc_id,
                services=args.interface_endpoints,
                subnet_ids=self.subnet_ids("private"),
                route_table_ids=list(self.route_tables["private"].values()),
                # Private DNS directs the whole VPC to the endpoints, so the public tier needs access as well.
                client_cidrs=_cidrs(plan, "private") | _cidrs(plan, "public"),
            ),
            opts=child,
        )
        self.endpoint_ids = endpoints.interface_ids
        if args.resolvable_names is not None:
            DnsFirewall(
                f"{name}-dns",
                DnsFirewallArgs(account=args.account, vpc_id=self.vpc_id, names=args.resolvable_names),
                opts=child,
            )
        logs = FlowLogs(
            f"{name}-logs",
            FlowLogsArgs(
                account=args.account,
                vpc_id=self.vpc_id,
                logs=args.logs,
                archive_bucket_arn=args.archive_bucket_arn,
            ),
            opts=child,
        )
        self.flow_log_group_name = logs.flow_log_group_name
        self.dns_log_group_name = logs.dns_log_group_name
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                **{f"{tier}_subnet_ids": self.subnet_ids(tier) for tier in self.subnets},
                "flow_log_group_name": self.flow_log_group_name,
                "dns_log_group_name": self.dns_log_group_name,
            }
        )

    def _nat_instances(
        self, name: str, args: NetworkArgs, vpc: awsx.ec2.Vpc, public_acl: aws.ec2.NetworkAcl
    ) -> None:
        hosts = {
            zone: NatInstance(
                f"{name}-nat-{zone}",
                NatInstanceArgs(
                    account=args.account,
                    host=args.nat_instance,
                    zone=zone,
                    vpc_id=self.vpc_id,
                    subnet_id=self.subnets["public"][zone],
                    internet_gateway=vpc.internet_gateway,
                    client_cidrs=_cidrs(args.plan, "private"),
                    compute_key_arn=args.compute_key_arn,
                    launch_after=[public_acl],
                    protect=args.protect,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for zone in args.nat_instance.zones or args.plan.zones[:1]
        }
        first = next(iter(hosts.values()))
        for zone, table in self.route_tables["private"].items():
            host = hosts.get(zone, first)
            for half, cidr in _HALVES.items():
                # The name contains the zone of the route table, so that a change of the host updates the route.
                aws.ec2.Route(
                    f"{name}-nat-for-{zone}-{half}",
                    route_table_id=table,
                    destination_cidr_block=cidr,
                    network_interface_id=host.interface_id,
                    # The route waits for the host, because traffic without a running host would be lost.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[host]),
                )


def _harden(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Turn off public addresses in the subnets of awsx, and tag its route tables with their tier."""
    props = dict(args.props)
    if args.type_ == "aws:ec2/subnet:Subnet":
        props["mapPublicIpOnLaunch"] = False
    elif args.type_ == "aws:ec2/routeTable:RouteTable":
        tags = cast(Mapping[str, str], props["tags"])
        tiers = {kind.value: tier for tier, kind in _SUBNET_TYPES.items()}
        props["tags"] = {**tags, "Tier": tiers[tags["SubnetType"]]}
    else:
        return None
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)


def _cidrs(plan: AddressPlan, tier: str) -> dict[str, IPv4Network]:
    """Return the ranges of a tier by `<tier>-<zone>`, a name that stays the same when zones are added or removed."""
    return {f"{tier}-{zone}": cidr for zone, cidr in plan.ranges(tier).items()}


def _nth_id(resources: pulumi.Output[Sequence[_SubnetOrRouteTable]], index: int) -> pulumi.Output[str]:
    # The list of ids that awsx returns is not used: it is unknown in a preview if any one of its ids is unknown.
    return resources.apply(lambda items: items[index].id)
