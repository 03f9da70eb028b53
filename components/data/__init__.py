"""Data stores: Aurora, RDS, ElastiCache, EFS, and their backups."""

from components.data.aurora.args import AuroraArgs, Capacity
from components.data.aurora.cluster import Aurora
from components.data.aurora.readers import Readers
from components.data.backup.audit import ReportDestination
from components.data.backup.backup import Backup, BackupArgs
from components.data.backup.plan import Retention, VaultLock
from components.data.cache.cache import Cache, CacheArgs
from components.data.dashboard import DataDashboard, DataDashboardArgs, MonitoredResource
from components.data.database.bootstrap import AdministratorConnection, Bootstrap, BootstrapArgs
from components.data.database.identity import Access, ApplicationIdentity, SignIn
from components.data.files import Files, FilesArgs
from components.data.rds import Rds, RdsArgs
from components.data.store import Store
from components.data.tier import DataTier
from components.data.uses import DestinationFactory, destinations, users_of

__all__ = [
    "Access",
    "AdministratorConnection",
    "ApplicationIdentity",
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
    "DataDashboardArgs",
    "DataTier",
    "DestinationFactory",
    "Files",
    "FilesArgs",
    "MonitoredResource",
    "Rds",
    "RdsArgs",
    "Readers",
    "ReportDestination",
    "Retention",
    "SignIn",
    "Store",
    "VaultLock",
    "destinations",
    "users_of",
]
