"""Connections to other networks: transit gateway, partners and the VPN for staff."""

from __future__ import annotations

from typing import Annotated, Literal

from settings import identifiers as ids
from settings import types as t
from settings.model.base import ByName, ListOf, NonEmptyListOf, Section
from settings.model.partners import PartnerSettings
from settings.values import FrozenMap, whole_number


class TransitSettings(Section):
    """The transit gateway."""

    asn: Annotated[int, whole_number(64_512, 65_534)] = 64_512
    """Private BGP number (ASN) of the AWS side."""


class VpnSettings(Section):
    """The OpenVPN Access Server for staff."""

    client_cidr: t.ClientCidr
    """Range from which clients get their addresses."""
    ami: ids.Ami
    """Image of OpenVPN Access Server: an image id, or an alias of AWS Marketplace."""
    domain: t.Domain | None = None
    """Domain name that clients connect to; you create its record for the server's address. If not set, clients use the address."""
    instance_type: ids.InstanceType = "t3.small"
    """EC2 instance type."""
    max_lifetime_days: Annotated[int, whole_number(1, 365, "days")] | None = None
    """Days after which the server is replaced by a new one. If not set, it is replaced only when it fails."""
    licence_secret_arn: ids.Arn | None = None
    """Secrets Manager secret with the activation key, encrypted with the stack's secrets key. If not set, two people can
    connect at a time."""
    admin_cidrs: NonEmptyListOf[t.AdminCidr]
    """Ranges that may open the administration page."""
    access: ByName[ListOf[Literal["app", "data"]]] = FrozenMap()
    """Tiers that each group of users may reach, by the name of the group."""


class ConnectivitySettings(Section):
    """Connections to other networks."""

    transit: TransitSettings | None = None
    """The transit gateway."""
    exchange_cidr: t.VpcCidr | None = None
    """Range of the separate VPC in which the connections to partners end."""
    partners: ByName[PartnerSettings] = FrozenMap()
    """Partners by name."""
    vpn: VpnSettings | None = None
    """The VPN for staff."""

    @property
    def reaches_partners(self) -> bool:
        """Return whether the stack reaches systems of partners."""
        return self.transit is not None or any(
            partner.mode == "endpoint" for partner in self.partners.values()
        )

    @property
    def has_privatelink_partners(self) -> bool:
        """Return whether a partner reaches the public entry through AWS PrivateLink."""
        return any(partner.mode == "privatelink" for partner in self.partners.values())
