"""Caches: encryption at rest and in transit, authentication, subnets, snapshots and zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST, AVAILABLE, BACKED_UP, IN_TRANSIT, REACH
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    is_unset,
    must_be_at_least,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_name_own_key,
    must_not_be_empty,
    must_not_be_false,
    not_applicable,
)
from hipaa_policies.tokens import (
    CACHE_CLUSTER,
    CACHE_GROUP,
    CACHE_SERVERLESS,
    CACHE_USER,
    DAX_CLUSTER,
    MEMORYDB_CLUSTER,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_true, peek

_ENCRYPTABLE: Final = "a ReplicationGroup or a ServerlessCache, because a cluster without a replication group cannot be encrypted"


def _is_member(cache: JudgedResource) -> bool:
    """Return whether a cache cluster belongs to a replication group, which decides its settings."""
    return cache.type == CACHE_CLUSTER and peek(cache.props, "replicationGroupId") is not MISSING


def _is_memcached(cache: JudgedResource) -> bool:
    """Return whether the engine of a cache is Memcached; replication groups and MemoryDB do not support it."""
    return cache.type in (CACHE_CLUSTER, CACHE_SERVERLESS) and peek(cache.props, "engine") == "memcached"


@control(
    id="cache-is-encrypted",
    title="Caches are encrypted at rest",
    description="The storage of replication groups is encrypted. No cache has a type without encryption at rest.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set at_rest_encryption_enabled=True on aws.elasticache.ReplicationGroup.",
    types={CACHE_GROUP: ("atRestEncryptionEnabled",), CACHE_CLUSTER: ("replicationGroupId",)},
    sources=("CKV_AWS_29", "FSBP:ElastiCache.4", "hipaa:redis-at-rest-and-tls"),
)
def _at_rest(cache: JudgedResource, _config: Config) -> Iterator[str]:
    if cache.type == CACHE_GROUP:
        yield from must_be_true(cache, "atRestEncryptionEnabled")
    elif not _is_member(cache):
        yield f"The cache must be {_ENCRYPTABLE}, but it is a Cluster."


@control(
    id="cache-uses-own-key",
    title="Caches use a customer-managed key",
    description="Replication groups, serverless caches and MemoryDB clusters use a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set kms_key_id to the ARN of the key for data.",
    types={CACHE_GROUP: ("kmsKeyId",), CACHE_SERVERLESS: ("kmsKeyId",), MEMORYDB_CLUSTER: ("kmsKeyArn",)},
    sources=("CKV_AWS_191", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(cache: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(cache, "kmsKeyArn" if cache.type == MEMORYDB_CLUSTER else "kmsKeyId")


@control(
    id="cache-traffic-is-encrypted",
    title="Caches accept only TLS",
    description="Traffic to a cache is encrypted, and the cache refuses connections without TLS.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Set transit_encryption_enabled=True. Leave transit_encryption_mode unset, or set it to required. "
    "For DAX, set cluster_endpoint_encryption_type to TLS.",
    types={
        CACHE_GROUP: ("transitEncryptionEnabled", "transitEncryptionMode"),
        CACHE_CLUSTER: ("transitEncryptionEnabled", "replicationGroupId"),
        MEMORYDB_CLUSTER: ("tlsEnabled",),
        DAX_CLUSTER: ("clusterEndpointEncryptionType",),
    },
    sources=("CKV_AWS_30", "FSBP:ElastiCache.5", "FSBP:DynamoDB.7", "hipaa:redis-at-rest-and-tls"),
)
def _in_transit(cache: JudgedResource, _config: Config) -> Iterator[str]:
    if cache.type == MEMORYDB_CLUSTER:
        yield from must_not_be_false(cache, "tlsEnabled")
    elif cache.type == DAX_CLUSTER:
        yield from must_be_one_of(cache, ("TLS",), "clusterEndpointEncryptionType")
    elif _is_member(cache):
        yield not_applicable("The replication group of the node decides.")
    else:
        yield from must_be_true(cache, "transitEncryptionEnabled")
        if cache.type == CACHE_GROUP and peek(cache.props, "transitEncryptionMode") is not MISSING:
            yield from must_be_one_of(cache, ("required",), "transitEncryptionMode")


@control(
    id="cache-asks-who-connects",
    title="Caches authenticate their clients",
    description="A cache has an auth token or a user group. Every user needs a password or IAM authentication.",
    citations=("164.312(d)", "164.312(a)(1)"),
    severity="critical",
    pack="encryption",
    remediation="Set user_group_ids or an auth token. Give each user passwords or IAM authentication.",
    types={
        CACHE_GROUP: ("authToken", "authTokenWo", "userGroupIds"),
        CACHE_SERVERLESS: ("userGroupId", "engine"),
        CACHE_USER: ("noPasswordRequired", "authenticationMode", "passwords", "passwordsWo", "accessString"),
        MEMORYDB_CLUSTER: ("aclName",),
        CACHE_CLUSTER: ("replicationGroupId",),
    },
    sources=("CKV_AWS_31", "FSBP:ElastiCache.6", "hipaa:redis-at-rest-and-tls"),
    unknown="present",
)
def _authentication(cache: JudgedResource, _config: Config) -> Iterator[str]:
    if cache.type == CACHE_USER:
        # A disabled user needs no password; this is how the default user is disabled.
        access = peek(cache.props, "accessString")
        mode = peek(cache.props, "authenticationMode", "type")
        disabled = isinstance(access, str) and access.split()[:1] == ["off"]
        if is_true(peek(cache.props, "noPasswordRequired")) or mode == "no-password-required":
            if not disabled:
                yield "A user must have passwords or IAM authentication, but this user needs no password."
        elif (
            all(is_unset(cache, name) for name in ("passwords", "passwordsWo"))
            and mode not in (UNKNOWN, "password", "iam")
            and not disabled
        ):
            yield f"authenticationMode.type must be password or iam, but it is {format_value(mode)}."
    elif cache.type == MEMORYDB_CLUSTER:
        if peek(cache.props, "aclName") in (MISSING, "", "open-access"):
            yield f"aclName must name an access control list, but it is {format_value(peek(cache.props, 'aclName'))}."
    elif cache.type == CACHE_CLUSTER:
        if not _is_member(cache):
            yield "The cache must authenticate its clients, but a Cluster has neither an auth token nor users."
    elif cache.type == CACHE_SERVERLESS:
        if _is_memcached(cache):
            yield "The cache must authenticate its clients, but the engine memcached does not support it."
        else:
            yield from must_be_present(cache, "userGroupId")
    elif all(is_unset(cache, name) for name in ("authToken", "authTokenWo", "userGroupIds")):
        yield "The cache must have an auth token or a user group, but authToken and userGroupIds are missing."


@control(
    id="cache-is-in-a-vpc",
    title="Caches are in subnets of the program",
    description="A cache uses a subnet group of the program, and not the default one.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Set subnet_group_name (subnet_ids for a serverless cache).",
    types={
        CACHE_GROUP: ("subnetGroupName",),
        CACHE_CLUSTER: ("subnetGroupName", "replicationGroupId"),
        CACHE_SERVERLESS: ("subnetIds",),
        MEMORYDB_CLUSTER: ("subnetGroupName",),
        DAX_CLUSTER: ("subnetGroupName",),
    },
    sources=("FSBP:ElastiCache.7", "hipaa:redis-at-rest-and-tls"),
    unknown="present",
)
def _subnets(cache: JudgedResource, _config: Config) -> Iterator[str]:
    if _is_member(cache):
        yield not_applicable("The replication group of the node decides.")
    elif cache.type == CACHE_SERVERLESS:
        yield from must_not_be_empty(cache, "subnetIds")
    elif peek(cache.props, "subnetGroupName") == "default":
        yield "subnetGroupName must name a subnet group of this program, but it is default."
    else:
        yield from must_be_present(cache, "subnetGroupName")


@control(
    id="cache-keeps-snapshots",
    title="Caches keep daily snapshots",
    description="Daily snapshots are kept for 15 days, as in the conformance pack of AWS Config for HIPAA.",
    citations=BACKED_UP,
    severity="medium",
    pack="retention",
    remediation="Raise snapshot_retention_limit, or set min_days to the retention that the stack needs.",
    types={
        CACHE_GROUP: ("snapshotRetentionLimit",),
        CACHE_CLUSTER: ("snapshotRetentionLimit", "engine", "replicationGroupId"),
        CACHE_SERVERLESS: ("snapshotRetentionLimit", "engine"),
        MEMORYDB_CLUSTER: ("snapshotRetentionLimit",),
    },
    sources=(
        "cdk-nag:ElastiCacheRedisClusterAutomaticBackup",
        "aws-config:ELASTICACHE_REDIS_CLUSTER_AUTOMATIC_BACKUP_CHECK",
        "CKV_AWS_134",
        "prowler:elasticache_redis_cluster_backup_enabled",
    ),
    settings={"min_days": {"type": "integer", "minimum": 1, "maximum": 35, "default": 15}},
)
def _snapshots(cache: JudgedResource, config: Config) -> Iterator[str]:
    if _is_memcached(cache) or _is_member(cache):
        yield not_applicable("Memcached has no snapshots, and a replication group decides for its members.")
    else:
        yield from must_be_at_least(cache, config["min_days"], "snapshotRetentionLimit", unit=" days")


@control(
    id="cache-spans-zones",
    title="Caches survive the loss of a zone",
    description="A replication group fails over automatically to a replica in another zone.",
    citations=AVAILABLE,
    severity="medium",
    pack="retention",
    remediation="Set automatic_failover_enabled and multi_az_enabled, with at least one replica.",
    types={CACHE_GROUP: ("automaticFailoverEnabled", "multiAzEnabled")},
    sources=("FSBP:ElastiCache.3", "prowler:elasticache_redis_cluster_multi_az_enabled"),
    settings={"required": {"type": "boolean", "default": True}},
)
def _zones(cache: JudgedResource, config: Config) -> Iterator[str]:
    if not config["required"]:
        yield not_applicable("The policy configuration of this stack requires no second zone.")
        return
    yield from must_be_true(cache, "automaticFailoverEnabled")
    yield from must_be_true(cache, "multiAzEnabled")
