"""A partner behind a site-to-site VPN: two tunnels from their gateway onto the transit gateway.

IKEv2 only, AES-256 in GCM, SHA-384 or -512 and elliptic-curve groups, in both phases. Keys are AWS's, drawn at creation and
kept in Secrets Manager; neither configuration nor state ever has them, for the provider reads back only that they are hidden
(https://github.com/hashicorp/terraform-provider-aws/pull/42819). AWS makes that secret; its API takes no key to encrypt it with.

Routes are static: a partner cannot announce one. AWS starts the tunnels, and again when the other end falls silent.

Not tried on AWS: whether a tunnel's change replaces one tunnel at a time as documented, and how a partner's device takes
the narrow proposals; `docs/runbooks/partner-onboarding.md` says what to ask first.

Maps to 45 CFR 164.312(e)(1) and (e)(2)(ii) (transmission security) and 164.312(b) (audit controls).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.connectivity.partners import plan
from components.connectivity.partners.alarms import TUNNEL_DOWN, VPN_DOWN
from components.connectivity.partners.routed import route_partner
from components.connectivity.partners.transit import Transit
from components.shared.alarms import metric_alarm

# https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html has what there is; strong ones as in
# https://csrc.nist.gov/pubs/sp/800/77/r1/final.
ENCRYPTION: Final = ("AES256-GCM-16",)
INTEGRITY: Final = ("SHA2-384", "SHA2-512")
GROUPS: Final = (19, 20, 21)
PHASE_1_SECONDS: Final = 28_800
PHASE_2_SECONDS: Final = 3_600
"""AWS's longest and default lifetimes."""

TUNNELS: Final = (1, 2)


@dataclass(frozen=True, kw_only=True)
class VpnLinkArgs:
    """What `VpnLink` needs to know."""

    transit: Transit
    """The gateway."""
    partner: plan.VpnPartner
    """The partner."""
    application_cidr: IPv4Network
    """Range of the application's VPC, closed to the partner."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of tunnels that are down."""


class VpnLink(pulumi.ComponentResource):
    """A customer gateway, a VPN connection with two logged and watched tunnels, its table and its routes.

    Outputs:
        connection_id: The VPN connection.
        tunnel_addresses: Public addresses of AWS's two ends.
        secret_arn: Secret that holds the keys.
    """

    connection_id: pulumi.Output[str]
    tunnel_addresses: tuple[pulumi.Output[str], pulumi.Output[str]]
    secret_arn: pulumi.Output[str]
    table: aws.ec2transitgateway.RouteTable
    """The partner's table in the gateway."""

    def __init__(self, name: str, args: VpnLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:VpnLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        gateway = aws.ec2.CustomerGateway(
            name,
            type="ipsec.1",
            ip_address=str(args.partner.peer_ip),
            bgp_asn=str(plan.PEER_ASN),
            tags={"Name": name},
            opts=child,
        )
        logs = args.transit.logs
        tunnels: dict[str, Any] = {}
        for number in TUNNELS:
            tunnels |= tunnel(number, logs.tunnel_log_group_arn)
        connection = aws.ec2.VpnConnection(
            name,
            type="ipsec.1",
            customer_gateway_id=gateway.id,
            transit_gateway_id=args.transit.transit_gateway_id,
            static_routes_only=True,
            tunnel_inside_ip_version="ipv4",
            preshared_key_storage="SecretsManager",
            tags={"Name": name},
            # Without its policy in place AWS refuses the log group.
            opts=pulumi.ResourceOptions(parent=self, depends_on=logs.ready),
            **tunnels,
        )
        self.table = route_partner(
            name,
            transit=args.transit,
            attachment_id=connection.transit_gateway_attachment_id,
            cidrs=args.partner.cidrs,
            application_cidr=args.application_cidr,
            parent=self,
        )
        self.connection_id = connection.id
        self.tunnel_addresses = (connection.tunnel1_address, connection.tunnel2_address)
        self.secret_arn = connection.preshared_key_arn
        of_connection = {"VpnId": connection.id}
        metric_alarm(name, VPN_DOWN, dimensions=of_connection, topic_arn=args.alarm_topic_arn, parent=self)
        for number, address in zip(TUNNELS, self.tunnel_addresses, strict=True):
            metric_alarm(
                f"{name}-{number}",
                TUNNEL_DOWN,
                dimensions={**of_connection, "TunnelIpAddress": address},
                topic_arn=args.alarm_topic_arn,
                parent=self,
            )
        self.register_outputs(
            {
                "connection_id": self.connection_id,
                "tunnel_addresses": self.tunnel_addresses,
                "secret_arn": self.secret_arn,
            }
        )


def tunnel(number: int, log_group_arn: pulumi.Input[str]) -> dict[str, Any]:
    """Return the options of one tunnel, named as the connection wants them; both tunnels have the same."""
    cloudwatch: dict[str, Any] = {
        "log_enabled": True,
        "log_group_arn": log_group_arn,
        "log_output_format": "json",
    }
    options: dict[str, Any] = {
        "ike_versions": ["ikev2"],
        "phase1_encryption_algorithms": list(ENCRYPTION),
        "phase1_integrity_algorithms": list(INTEGRITY),
        "phase1_dh_group_numbers": list(GROUPS),
        "phase1_lifetime_seconds": PHASE_1_SECONDS,
        "phase2_encryption_algorithms": list(ENCRYPTION),
        "phase2_integrity_algorithms": list(INTEGRITY),
        "phase2_dh_group_numbers": list(GROUPS),
        "phase2_lifetime_seconds": PHASE_2_SECONDS,
        "startup_action": "start",
        "dpd_timeout_action": "restart",
        "dpd_timeout_seconds": 30,
        "log_options": {"cloudwatch_log_options": cloudwatch},
    }
    return {f"tunnel{number}_{option}": value for option, value in options.items()}
