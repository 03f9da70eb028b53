"""Rules on the combination of settings that are each valid on their own.

Every rule module has `check`, which yields mistakes, and may have `warnings`, which yields sentences. A mistake names every
path that the rule looked at, so that the reader can drop it if one of these values was refused already.
"""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake
from settings.model import Settings
from settings.rules import (
    account,
    aurora,
    backup,
    cache,
    daemons,
    database_access,
    databases,
    dns_firewall,
    edge,
    egress,
    files,
    general,
    instance_types,
    network,
    partners,
    permissions,
    places,
    processes,
    rds,
    routes,
    scaling,
    service_connect,
    services,
    vpn,
)


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield every combination of settings that is not allowed."""
    for module in (
        account,
        network,
        places,
        general,
        instance_types,
        edge,
        egress,
        services,
        processes,
        daemons,
        scaling,
        routes,
        permissions,
        service_connect,
        database_access,
        databases,
        aurora,
        rds,
        cache,
        files,
        backup,
        partners,
        vpn,
    ):
        yield from module.check(settings)


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for every combination that is allowed but deserves a second look."""
    for module in (
        account,
        network,
        places,
        instance_types,
        edge,
        egress,
        dns_firewall,
        services,
        routes,
        permissions,
        service_connect,
        databases,
        aurora,
        rds,
        cache,
        backup,
        partners,
        vpn,
    ):
        yield from module.warnings(settings)
