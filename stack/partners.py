"""Connections to the systems of partners, and private entries of partners to the public load balancer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.compute import Edge
from components.connectivity import (
    EndpointPartner,
    Partners,
    PartnersArgs,
    PartnerService,
    PrivateEntries,
    PrivateEntriesArgs,
    PrivateLinkPartner,
    ReachedPartner,
    TransitPartner,
    VpnPartner,
)
from components.shared.destination import Destination
from settings import ConnectivitySettings
from settings.model import PartnerServiceSettings
from stack.foundation import Foundation


def connect_partners(base: Foundation) -> Mapping[str, Destination]:
    """Create the connections to partners' systems, and export their outputs.

    Returns:
        Destinations for services that use partners, by name; empty if the stack calls no partner.
    """
    settings, network, links = base.settings, base.network, base.settings.connectivity
    if links is None or not links.reaches_partners:
        return {}
    partners = Partners(
        "partners",
        PartnersArgs(
            account=base.account,
            partners=_reached(links),
            asn=links.transit and links.transit.asn,
            exchange_cidr=links.exchange_cidr,
            application=base.address_plan,
            vpc_id=network.vpc_id,
            subnets=network.subnets["private"],
            route_tables=network.route_tables["private"],
            archive_bucket_arn=base.archive.bucket_arn,
            access_logs_bucket=base.archive.intake_bucket_name,
            logs=base.logs.without_delivery,
            protect=settings.protect,
            alarm_topic_arn=base.alerts.topic_arn,
        ),
    )
    pulumi.export("transit_gateway_id", partners.transit_gateway_id)
    pulumi.export("exchange_vpc_id", partners.exchange_vpc_id)
    pulumi.export("partners", partners.connection_details)
    return partners.destinations


def create_private_entries(base: Foundation, edge: Edge) -> None:
    """Create an endpoint service (AWS PrivateLink) in front of the public load balancer for each PrivateLink partner."""
    network, links = base.network, base.settings.connectivity
    if links is None or not links.has_privatelink_partners:
        return
    entries = PrivateEntries(
        "entry",
        PrivateEntriesArgs(
            partners={
                name: PrivateLinkPartner(principals=item.principals)
                for name, item in links.partners.items()
                if item.mode == "privatelink"
            },
            edge=edge,
            vpc_id=network.vpc_id,
            subnet_ids=network.subnet_ids("private"),
            access_logs_bucket=base.archive.intake_bucket_name,
            alarm_topic_arn=base.alerts.topic_arn,
        ),
    )
    pulumi.export("private_entries", entries.service_names)


def _reached(links: ConnectivitySettings) -> dict[str, ReachedPartner]:
    """Return the partners whose services the stack calls, by name."""
    partners: dict[str, ReachedPartner] = {}
    for name, item in links.partners.items():
        match item.mode:
            case "vpn":
                partners[name] = VpnPartner(
                    cidrs=item.cidrs, peer_ip=item.peer_ip, services=_services(item.services)
                )
            case "transit":
                partners[name] = TransitPartner(
                    cidrs=item.cidrs,
                    account=item.account,
                    attachment_id=item.attachment_id,
                    services=_services(item.services),
                )
            case "endpoint":
                partners[name] = EndpointPartner(
                    service_name=item.service_name,
                    services={service.name: service.port for service in item.services},
                    zones=item.zones,
                )
            case "privatelink":
                pass
    return partners


def _services(services: Sequence[PartnerServiceSettings]) -> tuple[PartnerService, ...]:
    return tuple(
        PartnerService(
            name=service.name,
            port=service.port,
            listener=service.listener,
            targets=service.targets,
            tls=service.tls,
            certificate_arn=service.certificate_arn,
        )
        for service in services
    )
