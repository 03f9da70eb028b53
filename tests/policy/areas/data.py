"""Databases, caches, secrets, backups and the network they sit in."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    choices,
    extra,
    flags,
    own_keys,
    required,
    resource,
)

BACKED_UP = {"backup": "vault", **CLASSIFIED}
SUBNET = f"{t.SUBNET} data-subnet"
CLUSTER = {"clusterIdentifier": f"{t.DB_CLUSTER} aurora"}
LOCK = {"backupVaultName": f"{t.BACKUP_VAULT} vault"}
RDS = {
    "deleteAutomatedBackups": False, "dbSubnetGroupName": UNKNOWN, "engine": "postgres", "identifier": "records", "storageEncrypted": True, "kmsKeyId": KEY_ARN, "multiAz": True,
    "parameterGroupName": UNKNOWN, "publiclyAccessible": False, "backupRetentionPeriod": 35, "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql", "upgrade"], "monitoringInterval": 60, "autoMinorVersionUpgrade": True,
    "performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY_ARN, "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": KEY_ARN, "vpcSecurityGroupIds": UNKNOWN, "tags": BACKED_UP,
}  # fmt: skip
AURORA = {
    "deleteAutomatedBackups": False, "dbSubnetGroupName": UNKNOWN, "engine": "aurora-postgresql", "clusterIdentifier": "orders", "storageEncrypted": True, "kmsKeyId": KEY_ARN,
    "dbClusterParameterGroupName": UNKNOWN, "backupRetentionPeriod": 35, "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql"], "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": KEY_ARN, "vpcSecurityGroupIds": UNKNOWN, "tags": BACKED_UP,
}  # fmt: skip
DOCDB = {
    "clusterIdentifier": "charts", "vpcSecurityGroupIds": UNKNOWN, "dbSubnetGroupName": UNKNOWN, "storageEncrypted": True, "kmsKeyId": KEY_ARN, "backupRetentionPeriod": 35, "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["audit", "profiler"], "dbClusterParameterGroupName": UNKNOWN, "tags": BACKED_UP,
}  # fmt: skip
NEPTUNE = {
    "clusterIdentifier": "graph", "vpcSecurityGroupIds": UNKNOWN, "neptuneSubnetGroupName": UNKNOWN, "storageEncrypted": True, "kmsKeyArn": KEY_ARN, "backupRetentionPeriod": 35,
    "deletionProtection": True, "skipFinalSnapshot": False, "enableCloudwatchLogsExports": ["audit"], "tags": BACKED_UP,
}  # fmt: skip
CACHE = {
    "engine": "valkey", "atRestEncryptionEnabled": True, "kmsKeyId": KEY_ARN, "transitEncryptionEnabled": True,
    "transitEncryptionMode": "required", "userGroupIds": UNKNOWN, "subnetGroupName": UNKNOWN, "snapshotRetentionLimit": 15,
    "automaticFailoverEnabled": True, "multiAzEnabled": True, "securityGroupIds": UNKNOWN, "tags": CLASSIFIED,
}  # fmt: skip
RULE = {"schedule": "cron(0 5 * * ? *)", "lifecycle": {"deleteAfter": 35}}
MONTHLY = {
    "schedule": "cron(0 6 1 * ? *)",
    "lifecycle": {"deleteAfter": 2192},
    "copyActions": [{"destinationVaultArn": UNKNOWN}],
}
GROUP = f"{t.SECURITY_GROUP} data-group"
TABLE_COPY = {"kmsKeyArn": KEY_ARN, "pointInTimeRecovery": True, "deletionProtectionEnabled": True}
BY_TAG = {"selectionTags": [{"key": "backup", "value": "vault", "type": "STRINGEQUALS"}]}
GLOBAL = {
    "global": t.DB_GLOBAL_CLUSTER,
    "global-documents": t.DOCDB_GLOBAL_CLUSTER,
    "global-graph": t.NEPTUNE_GLOBAL_CLUSTER,
}
SUBNET_GROUPS = {
    "db-subnets": t.DB_SUBNET_GROUP, "cache-subnets": t.CACHE_SUBNET_GROUP, "documents-subnets": t.DOCDB_SUBNET_GROUP,
    "graph-subnets": t.NEPTUNE_SUBNET_GROUP, "memory-subnets": t.MEMORYDB_SUBNET_GROUP, "dax-subnets": t.DAX_SUBNET_GROUP,
}  # fmt: skip


def _exported(name: str) -> Any:
    props = {"name": name, "retentionInDays": 2192, "kmsKeyId": KEY_ARN, "deletionProtectionEnabled": True}
    return resource(t.LOG_GROUP, name, props, protect=True)


GOOD = {
    item.name: item
    for item in (
        resource(
            t.DB_CLUSTER, "aurora", AURORA,
            {"dbClusterParameterGroupName": f"{t.DB_CLUSTER_PARAMETERS} aurora-tls", "vpcSecurityGroupIds": GROUP}, protect=True,
        ),
        *(
            resource(
                t.DB_CLUSTER_INSTANCE, name,
                {"monitoringInterval": 60, "publiclyAccessible": False, "performanceInsightsEnabled": True,
                 "performanceInsightsKmsKeyId": KEY_ARN, "clusterIdentifier": UNKNOWN},
                CLUSTER,
            )
            for name in ("writer", "reader")
        ),
        resource(t.DB_CLUSTER_PARAMETERS, "aurora-tls", {"parameters": [{"name": "rds.force_ssl", "value": "1"}]}),
        resource(
            t.DB_INSTANCE, "rds", RDS, {"parameterGroupName": f"{t.DB_PARAMETERS} rds-tls", "vpcSecurityGroupIds": GROUP},
            protect=True,
        ),
        resource(
            t.DB_INSTANCE, "replica-db", {"replicateSourceDb": UNKNOWN, "tags": CLASSIFIED, "autoMinorVersionUpgrade": True, "monitoringInterval": 60,
                                          "identifier": "copy", "enabledCloudwatchLogsExports": ["postgresql"]}, protect=True,
        ),
        resource(t.DB_PARAMETERS, "rds-tls", {"parameters": [{"name": "rds.force_ssl", "value": "1"}]}),
        *(
            _exported(f"/aws/{name}")
            for name in (
                "rds/cluster/orders/postgresql", "rds/instance/records/postgresql", "rds/instance/records/upgrade",
                "rds/instance/copy/postgresql", "docdb/charts/audit", "docdb/charts/profiler", "neptune/graph/audit",
            )
        ),
        *(resource(type_, name, {"storageEncrypted": True, "deletionProtection": True}, protect=True) for name, type_ in GLOBAL.items()),
        resource(t.DB_PROXY, "proxy", {"requireTls": True, "vpcSecurityGroupIds": UNKNOWN}, {"vpcSecurityGroupIds": GROUP}),
        resource(t.DB_SNAPSHOT, "snapshot", {"sharedAccounts": ["123456789012"]}),
        resource(t.DB_CLUSTER_SNAPSHOT, "cluster-snapshot", {}),
        *(
            resource(type_, name, {"kmsKeyId": KEY_ARN, "sharedAccounts": ["123456789012"]})
            for type_, name in ((t.DB_SNAPSHOT_COPY, "snapshot-copy"), (t.DB_CLUSTER_SNAPSHOT_COPY, "cluster-snapshot-copy"))
        ),
        resource(
            t.DOCDB_CLUSTER, "documents", DOCDB,
            {"dbClusterParameterGroupName": f"{t.DOCDB_PARAMETERS} documents-tls", "vpcSecurityGroupIds": GROUP}, protect=True,
        ),
        resource(t.DOCDB_PARAMETERS, "documents-tls", {"parameters": [{"name": "tls", "value": "enabled"}]}),
        *(
            resource(type_, f"{cluster.rpartition(' ')[2]}-{number}", {"clusterIdentifier": UNKNOWN, **props}, {"clusterIdentifier": cluster})
            for type_, cluster, props in (
                (t.DOCDB_INSTANCE, f"{t.DOCDB_CLUSTER} documents",
                 {"enablePerformanceInsights": True, "performanceInsightsKmsKeyId": KEY_ARN}),
                (t.NEPTUNE_INSTANCE, f"{t.NEPTUNE_CLUSTER} graph", {"publiclyAccessible": False, "autoMinorVersionUpgrade": True}),
            )
            for number in (1, 2)
        ),
        resource(t.NEPTUNE_CLUSTER, "graph", NEPTUNE, {"vpcSecurityGroupIds": GROUP}, protect=True),
        resource(
            t.DOCDB_ELASTIC_CLUSTER, "elastic",
            {"kmsKeyId": KEY_ARN, "backupRetentionPeriod": 35, "subnetIds": UNKNOWN, "vpcSecurityGroupIds": UNKNOWN},
            {"subnetIds": SUBNET, "vpcSecurityGroupIds": GROUP}, protect=True,
        ),
        resource(
            t.DSQL_CLUSTER, "ledger",
            {"kmsEncryptionKey": KEY_ARN, "deletionProtectionEnabled": True, "forceDestroy": False, "tags": BACKED_UP}, protect=True,
        ),
        resource(t.LIGHTSAIL_DATABASE, "small", {"publiclyAccessible": False}),
        resource(
            t.DYNAMODB_TABLE, "table",
            {"billingMode": "PAY_PER_REQUEST", "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN},
             "pointInTimeRecovery": {"enabled": True}, "deletionProtectionEnabled": True, "tags": BACKED_UP,
             "replicas": [{"regionName": "us-west-2", **TABLE_COPY}]},
            protect=True,
        ),
        resource(t.DYNAMODB_REPLICA, "table-copy", TABLE_COPY, protect=True),
        resource(
            t.KEYSPACES_TABLE, "keyspace",
            {"encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": KEY_ARN},
             "pointInTimeRecovery": {"status": "ENABLED"}},
            protect=True,
        ),
        resource(t.DAX_CLUSTER, "dax", {"serverSideEncryption": {"enabled": True}, "securityGroupIds": UNKNOWN,
                                        "clusterEndpointEncryptionType": "TLS", "subnetGroupName": UNKNOWN},
                 {"securityGroupIds": GROUP}),
        resource(t.DMS_INSTANCE, "mover", {"publiclyAccessible": False, "kmsKeyArn": KEY_ARN, "autoMinorVersionUpgrade": True}),
        resource(t.CACHE_GROUP, "cache", CACHE, {"subnetGroupName": f"{t.CACHE_SUBNET_GROUP} cache-subnets",
                                                 "securityGroupIds": GROUP}, protect=True),
        resource(t.CACHE_CLUSTER, "cache-node", {"replicationGroupId": UNKNOWN, "tags": CLASSIFIED}),
        resource(
            t.CACHE_SERVERLESS, "serverless",
            {"engine": "valkey", "kmsKeyId": KEY_ARN, "userGroupId": UNKNOWN, "subnetIds": UNKNOWN, "snapshotRetentionLimit": 15,
             "securityGroupIds": UNKNOWN, "tags": CLASSIFIED},
            {"subnetIds": SUBNET, "securityGroupIds": GROUP}, protect=True,
        ),
        resource(t.CACHE_USER, "user", {"authenticationMode": {"type": "iam"}, "accessString": "on ~* +@all"}),
        resource(t.CACHE_USER, "locked-out", {"noPasswordRequired": True, "accessString": "off -@all"}),
        resource(
            t.MEMORYDB_CLUSTER, "memory",
            {"aclName": "people", "kmsKeyArn": KEY_ARN, "subnetGroupName": UNKNOWN, "snapshotRetentionLimit": 15,
             "securityGroupIds": UNKNOWN}, {"securityGroupIds": GROUP}, protect=True,
        ),
        resource(t.SUBNET, "data-subnet", {"tags": {"Tier": "data"}}),
        resource(t.ROUTE_TABLE, "data-table", {}),
        resource(t.ROUTE_TABLE_ASSOCIATION, "data-association", {"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
                 {"subnetId": SUBNET, "routeTableId": f"{t.ROUTE_TABLE} data-table"}),
        resource(t.INTERNET_GATEWAY, "gateway", {}),
        *(resource(type_, name, {"subnetIds": UNKNOWN}, {"subnetIds": SUBNET}) for name, type_ in SUBNET_GROUPS.items()),
        resource(t.SECURITY_GROUP, "data-group", {}),
        resource(t.INGRESS_RULE, "from-app", {"referencedSecurityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 5432,
                                              "toPort": 5432, "securityGroupId": UNKNOWN}, {"securityGroupId": GROUP}),
        resource(t.SECRET, "secret", {"kmsKeyId": KEY_ARN}, protect=True),
        resource(t.SECRET_ROTATION, "rotation", {"secretId": UNKNOWN, "rotationRules": {"automaticallyAfterDays": 30}},
                 {"secretId": f"{t.SECRET} secret"}),
        resource(t.SECRET, "issued", {"kmsKeyId": KEY_ARN, "tags": {"rotation": "external"}, "replicas": [
            {"region": "us-west-2", "kmsKeyId": KEY_ARN}]}, protect=True),
        resource(t.PARAMETER, "parameter", {"name": "/app/api-token", "type": "SecureString", "keyId": KEY_ARN}),
        resource(t.PARAMETER, "plain", {"name": "/app/size", "type": "String"}),
        resource(t.BACKUP_VAULT, "vault", {"kmsKeyArn": KEY_ARN, "tags": CLASSIFIED}, protect=True),
        resource(t.BACKUP_VAULT_LOCK, "lock", {"backupVaultName": UNKNOWN, "minRetentionDays": 35, "changeableForDays": 3}, LOCK),
        resource(t.BACKUP_AIR_GAPPED_VAULT, "sealed", {"encryptionKeyArn": KEY_ARN, "minRetentionDays": 35}, protect=True),
        resource(t.BACKUP_PLAN, "plan", {"rules": [RULE, MONTHLY]}),
        resource(t.BACKUP_SELECTION, "selection", BY_TAG),
    )
}  # fmt: skip


ENDLESS = "plan rules.0.lifecycle.deleteAfter"
UPGRADED = ("rds", "aurora", "writer", "graph-1")
OF_COPY = {"parameterGroupName": f"{t.DB_PARAMETERS} copy-tls"}
COPY_FORCES, COPY_ADMITS = (
    {
        "copy-tls": resource(
            t.DB_PARAMETERS, "copy-tls", {"parameters": [{"name": "rds.force_ssl", "value": value}]}
        )
    }
    for value in "10"
)
RANGES = {"cidrBlocks": ["10.20.0.0/16"], "ipv6CidrBlocks": ["2001:db8::/32"], "prefixListIds": ["pl-1"]}
LONE_NODE = {
    "engine": "memcached",
    "transitEncryptionEnabled": True,
    "subnetGroupName": UNKNOWN,
    "tags": CLASSIFIED,
}
OPEN_SUBNET = resource(t.SUBNET, "open-subnet", {"tags": {"Tier": "private"}})


def _route(refers: dict[str, str] | None = None, /, **props: Any) -> dict[str, Any]:
    """Add a route to the table of the data tier."""
    return extra(
        t.ROUTE,
        {"routeTableId": UNKNOWN, **props},
        {"routeTableId": f"{t.ROUTE_TABLE} data-table", **(refers or {})},
    )


def _inline(**route: Any) -> dict[str, Any]:
    """Add a route inside the table of the data tier."""
    return {"data-table routes": [route]}


def _let_in(**props: Any) -> dict[str, Any]:
    """Add a rule to the group of the data tier."""
    return extra(t.SECURITY_GROUP_RULE, {"securityGroupId": UNKNOWN, **props}, {"securityGroupId": GROUP})


def _copy(refers: dict[str, str] | None = None, /, **props: Any) -> dict[str, Any]:
    """Change the replica of the database."""
    return {"replica-db": resource(t.DB_INSTANCE, "replica-db", {"replicateSourceDb": UNKNOWN, **props},
                                   {"replicateSourceDb": f"{t.DB_INSTANCE} rds", **(refers or {})}, protect=True)}  # fmt: skip


def _in_an_open_subnet(name: str) -> dict[str, Any]:
    """Put one group of subnets, or one store, into a subnet of another tier."""
    found = GOOD[name]
    props, refers = {**found.props, "subnetIds": UNKNOWN}, {"subnetIds": f"{t.SUBNET} open-subnet"}
    return {"open-subnet": OPEN_SUBNET, name: resource(found.type, name, props, refers)}


def _chosen(**condition: str) -> dict[str, Any]:
    """Select by one condition on the tag `backup`."""
    tests = {kind: [{"key": "aws:ResourceTag/backup", "value": value}] for kind, value in condition.items()}
    return {
        "selection": resource(t.BACKUP_SELECTION, "selection", {"resources": ["*"], "conditions": [tests]})
    }


def _node(**props: Any) -> dict[str, Any]:
    """Make the cache's node one of its own."""
    return {"cache-node": resource(t.CACHE_CLUSTER, "cache-node", {**LONE_NODE, **props})}


