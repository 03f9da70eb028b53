"""What applications may reach besides their stores and partners, from their settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from components.connectivity.partners.plan import DOMAIN as PARTNER_DOMAIN
from components.shared.destination import Destination
from components.shared.iam import Statement, allow
from facts.aws_services import AWS_SERVICES, geography
from settings import Settings
from settings.model import AppSettings, PermissionSettings
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


def permissions(settings: Settings, name: str) -> Sequence[Statement]:
    """Return what an application may do in AWS: the statements of the services that it uses, and of its settings."""
    application = (settings.apps or {})[name]
    values = {
        "partition": settings.partition,
        "region": settings.region,
        "account": settings.account_id,
        "app": f"hipaa-{settings.environment}-{name}",
        "domain": settings.edge.domain if settings.edge else "",
        "geography": geography(settings.region),
    }
    statements: list[Statement] = []
    for use in application.uses:
        for index, grant in enumerate(AWS_SERVICES[use].grants if use in AWS_SERVICES else ()):
            statements.append(
                allow(
                    f"{use.title()}{index}",
                    actions=grant.actions,
                    resources=[resource.format(**values) for resource in grant.resources],
                    conditions={
                        operator: {key: value.format(**values) for key, value in keys.items()}
                        for operator, keys in grant.conditions.items()
                    }
                    or None,
                )
            )
    return [
        *statements,
        *(_statement(settings, key, item) for key, item in application.permissions.items()),
    ]


def _statement(settings: Settings, name: str, item: PermissionSettings) -> Statement:
    """Return the statement of a permission, limited to this account or region where its resources do not say so."""
    conditions: dict[str, Mapping[str, Sequence[str]]] = {**item.conditions}
    bounds: dict[str, Sequence[str]] = {}
    if any(resource.split(":")[2:3] == ["s3"] for resource in item.resources):
        bounds["aws:ResourceAccount"] = [settings.account_id]
    if "*" in item.resources:
        bounds["aws:RequestedRegion"] = [settings.region]
    if bounds:
        conditions["StringEquals"] = {**conditions.get("StringEquals", {}), **bounds}
    return allow(
        # A name has no capital letter, so no two names lead to the same id.
        f"Setting{name.replace('-', 'X')}",
        actions=item.actions,
        resources=item.resources,
        conditions=conditions or None,
    )


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
