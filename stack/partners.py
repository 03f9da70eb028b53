"""Partners: their systems by name over private addresses, and their way to the public entry."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.compute import Edge
from components.connectivity import (
    Partners,
    PartnersArgs,
    PrivateEntries,
    PrivateEntriesArgs,
    read_partner,
)
from components.connectivity.plan import Partner
from components.shared.destination import Destination
from settings import ConnectivitySettings
from stack.foundation import Foundation


def reach_partners(base: Foundation) -> Mapping[str, Destination]:
    """Build the way to partners' systems, through the exchange; return what a service gets that uses them."""
    chosen, network, links = base.chosen, base.network, base.chosen.connectivity
    if links is None or not links.reaches_partners:
        return {}
    partners = Partners(
        "partners",
        PartnersArgs(
            account=base.account,
            partners=_known(links),
            asn=links.transit and links.transit.asn,
            exchange_cidr=links.exchange_cidr,
            application=base.plan,
            vpc_id=network.vpc_id,
            subnets=network.subnets["private"],
            route_tables=network.route_tables["private"],
            archive_bucket_arn=base.archive.bucket_arn,
            access_logs_bucket=base.archive.intake_bucket_name,
            logs=base.logs.in_cloudwatch,
            protect=chosen.protect,
            alarm_topic_arn=base.alerts.topic_arn,
        ),
    )
    pulumi.export("transit_gateway_id", partners.transit_gateway_id)
    pulumi.export("exchange_vpc_id", partners.exchange_vpc_id)
    pulumi.export("partners", partners.handover)
    return partners.destinations


def let_partners_in(base: Foundation, edge: Edge) -> None:
    """Give partners an entry of their own to what the load balancer serves, by AWS PrivateLink."""
    network, links = base.network, base.chosen.connectivity
    if links is None or not links.lets_partners_in:
        return
    entries = PrivateEntries(
        "entry",
        PrivateEntriesArgs(
            partners=_known(links),
            edge=edge,
            vpc_id=network.vpc_id,
            subnet_ids=network.subnet_ids("private"),
            access_logs_bucket=base.archive.intake_bucket_name,
            alarm_topic_arn=base.alerts.topic_arn,
        ),
    )
    pulumi.export("private_entries", entries.service_names)


def _known(links: ConnectivitySettings) -> dict[str, Partner]:
    return {name: read_partner(**item.model_dump()) for name, item in links.partners.items()}