ROWS: dict[str, Rows] = {
    "database-is-encrypted": flags(
        *(f"{name} storageEncrypted" for name in ("aurora", "rds", "documents", "graph", *GLOBAL)), "dax serverSideEncryption.enabled",
        compliant=[{f"{name} storageEncrypted": GONE, f"{name} sourceDbClusterIdentifier": "arn:aws:rds:us-east-1:123456789012:cluster:x"}
                   for name in GLOBAL],
    ),
    "database-uses-own-key": own_keys(
        "aurora kmsKeyId", "rds kmsKeyId", "documents kmsKeyId", "table serverSideEncryption.kmsKeyArn", "snapshot-copy kmsKeyId",
        "keyspace encryptionSpecification.kmsKeyIdentifier", "rds performanceInsightsKmsKeyId", "rds masterUserSecretKmsKeyId",
        "aurora masterUserSecretKmsKeyId", "writer performanceInsightsKmsKeyId", "cluster-snapshot-copy kmsKeyId", "graph kmsKeyArn",
        "elastic kmsKeyId", "ledger kmsEncryptionKey", "documents-1 performanceInsightsKmsKeyId", "table replicas.0.kmsKeyArn",
        "table-copy kmsKeyArn",
        compliant=[
            {"rds performanceInsightsEnabled": False, "rds performanceInsightsKmsKeyId": GONE}, _copy(kmsKeyId=KEY_ARN),
            {"aurora performanceInsightsEnabled": True, "aurora performanceInsightsKmsKeyId": KEY_ARN},
            {"documents-1 enablePerformanceInsights": False, "documents-1 performanceInsightsKmsKeyId": GONE},
            {"table serverSideEncryption": UNKNOWN},
        ],
        violating=[
            {"aurora performanceInsightsEnabled": True}, {"ledger kmsEncryptionKey": "AWS_OWNED_KMS_KEY"},
            {"table serverSideEncryption.enabled": False}, _copy(kmsKeyId="alias/aws/rds"),
        ],
    ),
    "database-refuses-plain-connections": Rows(
        compliant=(
            {"aurora engine": "aurora-mysql", "aurora-tls parameters": [{"name": "require_secure_transport", "value": "ON"}]},
            {"rds engine": "mysql", "rds-tls parameters": [{"name": "require_secure_transport", "value": "1"}]},
            {"rds engine": "oracle-ee"}, {"documents-tls": GONE}, {"documents-tls parameters": []},
            _copy(OF_COPY, parameterGroupName=UNKNOWN) | COPY_FORCES, _copy({}, parameterGroupName="default.postgres17") | {"rds engine": "oracle-ee"},
        ),
        violating=[
            {"aurora-tls parameters.0.value": "0"}, {"rds-tls parameters.0.value": "0"}, {"documents-tls parameters.0.value": "disabled"},
            {"rds engine": "mariadb"}, {"rds engine": "sqlserver-se", "rds-tls": GONE},
            _copy(OF_COPY, parameterGroupName=UNKNOWN) | COPY_ADMITS, _copy({}, parameterGroupName="default.postgres17"),
        ],
        missing=[
            {"rds-tls parameters": GONE}, {"aurora-tls parameters.0.value": GONE}, {"rds-tls": GONE}, {"aurora-tls": GONE},
            {"rds engine": GONE},
        ],
        unknown=[
            {"aurora-tls parameters": UNKNOWN}, {"rds-tls parameters.0.value": UNKNOWN}, {"rds engine": UNKNOWN},
            {"documents-tls parameters": UNKNOWN},
        ],
    ),
    "database-proxy-requires-tls": flags("proxy requireTls"),
    "database-is-not-public": Rows(
        compliant=({"rds publiclyAccessible": GONE, "writer publiclyAccessible": GONE},),
        violating=[{f"{name} publiclyAccessible": True} for name in ("rds", "writer", "aurora", "mover", "graph-1", "small")],
        missing=[{"mover publiclyAccessible": GONE}],
        unknown=[{"rds publiclyAccessible": UNKNOWN}, {"mover publiclyAccessible": UNKNOWN}],
    ),
    "database-snapshot-is-not-shared": Rows(
        violating=[{"snapshot sharedAccounts": ["all"]}, {"cluster-snapshot sharedAccounts": ["123456789012", "all"]},
                   {"snapshot-copy sharedAccounts": ["all"]}, {"cluster-snapshot-copy sharedAccounts": ["all"]}],
        missing=[{"snapshot sharedAccounts": GONE}],
        missing_is_fine=True,
        unknown=[{"snapshot sharedAccounts": UNKNOWN}, {"snapshot sharedAccounts": [UNKNOWN]}],
    ),
    "database-keeps-backups": Rows(
        compliant=({"rds backupRetentionPeriod": 35.0},),
        violating=[{"rds backupRetentionPeriod": 34}, {"aurora backupRetentionPeriod": 0}, {"table pointInTimeRecovery.enabled": False},
                   {"keyspace pointInTimeRecovery.status": "DISABLED"}, {"documents backupRetentionPeriod": 1},
                   {"graph backupRetentionPeriod": 1}, {"elastic backupRetentionPeriod": 1},
                   {"table replicas.0.pointInTimeRecovery": False}, {"table-copy pointInTimeRecovery": False}],
        missing=[{"rds backupRetentionPeriod": GONE}, {"table pointInTimeRecovery": GONE}, {"table replicas.0.pointInTimeRecovery": GONE}],
        unknown=[{"rds backupRetentionPeriod": UNKNOWN}, {"table pointInTimeRecovery.enabled": UNKNOWN}, {"table replicas": UNKNOWN}],
    ),
    "database-spans-zones": Rows(
        compliant=({"aurora dbClusterInstanceClass": "db.m6gd.large", "reader": GONE},),
        violating=[{"rds multiAz": False}, {"reader": GONE}],
        missing=[{"rds multiAz": GONE}, {"writer": GONE, "reader": GONE}, {"documents-2": GONE}, {"graph-2": GONE}],
        unknown=[{"rds multiAz": UNKNOWN}],
    ),
    "database-takes-minor-upgrades": Rows(
        compliant=tuple({f"{name} autoMinorVersionUpgrade": GONE} for name in UPGRADED),
        violating=[{f"{name} autoMinorVersionUpgrade": False} for name in (*UPGRADED, "mover")],
        missing=[{"mover autoMinorVersionUpgrade": GONE}],
        unknown=[{f"{name} autoMinorVersionUpgrade": UNKNOWN} for name in (*UPGRADED, "mover")],
    ),
    "database-exports-its-logs": Rows(
        compliant=(
            {"aurora enabledCloudwatchLogsExports": ["postgresql", "iam-db-auth-error"]},
            extra(t.NEPTUNE_CLUSTER, {"enableCloudwatchLogsExports": ["audit"]}),
        ),
        violating=[
            {"rds enabledCloudwatchLogsExports": ["postgresql"]}, {"aurora enabledCloudwatchLogsExports": []},
            {"aurora engine": "aurora-mysql"}, {"documents enabledCloudwatchLogsExports": ["audit"]},
            {"replica-db enabledCloudwatchLogsExports": []},
        ],
        missing=[{"rds enabledCloudwatchLogsExports": GONE}],
        unknown=[{"rds enabledCloudwatchLogsExports": UNKNOWN}, {"rds enabledCloudwatchLogsExports": ["postgresql", UNKNOWN]}],
    ),
    "database-is-monitored-in-detail": Rows(
        compliant=(
            {"writer monitoringInterval": 0, "reader monitoringInterval": GONE, "aurora monitoringInterval": 60},
            {"writer monitoringInterval": 0, "writer clusterIdentifier": UNKNOWN, "aurora monitoringInterval": 60},
        ),
        violating=[{"rds monitoringInterval": 0}, {"writer monitoringInterval": 0}],
        missing=[{"rds monitoringInterval": GONE}],
        unknown=[{"rds monitoringInterval": UNKNOWN}],
    ),
    "log-group-is-declared": Rows(
        compliant=({"rds enabledCloudwatchLogsExports": [], "/aws/rds/instance/records/upgrade": GONE},),
        violating=[
            {"/aws/rds/cluster/orders/postgresql": GONE}, {"rds identifier": "other"}, {"/aws/docdb/charts/audit": GONE},
            {"/aws/neptune/graph/audit": GONE},
        ],
        missing=[{"rds identifier": GONE}],
        unknown=[{"rds identifier": UNKNOWN}, {"aurora clusterIdentifier": UNKNOWN}, {"/aws/rds/instance/records/upgrade name": UNKNOWN}, {"rds enabledCloudwatchLogsExports": UNKNOWN}],
    ),
    "cache-is-encrypted": Rows(
        violating=[{"cache atRestEncryptionEnabled": False}, {"cache-node replicationGroupId": GONE}],
        missing=[{"cache atRestEncryptionEnabled": GONE}],
        unknown=[{"cache atRestEncryptionEnabled": UNKNOWN}],
    ),
    "cache-uses-own-key": own_keys("cache kmsKeyId", "serverless kmsKeyId", "memory kmsKeyArn"),
    "cache-traffic-is-encrypted": Rows(
        compliant=({"cache transitEncryptionMode": GONE}, {"memory tlsEnabled": True}, _node()),
        violating=[{"cache transitEncryptionEnabled": False}, {"cache transitEncryptionMode": "preferred"}, {"memory tlsEnabled": False},
                   {"cache-node replicationGroupId": GONE}, {"dax clusterEndpointEncryptionType": "NONE"}],
        missing=[{"cache transitEncryptionEnabled": GONE}, {"dax clusterEndpointEncryptionType": GONE}],
        unknown=[{"cache transitEncryptionEnabled": UNKNOWN}, {"cache transitEncryptionMode": UNKNOWN}, {"memory tlsEnabled": UNKNOWN},
                 {"dax clusterEndpointEncryptionType": UNKNOWN}],
    ),
    "cache-asks-who-connects": Rows(
        compliant=({"cache userGroupIds": GONE, "cache authToken": UNKNOWN}, {"user authenticationMode": {"type": "password"}},
                   {"cache userGroupIds": GONE, "cache authTokenWo": UNKNOWN},
                   {"user authenticationMode": GONE, "user passwords": [UNKNOWN]}, {"user authenticationMode": GONE, "user passwordsWo": UNKNOWN}),
        violating=[
            {"user noPasswordRequired": True}, {"user authenticationMode.type": "no-password-required"}, {"memory aclName": "open-access"},
            {"locked-out accessString": "on ~* +@all"}, {"serverless engine": "memcached"}, {"cache userGroupIds": []}, _node(),
        ],
        missing=[{"user authenticationMode": GONE}, {"cache userGroupIds": GONE}, {"serverless userGroupId": GONE}, {"memory aclName": GONE}],
        unknown=[{"cache userGroupIds": UNKNOWN}, {"serverless userGroupId": UNKNOWN}],
    ),
    "cache-is-in-a-vpc": required(
        "cache subnetGroupName", "serverless subnetIds", "memory subnetGroupName", "dax subnetGroupName", compliant=[_node()],
        violating=[{"serverless subnetIds": []}, {"cache subnetGroupName": "default"}, _node(subnetGroupName="default")],
    ),
    "cache-keeps-snapshots": Rows(
        compliant=({"serverless engine": "memcached", "serverless snapshotRetentionLimit": GONE}, _node(),
                   _node(engine="redis", snapshotRetentionLimit=15)),
        violating=[{"cache snapshotRetentionLimit": 14}, _node(engine="redis", snapshotRetentionLimit=1), {"serverless snapshotRetentionLimit": 0}, {"memory snapshotRetentionLimit": 1}],
        missing=[{"cache snapshotRetentionLimit": GONE}],
        unknown=[{"cache snapshotRetentionLimit": UNKNOWN}],
    ),
    "cache-spans-zones": flags("cache automaticFailoverEnabled", "cache multiAzEnabled"),
    "secret-uses-own-key": own_keys(
        "secret kmsKeyId", "issued replicas.0.kmsKeyId", "parameter keyId", compliant=[{"issued replicas": GONE}]
    ),
    "parameter-holds-no-secret": choices(
        {"plain type": ["StringList", "SecureString"]}, {"parameter type": ["String"]}
    ),
    "secret-rotates": Rows(
        compliant=(
            *({"rotation rotationRules": {"scheduleExpression": schedule}} for schedule in (
                "rate(30 days)", "rate(12 hours)", "cron(0 4 1 * ? *)", "cron(0 4 L 1/2 ? *)", "cron(0 4 ? * SUN *)")),
            {"secret tags": {"rotation": "redeploy"}, "rotation": GONE},
        ),
        violating=[*({"rotation rotationRules": {"scheduleExpression": schedule}} for schedule in (
                       "rate(91 days)", "rate(9999 hours)", "cron(0 4 1 1/3 ? *)", "cron(0 4 1 JAN ? *)", "cron(0 4 31 1/2 ? *)",
                       "cron(0 4 1 * ? 2027)", "cron(0 4 1 */0 ? *)", "daily")),
                   {"rotation rotationRules.automaticallyAfterDays": 91}, {"rotation rotationEnabled": False},
                   {"issued tags.rotation": "never"}],
        missing=[{"rotation": GONE}, {"rotation rotationRules": GONE}, {"issued tags": GONE}],
        unknown=[{"rotation rotationRules.automaticallyAfterDays": UNKNOWN}, {"issued tags": UNKNOWN},
                 {"rotation rotationRules": {"scheduleExpression": UNKNOWN}}],
    ),
    "backup-plan-keeps-backups": Rows(
        compliant=(
            {"plan rules.1.lifecycle": GONE}, {"plan rules.0.lifecycle": GONE}, {"plan rules.0.schedule": "rate(12 hours)"},
            {"plan rules.0.schedule": "rate(1 day)"}, {"plan rules.0.schedule": "cron(30 * * * ? *)"},
            {"plan rules.0.schedule": UNKNOWN},
        ),
        violating=[{ENDLESS: 34}, {"plan rules.0.schedule": "cron(0 5 ? * SUN *)"}, {"plan rules.0.schedule": "rate(2 days)"},
                   {"plan rules.1.lifecycle.deleteAfter": 365}, {"plan rules": []}, {"plan rules.1.copyActions": []}],
        missing=[{"plan rules": GONE}, {"plan rules.0.schedule": GONE}],
        unknown=[{ENDLESS: UNKNOWN}, {"plan rules": UNKNOWN}],
    ),
    "backup-vault-uses-own-key": own_keys("vault kmsKeyArn", "sealed encryptionKeyArn"),
    "backup-vault-is-locked": Rows(
        compliant=({"lock minRetentionDays": 365.0}, {"vault forceDestroy": False}),
        violating=[{"lock minRetentionDays": 34}, {"vault forceDestroy": True}],
        missing=[{"lock": GONE}, {"lock minRetentionDays": GONE}, {"lock changeableForDays": GONE}],
        unknown=[{"lock minRetentionDays": UNKNOWN}, {"lock changeableForDays": UNKNOWN}, {"vault forceDestroy": UNKNOWN}],
    ),
    "data-store-is-in-a-backup-plan": Rows(
        compliant=(
            {"selection selectionTags": GONE, "selection resources": ["*"]}, {"selection notResources": ["arn:aws:s3:*"]},
            {"selection selectionTags": GONE, "selection resources": [
                f"arn:aws-us-gov:{service}:*" for service in ("rds", "dynamodb", "dsql")]},
            *(_chosen(**condition) for condition in ({"stringLike": "va*"}, {"stringNotEquals": "other"}, {"stringNotLike": "o*"})),
        ),
        violating=[
            {"rds tags.backup": "other"}, {"selection selectionTags.0.value": "x"}, {"selection notResources": ["arn:aws:dynamodb:*"]},
            {"selection": resource(t.BACKUP_SELECTION, "selection", {**BY_TAG, "notResources": UNKNOWN}, {"notResources": f"{t.DB_INSTANCE} rds"})},
            *(_chosen(**condition) for condition in ({"stringLike": "o*"}, {"stringNotEquals": "vault"}, {"stringNotLike": "va*"})),
        ],
        missing=[{f"{name} tags": GONE} for name in ("rds", "table", "graph", "ledger")],
        unknown=[{"rds tags": UNKNOWN}, {"selection selectionTags": UNKNOWN}, {**_chosen(stringNotEquals="other"), "rds tags": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        compliant=({"rds skipFinalSnapshot": False}, {"issued recoveryWindowInDays": 7}),
        violating=[
            *({name: {"protect": False}} for name in ("aurora", "rds", "cache", "serverless", "vault", "table", "memory")),
            {"rds deletionProtection": False}, {"aurora skipFinalSnapshot": True}, {"rds deleteAutomatedBackups": True},
            {"secret recoveryWindowInDays": 0},
            {"vault forceDestroy": True}, {"table deletionProtectionEnabled": False}, {"graph deletionProtection": False},
            *({f"{name} deletionProtection": False} for name in GLOBAL), {"ledger deletionProtectionEnabled": False}, {"table-copy deletionProtectionEnabled": False},
            {"table replicas.0.deletionProtectionEnabled": False}, {"ledger forceDestroy": True}, {"global forceDestroy": True},
            {"documents skipFinalSnapshot": True}, {"graph skipFinalSnapshot": True},
        ],
        missing=[{"rds deletionProtection": GONE}, {"aurora deletionProtection": GONE}, {"aurora deleteAutomatedBackups": GONE}],
        unknown=[{"rds deletionProtection": UNKNOWN}, {"aurora skipFinalSnapshot": UNKNOWN}, {"secret recoveryWindowInDays": UNKNOWN}, {"table replicas": UNKNOWN}],
    ),
    "database-sits-in-the-data-tier": Rows(
        compliant=(
            {"data-subnet tags": {"SubnetType": "Isolated"}}, _route(transitGatewayId=UNKNOWN, destinationCidrBlock="10.90.0.0/16"),
            _inline(cidrBlock="10.90.0.0/16", transitGatewayId=UNKNOWN), _inline(cidrBlock="10.90.0.0/16", gatewayId="vgw-1"), _route(gatewayId="vgw-1", destinationCidrBlock="10.90.0.0/16"),
            {"db-subnets": resource(t.DB_SUBNET_GROUP, "db-subnets", {"subnetIds": ["subnet-1"]})},
        ),
        violating=[
            {"data-subnet tags.Tier": "private"}, {"rds dbSubnetGroupName": "default"}, *map(_in_an_open_subnet, (*SUBNET_GROUPS, "serverless", "elastic")),
            *(add(**{name: UNKNOWN}) for add in (_route, _inline) for name in ("natGatewayId", "egressOnlyGatewayId")),
            _route({"gatewayId": f"{t.INTERNET_GATEWAY} gateway"}, gatewayId=UNKNOWN, destinationCidrBlock="192.0.2.0/24"),
            _route(gatewayId="igw-1", destinationCidrBlock="192.0.2.0/24"), _inline(gatewayId="igw-1", cidrBlock="192.0.2.0/24"),
            *(_route(networkInterfaceId=UNKNOWN, destinationCidrBlock=block) for block in ("0.0.0.0/0", "128.0.0.0/1")),
            _route(transitGatewayId=UNKNOWN, destinationIpv6CidrBlock="::/0"), _route(transitGatewayId=UNKNOWN, destinationCidrBlock="0.0.0.0/0"),
            _inline(networkInterfaceId=UNKNOWN, cidrBlock="0.0.0.0/0"), _inline(transitGatewayId=UNKNOWN, ipv6CidrBlock="::/0"),
            {"data-subnet id": "subnet-1", "db-subnets subnetIds": ["subnet-1", "subnet-of-nobody"]},
        ],
        missing=[
            {"data-subnet tags": GONE}, *({f"{name} dbSubnetGroupName": GONE} for name in ("rds", "aurora", "documents")),
            {"graph neptuneSubnetGroupName": GONE},
        ],
        unknown=[
            {"data-subnet tags": UNKNOWN}, {"data-table routes": UNKNOWN},
            {"db-subnets": resource(t.DB_SUBNET_GROUP, "db-subnets", {"subnetIds": UNKNOWN})},
        ],
    ),
    "database-lets-in-named-groups": Rows(
        compliant=(_let_in(type="egress", cidrBlocks=["10.0.0.0/8"]),),
        violating=[
            {"from-app cidrIpv4": "10.20.0.0/16"}, {"from-app cidrIpv6": "2001:db8::/32"}, {"from-app prefixListId": "pl-1"},
            *({"data-group ingress": [{name: values}]} for name, values in RANGES.items()),
            *(_let_in(type="ingress", **{name: values}) for name, values in RANGES.items()), {"rds vpcSecurityGroupIds": []},
        ],
        missing=[*({f"{name} vpcSecurityGroupIds": GONE} for name in ("rds", "documents", "elastic", "graph")),
                 *({f"{name} securityGroupIds": GONE} for name in ("cache", "memory", "dax"))],
        unknown=[{"rds vpcSecurityGroupIds": UNKNOWN}, {"data-group": GONE}],
    ),
}  # fmt: skip
