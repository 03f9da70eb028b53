"""How long CloudWatch Logs can keep events, and which of these periods this project accepts.

Periods: the values of `retentionInDays` in
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html.
"""

from __future__ import annotations

from typing import Final

PERIODS_DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""All periods that CloudWatch Logs offers, in days."""

RETENTION_FLOOR_DAYS: Final = 2192
"""Six years including two leap days: the shortest period that covers the six years of 45 CFR 164.316(b)(2)(i)."""

RETENTION_DAYS: Final = tuple(days for days in PERIODS_DAYS if days >= RETENTION_FLOOR_DAYS)
"""Periods that a log may be kept in total: six to ten years."""

HOT_DAYS: Final = tuple(days for days in PERIODS_DAYS if 30 <= days < RETENTION_FLOOR_DAYS)
"""Periods that CloudWatch may keep a log whose events are in the archive too.

The minimum of 30 days is this project's choice: it leaves time to notice and repair a failed delivery.
"""
