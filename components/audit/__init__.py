"""Components for audit: defaults of an account and of its regions, log archive, CloudTrail, AWS Config, detection, alerts and saved queries."""

from components.audit.account_defaults import AccountDefaults, AccountDefaultsArgs
from components.audit.alerts.alarms import Alarms, AlarmsArgs, MonitoredTrail
from components.audit.archive.archive import LogArchive, LogArchiveArgs
from components.audit.delivery.delivery import LogDelivery, LogDeliveryArgs
from components.audit.detection.detection import Detection, DetectionArgs
from components.audit.detection.finding_forward import FindingForward, FindingForwardArgs
from components.audit.queries.queries import AuditQueries, AuditQueriesArgs
from components.audit.region_defaults import RegionDefaults, RegionDefaultsArgs
from components.audit.trail import AccountTrail, AccountTrailArgs

__all__ = [
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
    "FindingForward",
    "FindingForwardArgs",
    "LogArchive",
    "LogArchiveArgs",
    "LogDelivery",
    "LogDeliveryArgs",
    "MonitoredTrail",
    "RegionDefaults",
    "RegionDefaultsArgs",
]
