"""Databases: automatic backups, a second Availability Zone and minor version upgrades."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AVAILABLE, BACKED_UP
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    element_paths,
    is_replica,
    is_unset,
    must_be_at_least,
    must_be_one_of,
    must_be_plain,
    must_be_true,
    must_not_be_false,
    not_applicable,
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
    description="Automatic backups are kept for 35 days, the maximum of these services.",
    citations=BACKED_UP,
    severity="high",
    pack="retention",
    remediation="Raise the retention of automatic backups, or set min_days to the retention that the stack needs.",
    types={
        **{type_: (name,) for type_, name in _BACKUP_DAYS.items()},
        DB_INSTANCE: ("backupRetentionPeriod", "replicateSourceDb"),
        DYNAMODB_TABLE: ("pointInTimeRecovery", "replicas"),
        DYNAMODB_REPLICA: ("pointInTimeRecovery",),
        KEYSPACES_TABLE: ("pointInTimeRecovery",),
    },
    sources=(
        "cdk-nag:RDSInstanceBackupEnabled",
        "aws-config:DB_INSTANCE_BACKUP_ENABLED",
        "CKV_AWS_133",
        "prowler:rds_instance_backup_enabled",
        "cdk-nag:RedshiftBackupEnabled",
        "aws-config:REDSHIFT_BACKUP_ENABLED",
        "cdk-nag:DynamoDBPITREnabled",
        "aws-config:DYNAMODB_PITR_ENABLED",
    ),
    settings={"min_days": {"type": "integer", "minimum": 1, "maximum": 35, "default": 35}},
)
def _backups(resource: JudgedResource, config: Config) -> Iterator[str]:
    if is_replica(resource):
        yield not_applicable("The source database of the replica has the backups.")
    elif resource.type == DYNAMODB_TABLE:
        yield from must_be_true(resource, "pointInTimeRecovery", "enabled")
        yield from must_be_plain(resource, "replicas")
        for replica in element_paths(resource, "replicas"):
            yield from must_be_true(resource, *replica, "pointInTimeRecovery")
    elif resource.type == DYNAMODB_REPLICA:
        yield from must_be_true(resource, "pointInTimeRecovery")
    elif resource.type == KEYSPACES_TABLE:
        yield from must_be_one_of(resource, ("ENABLED",), "pointInTimeRecovery", "status")
    else:
        yield from must_be_at_least(resource, config["min_days"], _BACKUP_DAYS[resource.type], unit=" days")


@stack_control(
    id="database-spans-zones",
    title="Databases survive the loss of a zone",
    description="An instance has a standby in another zone. A cluster (Aurora, DocumentDB, Neptune) has at least two instances.",
    citations=AVAILABLE,
    severity="medium",
    pack="retention",
    remediation="Set multi_az=True, or add a second ClusterInstance.",
    types={
        DB_INSTANCE: ("multiAz", "replicateSourceDb"),
        DB_CLUSTER: ("dbClusterInstanceClass",),
        DOCDB_CLUSTER: (),
        NEPTUNE_CLUSTER: (),
    },
    reads={
        DB_CLUSTER_INSTANCE: ("clusterIdentifier",),
        DOCDB_INSTANCE: ("clusterIdentifier",),
        NEPTUNE_INSTANCE: ("clusterIdentifier",),
    },
    sources=(
        "cdk-nag:RDSMultiAZSupport",
        "aws-config:RDS_MULTI_AZ_SUPPORT",
        "aws-config:RDS_CLUSTER_MULTI_AZ_ENABLED",
        "CKV_AWS_157",
        "prowler:rds_instance_multi_az",
    ),
    settings={"required": {"type": "boolean", "default": True}},
)
def _zones(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    members = {
        DB_CLUSTER: DB_CLUSTER_INSTANCE,
        DOCDB_CLUSTER: DOCDB_INSTANCE,
        NEPTUNE_CLUSTER: NEPTUNE_INSTANCE,
    }
    for database in graph.by_type(DB_INSTANCE, *members):
        if not config["required"]:
            yield database, not_applicable("The policy configuration of this stack requires no second zone.")
        elif database.type == DB_INSTANCE:
            if not is_replica(database):
                yield from about(database, must_be_true(database, "multiAz"))
        elif database.type != DB_CLUSTER or peek(database.props, "dbClusterInstanceClass") is MISSING:
            instances = len(graph.referrers(database.urn, members[database.type], "clusterIdentifier"))
            if instances < 2:
                yield database, f"The cluster must have at least two instances, but it has {instances}."


_UPGRADED: Final = {
    **dict.fromkeys(
        (DB_CLUSTER, DB_CLUSTER_INSTANCE, DB_INSTANCE, NEPTUNE_INSTANCE, DMS_INSTANCE),
        "autoMinorVersionUpgrade",
    ),
    REDSHIFT_CLUSTER: "allowVersionUpgrade",
}


@stack_control(
    id="database-takes-minor-upgrades",
    title="Databases install minor upgrades",
    description="Minor engine versions, which contain security fixes, are installed in the maintenance window.",
    citations=("164.308(a)(5)(ii)(A)", "164.308(a)(5)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Leave auto_minor_version_upgrade unset, or set it to true. A DMS instance must set it to true.",
    types={
        **{type_: (name,) for type_, name in _UPGRADED.items()},
        **dict.fromkeys((DB_CLUSTER, DB_INSTANCE), ("autoMinorVersionUpgrade", "engineVersion")),
        DB_CLUSTER_INSTANCE: ("autoMinorVersionUpgrade", "clusterIdentifier"),
    },
    sources=(
        "cdk-nag:RDSAutomaticMinorVersionUpgradeEnabled",
        "aws-config:RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED",
        "CKV_AWS_226",
        "prowler:rds_instance_minor_version_upgrade_enabled",
        "cdk-nag:RedshiftClusterMaintenanceSettings",
        "aws-config:REDSHIFT_CLUSTER_MAINTENANCESETTINGS_CHECK",
    ),
    settings={
        "pinned": {
            "type": "boolean",
            "default": False,
            "description": "Whether a database may keep the engine version in the program, which people then raise.",
        },
    },
)
def _upgrades(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for resource in graph.by_type(*_UPGRADED):
        if config["pinned"] and _states_version(graph, resource):
            yield resource, not_applicable("The program states the version, and people raise it.")
            continue
        # The default of the provider for a DMS instance is false:
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dms/replication_instance.go
        check = must_be_true if resource.type == DMS_INSTANCE else must_not_be_false
        yield from about(resource, check(resource, _UPGRADED[resource.type]))


def _states_version(graph: Graph, database: JudgedResource) -> bool:
    """Return whether the program states the engine version of a database, or of the cluster of an instance."""
    if database.type == DB_CLUSTER_INSTANCE:
        return any(
            not is_unset(cluster, "engineVersion")
            for cluster in graph.references(database, "clusterIdentifier", DB_CLUSTER)
        )
    return database.type in (DB_CLUSTER, DB_INSTANCE) and not is_unset(database, "engineVersion")
