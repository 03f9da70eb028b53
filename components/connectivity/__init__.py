"""Connectivity: partners over the Transit Gateway and the exchange, staff over OpenVPN Access Server."""

from components.connectivity.partners import Partners, PartnersArgs
from components.connectivity.plan import read as read_partner
from components.connectivity.privatelink import PrivateEntries, PrivateEntriesArgs

__all__ = ["Partners", "PartnersArgs", "PrivateEntries", "PrivateEntriesArgs", "read_partner"]
