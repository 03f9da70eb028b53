"""Everything towards partners' systems, from the plain description of each.

A partner is one block of settings. Every resource of it carries its name and hangs on nothing of another partner's, so adding
or removing one touches no other. What two partners have between them is a blackhole for each range of the one in the table
of the other: it belongs to the one whose range it is, and goes with it. Their number grows with the square of the partners',
ten partners of two ranges each have 180, for which a gateway has 10,000 routes
(https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html).

Maps to 45 CFR 164.312(e)(1) (transmission security), 164.312(a)(1) (access control) and 164.308(b)(1) (business
associates).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.connectivity.partners import plan
from components.connectivity.partners.endpoint_link import EndpointLink, EndpointLinkArgs
from components.connectivity.partners.exchange import Exchange, ExchangeArgs
from components.connectivity.partners.exchange_vpc import TIERS, ExchangeVpc, ExchangeVpcArgs
from components.connectivity.partners.routed import blackhole
from components.connectivity.partners.shared_link import SharedLink, SharedLinkArgs
from components.connectivity.partners.transit import Side, Transit, TransitArgs
from components.connectivity.partners.vpn_link import VpnLink, VpnLinkArgs
from components.shared import addressing, iam
from components.shared.destination import Destination
from components.shared.logs import LogKeeping


@dataclass(frozen=True, kw_only=True)
class PartnersArgs:
    """What `Partners` needs to know."""

    account: iam.Account
    """The account and region."""
    partners: Mapping[str, plan.ReachedPartner]
    """Partners by name."""
    asn: int | None
    """Private BGP number of the transit gateway; none for a stack that routes to nobody."""
    exchange_cidr: IPv4Network | None
    """Range of the exchange's VPC; given if and only if `asn` is."""
    application: addressing.AddressPlan
    """Ranges of the application's VPC."""
    vpc_id: pulumi.Input[str]
    """The application's VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Its private subnets by zone."""
    route_tables: Mapping[str, pulumi.Input[str]]
    """Route tables of these subnets by zone."""
    archive_bucket_arn: pulumi.Input[str]
    """The bucket that keeps flow logs."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket that receives access logs; its policy must admit the logs of network load balancers."""
    logs: LogKeeping
    """How the log groups are kept; without delivery, as for `FlowLogs`."""
    protect: bool
    """Whether gateway and load balancer are protected from deletion."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told when a partner cannot be reached, or reaches for what is not theirs."""

    def __post_init__(self) -> None:
        """Refuse half an exchange, routed partners without one, ranges that overlap, and subnets of other zones."""
        for field, by_zone in {"subnets": self.subnets, "route_tables": self.route_tables}.items():
            if set(by_zone) != set(self.zones):
                raise ValueError(
                    f"{field} must have the zones {', '.join(self.zones)}, got {', '.join(by_zone) or 'none'}"
                )
        if (self.asn is None) != (self.exchange_cidr is None):
            raise ValueError(
                f"asn and exchange_cidr must come together, got {self.asn} and {self.exchange_cidr}"
            )
        if self.routed and self.exchange_cidr is None:
            raise ValueError(f"exchange_cidr must be given for {', '.join(self.routed)}, got none")
        seen = {"application": self.application.vpc}
        seen |= {"exchange_cidr": self.exchange_cidr} if self.exchange_cidr else {}
        for name, partner in self.routed.items():
            for cidr in partner.cidrs:
                for other, taken in seen.items():
                    if cidr.overlaps(taken):
                        raise ValueError(f"cidrs of {name} must not overlap {other} ({taken}), got {cidr}")
                seen[f"{name} {cidr}"] = cidr

    @property
    def routed(self) -> Mapping[str, plan.RoutedPartner]:
        """Partners whose ranges are routed, by name."""
        return {name: it for name, it in self.partners.items() if isinstance(it, plan.RoutedPartner)}

    @property
    def attached(self) -> Mapping[str, plan.RoutedPartner]:
        """Those of them that packets can go to."""
        return {
            name: it
            for name, it in self.routed.items()
            if isinstance(it, plan.VpnPartner) or it.attachment_id is not None
        }

    @property
    def zones(self) -> Sequence[str]:
        """Zones of the stack."""
        return self.application.zones

    @property
    def private_cidrs(self) -> Mapping[str, IPv4Network]:
        """Ranges of the application's private tier by zone."""
        return self.application.ranges("private")


