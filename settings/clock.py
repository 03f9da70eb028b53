"""The date on which settings are read, for settings that end on a day."""

from __future__ import annotations

import datetime


def today() -> datetime.date:
    """Return the current date in UTC. Tests replace this function."""
    return datetime.datetime.now(datetime.UTC).date()
