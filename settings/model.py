"""The settings of a stack: one frozen model for each `hipaa:` key of `Pulumi.<stack>.yaml`.

Invariants are no options: nothing here turns off encryption, TLS, log retention, the private data tier,
IMDSv2 or key rotation. Settings choose size, count, cost and reach. What a single value may be stands here
and in `settings.types`; what values may be together stands in `settings.rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    ValidationInfo,
    computed_field,
)

from facts import caches
from settings import regions
from settings import types as t
from settings.errors import nearest

_ENDPOINTS = """
    access-analyzer acm-pca application-autoscaling athena autoscaling backup cloudformation cloudtrail
    config ec2 ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry elasticache elasticfilesystem
    elasticloadbalancing email-smtp events execute-api glue guardduty-data inspector2 kinesis-firehose
    kinesis-streams kms lambda logs monitoring rds rds-data secretsmanager securityhub sns sqs ssm
    ssmmessages states sts xray
"""
ENDPOINTS = tuple(_ENDPOINTS.split())
"""Short names of the AWS services that a stack may reach by an interface endpoint."""

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Strict(False)]
Some = Annotated[tuple[T, ...], Strict(False), Field(min_length=1)]
Named = Annotated[Mapping[t.Slug, T], AfterValidator(t.frozen)]
Variables = Annotated[Mapping[t.Variable, T], AfterValidator(t.frozen)]
Lock = Literal["none", "governance", "compliance"]


class Nat(StrEnum):
    """How the private tier reaches the internet, dearest first."""

    GATEWAY_PER_ZONE = "gateway-per-zone"
    SINGLE_GATEWAY = "single-gateway"
    INSTANCE = "instance"
    NONE = "none"


def _zones(raw: object, info: ValidationInfo) -> tuple[str, ...]:
    """Turn a count or a list of names into names. Without a known region only the form is checked."""
    region = cast("str | None", (info.context or {}).get("region"))
    known = regions.zones(region) if region else ()
    most = len(known) or 8
    allowed = f"2 to {most} zones{f' in {region}' if region else ''}: a count, or a list of names"
    if isinstance(raw, int) and not isinstance(raw, bool):
        if not 2 <= raw <= most:
            raise t.refusal(allowed, f"the nearest is {min(max(raw, 2), most)}")
        return known[:raw]
    if not isinstance(raw, list | tuple):
        raise t.refusal(allowed)
    names = [name for name in cast("list[object]", raw) if isinstance(name, str)]
    strange = [name for name in names if known and name not in known]
    if strange:
        near = nearest(strange[0], known)
        raise t.refusal(
            f"{allowed}, of {', '.join(known)}", f"did you mean {near} for {strange[0]}?" if near else ""
        )
    if (
        len(names) != len(cast("list[object]", raw))
        or not 2 <= len(names) <= most
        or len({*names}) < len(names)
    ):
        raise t.refusal(f"{allowed}, each named once")
    return tuple(names)


class Section(BaseModel):
    """A part of the settings: frozen, strict about types, and without room for an unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class NatInstanceSettings(Section):
    """The instance that stands in for a NAT gateway where `nat` is `instance`."""

    instance_type: t.InstanceType = "t4g.micro"
    """EC2 instance type, with 1 GiB of memory or more."""
    per_zone: bool = False
    """Whether every zone has an instance of its own; otherwise one serves all."""
    max_lifetime_days: Annotated[int, t.whole(1, 365, "days")] | None = None
    """Days after which an instance is replaced by a fresh one; as long as it works if not given."""
    ami: t.Ami = Field(
        default_factory=lambda data: t.amazon_linux(t.architecture_of(data.get("instance_type", "")))
    )
    """Image id or SSM alias; the newest Amazon Linux 2023 for the instance's architecture if not given."""


_TWO: Any = 2


