"""The record of what happened: log groups and the log archive."""

from components.audit.account_defaults import AccountDefaults, AccountDefaultsArgs
from components.audit.alarms import Alarms, AlarmsArgs, WatchedTrail
from components.audit.archive import LogArchive, LogArchiveArgs
from components.audit.bucket import SecureBucket, SecureBucketArgs, Transition
from components.audit.delivery import LogDelivery, LogDeliveryArgs
from components.audit.detection import Detection, DetectionArgs
from components.audit.logs import RETENTION_FLOOR_DAYS, log_group
from components.audit.queries import AuditQueries, AuditQueriesArgs
from components.audit.trail import AccountTrail, AccountTrailArgs

__all__ = [
    "RETENTION_FLOOR_DAYS",
    "AccountDefaults",
    "AccountDefaultsArgs",
    "AccountTrail",
    "AccountTrailArgs",
    "Alarms",
    "AlarmsArgs",
    "AuditQueries",
    "AuditQueriesArgs",
    "Detection",
    "DetectionArgs",
    "LogArchive",
    "LogArchiveArgs",
    "LogDelivery",
    "LogDeliveryArgs",
    "SecureBucket",
    "SecureBucketArgs",
    "Transition",
    "WatchedTrail",
    "log_group",
]
