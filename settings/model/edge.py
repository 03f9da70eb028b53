"""The public entry: domains, certificate, load balancer and firewall."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, TypeAlias

from facts.quotas import WAF_RATE_LIMIT
from settings import identifiers as ids
from settings import types as t
from settings.model.base import ListOf, NonEmptyListOf, Section
from settings.values import whole_number

Dns: TypeAlias = Literal["alias", "weighted", "none"]
"""The record of a domain name in Route 53. `alias`: the address of the load balancer. `weighted`: a CNAME that shares the
requests with another CNAME of the same name, such as that of Heroku. `none`: no record."""


class DomainSettings(Section):
    """A further domain name of the load balancer."""

    name: t.HostPattern
    """Domain name, or a wildcard in quotes: `"*.example.org"` covers names with one label more, such as `a.example.org`."""
    zone_id: ids.HostedZoneId | None = None
    """Id of the Route 53 hosted zone that contains the name; if not set, that of `hipaa:edge.zone_id`."""
    redirect_to: t.Domain | None = None
    """Domain name to which the load balancer redirects every request for this one (status 301), such as the apex for `www`."""
    dns: Dns | None = None
    """The record of this name; if not set, that of `hipaa:edge.dns`."""


class WafSettings(Section):
    """The web application firewall."""

    rate_limit_per_5_min: Annotated[int, whole_number(10, WAF_RATE_LIMIT, "requests")] = 2000
    """Requests that one address may send in five minutes before it is blocked."""
    unlimited_cidrs: ListOf[t.Cidr] = ()
    """Ranges without this limit, such as the address that the staff of a hospital share. All other rules apply to them."""
    partner_rate_limit_per_5_min: Annotated[int, whole_number(10, WAF_RATE_LIMIT, "requests")] | None = None
    """The limit for partners with `mode: privatelink`, instead of the one above. Each has one address per zone, the one of its
    load balancer."""
    counted_rules: ListOf[t.WafRule] = ("SizeRestrictions_BODY",)
    """Managed rules that only count requests instead of blocking them. `SizeRestrictions_BODY` would block every body over 8 KB,
    and so every uploaded image."""


class CaBundleSettings(Section):
    """An object in S3 with the certificates of certificate authorities, in the format PEM."""

    bucket: ids.Bucket
    """Name of the bucket."""
    key: ids.ObjectKey
    """Key of the object. AWS reads the object when the bucket, the key or the version changes, and not later."""
    version: ids.ObjectVersion | None = None
    """Version of the object; if not set, the one that is current when AWS reads it."""


class MutualTlsSettings(Section):
    """Certificates of clients, for every name of the load balancer and for private entries of partners."""

    mode: Literal["verify", "passthrough"]
    """`verify`: the load balancer refuses every client without a valid certificate, also browsers. `passthrough`: it asks for a
    certificate and passes it on unverified; the application decides."""
    ca_bundle: CaBundleSettings | None = None
    """The authorities whose certificates are valid, with `mode: verify`."""


class EdgeSettings(Section):
    """The public entry: load balancer, certificate and firewall."""

    domain: t.Domain
    """First domain name of the load balancer."""
    zone_id: ids.HostedZoneId
    """Id of the Route 53 hosted zone that contains the domain."""
    domains: ListOf[DomainSettings] = ()
    """Further domain names. The certificate contains them all."""
    dns: Dns = "alias"
    """Records of the domain names. `alias`: the address of the load balancer. `weighted`: a CNAME record that shares the requests
    with another one, during a cut-over; not possible at the apex of a zone. `none`: no record."""
    weight: Annotated[int, whole_number(0, 255)] | None = None
    """Weight of the records with `dns: weighted`, in proportion to the weight of the other record. With 0 they get no
    requests, unless all weights are 0."""
    allowed_cidrs: NonEmptyListOf[t.Cidr] = (IPv4Network("0.0.0.0/0"),)
    """Ranges that may connect."""
    maintenance: t.FixedResponse | None = None
    """Text, or HTML that starts with `<`, with which the load balancer answers every request (status 503). Services keep
    running."""
    mutual_tls: MutualTlsSettings | None = None
    """Certificates of clients; if not set, the load balancer does not ask for them."""
    waf: WafSettings = WafSettings()
    """The firewall."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every domain name and wildcard."""
        return (self.domain, *(item.name for item in self.domains))

    @property
    def redirects(self) -> dict[str, str]:
        """Domain name to which each redirected name leads."""
        return {item.name: item.redirect_to for item in self.domains if item.redirect_to is not None}

    @property
    def complete_domains(self) -> tuple[DomainSettings, ...]:
        """Every domain name, with the zone and the kind of record that it has by default."""
        first = DomainSettings(name=self.domain, zone_id=self.zone_id, dns=self.dns)
        others = (
            item.model_copy(update={"zone_id": item.zone_id or self.zone_id, "dns": item.dns or self.dns})
            for item in self.domains
        )
        return (first, *others)

    @property
    def verifies_clients(self) -> bool:
        """Whether the load balancer refuses clients without a certificate."""
        return self.mutual_tls is not None and self.mutual_tls.mode == "verify"

    def covers(self, host: str) -> bool:
        """Return whether the certificate contains a host or wildcard."""
        return host in self.names or f"*.{host.partition('.')[2]}" in self.names