class NetworkSettings(Section):
    """The VPC."""

    cidr: t.VpcCidr
    """Private range of the VPC, /16 to /21."""
    zones: Annotated[tuple[str, ...], PlainValidator(_zones)] = Field(default=_TWO, validate_default=True)
    """Names of the availability zones; the file may give a count instead."""
    nat: Annotated[Nat, Strict(False)] = Nat.GATEWAY_PER_ZONE
    """How the private tier reaches the internet. A change drops open connections and changes the address seen outside."""
    nat_instance: NatInstanceSettings = NatInstanceSettings()
    """The NAT instance, where `nat` is `instance`."""
    interface_endpoints: Many[
        Annotated[
            str,
            t.one_of(
                ENDPOINTS, "the short name of an AWS service with an interface endpoint, such as ecr.api"
            ),
        ]
    ] = ()
    """Short names of the services reached inside the VPC, without NAT."""

    @property
    def nat_zones(self) -> tuple[str, ...]:
        """Return the zones that have a NAT instance where `nat` is `instance`."""
        return self.zones if self.nat_instance.per_zone else self.zones[:1]


class DetectionSettings(Section):
    """Account-wide detection; made only by the stack that owns the account."""

    guardduty: bool = True
    """Whether GuardDuty watches the account."""
    security_hub: bool = True
    """Whether Security Hub collects findings."""
    config_conformance_pack: bool = True
    """Whether AWS Config judges the account by a conformance pack."""
    create_config_role: bool = True
    """Whether to make AWS Config's service-linked role; false where the account has it."""
    access_analyzer: bool = True
    """Whether IAM Access Analyzer looks for resources shared outside the account."""
    inspector: bool = True
    """Whether Inspector scans instances and images for known vulnerabilities."""


class AuditSettings(Section):
    """What is recorded, for how long, and who is told."""

    owns_account: bool = False
    """Whether this stack makes what an account has once, such as the trail and the Config recorder."""
    object_lock: Lock = "governance"
    """S3 Object Lock of the log archive."""
    retention_days: t.RetentionDays = 2192
    """Retention of every log, in days; six years or more."""
    hot_days: t.HotDays | None = None
    """Days that CloudWatch keeps findings and application logs, which the archive keeps for all of the retention; the
    whole retention if not given."""
    detection: DetectionSettings = DetectionSettings()
    """Which detection services run."""
    alert_emails: Many[t.Email] = ()
    """Who is told of findings."""


class InstanceRange(Section):
    """Size of the instance fleet."""

    min: Annotated[int, t.whole(1, 1000, "instances")] = 2
    """Fewest instances."""
    max: Annotated[int, t.whole(1, 1000, "instances")] = 4
    """Most instances."""
    target_capacity_percent: Annotated[int, t.whole(1, 100, "percent")] = 85
    """Share of the fleet's capacity that tasks are to use, in percent."""


class ServiceConnectSettings(Section):
    """Names by which services reach each other, by ECS Service Connect."""

    authority_arn: t.Arn | None = None
    """ARN of the AWS Private CA, tagged `AmazonECSManaged=true`, with whose certificates the proxies encrypt between
    services; the services keep their own TLS end to end if not given."""


class ComputeSettings(Section):
    """The ECS cluster's instances."""

    instance_type: t.InstanceType = "t3.medium"
    """EC2 instance type."""
    instances: InstanceRange = InstanceRange()
    """Size of the fleet."""
    ami: t.Ami = Field(
        default_factory=lambda data: t.ecs_optimized(t.architecture_of(data.get("instance_type", "")))
    )
    """Image id or SSM alias; the newest ECS-optimized image for the instance's architecture if not given."""
    service_connect: ServiceConnectSettings | None = None
    """Names by which services reach each other."""


class WafSettings(Section):
    """The web application firewall."""

    rate_limit_per_5_min: Annotated[int, t.whole(10, 2_000_000_000, "requests")] = 2000
    """Requests from one address in five minutes before it is blocked."""


class EdgeSettings(Section):
    """The public entry: load balancer, certificate, firewall."""

    domain: t.Domain
    """Domain name of the application."""
    zone_id: t.HostedZoneId
    """Route 53 hosted zone of the domain."""
    allowed_cidrs: Some[t.Cidr] = (IPv4Network("0.0.0.0/0"),)
    """Ranges that may connect."""
    waf: WafSettings = WafSettings()
    """The firewall."""
    shield_advanced: bool = False
    """Whether AWS Shield Advanced protects the load balancer; the account must have subscribed to it."""


