"""How many tasks a process has."""

from __future__ import annotations

from typing import Annotated

from facts.quotas import TASKS_PER_SERVICE
from settings import types as t
from settings.model.base import ByName, Section
from settings.values import FrozenMap, whole_number


class TaskRange(Section):
    """Number of tasks of a process."""

    min: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 2
    """Minimum number of tasks."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 4
    """Maximum number of tasks."""


class BoundsSettings(Section):
    """Another minimum and maximum from a point in time on, such as the start of office hours."""

    cron: t.Cron
    """When the bounds take effect, in `timezone`."""
    min: Annotated[int, whole_number(0, TASKS_PER_SERVICE, "tasks")]
    """Minimum number of tasks from then on."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")]
    """Maximum number of tasks from then on."""
    timezone: t.Timezone = "UTC"
    """Time zone of the cron expression."""


class ScaleSettings(Section):
    """What determines the number of tasks of a process."""

    cpu_percent: t.Percent = 60
    """Target for the average CPU utilization, in percent."""
    memory_percent: t.Percent = 75
    """Target for the average memory utilization, in percent."""
    requests_per_task: Annotated[int, whole_number(1, 1_000_000, "requests")] | None = None
    """Target for the requests per task and minute. If not set, requests do not determine the number of tasks."""
    schedule: ByName[BoundsSettings] = FrozenMap()
    """Other bounds at certain times, by a name of your choice; one entry starts a busy period, another one ends it."""
