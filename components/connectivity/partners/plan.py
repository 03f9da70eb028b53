"""Descriptions of partners, and the names of their services. Data classes and pure functions; creates no resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final, TypeAlias

from facts.stores import PARTNER_PREFIX

DOMAIN: Final = "partner.internal"
"""Private DNS zone of partners' services. ICANN reserves `internal` for private use
(https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en).
"""

TLS: Final = ("passthrough", "terminate", "none")
"""TLS handling of a partner's service; see `PartnerService.tls`."""

END_TO_END: Final = {"tls": "end-to-end"}
"""Tag of a TCP listener and its target group: client and target use TLS, and the load balancer does not terminate it."""
TLS_TAGS: Final = {"passthrough": END_TO_END, "none": {"tls": "none"}}
"""Tags that declare how a TCP listener handles TLS, by the value of `tls`. A TLS listener needs none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartnerService:
    """A partner's service behind the exchange's load balancer."""

    name: str
    """Name of the service; part of its host name."""
    port: int
    """Port of the targets."""
    listener: int
    """Port of the load balancer's listener; unique among the services of all partners."""
    targets: tuple[IPv4Address, ...]
    """Addresses of the service, within the partner's ranges."""
    tls: str
    """`passthrough`: client and target use TLS end to end. `terminate`: the load balancer terminates TLS and opens a new TLS
    connection to the target. `none`: plain text."""
    certificate_arn: str | None = None
    """ARN of the ACM certificate of the listener; required if and only if `tls` is `terminate`."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for an unknown `tls`, and if only one of `terminate` and a certificate is set."""
        if self.tls not in TLS:
            raise ValueError(f"tls of {self.name} must be one of {', '.join(TLS)}, got {self.tls!r}")
        if (self.tls == "terminate") != (self.certificate_arn is not None):
            raise ValueError(
                f"certificate_arn of {self.name} must be set if and only if tls is terminate, got tls {self.tls} "
                f"and certificate_arn {self.certificate_arn}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class VpnPartner:
    """A partner behind a site-to-site VPN."""

    cidrs: tuple[IPv4Network, ...]
    """Ranges that are routed to the partner."""
    peer_ip: IPv4Address
    """Public IPv4 address of the partner's VPN gateway."""
    services: tuple[PartnerService, ...]
    """Services that the stack may call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitPartner:
    """A partner whose VPC attaches to the transit gateway."""

    cidrs: tuple[IPv4Network, ...]
    """Ranges that are routed to the partner."""
    account: str
    """Id of the partner's AWS account, 12 digits; the transit gateway is shared with it."""
    attachment_id: str | None
    """Id of the partner's VPC attachment; None until the partner has created it."""
    services: tuple[PartnerService, ...]
    """Services that the stack may call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateLinkPartner:
    """A partner that calls the stack's public load balancer through AWS PrivateLink."""

    principals: tuple[str, ...]
    """ARNs of IAM principals that may request an endpoint."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointPartner:
    """A partner that offers its services through an endpoint service (AWS PrivateLink)."""

    service_name: str
    """Name of the partner's endpoint service, `com.amazonaws.vpce.<region>.vpce-svc-…`."""
    services: Mapping[str, int]
    """Ports by the name of the service."""
    zones: tuple[str, ...]
    """Availability zones that the endpoint service supports; empty means all zones."""


RoutedPartner: TypeAlias = VpnPartner | TransitPartner
"""A partner with ranges that the transit gateway routes to."""
ReachedPartner: TypeAlias = RoutedPartner | EndpointPartner
"""A partner whose services the stack's services may call."""


def service_key(partner: str, service: str) -> str:
    """Return a unique part for the names of a service, e.g. `fhir.mercy`. Neither name can contain a dot."""
    return f"{service}.{partner}"


def service_host(partner: str, service: str) -> str:
    """Return the DNS name of a service, e.g. `fhir.mercy.partner.internal`."""
    return f"{service_key(partner, service)}.{DOMAIN}"


def service_variables(partner: str, service: str, port: int) -> dict[str, str]:
    """Return the environment variables with host and port of a service, e.g. `PARTNER_MERCY_FHIR_HOST`."""
    prefix = f"{PARTNER_PREFIX}{partner}_{service}".upper().replace("-", "_")
    return {f"{prefix}_HOST": service_host(partner, service), f"{prefix}_PORT": str(port)}


def ranges_of_others(partners: Mapping[str, RoutedPartner], name: str) -> Iterator[tuple[str, IPv4Network]]:
    """Yield name and range for every range of the partners other than `name`, which must not reach these ranges."""
    for other, partner in partners.items():
        if other != name:
            yield from ((other, cidr) for cidr in partner.cidrs)
