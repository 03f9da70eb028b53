"""Windows in which AWS may work on a store, every day or once a week. Pure."""

from __future__ import annotations

import re
from typing import Final

_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d"
_WEEKDAY: Final = r"(mon|tue|wed|thu|fri|sat|sun)"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES: Final = 24 * 60

DAILY: Final = re.compile(rf"{_CLOCK}-{_CLOCK}")
"""Form of a window of every day, e.g. `03:00-03:30`."""
WEEKLY: Final = re.compile(rf"{_WEEKDAY}:{_CLOCK}-{_WEEKDAY}:{_CLOCK}")
"""Form of a window once a week, e.g. `sun:07:00-sun:07:30`."""


def read(raw: object, form: re.Pattern[str], shortest_minutes: int) -> str:
    """Return a window as it is.

    Raises:
        ValueError: It has not the form, or is shorter than AWS takes or longer than a day; its text is a hint.
    """
    if not isinstance(raw, str) or not form.fullmatch(raw):
        lower = raw.strip().lower() if isinstance(raw, str) else ""
        raise ValueError(f"did you mean {lower}?" if form.fullmatch(lower) else "")
    lasts = minutes(raw)[1]
    if not shortest_minutes <= lasts <= _DAY_MINUTES:
        raise ValueError(f"it lasts {lasts} minutes")
    return raw


def minutes(window: str) -> tuple[int, int]:
    """Return the first minute of a window, in the week from Monday or in the day, and how many minutes it lasts."""
    first, last = (_minute(point) for point in window.split("-"))
    cycle = _DAY_MINUTES * (7 if WEEKLY.fullmatch(window) else 1)
    return first, (last - first) % cycle


def collide(daily: str, weekly: str) -> bool:
    """Say whether a window of every day meets one of the week, which AWS refuses."""
    (start, length), (first, lasts) = minutes(daily), minutes(weekly)
    gap = (start - first) % _DAY_MINUTES
    return gap < lasts or gap + length > _DAY_MINUTES


def _minute(point: str) -> int:
    *day, hour, minute = point.split(":")
    return (_DAYS.index(day[0]) * _DAY_MINUTES if day else 0) + int(hour) * 60 + int(minute)
