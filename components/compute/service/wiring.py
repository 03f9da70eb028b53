"""Who may talk to a service and whom it may talk to: a security group and rules between named groups.

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
    """The security group of a service, and every rule that names it.

    It may call AWS's services (443 to anywhere, since S3 and the NAT's far side have no fixed address) and what it uses;
    whoever may call it is admitted one by one. A connection between two groups is always two rules, made in one place.
    """

    security_group_id: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """The rules so far: a service that outlived them could not end what it has begun."""

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
        everywhere = aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="AWS services",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=ANYWHERE,
            opts=self._child,
        )
        self.ready.append(everywhere)
        for use, destination in uses.items():
            for port in destination.ports:
                self._open(f"{name}-to-{use}-{port}", destination, port)

    def admit(self, client: str, security_group_id: pulumi.Input[str], port: int) -> None:
        """Let another group open connections to one port of the service.

        Args:
            client: Name of the client, part of the rules' names.
            security_group_id: Group of the client.
            port: Port of the service.
        """
        self._join(f"{self._name}-from-{client}-{port}", security_group_id, self.security_group_id, port)

    def _open(self, name: str, destination: Destination, port: int) -> None:
        """Let the service connect to one port of what it uses; what lies in another VPC has its own rules to admit it."""
        if destination.security_group_id is not None:
            self._join(name, self.security_group_id, destination.security_group_id, port)
        for cidr in destination.cidrs:
            out = aws.vpc.SecurityGroupEgressRule(
                f"{name}-{cidr}",
                security_group_id=self.security_group_id,
                description="To another VPC",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=str(cidr),
                opts=self._child,
            )
            self.ready.append(out)

    def _join(self, name: str, source: pulumi.Input[str], target: pulumi.Input[str], port: int) -> None:
        self.ready += join(name, source=source, target=target, port=port, opts=self._child)