class TaskRange(Section):
    """Number of tasks of a service."""

    min: Annotated[int, t.whole(1, 5000, "tasks")] = 2
    """Fewest tasks."""
    max: Annotated[int, t.whole(1, 5000, "tasks")] = 4
    """Most tasks."""


class RouteSettings(Section):
    """How requests reach a service."""

    path: t.UrlPath
    """Path pattern, unique among the services."""
    health: t.UrlPath = "/healthz"
    """Path of the health check."""
    idle_timeout_seconds: Annotated[int, t.whole(1, 4000, "seconds")] = 60
    """How long a connection may be silent, in seconds."""
    sticky: bool = False
    """Whether a client stays with one task."""

    @property
    def drain_seconds(self) -> int:
        """Return how long a task that goes may end what it has begun: as long as a silent connection may last."""
        return min(3600, max(60, self.idle_timeout_seconds))


class BoundsSettings(Section):
    """Other bounds from a moment on, such as office hours."""

    cron: t.Cron
    """When, in the time zone given."""
    min: Annotated[int, t.whole(0, 5000, "tasks")]
    """Fewest tasks from then on."""
    max: Annotated[int, t.whole(1, 5000, "tasks")]
    """Most tasks from then on."""
    timezone: t.Timezone = "UTC"
    """Time zone of the expression."""


class ScaleSettings(Section):
    """What a service scales on."""

    cpu_percent: Annotated[int, t.whole(1, 100, "percent")] = 60
    """Target of the average CPU use, in percent."""
    memory_percent: Annotated[int, t.whole(1, 100, "percent")] = 75
    """Target of the average memory use, in percent."""
    requests_per_task: Annotated[int, t.whole(1, 1_000_000, "requests")] | None = None
    """Target of requests per task and minute; not scaled on if not given."""
    schedule: Named[BoundsSettings] = t.FrozenMap()
    """Other bounds at other times, by a name for each; a pair that opens and closes holds tasks through a busy time."""


class ScheduleSettings(Section):
    """A command that the service's container runs at set times."""

    cron: t.Cron
    """When, in UTC."""
    command: Some[str]
    """Program and arguments."""


class ServiceSettings(Section):
    """A container service."""

    image: t.Image | None = None
    """Container image; by digest where the stack is protected. Without one, only the service's repository is made, so
    that the first image can be pushed to it: `<account>.dkr.ecr.<region>.amazonaws.com/hipaa-<environment>/<service>`."""
    command: Many[str] = ()
    """Program and arguments in place of the image's own, so that services can share an image."""
    port: t.Port | None = None
    """Port that the container serves TLS on; none for a worker."""
    connect_port: t.Port | None = None
    """Port by which other services reach it by name."""
    connects_to: Many[t.Slug] = ()
    """Names of the services that it may call."""
    cpu: Annotated[int, t.whole(128, 196_608, "CPU units")]
    """CPU of a task, in units of 1/1024 vCPU."""
    memory_mib: Annotated[int, t.whole(64, 1_048_576, "MiB")]
    """Memory of a task, in MiB."""
    tasks: TaskRange = TaskRange()
    """Number of tasks."""
    route: RouteSettings | None = None
    """How requests reach it; none for a worker."""
    uses: Many[Literal["aurora", "rds", "cache", "partners"]] = ()
    """What it may connect to."""
    scale_on: ScaleSettings = ScaleSettings()
    """What it scales on."""
    environment: Variables[str] = t.FrozenMap()
    """Variables that are no secret."""
    secrets: Variables[t.Arn] = t.FrozenMap()
    """ARN of a Secrets Manager secret by the variable that takes its value."""
    release_command: Many[str] = ()
    """Program and arguments of a one-off task to run before a release, such as a migration."""
    schedules: Named[ScheduleSettings] = t.FrozenMap()
    """Commands to run at set times, by a name for each."""


