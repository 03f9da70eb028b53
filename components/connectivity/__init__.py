"""Connectivity: partners over the Transit Gateway and the exchange, staff over OpenVPN Access Server."""

from components.connectivity.partners import Partners, PartnersArgs
from components.connectivity.plan import read as read_partner
from components.connectivity.privatelink import PrivateEntries, PrivateEntriesArgs
from components.connectivity.vpn_access import Tier
from components.connectivity.vpn_host import VpnHost
from components.connectivity.vpn_server import VpnServer, VpnServerArgs

__all__ = [
    "Partners",
    "PartnersArgs",
    "PrivateEntries",
    "PrivateEntriesArgs",
    "Tier",
    "VpnHost",
    "VpnServer",
    "VpnServerArgs",
    "read_partner",
]
