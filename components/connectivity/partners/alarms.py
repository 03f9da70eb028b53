"""CloudWatch alarms of the connections to partners.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(7)(i) (contingency).
"""

from __future__ import annotations

from typing import Final

from components.shared.alarms import MetricAlert

TUNNEL_DOWN: Final = MetricAlert(
    id="tunnel-down",
    summary="One of the two tunnels of a partner's VPN has been down for fifteen minutes.",
    impact="The other one carries everything; AWS replaces tunnels one at a time and needs both.",
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
    summary="Both tunnels of a partner's VPN are down.",
    impact="Nothing of this partner can be reached.",
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
    summary="A system of a partner has not answered the exchange's load balancer for fifteen minutes.",
    impact="Requests to it fail, or all of them go to what is left.",
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
    namespace="AWS/NetworkELB",
    metric="UnHealthyHostCount",
    statistic="Maximum",
    threshold=0,
    periods=3,
)
EXCHANGE_REFUSED: Final = MetricAlert(
    id="exchange-refused",
    summary="The exchange's load balancer refused connections that its security group does not allow.",
    impact="Somebody tries what is not listed: a partner towards us, or a service on a port that is none of its own.",
    namespace="AWS/NetworkELB",
    metric="SecurityGroupBlockedFlowCount_Inbound_TCP",
    statistic="Sum",
    threshold=0,
)
TRANSIT_BLACKHOLED: Final = MetricAlert(
    id="transit-blackholed",
    summary="The transit gateway dropped packets from one partner to another, or to the application.",
    impact="A partner's network tries to reach what it must not, or one of their routes is wrong.",
    # https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html
    namespace="AWS/TransitGateway",
    metric="PacketDropCountBlackhole",
    statistic="Sum",
    threshold=0,
)
TRANSIT_NO_ROUTE: Final = MetricAlert(
    id="transit-no-route",
    summary="The transit gateway dropped packets for which their table has no route.",
    impact="A partner sends to addresses that are no business of theirs, or a range is missing from the settings.",
    namespace="AWS/TransitGateway",
    metric="PacketDropCountNoRoute",
    statistic="Sum",
    threshold=0,
)
PRIVATE_ENTRY_UNHEALTHY: Final = MetricAlert(
    id="private-entry-unhealthy",
    summary="The public entry does not answer the load balancer by which a partner reaches it.",
    impact="The partner's requests by PrivateLink fail.",
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