class CapacityRange(Section):
    """Capacity of each Aurora Serverless v2 instance."""

    min: t.Acu = 0.5
    """Lowest capacity, in ACU."""
    max: t.Acu = 4.0
    """Highest capacity, in ACU."""


class ReaderRange(Section):
    """Number of Aurora readers."""

    min: Annotated[int, t.whole(0, 15, "readers")] = 1
    """Fewest readers."""
    max: Annotated[int, t.whole(0, 15, "readers")] | None = None
    """Most readers, where `instance_class` is given; as many as `min` if not given."""

    @property
    def most(self) -> int:
        """Return the number of readers at most."""
        return self.min if self.max is None else self.max


class SecondRegionSettings(Section):
    """A region that holds a second cluster of an Aurora global database, in a network that is there already."""

    region: t.Region
    """The region."""
    kms_key_arn: t.Arn
    """KMS key of that region that encrypts what is stored."""
    logs_key_arn: t.Arn
    """KMS key of that region that encrypts logs."""
    subnet_ids: Annotated[Some[t.SubnetId], Field(min_length=2)]
    """Isolated subnets of that region, in two zones or more."""
    security_group_ids: Some[t.SecurityGroupId]
    """Security groups of the second cluster."""
    alarm_topic_arn: t.Arn
    """SNS topic of that region, which is told when the second cluster falls behind."""


class AuroraSettings(Section):
    """The Aurora PostgreSQL cluster."""

    engine_version: t.EngineVersion
    """PostgreSQL version, major and minor."""
    database: t.DatabaseName = "app"
    """Name of the database."""
    instance_class: t.DbInstanceClass | None = None
    """Class of the instances; Serverless v2, sized by `capacity_acu`, if not given."""
    capacity_acu: CapacityRange = CapacityRange()
    """Capacity of each Serverless v2 instance, in ACU; a lowest of 0 lets it pause."""
    pause_after_seconds: Annotated[int, t.whole(300, 86_400, "seconds")] = 1800
    """Seconds without a connection until an instance pauses, where the lowest capacity is 0."""
    readers: ReaderRange = ReaderRange()
    """Number of readers beside the writer."""
    analytics_readers: Annotated[int, t.whole(0, 14, "readers")] = 0
    """Further readers behind an endpoint of their own, which never become the writer while others can."""
    backup_days: t.BackupDays = 35
    """Point-in-time recovery window, in days."""
    backup_window: t.DatabaseDailyWindow = "03:00-03:30"
    """When the daily snapshot is made, in UTC."""
    maintenance_window: t.DatabaseWeeklyWindow = "sun:07:00-sun:07:30"
    """When AWS may maintain it, in UTC."""
    audit_statements: Some[Literal["ddl", "role", "write", "read", "function", "misc"]] = ("ddl", "role")
    """Kinds of statement that pgAudit logs of every session; their text may hold ePHI from `write` on."""
    allow_major_upgrade: bool = False
    """Whether `engine_version` may go to another major; for the time of an upgrade."""
    administrator: Literal["managed", "generated"] = "managed"
    """Who makes the administrator's password: RDS, which changes it every seven days and shows it to no program, or this
    program, which keeps it encrypted in the state (ADR 9) and changes it when it is told to."""
    proxy: bool = False
    """Whether services connect through RDS Proxy."""
    activity_stream: bool = False
    """Whether every activity goes to an encrypted Kinesis stream; needs `instance_class`."""
    second_region: SecondRegionSettings | None = None
    """A second region of a global database; needs `administrator: generated`."""
    bootstrap_image: t.Image | None = None
    """Image with `psql`, of the task that makes the services' database users; users are made by hand if not given."""


