"""Connectivity: partners connect through the transit gateway or PrivateLink, staff through OpenVPN Access Server."""

from components.connectivity.partners.partners import Partners, PartnersArgs
from components.connectivity.partners.plan import (
    EndpointPartner,
    PartnerService,
    PrivateLinkPartner,
    ReachedPartner,
    TransitPartner,
    VpnPartner,
)
from components.connectivity.partners.private_entries import PrivateEntries, PrivateEntriesArgs
from components.connectivity.vpn.access import Tier
from components.connectivity.vpn.host import VpnHost
from components.connectivity.vpn.server import VpnServer, VpnServerArgs

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
