"""The VPC of the partner exchange: subnets, one route table, and no way to the internet in any setting.

It holds the exchange's load balancer and the interfaces of the transit gateway, nothing else. It has no internet gateway and
no NAT, so it is made resource by resource: `awsx.ec2.Vpc` makes an internet gateway for every VPC.

Maps to 45 CFR 164.312(e)(1) (transmission security), 164.312(a)(1) (access control) and 164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network.acls import PRIVATE_RANGES, AclRule, AclRules, network_acl
from components.network.defaults import close_defaults
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.shared import iam
from components.shared.addressing import AddressPlan, zone_slot
from components.shared.logs import LogKeeping

TIERS: Final = ("private",)
"""The tiers of the exchange's address plan."""

_TCP: Final = "6"
_ICMP: Final = "1"
_SHARED: Final = "100.64.0.0/10"  # RFC 6598, which partners may use too


@dataclass(frozen=True, kw_only=True)
class ExchangeVpcArgs:
    """What `ExchangeVpc` needs to know."""

    account: iam.Account
    """The account and region."""
    plan: AddressPlan
    """Ranges of the VPC and of one private subnet in each zone."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges of the application's private tier, by zone."""
    logs: LogKeeping
    """How the log groups are kept; without delivery, as for `FlowLogs`."""
    archive_bucket_arn: pulumi.Input[str]
    """The bucket that keeps flow logs and DNS query logs."""

    def __post_init__(self) -> None:
        """Refuse a plan with other tiers."""
        if self.plan.tiers != TIERS:
            raise ValueError(
                f"plan must have the tier {', '.join(TIERS)} alone, got {', '.join(self.plan.tiers)}"
            )


class ExchangeVpc(pulumi.ComponentResource):
    """A VPC that only the transit gateway leads to.

    Outputs:
        vpc_id: The VPC.
        subnet_ids: Its subnets in zone order.
        route_table_id: The route table of all of them.
        flow_log_group_name: Log group of the flow logs.
    """

    vpc_id: pulumi.Output[str]
    subnets: Mapping[str, pulumi.Output[str]]
    """Its subnets by zone."""
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
        close_defaults(
            name,
            vpc_id=vpc.id,
            network_acl_id=vpc.default_network_acl_id,
            route_table_id=vpc.default_route_table_id,
            opts=child,
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
            acl_table(args.plan.vpc, args.client_cidrs),
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


def acl_table(own: IPv4Network, client_cidrs: Mapping[str, IPv4Network]) -> AclRules:
    """Let the application's private tier in, partners' replies after it, and everything private out; TCP only.

    Partners have private ranges alone, so what they send is told from what they answer by its port: below 1024 nothing of
    theirs comes in. The load balancer's own calls pass the ACL on their way into the attachment too, which is in the same
    subnets (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html). Rule numbers depend on a zone's letter and never on
    its position.
    """
    private = [*map(str, PRIVATE_RANGES), _SHARED]
    balancer = AclRule(190, str(own), _TCP, (0, 65535))
    clients = [
        AclRule(100 + zone_slot(zone), str(cidr), _TCP, (0, 65535)) for zone, cidr in client_cidrs.items()
    ]
    replies = [AclRule(200 + place, cidr, _TCP, (1024, 65535)) for place, cidr in enumerate(private)]
    # "Fragmentation needed": a tunnel's packets are smaller than a VPC's.
    sizes = [AclRule(300 + place, cidr, _ICMP, icmp=(3, 4)) for place, cidr in enumerate(private)]
    out = [AclRule(200 + place, cidr, _TCP, (0, 65535)) for place, cidr in enumerate(private)]
    return AclRules((*clients, balancer, *replies, *sizes), (*out, *sizes))
