"""Databases, tables and the log groups that they write to."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.areas.backups import backups
from tests.policy.areas.data_tier import GROUP, SUBNET, data_tier
from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    flags,
    own_keys,
    resource,
)

BACKED_UP = {"backup": "vault", **CLASSIFIED}

CLUSTER = {"clusterIdentifier": f"{t.DB_CLUSTER} aurora"}

RDS = {
    "deleteAutomatedBackups": False,
    "dbSubnetGroupName": UNKNOWN,
    "engine": "postgres",
    "identifier": "records",
    "storageEncrypted": True,
    "kmsKeyId": KEY_ARN,
    "multiAz": True,
    "parameterGroupName": UNKNOWN,
    "publiclyAccessible": False,
    "backupRetentionPeriod": 35,
    "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
    "monitoringInterval": 60,
    "autoMinorVersionUpgrade": True,
    "performanceInsightsEnabled": True,
    "performanceInsightsKmsKeyId": KEY_ARN,
    "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": KEY_ARN,
    "vpcSecurityGroupIds": UNKNOWN,
    "tags": BACKED_UP,
}

AURORA = {
    "deleteAutomatedBackups": False,
    "dbSubnetGroupName": UNKNOWN,
    "engine": "aurora-postgresql",
    "clusterIdentifier": "orders",
    "storageEncrypted": True,
    "kmsKeyId": KEY_ARN,
    "dbClusterParameterGroupName": UNKNOWN,
    "backupRetentionPeriod": 35,
    "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql"],
    "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": KEY_ARN,
    "vpcSecurityGroupIds": UNKNOWN,
    "tags": BACKED_UP,
}

DOCDB = {
    "clusterIdentifier": "charts",
    "vpcSecurityGroupIds": UNKNOWN,
    "dbSubnetGroupName": UNKNOWN,
    "storageEncrypted": True,
    "kmsKeyId": KEY_ARN,
    "backupRetentionPeriod": 35,
    "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["audit", "profiler"],
    "dbClusterParameterGroupName": UNKNOWN,
    "tags": BACKED_UP,
}

NEPTUNE = {
    "clusterIdentifier": "graph",
    "vpcSecurityGroupIds": UNKNOWN,
    "neptuneSubnetGroupName": UNKNOWN,
    "storageEncrypted": True,
    "kmsKeyArn": KEY_ARN,
    "backupRetentionPeriod": 35,
    "deletionProtection": True,
    "skipFinalSnapshot": False,
    "enableCloudwatchLogsExports": ["audit"],
    "tags": BACKED_UP,
}

TABLE_COPY = {"kmsKeyArn": KEY_ARN, "pointInTimeRecovery": True, "deletionProtectionEnabled": True}

GLOBAL = {
    "global": t.DB_GLOBAL_CLUSTER,
    "global-documents": t.DOCDB_GLOBAL_CLUSTER,
    "global-graph": t.NEPTUNE_GLOBAL_CLUSTER,
}


def _log_group(name: str) -> Any:
    props = {"name": name, "retentionInDays": 2192, "kmsKeyId": KEY_ARN, "deletionProtectionEnabled": True}
    return resource(t.LOG_GROUP, name, props, protect=True)


def databases() -> tuple[JudgedResource, ...]:
    """Return every kind of database."""
    return (
        resource(
            t.DB_CLUSTER,
            "aurora",
            AURORA,
            {
                "dbClusterParameterGroupName": f"{t.DB_CLUSTER_PARAMETERS} aurora-tls",
                "vpcSecurityGroupIds": GROUP,
            },
            protect=True,
        ),
        *(
            resource(
                t.DB_CLUSTER_INSTANCE,
                name,
                {
                    "monitoringInterval": 60,
                    "publiclyAccessible": False,
                    "performanceInsightsEnabled": True,
                    "performanceInsightsKmsKeyId": KEY_ARN,
                    "clusterIdentifier": UNKNOWN,
                },
                CLUSTER,
            )
            for name in ("writer", "reader")
        ),
        resource(
            t.DB_CLUSTER_PARAMETERS, "aurora-tls", {"parameters": [{"name": "rds.force_ssl", "value": "1"}]}
        ),
        resource(
            t.DB_INSTANCE,
            "rds",
            RDS,
            {"parameterGroupName": f"{t.DB_PARAMETERS} rds-tls", "vpcSecurityGroupIds": GROUP},
            protect=True,
        ),
        resource(
            t.DB_INSTANCE,
            "replica-db",
            {
                "replicateSourceDb": UNKNOWN,
                "tags": CLASSIFIED,
                "autoMinorVersionUpgrade": True,
                "monitoringInterval": 60,
                "identifier": "copy",
                "enabledCloudwatchLogsExports": ["postgresql"],
            },
            protect=True,
        ),
        resource(t.DB_PARAMETERS, "rds-tls", {"parameters": [{"name": "rds.force_ssl", "value": "1"}]}),
        *(
            _log_group(f"/aws/{name}")
            for name in (
                "rds/cluster/orders/postgresql",
                "rds/instance/records/postgresql",
                "rds/instance/records/upgrade",
                "rds/instance/copy/postgresql",
                "docdb/charts/audit",
                "docdb/charts/profiler",
                "neptune/graph/audit",
            )
        ),
        *(
            resource(type_, name, {"storageEncrypted": True, "deletionProtection": True}, protect=True)
            for name, type_ in GLOBAL.items()
        ),
        resource(
            t.DB_PROXY,
            "proxy",
            {"requireTls": True, "vpcSecurityGroupIds": UNKNOWN},
            {"vpcSecurityGroupIds": GROUP},
        ),
        resource(t.DB_SNAPSHOT, "snapshot", {"sharedAccounts": ["123456789012"]}),
        resource(t.DB_CLUSTER_SNAPSHOT, "cluster-snapshot", {}),
        *(
            resource(type_, name, {"kmsKeyId": KEY_ARN, "sharedAccounts": ["123456789012"]})
            for type_, name in (
                (t.DB_SNAPSHOT_COPY, "snapshot-copy"),
                (t.DB_CLUSTER_SNAPSHOT_COPY, "cluster-snapshot-copy"),
            )
        ),
        resource(
            t.DOCDB_CLUSTER,
            "documents",
            DOCDB,
            {
                "dbClusterParameterGroupName": f"{t.DOCDB_PARAMETERS} documents-tls",
                "vpcSecurityGroupIds": GROUP,
            },
            protect=True,
        ),
        resource(t.DOCDB_PARAMETERS, "documents-tls", {"parameters": [{"name": "tls", "value": "enabled"}]}),
        *(
            resource(
                type_,
                f"{cluster.rpartition(' ')[2]}-{number}",
                {"clusterIdentifier": UNKNOWN, **props},
                {"clusterIdentifier": cluster},
            )
            for type_, cluster, props in (
                (
                    t.DOCDB_INSTANCE,
                    f"{t.DOCDB_CLUSTER} documents",
                    {"enablePerformanceInsights": True, "performanceInsightsKmsKeyId": KEY_ARN},
                ),
                (
                    t.NEPTUNE_INSTANCE,
                    f"{t.NEPTUNE_CLUSTER} graph",
                    {"publiclyAccessible": False, "autoMinorVersionUpgrade": True},
                ),
            )
            for number in (1, 2)
        ),
        resource(t.NEPTUNE_CLUSTER, "graph", NEPTUNE, {"vpcSecurityGroupIds": GROUP}, protect=True),
        resource(
            t.DOCDB_ELASTIC_CLUSTER,
            "elastic",
            {
                "kmsKeyId": KEY_ARN,
                "backupRetentionPeriod": 35,
                "subnetIds": UNKNOWN,
                "vpcSecurityGroupIds": UNKNOWN,
            },
            {"subnetIds": SUBNET, "vpcSecurityGroupIds": GROUP},
            protect=True,
        ),
        resource(
            t.DSQL_CLUSTER,
            "ledger",
            {
                "kmsEncryptionKey": KEY_ARN,
                "deletionProtectionEnabled": True,
                "forceDestroy": False,
                "tags": BACKED_UP,
            },
            protect=True,
        ),
        resource(t.LIGHTSAIL_DATABASE, "small", {"publiclyAccessible": False}),
        resource(
            t.DYNAMODB_TABLE,
            "table",
            {
                "billingMode": "PAY_PER_REQUEST",
                "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN},
                "pointInTimeRecovery": {"enabled": True},
                "deletionProtectionEnabled": True,
                "tags": BACKED_UP,
                "replicas": [{"regionName": "us-west-2", **TABLE_COPY}],
            },
            protect=True,
        ),
        resource(t.DYNAMODB_REPLICA, "table-copy", TABLE_COPY, protect=True),
        resource(
            t.KEYSPACES_TABLE,
            "keyspace",
            {
                "encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": KEY_ARN},
                "pointInTimeRecovery": {"status": "ENABLED"},
            },
            protect=True,
        ),
        resource(
            t.DMS_INSTANCE,
            "mover",
            {"publiclyAccessible": False, "kmsKeyArn": KEY_ARN, "autoMinorVersionUpgrade": True},
        ),
    )


GOOD = {item.name: item for item in (*databases(), *data_tier(), *backups())}

REPLICA_PARAMETERS = {"parameterGroupName": f"{t.DB_PARAMETERS} copy-tls"}

REPLICA_REQUIRES_TLS, REPLICA_WITHOUT_TLS = (
    {
        "copy-tls": resource(
            t.DB_PARAMETERS, "copy-tls", {"parameters": [{"name": "rds.force_ssl", "value": value}]}
        )
    }
    for value in "10"
)


def _replica(refers: dict[str, str] | None = None, /, **props: Any) -> dict[str, Any]:
    """Return the edit that replaces the replica of the database."""
    return {
        "replica-db": resource(
            t.DB_INSTANCE,
            "replica-db",
            {"replicateSourceDb": UNKNOWN, **props},
            {"replicateSourceDb": f"{t.DB_INSTANCE} rds", **(refers or {})},
            protect=True,
        )
    }


ROWS: dict[str, Rows] = {
    "database-is-encrypted": flags(
        *(f"{name} storageEncrypted" for name in ("aurora", "rds", "documents", "graph", *GLOBAL)),
        compliant=[
            {
                f"{name} storageEncrypted": GONE,
                f"{name} sourceDbClusterIdentifier": "arn:aws:rds:us-east-1:123456789012:cluster:x",
            }
            for name in GLOBAL
        ],
    ),
    "database-uses-own-key": own_keys(
        "aurora kmsKeyId",
        "rds kmsKeyId",
        "documents kmsKeyId",
        "table serverSideEncryption.kmsKeyArn",
        "snapshot-copy kmsKeyId",
        "keyspace encryptionSpecification.kmsKeyIdentifier",
        "rds performanceInsightsKmsKeyId",
        "rds masterUserSecretKmsKeyId",
        "aurora masterUserSecretKmsKeyId",
        "writer performanceInsightsKmsKeyId",
        "cluster-snapshot-copy kmsKeyId",
        "graph kmsKeyArn",
        "elastic kmsKeyId",
        "ledger kmsEncryptionKey",
        "documents-1 performanceInsightsKmsKeyId",
        "table replicas.0.kmsKeyArn",
        "table-copy kmsKeyArn",
        compliant=[
            {"rds performanceInsightsEnabled": False, "rds performanceInsightsKmsKeyId": GONE},
            _replica(kmsKeyId=KEY_ARN),
            {"aurora performanceInsightsEnabled": True, "aurora performanceInsightsKmsKeyId": KEY_ARN},
            {"documents-1 enablePerformanceInsights": False, "documents-1 performanceInsightsKmsKeyId": GONE},
            {"table serverSideEncryption": UNKNOWN},
        ],
        violating=[
            {"aurora performanceInsightsEnabled": True},
            {"ledger kmsEncryptionKey": "AWS_OWNED_KMS_KEY"},
            {"table serverSideEncryption.enabled": False},
            _replica(kmsKeyId="alias/aws/rds"),
        ],
    ),
    "database-refuses-plain-connections": Rows(
        compliant=(
            {
                "aurora engine": "aurora-mysql",
                "aurora-tls parameters": [{"name": "require_secure_transport", "value": "ON"}],
            },
            {
                "rds engine": "mysql",
                "rds-tls parameters": [{"name": "require_secure_transport", "value": "1"}],
            },
            {"rds engine": "oracle-ee"},
            {"documents-tls": GONE},
            {"documents-tls parameters": []},
            _replica(REPLICA_PARAMETERS, parameterGroupName=UNKNOWN) | REPLICA_REQUIRES_TLS,
            _replica({}, parameterGroupName="default.postgres17") | {"rds engine": "oracle-ee"},
        ),
        violating=[
            {"aurora-tls parameters.0.value": "0"},
            {"rds-tls parameters.0.value": "0"},
            {"documents-tls parameters.0.value": "disabled"},
            {"rds engine": "mariadb"},
            {"rds engine": "sqlserver-se", "rds-tls": GONE},
            _replica(REPLICA_PARAMETERS, parameterGroupName=UNKNOWN) | REPLICA_WITHOUT_TLS,
            _replica({}, parameterGroupName="default.postgres17"),
        ],
        missing=[
            {"rds-tls parameters": GONE},
            {"aurora-tls parameters.0.value": GONE},
            {"rds-tls": GONE},
            {"aurora-tls": GONE},
            {"rds engine": GONE},
        ],
        unknown=[
            {"aurora-tls parameters": UNKNOWN},
            {"rds-tls parameters.0.value": UNKNOWN},
            {"rds engine": UNKNOWN},
            {"documents-tls parameters": UNKNOWN},
        ],
    ),
    "database-proxy-requires-tls": flags("proxy requireTls"),
    "database-is-not-public": Rows(
        compliant=({"rds publiclyAccessible": GONE, "writer publiclyAccessible": GONE},),
        violating=[
            {f"{name} publiclyAccessible": True}
            for name in ("rds", "writer", "aurora", "mover", "graph-1", "small")
        ],
        missing=[{"mover publiclyAccessible": GONE}],
        unknown=[{"rds publiclyAccessible": UNKNOWN}, {"mover publiclyAccessible": UNKNOWN}],
    ),
}
