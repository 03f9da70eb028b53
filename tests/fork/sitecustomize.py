"""Python imports this module when it starts, if its folder is on PYTHONPATH: it sets the date of FORK_TODAY (ISO 8601)."""

from __future__ import annotations

import datetime
import os

_TODAY = datetime.date.fromisoformat(os.environ["FORK_TODAY"])


class _Date(datetime.date):
    @classmethod
    def today(cls) -> datetime.date:
        return cls(_TODAY.year, _TODAY.month, _TODAY.day)


class _DateTime(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return cls(_TODAY.year, _TODAY.month, _TODAY.day, 12, tzinfo=tz)

    def date(self) -> datetime.date:
        """Return a date that PyYAML can write: it knows only the class that replaces `datetime.date`."""
        return _Date(self.year, self.month, self.day)


datetime.date = _Date  # type: ignore[misc]
datetime.datetime = _DateTime  # type: ignore[misc]
