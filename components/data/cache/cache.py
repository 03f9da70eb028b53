"""The cache: an ElastiCache replication group that services sign in to, each with a user of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.cache.alarms import watch_cache
from components.data.cache.logs import LOGS, cache_logs
from components.data.cache.rotation import rotate_passwords
from components.data.cache.users import SHARED_PREFIX, CacheUsers, key_prefix
from components.data.dashboard import Watched
from components.data.tier import DataTier
from components.shared.destination import Destination
from components.shared.names import BACKED_UP
from components.shared.options import guard
from facts import caches
from facts.caches import Engine

Eviction: TypeAlias = Literal[
    "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-ttl", "noeviction"
]

PORT: Final = 6379

RESERVED_MEMORY_PERCENT: Final = 25
"""Memory that is no data, for snapshots and failover; AWS's advice
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html)."""


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """What `Cache` needs to know."""

    tier: DataTier
    """Network, keys and logs."""
    engine: Engine = "valkey"
    """Cache engine."""
    engine_version: str
    """Version, major and minor, one of `facts.caches.FAMILIES`."""
    node_type: str
    """Node type, one of `facts.caches.NODE_TYPES`."""
    replicas: int = 1
    """Replicas beside the primary, 0 to 5; with one or more AWS fails over by itself."""
    services: Sequence[str] = ()
    """Names of the services that get a user."""
    eviction: Eviction = "volatile-lru"
    """Which keys go when memory is full."""
    snapshot_days: int = 35
    """How long daily snapshots are kept, 1 to 35 days."""
    snapshot_window: str = "04:00-05:00"
    """When snapshots are taken, in UTC."""
    maintenance_window: str = "sun:06:00-sun:07:00"
    """When AWS may work on the nodes, in UTC."""
    rotate_days: int = 30
    """Days between rotations of the services' passwords."""

    def __post_init__(self) -> None:
        """Refuse what AWS has not got and what would leave out a snapshot."""
        if self.engine_version not in (known := caches.FAMILIES[self.engine]):
            raise ValueError(f"engine_version must be one of {', '.join(known)}, got {self.engine_version!r}")
        if self.node_type not in caches.NODE_TYPES[self.engine]:
            near = caches.nearest_node_type(self.engine, self.node_type)
            raise ValueError(
                f"node_type must be one that {self.engine} has, such as {near}, got {self.node_type!r}"
            )
        for field, low, high in (("replicas", 0, 5), ("snapshot_days", 1, 35), ("rotate_days", 1, 365)):
            if not low <= (value := getattr(self, field)) <= high:
                raise ValueError(f"{field} must be {low} to {high}, got {value}")
        if len({*self.services}) < len(self.services):
            raise ValueError(f"services must name each once, got {', '.join(self.services)}")


class Cache(pulumi.ComponentResource):
    """A replication group without shards, its users, logs, snapshots and alarms.

    Data is encrypted at rest under the data key and in transit by TLS, which clients cannot do without. Nobody gets in but
    the services' users: each has its own keys (`<service>:*`), all share `shared:*`, and none may do what harms the
    others. Passwords are in Secrets Manager and change by themselves.

    AWS Backup does not support ElastiCache
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html), so the daily snapshots are
    its backup, in the same region and under the same key; what must not be lost belongs in a database. The tag of the
    backup selection is on it all the same, so that a check of every store finds it.

    Minor versions change by the setting only: an upgrade is a change on record.

    Maps to 45 CFR 164.312(a)(1), (a)(2)(iv), (d) and (e)(1).

    Outputs:
        replication_group_id: Id of the replication group.
        security_group_id: Group of the nodes; the services' wiring adds its rules.
        host: Name of the primary.
        reader_host: Name of the replicas, or of the primary where there is none.
    """

    replication_group_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str]
    watched: list[Watched]
    """Its graphs on the dashboard."""

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Cache", name, None, opts)
        tier, child = args.tier, pulumi.ResourceOptions(parent=self)
        # Kept in the state, so that the final snapshot of a second cache of this name does not clash.
        suffix = random.RandomId(name, byte_length=4, opts=child).hex
        self._users = CacheUsers(
            name, tier=tier, engine=args.engine, services=args.services, suffix=suffix, parent=self
        )
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
        logs, may_log = cache_logs(name, tier=tier, suffix=suffix, parent=self)
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
            user_group_ids=[self._users.group.user_group_id],
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
            # When it is deployed and not some nights later; changes of log delivery must be
            # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html).
            apply_immediately=True,
            tags={"Name": name, **BACKED_UP},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=guard(tier.protect),
                depends_on=[may_log],
                # Nodes are made one after the other, and a final snapshot takes its time.
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m", delete="60m"),
            ),
        )
        rotation = None
        if args.services:
            rotation = rotate_passwords(
                f"{name}-rotation",
                tier=tier,
                users=self._users.by_service,
                group=self._users.group,
                rotate_days=args.rotate_days,
                after=[cluster],
                parent=self,
            )
        self.watched = watch_cache(
            name,
            tier=tier,
            replication_group=cluster,
            replicas=args.replicas,
            rotation=rotation,
            parent=self,
        )
        self.replication_group_id = cluster.id
        self.security_group_id = group.id
        self.host = cluster.primary_endpoint_address
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
    def administered(self) -> None:
        """Return None: the component itself creates the users of a cache."""
        return None

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """Return what a stack exports: nothing, because services get the addresses as variables."""
        return {}

    @property
    def entrance(self) -> Destination:
        """Return where people reach it, who have a service's user."""
        return Destination(security_group_id=self.security_group_id, ports=(PORT,))

    def destination(self, service: str) -> Destination:
        """Return what a service gets of the cache.

        Raises:
            ValueError: The service is none of `services`.
        """
        if service not in self._users.by_service:
            known = ", ".join(self._users.by_service) or "none"
            raise ValueError(f"service must be one with a user ({known}), got {service!r}")
        user = self._users.by_service[service]
        return Destination(
            security_group_id=self.security_group_id,
            ports=(PORT,),
            environment={
                "CACHE_HOST": self.host,
                "CACHE_READER_HOST": self.reader_host,
                "CACHE_PORT": str(PORT),
                "CACHE_USER": user.user.user_name,
                "CACHE_PREFIX": key_prefix(service),
                "CACHE_SHARED_PREFIX": SHARED_PREFIX,
            },
            secrets={"CACHE_PASSWORD": user.password_reference},
        )