class RdsSettings(Section):
    """The RDS instance, PostgreSQL or MySQL."""

    engine: Literal["postgres", "mysql"] = "postgres"
    """Database engine."""
    engine_version: t.EngineVersion
    """Version, to the last number."""
    database: t.DatabaseName = "app"
    """Name of the database; with MySQL every service has one of its own beside it."""
    instance_class: t.DbInstanceClass = "db.t4g.medium"
    """Instance class."""
    storage_gib: Annotated[int, t.whole(20, 65_536, "GiB")] = 20
    """Storage, in GiB."""
    max_storage_gib: Annotated[int, t.whole(22, 65_536, "GiB")] | None = None
    """Storage that it may grow to by itself, in GiB; twice `storage_gib` if not given."""
    multi_az: bool = True
    """Whether a standby waits in a second zone."""
    backup_days: t.BackupDays = 35
    """Point-in-time recovery window, in days."""
    backup_window: t.DatabaseDailyWindow = "03:00-03:30"
    """When the daily snapshot is made, in UTC."""
    maintenance_window: t.DatabaseWeeklyWindow = "sun:07:00-sun:07:30"
    """When AWS may maintain it, in UTC."""
    audit_statements: Some[Literal["ddl", "role", "write", "read", "function", "misc"]] = ("ddl", "role")
    """Kinds of statement that pgAudit logs of every session; their text may hold ePHI from `write` on. Not for MySQL."""
    allow_major_upgrade: bool = False
    """Whether `engine_version` may go to another major; for the time of an upgrade."""
    administrator: Literal["managed", "generated"] = "managed"
    """Who makes the administrator's password: RDS, which changes it every seven days and shows it to no program, or this
    program, which keeps it encrypted in the state (ADR 9) and changes it when it is told to."""
    blue_green_updates: bool = False
    """Whether updates are made on a copy that then takes its place; needs `administrator: generated`."""
    bootstrap_image: t.Image | None = None
    """Image with `psql` or `mysql`, of the task that makes the services' database users; by hand if not given."""

    @property
    def storage_ceiling_gib(self) -> int | None:
        """Return what the storage may grow to, in GiB; None if there is no room to grow.

        AWS asks for a tenth more at least (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html).
        """
        most = min(2 * self.storage_gib, 65_536) if self.max_storage_gib is None else self.max_storage_gib
        return most if 10 * most >= 11 * self.storage_gib else None


class CacheSettings(Section):
    """The ElastiCache replication group."""

    engine: Literal["valkey", "redis"] = "valkey"
    """Cache engine."""
    engine_version: t.EngineVersion | None = None
    """Version, major and minor; the newest of the table if not given."""
    node_type: t.CacheNodeType = "cache.t4g.micro"
    """Node type."""
    replicas: Annotated[int, t.whole(0, 5, "replicas")] = 1
    """Replicas beside the primary."""
    eviction: Literal[
        "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-ttl", "noeviction"
    ] = "volatile-lru"
    """Which keys go when memory is full."""
    snapshot_days: t.BackupDays = 35
    """How long daily snapshots are kept, in days."""
    snapshot_window: t.CacheDailyWindow = "04:00-05:00"
    """When snapshots are taken, in UTC."""
    maintenance_window: t.CacheWeeklyWindow = "sun:06:00-sun:07:00"
    """When AWS may work on the nodes, in UTC."""
    rotate_days: Annotated[int, t.whole(1, 365, "days")] = 30
    """Days between rotations of the services' passwords."""

    @property
    def version(self) -> str:
        """Return the version that is meant."""
        return self.engine_version or caches.newest(self.engine)


