"""Protection: resources with data cannot be deleted by accident, in Pulumi or in AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    element_paths,
    is_replica,
    must_be_one_of,
    must_be_plain,
    must_be_true,
    must_not_be_true,
    not_applicable,
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
from hipaa_policies.values import MISSING, format_value, peek, to_int

# Deletion protection of AWS, which is off by default.
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
# Flags that allow the deletion of a store with its data, off by default.
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
# These need no protection by Pulumi: a load balancer has no data, and a deleted secret can be restored for some days.
_WITHOUT_PULUMI: Final = frozenset({LOAD_BALANCER, SECRET})
_OTHER: Final = (
    KEY,
    REPLICA_KEY,
    SECRET,
    FILE_SYSTEM,
    *FSX_FILE_SYSTEMS,
    VOLUME,
    CACHE_GROUP,
    CACHE_SERVERLESS,
    MEMORYDB_CLUSTER,
    REDSHIFT_NAMESPACE,
    KEYSPACES_TABLE,
    STREAM,
    *SEARCH_DOMAINS,
    BACKUP_AIR_GAPPED_VAULT,
    DOCDB_ELASTIC_CLUSTER,
)
_ALSO_READ: Final[Mapping[str, tuple[str, ...]]] = {
    SECRET: ("recoveryWindowInDays",),
    FILE_SYSTEM: ("protection",),
    DB_INSTANCE: ("replicateSourceDb", "deleteAutomatedBackups"),
    DB_CLUSTER: ("deleteAutomatedBackups",),
    DYNAMODB_TABLE: ("replicas",),
}


def _types() -> Mapping[str, tuple[str, ...]]:
    types: dict[str, tuple[str, ...]] = {}
    for type_ in dict.fromkeys((*_ON, *_OFF, *_OTHER)):
        names = (_ON.get(type_), _OFF.get(type_), *_ALSO_READ.get(type_, ()))
        types[type_] = tuple(name for name in names if name)
    return types


@control(
    id="stateful-resource-is-protected",
    title="Resources with data are protected from deletion",
    description="Resources with data have the protect option of Pulumi and the deletion protection of AWS, unless the stack disables it.",
    citations=("164.308(a)(7)(i)", "164.310(d)(2)(iv)", "164.312(c)(1)"),
    severity="high",
    pack="retention",
    remediation="Set protect in the resource options, and the deletion protection of the service. Keep the final snapshot.",
    types=_types(),
    sources=(
        "FSBP:RDS.7",
        "CKV_AWS_139",
        "CKV_AWS_293",
        "cdk-nag:RDSInstanceDeletionProtectionEnabled",
        "aws-config:RDS_CLUSTER_DELETION_PROTECTION_ENABLED",
        "cdk-nag:ELBDeletionProtectionEnabled",
        "aws-config:ELB_DELETION_PROTECTION_ENABLED",
        "CKV_AWS_150",
        "prowler:elbv2_deletion_protection",
        "hipaa:deletion-protection",
    ),
    settings={"protect": {"type": "boolean", "default": True}},
)
def _protection(resource: JudgedResource, config: Config) -> Iterator[str]:
    if not config["protect"]:
        yield not_applicable("The policy configuration of this stack sets protect to false.")
        return
    if not resource.protect and resource.type not in _WITHOUT_PULUMI:
        yield "The resource must have the protect option of Pulumi, but it does not."
    replica = is_replica(resource)
    if resource.type in _ON and not replica:
        yield from must_be_true(resource, _ON[resource.type])
    # AWS takes no final snapshot of a replica.
    if resource.type in _OFF and not replica:
        yield from must_not_be_true(resource, _OFF[resource.type])
    # By default AWS deletes automated backups together with the database.
    if resource.type in (DB_CLUSTER, DB_INSTANCE) and not replica:
        flag = peek(resource.props, "deleteAutomatedBackups")
        if flag is not False:
            yield f"deleteAutomatedBackups must be false, but it is {format_value(flag)}."
    if resource.type == DYNAMODB_TABLE:
        yield from must_be_plain(resource, "replicas")
        for copy in element_paths(resource, "replicas"):
            yield from must_be_true(resource, *copy, "deletionProtectionEnabled")
    if resource.type == SECRET:
        window = peek(resource.props, "recoveryWindowInDays")
        if window is not MISSING and (to_int(window) or 0) < 7:
            yield f"recoveryWindowInDays must be from 7 to 30 days, but it is {format_value(window)}."
    if resource.type == FILE_SYSTEM and peek(resource.props, "protection") is not MISSING:
        yield from must_be_one_of(resource, ("ENABLED", "REPLICATING"), "protection", "replicationOverwrite")
