"""What the settings of partners may be together, told as in `settings.rules`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from settings.errors import nearest
from settings.model import (
    EndpointPartner,
    PartnerServiceSettings,
    PrivateLinkPartner,
    Settings,
    TransitPartner,
    VpnPartner,
)
from settings.rules import Finding
from settings.types import is_private

_SECTION = "hipaa:connectivity"
_PARTNERS = f"{_SECTION}.partners"

_PEER_ASN = 65_000
"""BGP number that every partner's gateway gets: AWS wants one, though routes are static."""

_LISTENERS = 50
"""Of a Network Load Balancer (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html)."""

_GROUP_RULES = 60
"""Of a security group in each direction (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)."""

_Routed = VpnPartner | TransitPartner


def check(settings: Settings) -> Iterator[Finding]:
    """Yield everything that is wrong between partners, and between them and the rest of the stack."""
    if settings.connectivity is None:
        return
    routed = {name: it for name, it in settings.connectivity.partners.items() if isinstance(it, _Routed)}
    yield from _transit(settings, routed)
    yield from _gateways(routed)
    yield from _ranges(routed)
    yield from _names(settings)
    yield from _listeners(routed)
    yield from _encryption(settings, routed)
    yield from _quotas(settings, routed)
    yield from _others(settings)


def _transit(settings: Settings, routed: dict[str, _Routed]) -> Iterator[Finding]:
    """Gateway and exchange come together: neither leads anywhere alone."""
    joined = settings.connectivity
    assert joined is not None  # noqa: S101 - told by the caller
    gateway, exchange = f"{_SECTION}.transit", f"{_SECTION}.exchange_cidr"
    if joined.transit and not joined.exchange_cidr:
        yield Finding(gateway, {}, f"a stack with {exchange}, which the gateway leads to", also=(exchange,))
    if joined.exchange_cidr and not joined.transit:
        yield Finding(
            exchange, joined.exchange_cidr, f"a stack with {gateway}, the only way to it", also=(gateway,)
        )
    if joined.transit and joined.transit.asn == _PEER_ASN:
        yield Finding(
            f"{gateway}.asn", _PEER_ASN, f"another number than {_PEER_ASN}, which partners' gateways get"
        )
    if not joined.transit and not joined.exchange_cidr:
        for name, partner in routed.items():
            yield Finding(
                f"{_PARTNERS}.{name}.mode",
                partner.mode,
                f"endpoint or privatelink while {gateway} and {exchange} are not set",
                also=(gateway, exchange),
            )


def _gateways(routed: dict[str, _Routed]) -> Iterator[Finding]:
    """AWS knows a gateway by its address, so two partners with one would share it."""
    seen: dict[object, str] = {}
    for name, partner in routed.items():
        key, value = "peer_ip", getattr(partner, "peer_ip", None)
        if isinstance(partner, TransitPartner):
            key, value = "attachment_id", partner.attachment_id
        elif is_private(IPv4Network(partner.peer_ip)):
            yield Finding(f"{_PARTNERS}.{name}.peer_ip", partner.peer_ip, "a public address")
        if value is None:
            continue
        path = f"{_PARTNERS}.{name}.{key}"
        first = seen.setdefault(value, path)
        if first != path:
            yield Finding(path, value, f"one that no other partner has; {first} is the same", also=(first,))


def _ranges(routed: dict[str, _Routed]) -> Iterator[Finding]:
    for name, partner in routed.items():
        for index, cidr in enumerate(partner.cidrs):
            if not is_private(cidr):
                yield Finding(
                    f"{_PARTNERS}.{name}.cidrs[{index}]",
                    cidr,
                    "a private range (RFC 1918 or 100.64.0.0/10): a load balancer takes no other targets outside its VPC",
                    "let the partner translate their addresses, or use mode endpoint",
                )


def _names(settings: Settings) -> Iterator[Finding]:
    """The names of services become variables, in which a hyphen and the joint between two names look alike."""
    joined = settings.connectivity
    assert joined is not None  # noqa: S101 - told by the caller
    seen: dict[str, str] = {}
    for name, partner in joined.partners.items():
        if isinstance(partner, PrivateLinkPartner):
            continue
        for index, service in enumerate(partner.services):
            path = f"{_PARTNERS}.{name}.services[{index}].name"
            variable = f"PARTNER_{name}_{service.name}".upper().replace("-", "_")
            first = seen.setdefault(variable, path)
            if first != path:
                yield Finding(
                    path,
                    service.name,
                    f"a name that does not give {variable}, as {first} does",
                    also=(first,),
                )
            targets = service.targets if isinstance(service, PartnerServiceSettings) else ()
            for place, target in enumerate(targets):
                if target in targets[:place]:
                    where = f"{_PARTNERS}.{name}.services[{index}].targets"
                    yield Finding(
                        f"{where}[{place}]",
                        target,
                        f"each entry once; {where}[{targets.index(target)}] is the same",
                    )


