"""The areas: each has a compliant program `GOOD`, and in `ROWS` the edits of it for each control."""

from collections.abc import Iterator
from types import ModuleType
from typing import Final

from hipaa_policies.model import JudgedResource

from tests.policy.areas import (
    account,
    analytics,
    backups,
    buckets,
    caches,
    connections,
    containers,
    database_upkeep,
    databases,
    edge,
    functions,
    instances,
    logs,
    messages,
    network,
    roles,
    secrets,
    security_groups,
    storage,
    stores,
)
from tests.policy.program import edited

AREAS: Final[tuple[ModuleType, ...]] = (
    logs,
    buckets,
    network,
    security_groups,
    instances,
    roles,
    storage,
    databases,
    database_upkeep,
    caches,
    secrets,
    backups,
    stores,
    edge,
    containers,
    functions,
    messages,
    connections,
    account,
    analytics,
)


def programs(control: str) -> Iterator[list[JudgedResource]]:
    """Yield the programs of a control in which every value is known: compliant, violating and with missing values."""
    for area in AREAS:
        rows = area.ROWS.get(control)
        if rows is not None:
            for edits in ({}, *rows.compliant, *rows.violating, *rows.missing):
                yield edited(area.GOOD, edits)
