"""The sample network with a VPN server, without partners."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from blueprint.intent import AllowedTraffic, EntryPoint, ServiceIntent, VpnIntent
from blueprint.reach.network import RecordedNetwork
from stack.intent import vpn_rules
from tests.blueprint.reach.sample import (
    ANYWHERE,
    CIDRS,
    EVERYBODY,
    INTENT,
    Built,
    Mistake,
    allow,
    connect,
    entry,
    sample_network,
)

ACCESS: Final = {"engineers": ["app", "data"], "support": ["app"]}
TIERS: Final = {"app": "private", "data": "data"}
"""Tier of the network, by its name in the access of a group."""
CLIENTS: Final = (CIDRS["private"], CIDRS["public"])
"""The ranges from which services and the VPN server connect to the data tier."""
DATA_ACL: Final = {
    "ingress": [entry(100 + number, cidr, (5432, 5432)) for number, cidr in enumerate(CLIENTS)],
    "egress": [entry(100 + number, cidr, (1024, 65535)) for number, cidr in enumerate(CLIENTS)],
}
INTENT_WITH_VPN: Final = replace(
    INTENT,
    entry_points={
        **INTENT.entry_points,
        "vpn": EntryPoint(
            title="the VPN server",
            allowed=(
                AllowedTraffic(ranges=EVERYBODY, tcp=(1194,)),
                AllowedTraffic(ranges=(IPv4Network("198.51.100.0/24"),), tcp=(9443,), setting="admin_cidrs"),
            ),
        ),
    },
    services={"api": ServiceIntent(stores=frozenset({"aurora"})), "web": ServiceIntent()},
    partners={},
    vpn=VpnIntent(
        server="vpn",
        client_ranges=(IPv4Network("10.99.0.0/20"),),
        groups={group: frozenset(TIERS[name] for name in names) for group, names in ACCESS.items()},
        rules=vpn_rules,
    ),
)


class VpnServer(pulumi.ComponentResource):
    """A server in the public subnet, whose user data contains the plan of access."""

    def __init__(self, built: Built, plan: str) -> None:
        super().__init__("hipaa:connectivity:VpnServer", "vpn")
        child = pulumi.ResourceOptions(parent=self)
        built.groups["vpn"] = aws.ec2.SecurityGroup("vpn", vpc_id=built.vpc.id, opts=child)
        template = aws.ec2.LaunchTemplate(
            "vpn",
            user_data=base64.b64encode(f"#!/bin/bash\nplan='{plan}'\n".encode()).decode(),
            network_interfaces=[{"security_groups": [built.groups["vpn"].id]}],
            opts=child,
        )
        aws.autoscaling.Group(
            "vpn",
            min_size=1,
            max_size=1,
            vpc_zone_identifiers=[built.subnets["public"].id],
            launch_template={"id": template.id},
            opts=child,
        )
        aws.ec2.Eip("vpn", opts=child)


def vpn_network(groups: dict[str, list[str]] = ACCESS, mistake: Mistake | None = None) -> RecordedNetwork:
    """Return a network whose server gives each group its tiers; the intent is always `ACCESS`."""

    def add(built: Built) -> None:
        tiers = {
            "app": {"cidrs": [CIDRS["private"]], "ports": [8443]},
            "data": {"cidrs": [CIDRS["data"]], "ports": [5432]},
        }
        VpnServer(built, json.dumps({"groups": groups, "tiers": tiers}))
        allow(built, "vpn", 1194, cidr=ANYWHERE, into=True)
        connect(built, "vpn", "api", 8443)
        connect(built, "vpn", "aurora", 5432)
        if mistake is not None:
            mistake(built)

    return sample_network(add, intent=INTENT_WITH_VPN, data_acl=DATA_ACL, partners=False)
