"""The security group of a service, and the rules for its inbound and outbound connections.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.308(a)(4)(ii)(C) (access establishment).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.network.groups import join
from components.shared.destination import Destination
from components.shared.ports import ANYWHERE, HTTPS


class Wiring:
    """The security group of a service's tasks, and every rule that references it.

    The tasks may connect to AWS services and to the destinations that the service uses. The rule for AWS services allows
    HTTPS to any address, because S3 and the addresses beyond the NAT are not fixed. `admit` allows one client at a time. A
    connection between two security groups always has two rules, which are created together.

    Creates: a security group; an outbound rule for HTTPS; for each port of a destination, either an outbound rule and the
    inbound rule of the destination's security group, or an outbound rule for each of its ranges in another VPC.
    """

    security_group_id: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """The rules that exist so far. The service depends on them: they must outlive it, so that it can finish requests."""

    def __init__(
        self,
        name: str,
        vpc_id: pulumi.Input[str],
        uses: Mapping[str, Destination],
        *,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._child = name, pulumi.ResourceOptions(parent=parent)
        self.ready = []
        group = aws.ec2.SecurityGroup(
            name,
            description="Tasks of one service",
            vpc_id=vpc_id,
            tags={"Name": name},
            opts=self._child,
        )
        self.security_group_id = group.id
        https = aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="AWS services",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=ANYWHERE,
            opts=self._child,
        )
        self.ready.append(https)
        for use, destination in uses.items():
            for port in destination.ports:
                self._allow(f"{name}-to-{use}-{port}", destination, port)

    def admit(self, client: str, security_group_id: pulumi.Input[str], port: int) -> None:
        """Allow connections from another security group to one port of the service.

        Args:
            client: Name of the client, which is part of the rules' logical names.
            security_group_id: Security group of the client.
            port: Port of the service.
        """
        self._join(f"{self._name}-from-{client}-{port}", security_group_id, self.security_group_id, port)

    def _allow(self, name: str, destination: Destination, port: int) -> None:
        """Allow connections to one port of a destination; a destination in another VPC has its own inbound rules."""
        if destination.security_group_id is not None:
            self._join(name, self.security_group_id, destination.security_group_id, port)
        for cidr in destination.cidrs:
            rule = aws.vpc.SecurityGroupEgressRule(
                f"{name}-{cidr}",
                security_group_id=self.security_group_id,
                description="To another VPC",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=str(cidr),
                opts=self._child,
            )
            self.ready.append(rule)

    def _join(self, name: str, source: pulumi.Input[str], target: pulumi.Input[str], port: int) -> None:
        self.ready += join(name, source=source, target=target, port=port, opts=self._child)
