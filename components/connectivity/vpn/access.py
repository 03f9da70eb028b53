"""Network access of the VPN server and its users: tiers, groups of users, and security group rules.

Two independent controls enforce the access. Access Server limits each group of users to the ranges and ports of its tiers.
The security group of the server allows outbound traffic only to those tiers, however Access Server is configured.

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

from components.network.groups import allow_traffic
from components.shared.destination import Destination
from components.shared.ports import ANYWHERE, HTTP, HTTPS, NFS

TUNNEL: Final = 1194
"""UDP port of OpenVPN (https://openvpn.net/vpn-server-resources/advanced-option-settings-on-the-command-line/)."""
ADMIN: Final = 9443
"""TCP port of the admin page. It is above 1023 because the public tier's network ACL already allows these ports for replies."""

ADMINISTRATOR: Final = "openvpn"
"""User name of Access Server's administrator. No group may have it: users and groups share one namespace."""


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A part of the network that groups of VPN users can be given access to."""

    cidrs: Sequence[IPv4Network]
    """Ranges of its subnets."""
    destinations: Mapping[str, Destination]
    """Destinations in the tier, by name. Users reach only the ports of these."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a destination without a security group, because the rules name groups."""
        if without_group := [
            name for name, item in self.destinations.items() if item.security_group_id is None
        ]:
            raise ValueError(f"destinations must have security groups, {without_group[0]} has none")

    @property
    def ports(self) -> list[int]:
        """Return the ports of all destinations, sorted."""
        return sorted({port for item in self.destinations.values() for port in item.ports})


def plan(access: Mapping[str, Sequence[str]], tiers: Mapping[str, Tier]) -> str:
    """Return groups and tiers as the JSON object that `people.py` reads.

    Args:
        access: Names of tiers by group of users.
        tiers: Tiers by name; those that no group may reach are left out.
    """
    return json.dumps(
        {
            "groups": {group: sorted(set(names)) for group, names in access.items()},
            "tiers": {
                name: {"cidrs": list(map(str, tier.cidrs)), "ports": tier.ports}
                for name, tier in tiers.items()
                if name in reachable_tiers(access)
            },
        },
        sort_keys=True,
    )


def reachable_tiers(access: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names of the tiers that at least one group may reach."""
    return {tier for names in access.values() for tier in names}


@dataclass(frozen=True, kw_only=True)
class ServerRules:
    """The security group of the server and all rules that name it."""

    security_group_id: pulumi.Output[str]
    """Id of the group."""
    rules: Sequence[pulumi.Resource]
    """The rules; the server must wait for them."""


def server_rules(
    name: str,
    vpc_id: pulumi.Input[str],
    *,
    admin_cidrs: Sequence[IPv4Network],
    access: Mapping[str, Sequence[str]],
    tiers: Mapping[str, Tier],
    state_group_id: pulumi.Input[str],
    parent: pulumi.Resource,
) -> ServerRules:
    """Create the security group of the server and all rules that name it.

    Creates: a security group; its ingress and egress rules; an ingress rule in the group of the file system and of each
    destination. The tag `edge=public` marks the group as one that the Internet may reach; only the group of the public load
    balancer also has it.

    Args:
        name: Logical name of the server.
        vpc_id: Id of the VPC.
        admin_cidrs: Ranges that may reach the admin page.
        access: Names of tiers by group of users.
        tiers: Tiers by name.
        state_group_id: Id of the security group of the file system.
        parent: The component of the server.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        name,
        description="VPN server",
        vpc_id=vpc_id,
        tags={"Name": name, "edge": "public"},
        opts=child,
    )

    def ingress(role: str, protocol: str, port: int, cidr: str, description: str) -> pulumi.Resource:
        return aws.vpc.SecurityGroupIngressRule(
            f"{name}-{role}",
            security_group_id=group.id,
            description=description,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
            opts=child,
        )

    def egress(role: str, port: int, description: str) -> pulumi.Resource:
        return aws.vpc.SecurityGroupEgressRule(
            f"{name}-{role}",
            security_group_id=group.id,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=ANYWHERE,
            opts=child,
        )

    def connect(role: str, target: pulumi.Input[str], port: int) -> list[pulumi.Resource]:
        """Create the egress rule of the server and the ingress rule of `target`, the id of a security group."""
        return allow_traffic(
            f"{name}-to-{role}-{port}", source=group.id, target=target, port=port, parent=parent
        )

    rules = [
        ingress("clients-udp", "udp", TUNNEL, ANYWHERE, "Tunnels"),
        ingress("clients-tcp", "tcp", HTTPS, ANYWHERE, "Tunnels where UDP is closed, and the users' page"),
        *(
            ingress(f"admin-{str(cidr).replace('/', '-')}", "tcp", ADMIN, str(cidr), "Admin page")
            for cidr in admin_cidrs
        ),
        egress("https", HTTPS, "AWS services and packages"),
        egress("http", HTTP, "Ubuntu's archive, whose packages are signed"),
        *connect("state", state_group_id, NFS),
    ]
    for tier in sorted(reachable_tiers(access)):
        for name_in_tier, destination in tiers[tier].destinations.items():
            if destination.security_group_id is not None:
                for port in destination.ports:
                    rules += connect(f"{tier}-{name_in_tier}", destination.security_group_id, port)
    return ServerRules(security_group_id=group.id, rules=rules)
