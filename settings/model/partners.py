"""Partner organizations, by the kind of their connection."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, computed_field

from settings import identifiers as ids
from settings import types as t
from settings.model.base import ListOf, NonEmptyListOf, Section

HTTPS_LISTENER = 8443
"""Port on which the load balancer listens for a partner's service on 443. Every task may connect to any address on 443, so
a listener on that port would be open to all tasks."""


class EndpointServiceSettings(Section):
    """A service behind a partner's endpoint service. It must use TLS, because this stack does not terminate it."""

    name: t.Slug
    """Name of the service."""
    port: t.Port
    """Port of the service."""


class PartnerServiceSettings(EndpointServiceSettings):
    """A service in a partner's network."""

    targets: NonEmptyListOf[t.Address]
    """Addresses of the service within the partner's ranges."""
    listen_port: t.Port | None = None
    """Port on which applications reach the service, unique among the services of all partners. If not set, it is `port`, or
    8443 if `port` is 443."""
    tls: Literal["passthrough", "terminate", "none"]
    """How TLS is handled. `passthrough`: application and partner use TLS end to end. `terminate`: the load balancer ends TLS and
    opens a new TLS connection to the partner. `none`: plain text, which only a VPN tunnel may carry."""
    certificate_arn: ids.Arn | None = None
    """Certificate in AWS Certificate Manager for `tls: terminate`; not allowed otherwise."""

    @computed_field
    @property
    def listener(self) -> int:
        """Return the port on which applications reach the service.

        It does not depend on other services, so adding one never changes it.
        """
        return self.listen_port or (HTTPS_LISTENER if self.port == 443 else self.port)


class RoutedPartnerSettings(Section):
    """Settings that all partners with routed ranges have in common."""

    cidrs: NonEmptyListOf[t.PartnerCidr]
    """Ranges of the partner that are routed."""
    services: ListOf[PartnerServiceSettings] = ()
    """Services that the stack may reach in the partner's network."""


class VpnPartnerSettings(RoutedPartnerSettings):
    """A partner connected by a site-to-site VPN."""

    mode: Literal["vpn"]
    """Kind of connection."""
    peer_ip: t.Address
    """Public address of the partner's gateway."""


class TransitPartnerSettings(RoutedPartnerSettings):
    """A partner whose VPC is attached to the transit gateway."""

    mode: Literal["transit"]
    """Kind of connection."""
    account: ids.AccountId
    """The partner's AWS account, with which the transit gateway is shared."""
    attachment_id: ids.AttachmentId | None = None
    """The attachment that the partner has created. If not set, the transit gateway is shared but no range is routed."""


class PrivateLinkPartnerSettings(Section):
    """A partner that reaches the public entry of the stack through AWS PrivateLink; none of its ranges is routed."""

    mode: Literal["privatelink"]
    """Kind of connection."""
    principals: NonEmptyListOf[ids.Arn]
    """ARNs of the principals that may create an endpoint; you accept each connection by hand."""


class EndpointPartnerSettings(Section):
    """A partner whose services are reached through an interface endpoint; none of its ranges is routed."""

    mode: Literal["endpoint"]
    """Kind of connection."""
    service_name: ids.EndpointServiceName
    """Name of the partner's endpoint service."""
    services: NonEmptyListOf[EndpointServiceSettings]
    """Services that the stack may reach through the endpoint."""
    zones: ListOf[str] = ()
    """Zones in which the endpoint service is available. If not set, all zones of the stack."""


PartnerSettings: TypeAlias = Annotated[
    VpnPartnerSettings | TransitPartnerSettings | PrivateLinkPartnerSettings | EndpointPartnerSettings,
    Field(discriminator="mode"),
]