class BackupSettings(Section):
    """The AWS Backup vault and plan."""

    vault_lock: Lock = "governance"
    """Lock of the vault and of its copy."""
    lock_grace_days: Annotated[int, t.whole(3, 36_500, "days")] = 3
    """Days in which a compliance lock may still be taken back."""
    lock_min_days: Annotated[int, t.whole(1, 36_500, "days")] | None = None
    """Shortest retention that the lock lets in, in days; that of the shortest-lived recovery points if not given."""
    lock_max_days: Annotated[int, t.whole(1, 36_500, "days")] | None = None
    """Longest retention that the lock lets in, in days; any if not given."""
    copy_to_region: t.Region | None = None
    """A second region that holds copies; none if not given."""
    copy_to_vault: t.VaultArn | None = None
    """ARN of a vault in another account of the organization, in this stack's region, that holds copies too."""
    keep_days: t.ArchiveDays = 2192
    """How long a monthly recovery point is kept, in days."""
    daily_keep_days: t.ArchiveDays = 35
    """How long a daily recovery point is kept, in days."""
    hourly_keep_days: t.BackupDays | None = None
    """How long an hourly recovery point is kept, in days; none are made if not given."""
    cold_after_days: Annotated[int, t.whole(1, 36_410, "days")] | None = None
    """Days after which a monthly recovery point moves to cold storage, where its type has one; never if not given."""
    schedule: t.DailyCron = "cron(0 5 * * ? *)"
    """When daily backups start, in UTC."""
    restore_test: t.BackupCron | None = None
    """When the newest recovery points are restored to see that they can be, in UTC; never if not given."""
    create_reports_role: bool = True
    """Whether the stack that owns the account makes the service-linked role of AWS Backup's reports; false where the
    account has it."""

    @property
    def copy_account(self) -> str | None:
        """Return the account of `copy_to_vault`."""
        return self.copy_to_vault.split(":")[4] if self.copy_to_vault else None


class DataSettings(Section):
    """The data stores; each is made if its key is there."""

    aurora: AuroraSettings | None = None
    """Aurora PostgreSQL."""
    rds: RdsSettings | None = None
    """RDS PostgreSQL or MySQL."""
    cache: CacheSettings | None = None
    """ElastiCache."""
    backup: BackupSettings | None = None
    """AWS Backup."""

    @property
    def databases(self) -> tuple[Literal["Aurora", "RDS"], ...]:
        """Return the types of databases there are, as AWS Backup calls them."""
        found: list[Literal["Aurora", "RDS"]] = []
        if self.aurora:
            found.append("Aurora")
        if self.rds:
            found.append("RDS")
        return tuple(found)


HTTPS_LISTENER = 8443
"""Where the exchange listens for a service on 443: every task may call any address on 443, so no listener has that."""


class PartnerServiceSettings(Section):
    """A service of a partner that the stack reaches."""

    name: t.Slug
    """Name of the service."""
    port: t.Port
    """Port that it listens on."""
    targets: Some[t.Address]
    """Addresses within the partner's ranges."""
    listen_port: t.Port | None = None
    """Port by which applications reach it, its own among all partners' services; `port`, or 8443 for 443, if not given."""
    tls: Literal["passthrough", "terminate", "none"]
    """passthrough: the application and the partner's system speak TLS with each other, and the load balancer hands it on.
    terminate: the load balancer ends TLS and begins it anew. none: plain text, in a partner's tunnel alone."""
    certificate_arn: t.Arn | None = None
    """Certificate in AWS Certificate Manager with which the load balancer ends TLS; given with `tls: terminate` alone."""

    @computed_field
    @property
    def listener(self) -> int:
        """Return the port by which applications reach it. It hangs on no other service, so none ever moves."""
        return self.listen_port or (HTTPS_LISTENER if self.port == 443 else self.port)


class VpnPartner(Section):
    """A partner reached by a site-to-site VPN."""

    mode: Literal["vpn"]
    """Kind of connection."""
    cidrs: Some[t.PartnerCidr]
    """The partner's ranges that are routed."""
    peer_ip: t.Address
    """Public address of the partner's gateway."""
    services: Many[PartnerServiceSettings] = ()
    """What the stack may reach there."""


class TransitPartner(Section):
    """A partner whose own VPC attaches to the transit gateway."""

    mode: Literal["transit"]
    """Kind of connection."""
    cidrs: Some[t.PartnerCidr]
    """The partner's ranges that are routed."""
    account: t.AccountId
    """The partner's AWS account, with which the transit gateway is shared."""
    attachment_id: t.AttachmentId | None = None
    """The attachment that the partner has made; until it is given, the gateway is shared and nothing is routed."""
    services: Many[PartnerServiceSettings] = ()
    """What the stack may reach there."""


class PrivateLinkPartner(Section):
    """A partner that reaches the stack's public entry by AWS PrivateLink; no network of theirs is routed."""

    mode: Literal["privatelink"]
    """Kind of connection."""
    principals: Some[t.Arn]
    """Who may make an endpoint; each still waits to be accepted."""


