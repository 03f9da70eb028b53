"""The data stores and their backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.data import (
    ApplicationIdentity,
    Aurora,
    AuroraArgs,
    Backup,
    BackupArgs,
    Bootstrap,
    BootstrapArgs,
    Cache,
    CacheArgs,
    Capacity,
    DataDashboard,
    DataDashboardArgs,
    DataTier,
    DestinationFactory,
    Files,
    FilesArgs,
    MonitoredResource,
    Rds,
    RdsArgs,
    Readers,
    ReportDestination,
    Retention,
    Store,
    VaultLock,
    users_of,
)
from components.shared.destination import Destination
from settings import DataSettings, Settings
from settings.model import (
    AuroraSettings,
    BackupSettings,
    CacheSettings,
    DatabaseSettings,
    FilesSettings,
    RdsSettings,
    StoreSettings,
)
from stack.foundation import Foundation


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Access to the data stores. The keys are the names that `uses` accepts: `aurora`, `rds`, `cache` and `files`."""

    app_destinations: Mapping[str, DestinationFactory]
    """Rules, permissions and configuration that the processes of an application get if it uses the store."""
    staff_destinations: Mapping[str, Destination]
    """Destinations for staff on the VPN."""


def create_stores(base: Foundation) -> Stores:
    """Create the data stores that the settings contain, their backups and a dashboard, and export their outputs."""
    sections = base.settings.data or DataSettings()
    tier = DataTier(
        account=base.account,
        vpc_id=base.network.vpc_id,
        subnets=base.network.subnets["data"],
        function_subnet_ids=list(base.network.subnets["private"].values()),
        data_key_arn=base.keys.data,
        secrets_key_arn=base.keys.secrets,
        logs=base.logs,
        protect=base.settings.protect,
        alarm_topic_arn=base.alerts.topic_arn,
    )
    stores: dict[str, Store] = {}
    monitored: dict[str, Sequence[MonitoredResource]] = {}
    for name, section in base.settings.stores.items():
        applications = _applications(base.settings, name)
        store = stores[name] = _store(section, tier, applications)
        monitored[name] = store.monitored_resources
        for key, value in store.exports.items():
            pulumi.export(f"{name}_{key}", value)
        image = section.bootstrap_image if isinstance(section, DatabaseSettings) else None
        # Also without applications: the task then takes the rights of the last one away.
        if image and store.administrator_connection:
            _bootstrap(
                name,
                BootstrapArgs(
                    tier=tier,
                    target=store.administrator_connection,
                    image=image,
                    applications=applications,
                ),
            )
    database_arns = [arn for store in stores.values() for arn in store.event_sources]
    if database_arns:
        base.alerts.watch_databases(database_arns)
    if sections.backup:
        monitored["backups"] = _backup(base, sections, sections.backup, tier).monitored_resources
    if monitored:
        DataDashboard("data", DataDashboardArgs(rows=monitored, region=base.account.region))
    return Stores(
        app_destinations={name: store.destination for name, store in stores.items()},
        staff_destinations={
            name: destination
            for name, store in stores.items()
            if (destination := store.staff_destination) is not None
        },
    )


def _store(section: StoreSettings, tier: DataTier, applications: Sequence[ApplicationIdentity]) -> Store:
    match section:
        case AuroraSettings():
            return _aurora(section, tier, applications)
        case RdsSettings():
            return _rds(section, tier, applications)
        case CacheSettings():
            return _cache(section, tier, [item.name for item in applications])
        case FilesSettings():
            return Files("files", FilesArgs(tier=tier, applications=[item.name for item in applications]))


def _applications(settings: Settings, store: str) -> list[ApplicationIdentity]:
    """Return the applications that use a store, with their access to databases."""
    apps = settings.apps or {}
    names = users_of(store, {name: app.uses for name, app in apps.items()})
    return [
        ApplicationIdentity(
            name=name,
            sign_in=access.sign_in,
            statement_timeout_seconds=access.statement_timeout_seconds,
            connection_limit=access.connection_limit,
            extensions=access.extensions,
            shares={other: kind for other, kind in access.shares.items() if other in names},
        )
        for name, access in ((name, apps[name].database) for name in names)
    ]


