"""`ExchangeVpc`: the VPC of the partner exchange. No setting gives it a route to the Internet.

It contains only the load balancer of the exchange and the network interfaces of the transit gateway attachment. It has no
Internet gateway and no NAT. `awsx.ec2.Vpc` creates an Internet gateway for every VPC, so this module does not use it.

Maps to 45 CFR 164.312(e)(1) (transmission security), 164.312(a)(1) (access control) and 164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network.acls import AclRule, AclRules, network_acl
from components.network.defaults import remove_default_rules
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.shared import iam
from components.shared.addressing import AddressPlan, zone_slot
from components.shared.logs import LogOptions
from facts.network import PRIVATE_RANGES, SHARED_RANGE

TIERS: Final = ("private",)
"""Tiers of the address plan of the exchange."""

_TCP: Final = "6"
_ICMP: Final = "1"


@dataclass(frozen=True, kw_only=True)
class ExchangeVpcArgs:
    """Arguments of `ExchangeVpc`."""

    account: iam.Account
    """AWS account and region."""
    plan: AddressPlan
    """Range of the VPC and of one private subnet per zone."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges of the application's private tier, by zone."""
    logs: LogOptions
    """Settings of the log groups; without `delivery`, because AWS itself writes the flow logs to the archive."""
    archive_bucket_arn: pulumi.Input[str]
    """ARN of the archive bucket, which receives flow logs and DNS query logs."""

    def __post_init__(self) -> None:
        """Raise `ValueError` if the plan has other tiers."""
        if self.plan.tiers != TIERS:
            raise ValueError(
                f"plan must have only the tier {', '.join(TIERS)}, got {', '.join(self.plan.tiers)}"
            )


class ExchangeVpc(pulumi.ComponentResource):
    """A VPC that is connected only to the transit gateway.

    Creates: a VPC; its default security group, network ACL and route table, without rules and routes; a route table; a
    subnet per zone with its route table association; a network ACL; the component `FlowLogs`.

    Outputs:
        vpc_id: Id of the VPC.
        subnet_ids: Ids of the subnets in the order of the zones.
        route_table_id: Id of the route table of all subnets.
        flow_log_group_name: Name of the log group of the flow logs.
    """

    vpc_id: pulumi.Output[str]
    subnets: Mapping[str, pulumi.Output[str]]
    """Subnet ids by zone."""
    route_table_id: pulumi.Output[str]
    flow_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: ExchangeVpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:ExchangeVpc", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(args.plan.vpc),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=child,
        )
        remove_default_rules(
            name,
            vpc_id=vpc.id,
            network_acl_id=vpc.default_network_acl_id,
            route_table_id=vpc.default_route_table_id,
            parent=self,
        )
        labels = {"Name": name, "Tier": "private", "SubnetType": "Isolated"}
        table = aws.ec2.RouteTable(name, vpc_id=vpc.id, tags=labels, opts=child)
        subnets: dict[str, pulumi.Output[str]] = {}
        for planned in args.plan.subnets:
            subnet = aws.ec2.Subnet(
                f"{name}-{planned.zone}",
                vpc_id=vpc.id,
                availability_zone=planned.zone,
                cidr_block=str(planned.cidr),
                map_public_ip_on_launch=False,
                tags={**labels, "Name": f"{name}-{planned.zone}"},
                opts=child,
            )
            aws.ec2.RouteTableAssociation(
                f"{name}-{planned.zone}", subnet_id=subnet.id, route_table_id=table.id, opts=child
            )
            subnets[planned.zone] = subnet.id
        network_acl(
            name,
            acl_rules(args.plan.vpc, args.client_cidrs),
            tier="private",
            vpc_id=vpc.id,
            subnet_ids=list(subnets.values()),
            parent=self,
        )
        logs = FlowLogs(
            f"{name}-logs",
            FlowLogsArgs(
                account=args.account,
                vpc_id=vpc.id,
                logs=args.logs,
                archive_bucket_arn=args.archive_bucket_arn,
            ),
            opts=child,
        )
        self.vpc_id = vpc.id
        self.subnets = subnets
        self.route_table_id = table.id
        self.flow_log_group_name = logs.flow_log_group_name
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": list(self.subnets.values()),
                "route_table_id": self.route_table_id,
                "flow_log_group_name": self.flow_log_group_name,
            }
        )


def acl_rules(vpc_cidr: IPv4Network, client_cidrs: Mapping[str, IPv4Network]) -> AclRules:
    """Return the network ACL rules of the exchange's subnets.

    Inbound TCP is allowed from the application's private tier, from the VPC, and as replies from private ranges; outbound
    TCP is allowed to private ranges. Partners use only private ranges, so only the port distinguishes their requests from
    their replies: inbound ports below 1024 are closed to them. Connections of the load balancer also pass the inbound rules,
    because the attachment is in the same subnets (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html). Rule numbers
    depend on the letter of a zone, not on its position, so they do not change when zones are added.

    Args:
        vpc_cidr: Range of the exchange's VPC.
        client_cidrs: Ranges of the application's private tier, by zone.
    """
    private = list(map(str, (*PRIVATE_RANGES, SHARED_RANGE)))
    balancer = AclRule(190, str(vpc_cidr), _TCP, (0, 65535))
    clients = [
        AclRule(100 + zone_slot(zone), str(cidr), _TCP, (0, 65535)) for zone, cidr in client_cidrs.items()
    ]
    replies = [AclRule(200 + index, cidr, _TCP, (1024, 65535)) for index, cidr in enumerate(private)]
    # "Fragmentation needed": the MTU of a tunnel is smaller than that of a VPC.
    sizes = [AclRule(300 + index, cidr, _ICMP, icmp=(3, 4)) for index, cidr in enumerate(private)]
    out = [AclRule(200 + index, cidr, _TCP, (0, 65535)) for index, cidr in enumerate(private)]
    return AclRules((*clients, balancer, *replies, *sizes), (*out, *sizes))
