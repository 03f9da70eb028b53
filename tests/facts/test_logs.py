"""Periods of CloudWatch Logs."""

from __future__ import annotations

from facts.logs import HOT_DAYS, PERIODS_DAYS, RETENTION_DAYS, RETENTION_FLOOR_DAYS


def test_the_floor_is_six_years_with_two_leap_days() -> None:
    assert RETENTION_FLOOR_DAYS >= 6 * 365 + 2
    assert RETENTION_DAYS == (2192, 2557, 2922, 3288, 3653)


def test_hot_periods_last_a_month_or_more_and_end_before_the_floor() -> None:
    assert HOT_DAYS == (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


def test_every_period_from_a_month_on_is_either_hot_or_a_retention() -> None:
    assert (*HOT_DAYS, *RETENTION_DAYS) == tuple(days for days in PERIODS_DAYS if days >= 30)