def _aurora(settings: AuroraSettings, tier: DataTier, applications: Sequence[ApplicationIdentity]) -> Aurora:
    return Aurora(
        "aurora",
        AuroraArgs(
            tier=tier,
            engine_version=settings.engine_version,
            database=settings.database,
            instance_class=settings.instance_class,
            capacity=Capacity(
                min=settings.capacity_acu.min,
                max=settings.capacity_acu.max,
                pause_after_seconds=settings.pause_after_seconds,
            ),
            readers=Readers(min=settings.readers.min, max=settings.readers.effective_max),
            backup_days=settings.backup_days,
            backup_window=settings.backup_window,
            maintenance_window=settings.maintenance_window,
            audit_statements=settings.audit_statements,
            allow_major_upgrade=settings.allow_major_upgrade,
            applications=applications,
            proxy=settings.proxy,
        ),
    )


def _rds(settings: RdsSettings, tier: DataTier, applications: Sequence[ApplicationIdentity]) -> Rds:
    return Rds(
        "rds",
        RdsArgs(
            tier=tier,
            engine=settings.engine,
            engine_version=settings.engine_version,
            database=settings.database,
            applications=applications,
            instance_class=settings.instance_class,
            storage_gib=settings.storage_gib,
            max_storage_gib=settings.storage_ceiling_gib,
            multi_az=settings.multi_az,
            backup_days=settings.backup_days,
            backup_window=settings.backup_window,
            maintenance_window=settings.maintenance_window,
            audit_statements=settings.audit_statements,
            allow_major_upgrade=settings.allow_major_upgrade,
        ),
    )


def _cache(settings: CacheSettings, tier: DataTier, services: Sequence[str]) -> Cache:
    return Cache(
        "cache",
        CacheArgs(
            tier=tier,
            engine=settings.engine,
            engine_version=settings.version,
            node_type=settings.node_type,
            replicas=settings.replicas,
            services=services,
            eviction=settings.eviction,
            snapshot_days=settings.snapshot_days,
            snapshot_window=settings.snapshot_window,
            maintenance_window=settings.maintenance_window,
            rotate_days=settings.rotate_days,
        ),
    )


def _bootstrap(store: str, args: BootstrapArgs) -> None:
    bootstrap = Bootstrap(f"{store}-bootstrap", args)
    pulumi.export(f"{store}_bootstrap_task_arn", bootstrap.task_arn)
    pulumi.export(f"{store}_bootstrap_security_group_id", bootstrap.security_group_id)


def _backup(base: Foundation, sections: DataSettings, settings: BackupSettings, tier: DataTier) -> Backup:
    backup = Backup(
        "backups",
        BackupArgs(
            tier=tier,
            backup_key_arn=base.keys.backup,
            prefix=f"hipaa_{base.settings.environment.replace('-', '_')}",
            retention=Retention(
                hourly_days=settings.hourly_keep_days,
                daily_days=settings.daily_keep_days,
                monthly_days=settings.keep_days,
                cold_after_days=settings.cold_after_days,
            ),
            schedule=settings.schedule,
            lock=VaultLock(
                mode=settings.vault_lock,
                grace_days=settings.lock_grace_days,
                min_days=settings.lock_min_days,
                max_days=settings.lock_max_days,
            ),
            copy_region=settings.copy_to_region,
            copy_vault_arn=settings.copy_to_vault,
            resource_types=sections.backup_types,
            instance_windows=(sections.rds.backup_window, sections.rds.maintenance_window)
            if sections.rds
            else (),
            restore_test=settings.restore_test,
            owns_region=base.settings.audit.owns_region,
            report_destination=base.detection
            and ReportDestination(
                bucket_name=base.archive.intake_bucket_name,
                after=[base.detection, *base.archive.intake.ready],
            ),
        ),
    )
    base.alerts.watch_backups(backup.vault_arn, backup.restore_role_arn)
    pulumi.export("backup_vault_name", backup.vault_name)
    pulumi.export("restore_role_arn", backup.restore_role_arn)
    return backup
