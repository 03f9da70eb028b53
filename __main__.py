"""The architecture of one stack: settings → components → outputs.

Everything that differs between environments stands in `Pulumi.<stack>.yaml`. A branch below is for what an AWS account
has once, the others for data stores and containers, which a stack may do without. Each component takes what the ones above it made.
"""

from ipaddress import IPv4Network

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
    Bounds,
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
    Tier,
    VpnHost,
    VpnServer,
    VpnServerArgs,
    read_partner,
)
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
    destinations,
    users_of,
)
from components.destination import Destination
from components.encryption import Keys, KeysArgs
from components.iam import Account
from components.network import Nat, NatHost, Network, NetworkArgs

chosen = settings.load()
audit = chosen.audit
account = Account(id=chosen.account_id, region=chosen.region, partition=chosen.partition)
services, images = chosen.services or {}, chosen.images
plan = addressing.plan(chosen.network.cidr, chosen.network.zones)

# One customer-managed key for each kind of data.
stores = chosen.data or settings.DataSettings()
keys = Keys(
    "keys",
    KeysArgs(
        account=account,
        protect=chosen.protect,
        copy_region=stores.backup and stores.backup.copy_to_region,
        copy_account=stores.backup and stores.backup.copy_account,
    ),
)

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
        database_ports=chosen.database_ports,
        database_clients=list(map(IPv4Network, plan.cidrs("public"))) if chosen.vpn_reaches_data else [],
    ),
)

# What an account has once: its trail, its detection services, its defaults.
trail = None
account_settings: list[pulumi.Resource] = []
detection = None
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
    detection = Detection(
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

# The data stores, and what each offers to the services that use it.
offers: dict[str, Offer] = {}
watched: dict[str, Watched] = {}
bootstraps: dict[str, BootstrapArgs] = {}
uses = {name: service.uses for name, service in services.items()}
tier = DataTier(
    account=account,
    vpc_id=network.vpc_id,
    subnet_ids=network.data_subnet_ids,
    zones=chosen.network.zones,
    data_key_arn=keys.data,
    secrets_key_arn=keys.secrets,
    logs_key_arn=keys.logs,
    retention_days=audit.retention_days,
    protect=chosen.protect,
    alarm_topic_arn=alerts.topic_arn,
    archived_by=delivery,
    hot_days=audit.hot_days,
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
            and SecondRegion(**stores.aurora.second_region.model_dump()),
        ),
    )
    offers["aurora"] = aurora.destination
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
    offers["rds"] = rds.destination
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
    offers["cache"] = cache.destination
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
            restore_test=stores.backup.restore_test,
            also_tagged=chosen.told_apart_by,
            owns_account=audit.owns_account,
            evidence=detection and Evidence(bucket_name=archive.intake_bucket_name, after=[detection]),
        ),
    )
    pulumi.export("backup_vault_name", backup.vault_name)
    pulumi.export("restore_role_arn", backup.restore_role_arn)
for store, target in bootstraps.items():
    bootstrap = Bootstrap(f"{store}-bootstrap", target)
    pulumi.export(f"{store}_bootstrap_task_arn", bootstrap.task_arn)
    pulumi.export(f"{store}_bootstrap_security_group_id", bootstrap.security_group_id)
if watched:
    DataDashboard("data", watched, region=account.region)
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
made: dict[str, Service] = {}
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
    registry = Registry(
        "images",
        RegistryArgs(
            account=account,
            prefix=f"hipaa-{chosen.environment}",
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
    # A service without an image has a repository and nothing else yet; those that call it learn of it later.
    calls = {name: [other for other in services[name].connects_to if other in images] for name in images}
    for name in callees_first(calls):
        service = services[name]
        ports = {other: services[other].connect_port for other in calls[name]}
        made[name] = Service(
            name,
            ServiceArgs(
                platform=platform,
                port=service.port,
                container=Container(
                    name=name,
                    image=images[name],
                    command=service.command,
                    cpu=service.cpu,
                    memory_mib=service.memory_mib,
                    environment=service.environment,
                ),
                scaling=Scaling(
                    min=service.tasks.min,
                    max=service.tasks.max,
                    cpu_percent=service.scale_on.cpu_percent,
                    memory_percent=service.scale_on.memory_percent,
                    requests_per_task=service.scale_on.requests_per_task,
                    schedule={
                        key: Bounds(cron=at.cron, min=at.min, max=at.max, timezone=at.timezone)
                        for key, at in service.scale_on.schedule.items()
                    },
                ),
                route=service.route
                and Route(
                    path=service.route.path,
                    priority=numbers[name],
                    health=service.route.health,
                    sticky=service.route.sticky,
                    drain_seconds=service.route.drain_seconds,
                ),
                uses={
                    **destinations(name, service.uses, offers),
                    **(partners.destinations if partners and "partners" in service.uses else {}),
                },
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
    for name, others in calls.items():
        for other in others:
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
    pulumi.export("repository_urls", registry.repository_urls)
    pulumi.export(
        "release_task_arns",
        {name: made[name].release_task_arn for name in made if services[name].release_command},
    )

# The way in for staff, group by group.
vpn = chosen.connectivity and chosen.connectivity.vpn
if vpn:
    server = VpnServer(
        "vpn",
        VpnServerArgs(
            account=account,
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            state_subnet_ids=dict(zip(chosen.network.zones, network.private_subnet_ids, strict=True)),
            host=VpnHost(
                ami=vpn.ami, instance_type=vpn.instance_type, max_lifetime_days=vpn.max_lifetime_days
            ),
            domain=vpn.domain,
            client_cidr=vpn.client_cidr,
            admin_cidrs=vpn.admin_cidrs,
            access=vpn.access,
            tiers={
                "app": Tier(
                    cidrs=plan.cidrs("private"),
                    destinations={
                        name: Destination(security_group_id=item.security_group_id, ports=[port])
                        for name, item in made.items()
                        if (port := services[name].port) is not None
                    },
                ),
                "data": Tier(cidrs=plan.cidrs("data"), destinations={}),
            },
            licence_secret_arn=vpn.licence_secret_arn,
            compute_key_arn=keys.compute,
            data_key_arn=keys.data,
            secrets_key_arn=keys.secrets,
            logs_key_arn=keys.logs,
            retention_days=audit.retention_days,
            protect=chosen.protect,
            alarm_topic_arn=alerts.topic_arn,
            archived_by=delivery,
            hot_days=audit.hot_days,
            launch_after=[network],
        ),
    )
    pulumi.export("vpn_public_ip", server.public_ip)
    pulumi.export("vpn_group_name", server.group_name)
    pulumi.export("vpn_access_log_group_name", server.access_log_group_name)
    pulumi.export("vpn_users_log_group_name", server.users_log_group_name)
    pulumi.export("vpn_admin_secret_arn", server.admin_secret_arn)

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
