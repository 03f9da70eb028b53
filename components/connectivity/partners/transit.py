"""The transit gateway: one route table for each zone of trust, and no route that nobody wrote down.

Nothing is associated or propagated by itself. The application's table knows the exchange, the exchange's table knows the
private tier of the application and the partners, and a partner's table knows the exchange. So the application meets
partners' systems through the exchange's load balancer alone, and no packet of a partner finds the application's VPC.

What an attachment propagates is its VPC's ranges. That of the exchange has one, so it is propagated. The application's
VPC would bring its data tier along, and a partner's whatever they add to it, so the routes to both are static.

Appliance mode stays off: it keeps both directions of a flow in one zone, for appliances that remember flows, and the
exchange has none (https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html). Security groups
are not referenced across the gateway, which AWS allows for inbound rules alone.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from components.connectivity.partners.alarms import TRANSIT_ALARMS
from components.connectivity.partners.transit_logs import TransitLogs, TransitLogsArgs
from components.shared import iam
from components.shared.alarms import metric_alarm
from components.shared.logs import LogKeeping
from components.shared.options import guard


@dataclass(frozen=True, kw_only=True)
class Side:
    """A VPC that the gateway joins to another."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of its private tier, one in each zone; the attachment has an interface in each."""
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """Its route tables that lead to the other side, by a name that stays."""
    cidrs: Mapping[str, IPv4Network]
    """Its ranges that the other side may reach, by a name that stays."""


@dataclass(frozen=True, kw_only=True)
class TransitArgs:
    """What `Transit` needs to know."""

    account: iam.Account
    """The account and region."""
    asn: int
    """Private BGP number of the gateway, 64512 to 65534. A change waits until no VPN is attached."""
    application: Side
    """The application's VPC: its private tier and nothing else."""
    exchange: Side
    """The exchange's VPC; its ranges are propagated, so they must be all that it has."""
    logs: LogKeeping
    """How the log groups are kept; without delivery, as for `FlowLogs`."""
    archive_bucket_arn: pulumi.Input[str]
    """The bucket that keeps the flow logs."""
    protect: bool
    """Whether Pulumi refuses to delete the gateway, which partners know by its id."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of packets that the gateway dropped."""

    def __post_init__(self) -> None:
        """Refuse a BGP number that is not private."""
        if not 64_512 <= self.asn <= 65_534:
            raise ValueError(f"asn must be 64512 to 65534, got {self.asn}")


class Joined(NamedTuple):
    """An attachment that has its table."""

    attachment: aws.ec2transitgateway.VpcAttachment
    association: aws.ec2transitgateway.RouteTableAssociation
    table: aws.ec2transitgateway.RouteTable


class Transit(pulumi.ComponentResource):
    """A transit gateway that joins the application's VPC and the exchange's, and partners to the latter.

    Outputs:
        transit_gateway_id: The gateway.
        transit_gateway_arn: ARN of the gateway, to share.
        flow_log_group_name: Log group of its flow logs.
    """

    transit_gateway_id: pulumi.Output[str]
    transit_gateway_arn: pulumi.Output[str]
    flow_log_group_name: pulumi.Output[str]
    exchange: Joined
    """The exchange's attachment and table, where partners' routes begin."""
    exchange_route_table_ids: Mapping[str, pulumi.Input[str]]
    """The exchange's own route tables."""
    logs: TransitLogs
    """Its logs, with the group for tunnels."""

    def __init__(self, name: str, args: TransitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:Transit", name, None, opts)
        self._name = name
        gateway = aws.ec2transitgateway.TransitGateway(
            name,
            description="Application, exchange and partners, each by its own table",
            amazon_side_asn=args.asn,
            default_route_table_association="disable",
            default_route_table_propagation="disable",
            auto_accept_shared_attachments="disable",
            dns_support="enable",
            multicast_support="disable",
            security_group_referencing_support="disable",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=guard(args.protect)),
        )
        self.logs = TransitLogs(
            f"{name}-logs",
            TransitLogsArgs(
                account=args.account,
                transit_gateway_id=gateway.id,
                logs=args.logs,
                archive_bucket_arn=args.archive_bucket_arn,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        application = self._join("application", args.application, gateway)
        self.exchange = self._join("exchange", args.exchange, gateway)
        aws.ec2transitgateway.RouteTablePropagation(
            f"{name}-application-knows-exchange",
            transit_gateway_attachment_id=self.exchange.attachment.id,
            transit_gateway_route_table_id=application.table.id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for key, cidr in args.application.cidrs.items():
            aws.ec2transitgateway.Route(
                f"{name}-exchange-knows-{key}",
                destination_cidr_block=str(cidr),
                transit_gateway_route_table_id=self.exchange.table.id,
                transit_gateway_attachment_id=application.attachment.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[application.association]),
            )
        for here, there, joined in (
            (args.application, args.exchange, application),
            (args.exchange, args.application, self.exchange),
        ):
            for key, cidr in there.cidrs.items():
                for table, table_id in here.route_table_ids.items():
                    vpc_route(f"{name}-{table}-to-{key}", table_id, cidr, joined, parent=self)
        for alert in TRANSIT_ALARMS:
            metric_alarm(
                name,
                alert,
                dimensions={"TransitGateway": gateway.id},
                topic_arn=args.alarm_topic_arn,
                parent=self,
            )

        self.transit_gateway_id = gateway.id
        self.transit_gateway_arn = gateway.arn
        self.flow_log_group_name = self.logs.flow_log_group_name
        self.exchange_route_table_ids = args.exchange.route_table_ids
        self.register_outputs(
            {
                "transit_gateway_id": self.transit_gateway_id,
                "transit_gateway_arn": self.transit_gateway_arn,
                "flow_log_group_name": self.flow_log_group_name,
            }
        )

    def _join(self, zone: str, side: Side, gateway: aws.ec2transitgateway.TransitGateway) -> Joined:
        """Attach a VPC and give it the table of its zone of trust."""
        name, child = f"{self._name}-{zone}", pulumi.ResourceOptions(parent=self)
        tags = {"Name": name, "Trust": zone}
        attachment = aws.ec2transitgateway.VpcAttachment(
            name,
            transit_gateway_id=gateway.id,
            vpc_id=side.vpc_id,
            subnet_ids=side.subnet_ids,
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            appliance_mode_support="disable",
            dns_support="enable",
            ipv6_support="disable",
            security_group_referencing_support="disable",
            tags=tags,
            opts=child,
        )
        table = aws.ec2transitgateway.RouteTable(name, transit_gateway_id=gateway.id, tags=tags, opts=child)
        association = aws.ec2transitgateway.RouteTableAssociation(
            name,
            transit_gateway_attachment_id=attachment.id,
            transit_gateway_route_table_id=table.id,
            opts=child,
        )
        return Joined(attachment, association, table)


def vpc_route(
    name: str,
    route_table_id: pulumi.Input[str],
    cidr: IPv4Network,
    joined: Joined,
    *,
    parent: pulumi.Resource,
) -> aws.ec2.Route:
    """Lead a VPC's table to the gateway, once the VPC is attached and has its table there.

    The gateway's id comes from the attachment: a route made before it fails
    (https://github.com/hashicorp/terraform-provider-aws/issues/10025).
    """
    return aws.ec2.Route(
        name,
        route_table_id=route_table_id,
        destination_cidr_block=str(cidr),
        transit_gateway_id=joined.attachment.transit_gateway_id,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[joined.attachment, joined.association]),
    )
