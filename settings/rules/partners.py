"""Rules on partners and on the network that connects them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Final, TypeAlias

from facts.network import PEER_ASN, is_private
from facts.quotas import NLB_LISTENERS, SECURITY_GROUP_RULES
from facts.stores import PARTNER_PREFIX
from settings.errors import Mistake, did_you_mean, nearest
from settings.model import (
    ConnectivitySettings,
    EndpointPartnerSettings,
    PartnerServiceSettings,
    PrivateLinkPartnerSettings,
    Settings,
    TransitPartnerSettings,
    VpnPartnerSettings,
)
from settings.networks import PRIVATE
from settings.rules import common

_SECTION: Final = "hipaa:connectivity"
_PARTNERS: Final = f"{_SECTION}.partners"

_Routed: TypeAlias = VpnPartnerSettings | TransitPartnerSettings


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield partners that contradict each other, their connection or the rest of the stack."""
    connectivity = settings.connectivity
    if connectivity is None:
        return
    partners = {f"{_PARTNERS}.{name}": partner for name, partner in connectivity.partners.items()}
    routed = {path: partner for path, partner in partners.items() if isinstance(partner, _Routed)}
    yield from _transit(connectivity, routed)
    yield from _gateways(routed)
    yield from _ranges(routed)
    yield from _names(connectivity)
    yield from _listeners(routed)
    yield from _tls(settings, routed)
    yield from _quotas(settings, routed)
    for path, partner in partners.items():
        if isinstance(partner, PrivateLinkPartnerSettings):
            yield from _privatelink(path, settings)
        elif isinstance(partner, EndpointPartnerSettings):
            yield from _endpoint(path, partner, settings)


def _transit(connectivity: ConnectivitySettings, routed: Mapping[str, _Routed]) -> Iterator[Mistake]:
    """Transit gateway and exchange VPC require each other, and routed partners require both."""
    gateway, exchange = f"{_SECTION}.transit", f"{_SECTION}.exchange_cidr"
    if connectivity.transit and not connectivity.exchange_cidr:
        yield Mistake(gateway, {}, f"a transit gateway requires {exchange}", related_paths=(exchange,))
    if connectivity.exchange_cidr and not connectivity.transit:
        yield Mistake(
            exchange,
            connectivity.exchange_cidr,
            f"an exchange VPC requires {gateway}",
            related_paths=(gateway,),
        )
    if connectivity.transit and connectivity.transit.asn == PEER_ASN:
        yield Mistake(
            f"{gateway}.asn", PEER_ASN, f"a number other than {PEER_ASN}, the ASN of the partners' gateways"
        )
    if not connectivity.transit and not connectivity.exchange_cidr:
        for path, partner in routed.items():
            yield Mistake(
                f"{path}.mode",
                partner.mode,
                f"endpoint or privatelink while {gateway} and {exchange} are not set",
                related_paths=(gateway, exchange),
            )


def _gateways(routed: Mapping[str, _Routed]) -> Iterator[Mistake]:
    """Refuse private addresses of gateways, and a gateway or an attachment that two partners share."""
    first_by_value: dict[object, str] = {}
    for partner_path, partner in routed.items():
        if isinstance(partner, TransitPartnerSettings):
            path, value = f"{partner_path}.attachment_id", partner.attachment_id
        else:
            path, value = f"{partner_path}.peer_ip", partner.peer_ip
            if is_private(IPv4Network(partner.peer_ip)):
                yield Mistake(path, value, "a public address")
        if value is None:
            continue
        first = first_by_value.setdefault(value, path)
        if first != path:
            yield Mistake(
                path, value, f"a value that no other partner has; {first} is the same", related_paths=(first,)
            )


def _ranges(routed: Mapping[str, _Routed]) -> Iterator[Mistake]:
    """Refuse public ranges, and targets outside the ranges of their partner."""
    for path, partner in routed.items():
        for index, cidr in enumerate(partner.cidrs):
            if not is_private(cidr):
                yield Mistake(
                    f"{path}.cidrs[{index}]",
                    cidr,
                    f"a {PRIVATE}: a load balancer accepts no public addresses as targets outside its VPC",
                    "ask the partner to translate the addresses, or use mode endpoint",
                )
        cidrs = ", ".join(map(str, partner.cidrs))
        for service_index, service in enumerate(partner.services):
            for index, target in enumerate(service.targets):
                if not any(target in cidr for cidr in partner.cidrs):
                    yield Mistake(
                        f"{path}.services[{service_index}].targets[{index}]",
                        target,
                        f"an address within {path}.cidrs ({cidrs})",
                        related_paths=(f"{path}.cidrs",),
                    )


def _names(connectivity: ConnectivitySettings) -> Iterator[Mistake]:
    """Refuse names of services that lead to the same environment variable, in which hyphens become underscores."""
    first_by_variable: dict[str, str] = {}
    for name, partner in connectivity.partners.items():
        for index, service in enumerate(
            () if isinstance(partner, PrivateLinkPartnerSettings) else partner.services
        ):
            path = f"{_PARTNERS}.{name}.services[{index}].name"
            variable = PARTNER_PREFIX + f"{name}_{service.name}".upper().replace("-", "_")
            first = first_by_variable.setdefault(variable, path)
            if first != path:
                yield Mistake(
                    path,
                    service.name,
                    f"a name that does not lead to the variable {variable}, which {first} uses already",
                    related_paths=(first,),
                )


