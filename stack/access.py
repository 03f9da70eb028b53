"""What applications may reach besides their stores and partners, from their settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from components.connectivity.partners.plan import DOMAIN as PARTNER_DOMAIN
from components.shared.destination import Destination
from settings import Settings
from settings.model import AppSettings
from settings.model.access import HTTPS


def egress(application: AppSettings) -> Mapping[str, Destination]:
    """Return the hosts on the internet that an application may connect to, by a name for the rules.

    HTTPS is not among them, because every service may connect to every address on its port.
    """
    return {
        f"egress-{name}": Destination(
            cidrs=item.ranges,
            ports=[item.port],
            description=f"Egress {name}" + (f" until {item.until}" if item.until else ""),
        )
        for name, item in application.egress.items()
        if item.port != HTTPS
    }


_VPN_NAMES: Final = ("*.openvpn.net",)
"""Hosts with which OpenVPN Access Server checks its licence."""


def resolvable_names(settings: Settings) -> Sequence[str] | None:
    """Return the names besides those of AWS that hosts in the VPC may resolve; None if they may resolve every name."""
    firewall = settings.network.dns_firewall
    return None if firewall is None else sorted({*firewall.allow, *_known_names(settings)})


def _known_names(settings: Settings) -> Iterator[str]:
    """Yield the names that the other settings contain or require."""
    for application in (settings.apps or {}).values():
        for item in application.egress.values():
            yield from item.hosts
    yield from settings.registries
    if settings.edge:
        yield settings.edge.domain
    if settings.connectivity and settings.connectivity.partners:
        yield f"*.{PARTNER_DOMAIN}"
    if settings.connectivity and settings.connectivity.vpn:
        yield from _VPN_NAMES
