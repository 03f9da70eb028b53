"""Connectivity: partners over the Transit Gateway and the exchange, staff over OpenVPN Access Server."""

from components.connectivity.vpn_access import Tier as Tier
from components.connectivity.vpn_host import VpnHost as VpnHost
from components.connectivity.vpn_server import VpnServer as VpnServer
from components.connectivity.vpn_server import VpnServerArgs as VpnServerArgs
