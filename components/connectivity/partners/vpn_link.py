"""`VpnLink`: a site-to-site VPN with two tunnels between a partner's gateway and the transit gateway.

The tunnels allow only IKEv2 and, in both phases, AES-256-GCM, SHA-384 or SHA-512 and elliptic-curve groups. AWS generates the
pre-shared keys and stores them in Secrets Manager. Neither the configuration nor the state contains them, because the
provider only reads a placeholder (https://github.com/hashicorp/terraform-provider-aws/pull/42819). AWS creates that secret,
and its API has no parameter for a customer-managed key.

Routes are static, so a partner cannot announce any. AWS initiates the tunnels, and restarts them if the peer stops responding.

Not tested on AWS: whether a change replaces the tunnels one at a time, as documented, and whether a partner's device accepts
the strict proposals. `docs/runbooks/partner-onboarding.md` lists the questions to ask a partner first.

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
from facts.network import PEER_ASN

# Supported algorithms: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html. Selected according to
# https://csrc.nist.gov/pubs/sp/800/77/r1/final.
ENCRYPTION: Final = ("AES256-GCM-16",)
INTEGRITY: Final = ("SHA2-384", "SHA2-512")
GROUPS: Final = (19, 20, 21)
PHASE_1_SECONDS: Final = 28_800
PHASE_2_SECONDS: Final = 3_600
"""Lifetimes of the phases in seconds; AWS's defaults and maxima."""

TUNNELS: Final = (1, 2)


@dataclass(frozen=True, kw_only=True)
class VpnLinkArgs:
    """Arguments of `VpnLink`."""

    transit: Transit
    """The transit gateway."""
    partner: plan.VpnPartner
    """The partner."""
    application_cidr: IPv4Network
    """Range of the application's VPC, which the partner must not reach."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""


class VpnLink(pulumi.ComponentResource):
    """A site-to-site VPN connection to a partner.

    Creates: a customer gateway; a VPN connection with two tunnels that log to CloudWatch Logs; the route table and routes of
    `route_partner`; an alarm per tunnel and one on the whole connection.

    Outputs:
        connection_id: Id of the VPN connection.
        tunnel_addresses: Public addresses of the two tunnels on the AWS side.
        secret_arn: ARN of the secret with the pre-shared keys.
    """

    connection_id: pulumi.Output[str]
    tunnel_addresses: tuple[pulumi.Output[str], pulumi.Output[str]]
    secret_arn: pulumi.Output[str]
    table: aws.ec2transitgateway.RouteTable
    """Route table of the partner in the transit gateway."""

    def __init__(self, name: str, args: VpnLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:VpnLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        gateway = aws.ec2.CustomerGateway(
            name,
            type="ipsec.1",
            ip_address=str(args.partner.peer_ip),
            bgp_asn=str(PEER_ASN),
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
            # AWS refuses the log group until its resource policy exists.
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
        dimensions = {"VpnId": connection.id}
        metric_alarm(name, VPN_DOWN, dimensions=dimensions, topic_arn=args.alarm_topic_arn, parent=self)
        for number, address in zip(TUNNELS, self.tunnel_addresses, strict=True):
            metric_alarm(
                f"{name}-{number}",
                TUNNEL_DOWN,
                dimensions={**dimensions, "TunnelIpAddress": address},
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
    """Return the arguments of `VpnConnection` for tunnel 1 or 2. Both tunnels have the same options."""
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
