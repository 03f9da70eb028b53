"""What partners are, and how their services are named: plain data and pure functions, no resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final, TypeAlias

DOMAIN: Final = "partner.internal"
"""Private zone of partners' services; `internal` belongs to nobody's public names
(https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en).
"""

TLS: Final = ("passthrough", "terminate", "none")
"""How what a service is asked travels."""

END_TO_END: Final = {"tls": "end-to-end"}
"""States on a TCP listener and its targets that what passes is TLS, which both ends speak and nothing here ends."""
STATED: Final = {"passthrough": END_TO_END, "none": {"tls": "none"}}
"""What TCP says of itself by tags; what ends TLS shows it by its protocol."""

PEER_ASN: Final = 65_000
"""BGP number that every partner's gateway gets: AWS wants one, though routes are static."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartnerService:
    """A partner's service behind the exchange's load balancer."""

    name: str
    """Name of the service."""
    port: int
    """Port that it listens on."""
    listener: int
    """Port that the load balancer listens on for it, its own among all services."""
    targets: tuple[IPv4Address, ...]
    """Addresses of the service, in the partner's ranges."""
    tls: str
    """`passthrough` hands on the TLS of both ends, `terminate` ends it here and begins it anew, `none` is plain text."""
    certificate_arn: str | None = None
    """Certificate with which the load balancer ends TLS."""

    def __post_init__(self) -> None:
        """Refuse TLS without a certificate, and a certificate that nothing would use."""
        if self.tls not in TLS:
            raise ValueError(f"tls of {self.name} must be {', '.join(TLS)}, got {self.tls!r}")
        if (self.tls == "terminate") != (self.certificate_arn is not None):
            raise ValueError(f"certificate_arn of {self.name} must come with tls terminate, got {self.tls}")


@dataclass(frozen=True, kw_only=True, slots=True)
class VpnPartner:
    """A partner behind a site-to-site VPN."""

    cidrs: tuple[IPv4Network, ...]
    """Ranges that are routed to the partner."""
    peer_ip: IPv4Address
    """Public address of the partner's gateway."""
    services: tuple[PartnerService, ...]
    """What may be reached there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitPartner:
    """A partner whose VPC attaches to the transit gateway."""

    cidrs: tuple[IPv4Network, ...]
    """Ranges that are routed to the partner."""
    account: str
    """AWS account that the gateway is shared with, 12 digits."""
    attachment_id: str | None
    """The partner's attachment; none until they have made it."""
    services: tuple[PartnerService, ...]
    """What may be reached there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateLinkPartner:
    """A partner that reaches the public entry by a private way."""

    principals: tuple[str, ...]
    """ARNs of those who may ask for an endpoint."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointPartner:
    """A partner whose services are behind an endpoint service of theirs."""

    service_name: str
    """Name of the endpoint service."""
    services: Mapping[str, int]
    """Port of every service, by name."""
    zones: tuple[str, ...]
    """Zones in which the endpoint service is; all if empty."""


RoutedPartner: TypeAlias = VpnPartner | TransitPartner
"""A partner whose ranges are routed."""
ReachedPartner: TypeAlias = RoutedPartner | EndpointPartner
"""A partner whose services the stack's services may call."""


def key(partner: str, service: str) -> str:
    """Return the part of a service's names that no other service has: neither of the two can hold a dot."""
    return f"{service}.{partner}"


def host(partner: str, service: str) -> str:
    """Return the name by which applications reach a service, e.g. `fhir.mercy.partner.internal`."""
    return f"{key(partner, service)}.{DOMAIN}"


def variables(partner: str, service: str, port: int) -> dict[str, str]:
    """Return the variables that tell a container where a service is, e.g. `PARTNER_MERCY_FHIR_HOST`."""
    prefix = f"PARTNER_{partner}_{service}".upper().replace("-", "_")
    return {f"{prefix}_HOST": host(partner, service), f"{prefix}_PORT": str(port)}


def strangers(partners: Mapping[str, RoutedPartner], of: str) -> Iterator[tuple[str, IPv4Network]]:
    """Yield the name and each range of every other partner: these must be closed to this one."""
    for name, partner in partners.items():
        if name != of:
            yield from ((name, cidr) for cidr in partner.cidrs)
