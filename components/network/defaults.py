"""What AWS gives every VPC unasked, taken over and emptied."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def close_defaults(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    network_acl_id: pulumi.Input[str],
    route_table_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Take over a VPC's default security group, ACL and route table, and empty them.

    Args:
        name: They are named `<name>-default`.
        vpc_id: The VPC.
        network_acl_id: Its default ACL.
        route_table_id: Its default route table.
        opts: Options of the three, such as their parent.
    """
    tags = {"Name": f"{name}-default-closed"}
    aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc_id, tags=tags, opts=opts)
    aws.ec2.DefaultNetworkAcl(
        f"{name}-default",
        default_network_acl_id=network_acl_id,
        tags=tags,
        # AWS lists subnets here while they are between two ACLs; they are the tiers' ACLs' business.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["subnetIds"])),
    )
    aws.ec2.DefaultRouteTable(
        f"{name}-default", default_route_table_id=route_table_id, routes=[], tags=tags, opts=opts
    )
