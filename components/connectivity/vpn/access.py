"""Who may reach what through the VPN server: groups, tiers, and the rules made from them. No resources but rules.

The same access is stated twice, and each half holds without the other: Access Server admits a group to the ranges and
ports of its tiers, and the server's security group lets nothing else out, whatever Access Server is told.

Maps to 45 CFR 164.308(a)(4)(ii)(B)-(C) (access authorization and establishment) and 164.312(e)(1) (transmission security).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network.groups import join
from components.shared.destination import Destination
from components.shared.ports import ANYWHERE, HTTP, HTTPS, NFS

TUNNEL: Final = 1194
"""OpenVPN's port for UDP (https://openvpn.net/vpn-server-resources/advanced-option-settings-on-the-command-line/)."""
ADMIN: Final = 9443
"""The admin page's own port; above 1023, since the public tier's ACL lets these in for replies anyway."""

ALL_USERS: Final = "openvpn"
"""Access Server's administrator; users and groups share their names."""


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A part of the network that groups may be admitted to."""

    cidrs: Sequence[IPv4Network]
    """Its subnets."""
    destinations: Mapping[str, Destination]
    """What listens there, by name; no other port is reached."""

    def __post_init__(self) -> None:
        """Refuse what no rule of a group can lead to."""
        if bare := [name for name, item in self.destinations.items() if item.security_group_id is None]:
            raise ValueError(f"destinations must have security groups, {bare[0]} has none")

    @property
    def ports(self) -> list[int]:
        """Return every port that something listens on."""
        return sorted({port for item in self.destinations.values() for port in item.ports})


def plan(access: Mapping[str, Sequence[str]], tiers: Mapping[str, Tier]) -> str:
    """Return groups and tiers as `people.py` reads them."""
    return json.dumps(
        {
            "groups": {group: sorted(set(named)) for group, named in access.items()},
            "tiers": {
                name: {"cidrs": list(map(str, tier.cidrs)), "ports": tier.ports}
                for name, tier in tiers.items()
                if name in admitted(access)
            },
        },
        sort_keys=True,
    )


def admitted(access: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the tiers that some group may reach."""
    return {tier for named in access.values() for tier in named}


class Doors:
    """The server's security group, and every rule between it and others.

    It is tagged `edge=public`: with the load balancer's the only one that the Internet may reach.
    """

    security_group_id: pulumi.Output[str]
    rules: Sequence[pulumi.Resource]

    def __init__(
        self,
        name: str,
        vpc_id: pulumi.Input[str],
        *,
        admin_cidrs: Sequence[IPv4Network],
        access: Mapping[str, Sequence[str]],
        tiers: Mapping[str, Tier],
        state_group_id: pulumi.Input[str],
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._child = name, pulumi.ResourceOptions(parent=parent)
        self._group = aws.ec2.SecurityGroup(
            name,
            description="VPN server",
            vpc_id=vpc_id,
            tags={"Name": name, "edge": "public"},
            opts=self._child,
        )
        self.security_group_id = self._group.id
        self.rules = [
            self._in("clients-udp", "udp", TUNNEL, ANYWHERE, "Tunnels"),
            self._in(
                "clients-tcp", "tcp", HTTPS, ANYWHERE, "Tunnels where UDP is closed, and the users' page"
            ),
            *(
                self._in(f"admin-{str(cidr).replace('/', '-')}", "tcp", ADMIN, str(cidr), "Admin page")
                for cidr in admin_cidrs
            ),
            self._out("https", HTTPS, "AWS services and packages"),
            self._out("http", HTTP, "Ubuntu's archive, whose packages are signed"),
            *self._join("state", state_group_id, NFS),
            *(
                rule
                for tier in sorted(admitted(access))
                for to, destination in tiers[tier].destinations.items()
                if destination.security_group_id is not None
                for port in destination.ports
                for rule in self._join(f"{tier}-{to}", destination.security_group_id, port)
            ),
        ]

    def _in(
        self, role: str, protocol: str, port: int, cidr: str, description: str
    ) -> aws.vpc.SecurityGroupIngressRule:
        return aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-{role}",
            security_group_id=self._group.id,
            description=description,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
            opts=self._child,
        )

    def _out(self, role: str, port: int, description: str) -> aws.vpc.SecurityGroupEgressRule:
        return aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-{role}",
            security_group_id=self._group.id,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=ANYWHERE,
            opts=self._child,
        )

    def _join(self, role: str, target: pulumi.Input[str], port: int) -> list[pulumi.Resource]:
        """Both ends of a connection from the server to a named group."""
        name = f"{self._name}-to-{role}-{port}"
        return join(name, source=self._group.id, target=target, port=port, opts=self._child)
