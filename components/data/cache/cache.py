"""`Cache`: an ElastiCache replication group with one user for each service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.cache.alarms import cache_alarms
from components.data.cache.credentials import credentials
from components.data.cache.logs import LOGS, cache_logs
from components.data.cache.rotation import rotate_passwords
from components.data.cache.users import SHARED_PREFIX, cache_users, key_prefix
from components.data.dashboard import MonitoredResource
from components.data.tier import DataTier
from components.shared.destination import Destination
from components.shared.names import backup_tags
from components.shared.options import protection_option
from facts import caches
from facts.caches import Engine
from facts.stores import SHORTEST_ROTATION_DAYS, STORES

Eviction: TypeAlias = Literal[
    "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-ttl", "noeviction"
]

PORT: Final = STORES["cache"].default_port

URL_VARIABLE: Final = STORES["cache"].url_variable
"""Environment variable with the URL of the cache."""

RESERVED_MEMORY_PERCENT: Final = 25
"""Percentage of memory that is reserved for snapshots and failover, as AWS recommends
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html)."""


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """Arguments of `Cache`."""

    tier: DataTier
    """Network, keys and logs."""
    engine: Engine = "valkey"
    """Cache engine."""
    engine_version: str
    """Major and minor engine version, one of `facts.caches.FAMILIES`."""
    node_type: str
    """Node type, one of `facts.caches.NODE_TYPES`."""
    replicas: int = 1
    """Number of replicas besides the primary, 0 to 5; with at least one, AWS fails over automatically."""
    services: Sequence[str] = ()
    """Names of the services that get a user."""
    eviction: Eviction = "volatile-lru"
    """Value of `maxmemory-policy`: which keys the engine evicts when memory is full."""
    snapshot_days: int = 35
    """Retention of daily snapshots, in days, 1 to 35."""
    snapshot_window: str = "04:00-05:00"
    """Time of the daily snapshot, in UTC."""
    maintenance_window: str = "sun:06:00-sun:07:00"
    """Weekly maintenance window, in UTC."""
    rotate_days: int = 30
    """Days between two rotations of a password, 3 to 365."""

    def __post_init__(self) -> None:
        """Reject values that AWS does not offer, and settings without snapshots."""
        if self.engine_version not in (versions := caches.FAMILIES[self.engine]):
            raise ValueError(
                f"engine_version must be one of {', '.join(versions)}, got {self.engine_version!r}"
            )
        if self.node_type not in caches.NODE_TYPES[self.engine]:
            nearest = caches.nearest_node_type(self.engine, self.node_type)
            raise ValueError(
                f"node_type must be one that {self.engine} has, such as {nearest}, got {self.node_type!r}"
            )
        ranges = (
            ("replicas", 0, 5), ("snapshot_days", 1, 35), ("rotate_days", SHORTEST_ROTATION_DAYS, 365),
        )  # fmt: skip
        for field, low, high in ranges:
            if not low <= (value := getattr(self, field)) <= high:
                raise ValueError(f"{field} must be {low} to {high}, got {value}")
        if len({*self.services}) < len(self.services):
            raise ValueError(f"services must name each service once, got {', '.join(self.services)}")


class Cache(pulumi.ComponentResource):
    """An ElastiCache replication group without shards.

    Creates: a replication group with its subnet group, parameter group and security group without rules; a user group, a
    default user that cannot sign in, and a user with a secret for each service; log groups; CloudWatch alarms; with services,
    a Lambda function that rotates the passwords.

    Data is encrypted at rest under the data key and in transit by TLS, which clients must use. Only the users of services
    can sign in. A user has access to the keys of its service (`<service>:*`) and to `shared:*`, and cannot run commands that
    affect other services.

    AWS Backup does not support ElastiCache
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html). The only backups are the daily
    snapshots, in the same region and under the same key, so durable data belongs in a database. The replication group still
    has the tag of the backup selection, because a policy checks that every data store has it.

    AWS does not upgrade minor versions; only a change of `engine_version` does.

    Maps to 45 CFR 164.312(a)(1), (a)(2)(iv), (d) and (e)(1).

    Outputs:
        replication_group_id: Id of the replication group.
        security_group_id: Id of the security group of the nodes. Rules are added for each service that uses the cache.
        host: Host name of the primary.
        reader_host: Host name for reads: the replicas, or the primary if there are none.
    """

    replication_group_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str]
    monitored_resources: list[MonitoredResource]
    """The alarms that the dashboard shows."""

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Cache", name, None, opts)
        tier, child = args.tier, pulumi.ResourceOptions(parent=self)
        self._rotate_days = args.rotate_days
        # Kept in the state, so that the final snapshots of two successive caches with this name have different names.
        suffix = random.RandomId(name, byte_length=4, opts=child).hex
        users = cache_users(name, engine=args.engine, services=args.services, suffix=suffix, parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="Nodes of the cache",
            vpc_id=tier.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        subnets = aws.elasticache.SubnetGroup(
            name, description="Data tier", subnet_ids=tier.subnet_ids, opts=child
        )
        parameters = aws.elasticache.ParameterGroup(
            name,
            family=caches.FAMILIES[args.engine][args.engine_version],
            description="Parameters of the cache",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name=key, value=value)
                for key, value in {
                    "maxmemory-policy": args.eviction,
                    "reserved-memory-percent": str(RESERVED_MEMORY_PERCENT),
                }.items()
            ],
            opts=child,
        )
        logs, log_policies = cache_logs(name, tier=tier, parent=self)
        cluster = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=suffix.apply(lambda hex_: f"{name}-{hex_}"),
            description="Cache of the services",
            engine=args.engine,
            engine_version=args.engine_version,
            auto_minor_version_upgrade=False,
            node_type=args.node_type,
            num_cache_clusters=args.replicas + 1,
            automatic_failover_enabled=args.replicas > 0,
            multi_az_enabled=args.replicas > 0,
            at_rest_encryption_enabled=True,
            kms_key_id=tier.data_key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[users.group.user_group_id],
            port=PORT,
            subnet_group_name=subnets.name,
            security_group_ids=[group.id],
            parameter_group_name=parameters.name,
            snapshot_retention_limit=args.snapshot_days,
            snapshot_window=args.snapshot_window,
            maintenance_window=args.maintenance_window,
            final_snapshot_identifier=suffix.apply(lambda hex_: f"{name}-final-{hex_}")
            if tier.protect
            else None,
            log_delivery_configurations=[
                aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                    destination=logs[kind].name,
                    destination_type="cloudwatch-logs",
                    log_format="json",
                    log_type=kind,
                )
                for kind in LOGS
            ],
            # Apply changes during the deployment, not in the maintenance window. Log delivery requires it
            # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html).
            apply_immediately=True,
            tags={"Name": name, **backup_tags()},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protection_option(tier.protect),
                depends_on=log_policies,
                # AWS creates the nodes one after the other; a final snapshot also takes long.
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m", delete="60m"),
            ),
        )
        self.host = cluster.primary_endpoint_address
        self._credentials = credentials(
            name, users.by_service, tier=tier, host=self.host, port=PORT, parent=self
        )
        rotation = None
        if args.services:
            rotation = rotate_passwords(
                f"{name}-rotation",
                tier=tier,
                users=self._credentials,
                group=users.group,
                rotate_days=args.rotate_days,
                after=[cluster],
                parent=self,
            )
        self.monitored_resources = cache_alarms(
            name,
            tier=tier,
            replication_group=cluster,
            replicas=args.replicas,
            rotation=rotation,
            parent=self,
        )
        self.replication_group_id = cluster.id
        self.security_group_id = group.id
        self.reader_host = cluster.reader_endpoint_address
        self.register_outputs(
            {
                "replication_group_id": self.replication_group_id,
                "security_group_id": self.security_group_id,
                "host": self.host,
                "reader_host": self.reader_host,
            }
        )

    @property
    def event_sources(self) -> Sequence[pulumi.Output[str]]:
        """Return no ARNs, because ElastiCache reports failovers as metrics, which have alarms."""
        return ()

    @property
    def administrator_connection(self) -> None:
        """Return None: the component itself creates the users of a cache."""
        return None

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """Return no stack outputs, because services get the addresses as environment variables."""
        return {}

    @property
    def staff_destination(self) -> Destination:
        """Return the security group and port for people who sign in as the user of a service."""
        return Destination(security_group_id=self.security_group_id, ports=(PORT,))

    def destination(self, service: str) -> Destination:
        """Return the access of a service to the cache: security group, port, environment variables and secret.

        Raises:
            ValueError: `services` does not contain the service.
        """
        if service not in self._credentials:
            services = ", ".join(self._credentials) or "none"
            raise ValueError(f"service must be one with a user ({services}), got {service!r}")
        login = self._credentials[service]
        return Destination(
            security_group_id=self.security_group_id,
            ports=(PORT,),
            environment={
                "CACHE_HOST": self.host,
                "CACHE_READER_HOST": self.reader_host,
                "CACHE_PORT": str(PORT),
                "CACHE_USER": login.user.user_name,
                "CACHE_PREFIX": key_prefix(service),
                "CACHE_SHARED_PREFIX": SHARED_PREFIX,
            },
            secrets={
                "CACHE_PASSWORD": login.reference("password"),
                URL_VARIABLE: login.reference("url"),
            },
            rotate_days=self._rotate_days,
        )
