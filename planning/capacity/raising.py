"""The settings that support a load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

import settings
from planning.capacity.changes import Change
from planning.capacity.demand import PlannedStack
from planning.capacity.load import Load
from planning.capacity.plan import Plan
from planning.capacity.sizing import plan_capacity, size
from settings import Settings

_MAX_ROUNDS: Final = 40
"""More rounds than any stack needs: each takes one step on the ladders of instance types and VPC sizes."""


def raise_settings(
    current: Settings, load: Load, *, name: str = "stack", trunking: bool = True
) -> tuple[Settings, Plan]:
    """Raise the settings until they support a load, as far as settings can.

    A change that the rules of `settings` refuse is left out, such as a wider VPC that overlaps another range.

    Returns:
        The raised settings, and the plan of the load on them. A limit that it still exceeds is an AWS quota or the
        highest value of a setting.

    Raises:
        CapacityPlanError: As `plan_capacity`.
    """
    refused: set[Change] = set()
    for _ in range(_MAX_ROUNDS):
        plan = size(PlannedStack.from_settings(current, name=name, trunking=trunking), load)
        changes = dict.fromkeys(change for limit in plan.exceeded_limits for change in limit.changes)
        raised = current
        for change in changes:
            if change in refused or (changed := change.apply(raised)) == raised:
                continue
            try:
                raised = settings.parse(changed.document(), file=name)
            except settings.SettingsError:
                refused.add(change)
        if raised == current:
            break
        current = raised
    return current, plan_capacity(current, load, name=name, trunking=trunking)


def differences(before: Settings, after: Settings) -> dict[str, tuple[object, object]]:
    """Return every setting that differs: its key to the value before, None if not set, and the value after."""
    old = dict(_leaves(before.document()))
    return {
        path: (old.get(path), value) for path, value in _leaves(after.document()) if old.get(path) != value
    }


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    else:
        yield path, value
