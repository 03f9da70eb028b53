"""The security group of a service, and the rules for its inbound and outbound connections.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.308(a)(4)(ii)(C) (access establishment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.network.groups import allow_traffic
from components.shared.destination import Destination
from components.shared.ports import ANYWHERE, HTTPS


@dataclass(frozen=True, kw_only=True)
class TaskSecurityGroup:
    """The security group of a service's tasks."""

    security_group_id: pulumi.Output[str]
    """Id of the group."""
    rules: Sequence[pulumi.Resource]
    """The rules of its outbound connections. The service depends on them: they must outlive it, so that it can finish
    requests."""


def task_security_group(
    name: str, vpc_id: pulumi.Input[str], uses: Mapping[str, Destination], *, parent: pulumi.Resource
) -> TaskSecurityGroup:
    """Create the security group of a service's tasks, and the rules for its outbound connections.

    The tasks may connect to AWS services and to the destinations that the service uses. The rule for AWS services allows
    HTTPS to any address, because S3 and the addresses beyond the NAT are not fixed. A connection between two security groups
    always has two rules, which are created together.

    Creates: a security group; an outbound rule for HTTPS; for each port of a destination, either an outbound rule and the
    inbound rule of the destination's security group, or an outbound rule for each of its ranges outside the VPC.

    Args:
        name: Logical name of the service.
        vpc_id: The VPC.
        uses: Destinations by a name that is part of the rules' logical names.
        parent: The component that the resources belong to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        name, description="Tasks of one service", vpc_id=vpc_id, tags={"Name": name}, opts=child
    )
    rules: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="AWS services",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=ANYWHERE,
            opts=child,
        )
    ]
    for use, destination in uses.items():
        for port in destination.ports:
            rules += _allow(f"{name}-to-{use}-{port}", group.id, destination, port, parent=parent)
    return TaskSecurityGroup(security_group_id=group.id, rules=rules)


def allow_client_traffic(
    name: str,
    client: str,
    *,
    client_group_id: pulumi.Input[str],
    tasks_group_id: pulumi.Input[str],
    port: int,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Allow connections from another security group to one port of a service; return the rules of both groups.

    Args:
        name: Logical name of the service.
        client: Name of the client, which is part of the rules' logical names.
        client_group_id: Security group of the client.
        tasks_group_id: Security group of the service's tasks.
        port: Port of the service.
        parent: The component that the rules belong to.
    """
    return allow_traffic(
        f"{name}-from-{client}-{port}",
        source=client_group_id,
        target=tasks_group_id,
        port=port,
        parent=parent,
    )


def _allow(
    name: str, group_id: pulumi.Output[str], destination: Destination, port: int, *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Allow connections to one port of a destination; one outside the VPC has inbound rules of its own, if any."""
    rules: list[pulumi.Resource] = []
    if destination.security_group_id is not None:
        rules += allow_traffic(
            name, source=group_id, target=destination.security_group_id, port=port, parent=parent
        )
    for cidr in destination.cidrs:
        rule = aws.vpc.SecurityGroupEgressRule(
            f"{name}-{cidr}",
            security_group_id=group_id,
            description=destination.description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=str(cidr),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        rules.append(rule)
    return rules
