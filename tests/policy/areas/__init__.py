"""Every control's programs: one compliant program for each area, and each row's changes of it."""

from collections.abc import Iterator
from types import ModuleType

from hipaa_policies.model import Resource

from tests.policy.areas import (
    account,
    analytics,
    connections,
    containers,
    core,
    data,
    edge,
    messages,
    storage,
)
from tests.policy.program import edited

AREAS: tuple[ModuleType, ...] = (
    core,
    storage,
    data,
    edge,
    containers,
    messages,
    connections,
    account,
    analytics,
)


def programs(control: str) -> Iterator[list[Resource]]:
    """Yield the programs of a control's rows in which every value is known."""
    for area in AREAS:
        rows = area.ROWS.get(control)
        if rows is not None:
            for edits in ({}, *rows.compliant, *rows.violating, *rows.missing):
                yield edited(area.GOOD, edits)
