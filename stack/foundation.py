"""The part that every stack has: KMS keys, log archive, network, account-wide services, alarms and budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.audit import (
    AccountDefaults,
    AccountDefaultsArgs,
    AccountTrail,
    AccountTrailArgs,
    Alarms,
    AlarmsArgs,
    Detection,
    DetectionArgs,
    LogArchive,
    LogArchiveArgs,
    LogDelivery,
    LogDeliveryArgs,
    MonitoredTrail,
    RegionDefaults,
    RegionDefaultsArgs,
)
from components.compute import EcsAccountSettings
from components.cost import Budget, BudgetArgs
from components.encryption import Keys, KeysArgs
from components.network import NatHost, NatStrategy, Network, NetworkArgs
from components.shared import addressing
from components.shared.addressing import AddressPlan
from components.shared.iam import Account
from components.shared.logs import LogOptions
from settings import Settings
from stack.access import resolvable_names


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """Settings and components that the other areas of a stack use."""

    settings: Settings
    account: Account
    address_plan: AddressPlan
    keys: Keys
    archive: LogArchive
    logs: LogOptions
    """Settings of log groups, with delivery to the archive."""
    network: Network
    alerts: Alarms
    trail: AccountTrail | None
    """Trail of the account; None if another stack owns the account."""
    detection: Detection | None
    """Detection services of the region; None if another stack owns the region."""
    account_settings: Sequence[pulumi.Resource]
    """Account settings that must exist before the first container instance starts; empty if another stack owns the region."""


def create_foundation(settings: Settings) -> Foundation:
    """Create the foundation of a stack."""
    account = Account(id=settings.account_id, region=settings.region, partition=settings.partition)
    audit = settings.audit
    plan = addressing.plan(settings.network.cidr, settings.network.zones)
    backup = settings.data.backup if settings.data else None

    # One customer-managed KMS key for each kind of data.
    keys = Keys(
        "keys",
        KeysArgs(
            account=account,
            protect=settings.protect,
            copy_region=settings.copy_region,
            copy_account=backup and backup.copy_account,
        ),
    )

    # The archive that retains all logs for at least six years, and the delivery from CloudWatch Logs to it.
    archive = LogArchive(
        "logs",
        LogArchiveArgs(
            account=account,
            kms_key_arn=keys.logs,
            retention_days=audit.retention_days,
            object_lock=audit.object_lock,
            protect=settings.protect,
            backup_reports=audit.owns_region and backup is not None,
            create_backup_role=backup is not None and backup.create_reports_role,
        ),
    )
    delivery = LogDelivery(
        "delivery",
        LogDeliveryArgs(account=account, logs_key_arn=keys.logs, archive=archive, protect=settings.protect),
    )
    logs = LogOptions(
        key_arn=keys.logs,
        days=audit.retention_days,
        protect=settings.protect,
        delivery=delivery,
        hot_days=audit.hot_days,
    )

    # The application's VPC with a public, a private and a data tier in every zone.
    network = Network(
        "app",
        NetworkArgs(
            account=account,
            plan=plan,
            nat=NatStrategy(settings.network.nat),
            nat_instance=NatHost(
                instance_type=settings.network.nat_instance.instance_type,
                ami=settings.network.nat_instance.ami,
                zones=settings.network.nat_zones,
                max_lifetime_days=settings.network.nat_instance.max_lifetime_days,
            ),
            interface_endpoints=settings.network.interface_endpoints,
            logs=logs.without_delivery,
            compute_key_arn=keys.compute,
            archive_bucket_arn=archive.bucket_arn,
            protect=settings.protect,
            database_ports=settings.database_ports,
            resolvable_names=resolvable_names(settings),
            ssh_through_nat=settings.reaches_ssh,
            database_clients=(
                [plan.ranges("public")[zone] for zone in settings.vpn_zones]
                if settings.vpn_reaches_data
                else []
            ),
        ),
    )

    # Resources that an account has once: its trail and its default settings.
    trail = None
    if audit.owns_account:
        AccountDefaults(
            "account-defaults", AccountDefaultsArgs(account_id=account.id, protect=settings.protect)
        )
        trail = AccountTrail(
            "account",
            AccountTrailArgs(account=account, archive=archive, logs=logs.without_delivery),
        )
        pulumi.export("trail_arn", trail.trail_arn)
        pulumi.export("trail_log_group_name", trail.log_group_name)

    # Resources that a region of an account has once: its detection services and its default settings.
    account_settings: list[pulumi.Resource] = []
    detection = None
    if audit.owns_region:
        account_settings.append(EcsAccountSettings("account-ecs"))
        RegionDefaults(
            "region-defaults",
            RegionDefaultsArgs(
                volume_key_arn=keys.compute, catalog_key_arn=keys.logs, protect=settings.protect
            ),
        )
        detection = Detection(
            "detection",
            DetectionArgs(
                account=account,
                archive=archive,
                logs=logs,
                internet_vpc_ids=[network.vpc_id],
                create_config_role=audit.owns_account and audit.detection.create_config_role,
                global_types=audit.owns_account,
                guardduty=audit.detection.guardduty,
                security_hub=audit.detection.security_hub,
                config_conformance_pack=audit.detection.config_conformance_pack,
                access_analyzer=audit.detection.access_analyzer,
                inspector=audit.detection.inspector,
            ),
        )

    # The same in the region of the backup copies, where this program runs no instances.
    if audit.owns_copy_region:
        RegionDefaults(
            "copy-region-defaults", RegionDefaultsArgs(region=settings.copy_region, protect=settings.protect)
        )
        Detection(
            "copy-region",
            DetectionArgs(
                account=account,
                archive=archive,
                logs=logs,
                region=settings.copy_region,
                create_config_role=False,
                global_types=False,
                guardduty=audit.detection.guardduty,
                security_hub=audit.detection.security_hub,
                config_conformance_pack=False,
                access_analyzer=audit.detection.access_analyzer,
                inspector=False,
            ),
            opts=pulumi.ResourceOptions(depends_on=[detection] if detection else None),
        )

    # The SNS topic, its subscriptions and the security alarms.
    alerts = Alarms(
        "alerts",
        AlarmsArgs(
            account=account,
            logs_key_arn=keys.logs,
            emails=audit.alert_emails,
            region_events=audit.owns_region,
            key_arns=keys.arns,
            delivery_stream_name=delivery.stream_name,
            replication=archive.replication,
            trail=trail
            and MonitoredTrail(
                log_group_name=trail.log_group_name,
                log_buckets=[archive.bucket_name, archive.intake_bucket_name],
            ),
        ),
    )

    if settings.budget:
        Budget("account", BudgetArgs(monthly_usd=settings.budget.monthly_usd, emails=audit.alert_emails))

    return Foundation(
        settings=settings,
        account=account,
        address_plan=plan,
        keys=keys,
        archive=archive,
        logs=logs,
        network=network,
        alerts=alerts,
        trail=trail,
        detection=detection,
        account_settings=account_settings,
    )
