"""Caches: encrypted at rest and on the wire, closed to whoever has no password, snapshotted and spread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST, AVAILABLE, BACKED_UP, IN_TRANSIT, REACH
from hipaa_policies.model import Resource
from hipaa_policies.requirements import (
    lacks,
    must_be_at_least,
    must_be_filled,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_name_own_key,
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
from hipaa_policies.values import MISSING, UNKNOWN, is_true, peek, shown

_WHERE_IT_CAN_BE: Final = (
    "a ReplicationGroup or a ServerlessCache, because a cluster of one node cannot be encrypted"
)


def _is_member(cache: Resource) -> bool:
    """Tell whether a cache cluster is a node of a replication group, which decides its settings."""
    return cache.type == CACHE_CLUSTER and peek(cache.props, "replicationGroupId") is not MISSING


def _is_memcached(cache: Resource) -> bool:
    """Tell whether a cache runs Memcached, which replication groups and MemoryDB do not offer."""
    return cache.type in (CACHE_CLUSTER, CACHE_SERVERLESS) and peek(cache.props, "engine") == "memcached"


@control(
    id="cache-is-encrypted",
    title="Caches are encrypted at rest",
    description="Replication groups encrypt their storage, and no cache is of a kind that cannot.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set at_rest_encryption_enabled=True on aws.elasticache.ReplicationGroup.",
    types={CACHE_GROUP: ("atRestEncryptionEnabled",), CACHE_CLUSTER: ("replicationGroupId",)},
    sources=("CKV_AWS_29", "FSBP:ElastiCache.4", "hipaa:redis-at-rest-and-tls"),
)
def _at_rest(cache: Resource, _config: Config) -> Iterator[str]:
    if cache.type == CACHE_GROUP:
        yield from must_be_true(cache, "atRestEncryptionEnabled")
    elif not _is_member(cache):
        yield f"The cache must be {_WHERE_IT_CAN_BE}, but it is a Cluster."


@control(
    id="cache-uses-own-key",
    title="Caches use a customer-managed key",
    description="Replication groups, serverless caches and MemoryDB clusters name a key of their own.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Pass the data key's ARN as kms_key_id.",
    types={CACHE_GROUP: ("kmsKeyId",), CACHE_SERVERLESS: ("kmsKeyId",), MEMORYDB_CLUSTER: ("kmsKeyArn",)},
    sources=("CKV_AWS_191", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(cache: Resource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(cache, "kmsKeyArn" if cache.type == MEMORYDB_CLUSTER else "kmsKeyId")


@control(
    id="cache-traffic-is-encrypted",
    title="Caches speak TLS only",
    description="Traffic to a cache is encrypted, and nothing in plain text is accepted beside it.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Set transit_encryption_enabled=True with transit_encryption_mode unset or required; on DAX cluster_endpoint_encryption_type TLS.",
    types={
        CACHE_GROUP: ("transitEncryptionEnabled", "transitEncryptionMode"),
        CACHE_CLUSTER: ("transitEncryptionEnabled", "replicationGroupId"), MEMORYDB_CLUSTER: ("tlsEnabled",),
        DAX_CLUSTER: ("clusterEndpointEncryptionType",),
    },
    sources=("CKV_AWS_30", "FSBP:ElastiCache.5", "FSBP:DynamoDB.7", "hipaa:redis-at-rest-and-tls"),
)  # fmt: skip
def _in_transit(cache: Resource, _config: Config) -> Iterator[str]:
    if cache.type == MEMORYDB_CLUSTER:
        yield from must_not_be_false(cache, "tlsEnabled")
    elif cache.type == DAX_CLUSTER:
        yield from must_be_one_of(cache, ("TLS",), "clusterEndpointEncryptionType")
    elif _is_member(cache):
        yield not_applicable("Its replication group decides.")
    else:
        yield from must_be_true(cache, "transitEncryptionEnabled")
        if cache.type == CACHE_GROUP and peek(cache.props, "transitEncryptionMode") is not MISSING:
            yield from must_be_one_of(cache, ("required",), "transitEncryptionMode")


@control(
    id="cache-asks-who-connects",
    title="Caches ask who connects",
    description="A cache has a token or a group of users, and no user comes in without a password or IAM.",
    citations=("164.312(d)", "164.312(a)(1)"),
    severity="critical",
    pack="encryption",
    remediation="Pass user_group_ids, or an auth token; give each user passwords or IAM authentication.",
    types={
        CACHE_GROUP: ("authToken", "authTokenWo", "userGroupIds"), CACHE_SERVERLESS: ("userGroupId", "engine"),
        CACHE_USER: ("noPasswordRequired", "authenticationMode", "passwords", "passwordsWo", "accessString"),
        MEMORYDB_CLUSTER: ("aclName",), CACHE_CLUSTER: ("replicationGroupId",),
    },
    sources=("CKV_AWS_31", "FSBP:ElastiCache.6", "hipaa:redis-at-rest-and-tls"),
    unknown="present",
)  # fmt: skip
def _authentication(cache: Resource, _config: Config) -> Iterator[str]:
    if cache.type == CACHE_USER:
        # A user who is switched off may do without a password: it is how the default user is locked out.
        access = peek(cache.props, "accessString")
        mode = peek(cache.props, "authenticationMode", "type")
        off = isinstance(access, str) and access.split()[:1] == ["off"]
        if is_true(peek(cache.props, "noPasswordRequired")) or mode == "no-password-required":
            if not off:
                yield "A user must have passwords or IAM authentication, but this one needs no password."
        elif (
            all(lacks(cache, name) for name in ("passwords", "passwordsWo"))
            and mode not in (UNKNOWN, "password", "iam")
            and not off
        ):
            yield f"authenticationMode.type must be password or iam, but it is {shown(mode)}."
    elif cache.type == MEMORYDB_CLUSTER:
        if peek(cache.props, "aclName") in (MISSING, "", "open-access"):
            yield f"aclName must name a list of users, but it is {shown(peek(cache.props, 'aclName'))}."
    elif cache.type == CACHE_CLUSTER:
        if not _is_member(cache):
            yield "The cache must ask who connects, but a Cluster has neither a token nor users."
    elif cache.type == CACHE_SERVERLESS:
        if _is_memcached(cache):
            yield "The cache must ask who connects, but the engine memcached cannot."
        else:
            yield from must_be_present(cache, "userGroupId")
    elif all(lacks(cache, name) for name in ("authToken", "authTokenWo", "userGroupIds")):
        yield "The cache must have a token or a group of users, but authToken and userGroupIds are missing."


@control(
    id="cache-is-in-a-vpc",
    title="Caches name their subnets",
    description="A cache is placed in the subnets of a subnet group of the program, never in a default one.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Pass subnet_group_name (subnet_ids for a serverless cache).",
    types={
        CACHE_GROUP: ("subnetGroupName",), CACHE_CLUSTER: ("subnetGroupName", "replicationGroupId"),
        CACHE_SERVERLESS: ("subnetIds",), MEMORYDB_CLUSTER: ("subnetGroupName",), DAX_CLUSTER: ("subnetGroupName",),
    },
    sources=("FSBP:ElastiCache.7", "hipaa:redis-at-rest-and-tls"),
    unknown="present",
)  # fmt: skip
def _subnets(cache: Resource, _config: Config) -> Iterator[str]:
    if _is_member(cache):
        yield not_applicable("Its replication group decides.")
    elif cache.type == CACHE_SERVERLESS:
        yield from must_be_filled(cache, "subnetIds")
    elif peek(cache.props, "subnetGroupName") == "default":
        yield "subnetGroupName must name a group of this program, but it names the default one."
    else:
        yield from must_be_present(cache, "subnetGroupName")


@control(
    id="cache-keeps-snapshots",
    title="Caches keep daily snapshots",
    description="Snapshots are kept for 15 days, the figure of the open HIPAA pack.",
    citations=BACKED_UP,
    severity="medium",
    pack="retention",
    remediation="Set snapshot_retention_limit, or configure the floor that the stack promises.",
    types={
        CACHE_GROUP: ("snapshotRetentionLimit",), CACHE_CLUSTER: ("snapshotRetentionLimit", "engine", "replicationGroupId"),
        CACHE_SERVERLESS: ("snapshotRetentionLimit", "engine"), MEMORYDB_CLUSTER: ("snapshotRetentionLimit",),
    },
    sources=(
        "cdk-nag:ElastiCacheRedisClusterAutomaticBackup", "aws-config:ELASTICACHE_REDIS_CLUSTER_AUTOMATIC_BACKUP_CHECK",
        "CKV_AWS_134", "prowler:elasticache_redis_cluster_backup_enabled",
    ),
    settings={"min_days": {"type": "integer", "minimum": 1, "maximum": 35, "default": 15}},
)  # fmt: skip
def _snapshots(cache: Resource, config: Config) -> Iterator[str]:
    if _is_memcached(cache) or _is_member(cache):
        yield not_applicable("It has no snapshots of its own.")
    else:
        yield from must_be_at_least(cache, config["min_days"], "snapshotRetentionLimit", unit=" days")


@control(
    id="cache-spans-zones",
    title="Caches outlive a zone",
    description="A replication group fails over by itself to a replica in another zone.",
    citations=AVAILABLE,
    severity="medium",
    pack="retention",
    remediation="Set automatic_failover_enabled and multi_az_enabled with a replica or more.",
    types={CACHE_GROUP: ("automaticFailoverEnabled", "multiAzEnabled")},
    sources=("FSBP:ElastiCache.3", "prowler:elasticache_redis_cluster_multi_az_enabled"),
    settings={"required": {"type": "boolean", "default": True}},
)
def _zones(cache: Resource, config: Config) -> Iterator[str]:
    if not config["required"]:
        yield not_applicable("This stack's policy configuration does without a second zone.")
        return
    yield from must_be_true(cache, "automaticFailoverEnabled")
    yield from must_be_true(cache, "multiAzEnabled")
