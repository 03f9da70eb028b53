"""Data stores: Aurora, RDS, ElastiCache, and their backups."""

from components.data.aurora import Aurora
from components.data.aurora_args import AuroraArgs, Capacity
from components.data.backup import Backup, BackupArgs
from components.data.backup_audit import Evidence
from components.data.backup_plan import Retention, VaultLock
from components.data.bootstrap import Administered, Bootstrap, BootstrapArgs
from components.data.cache import Cache, CacheArgs
from components.data.dashboard import DataDashboard, Watched
from components.data.rds import Rds, RdsArgs
from components.data.readers import Readers
from components.data.second_region import SecondRegion
from components.data.store import Store
from components.data.tier import DataTier
from components.data.uses import Offer, destinations, users_of

__all__ = [
    "Administered",
    "Aurora",
    "AuroraArgs",
    "Backup",
    "BackupArgs",
    "Bootstrap",
    "BootstrapArgs",
    "Cache",
    "CacheArgs",
    "Capacity",
    "DataDashboard",
    "DataTier",
    "Evidence",
    "Offer",
    "Rds",
    "RdsArgs",
    "Readers",
    "Retention",
    "SecondRegion",
    "Store",
    "VaultLock",
    "Watched",
    "destinations",
    "users_of",
]
