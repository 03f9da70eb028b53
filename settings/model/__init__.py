"""The settings of a stack: one frozen model for each section of `Pulumi.<stack>.yaml`.

Invariants are not options: no setting turns off encryption, TLS, log retention, the private data tier, IMDSv2 or key
rotation. Settings choose size, number, cost and reach. `settings.types` and `settings.identifiers` check single values,
`settings.rules` checks values against each other.
"""

from settings.model.access import EgressSettings, PermissionSettings
from settings.model.apps import (
    AppSettings,
    DatabaseAccessSettings,
    ProcessSettings,
    ReleaseSettings,
    ScheduleSettings,
    Service,
    service_name,
)
from settings.model.audit import AuditSettings, BudgetSettings, DetectionSettings
from settings.model.base import Section, children, nodes
from settings.model.compute import ComputeSettings, DaemonSettings, InstanceRange, daemon_name
from settings.model.connectivity import ConnectivitySettings, TransitSettings, VpnSettings
from settings.model.data import (
    BackupSettings,
    CacheSettings,
    Database,
    DataSettings,
    FilesSettings,
    StoreSettings,
)
from settings.model.databases import AuroraSettings, DatabaseSettings, RdsSettings
from settings.model.edge import DomainSettings, EdgeSettings, MutualTlsSettings, WafSettings
from settings.model.network import ENDPOINTS, NatInstanceSettings, NatMode, NetworkSettings
from settings.model.partners import (
    EndpointPartnerSettings,
    EndpointServiceSettings,
    PartnerServiceSettings,
    PrivateLinkPartnerSettings,
    RoutedPartnerSettings,
    TransitPartnerSettings,
    VpnPartnerSettings,
)
from settings.model.processes import AgentSettings, HealthCheckSettings, SidecarSettings, WritableSettings
from settings.model.routes import HealthSettings, RouteSettings, SignInSettings
from settings.model.scaling import TaskRange
from settings.model.stack import Settings

__all__ = [
    "ENDPOINTS",
    "AgentSettings",
    "AppSettings",
    "AuditSettings",
    "AuroraSettings",
    "BackupSettings",
    "BudgetSettings",
    "CacheSettings",
    "ComputeSettings",
    "ConnectivitySettings",
    "DaemonSettings",
    "DataSettings",
    "Database",
    "DatabaseAccessSettings",
    "DatabaseSettings",
    "DetectionSettings",
    "DomainSettings",
    "EdgeSettings",
    "EgressSettings",
    "EndpointPartnerSettings",
    "EndpointServiceSettings",
    "FilesSettings",
    "HealthCheckSettings",
    "HealthSettings",
    "InstanceRange",
    "MutualTlsSettings",
    "NatInstanceSettings",
    "NatMode",
    "NetworkSettings",
    "PartnerServiceSettings",
    "PermissionSettings",
    "PrivateLinkPartnerSettings",
    "ProcessSettings",
    "RdsSettings",
    "ReleaseSettings",
    "RouteSettings",
    "RoutedPartnerSettings",
    "ScheduleSettings",
    "Section",
    "Service",
    "Settings",
    "SidecarSettings",
    "SignInSettings",
    "StoreSettings",
    "TaskRange",
    "TransitPartnerSettings",
    "TransitSettings",
    "VpnPartnerSettings",
    "VpnSettings",
    "WafSettings",
    "WritableSettings",
    "children",
    "daemon_name",
    "nodes",
    "service_name",
]
