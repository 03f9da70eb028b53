"""`Partners`: all connections from the stack to the systems of partners.

A partner is one block of settings. Its resources have its name and do not depend on resources of other partners, so a partner
can be added or removed without a change to others. The route table of each partner has a blackhole route for every range of
every other partner. Such a route is a child of the partner that owns the range, so it is deleted with that partner. Their
number grows with the square of the number of partners: ten partners with two ranges each need 180 routes, and a transit
gateway allows 10,000 (https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html).

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
from components.connectivity.partners.transit import Transit, TransitArgs, TransitVpc
from components.connectivity.partners.vpn_link import VpnLink, VpnLinkArgs
from components.shared import addressing, iam
from components.shared.destination import Destination
from components.shared.logs import LogOptions


@dataclass(frozen=True, kw_only=True)
class PartnersArgs:
    """Arguments of `Partners`."""

    account: iam.Account
    """AWS account and region."""
    partners: Mapping[str, plan.ReachedPartner]
    """Partners by name."""
    asn: int | None
    """Private BGP ASN of the transit gateway; None creates neither transit gateway nor exchange."""
    exchange_cidr: IPv4Network | None
    """Range of the exchange's VPC; must be set if and only if `asn` is set."""
    application: addressing.AddressPlan
    """Address plan of the application's VPC."""
    vpc_id: pulumi.Input[str]
    """Id of the application's VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Ids of the private subnets of the application's VPC, by zone."""
    route_tables: Mapping[str, pulumi.Input[str]]
    """Ids of the route tables of these subnets, by zone."""
    archive_bucket_arn: pulumi.Input[str]
    """ARN of the archive bucket, which receives flow logs."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket for access logs; its policy must allow the delivery of logs of network load balancers."""
    logs: LogOptions
    """Settings of the log groups; without `delivery`, because AWS itself writes the flow logs to the archive."""
    protect: bool
    """Whether transit gateway and load balancer are protected from deletion."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""

    def __post_init__(self) -> None:
        """Check the arguments.

        Raises:
            ValueError: Zones differ; only one of `asn` and `exchange_cidr` is set; a partner needs the exchange but there is
                none; or ranges overlap.
        """
        for field, by_zone in {"subnets": self.subnets, "route_tables": self.route_tables}.items():
            if set(by_zone) != set(self.zones):
                raise ValueError(
                    f"{field} must have the zones {', '.join(self.zones)}, got {', '.join(by_zone) or 'none'}"
                )
        if (self.asn is None) != (self.exchange_cidr is None):
            raise ValueError(
                f"asn and exchange_cidr must both be set or both be None, got {self.asn} and {self.exchange_cidr}"
            )
        if self.routed_partners and self.exchange_cidr is None:
            raise ValueError(
                f"exchange_cidr must be set for the partners {', '.join(self.routed_partners)}, got None"
            )
        ranges = {"application": self.application.vpc}
        ranges |= {"exchange_cidr": self.exchange_cidr} if self.exchange_cidr else {}
        for name, partner in self.routed_partners.items():
            for cidr in partner.cidrs:
                for other, range_ in ranges.items():
                    if cidr.overlaps(range_):
                        raise ValueError(f"cidrs of {name} must not overlap {other} ({range_}), got {cidr}")
                ranges[f"{name} {cidr}"] = cidr

    @property
    def routed_partners(self) -> Mapping[str, plan.RoutedPartner]:
        """Return the partners with routed ranges, by name."""
        return {
            name: partner
            for name, partner in self.partners.items()
            if isinstance(partner, plan.RoutedPartner)
        }

    @property
    def attached_partners(self) -> Mapping[str, plan.RoutedPartner]:
        """Return the routed partners that have an attachment, by name. A VPN partner always has one."""
        return {
            name: partner
            for name, partner in self.routed_partners.items()
            if isinstance(partner, plan.VpnPartner) or partner.attachment_id is not None
        }

    @property
    def zones(self) -> Sequence[str]:
        """Return the availability zones of the stack."""
        return self.application.zones

    @property
    def private_cidrs(self) -> Mapping[str, IPv4Network]:
        """Return the ranges of the application's private tier, by zone."""
        return self.application.ranges("private")


