"""The default security group, network ACL and route table that AWS adds to every VPC, without their rules and routes."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def remove_default_rules(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    network_acl_id: pulumi.Input[str],
    route_table_id: pulumi.Input[str],
    parent: pulumi.Resource,
) -> None:
    """Adopt the default security group, network ACL and route table of a VPC, and remove their rules and routes.

    Args:
        name: Prefix of the logical name `<name>-default` of the three resources.
        vpc_id: Id of the VPC.
        network_acl_id: Id of the default network ACL of the VPC.
        route_table_id: Id of the default route table of the VPC.
        parent: The component that the resources belong to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    tags = {"Name": f"{name}-default-closed"}
    aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc_id, tags=tags, opts=child)
    aws.ec2.DefaultNetworkAcl(
        f"{name}-default",
        default_network_acl_id=network_acl_id,
        tags=tags,
        # AWS lists a subnet here until the ACL of its tier takes it; that ACL manages the association.
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["subnetIds"]),
    )
    aws.ec2.DefaultRouteTable(
        f"{name}-default", default_route_table_id=route_table_id, routes=[], tags=tags, opts=child
    )
