"""The architecture of one stack: settings → components → outputs.

Everything that differs between environments stands in `Pulumi.<stack>.yaml`. A branch below is for what an AWS account
has once, the other for containers, which a stack may do without. Each component takes what the ones above it made.
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
from components.compute import (
    Cluster,
    ClusterArgs,
    ComputeAlarms,
    ComputeAlarmsArgs,
    Container,
    EcsAccountSettings,
    Edge,
    EdgeArgs,
    Fleet,
    Job,
    Mesh,
    MeshArgs,
    Platform,
    Registry,
    RegistryArgs,
    Route,
    Scaling,
    Service,
    ServiceArgs,
    callees_first,
    priorities,
)
from components.connectivity import (
    Partners,
    PartnersArgs,
    PrivateEntries,
    PrivateEntriesArgs,
    read_partner,
)
from components.encryption import Keys, KeysArgs
from components.iam import Account
from components.network import Nat, NatHost, Network, NetworkArgs

chosen = settings.load()
audit = chosen.audit
account = Account(id=chosen.account_id, region=chosen.region, partition=chosen.partition)
services = chosen.services or {}
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
account_settings: list[pulumi.Resource] = []
if audit.owns_account:
    account_settings.append(EcsAccountSettings("account-ecs"))
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

# Who is told of what.
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

# The way to partners' systems: by name, over private addresses, through the exchange.
links = chosen.connectivity
partners = None
known_partners = (
    {name: read_partner(**item.model_dump()) for name, item in links.partners.items()} if links else {}
)
if links and links.reaches_partners:
    partners = Partners(
        "partners",
        PartnersArgs(
            account=account,
            partners=known_partners,
            asn=links.transit and links.transit.asn,
            exchange_cidr=links.exchange_cidr,
            application=plan,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            route_table_ids=network.route_table_ids["private"],
            archive=archive,
            logs_key_arn=keys.logs,
            retention_days=audit.retention_days,
            protect=chosen.protect,
            alarm_topic_arn=alerts.topic_arn,
        ),
    )
    pulumi.export("transit_gateway_id", partners.transit_gateway_id)
    pulumi.export("exchange_vpc_id", partners.exchange_vpc_id)
    pulumi.export("partners", partners.handover)

# Where containers run, and what runs in them.
cluster = None
if chosen.compute:
    cluster = Cluster(
        "compute",
        ClusterArgs(
            account=account,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            fleet=Fleet(
                instance_type=chosen.compute.instance_type,
                ami=chosen.compute.ami,
                min_instances=chosen.compute.instances.min,
                max_instances=chosen.compute.instances.max,
                target_capacity_percent=chosen.compute.instances.target_capacity_percent,
            ),
            compute_key_arn=keys.compute,
            logs_key_arn=keys.logs,
            retention_days=audit.retention_days,
            protect=chosen.protect,
            launch_after=[network, *account_settings],
        ),
    )
    Registry(
        "images",
        RegistryArgs(
            account=account,
            services=list(services),
            compute_key_arn=keys.compute,
            protect=chosen.protect,
            pull_endpoint_ids=network.image_endpoint_ids,
        ),
    )
    edge = chosen.edge and Edge(
        "edge",
        EdgeArgs(
            account=account,
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            domain=chosen.edge.domain,
            zone_id=chosen.edge.zone_id,
            allowed_cidrs=chosen.edge.allowed_cidrs,
            archive=archive,
            logs_key_arn=keys.logs,
            retention_days=audit.retention_days,
            protect=chosen.protect,
            idle_timeout_seconds=chosen.idle_timeout_seconds,
            rate_limit_per_5_min=chosen.edge.waf.rate_limit_per_5_min,
            shield_advanced=chosen.edge.shield_advanced,
        ),
    )
    if edge and links and links.lets_partners_in:
        entries = PrivateEntries(
            "entry",
            PrivateEntriesArgs(
                partners=known_partners,
                edge=edge,
                vpc_id=network.vpc_id,
                subnet_ids=network.private_subnet_ids,
                archive=archive,
                alarm_topic_arn=alerts.topic_arn,
            ),
        )
        pulumi.export("private_entries", entries.service_names)
    platform = Platform(
        account=account,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        cluster_arn=cluster.cluster_arn,
        cluster_name=cluster.cluster_name,
        capacity_provider=cluster.capacity_provider_name,
        exec_log_group_arn=cluster.exec_log_group_arn,
        compute_key_arn=keys.compute,
        logs_key_arn=keys.logs,
        secrets_key_arn=keys.secrets,
        retention_days=audit.retention_days,
        protect=chosen.protect,
        alarm_topic_arn=alerts.topic_arn,
        edge=edge,
        archived_by=delivery,
        hot_days=audit.hot_days,
    )
    numbers = priorities({name: service.route.path for name, service in services.items() if service.route})
    joined = chosen.compute.service_connect
    mesh = joined and Mesh("mesh", MeshArgs(authority_arn=joined.authority_arn))
    made: dict[str, Service] = {}
    for name in callees_first({name: service.connects_to for name, service in services.items()}):
        service = services[name]
        ports = {other: services[other].connect_port for other in service.connects_to}
        made[name] = Service(
            name,
            ServiceArgs(
                platform=platform,
                port=service.port,
                container=Container(
                    name=name,
                    image=service.image,
                    cpu=service.cpu,
                    memory_mib=service.memory_mib,
                    environment=service.environment,
                ),
                scaling=Scaling(
                    min=service.tasks.min,
                    max=service.tasks.max,
                    cpu_percent=service.scale_on.cpu_percent,
                    requests_per_task=service.scale_on.requests_per_task,
                ),
                route=service.route
                and Route(
                    path=service.route.path,
                    priority=numbers[name],
                    health=service.route.health,
                    sticky=service.route.sticky,
                    drain_seconds=service.route.drain_seconds,
                ),
                uses=partners.destinations if partners and "partners" in service.uses else {},
                secrets=service.secrets,
                release_command=service.release_command,
                schedules={
                    key: Job(cron=job.cron, command=job.command) for key, job in service.schedules.items()
                },
                service_connect=mesh
                and mesh.member(
                    service.connect_port,
                    calls={other: port for other, port in ports.items() if port is not None},
                    after=[made[other].resource for other in ports if other in made],
                ),
            ),
        )
    # Who may call whom; both ends are there now, even where services call each other.
    for name, service in services.items():
        for other in service.connects_to:
            made[other].serve(name, made[name])
    ComputeAlarms(
        "capacity",
        ComputeAlarmsArgs(
            account=account,
            cluster_name=cluster.cluster_name,
            capacity_provider=cluster.capacity_provider_name,
            alarm_topic_arn=alerts.topic_arn,
            edge=edge,
            services=made,
        ),
    )
    pulumi.export("cluster_arn", cluster.cluster_arn)
    pulumi.export("exec_log_group_name", cluster.exec_log_group_name)

# The questions that an auditor asks.
queries = AuditQueries(
    "queries",
    AuditQueriesArgs(
        account=account,
        database=f"hipaa_{chosen.environment.replace('-', '_')}",
        archive=archive,
        kms_key_arn=keys.logs,
        flow_log_group_name=network.flow_log_group_name,
        dns_log_group_name=network.dns_log_group_name,
        shell_log_group_name=cluster and cluster.exec_log_group_name,
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
pulumi.export("flow_log_group_name", network.flow_log_group_name)
pulumi.export("dns_log_group_name", network.dns_log_group_name)
pulumi.export("athena_workgroup_name", queries.workgroup_name)
pulumi.export("athena_database_name", queries.database_name)