class Partners(pulumi.ComponentResource):
    """The exchange, the transit gateway and a link for each partner.

    Outputs:
        transit_gateway_id: The gateway; empty without one.
        exchange_vpc_id: The exchange's VPC; empty without one.
        handover: What each partner is told, by name: ids, addresses and the ARN of a secret, never what is in it.
    """

    transit_gateway_id: pulumi.Output[str]
    exchange_vpc_id: pulumi.Output[str]
    handover: Mapping[str, Mapping[str, pulumi.Input[str]]]
    destinations: Mapping[str, Destination]
    """What a service that uses partners may connect to, by a name for each."""

    def __init__(self, name: str, args: PartnersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:Partners", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        zone = aws.route53.Zone(
            name,
            name=plan.DOMAIN,
            comment="Names of partners' services",
            vpcs=[aws.route53.ZoneVpcArgs(vpc_id=args.vpc_id)],
            opts=self._child,
        )
        self.transit_gateway_id = self.exchange_vpc_id = pulumi.Output.from_input("")
        handover: dict[str, Mapping[str, pulumi.Input[str]]] = {}
        destinations: dict[str, Destination] = {}
        if args.asn is not None and args.exchange_cidr is not None:
            vpc = self._exchange_vpc(args.exchange_cidr)
            transit = self._transit(args.asn, args.exchange_cidr, vpc)
            handover |= self._links(transit)
            exchange = self._exchange(args.exchange_cidr, vpc, zone.zone_id)
            destinations |= {"exchange": exchange.destination} if exchange.destination else {}
            self.transit_gateway_id, self.exchange_vpc_id = transit.transit_gateway_id, vpc.vpc_id
        for partner, found in args.partners.items():
            if isinstance(found, plan.EndpointPartner):
                link = self._endpoint(partner, found, zone.zone_id)
                handover[partner] = {"endpoint_id": link.endpoint_id}
                # The prefix keeps a partner called exchange apart from the exchange.
                destinations[f"partner-{partner}"] = link.destination
        self.handover, self.destinations = handover, destinations
        self.register_outputs(
            {
                "transit_gateway_id": self.transit_gateway_id,
                "exchange_vpc_id": self.exchange_vpc_id,
                "handover": self.handover,
            }
        )

    def _exchange_vpc(self, cidr: IPv4Network) -> ExchangeVpc:
        args = self._args
        return ExchangeVpc(
            f"{self._name}-exchange",
            ExchangeVpcArgs(
                account=args.account,
                plan=addressing.plan(cidr, args.zones, TIERS),
                client_cidrs=args.private_cidrs,
                logs=args.logs,
                archive_bucket_arn=args.archive_bucket_arn,
            ),
            opts=self._child,
        )

    def _transit(self, asn: int, cidr: IPv4Network, vpc: ExchangeVpc) -> Transit:
        args = self._args
        return Transit(
            f"{self._name}-transit",
            TransitArgs(
                account=args.account,
                asn=asn,
                application=Side(
                    vpc_id=args.vpc_id,
                    subnet_ids=list(args.subnets.values()),
                    route_table_ids=args.route_tables,
                    cidrs=args.private_cidrs,
                ),
                exchange=Side(
                    vpc_id=vpc.vpc_id,
                    subnet_ids=list(vpc.subnets.values()),
                    route_table_ids={"exchange": vpc.route_table_id},
                    cidrs={"exchange": cidr},
                ),
                logs=args.logs,
                archive_bucket_arn=args.archive_bucket_arn,
                protect=args.protect,
                alarm_topic_arn=args.alarm_topic_arn,
            ),
            opts=self._child,
        )

    def _links(self, transit: Transit) -> Mapping[str, Mapping[str, pulumi.Input[str]]]:
        """Join every routed partner, then close each one's table to the others."""
        args, application = self._args, self._args.application.vpc
        handover: dict[str, Mapping[str, pulumi.Input[str]]] = {}
        links: dict[str, VpnLink | SharedLink] = {}
        for partner, found in args.routed.items():
            name = f"{self._name}-{partner}"
            if isinstance(found, plan.VpnPartner):
                vpn = links[partner] = VpnLink(
                    name,
                    VpnLinkArgs(
                        transit=transit,
                        partner=found,
                        application_cidr=application,
                        alarm_topic_arn=args.alarm_topic_arn,
                    ),
                    opts=self._child,
                )
                first, second = vpn.tunnel_addresses
                handover[partner] = {
                    "connection_id": vpn.connection_id,
                    "tunnel_1": first,
                    "tunnel_2": second,
                    "secret_arn": vpn.secret_arn,
                }
            else:
                shared = links[partner] = SharedLink(
                    name,
                    SharedLinkArgs(transit=transit, partner=found, application_cidr=application),
                    opts=self._child,
                )
                handover[partner] = {
                    "transit_gateway_id": transit.transit_gateway_id,
                    "share_arn": shared.share_arn,
                }
        for owner, link in links.items():
            if link.table is None:
                continue
            for stranger, cidr in plan.strangers(args.attached, owner):
                name = f"{self._name}-{owner}.{stranger}-{cidr}"
                blackhole(name, link.table, cidr, parent=links[stranger])
        return handover

    def _exchange(self, cidr: IPv4Network, vpc: ExchangeVpc, zone_id: pulumi.Input[str]) -> Exchange:
        args = self._args
        return Exchange(
            f"{self._name}-exchange",
            ExchangeArgs(
                vpc_id=vpc.vpc_id,
                cidr=cidr,
                subnet_ids=list(vpc.subnets.values()),
                client_cidrs=args.private_cidrs,
                services={name: partner.services for name, partner in args.attached.items()},
                zone_id=zone_id,
                access_logs_bucket=args.access_logs_bucket,
                protect=args.protect,
                alarm_topic_arn=args.alarm_topic_arn,
            ),
            opts=self._child,
        )

    def _endpoint(
        self, partner: str, found: plan.EndpointPartner, zone_id: pulumi.Input[str]
    ) -> EndpointLink:
        args = self._args
        return EndpointLink(
            f"{self._name}-{partner}",
            EndpointLinkArgs(
                name=partner,
                partner=found,
                vpc_id=args.vpc_id,
                subnet_ids=[
                    subnet for zone, subnet in args.subnets.items() if not found.zones or zone in found.zones
                ],
                zone_id=zone_id,
            ),
            opts=self._child,
        )