class EndpointServiceSettings(Section):
    """A service behind a partner's endpoint service, which must speak TLS: nothing of ours ends or begins it."""

    name: t.Slug
    """Name of the service."""
    port: t.Port
    """Port that it listens on."""


class EndpointPartner(Section):
    """A partner whose services are reached by an interface endpoint; no network of theirs is routed."""

    mode: Literal["endpoint"]
    """Kind of connection."""
    service_name: t.EndpointServiceName
    """Name of the partner's endpoint service."""
    services: Some[EndpointServiceSettings]
    """What the stack may reach there."""
    zones: Many[str] = ()
    """Zones in which the partner's service is; all of the stack's if not given."""


Partner = Annotated[
    VpnPartner | TransitPartner | PrivateLinkPartner | EndpointPartner, Field(discriminator="mode")
]


class TransitSettings(Section):
    """The transit gateway."""

    asn: Annotated[int, t.whole(64_512, 65_534)] = 64_512
    """Private BGP number of the AWS side."""


class VpnSettings(Section):
    """The OpenVPN Access Server for staff."""

    client_cidr: t.ClientCidr
    """Range that clients get their addresses from."""
    ami: t.Ami
    """Image of OpenVPN Access Server: an image id, or an alias from AWS Marketplace."""
    domain: t.Domain | None = None
    """Name that clients connect to, whose record leads to the server's address; the address itself if not given."""
    instance_type: t.InstanceType = "t3.small"
    """EC2 instance type."""
    max_lifetime_days: Annotated[int, t.whole(1, 365, "days")] | None = None
    """Days after which the server is replaced by a fresh one; as long as it works if not given."""
    licence_secret_arn: t.Arn | None = None
    """Secrets Manager secret with the activation key, under the stack's secrets key; two people can connect at a time
    if not given."""
    admin_cidrs: Some[t.AdminCidr]
    """Ranges that may reach the admin page."""
    access: Named[Many[Literal["app", "data"]]] = t.FrozenMap()
    """Group of users to the tiers it may reach."""


class ConnectivitySettings(Section):
    """Everything that joins the stack to other networks."""

    transit: TransitSettings | None = None
    """The transit gateway."""
    exchange_cidr: t.VpcCidr | None = None
    """Range of the separate VPC of the partner exchange."""
    partners: Named[Partner] = t.FrozenMap()
    """Partners by name."""
    vpn: VpnSettings | None = None
    """The staff VPN."""

    @property
    def reaches_partners(self) -> bool:
        """Return whether there is anything to build towards partners' systems."""
        return self.transit is not None or any(found.mode == "endpoint" for found in self.partners.values())

    @property
    def lets_partners_in(self) -> bool:
        """Return whether a partner reaches the public entry by a private way."""
        return any(found.mode == "privatelink" for found in self.partners.values())


class BudgetSettings(Section):
    """The account's budget. It tells those of `hipaa:audit.alert_emails` by mail, and stops nothing."""

    monthly_usd: Annotated[int, t.whole(1, 10_000_000, "US dollars")]
    """What the whole account may cost in a month, in US dollars; told at 80 % and at 100 %, and when 100 % is forecast."""


class DefaultTags(Section):
    """Tags that the AWS provider puts on everything."""

    tags: Annotated[Mapping[str, str], AfterValidator(t.frozen)] = t.FrozenMap()
    """Tag to value."""


