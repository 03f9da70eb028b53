"""Rules on the public entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts.quotas import CERTIFICATE_NAMES, SECURITY_GROUP_RULES
from settings.errors import Mistake
from settings.model import EdgeSettings, PrivateLinkPartnerSettings, Settings
from settings.showing import MISSING

_PORTS: Final = 2
"""The load balancer accepts 80, which it redirects, and 443."""

_MOST_NAMES: Final = 100
"""Most names to which AWS raises `CERTIFICATE_NAMES` (same page)."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield more ranges than the security group of the load balancer can have rules for, and contradicting domain names."""
    if settings.edge is None:
        return
    yield from _ranges(settings, settings.edge)
    yield from _names(settings.edge)
    yield from _redirects(settings.edge)
    yield from _zones(settings.edge)
    yield from _weight(settings.edge)
    yield from _mutual_tls(settings.edge)
    yield from _firewall(settings, settings.edge)


def _ranges(settings: Settings, edge: EdgeSettings) -> Iterator[Mistake]:
    partners = settings.connectivity.partners.values() if settings.connectivity else ()
    private_entries = sum(isinstance(partner, PrivateLinkPartnerSettings) for partner in partners)
    rules = 2 if edge.verifies_clients else 1  # A private entry then has a port of its own for health checks.
    most = (SECURITY_GROUP_RULES - private_entries * rules) // _PORTS
    if len(edge.allowed_cidrs) > most:
        yield Mistake(
            "hipaa:edge.allowed_cidrs",
            f"{len(edge.allowed_cidrs)} ranges",
            f"at most {most} ranges, because each needs {_PORTS} of the {SECURITY_GROUP_RULES} rules that AWS allows in a "
            "security group",
            "join neighbouring ranges, or allow 0.0.0.0/0 and filter addresses in AWS WAF",
        )


def _path(index: int) -> str:
    """Return the path of a name in `EdgeSettings.names`."""
    return f"hipaa:edge.domains[{index - 1}].name" if index else "hipaa:edge.domain"


def _names(edge: EdgeSettings) -> Iterator[Mistake]:
    if len(edge.names) > _MOST_NAMES:
        yield Mistake(
            "hipaa:edge.domains",
            f"{len(edge.domains)} names",
            f"at most {_MOST_NAMES - 1} names, because a certificate of ACM has at most {_MOST_NAMES}",
            "use a wildcard",
        )
    for index, name in enumerate(edge.names):
        first = edge.names.index(name)
        if first < index:
            yield Mistake(
                _path(index),
                name,
                f"no duplicates; {_path(first)} is the same",
                related_paths=(_path(first),),
            )


def _redirects(edge: EdgeSettings) -> Iterator[Mistake]:
    for index, item in enumerate(edge.domains):
        path = f"hipaa:edge.domains[{index}].redirect_to"
        if item.redirect_to is None:
            continue
        if item.name.startswith("*."):
            yield Mistake(
                path,
                item.redirect_to,
                f"no redirect of {item.name}, which covers the names of applications too",
                "list the names that redirect",
                related_paths=(_path(index + 1),),
            )
        elif item.redirect_to in edge.redirects or not edge.covers(item.redirect_to):
            yield Mistake(
                path,
                item.redirect_to,
                "a name that hipaa:edge.domain or hipaa:edge.domains contains and that does not redirect itself",
                related_paths=("hipaa:edge.domain", "hipaa:edge.domains"),
            )


def _zones(edge: EdgeSettings) -> Iterator[Mistake]:
    """Refuse names that cannot be in the zone of the first one, and two zones for the one record that proves two names."""
    zones = {item.name: item.zone_id for item in edge.complete_domains}
    for index, item in enumerate(edge.domains):
        path = f"hipaa:edge.domains[{index}].zone_id"
        if item.zone_id is None and item.name.split(".")[-2:] != edge.domain.split(".")[-2:]:
            yield Mistake(
                path,
                MISSING,
                f"the id of the hosted zone of {item.name}, which cannot be in the zone of {edge.domain}",
                related_paths=(_path(index + 1), "hipaa:edge.domain"),
            )
        base = item.name.removeprefix("*.")
        if base != item.name and base in zones and zones[base] != zones[item.name]:
            yield Mistake(
                path,
                zones[item.name],
                f"the zone of {base} ({zones[base]}), because one record proves control of both names",
                related_paths=("hipaa:edge.zone_id", "hipaa:edge.domains"),
            )


def _weight(edge: EdgeSettings) -> Iterator[Mistake]:
    weighted = any(item.dns == "weighted" for item in edge.complete_domains)
    if weighted and edge.weight is None:
        yield Mistake(
            "hipaa:edge.weight",
            MISSING,
            "a weight from 0 to 255, because a record has dns: weighted",
            "start with 0",
            related_paths=("hipaa:edge.dns", "hipaa:edge.domains"),
        )
    if not weighted and edge.weight is not None:
        yield Mistake(
            "hipaa:edge.weight",
            edge.weight,
            "no weight, because no record has dns: weighted",
            related_paths=("hipaa:edge.dns", "hipaa:edge.domains"),
        )


def _mutual_tls(edge: EdgeSettings) -> Iterator[Mistake]:
    path, mutual_tls = "hipaa:edge.mutual_tls", edge.mutual_tls
    if mutual_tls is None:
        return
    if mutual_tls.mode == "verify" and mutual_tls.ca_bundle is None:
        yield Mistake(
            f"{path}.ca_bundle",
            MISSING,
            f"bucket and key of the certificate authorities, because {path}.mode is verify",
            related_paths=(f"{path}.mode",),
        )
    if mutual_tls.mode == "passthrough" and mutual_tls.ca_bundle is not None:
        yield Mistake(
            f"{path}.ca_bundle",
            f"s3://{mutual_tls.ca_bundle.bucket}/{mutual_tls.ca_bundle.key}",
            f"no ca_bundle, because {path}.mode is passthrough, with which the load balancer verifies nothing",
            related_paths=(f"{path}.mode",),
        )


def _firewall(settings: Settings, edge: EdgeSettings) -> Iterator[Mistake]:
    for index, cidr in enumerate(edge.waf.unlimited_cidrs):
        if cidr.prefixlen == 0:
            yield Mistake(
                f"hipaa:edge.waf.unlimited_cidrs[{index}]",
                cidr,
                "a range from /1 to /32, because an IP set of AWS WAF cannot contain every address",
                "raise hipaa:edge.waf.rate_limit_per_5_min",
            )
    links = settings.connectivity
    if edge.waf.partner_rate_limit_per_5_min is not None and not (links and links.has_privatelink_partners):
        yield Mistake(
            "hipaa:edge.waf.partner_rate_limit_per_5_min",
            edge.waf.partner_rate_limit_per_5_min,
            "no limit, because no partner has mode: privatelink",
            related_paths=("hipaa:connectivity.partners",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a certificate with more names than AWS's default."""
    names = len(settings.edge.names) if settings.edge else 0
    if names > CERTIFICATE_NAMES:
        yield (
            f"hipaa:edge.domains: the certificate has {names} names, and AWS's default is {CERTIFICATE_NAMES}: aws "
            f"service-quotas request-service-quota-increase --service-code acm --quota-code L-FB94F0B0 --desired-value {names} "
            f"--region {settings.region}"
        )
