"""The architecture of one stack: settings → components → outputs.

Everything that differs between environments stands in `Pulumi.<stack>.yaml`. The one branch below is for what an AWS
account has once. Each component takes what the ones above it made.
"""

import pulumi

import settings
from components import addressing
from components.audit import (
    AccountDefaults,
    AccountDefaultsArgs,
    AccountTrail,
    AccountTrailArgs,
    Alarms,
    AlarmsArgs,
    AuditQueries,
    AuditQueriesArgs,
    Detection,
    DetectionArgs,
    LogArchive,
    LogArchiveArgs,
    LogDelivery,
    LogDeliveryArgs,
    WatchedTrail,
)
from components.encryption import Keys, KeysArgs
from components.iam import Account
from components.network import Nat, NatHost, Network, NetworkArgs

chosen = settings.load()
audit = chosen.audit
account = Account(id=chosen.account_id, region=chosen.region, partition=chosen.partition)
plan = addressing.plan(chosen.network.cidr, chosen.network.zones)

# One customer-managed key for each kind of data.
keys = Keys("keys", KeysArgs(account=account, protect=chosen.protect))

# Where every log ends up, for six years at least, and the way there from CloudWatch Logs.
archive = LogArchive(
    "logs",
    LogArchiveArgs(
        account=account,
        kms_key_arn=keys.logs,
        retention_days=audit.retention_days,
        object_lock=audit.object_lock,
        protect=chosen.protect,
    ),
)
delivery = LogDelivery(
    "delivery",
    LogDeliveryArgs(account=account, logs_key_arn=keys.logs, archive=archive, protect=chosen.protect),
)

# The application's VPC: public, private and data tier in every zone.
network = Network(
    "app",
    NetworkArgs(
        account=account,
        plan=plan,
        nat=Nat(chosen.network.nat),
        nat_instance=NatHost(
            instance_type=chosen.network.nat_instance.instance_type,
            ami=chosen.network.nat_instance.ami,
            zones=chosen.network.nat_zones,
            max_lifetime_days=chosen.network.nat_instance.max_lifetime_days,
        ),
        interface_endpoints=chosen.network.interface_endpoints,
        logs_key_arn=keys.logs,
        compute_key_arn=keys.compute,
        archive_bucket_arn=archive.bucket_arn,
        retention_days=audit.retention_days,
        protect=chosen.protect,
    ),
)

# What an account has once: its trail, its detection services, its defaults.
trail = None
if audit.owns_account:
    AccountDefaults(
        "account-defaults",
        AccountDefaultsArgs(
            account_id=account.id,
            compute_key_arn=keys.compute,
            logs_key_arn=keys.logs,
            protect=chosen.protect,
        ),
    )
    trail = AccountTrail(
        "account",
        AccountTrailArgs(
            account=account,
            archive=archive,
            kms_key_arn=keys.logs,
            retention_days=audit.retention_days,
            protect=chosen.protect,
        ),
    )
    Detection(
        "detection",
        DetectionArgs(
            account=account,
            archive=archive,
            kms_key_arn=keys.logs,
            retention_days=audit.retention_days,
            protect=chosen.protect,
            delivery=delivery,
            hot_days=audit.hot_days,
            internet_vpc_ids=[network.vpc_id],
            **audit.detection.model_dump(),
        ),
    )
    pulumi.export("trail_arn", trail.trail_arn)
    pulumi.export("trail_log_group_name", trail.log_group_name)

# Who is told of what, and the questions that an auditor asks.
alerts = Alarms(
    "alerts",
    AlarmsArgs(
        account=account,
        logs_key_arn=keys.logs,
        emails=audit.alert_emails,
        delivery_stream_name=delivery.stream_name,
        replication=archive.replication,
        trail=trail
        and WatchedTrail(
            log_group_name=trail.log_group_name,
            log_buckets=[archive.bucket_name, archive.intake_bucket_name],
        ),
    ),
)
queries = AuditQueries(
    "queries",
    AuditQueriesArgs(
        account=account,
        database=f"hipaa_{chosen.environment.replace('-', '_')}",
        archive=archive,
        kms_key_arn=keys.logs,
        flow_log_group_name=network.flow_log_group_name,
        dns_log_group_name=network.dns_log_group_name,
        trail_log_group_name=trail and trail.log_group_name,
        trail_regions=chosen.partition_regions,
        data_cidrs=plan.cidrs("data"),
        protect=chosen.protect,
    ),
)

pulumi.export("vpc_id", network.vpc_id)
pulumi.export("public_subnet_ids", network.public_subnet_ids)
pulumi.export("private_subnet_ids", network.private_subnet_ids)
pulumi.export("data_subnet_ids", network.data_subnet_ids)
pulumi.export("logs_key_arn", keys.logs)
pulumi.export("data_key_arn", keys.data)
pulumi.export("compute_key_arn", keys.compute)
pulumi.export("secrets_key_arn", keys.secrets)
pulumi.export("backup_key_arn", keys.backup)
pulumi.export("archive_bucket_name", archive.bucket_name)
pulumi.export("intake_bucket_name", archive.intake_bucket_name)
pulumi.export("alerts_topic_arn", alerts.topic_arn)
pulumi.export("alerts_queue_arn", alerts.queue_arn)
pulumi.export("athena_workgroup_name", queries.workgroup_name)
pulumi.export("athena_database_name", queries.database_name)
