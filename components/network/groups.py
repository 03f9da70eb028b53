"""Connections between security groups: a rule at either end, and no range in either."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def join(
    name: str,
    *,
    source: pulumi.Input[str],
    target: pulumi.Input[str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Let one security group open connections to a TCP port of another.

    Args:
        name: Logical name of both rules.
        source: Group of the client.
        target: Group of the server.
        port: Port of the server.
        opts: Options of both rules, such as their parent.
    """
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