class Settings(Section):
    """The checked settings of one stack. Made by `settings.parse` and `settings.load`."""

    region: t.Region = Field(alias="aws:region")
    """AWS region."""
    allowed_account_ids: Many[t.AccountId] = Field(default=(), alias="aws:allowedAccountIds")
    """Accounts that the AWS provider agrees to work in; any if empty."""
    default_tags: DefaultTags = Field(default=DefaultTags(), alias="aws:defaultTags")
    """Tags that the AWS provider puts on everything."""
    environment: t.Slug = Field(alias="hipaa:environment")
    """Name of the environment."""
    account_id: t.AccountId = Field(alias="hipaa:account")
    """AWS account of the stack, 12 digits."""
    protect: bool = Field(default=True, alias="hipaa:protect")
    """Whether what holds data is guarded against deletion."""
    network: NetworkSettings = Field(alias="hipaa:network")
    """The VPC."""
    audit: AuditSettings = Field(alias="hipaa:audit")
    """What is recorded, for how long, and who is told."""
    compute: ComputeSettings | None = Field(default=None, alias="hipaa:compute")
    """The ECS cluster."""
    edge: EdgeSettings | None = Field(default=None, alias="hipaa:edge")
    """The public entry."""
    services: Named[ServiceSettings] | None = Field(default=None, alias="hipaa:services")
    """Container services by name."""
    data: DataSettings | None = Field(default=None, alias="hipaa:data")
    """The data stores."""
    connectivity: ConnectivitySettings | None = Field(default=None, alias="hipaa:connectivity")
    """What joins the stack to other networks."""
    budget: BudgetSettings | None = Field(default=None, alias="hipaa:budget")
    """The account's budget."""
    warnings: tuple[str, ...] = ()
    """What is legal but worth a second look, one sentence each."""

    @property
    def partition(self) -> str:
        """Return the partition that starts every ARN: `aws` or `aws-us-gov`."""
        return regions.partition(self.region)

    @property
    def images(self) -> Mapping[str, str]:
        """Return the image of every service that has one; only these run."""
        services = (self.services or {}).items()
        return {name: service.image for name, service in services if service.image is not None}

    @property
    def told_apart_by(self) -> Mapping[str, str]:
        """Return the default tag that tells this stack's resources from another's in the same account, if it has one."""
        found = self.default_tags.tags.get("environment")
        return {} if found is None else {"environment": found}

    @property
    def idle_timeout_seconds(self) -> int:
        """Return how long a connection to the load balancer may be silent: the longest that a route asks for."""
        routes = [service.route for service in (self.services or {}).values() if service.route]
        return max((route.idle_timeout_seconds for route in routes), default=60)

    @property
    def database_ports(self) -> tuple[int, ...]:
        """Return the ports that the data tier is reached on; MySQL's only where there is one, to keep the ACL short."""
        mysql = self.data and self.data.rds and self.data.rds.engine == "mysql"
        return (3306, 5432, 6379) if mysql else (5432, 6379)

    @property
    def vpn_zones(self) -> tuple[str, ...]:
        """Return the zones that the VPN server may start in: two, because each takes room in the data tier's ACL."""
        return self.network.zones[:2]

    @property
    def vpn_reaches_data(self) -> bool:
        """Return whether a group of VPN users may reach the data tier."""
        vpn = self.connectivity.vpn if self.connectivity else None
        return vpn is not None and any("data" in tiers for tiers in vpn.access.values())

    @property
    def partition_regions(self) -> tuple[str, ...]:
        """Return every region of the table in the stack's partition, where its account may be used too."""
        return tuple(name for name in regions.ZONES if regions.partition(name) == self.partition)

    def document(self) -> dict[str, object]:
        """Return the settings as the mapping that `parse` takes, with every default written out."""
        return cast("dict[str, object]", _plain(self.model_copy(update={"warnings": None})))


def nodes(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value within a section with its path in the stack file, outer values first."""
    if path:
        yield path, value
    for key, item in children(value):
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
        yield from nodes(item, path + step)


def children(value: object) -> Iterator[tuple[str | int, object]]:
    """Yield what a section, mapping or tuple holds, under the keys that it has in the stack file."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield field.alias or name, getattr(value, name)
    elif isinstance(value, Mapping):
        yield from cast("Mapping[str, object]", value).items()
    elif isinstance(value, tuple):
        yield from enumerate(cast("tuple[object, ...]", value))


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for _, item in children(cast("tuple[object, ...]", value))]
    if isinstance(value, BaseModel | Mapping):
        items = children(cast("BaseModel | Mapping[str, object]", value))
        return {key: _plain(item) for key, item in items if item is not None}
    return value if isinstance(value, bool | int | float) else str(value)
