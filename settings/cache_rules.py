"""What the settings of cache and backups may be together, told as in `settings.rules`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from facts import caches, databases
from settings import windows
from settings.model import BackupSettings, CacheSettings, Settings
from settings.rules import Finding

_CACHE: Final = "hipaa:data.cache"
_BACKUP: Final = "hipaa:data.backup"

_COLD_DAYS: Final = 90
"""What AWS Backup keeps in cold storage at least
(https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html)."""

_AT_A_TIME: Final = re.compile(r"cron\((\d{1,2}) (\d{1,2}) .*")
_START_MINUTES: Final = 60


def check(settings: Settings) -> Iterator[Finding]:
    """Yield caches that AWS has not got, windows that collide, and retentions that contradict each other."""
    if settings.data and settings.data.cache:
        yield from _cache(settings.data.cache)
    if settings.data and settings.data.backup:
        yield from _backup(settings.data.backup, settings)


def _cache(cache: CacheSettings) -> Iterator[Finding]:
    versions = caches.FAMILIES[cache.engine]
    if cache.version not in versions:
        yield Finding(
            f"{_CACHE}.engine_version",
            cache.version,
            f"a version that {cache.engine} has on ElastiCache: {', '.join(versions)}",
            f"the nearest is {caches.nearest_version(cache.engine, cache.version)}",
            also=(f"{_CACHE}.engine",),
        )
    if cache.node_type not in caches.NODE_TYPES[cache.engine]:
        families = ", ".join(dict.fromkeys(name.split(".")[1] for name in caches.NODE_TYPES[cache.engine]))
        yield Finding(
            f"{_CACHE}.node_type",
            cache.node_type,
            f"a node type that ElastiCache has for {cache.engine}, of the families {families}",
            f"the nearest is {caches.nearest_node_type(cache.engine, cache.node_type)}",
            also=(f"{_CACHE}.engine",),
        )
    if windows.collide(cache.snapshot_window, cache.maintenance_window):
        yield Finding(
            f"{_CACHE}.snapshot_window",
            cache.snapshot_window,
            f"a time outside {_CACHE}.maintenance_window ({cache.maintenance_window}) on every day",
            also=(f"{_CACHE}.maintenance_window",),
        )


def _backup(backup: BackupSettings, settings: Settings) -> Iterator[Finding]:
    kept = {
        "hourly_keep_days": backup.hourly_keep_days,
        "daily_keep_days": backup.daily_keep_days,
        "keep_days": backup.keep_days,
    }
    spans = [(key, days) for key, days in kept.items() if days is not None]
    for (key, days), (longer, most) in pairwise(spans):
        if days > most:
            yield Finding(
                f"{_BACKUP}.{key}",
                days,
                f"at most {_BACKUP}.{longer} ({most})",
                also=(f"{_BACKUP}.{longer}",),
            )
    yield from _lock(backup, spans)
    cold = backup.cold_after_days
    if cold is not None and backup.keep_days < cold + _COLD_DAYS:
        yield Finding(
            f"{_BACKUP}.cold_after_days",
            cold,
            f"at most {_COLD_DAYS} days before {_BACKUP}.keep_days ({backup.keep_days}): "
            "AWS keeps what is cold that long",
            f"the nearest is {backup.keep_days - _COLD_DAYS}"
            if backup.keep_days > _COLD_DAYS
            else "leave it out",
            also=(f"{_BACKUP}.keep_days",),
        )
    if backup.copy_to_vault is not None:
        yield from _other_account(backup.copy_to_vault, settings)


def _lock(backup: BackupSettings, spans: list[tuple[str, int]]) -> Iterator[Finding]:
    """AWS refuses what a lock does not let in, and every backup job would fail."""
    shortest, longest = min(spans, key=lambda span: span[1]), max(spans, key=lambda span: span[1])
    limits = (
        ("lock_min_days", backup.lock_min_days, "at most", shortest),
        ("lock_max_days", backup.lock_max_days, "at least", longest),
    )
    for key, days, side, (kept, limit) in limits:
        if days is None:
            continue
        path, also = f"{_BACKUP}.{key}", f"{_BACKUP}.{kept}"
        if backup.vault_lock == "none":
            yield Finding(
                path, days, f"nothing while {_BACKUP}.vault_lock is none", also=(f"{_BACKUP}.vault_lock",)
            )
        elif (days > limit) if side == "at most" else (days < limit):
            yield Finding(path, days, f"{side} {also} ({limit})", also=(also,))


def _other_account(vault_arn: str, settings: Settings) -> Iterator[Finding]:
    _, partition, _, region, account, *_ = vault_arn.split(":")
    path = f"{_BACKUP}.copy_to_vault"
    if account == settings.account_id:
        yield Finding(
            path,
            vault_arn,
            "a vault of another account than hipaa:account",
            f"{_BACKUP}.copy_to_region makes one in another region of this account",
            also=("hipaa:account",),
        )
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
    if (partition, region) != (settings.partition, settings.region):
        yield Finding(
            path,
            vault_arn,
            f"a vault in aws:region ({settings.region}): databases cannot be copied to another region and another "
            "account at once",
            also=("aws:region",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for what is legal but leaves a gap."""
    data = settings.data
    if data and data.rds and data.backup and (at := _AT_A_TIME.fullmatch(data.backup.schedule)):
        minute, hour = map(int, at.groups())
        windows_of_rds = (data.rds.backup_window, data.rds.maintenance_window)
        if databases.is_near(60 * hour + minute, _START_MINUTES, windows_of_rds):
            yield (
                f"{_BACKUP}.schedule {data.backup.schedule} lets a backup begin within an hour of "
                "hipaa:data.rds.backup_window or hipaa:data.rds.maintenance_window: AWS Backup's job would fail"
            )
    if data is None or not settings.protect:
        return
    if (data.aurora or data.rds) and data.backup is None:
        yield "hipaa:data.backup is not set while hipaa:protect is true: nothing outlives the databases' own backups"
    if data.backup and data.backup.copy_to_region is None:
        yield (
            "hipaa:data.backup.copy_to_region is not set while hipaa:protect is true: "
            "if the region is lost, so are its backups"
        )
    if data.backup and data.backup.restore_test is None:
        yield (
            "hipaa:data.backup.restore_test is not set while hipaa:protect is true: "
            "no backup is known to be restorable (45 CFR 164.308(a)(7)(ii)(D))"
        )
