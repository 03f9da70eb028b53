"""Rules between two security groups: an egress rule and an ingress rule that refer to groups and not to address ranges."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def allow_traffic(
    name: str,
    *,
    source: pulumi.Input[str],
    target: pulumi.Input[str],
    port: int,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Create the two rules that let members of one security group connect to a TCP port of another group.

    Args:
        name: Logical name of both rules.
        source: Id of the security group of the client.
        target: Id of the security group of the server.
        port: TCP port of the server.
        parent: The component that the rules belong to.

    Returns:
        The egress rule of the client and the ingress rule of the server.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    return [
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=source,
            description="To a named group",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=target,
            opts=opts,
        ),
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=target,
            description="From a named group",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=source,
            opts=opts,
        ),
    ]
