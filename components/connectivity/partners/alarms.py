"""CloudWatch alarms of the connections to partners.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(7)(i) (contingency).
"""

from __future__ import annotations

from typing import Final

from components.shared.alarms import MetricAlert

TUNNEL_DOWN: Final = MetricAlert(
    id="tunnel-down",
    summary="One of the two tunnels of a partner's VPN connection has been down for fifteen minutes.",
    impact="The other tunnel carries all traffic. During maintenance, AWS replaces one tunnel and relies on the other.",
    # https://docs.aws.amazon.com/vpn/latest/s2svpn/monitoring-cloudwatch-vpn.html
    namespace="AWS/VPN",
    metric="TunnelState",
    statistic="Maximum",
    threshold=1,
    comparison="LessThanThreshold",
    periods=3,
    missing="breaching",
)
VPN_DOWN: Final = MetricAlert(
    id="partner-vpn-down",
    summary="Both tunnels of a partner's VPN connection are down.",
    impact="No system of this partner can be reached.",
    namespace="AWS/VPN",
    metric="TunnelState",
    statistic="Maximum",
    # The metric of a connection is the mean of its tunnels: 0.5 if one of the two is up.
    threshold=0,
    comparison="LessThanOrEqualToThreshold",
    missing="breaching",
)
PARTNER_UNHEALTHY: Final = MetricAlert(
    id="partner-unhealthy",
    summary="A system of a partner has failed the health check of the exchange's load balancer for fifteen minutes.",
    impact="Requests to it fail, or the remaining systems receive all requests.",
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
    namespace="AWS/NetworkELB",
    metric="UnHealthyHostCount",
    statistic="Maximum",
    threshold=0,
    periods=3,
)
EXCHANGE_REFUSED: Final = MetricAlert(
    id="exchange-refused",
    summary="The exchange's load balancer rejected connections that its security group does not allow.",
    impact="A partner tries to connect to our network, or a service uses a port that is not in the settings.",
    namespace="AWS/NetworkELB",
    metric="SecurityGroupBlockedFlowCount_Inbound_TCP",
    statistic="Sum",
    threshold=0,
)
TRANSIT_BLACKHOLED: Final = MetricAlert(
    id="transit-blackholed",
    summary="The transit gateway dropped packets from a partner to another partner or to the application.",
    impact="A partner tries to reach a network that it must not reach, or one of its routes is wrong.",
    # https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html
    namespace="AWS/TransitGateway",
    metric="PacketDropCountBlackhole",
    statistic="Sum",
    threshold=0,
)
TRANSIT_NO_ROUTE: Final = MetricAlert(
    id="transit-no-route",
    summary="The transit gateway dropped packets because their route table has no matching route.",
    impact="A partner sends packets to addresses outside the exchange, or a range is missing in the settings.",
    namespace="AWS/TransitGateway",
    metric="PacketDropCountNoRoute",
    statistic="Sum",
    threshold=0,
)
PRIVATE_ENTRY_UNHEALTHY: Final = MetricAlert(
    id="private-entry-unhealthy",
    summary="The public load balancer fails the health check of the load balancer through which a partner reaches it.",
    impact="Requests of the partner over PrivateLink fail.",
    namespace="AWS/NetworkELB",
    metric="UnHealthyHostCount",
    statistic="Maximum",
    threshold=0,
    periods=2,
)

TRANSIT_ALARMS: Final = (TRANSIT_BLACKHOLED, TRANSIT_NO_ROUTE)
ALARMS: Final = (
    TUNNEL_DOWN,
    VPN_DOWN,
    PARTNER_UNHEALTHY,
    EXCHANGE_REFUSED,
    *TRANSIT_ALARMS,
    PRIVATE_ENTRY_UNHEALTHY,
)
"""All alerts of this folder. The runbook of alarms must have a section for each."""