def _listeners(routed: dict[str, _Routed]) -> Iterator[Finding]:
    """One load balancer listens for all partners, so each service has a port of its own."""
    taken = {service.listener for partner in routed.values() for service in partner.services} | {443}
    seen: dict[int, str] = {}
    for name, partner in routed.items():
        for index, service in enumerate(partner.services):
            service_path = f"{_PARTNERS}.{name}.services[{index}]"
            path, port = f"{service_path}.listen_port", service.listener
            free = next(
                number for number in range(port + 1, port + 65_536) if number % 65_536 not in {*taken, 0}
            )
            hint = f"set it to {free % 65_536}, which is free"
            if port == 443:
                yield Finding(
                    path, port, "another port than 443, by which every task may call any address", hint
                )
            first = seen.setdefault(port, service_path)
            if first != service_path:
                yield Finding(
                    path, port, f"a port of its own; {first} listens on {port} too", hint, also=(first,)
                )


def _encryption(settings: Settings, routed: dict[str, _Routed]) -> Iterator[Finding]:
    """Plain text is for a partner's tunnel alone, and what ends TLS has a certificate of this stack's account and region."""
    wanted = f"arn:{settings.partition}:acm:{settings.region}:{settings.account_id}:certificate/"
    for name, partner in routed.items():
        for index, service in enumerate(partner.services):
            path = f"{_PARTNERS}.{name}.services[{index}]"
            certificate, here = service.certificate_arn, f"{path}.certificate_arn"
            if service.tls == "none" and isinstance(partner, TransitPartner):
                yield Finding(
                    f"{path}.tls",
                    service.tls,
                    "passthrough or terminate: no tunnel encrypts what goes to an attached VPC",
                    also=(f"{_PARTNERS}.{name}.mode",),
                )
            if service.tls == "terminate" and certificate is None:
                yield Finding(
                    f"{path}.tls", service.tls, f"passthrough, or a service with {here}", also=(here,)
                )
            elif service.tls != "terminate" and certificate is not None:
                yield Finding(here, certificate, f"none, or {path}.tls: terminate", also=(f"{path}.tls",))
            elif certificate is not None and not certificate.startswith(wanted):
                yield Finding(
                    here,
                    certificate,
                    f"a certificate of this account and region: {wanted}…",
                    also=("aws:region", "hipaa:account"),
                )


def _quotas(settings: Settings, routed: dict[str, _Routed]) -> Iterator[Finding]:
    services = [service for partner in routed.values() for service in partner.services]
    zones, targets = len(settings.network.zones), sum(len(service.targets) for service in services)
    most = min(_LISTENERS, _GROUP_RULES // max(1, zones))
    if len(services) > most:
        yield Finding(
            _PARTNERS,
            f"{len(services)} services",
            f"at most {most} services in {zones} zones, by the load balancer's listeners and its group's rules",
            also=("hipaa:network.zones",),
        )
    if targets > _GROUP_RULES:
        yield Finding(
            _PARTNERS,
            f"{targets} targets",
            f"at most {_GROUP_RULES} targets of all services, by the rules of the load balancer's group",
        )


def _others(settings: Settings) -> Iterator[Finding]:
    joined = settings.connectivity
    assert joined is not None  # noqa: S101 - told by the caller
    for name, partner in joined.partners.items():
        path = f"{_PARTNERS}.{name}"
        if isinstance(partner, PrivateLinkPartner):
            for section in ("edge", "compute"):
                if getattr(settings, section) is None:
                    yield Finding(
                        f"{path}.mode",
                        partner.mode,
                        f"another mode while hipaa:{section} is not set: there is nothing to reach",
                        also=(f"hipaa:{section}",),
                    )
        if isinstance(partner, EndpointPartner):
            known = settings.network.zones
            for index, zone in enumerate(partner.zones):
                if zone not in known:
                    near = nearest(zone, known)
                    yield Finding(
                        f"{path}.zones[{index}]",
                        zone,
                        f"one of the stack's zones: {', '.join(known)}",
                        f"did you mean {near}?" if near else "",
                        also=("hipaa:network.zones",),
                    )
            region = partner.service_name.split(".")[3]
            if region != settings.region:
                yield Finding(
                    f"{path}.service_name",
                    partner.service_name,
                    f"an endpoint service in aws:region ({settings.region})",
                    also=("aws:region",),
                )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for a partner that is not connected yet, for plain text, and for a use that leads nowhere."""
    if settings.connectivity is None:
        return
    partners = settings.connectivity.partners
    for name, partner in partners.items():
        if isinstance(partner, TransitPartner) and partner.attachment_id is None:
            yield (
                f"{_PARTNERS}.{name}.attachment_id is not set: the transit gateway is shared with the partner's "
                "account, and nothing is routed yet"
            )
    for name, partner in partners.items():
        for index, service in enumerate(partner.services if isinstance(partner, _Routed) else ()):
            if service.tls == "none":
                yield (
                    f"{_PARTNERS}.{name}.services[{index}].tls is none: from the application to the partner's tunnel it is plain "
                    "text, which listener-is-encrypted and target-is-encrypted refuse without a waiver"
                )
    reachable = any(not isinstance(it, PrivateLinkPartner) and it.services for it in partners.values())
    for name, service in (settings.services or {}).items():
        if "partners" in service.uses and not reachable:
            yield f"hipaa:services.{name}.uses has partners, but no partner has services to reach"
