"""The data stores and their backups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from facts import caches
from facts.stores import SHORTEST_ROTATION_DAYS, STORES, BackupType, StoreName
from settings import identifiers as ids
from settings import types as t
from settings.model.base import LockMode, Section
from settings.model.databases import AuroraSettings, RdsSettings
from settings.values import whole_number


class CacheSettings(Section):
    """The ElastiCache replication group."""

    engine: Literal["valkey", "redis"] = "valkey"
    """Cache engine."""
    engine_version: t.EngineVersion | None = None
    """Major and minor version. If not set, the newest version in `facts/caches.py`."""
    node_type: ids.CacheNodeType = "cache.t4g.micro"
    """Node type."""
    replicas: Annotated[int, whole_number(0, 5, "replicas")] = 1
    """Number of replicas in addition to the primary."""
    eviction: Literal[
        "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-ttl", "noeviction"
    ] = "volatile-lru"
    """Which keys are removed if the memory is full."""
    snapshot_days: t.BackupDays = 35
    """Retention of daily snapshots, in days."""
    snapshot_window: t.CacheDailyWindow = "04:00-05:00"
    """When AWS takes the daily snapshot, in UTC."""
    maintenance_window: t.CacheWeeklyWindow = "sun:06:00-sun:07:00"
    """When AWS may perform maintenance, in UTC."""
    rotate_days: Annotated[int, whole_number(SHORTEST_ROTATION_DAYS, 365, "days")] = 30
    """Days between rotations of the applications' passwords. The program replaces running tasks before their passwords expire."""

    @property
    def version(self) -> str:
        """Return `engine_version`, or the newest version of the engine if it is not set."""
        return self.engine_version or caches.newest(self.engine)


class FilesSettings(Section):
    """The EFS file system."""

    @property
    def engine(self) -> Literal["nfs"]:
        """Return the protocol, by which `facts.stores` has the port."""
        return "nfs"


class BackupSettings(Section):
    """The AWS Backup vault and plan."""

    vault_lock: LockMode = "governance"
    """Lock mode of the vault and of its copy in the second region."""
    lock_grace_days: Annotated[int, whole_number(3, 36_500, "days")] = 3
    """Days during which a compliance lock can still be removed."""
    lock_min_days: Annotated[int, whole_number(1, 36_500, "days")] | None = None
    """Shortest retention that the lock accepts, in days. If not set, the shortest retention of the plan."""
    lock_max_days: Annotated[int, whole_number(1, 36_500, "days")] | None = None
    """Longest retention that the lock accepts, in days. If not set, there is no limit."""
    copy_to_region: ids.Region | None = None
    """Second region that keeps copies of the backups. If not set, there are no copies in another region."""
    copy_to_vault: ids.VaultArn | None = None
    """ARN of a vault in the same region of another account of the organization that also keeps copies."""
    keep_days: t.ArchiveDays = 2192
    """Retention of monthly recovery points, in days."""
    daily_keep_days: t.ArchiveDays = 35
    """Retention of daily recovery points, in days."""
    hourly_keep_days: t.BackupDays | None = None
    """Retention of hourly recovery points, in days. If not set, there are no hourly recovery points."""
    cold_after_days: Annotated[int, whole_number(1, 36_410, "days")] | None = None
    """Days after which a monthly recovery point moves to cold storage, if AWS supports it for the type of resource. If not
    set, none moves."""
    schedule: t.DailyCron = "cron(0 5 * * ? *)"
    """When daily backups start, in UTC."""
    restore_test: t.BackupCron | None = None
    """When AWS Backup restores the newest recovery points as a test, in UTC. If not set, never."""
    create_reports_role: bool = True
    """Whether to create the service-linked role of AWS Backup's reports, if this stack owns the region; false if the account
    already has the role."""

    @property
    def shortest_lock_days(self) -> int:
        """Return the shortest retention that the lock accepts, in days."""
        kept = (self.keep_days, self.daily_keep_days, self.hourly_keep_days or self.keep_days)
        return min(kept) if self.lock_min_days is None else self.lock_min_days

    @property
    def copy_account(self) -> str | None:
        """Return the account of `copy_to_vault`."""
        return self.copy_to_vault.split(":")[4] if self.copy_to_vault else None


Database: TypeAlias = AuroraSettings | RdsSettings
"""Settings of a relational database."""
StoreSettings: TypeAlias = Database | CacheSettings | FilesSettings
"""Settings of a data store."""


class DataSettings(Section):
    """The data stores. A store is created if its section is present."""

    aurora: AuroraSettings | None = None
    """Aurora PostgreSQL."""
    rds: RdsSettings | None = None
    """RDS PostgreSQL or MySQL."""
    cache: CacheSettings | None = None
    """ElastiCache."""
    files: FilesSettings | None = None
    """EFS: one directory for each application, at `/files` in its containers."""
    backup: BackupSettings | None = None
    """AWS Backup."""

    @property
    def stores(self) -> Mapping[StoreName, StoreSettings]:
        """Return the settings of the stores that the stack has, by name."""
        sections: dict[StoreName, StoreSettings | None] = {name: getattr(self, name) for name in STORES}
        return {name: section for name, section in sections.items() if section is not None}

    @property
    def backup_types(self) -> tuple[BackupType, ...]:
        """Return the resource types in AWS Backup of the stores that the stack has."""
        return tuple(kind for name in self.stores if (kind := STORES[name].backup_type) is not None)
