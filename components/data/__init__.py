"""Data stores: Aurora, RDS, ElastiCache, and their backups."""

from components.data.backup import Backup, BackupArgs
from components.data.backup_audit import Evidence
from components.data.backup_plan import Retention, VaultLock
from components.data.cache import Cache, CacheArgs
from components.data.tier import DataTier

__all__ = ["Backup", "BackupArgs", "Cache", "CacheArgs", "DataTier", "Evidence", "Retention", "VaultLock"]
