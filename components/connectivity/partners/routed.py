"""Routing of a partner that is attached to the transit gateway: its route table, and the routes to its ranges."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.connectivity.partners.transit import Transit, vpc_route


def route_partner(
    name: str,
    *,
    transit: Transit,
    attachment_id: pulumi.Input[str],
    cidrs: Sequence[IPv4Network],
    application_cidr: IPv4Network,
    after: Sequence[pulumi.Resource] = (),
    parent: pulumi.Resource,
) -> aws.ec2transitgateway.RouteTable:
    """Create the route table of a partner's attachment, and the routes from the exchange to the partner.

    The table has a route to the exchange only; a blackhole route drops traffic to the application's VPC.

    Args:
        name: Prefix of the logical names.
        transit: The transit gateway.
        attachment_id: Id of the partner's attachment.
        cidrs: The partner's ranges.
        application_cidr: Range of the application's VPC, which gets the blackhole route.
        after: Resources that must exist before the attachment can be used.
        parent: The component that owns the resources.

    Returns:
        The route table of the partner.
    """
    child = pulumi.ResourceOptions(parent=parent)
    usable = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    table = aws.ec2transitgateway.RouteTable(
        name,
        transit_gateway_id=transit.transit_gateway_id,
        tags={"Name": name, "Trust": "partner"},
        opts=child,
    )
    association = aws.ec2transitgateway.RouteTableAssociation(
        name,
        transit_gateway_attachment_id=attachment_id,
        transit_gateway_route_table_id=table.id,
        opts=usable,
    )
    aws.ec2transitgateway.RouteTablePropagation(
        f"{name}-knows-exchange",
        transit_gateway_attachment_id=transit.exchange.attachment.id,
        transit_gateway_route_table_id=table.id,
        opts=child,
    )
    blackhole(f"{name}-no-application", table, application_cidr, parent=parent)
    for cidr in cidrs:
        aws.ec2transitgateway.Route(
            f"{name}-{cidr}",
            destination_cidr_block=str(cidr),
            transit_gateway_route_table_id=transit.exchange.table.id,
            transit_gateway_attachment_id=attachment_id,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, association]),
        )
        for key, table_id in transit.exchange_route_table_ids.items():
            vpc_route(f"{name}-{key}-{cidr}", table_id, cidr, transit.exchange, parent=parent)
    return table


def blackhole(
    name: str, table: aws.ec2transitgateway.RouteTable, cidr: IPv4Network, *, parent: pulumi.Resource
) -> None:
    """Drop traffic of a partner to a range. A static route has priority over a propagated route of the same length."""
    aws.ec2transitgateway.Route(
        name,
        destination_cidr_block=str(cidr),
        transit_gateway_route_table_id=table.id,
        blackhole=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
