"""`Transit`: a transit gateway with one route table per zone of trust. All associations and routes are explicit.

Automatic association and propagation are off. The application's table has a route to the exchange. The exchange's table has
routes to the application's private tier and to the partners. A partner's table has a route to the exchange. So the
application reaches systems of partners only through the exchange's load balancer, and packets of partners never reach the
application's VPC.

An attachment propagates all ranges of its VPC. The exchange's VPC has only one range, so that one is propagated. The
application's VPC would also propagate its data tier, and a partner's VPC any range that the partner adds, so the routes to
both are static.

Appliance mode is off: it keeps both directions of a flow in one zone for stateful appliances, and the exchange has none
(https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html). Security group references across the
gateway are off, because AWS supports them only in inbound rules.

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
from components.shared.logs import LogOptions
from components.shared.options import protection_option


@dataclass(frozen=True, kw_only=True)
class TransitVpc:
    """A VPC of this stack that attaches to the transit gateway."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Ids of its private subnets, one per zone; the attachment has a network interface in each."""
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """Ids of its route tables that get a route to the other VPC. The keys are part of logical names."""
    cidrs: Mapping[str, IPv4Network]
    """Ranges that the other VPC may reach. The keys are part of logical names."""


@dataclass(frozen=True, kw_only=True)
class TransitArgs:
    """Arguments of `Transit`."""

    account: iam.Account
    """AWS account and region."""
    asn: int
    """Private BGP ASN of the gateway, 64512 to 65534. It can only be changed while no VPN is attached."""
    application: TransitVpc
    """The private tier of the application's VPC."""
    exchange: TransitVpc
    """The exchange's VPC. AWS propagates all its ranges, so `cidrs` must list all of them."""
    logs: LogOptions
    """Settings of the log groups; without `delivery`, because AWS itself writes the flow logs to the archive."""
    archive_bucket_arn: pulumi.Input[str]
    """ARN of the archive bucket, which receives the flow logs."""
    protect: bool
    """Whether Pulumi protects the gateway from deletion; partners configure its id."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for an ASN that is not private."""
        if not 64_512 <= self.asn <= 65_534:
            raise ValueError(f"asn must be 64512 to 65534, got {self.asn}")


class TransitAttachment(NamedTuple):
    """A VPC attachment with its route table in the transit gateway."""

    attachment: aws.ec2transitgateway.VpcAttachment
    association: aws.ec2transitgateway.RouteTableAssociation
    table: aws.ec2transitgateway.RouteTable


class Transit(pulumi.ComponentResource):
    """A transit gateway that connects the exchange's VPC with the application's VPC and with partners.

    Creates: a transit gateway; per VPC an attachment, a transit gateway route table and their association; the propagation
    and static routes between the two VPCs; the routes in the VPCs' route tables; the component `TransitLogs`; alarms on
    dropped packets.

    Outputs:
        transit_gateway_id: Id of the gateway.
        transit_gateway_arn: ARN of the gateway.
        flow_log_group_name: Name of the log group of its flow logs.
    """

    transit_gateway_id: pulumi.Output[str]
    transit_gateway_arn: pulumi.Output[str]
    flow_log_group_name: pulumi.Output[str]
    exchange: TransitAttachment
    """Attachment and route table of the exchange, for the routes to partners."""
    exchange_route_table_ids: Mapping[str, pulumi.Input[str]]
    """Ids of the route tables of the exchange's VPC."""
    logs: TransitLogs
    """Flow logs of the gateway, and the log group for VPN tunnels."""

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
            opts=pulumi.ResourceOptions(parent=self, protect=protection_option(args.protect)),
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
        application = self._attach("application", args.application, gateway)
        self.exchange = self._attach("exchange", args.exchange, gateway)
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
        for source, target, attachment in (
            (args.application, args.exchange, application),
            (args.exchange, args.application, self.exchange),
        ):
            for key, cidr in target.cidrs.items():
                for table, table_id in source.route_table_ids.items():
                    vpc_route(f"{name}-{table}-to-{key}", table_id, cidr, attachment, parent=self)
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

    def _attach(
        self, zone: str, vpc: TransitVpc, gateway: aws.ec2transitgateway.TransitGateway
    ) -> TransitAttachment:
        """Attach a VPC and associate the attachment with a new route table. `zone` is the zone of trust."""
        name, child = f"{self._name}-{zone}", pulumi.ResourceOptions(parent=self)
        tags = {"Name": name, "Trust": zone}
        attachment = aws.ec2transitgateway.VpcAttachment(
            name,
            transit_gateway_id=gateway.id,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.subnet_ids,
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
        return TransitAttachment(attachment, association, table)


def vpc_route(
    name: str,
    route_table_id: pulumi.Input[str],
    cidr: IPv4Network,
    attachment: TransitAttachment,
    *,
    parent: pulumi.Resource,
) -> aws.ec2.Route:
    """Create a route from a VPC's route table to the gateway.

    The route depends on the attachment and its association. AWS refuses a route that is created before the attachment
    (https://github.com/hashicorp/terraform-provider-aws/issues/10025).
    """
    return aws.ec2.Route(
        name,
        route_table_id=route_table_id,
        destination_cidr_block=str(cidr),
        transit_gateway_id=attachment.attachment.transit_gateway_id,
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=[attachment.attachment, attachment.association]
        ),
    )