def _services(routed: Mapping[str, _Routed]) -> Iterator[tuple[str, _Routed, PartnerServiceSettings]]:
    """Yield every service of a routed partner, with its path and its partner."""
    for path, partner in routed.items():
        for index, service in enumerate(partner.services):
            yield f"{path}.services[{index}]", partner, service


def _listeners(routed: Mapping[str, _Routed]) -> Iterator[Mistake]:
    """Refuse a port that two services share, because one load balancer listens for all partners."""
    services = list(_services(routed))
    taken = {service.listener for _, _, service in services} | {0, 443}
    first_by_port: dict[int, str] = {}
    for service_path, _, service in services:
        path, port = f"{service_path}.listen_port", service.listener
        candidates = (number % 65_536 for number in range(port + 1, port + 65_536))
        hint = f"use {next(number for number in candidates if number not in taken)}, which is free"
        if port == 443:
            yield Mistake(
                path, port, "a port other than 443, on which every task may connect to any address", hint
            )
        first = first_by_port.setdefault(port, service_path)
        if first != service_path:
            yield Mistake(
                path,
                port,
                f"a port that is unique; {first} listens on {port} too",
                hint,
                related_paths=(first,),
            )


def _tls(settings: Settings, routed: Mapping[str, _Routed]) -> Iterator[Mistake]:
    """Allow plain text only inside a VPN tunnel, and require a certificate of this stack where TLS is terminated."""
    for path, partner, service in _services(routed):
        tls, certificate, certificate_path = f"{path}.tls", service.certificate_arn, f"{path}.certificate_arn"
        if service.tls == "none" and isinstance(partner, TransitPartnerSettings):
            yield Mistake(
                tls,
                service.tls,
                "passthrough or terminate: traffic to an attached VPC is not encrypted by a VPN tunnel",
                related_paths=(f"{path.rpartition('.services')[0]}.mode",),
            )
        if service.tls == "terminate" and certificate is None:
            yield Mistake(
                tls,
                service.tls,
                f"passthrough; terminate requires {certificate_path}",
                related_paths=(certificate_path,),
            )
        elif service.tls != "terminate" and certificate is not None:
            yield Mistake(
                certificate_path,
                certificate,
                f"no certificate unless {tls} is terminate",
                related_paths=(tls,),
            )
        elif certificate is not None:
            yield from common.check_own_arn(
                settings,
                certificate_path,
                certificate,
                service="acm",
                kind="certificate/",
                noun="a certificate",
            )


def _quotas(settings: Settings, routed: Mapping[str, _Routed]) -> Iterator[Mistake]:
    services = [service for _, _, service in _services(routed)]
    zones, targets = len(settings.network.zones), sum(len(service.targets) for service in services)
    most = min(NLB_LISTENERS, SECURITY_GROUP_RULES // max(1, zones))
    if len(services) > most:
        yield Mistake(
            _PARTNERS,
            f"{len(services)} services",
            f"at most {most} services in {zones} zones, because of AWS's quotas for listeners of a load balancer and "
            "for rules of its security group",
            related_paths=("hipaa:network.zones",),
        )
    if targets > SECURITY_GROUP_RULES:
        yield Mistake(
            _PARTNERS,
            f"{targets} targets",
            f"at most {SECURITY_GROUP_RULES} targets of all services together, because of AWS's quota for rules of a "
            "security group",
        )


def _privatelink(path: str, settings: Settings) -> Iterator[Mistake]:
    for section in ("edge", "compute"):
        if getattr(settings, section) is None:
            yield Mistake(
                f"{path}.mode",
                "privatelink",
                f"the mode privatelink requires hipaa:{section}",
                related_paths=(f"hipaa:{section}",),
            )


def _endpoint(path: str, partner: EndpointPartnerSettings, settings: Settings) -> Iterator[Mistake]:
    zones = settings.network.zones
    for index, zone in enumerate(partner.zones):
        if zone not in zones:
            yield Mistake(
                f"{path}.zones[{index}]",
                zone,
                f"one of the stack's zones: {', '.join(zones)}",
                did_you_mean(nearest(zone, zones)),
                related_paths=("hipaa:network.zones",),
            )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on partners that are not attached yet, on plain text, and on services that reach no partner."""
    if settings.connectivity is None:
        return
    partners = settings.connectivity.partners
    for name, partner in partners.items():
        if isinstance(partner, TransitPartnerSettings) and partner.attachment_id is None:
            yield (
                f"{_PARTNERS}.{name}.attachment_id is not set: the transit gateway is shared with the partner's "
                "account, but nothing is routed yet"
            )
    routed = {f"{_PARTNERS}.{name}": item for name, item in partners.items() if isinstance(item, _Routed)}
    for path, _, service in _services(routed):
        if service.tls == "none":
            yield (
                f"{path}.tls is none: traffic from the application to the partner's tunnel is plain text, which the "
                "controls listener-is-encrypted and target-is-encrypted refuse without a waiver"
            )
    reachable = any(
        not isinstance(item, PrivateLinkPartnerSettings) and item.services for item in partners.values()
    )
    for name, app in (settings.apps or {}).items():
        if "partners" in app.uses and not reachable:
            yield f"hipaa:apps.{name}.uses contains partners, but no partner has services to reach"
