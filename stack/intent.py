"""The network access and log retention that the settings of a stack require. `blueprint` proves that the program has them.

The names are those of the components in `stack/`. Ports are repeated here instead of imported, so that the proofs detect
a wrong port in a component.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, Final

from blueprint.intent import (
    AllowedTraffic,
    EntryPoint,
    Intent,
    LogRetention,
    PartnerIntent,
    ServiceIntent,
    VpnIntent,
)
from facts.stores import STORES
from settings import Service, Settings
from settings.model import (
    EndpointPartnerSettings,
    NatMode,
    PrivateLinkPartnerSettings,
    TransitPartnerSettings,
    VpnPartnerSettings,
    daemon_name,
)

_EDGE: Final = "edge"
_VPN: Final = "vpn"
_ANYWHERE: Final = IPv4Network("0.0.0.0/0")
_TIERS: Final[Mapping[str, str]] = {"app": "private", "data": "data"}
"""Tier of the address plan by the name of a tier in `hipaa:connectivity.vpn.access`."""
_LOGS: Final[Mapping[str, str]] = {
    "delivery-errors": "failed deliveries to the archive",
    "vpn-tunnels": "tunnels to partners",
    "masked-data": "what was masked in application logs",
    "vpn-access": "sign-ins and connections of the staff VPN",
    "vpn-users": "users of the staff VPN",
    "vpn-system": "the staff VPN's host",
    "findings": "findings of the account's detection services",
}


def intent(settings: Settings) -> Intent:
    """Return the network access and log retention that these settings require."""
    return Intent(
        entry_points=dict(_entrances(settings)),
        services=dict(_services(settings)),
        partners=dict(_partners(settings)),
        vpn=_vpn(settings),
        logs=LogRetention(
            days=settings.audit.retention_days,
            setting="hipaa:audit.retention_days",
            search_setting="hipaa:audit.hot_days",
            titles=_LOGS,
        ),
    )


def _entrances(settings: Settings) -> Iterator[tuple[str, EntryPoint]]:
    if settings.edge:
        everybody = AllowedTraffic(
            ranges=tuple(settings.edge.allowed_cidrs), tcp=(80, 443), setting="hipaa:edge.allowed_cidrs"
        )
        identity_providers = AllowedTraffic(ranges=(_ANYWHERE,), tcp=(443,))
        outside = (identity_providers,) if settings.signs_in else ()
        yield _EDGE, EntryPoint(title="the edge", allowed=(everybody,), outside=outside)
    if vpn := settings.connectivity and settings.connectivity.vpn:
        users = AllowedTraffic(ranges=(_ANYWHERE,), tcp=(443,), udp=(1194,))
        admins = AllowedTraffic(
            ranges=tuple(vpn.admin_cidrs), tcp=(9443,), setting="hipaa:connectivity.vpn.admin_cidrs"
        )
        yield _VPN, EntryPoint(title="the VPN server", allowed=(users, admins))


def _services(settings: Settings) -> Iterator[tuple[str, ServiceIntent]]:
    """Yield the daemons and the services that run, which are those with an image, if the stack has a cluster."""
    if settings.compute is None:
        return
    links = settings.connectivity
    for name, service in settings.services.items():
        if service.image is None:
            continue
        uses = frozenset(service.uses)
        yield (
            name,
            ServiceIntent(
                stores=uses & STORES.keys(),
                partners=frozenset(links.partners) if links and "partners" in uses else frozenset(),
                calls=frozenset(service.settings.connects_to),
                port=service.settings.connect_port,
                outside=(*_https(settings), *_egress(settings, service)),
            ),
        )
    for name in settings.compute.daemons:
        yield daemon_name(name), ServiceIntent(outside=_https(settings))


def _https(settings: Settings) -> tuple[AllowedTraffic, ...]:
    """Return what every service and daemon may reach on the internet: HTTPS everywhere."""
    if settings.network.nat is NatMode.NONE:
        return ()
    return (AllowedTraffic(ranges=(_ANYWHERE,), tcp=(443,)),)


def _egress(settings: Settings, service: Service) -> Iterator[AllowedTraffic]:
    """Yield what the egress of its application adds for a service."""
    if settings.network.nat is not NatMode.NONE:
        for name, item in service.application.egress.items():
            if item.port != 443:
                yield AllowedTraffic(
                    ranges=item.ranges, tcp=(item.port,), setting=f"{service.app_path}.egress.{name}"
                )


def _partners(settings: Settings) -> Iterator[tuple[str, PartnerIntent]]:
    if settings.connectivity is None:
        return
    for name, partner in settings.connectivity.partners.items():
        match partner:
            case VpnPartnerSettings():
                yield name, PartnerIntent(ranges=partner.cidrs, gateway_address=str(partner.peer_ip))
            case TransitPartnerSettings():
                yield name, PartnerIntent(ranges=partner.cidrs, attachment_id=partner.attachment_id or "")
            case PrivateLinkPartnerSettings():
                yield name, PartnerIntent(principals=frozenset(partner.principals))
            case EndpointPartnerSettings():
                yield name, PartnerIntent(endpoint_service=partner.service_name)


def _vpn(settings: Settings) -> VpnIntent | None:
    vpn = settings.connectivity and settings.connectivity.vpn
    if not vpn:
        return None
    return VpnIntent(
        server=_VPN,
        client_ranges=(vpn.client_cidr,),
        groups={group: frozenset(_TIERS[tier] for tier in tiers) for group, tiers in vpn.access.items()},
        rules=vpn_rules,
    )


def vpn_rules(boot_script: str) -> Mapping[str, tuple[AllowedTraffic, ...]] | None:
    """Return the destinations that each group of VPN users may reach, from the JSON object in the boot script of the server.

    The object has the keys `groups` (names of tiers by group) and `tiers` (`cidrs` and `ports` by name).

    Returns:
        Ranges and TCP ports by group; None if the script contains no such object.
    """
    start = boot_script.find('{"groups":')
    if start < 0:
        return None
    with contextlib.suppress(ValueError):
        plan: Any = json.JSONDecoder().raw_decode(boot_script, start)[0]
        tiers = {
            name: AllowedTraffic(ranges=tuple(map(IPv4Network, tier["cidrs"])), tcp=tuple(tier["ports"]))
            for name, tier in plan["tiers"].items()
        }
        return {
            group: tuple(tiers[name] for name in names if name in tiers)
            for group, names in plan["groups"].items()
        }
    return None