class Partners(pulumi.ComponentResource):
    """The partner exchange, the transit gateway and a connection for each partner that the stack calls.

    Creates: a private Route 53 hosted zone. With `asn` also the components `ExchangeVpc`, `Transit` and `Exchange`, a
    `VpnLink` or `SharedLink` per routed partner, and blackhole routes between partners. An `EndpointLink` per partner that
    offers an endpoint service.

    Outputs:
        transit_gateway_id: Id of the transit gateway; empty without `asn`.
        exchange_vpc_id: Id of the exchange's VPC; empty without `asn`.
        connection_details: By partner, the values that the partner needs for its side: ids, addresses and the ARN of
            a secret, but no secret value.
    """

    transit_gateway_id: pulumi.Output[str]
    exchange_vpc_id: pulumi.Output[str]
    connection_details: Mapping[str, Mapping[str, pulumi.Input[str]]]
    destinations: Mapping[str, Destination]
    """Destinations for services that use partners: `exchange`, and `partner-<name>` for each endpoint partner."""

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
        connection_details: dict[str, Mapping[str, pulumi.Input[str]]] = {}
        destinations: dict[str, Destination] = {}
        if args.asn is not None and args.exchange_cidr is not None:
            vpc = self._exchange_vpc(args.exchange_cidr)
            transit = self._transit(args.asn, args.exchange_cidr, vpc)
            connection_details |= self._links(transit)
            exchange = self._exchange(args.exchange_cidr, vpc, zone.zone_id)
            destinations |= {"exchange": exchange.destination} if exchange.destination else {}
            self.transit_gateway_id, self.exchange_vpc_id = transit.transit_gateway_id, vpc.vpc_id
        for partner_name, partner in args.partners.items():
            if isinstance(partner, plan.EndpointPartner):
                link = self._endpoint(partner_name, partner, zone.zone_id)
                connection_details[partner_name] = {"endpoint_id": link.endpoint_id}
                # The prefix prevents a collision with a partner that is named "exchange".
                destinations[f"partner-{partner_name}"] = link.destination
        self.connection_details, self.destinations = connection_details, destinations
        self.register_outputs(
            {
                "transit_gateway_id": self.transit_gateway_id,
                "exchange_vpc_id": self.exchange_vpc_id,
                "connection_details": self.connection_details,
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
                application=TransitVpc(
                    vpc_id=args.vpc_id,
                    subnet_ids=list(args.subnets.values()),
                    route_table_ids=args.route_tables,
                    cidrs=args.private_cidrs,
                ),
                exchange=TransitVpc(
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
        """Connect every routed partner, then add blackhole routes for the ranges of all others to each partner's table.

        Returns:
            `connection_details` of each partner, by name.
        """
        args, application = self._args, self._args.application.vpc
        connection_details: dict[str, Mapping[str, pulumi.Input[str]]] = {}
        links: dict[str, VpnLink | SharedLink] = {}
        for partner_name, partner in args.routed_partners.items():
            name = f"{self._name}-{partner_name}"
            if isinstance(partner, plan.VpnPartner):
                vpn = links[partner_name] = VpnLink(
                    name,
                    VpnLinkArgs(
                        transit=transit,
                        partner=partner,
                        application_cidr=application,
                        alarm_topic_arn=args.alarm_topic_arn,
                    ),
                    opts=self._child,
                )
                first, second = vpn.tunnel_addresses
                connection_details[partner_name] = {
                    "connection_id": vpn.connection_id,
                    "tunnel_1": first,
                    "tunnel_2": second,
                    "secret_arn": vpn.secret_arn,
                }
            else:
                shared = links[partner_name] = SharedLink(
                    name,
                    SharedLinkArgs(transit=transit, partner=partner, application_cidr=application),
                    opts=self._child,
                )
                connection_details[partner_name] = {
                    "transit_gateway_id": transit.transit_gateway_id,
                    "share_arn": shared.share_arn,
                }
        for partner_name, link in links.items():
            if link.table is None:
                continue
            for other, cidr in plan.ranges_of_others(args.attached_partners, partner_name):
                name = f"{self._name}-{partner_name}.{other}-{cidr}"
                blackhole(name, link.table, cidr, parent=links[other])
        return connection_details

    def _exchange(self, cidr: IPv4Network, vpc: ExchangeVpc, zone_id: pulumi.Input[str]) -> Exchange:
        args = self._args
        return Exchange(
            f"{self._name}-exchange",
            ExchangeArgs(
                vpc_id=vpc.vpc_id,
                cidr=cidr,
                subnet_ids=list(vpc.subnets.values()),
                client_cidrs=args.private_cidrs,
                services={name: partner.services for name, partner in args.attached_partners.items()},
                zone_id=zone_id,
                access_logs_bucket=args.access_logs_bucket,
                protect=args.protect,
                alarm_topic_arn=args.alarm_topic_arn,
            ),
            opts=self._child,
        )

    def _endpoint(self, name: str, partner: plan.EndpointPartner, zone_id: pulumi.Input[str]) -> EndpointLink:
        args = self._args
        return EndpointLink(
            f"{self._name}-{name}",
            EndpointLinkArgs(
                name=name,
                partner=partner,
                vpc_id=args.vpc_id,
                subnet_ids=[
                    subnet
                    for zone, subnet in args.subnets.items()
                    if not partner.zones or zone in partner.zones
                ],
                zone_id=zone_id,
            ),
            opts=self._child,
        )
