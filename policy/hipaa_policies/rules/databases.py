"""Databases: encryption at rest, customer-managed keys, TLS, public access and shared snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, IN_TRANSIT, REACH
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    element_paths,
    is_replica,
    is_unknown,
    is_unset,
    must_be_true,
    must_name_own_key,
    must_not_be_true,
    not_applicable,
    property_paths,
    roots,
)
from hipaa_policies.tokens import (
    DAX_CLUSTER,
    DB_CLUSTER,
    DB_CLUSTER_INSTANCE,
    DB_CLUSTER_PARAMETERS,
    DB_CLUSTER_SNAPSHOT,
    DB_CLUSTER_SNAPSHOT_COPY,
    DB_GLOBAL_CLUSTER,
    DB_INSTANCE,
    DB_PARAMETERS,
    DB_PROXY,
    DB_SNAPSHOT,
    DB_SNAPSHOT_COPY,
    DMS_INSTANCE,
    DOCDB_CLUSTER,
    DOCDB_ELASTIC_CLUSTER,
    DOCDB_GLOBAL_CLUSTER,
    DOCDB_INSTANCE,
    DOCDB_PARAMETERS,
    DSQL_CLUSTER,
    DYNAMODB_REPLICA,
    DYNAMODB_TABLE,
    KEYSPACES_TABLE,
    LIGHTSAIL_DATABASE,
    NEPTUNE_CLUSTER,
    NEPTUNE_GLOBAL_CLUSTER,
    NEPTUNE_INSTANCE,
    REDSHIFT_CLUSTER,
    REDSHIFT_WORKGROUP,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, items, peek

_GLOBAL: Final = (DB_GLOBAL_CLUSTER, DOCDB_GLOBAL_CLUSTER, NEPTUNE_GLOBAL_CLUSTER)
_ENCRYPTED: Final = {
    DB_CLUSTER: ("storageEncrypted",),
    DB_INSTANCE: ("storageEncrypted",),
    **dict.fromkeys(_GLOBAL, ("storageEncrypted",)),
    DOCDB_CLUSTER: ("storageEncrypted",),
    NEPTUNE_CLUSTER: ("storageEncrypted",),
    DAX_CLUSTER: ("serverSideEncryption.enabled",),
}
_OWN_KEY: Final = {
    DB_CLUSTER: ("kmsKeyId",),
    DB_INSTANCE: ("kmsKeyId",),
    DOCDB_CLUSTER: ("kmsKeyId",),
    DOCDB_ELASTIC_CLUSTER: ("kmsKeyId",),
    NEPTUNE_CLUSTER: ("kmsKeyArn",),
    DYNAMODB_TABLE: ("serverSideEncryption.kmsKeyArn",),
    DYNAMODB_REPLICA: ("kmsKeyArn",),
    KEYSPACES_TABLE: ("encryptionSpecification.kmsKeyIdentifier",),
    DSQL_CLUSTER: ("kmsEncryptionKey",),
    DB_SNAPSHOT_COPY: ("kmsKeyId",),
    DB_CLUSTER_SNAPSHOT_COPY: ("kmsKeyId",),
}
# Flags of features, each with the key that matters if the feature is on.
_FEATURE_KEYS: Final = {
    DB_CLUSTER: (
        ("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        ("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
    ),
    DB_INSTANCE: (
        ("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        ("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
    ),
    DB_CLUSTER_INSTANCE: (("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),),
    DOCDB_INSTANCE: (("enablePerformanceInsights", "performanceInsightsKmsKeyId"),),
}
_ALSO_READ: Final = {DB_INSTANCE: ("replicateSourceDb",), DYNAMODB_TABLE: ("replicas",)}


@control(
    id="database-is-encrypted",
    title="Databases are encrypted",
    description="The storage of relational, document and graph databases and of DAX is encrypted.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set storage_encrypted=True (server_side_encryption for DAX). It cannot be changed later.",
    types={
        **roots(_ENCRYPTED),
        DB_INSTANCE: ("storageEncrypted", "replicateSourceDb"),
        **dict.fromkeys(_GLOBAL, ("storageEncrypted", "sourceDbClusterIdentifier")),
    },
    sources=(
        "cdk-nag:RDSStorageEncrypted",
        "aws-config:RDS_STORAGE_ENCRYPTED",
        "CKV_AWS_16",
        "CKV_AWS_96",
        "prowler:rds_instance_storage_encrypted",
        "FSBP:RDS.3",
    ),
)
def _encrypted(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if is_replica(resource) or (
        resource.type in _GLOBAL and not is_unset(resource, "sourceDbClusterIdentifier")
    ):
        yield not_applicable("The source database decides the encryption.")
        return
    for path in property_paths(_ENCRYPTED, resource):
        yield from must_be_true(resource, *path)


@control(
    id="database-uses-own-key",
    title="Databases use a customer-managed key",
    description="Databases, performance data, managed passwords and snapshot copies use a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set the ARN of the key for data, and the ARN of the key for secrets for a managed password.",
    types={
        type_: tuple(
            dict.fromkeys(
                (
                    *roots(_OWN_KEY).get(type_, ()),
                    *(name for pair in _FEATURE_KEYS.get(type_, ()) for name in pair),
                    *_ALSO_READ.get(type_, ()),
                )
            )
        )
        for type_ in (*_OWN_KEY, DB_CLUSTER_INSTANCE, DOCDB_INSTANCE)
    },
    sources=(
        "CKV_AWS_327",
        "aws-config:DYNAMODB_TABLE_ENCRYPTED_KMS",
        "aws-config:RDS_SNAPSHOT_ENCRYPTED",
        "CKV_AWS_266",
        "pulumi:aws-rds-cluster-configure-customer-managed-key",
        "hipaa:cmk-everywhere",
    ),
    unknown="present",
)
def _own_key(resource: JudgedResource, _config: Config) -> Iterator[str]:
    # A replica in the region of its source uses the key of the source; one in another region names a key.
    if resource.type in _OWN_KEY and not (is_replica(resource) and is_unset(resource, "kmsKeyId")):
        for path in property_paths(_OWN_KEY, resource):
            yield from must_name_own_key(resource, *path)
    if resource.type == DYNAMODB_TABLE:
        # If serverSideEncryption is off, DynamoDB ignores the key and uses one that AWS owns.
        if not is_unknown(resource, "serverSideEncryption"):
            yield from must_be_true(resource, "serverSideEncryption", "enabled")
        for replica in element_paths(resource, "replicas"):
            yield from must_name_own_key(resource, *replica, "kmsKeyArn")
    for flag, key in _FEATURE_KEYS.get(resource.type, ()):
        if peek(resource.props, flag) not in (MISSING, False):
            yield from must_name_own_key(resource, key)


_TLS_PARAMETERS: Final = {
    "postgres": ("rds.force_ssl", ("1",)),
    "aurora-postgresql": ("rds.force_ssl", ("1",)),
    "sqlserver": ("rds.force_ssl", ("1",)),
    "mysql": ("require_secure_transport", ("1", "ON")),
    "aurora-mysql": ("require_secure_transport", ("1", "ON")),
    "mariadb": ("require_secure_transport", ("1", "ON")),
    "docdb": ("tls", ("enabled", "fips-140-3", "tls1.2+", "tls1.3+")),
}


@stack_control(
    id="database-refuses-plain-connections",
    title="Databases refuse connections without TLS",
    description="Every database uses a parameter group of the program that requires TLS.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Attach a parameter group with rds.force_ssl=1, or require_secure_transport=ON for MySQL and MariaDB.",
    types={
        DB_CLUSTER: ("engine", "dbClusterParameterGroupName"),
        DB_INSTANCE: ("engine", "parameterGroupName", "replicateSourceDb"),
        DOCDB_CLUSTER: ("dbClusterParameterGroupName",),
    },
    reads={
        DB_CLUSTER_PARAMETERS: ("parameters",),
        DB_PARAMETERS: ("parameters",),
        DOCDB_PARAMETERS: ("parameters",),
    },
    sources=("CKV2_AWS_69", "FSBP:RDS.38", "FSBP:RDS.39", "prowler:rds_instance_transport_encrypted"),
)
def _required_tls(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for database in graph.by_type(DB_CLUSTER, DB_INSTANCE, DOCDB_CLUSTER):
        yield from about(database, _plain_connections(graph, database))


def _plain_connections(graph: Graph, database: JudgedResource) -> Iterator[str]:
    engine = "docdb" if database.type == DOCDB_CLUSTER else peek(database.props, "engine")
    if engine is MISSING and is_replica(database):
        sources = graph.references(database, "replicateSourceDb", DB_INSTANCE)
        if not sources or is_unset(database, "parameterGroupName"):
            yield not_applicable("The replica uses engine and parameters of its source database.")
            return
        engine = peek(sources[0].props, "engine")
    if not isinstance(engine, str):
        yield f"engine must be a plain value, so that TLS can be judged, but it is {format_value(engine)}."
        return
    family = next((name for name in _TLS_PARAMETERS if engine == name or engine.startswith(f"{name}-")), None)
    if family is None:
        yield not_applicable("AWS has no parameter that requires TLS for this engine.")
        return
    name, allowed = _TLS_PARAMETERS[family]
    property_, groups = (
        ("parameterGroupName", DB_PARAMETERS)
        if database.type == DB_INSTANCE
        else (
            "dbClusterParameterGroupName",
            DB_CLUSTER_PARAMETERS if database.type == DB_CLUSTER else DOCDB_PARAMETERS,
        )
    )
    parameter_groups = graph.references(database, property_, groups)
    # DocumentDB requires TLS unless a parameter group disables it.
    if not parameter_groups and engine != "docdb":
        yield f"{property_} must name a parameter group of this program that sets {name}, but it names none."
    for group in parameter_groups:
        yield from _wrong_parameter(group, name, allowed)


def _wrong_parameter(group: JudgedResource, name: str, allowed: tuple[str, ...]) -> Iterator[str]:
    values = [
        peek(group.props, *entry, "value")
        for entry in element_paths(group, "parameters")
        if peek(group.props, *entry, "name") == name
    ]
    if is_unknown(group, "parameters"):
        values = [UNKNOWN]
    required_by_default = name == "tls" and not values
    if not required_by_default and not any(isinstance(value, str) and value in allowed for value in values):
        actual = format_value(values[0]) if values else "missing"
        yield f"The parameter {name} must be {allowed[0]}, but it is {actual}."


@control(
    id="database-proxy-requires-tls",
    title="Database proxies require TLS",
    description="An RDS proxy refuses connections without TLS.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set require_tls=True on aws.rds.Proxy.",
    types={DB_PROXY: ("requireTls",)},
    sources=("hipaa:db-force-tls",),
)
def _proxy(proxy: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(proxy, "requireTls")


_PUBLIC: Final = {
    DB_CLUSTER: "publiclyAccessible",
    DB_CLUSTER_INSTANCE: "publiclyAccessible",
    DB_INSTANCE: "publiclyAccessible",
    NEPTUNE_INSTANCE: "publiclyAccessible",
    REDSHIFT_CLUSTER: "publiclyAccessible",
    REDSHIFT_WORKGROUP: "publiclyAccessible",
    LIGHTSAIL_DATABASE: "publiclyAccessible",
}


@control(
    id="database-is-not-public",
    title="Databases have no public address",
    description="No database, warehouse or replication instance is reachable from the Internet.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Set publicly_accessible=False. A DMS instance must state it, because the default of AWS is true.",
    types={**{type_: (name,) for type_, name in _PUBLIC.items()}, DMS_INSTANCE: ("publiclyAccessible",)},
    sources=(
        "cdk-nag:RDSInstancePublicAccess",
        "aws-config:RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
        "CKV_AWS_17",
        "prowler:rds_instance_no_public_access",
        "cdk-nag:DMSReplicationNotPublic",
        "cdk-nag:RedshiftClusterPublicAccess",
        "aws-config:DMS_REPLICATION_NOT_PUBLIC",
        "aws-config:REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK",
    ),
)
def _public(resource: JudgedResource, _config: Config) -> Iterator[str]:
    value = peek(resource.props, "publiclyAccessible")
    # The default of CreateReplicationInstance is true; the documentation of the provider states no default.
    if resource.type == DMS_INSTANCE and value is MISSING:
        yield "publiclyAccessible must be false, but it is missing."
    yield from must_not_be_true(resource, "publiclyAccessible")


@control(
    id="database-snapshot-is-not-shared",
    title="Database snapshots are not public",
    description="No snapshot is shared with all AWS accounts.",
    citations=(*REACH, *AT_REST),
    severity="critical",
    pack="isolation",
    remediation="Remove the value all from shared_accounts.",
    types={
        DB_SNAPSHOT: ("sharedAccounts",),
        DB_CLUSTER_SNAPSHOT: ("sharedAccounts",),
        DB_SNAPSHOT_COPY: ("sharedAccounts",),
        DB_CLUSTER_SNAPSHOT_COPY: ("sharedAccounts",),
    },
    sources=(
        "aws-config:RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
        "CKV_AWS_302",
        "prowler:rds_snapshots_public_access",
    ),
)
def _shared(snapshot: JudgedResource, _config: Config) -> Iterator[str]:
    if is_unknown(snapshot, "sharedAccounts") or UNKNOWN in items(snapshot.props, "sharedAccounts"):
        yield "sharedAccounts must have plain values, but they are not known before deployment."
    elif "all" in items(snapshot.props, "sharedAccounts"):
        yield "sharedAccounts must name single accounts, but it contains all."
