"""Databases kept running: backups, a second zone, security fixes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AVAILABLE, BACKED_UP
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    lacks,
    must_be_at_least,
    must_be_one_of,
    must_be_plain,
    must_be_true,
    must_not_be_false,
    not_applicable,
    positions,
    replicates,
)
from hipaa_policies.tokens import (
    DB_CLUSTER,
    DB_CLUSTER_INSTANCE,
    DB_INSTANCE,
    DMS_INSTANCE,
    DOCDB_CLUSTER,
    DOCDB_ELASTIC_CLUSTER,
    DOCDB_INSTANCE,
    DYNAMODB_REPLICA,
    DYNAMODB_TABLE,
    KEYSPACES_TABLE,
    NEPTUNE_CLUSTER,
    NEPTUNE_INSTANCE,
    REDSHIFT_CLUSTER,
)
from hipaa_policies.values import MISSING, peek

_BACKUP_DAYS: Final = {
    DB_CLUSTER: "backupRetentionPeriod",
    DB_INSTANCE: "backupRetentionPeriod",
    DOCDB_CLUSTER: "backupRetentionPeriod",
    DOCDB_ELASTIC_CLUSTER: "backupRetentionPeriod",
    NEPTUNE_CLUSTER: "backupRetentionPeriod",
    REDSHIFT_CLUSTER: "automatedSnapshotRetentionPeriod",
}


@control(
    id="database-keeps-backups",
    title="Databases keep automatic backups",
    description="Automatic backups are kept for 35 days, the longest that these services offer.",
    citations=BACKED_UP,
    severity="high",
    pack="retention",
    remediation="Set the retention of automatic backups, or configure the floor that the stack promises.",
    types={**{type_: (name,) for type_, name in _BACKUP_DAYS.items()}, DB_INSTANCE: ("backupRetentionPeriod", "replicateSourceDb"),
           DYNAMODB_TABLE: ("pointInTimeRecovery", "replicas"), DYNAMODB_REPLICA: ("pointInTimeRecovery",), KEYSPACES_TABLE: ("pointInTimeRecovery",)},
    sources=(
        "cdk-nag:RDSInstanceBackupEnabled", "aws-config:DB_INSTANCE_BACKUP_ENABLED", "CKV_AWS_133",
        "prowler:rds_instance_backup_enabled", "cdk-nag:RedshiftBackupEnabled", "aws-config:REDSHIFT_BACKUP_ENABLED",
        "cdk-nag:DynamoDBPITREnabled", "aws-config:DYNAMODB_PITR_ENABLED",
    ),
    settings={"min_days": {"type": "integer", "minimum": 1, "maximum": 35, "default": 35}},
)  # fmt: skip
def _backups(resource: Resource, config: Config) -> Iterator[str]:
    if replicates(resource):
        yield not_applicable("It is a replica: the backups are those of its source.")
    elif resource.type == DYNAMODB_TABLE:
        yield from must_be_true(resource, "pointInTimeRecovery", "enabled")
        yield from must_be_plain(resource, "replicas")
        for replica in positions(resource, "replicas"):
            yield from must_be_true(resource, *replica, "pointInTimeRecovery")
    elif resource.type == DYNAMODB_REPLICA:
        yield from must_be_true(resource, "pointInTimeRecovery")
    elif resource.type == KEYSPACES_TABLE:
        yield from must_be_one_of(resource, ("ENABLED",), "pointInTimeRecovery", "status")
    else:
        yield from must_be_at_least(resource, config["min_days"], _BACKUP_DAYS[resource.type], unit=" days")


@stack_control(
    id="database-spans-zones",
    title="Databases outlive a zone",
    description="An instance has a standby in another zone; a cluster of Aurora, DocumentDB or Neptune has two instances or more.",
    citations=AVAILABLE,
    severity="medium",
    pack="retention",
    remediation="Set multi_az=True, or add a second ClusterInstance.",
    types={DB_INSTANCE: ("multiAz", "replicateSourceDb"), DB_CLUSTER: ("dbClusterInstanceClass",), DOCDB_CLUSTER: (), NEPTUNE_CLUSTER: ()},
    reads={
        DB_CLUSTER_INSTANCE: ("clusterIdentifier",), DOCDB_INSTANCE: ("clusterIdentifier",), NEPTUNE_INSTANCE: ("clusterIdentifier",),
    },
    sources=(
        "cdk-nag:RDSMultiAZSupport", "aws-config:RDS_MULTI_AZ_SUPPORT", "aws-config:RDS_CLUSTER_MULTI_AZ_ENABLED",
        "CKV_AWS_157", "prowler:rds_instance_multi_az",
    ),
    settings={"required": {"type": "boolean", "default": True}},
)  # fmt: skip
def _zones(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    members = {
        DB_CLUSTER: DB_CLUSTER_INSTANCE,
        DOCDB_CLUSTER: DOCDB_INSTANCE,
        NEPTUNE_CLUSTER: NEPTUNE_INSTANCE,
    }
    for database in graph.by_type(DB_INSTANCE, *members):
        if not config["required"]:
            yield database, not_applicable("This stack's policy configuration does without a second zone.")
        elif database.type == DB_INSTANCE:
            if not replicates(database):
                yield from ((database, sentence) for sentence in must_be_true(database, "multiAz"))
        elif database.type != DB_CLUSTER or peek(database.props, "dbClusterInstanceClass") is MISSING:
            found = len(graph.referrers(database.urn, members[database.type], "clusterIdentifier"))
            if found < 2:
                yield database, f"The cluster must have two instances or more, but it has {found}."


_UPGRADED: Final = {
    **dict.fromkeys(
        (DB_CLUSTER, DB_CLUSTER_INSTANCE, DB_INSTANCE, NEPTUNE_INSTANCE, DMS_INSTANCE),
        "autoMinorVersionUpgrade",
    ),
    REDSHIFT_CLUSTER: "allowVersionUpgrade",
}


@stack_control(
    id="database-takes-minor-upgrades",
    title="Databases take minor upgrades",
    description="Minor engine versions, which carry security fixes, are applied in the maintenance window.",
    citations=("164.308(a)(5)(ii)(A)", "164.308(a)(5)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Leave auto_minor_version_upgrade unset or true, and set it in a DMS instance.",
    types={
        **{type_: (name,) for type_, name in _UPGRADED.items()},
        **dict.fromkeys((DB_CLUSTER, DB_INSTANCE), ("autoMinorVersionUpgrade", "engineVersion")),
        DB_CLUSTER_INSTANCE: ("autoMinorVersionUpgrade", "clusterIdentifier"),
    },
    sources=(
        "cdk-nag:RDSAutomaticMinorVersionUpgradeEnabled", "aws-config:RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED",
        "CKV_AWS_226", "prowler:rds_instance_minor_version_upgrade_enabled",
        "cdk-nag:RedshiftClusterMaintenanceSettings", "aws-config:REDSHIFT_CLUSTER_MAINTENANCESETTINGS_CHECK",
    ),
    settings={
        "pinned": {
            "type": "boolean",
            "default": False,
            "description": "Whether a database may stay on the version that the program states, which people then raise.",
        },
    },
)  # fmt: skip
def _upgrades(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    for resource in graph.by_type(*_UPGRADED):
        if config["pinned"] and _states_version(graph, resource):
            yield resource, not_applicable("The program states the version, and people raise it.")
            continue
        # The provider sends false for a DMS instance that says nothing:
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dms/replication_instance.go
        must = must_be_true if resource.type == DMS_INSTANCE else must_not_be_false
        yield from ((resource, sentence) for sentence in must(resource, _UPGRADED[resource.type]))


def _states_version(graph: Graph, database: Resource) -> bool:
    """Tell whether a database says which version it has; for an instance of a cluster the cluster says it."""
    if database.type == DB_CLUSTER_INSTANCE:
        return any(
            not lacks(cluster, "engineVersion")
            for cluster in graph.references(database, "clusterIdentifier", DB_CLUSTER)
        )
    return database.type in (DB_CLUSTER, DB_INSTANCE) and not lacks(database, "engineVersion")
