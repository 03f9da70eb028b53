"""One VPC: public, private and data tiers in every zone, each behind its own network ACL.

The public tier holds load balancers and NAT, the private tier everything that computes, the data tier the
stores. The data tier has no route out of the VPC in any setting. Nothing gets a public address by itself, and
what AWS adds to a VPC unasked (default security group, ACL and route table) is emptied, so a resource that
names none reaches nothing.

The subnets come from `awsx.ec2.Vpc`, told every range by the address plan. awsx names them by position, so
zones are append-only: the plan would keep the ranges of reordered zones, awsx would not keep the resources.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components.network.acls import network_acl
from components.network.args import Nat, NetworkArgs
from components.network.defaults import close_defaults
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.nat_instance import NatInstance, NatInstanceArgs
from components.shared.addressing import AddressPlan

_STRATEGIES: Final = {
    Nat.GATEWAY_PER_ZONE: awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
    Nat.SINGLE_GATEWAY: awsx.ec2.NatGatewayStrategy.SINGLE,
    Nat.INSTANCE: awsx.ec2.NatGatewayStrategy.NONE,
    Nat.NONE: awsx.ec2.NatGatewayStrategy.NONE,
}

# awsx's type of each tier, in the order in which awsx creates a zone's subnets and lists their route tables.
_SUBNET_TYPES: Final = {
    "public": awsx.ec2.SubnetType.PUBLIC,
    "private": awsx.ec2.SubnetType.PRIVATE,
    "data": awsx.ec2.SubnetType.ISOLATED,
}

# Together everywhere. Gateways have the route 0.0.0.0/0, and a table takes no route twice: by other ranges both ways are
# there while one takes over from the other, and the longer prefix wins
# (https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html).
_HALVES: Final = {"lower": "0.0.0.0/1", "upper": "128.0.0.0/1"}

_Identified = aws.ec2.Subnet | aws.ec2.RouteTable


class Network(pulumi.ComponentResource):
    """A VPC with its subnets, ACLs, NAT, endpoints and logs.

    Outputs:
        vpc_id: The VPC.
        public_subnet_ids: Public subnets in zone order; empty without the tier.
        private_subnet_ids: Private subnets in zone order.
        data_subnet_ids: Data subnets in zone order; empty without the tier.
        flow_log_group_name: Log group of the flow logs.
        dns_log_group_name: Log group of the DNS queries.

    The lists are plain lists of outputs, so their length never waits for a deployment.
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: Sequence[pulumi.Output[str]]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    data_subnet_ids: Sequence[pulumi.Output[str]]
    flow_log_group_name: pulumi.Output[str]
    dns_log_group_name: pulumi.Output[str]
    route_table_ids: Mapping[str, Sequence[pulumi.Output[str]]]
    """Route tables by tier in zone order, for others' routes. The data tier's must not lead outside."""
    endpoint_ids: Mapping[str, pulumi.Output[str]]
    """Interface endpoints by service, e.g. `ecr.dkr`."""

    @property
    def image_endpoint_ids(self) -> tuple[pulumi.Output[str], ...]:
        """Endpoints that images are pulled through: both that a pull needs, or none."""
        services = ("ecr.api", "ecr.dkr")
        both = all(service in self.endpoint_ids for service in services)
        return tuple(self.endpoint_ids[service] for service in services) if both else ()

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
                    type=_SUBNET_TYPES[tier], name=tier, cidr_blocks=plan.cidrs(tier), tags={"Tier": tier}
                )
                for tier in tiers
            ],
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=_STRATEGIES[args.nat]),
            opts=pulumi.ResourceOptions(parent=self, transforms=[_harden]),
        )

        def ids(kind: pulumi.Output[Sequence[_Identified]], tier: str) -> Sequence[pulumi.Output[str]]:
            if tier not in tiers:
                return []
            # awsx lists both kinds zone by zone and in each zone tier by tier.
            return [_nth_id(kind, index) for index in range(tiers.index(tier), len(plan.subnets), len(tiers))]

        self.vpc_id = vpc.vpc_id
        self.public_subnet_ids = ids(vpc.subnets, "public")
        self.private_subnet_ids = ids(vpc.subnets, "private")
        self.data_subnet_ids = ids(vpc.subnets, "data")
        self.route_table_ids = {tier: ids(vpc.route_tables, tier) for tier in tiers}

        close_defaults(
            name,
            vpc_id=vpc.vpc_id,
            network_acl_id=vpc.vpc.apply(lambda item: item.default_network_acl_id),
            route_table_id=vpc.vpc.apply(lambda item: item.default_route_table_id),
            opts=child,
        )
        acls = {
            tier: network_acl(
                f"{name}-{tier}",
                table,
                tier=tier,
                vpc_id=self.vpc_id,
                subnet_ids=ids(vpc.subnets, tier),
                parent=self,
            )
            for tier, table in args.acls().items()
        }
        if args.nat == Nat.INSTANCE:
            self._nat_instances(name, args, vpc, acls["public"])
        endpoints = Endpoints(
            f"{name}-endpoints",
            EndpointsArgs(
                account=args.account,
                vpc_id=self.vpc_id,
                services=args.interface_endpoints,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=self.route_table_ids["private"],
                # Their names resolve to them in the whole VPC, so the public tier needs them too.
                client_cidrs=_cidrs(plan, "private") | _cidrs(plan, "public"),
            ),
            opts=child,
        )
        self.endpoint_ids = endpoints.interface_ids
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
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "data_subnet_ids": self.data_subnet_ids,
                "flow_log_group_name": self.flow_log_group_name,
                "dns_log_group_name": self.dns_log_group_name,
            }
        )

    def _nat_instances(
        self, name: str, args: NetworkArgs, vpc: awsx.ec2.Vpc, public_acl: aws.ec2.NetworkAcl
    ) -> None:
        zones = args.plan.zones
        hosts = {
            zone: NatInstance(
                f"{name}-nat-{zone}",
                NatInstanceArgs(
                    account=args.account,
                    host=args.nat_instance,
                    zone=zone,
                    vpc_id=self.vpc_id,
                    subnet_id=self.public_subnet_ids[zones.index(zone)],
                    internet_gateway=vpc.internet_gateway,
                    client_cidrs=_cidrs(args.plan, "private"),
                    compute_key_arn=args.compute_key_arn,
                    launch_after=[public_acl],
                    protect=args.protect,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for zone in args.nat_instance.zones or zones[:1]
        }
        first = next(iter(hosts.values()))
        for zone, table in zip(zones, self.route_table_ids["private"], strict=True):
            host = hosts.get(zone, first)
            for half, cidr in _HALVES.items():
                # Named by whom it serves: another host for the same table is an update of the route.
                aws.ec2.Route(
                    f"{name}-nat-for-{zone}-{half}",
                    route_table_id=table,
                    destination_cidr_block=cidr,
                    network_interface_id=host.interface_id,
                    # Not before there is a host, or what works so far would stop.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[host]),
                )


def _harden(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Keep awsx's subnets from giving out public addresses; tag its route tables with their tier."""
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


def _cidrs(plan: AddressPlan, tier: str) -> dict[str, str]:
    """Return a tier's ranges by a name that stays when zones come and go."""
    return {f"{tier}-{subnet.zone}": str(subnet.cidr) for subnet in plan.subnets if subnet.tier == tier}


def _nth_id(resources: pulumi.Output[Sequence[_Identified]], index: int) -> pulumi.Output[str]:
    # Through the resource and not through awsx's list of ids: that list is unknown as soon as one new id is.
    return resources.apply(lambda items: items[index].id)
