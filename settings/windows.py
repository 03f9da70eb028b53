"""Daily and weekly time windows, e.g. for backups and maintenance of a store."""

from __future__ import annotations

import re
from typing import Final

from settings.errors import did_you_mean

_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d"
_WEEKDAY: Final = r"(mon|tue|wed|thu|fri|sat|sun)"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES: Final = 24 * 60

DAILY: Final = re.compile(rf"{_CLOCK}-{_CLOCK}")
"""Form of a daily window, e.g. `03:00-03:30`."""
WEEKLY: Final = re.compile(rf"{_WEEKDAY}:{_CLOCK}-{_WEEKDAY}:{_CLOCK}")
"""Form of a weekly window, e.g. `sun:07:00-sun:07:30`."""


def read(raw: object, form: re.Pattern[str], shortest_minutes: int) -> str:
    """Return a window unchanged.

    Raises:
        ValueError: The format is wrong, or the duration is outside AWS's limits. The message is a hint.
    """
    if not isinstance(raw, str) or not form.fullmatch(raw):
        lower = raw.strip().lower() if isinstance(raw, str) else ""
        raise ValueError(did_you_mean(lower) if form.fullmatch(lower) else "")
    duration = minutes(raw)[1]
    if not shortest_minutes <= duration <= _DAY_MINUTES:
        raise ValueError(f"it lasts {duration} minutes")
    return raw


def minutes(window: str) -> tuple[int, int]:
    """Return start and duration of a window in minutes; the start counts from midnight, or from Monday if weekly."""
    first, last = (_minute(point) for point in window.split("-"))
    cycle = _DAY_MINUTES * (7 if WEEKLY.fullmatch(window) else 1)
    return first, (last - first) % cycle


def overlap(daily: str, weekly: str) -> bool:
    """Return whether a daily window overlaps a weekly one, which AWS refuses."""
    (daily_start, daily_minutes), (weekly_start, weekly_minutes) = minutes(daily), minutes(weekly)
    gap = (daily_start - weekly_start) % _DAY_MINUTES
    return gap < weekly_minutes or gap + daily_minutes > _DAY_MINUTES


def _minute(point: str) -> int:
    *day, hour, minute = point.split(":")
    return (_DAYS.index(day[0]) * _DAY_MINUTES if day else 0) + int(hour) * 60 + int(minute)
