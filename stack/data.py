"""The data stores, their backups, and what each offers to those that use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.data import (
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
    DataTier,
    Evidence,
    Offer,
    Rds,
    RdsArgs,
    Readers,
    Retention,
    SecondRegion,
    VaultLock,
    Watched,
    users_of,
)
from components.shared.destination import Destination
from settings import DataSettings
from stack.foundation import Foundation


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The data stores as others see them, by the name that `uses` has for each."""

    offers: Mapping[str, Offer]
    """What a service gets that uses one."""
    entrances: Mapping[str, Destination]
    """Where people reach one, by the VPN."""


def make_stores(base: Foundation) -> Stores:
    """Make the data stores that the settings ask for."""
    chosen, audit, keys = base.chosen, base.chosen.audit, base.keys
    stores = chosen.data or DataSettings()
    uses = {name: service.uses for name, service in (chosen.services or {}).items()}
    entrances: dict[str, Destination] = {}
    offers: dict[str, Offer] = {}
    watched: dict[str, list[Watched]] = {}
    bootstraps: dict[str, BootstrapArgs] = {}
    tier = DataTier(
        account=base.account,
        vpc_id=base.network.vpc_id,
        subnets=base.network.subnets["data"],
        data_key_arn=keys.data,
        secrets_key_arn=keys.secrets,
        logs=base.logs,
        protect=chosen.protect,
        alarm_topic_arn=base.alerts.topic_arn,
    )
    if stores.aurora:
        aurora = Aurora(
            "aurora",
            AuroraArgs(
                tier=tier,
                engine_version=stores.aurora.engine_version,
                database=stores.aurora.database,
                instance_class=stores.aurora.instance_class,
                capacity=Capacity(
                    min=stores.aurora.capacity_acu.min,
                    max=stores.aurora.capacity_acu.max,
                    pause_after_seconds=stores.aurora.pause_after_seconds,
                ),
                readers=Readers(
                    min=stores.aurora.readers.min,
                    max=stores.aurora.readers.most,
                    analytics=stores.aurora.analytics_readers,
                ),
                backup_days=stores.aurora.backup_days,
                backup_window=stores.aurora.backup_window,
                maintenance_window=stores.aurora.maintenance_window,
                audit_statements=stores.aurora.audit_statements,
                allow_major_upgrade=stores.aurora.allow_major_upgrade,
                administrator=stores.aurora.administrator,
                users=users_of("aurora", uses),
                proxy=stores.aurora.proxy,
                activity_stream=stores.aurora.activity_stream,
                second_region=stores.aurora.second_region
                and SecondRegion(
                    region=stores.aurora.second_region.region,
                    kms_key_arn=stores.aurora.second_region.kms_key_arn,
                    logs_key_arn=stores.aurora.second_region.logs_key_arn,
                    subnet_ids=stores.aurora.second_region.subnet_ids,
                    security_group_ids=stores.aurora.second_region.security_group_ids,
                    alarm_topic_arn=stores.aurora.second_region.alarm_topic_arn,
                ),
            ),
        )
        offers["aurora"], entrances["aurora"] = aurora.destination, aurora.entrance
        watched["aurora"] = aurora.watched
        if stores.aurora.bootstrap_image and (users := users_of("aurora", uses)):
            bootstraps["aurora"] = BootstrapArgs(
                tier=tier, target=aurora.administered, image=stores.aurora.bootstrap_image, users=users
            )
        pulumi.export("aurora_cluster_arn", aurora.cluster_arn)
        pulumi.export("aurora_host", aurora.host)
        pulumi.export("aurora_reader_host", aurora.reader_host)
        pulumi.export("aurora_secret_arn", aurora.secret_arn)
        pulumi.export("aurora_analytics_host", aurora.analytics_host)
    if stores.rds:
        rds = Rds(
            "rds",
            RdsArgs(
                tier=tier,
                engine=stores.rds.engine,
                engine_version=stores.rds.engine_version,
                database=stores.rds.database,
                instance_class=stores.rds.instance_class,
                storage_gib=stores.rds.storage_gib,
                max_storage_gib=stores.rds.storage_ceiling_gib,
                multi_az=stores.rds.multi_az,
                backup_days=stores.rds.backup_days,
                backup_window=stores.rds.backup_window,
                maintenance_window=stores.rds.maintenance_window,
                audit_statements=stores.rds.audit_statements,
                allow_major_upgrade=stores.rds.allow_major_upgrade,
                administrator=stores.rds.administrator,
                blue_green_updates=stores.rds.blue_green_updates,
            ),
        )
        offers["rds"], entrances["rds"] = rds.destination, rds.entrance
        watched["rds"] = rds.watched
        if stores.rds.bootstrap_image and (users := users_of("rds", uses)):
            bootstraps["rds"] = BootstrapArgs(
                tier=tier, target=rds.administered, image=stores.rds.bootstrap_image, users=users
            )
        pulumi.export("rds_instance_arn", rds.instance_arn)
        pulumi.export("rds_host", rds.host)
        pulumi.export("rds_secret_arn", rds.secret_arn)
    if stores.cache:
        cache = Cache(
            "cache",
            CacheArgs(
                tier=tier,
                engine=stores.cache.engine,
                engine_version=stores.cache.version,
                node_type=stores.cache.node_type,
                replicas=stores.cache.replicas,
                services=users_of("cache", uses),
                eviction=stores.cache.eviction,
                snapshot_days=stores.cache.snapshot_days,
                snapshot_window=stores.cache.snapshot_window,
                maintenance_window=stores.cache.maintenance_window,
                rotate_days=stores.cache.rotate_days,
            ),
        )
        offers["cache"], entrances["cache"] = cache.destination, cache.entrance
        watched["cache"] = cache.watched
    if stores.backup:
        backup = Backup(
            "backups",
            BackupArgs(
                tier=tier,
                backup_key_arn=keys.backup,
                prefix=f"hipaa_{chosen.environment.replace('-', '_')}",
                retention=Retention(
                    hourly_days=stores.backup.hourly_keep_days,
                    daily_days=stores.backup.daily_keep_days,
                    monthly_days=stores.backup.keep_days,
                    cold_after_days=stores.backup.cold_after_days,
                ),
                schedule=stores.backup.schedule,
                lock=VaultLock(
                    mode=stores.backup.vault_lock,
                    grace_days=stores.backup.lock_grace_days,
                    min_days=stores.backup.lock_min_days,
                    max_days=stores.backup.lock_max_days,
                ),
                copy_region=stores.backup.copy_to_region,
                copy_vault_arn=stores.backup.copy_to_vault,
                databases=stores.databases,
                instance_windows=(stores.rds.backup_window, stores.rds.maintenance_window)
                if stores.rds
                else (),
                restore_test=stores.backup.restore_test,
                also_tagged=chosen.told_apart_by,
                owns_account=audit.owns_account,
                evidence=base.detection
                and Evidence(
                    bucket_name=base.archive.intake_bucket_name,
                    after=[base.detection, *base.archive.intake.ready],
                ),
            ),
        )
        watched["backups"] = backup.watched
        pulumi.export("backup_vault_name", backup.vault_name)
        pulumi.export("restore_role_arn", backup.restore_role_arn)
    for store, target in bootstraps.items():
        bootstrap = Bootstrap(f"{store}-bootstrap", target)
        pulumi.export(f"{store}_bootstrap_task_arn", bootstrap.task_arn)
        pulumi.export(f"{store}_bootstrap_security_group_id", bootstrap.security_group_id)
    if watched:
        DataDashboard("data", watched, region=base.account.region)
    return Stores(offers=offers, entrances=entrances)
