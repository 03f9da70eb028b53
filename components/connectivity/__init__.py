"""Connectivity: partners over the Transit Gateway and the exchange, staff over OpenVPN Access Server."""

from components.connectivity.partners import Partners, PartnersArgs
from components.connectivity.plan import (
    EndpointPartner,
    PartnerService,
    PrivateLinkPartner,
    ReachedPartner,
    TransitPartner,
    VpnPartner,
)
from components.connectivity.privatelink import PrivateEntries, PrivateEntriesArgs
from components.connectivity.vpn_access import Tier
from components.connectivity.vpn_host import VpnHost
from components.connectivity.vpn_server import VpnServer, VpnServerArgs

__all__ = [
    "EndpointPartner",
    "PartnerService",
    "Partners",
    "PartnersArgs",
    "PrivateEntries",
    "PrivateEntriesArgs",
    "PrivateLinkPartner",
    "ReachedPartner",
    "Tier",
    "TransitPartner",
    "VpnHost",
    "VpnPartner",
    "VpnServer",
    "VpnServerArgs",
]
