"""The backup plan: schedules, retention, copies, and the selection by tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blueprint.record import Record
from components.data import Retention, VaultLock
from components.data.backup.plan import hourly_schedule, monthly_schedule
from components.shared.names import BACKUP_TAG
from tests.components.data.backup.conftest import SELECTION, VAULT, rules_of
from tests.components.data.conftest import Build

OTHER_ACCOUNT_VAULT = "arn:aws:backup:us-east-1:000011112222:backup-vault:elsewhere"


def test_the_rules_have_the_requested_retention_and_schedule(backups: Record) -> None:
    rules = rules_of(backups)
    assert {name: rule["lifecycle"]["deleteAfter"] for name, rule in rules.items()} == {
        "hourly": 3,
        "daily": 35,
        "monthly": 2192,
    }
    assert {name: rule["schedule"] for name, rule in rules.items()} == {
        "hourly": "cron(30 * * * ? *)",
        "daily": "cron(0 5 * * ? *)",
        "monthly": "cron(0 5 1 * ? *)",
    }
    assert {rule["targetVaultName"] for rule in rules.values()} == {
        backups.one(VAULT, "backups").outputs["name"]
    }


def test_only_monthly_recovery_points_move_to_cold_storage(backups: Record) -> None:
    rules = rules_of(backups)
    assert rules["monthly"]["lifecycle"] == {
        "coldStorageAfter": 90,
        "deleteAfter": 2192,
        "optInToArchiveForSupportedResources": True,
    }
    assert not [name for name in ("hourly", "daily") if "coldStorageAfter" in rules[name]["lifecycle"]]


def test_daily_and_monthly_recovery_points_are_copied_with_the_same_lifecycle(build: Build) -> None:
    record = build(copy_vault_arn=OTHER_ACCOUNT_VAULT)
    rules = rules_of(record)
    destinations = [record.one(VAULT, "backups-copy").outputs["arn"], OTHER_ACCOUNT_VAULT]
    for name in ("daily", "monthly"):
        copies = rules[name]["copyActions"]
        assert [copy["destinationVaultArn"] for copy in copies] == destinations
        assert [copy["lifecycle"] for copy in copies] == [rules[name]["lifecycle"]] * 2
    assert not rules["hourly"].get("copyActions")


def test_no_rule_makes_continuous_backups(backups: Record) -> None:
    assert {rule["enableContinuousBackup"] for rule in rules_of(backups).values()} == {False}


def test_every_completion_window_is_an_hour_longer_than_the_start_window(backups: Record) -> None:
    for rule in rules_of(backups).values():
        assert rule["startWindow"] == 60
        assert rule["completionWindow"] >= rule["startWindow"] + 60


def test_the_selection_is_by_tags(backups: Record) -> None:
    selection: Any = backups.one(SELECTION).inputs
    [conditions] = selection["conditions"]
    [(key, value)] = BACKUP_TAG.items()
    assert conditions["stringEquals"] == [
        {"key": f"aws:ResourceTag/{key}", "value": value},
        {"key": "aws:ResourceTag/backup-plan", "value": "hipaa-dev"},
    ]
    assert selection["resources"] == ["*"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Retention(daily_days=34), "daily_days must be 35 or more, got 34"),
        (lambda: Retention(hourly_days=36), "must not fall, got 36, 35, 2192"),
        (lambda: Retention(hourly_days=0), "hourly_days must be 1 or more, got 0"),
        (lambda: Retention(monthly_days=100, cold_after_days=11), r"cold_after_days must be 1 to"),
        (lambda: VaultLock(mode="compliance", grace_days=2), "grace_days must be 3 or more, got 2"),
        (lambda: VaultLock(mode="governance", min_days=36).check(Retention()), "min_days must be at most 35"),
        (lambda: VaultLock(mode="governance", max_days=99).check(Retention()), "max_days must be at least"),
        (lambda: monthly_schedule("rate(1 day)"), "schedule must be a cron expression"),
    ],
)
def test_contradictory_retention_and_lock_are_rejected(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("daily", "first"),
    [
        ("cron(0 5 * * ? *)", "cron(0 5 1 * ? *)"),
        ("cron(15 3 ? * SUN *)", "cron(15 3 1 * ? *)"),
        ("cron(0 0/12 * * ? *)", "cron(0 0 1 * ? *)"),
        ("cron(30 */6 * * ? *)", "cron(30 0 1 * ? *)"),
    ],
)
def test_the_monthly_schedule_has_the_time_of_the_daily_one(daily: str, first: str) -> None:
    assert monthly_schedule(daily) == first


@pytest.mark.parametrize(
    ("windows", "hours"),
    [
        ([], "*"),
        (["03:00-03:30"], ",".join(map(str, [0, *range(4, 24)]))),
        (["03:00-03:30", "sun:07:00-sun:07:30"], ",".join(map(str, [0, 4, *range(8, 24)]))),
        (["23:45-00:15"], ",".join(map(str, range(1, 22)))),
        # Windows that cover the whole day leave no hour, so every hour is used.
        (["mon:00:00-tue:00:00", "00:00-23:00"], "*"),
    ],
)
def test_hourly_backups_keep_an_hour_from_the_windows_of_rds(windows: list[str], hours: str) -> None:
    assert hourly_schedule(windows) == f"cron(30 {hours} * * ? *)"
