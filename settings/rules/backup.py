"""Rules on AWS Backup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from facts import databases, regions
from facts.quotas import COLD_STORAGE_DAYS
from facts.stores import STORES
from settings.errors import Mistake
from settings.model import BackupSettings, Settings

_PATH: Final = "hipaa:data.backup"

_FIXED_TIME: Final = re.compile(r"cron\((\d{1,2}) (\d{1,2}) .*")
_START_MINUTES: Final = 60
"""Time within which the plan lets a backup start."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield retentions that contradict each other or the lock, and copies that AWS Backup cannot make."""
    if settings.data is None or settings.data.backup is None:
        return
    backup = settings.data.backup
    if backup.copy_to_region:
        yield from _other_region(backup.copy_to_region, settings)
    retentions = _retentions(backup)
    for (key, days), (longer, limit) in pairwise(retentions.items()):
        if days > limit:
            yield Mistake(
                f"{_PATH}.{key}",
                days,
                f"at most {_PATH}.{longer} ({limit})",
                related_paths=(f"{_PATH}.{longer}",),
            )
    yield from _lock(backup, retentions)
    yield from _cold_storage(backup)
    if backup.copy_to_vault is not None:
        yield from _other_account(backup.copy_to_vault, settings)


def _retentions(backup: BackupSettings) -> dict[str, int]:
    """Return the retention of hourly, daily and monthly recovery points in days, by its key."""
    retentions = {
        "hourly_keep_days": backup.hourly_keep_days,
        "daily_keep_days": backup.daily_keep_days,
        "keep_days": backup.keep_days,
    }
    return {key: days for key, days in retentions.items() if days is not None}


def _lock(backup: BackupSettings, retentions: dict[str, int]) -> Iterator[Mistake]:
    """Refuse limits of the lock that exclude a retention of the plan, because every backup job would fail."""
    shortest = min(retentions, key=lambda key: retentions[key])
    longest = max(retentions, key=lambda key: retentions[key])
    low, high = backup.lock_min_days, backup.lock_max_days
    for key, days, bound, retention, violated in (
        ("lock_min_days", low, "at most", shortest, low is not None and low > retentions[shortest]),
        ("lock_max_days", high, "at least", longest, high is not None and high < retentions[longest]),
    ):
        path, other = f"{_PATH}.{key}", f"{_PATH}.{retention}"
        if days is not None and backup.vault_lock == "none":
            yield Mistake(
                path,
                days,
                f"no value while {_PATH}.vault_lock is none",
                related_paths=(f"{_PATH}.vault_lock",),
            )
        elif violated:
            yield Mistake(path, days, f"{bound} {other} ({retentions[retention]})", related_paths=(other,))


def _cold_storage(backup: BackupSettings) -> Iterator[Mistake]:
    cold, keep = backup.cold_after_days, backup.keep_days
    if cold is not None and keep < cold + COLD_STORAGE_DAYS:
        yield Mistake(
            f"{_PATH}.cold_after_days",
            cold,
            f"at least {COLD_STORAGE_DAYS} days less than {_PATH}.keep_days ({keep}): AWS keeps recovery points in "
            f"cold storage for at least {COLD_STORAGE_DAYS} days",
            f"the nearest is {keep - COLD_STORAGE_DAYS}" if keep > COLD_STORAGE_DAYS else "leave it out",
            related_paths=(f"{_PATH}.keep_days",),
        )


def _other_region(region: str, settings: Settings) -> Iterator[Mistake]:
    if region == settings.region or regions.partition(region) != settings.partition:
        yield Mistake(
            f"{_PATH}.copy_to_region",
            region,
            f"another region of the same partition as aws:region ({settings.region})",
            related_paths=("aws:region",),
        )


def _other_account(vault_arn: str, settings: Settings) -> Iterator[Mistake]:
    _, partition, _, region, account, *_ = vault_arn.split(":")
    path = f"{_PATH}.copy_to_vault"
    if account == settings.account_id:
        yield Mistake(
            path,
            vault_arn,
            "a vault of an account other than hipaa:account",
            f"{_PATH}.copy_to_region creates a vault in another region of this account",
            related_paths=("hipaa:account",),
        )
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
    if (partition, region) != (settings.partition, settings.region):
        yield Mistake(
            path,
            vault_arn,
            f"a vault in aws:region ({settings.region}): AWS Backup cannot copy databases to another account and "
            "another region in one step",
            related_paths=("aws:region",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on backups that would fail, are missing, or are never tested."""
    data = settings.data
    if data is None:
        return
    if data.rds and data.backup and (time := _FIXED_TIME.fullmatch(data.backup.schedule)):
        minute, hour = map(int, time.groups())
        rds_windows = (data.rds.backup_window, data.rds.maintenance_window)
        if databases.is_near(60 * hour + minute, _START_MINUTES, rds_windows):
            rds = STORES["rds"].section
            yield (
                f"{_PATH}.schedule {data.backup.schedule} starts backups less than an hour from {rds}.backup_window "
                f"or {rds}.maintenance_window: AWS Backup's jobs would fail"
            )
    if not settings.protect:
        return
    if settings.relational_stores and data.backup is None:
        yield (
            f"{_PATH} is not set while hipaa:protect is true: the only backups are the automated ones of the databases, "
            "which AWS deletes together with a database"
        )
    if data.files and data.backup is None:
        yield f"{_PATH} is not set while hipaa:protect is true: there are no backups of {STORES['files'].section}"
    if data.backup and data.backup.copy_to_region is None:
        yield (
            f"{_PATH}.copy_to_region is not set while hipaa:protect is true: if the region is lost, the backups are lost too"
        )
    if data.backup and data.backup.restore_test is None:
        yield (
            f"{_PATH}.restore_test is not set while hipaa:protect is true: nothing shows that the backups can be "
            "restored (45 CFR 164.308(a)(7)(ii)(D))"
        )
