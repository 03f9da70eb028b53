"""Protection: what holds data cannot be deleted in passing, by Pulumi or by AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.model import Resource
from hipaa_policies.requirements import (
    must_be_one_of,
    must_be_plain,
    must_be_true,
    must_not_be_true,
    not_applicable,
    positions,
    replicates,
)
from hipaa_policies.tokens import (
    BACKUP_AIR_GAPPED_VAULT,
    BACKUP_VAULT,
    BUCKET,
    CACHE_GROUP,
    CACHE_SERVERLESS,
    DB_CLUSTER,
    DB_GLOBAL_CLUSTER,
    DB_INSTANCE,
    DOCDB_CLUSTER,
    DOCDB_ELASTIC_CLUSTER,
    DOCDB_GLOBAL_CLUSTER,
    DSQL_CLUSTER,
    DYNAMODB_REPLICA,
    DYNAMODB_TABLE,
    FILE_SYSTEM,
    FSX_FILE_SYSTEMS,
    KEY,
    KEYSPACES_TABLE,
    LOAD_BALANCER,
    LOG_GROUP,
    MEMORYDB_CLUSTER,
    NEPTUNE_CLUSTER,
    NEPTUNE_GLOBAL_CLUSTER,
    REDSHIFT_CLUSTER,
    REDSHIFT_NAMESPACE,
    REPLICA_KEY,
    REPOSITORY,
    SEARCH_DOMAINS,
    SECRET,
    STREAM,
    VOLUME,
)
from hipaa_policies.values import MISSING, peek, shown, to_int

# AWS's own switch against deletion, off unless it is set.
_ON: Final[Mapping[str, str]] = {
    LOG_GROUP: "deletionProtectionEnabled",
    DB_CLUSTER: "deletionProtection",
    DB_INSTANCE: "deletionProtection",
    DB_GLOBAL_CLUSTER: "deletionProtection",
    DOCDB_GLOBAL_CLUSTER: "deletionProtection",
    NEPTUNE_GLOBAL_CLUSTER: "deletionProtection",
    DOCDB_CLUSTER: "deletionProtection",
    NEPTUNE_CLUSTER: "deletionProtection",
    DYNAMODB_TABLE: "deletionProtectionEnabled",
    DYNAMODB_REPLICA: "deletionProtectionEnabled",
    DSQL_CLUSTER: "deletionProtectionEnabled",
    LOAD_BALANCER: "enableDeletionProtection",
}
# What empties a store so that it can be deleted, off unless it is set.
_OFF: Final[Mapping[str, str]] = {
    BUCKET: "forceDestroy",
    BACKUP_VAULT: "forceDestroy",
    REPOSITORY: "forceDelete",
    DSQL_CLUSTER: "forceDestroy",
    DB_GLOBAL_CLUSTER: "forceDestroy",
    DB_CLUSTER: "skipFinalSnapshot",
    DB_INSTANCE: "skipFinalSnapshot",
    DOCDB_CLUSTER: "skipFinalSnapshot",
    NEPTUNE_CLUSTER: "skipFinalSnapshot",
    REDSHIFT_CLUSTER: "skipFinalSnapshot",
}
# AWS's switch is enough where there is no data in it, and a deleted secret waits for days in which it can be rescued.
_WITHOUT_PULUMI: Final = frozenset({LOAD_BALANCER, SECRET})
_OTHER: Final = (
    KEY, REPLICA_KEY, SECRET, FILE_SYSTEM, *FSX_FILE_SYSTEMS, VOLUME, CACHE_GROUP, CACHE_SERVERLESS, MEMORYDB_CLUSTER,
    REDSHIFT_NAMESPACE, KEYSPACES_TABLE, STREAM, *SEARCH_DOMAINS, BACKUP_AIR_GAPPED_VAULT, DOCDB_ELASTIC_CLUSTER,
)  # fmt: skip
_READ_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    SECRET: ("recoveryWindowInDays",),
    FILE_SYSTEM: ("protection",),
    DB_INSTANCE: ("replicateSourceDb", "deleteAutomatedBackups"),
    DB_CLUSTER: ("deleteAutomatedBackups",),
    DYNAMODB_TABLE: ("replicas",),
}


def _types() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for type_ in dict.fromkeys((*_ON, *_OFF, *_OTHER)):
        names = (_ON.get(type_), _OFF.get(type_), *_READ_BESIDE.get(type_, ()))
        found[type_] = tuple(name for name in names if name)
    return found


@control(
    id="stateful-resource-is-protected",
    title="Resources that hold data are protected from deletion",
    description="Where a stack protects its data, what holds data carries Pulumi's and AWS's protection.",
    citations=("164.308(a)(7)(i)", "164.310(d)(2)(iv)", "164.312(c)(1)"),
    severity="high",
    pack="retention",
    remediation="Set protect in the resource options and the deletion protection of the service, with a final snapshot.",
    types=_types(),
    sources=(
        "FSBP:RDS.7", "CKV_AWS_139", "CKV_AWS_293", "cdk-nag:RDSInstanceDeletionProtectionEnabled",
        "aws-config:RDS_CLUSTER_DELETION_PROTECTION_ENABLED", "cdk-nag:ELBDeletionProtectionEnabled",
        "aws-config:ELB_DELETION_PROTECTION_ENABLED", "CKV_AWS_150", "prowler:elbv2_deletion_protection",
        "hipaa:deletion-protection",
    ),
    settings={"protect": {"type": "boolean", "default": True}},
)  # fmt: skip
def _protection(resource: Resource, config: Config) -> Iterator[str]:
    if not config["protect"]:
        yield not_applicable("This stack's policy configuration sets protect to false.")
        return
    if not resource.protect and resource.type not in _WITHOUT_PULUMI:
        yield "The resource must have Pulumi's protect option, but it has not."
    replica = replicates(resource)
    if resource.type in _ON and not replica:
        yield from must_be_true(resource, _ON[resource.type])
    # AWS takes no final snapshot of a replica.
    if resource.type in _OFF and not replica:
        yield from must_not_be_true(resource, _OFF[resource.type])
    # AWS deletes automated backups together with the database, unless it is told to keep them.
    if resource.type in (DB_CLUSTER, DB_INSTANCE) and not replica:
        kept = peek(resource.props, "deleteAutomatedBackups")
        if kept is not False:
            yield f"deleteAutomatedBackups must be false, but it is {shown(kept)}."
    if resource.type == DYNAMODB_TABLE:
        yield from must_be_plain(resource, "replicas")
        for copy in positions(resource, "replicas"):
            yield from must_be_true(resource, *copy, "deletionProtectionEnabled")
    if resource.type == SECRET:
        window = peek(resource.props, "recoveryWindowInDays")
        if window is not MISSING and (to_int(window) or 0) < 7:
            yield f"recoveryWindowInDays must be from 7 to 30 days, but it is {shown(window)}."
    if resource.type == FILE_SYSTEM and peek(resource.props, "protection") is not MISSING:
        yield from must_be_one_of(resource, ("ENABLED", "REPLICATING"), "protection", "replicationOverwrite")
