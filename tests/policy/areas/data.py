"""Databases, caches, secrets, backups and the network they sit in."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    extra,
    flags,
    own_keys,
    resource,
    switches,
    there,
    words,
)

OTHER_SUBNET = resource(t.SUBNET, "other-subnet", {"id": "subnet-2", "tags": {"Tier": "private"}})
BACKED_UP = {"backup": "vault", **CLASSIFIED}
SUBNET = f"{t.SUBNET} data-subnet"
CLUSTER = {"clusterIdentifier": f"{t.DB_CLUSTER} aurora"}
LOCK = {"backupVaultName": f"{t.BACKUP_VAULT} vault"}
RDS = {
    "deleteAutomatedBackups": False, "engine": "postgres", "identifier": "records", "storageEncrypted": True, "kmsKeyId": KEY_ARN, "multiAz": True,
    "parameterGroupName": UNKNOWN, "publiclyAccessible": False, "backupRetentionPeriod": 35, "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql", "upgrade"], "monitoringInterval": 60, "autoMinorVersionUpgrade": True,
    "performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY_ARN, "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": KEY_ARN, "vpcSecurityGroupIds": UNKNOWN, "tags": BACKED_UP,
}  # fmt: skip
AURORA = {
    "deleteAutomatedBackups": False, "engine": "aurora-postgresql", "clusterIdentifier": "orders", "storageEncrypted": True, "kmsKeyId": KEY_ARN,
    "dbClusterParameterGroupName": UNKNOWN, "backupRetentionPeriod": 35, "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql"], "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": KEY_ARN, "vpcSecurityGroupIds": UNKNOWN, "tags": BACKED_UP,
}  # fmt: skip
DOCDB = {
    "clusterIdentifier": "charts", "storageEncrypted": True, "kmsKeyId": KEY_ARN, "backupRetentionPeriod": 35, "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["audit", "profiler"], "dbClusterParameterGroupName": UNKNOWN, "skipFinalSnapshot": False,
    "vpcSecurityGroupIds": UNKNOWN, "tags": BACKED_UP,
}  # fmt: skip
GRAPH = {
    "clusterIdentifier": "graph", "storageEncrypted": True, "kmsKeyArn": KEY_ARN, "backupRetentionPeriod": 35, "deletionProtection": True, "skipFinalSnapshot": False,
    "enableCloudwatchLogsExports": ["audit"], "vpcSecurityGroupIds": UNKNOWN, "tags": BACKED_UP,
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
SUBNET_GROUPS = {
    "db": t.DB_SUBNET_GROUP, "documents": t.DOCDB_SUBNET_GROUP, "graph": t.NEPTUNE_SUBNET_GROUP, "cache": t.CACHE_SUBNET_GROUP,
    "memory": t.MEMORYDB_SUBNET_GROUP, "dax": t.DAX_SUBNET_GROUP,
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
                 "performanceInsightsKmsKeyId": KEY_ARN},
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
        resource(t.DB_GLOBAL_CLUSTER, "global", {"storageEncrypted": True, "deletionProtection": True}, protect=True),
        resource(t.DB_PROXY, "proxy", {"requireTls": True, "vpcSecurityGroupIds": UNKNOWN}, {"vpcSecurityGroupIds": GROUP}),
        resource(t.DB_SNAPSHOT, "snapshot", {"sharedAccounts": ["123456789012"]}),
        resource(t.DB_CLUSTER_SNAPSHOT, "cluster-snapshot", {}),
        resource(t.DB_SNAPSHOT_COPY, "snapshot-copy", {"kmsKeyId": KEY_ARN}),
        resource(t.DB_CLUSTER_SNAPSHOT_COPY, "cluster-copy", {"kmsKeyId": KEY_ARN}),
        resource(t.LIGHTSAIL_DATABASE, "small", {"publiclyAccessible": False}),
        resource(t.NEPTUNE_CLUSTER, "graph", GRAPH, {"vpcSecurityGroupIds": GROUP}, protect=True),
        *(
            resource(t.NEPTUNE_INSTANCE, name, {"clusterIdentifier": UNKNOWN, "publiclyAccessible": False, "autoMinorVersionUpgrade": True},
                     {"clusterIdentifier": f"{t.NEPTUNE_CLUSTER} graph"})
            for name in ("graph-1", "graph-2")
        ),
        resource(t.DSQL_CLUSTER, "spread", {"kmsEncryptionKey": KEY_ARN, "deletionProtectionEnabled": True, "forceDestroy": False},
                 protect=True),
        resource(t.DOCDB_ELASTIC_CLUSTER, "elastic", {"kmsKeyId": KEY_ARN, "backupRetentionPeriod": 35}, protect=True),
        resource(
            t.DOCDB_CLUSTER, "documents", DOCDB,
            {"dbClusterParameterGroupName": f"{t.DOCDB_PARAMETERS} documents-tls", "vpcSecurityGroupIds": GROUP}, protect=True,
        ),
        resource(t.DOCDB_PARAMETERS, "documents-tls", {"parameters": [{"name": "tls", "value": "enabled"}]}),
        *(
            resource(t.DOCDB_INSTANCE, name, {"clusterIdentifier": UNKNOWN, "enablePerformanceInsights": True,
                                              "performanceInsightsKmsKeyId": KEY_ARN}, {"clusterIdentifier": f"{t.DOCDB_CLUSTER} documents"})
            for name in ("documents-1", "documents-2")
        ),
        resource(
            t.DYNAMODB_TABLE, "table",
            {"billingMode": "PAY_PER_REQUEST", "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN},
             "pointInTimeRecovery": {"enabled": True}, "deletionProtectionEnabled": True, "tags": BACKED_UP},
            protect=True,
        ),
        resource(
            t.KEYSPACES_TABLE, "keyspace",
            {"encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": KEY_ARN},
             "pointInTimeRecovery": {"status": "ENABLED"}},
            protect=True,
        ),
        resource(t.DAX_CLUSTER, "dax", {"serverSideEncryption": {"enabled": True}, "securityGroupIds": UNKNOWN}, {"securityGroupIds": GROUP}),
        resource(t.DMS_INSTANCE, "mover", {"publiclyAccessible": False, "kmsKeyArn": KEY_ARN}),
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
        resource(t.NAT_GATEWAY, "nat", {}),
        resource(t.INTERNET_GATEWAY, "gateway", {}),
        *(resource(type_, f"{name}-subnets", {"subnetIds": UNKNOWN}, {"subnetIds": SUBNET}) for name, type_ in SUBNET_GROUPS.items()),
        resource(t.SECURITY_GROUP, "data-group", {}),
        resource(t.INGRESS_RULE, "from-app", {"referencedSecurityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 5432,
                                              "toPort": 5432}, {"securityGroupId": GROUP}),
        resource(t.SECRET, "secret", {"kmsKeyId": KEY_ARN}, protect=True),
        resource(t.SECRET_ROTATION, "rotation", {"secretId": UNKNOWN, "rotationRules": {"automaticallyAfterDays": 30}},
                 {"secretId": f"{t.SECRET} secret"}),
        resource(t.SECRET, "issued", {"kmsKeyId": KEY_ARN, "tags": {"rotation": "external"}, "replicas": [
            {"region": "us-west-2", "kmsKeyId": KEY_ARN}]}, protect=True),
        resource(t.PARAMETER, "parameter", {"name": "/app/api-token", "type": "SecureString", "keyId": KEY_ARN}),
        resource(t.PARAMETER, "plain", {"name": "/app/size", "type": "String"}),
        resource(t.BACKUP_VAULT, "vault", {"kmsKeyArn": KEY_ARN, "tags": CLASSIFIED}, protect=True),
        resource(t.BACKUP_VAULT_LOCK, "lock", {"backupVaultName": UNKNOWN, "minRetentionDays": 35, "changeableForDays": 3}, LOCK),
        resource(t.BACKUP_PLAN, "plan", {"rules": [RULE, MONTHLY]}),
        resource(t.BACKUP_SELECTION, "selection", {"selectionTags": [{"key": "backup", "value": "vault", "type": "STRINGEQUALS"}]}),
    )
}  # fmt: skip


ENDLESS = "plan rules.0.lifecycle.deleteAfter"
OUT = {"routeTableId": f"{t.ROUTE_TABLE} data-table"}
IN = {"securityGroupId": GROUP}

ROWS: dict[str, Rows] = {
    "database-is-encrypted": flags(
        "aurora storageEncrypted", "rds storageEncrypted", "global storageEncrypted", "documents storageEncrypted",
        "graph storageEncrypted", "dax serverSideEncryption.enabled",
        also=[{"global storageEncrypted": GONE, "global sourceDbClusterIdentifier": UNKNOWN}],
    ),
    "database-uses-own-key": own_keys(
        "aurora kmsKeyId", "rds kmsKeyId", "documents kmsKeyId", "table serverSideEncryption.kmsKeyArn", "snapshot-copy kmsKeyId",
        "keyspace encryptionSpecification.kmsKeyIdentifier", "rds performanceInsightsKmsKeyId", "rds masterUserSecretKmsKeyId",
        "aurora masterUserSecretKmsKeyId", "writer performanceInsightsKmsKeyId", "graph kmsKeyArn", "spread kmsEncryptionKey",
        "elastic kmsKeyId", "cluster-copy kmsKeyId", "documents-1 performanceInsightsKmsKeyId",
        compliant=[{"rds performanceInsightsEnabled": False, "rds performanceInsightsKmsKeyId": GONE},
                   {"aurora performanceInsightsEnabled": True, "aurora performanceInsightsKmsKeyId": KEY_ARN}],
        violating=[{"aurora performanceInsightsEnabled": True}],
    ),
    "database-refuses-plain-connections": Rows(
        compliant=(
            {"aurora engine": "aurora-mysql", "aurora-tls parameters": [{"name": "require_secure_transport", "value": "ON"}]},
            {"rds engine": "mysql", "rds-tls parameters": [{"name": "require_secure_transport", "value": "1"}]},
            {"rds engine": "oracle-ee"}, {"documents-tls": GONE}, {"documents-tls parameters": []},
        ),
        violating=[
            {"aurora-tls parameters.0.value": "0"}, {"rds-tls parameters.0.value": "0"}, {"documents-tls parameters.0.value": "disabled"},
            {"rds engine": "mariadb"}, {"rds engine": "sqlserver-se", "rds-tls": GONE},
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
        violating=[{"rds publiclyAccessible": True}, {"writer publiclyAccessible": True}, {"aurora publiclyAccessible": True},
                   {"mover publiclyAccessible": True}, {"graph-1 publiclyAccessible": True}, {"small publiclyAccessible": True}],
        missing=[{"mover publiclyAccessible": GONE}],
        unknown=[{"rds publiclyAccessible": UNKNOWN}, {"mover publiclyAccessible": UNKNOWN}],
    ),
    "database-snapshot-is-not-shared": Rows(
        violating=[{"snapshot sharedAccounts": ["all"]}, {"cluster-snapshot sharedAccounts": ["123456789012", "all"]},
                   {"snapshot-copy sharedAccounts": ["all"]}, {"cluster-copy sharedAccounts": ["all"]}],
        missing=[{"snapshot sharedAccounts": GONE}],
        missing_is_fine=True,
        unknown=[{"snapshot sharedAccounts": UNKNOWN}, {"snapshot sharedAccounts": [UNKNOWN]}],
    ),
    "database-keeps-backups": Rows(
        compliant=({"rds backupRetentionPeriod": 35.0},),
        violating=[{"rds backupRetentionPeriod": 34}, {"aurora backupRetentionPeriod": 0}, {"table pointInTimeRecovery.enabled": False},
                   {"keyspace pointInTimeRecovery.status": "DISABLED"}, {"documents backupRetentionPeriod": 1}, {"graph backupRetentionPeriod": 34},
                   {"elastic backupRetentionPeriod": 1}],
        missing=[{"rds backupRetentionPeriod": GONE}, {"table pointInTimeRecovery": GONE}],
        unknown=[{"rds backupRetentionPeriod": UNKNOWN}, {"table pointInTimeRecovery.enabled": UNKNOWN}],
    ),
    "database-spans-zones": Rows(
        compliant=({"aurora dbClusterInstanceClass": "db.m6gd.large", "reader": GONE},),
        violating=[{"rds multiAz": False}, {"reader": GONE}],
        missing=[{"rds multiAz": GONE}, {"writer": GONE, "reader": GONE}, {"documents-2": GONE}, {"graph-2": GONE}],
        unknown=[{"rds multiAz": UNKNOWN}],
    ),
    "database-takes-minor-upgrades": switches(
        "rds autoMinorVersionUpgrade", "writer autoMinorVersionUpgrade", "mover autoMinorVersionUpgrade", "graph-1 autoMinorVersionUpgrade",
        "aurora autoMinorVersionUpgrade", on=True,
        # Accepted where the configuration says that versions are pinned.
        violating=[{f"{name} engineVersion": "16.4", f"{name} autoMinorVersionUpgrade": False} for name in ("rds", "aurora", "mover")],
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
        violating=[{"cache atRestEncryptionEnabled": False}, {"cache-node replicationGroupId": GONE, "cache-node engine": "redis"}],
        missing=[{"cache atRestEncryptionEnabled": GONE}],
        unknown=[{"cache atRestEncryptionEnabled": UNKNOWN}],
    ),
    "cache-uses-own-key": own_keys("cache kmsKeyId", "serverless kmsKeyId", "memory kmsKeyArn"),
    "cache-traffic-is-encrypted": Rows(
        compliant=({"cache transitEncryptionMode": GONE}, {"memory tlsEnabled": True},
                   {"cache-node replicationGroupId": GONE, "cache-node transitEncryptionEnabled": True}),
        violating=[{"cache transitEncryptionEnabled": False}, {"cache transitEncryptionMode": "preferred"}, {"memory tlsEnabled": False},
                   {"cache-node replicationGroupId": GONE}],
        missing=[{"cache transitEncryptionEnabled": GONE}],
        unknown=[{"cache transitEncryptionEnabled": UNKNOWN}, {"cache transitEncryptionMode": UNKNOWN}, {"memory tlsEnabled": UNKNOWN}],
    ),
    "cache-asks-who-connects": Rows(
        compliant=({"cache userGroupIds": GONE, "cache authToken": UNKNOWN}, {"user authenticationMode": {"type": "password"}},
                   {"cache userGroupIds": GONE, "cache authTokenWo": UNKNOWN}, {"user authenticationMode": GONE, "user passwords": [UNKNOWN]}),
        violating=[
            {"user noPasswordRequired": True}, {"user authenticationMode.type": "no-password-required"}, {"memory aclName": "open-access"},
            {"locked-out accessString": "on ~* +@all"}, {"serverless engine": "memcached"}, {"cache userGroupIds": []},
        ],
        missing=[{"user authenticationMode": GONE}, {"cache userGroupIds": GONE}, {"serverless userGroupId": GONE}, {"memory aclName": GONE}],
        unknown=[{"cache userGroupIds": UNKNOWN}, {"serverless userGroupId": UNKNOWN}],
    ),
    "cache-is-in-a-vpc": there(
        "cache subnetGroupName", "serverless subnetIds", "memory subnetGroupName",
        compliant=[{"cache-node replicationGroupId": GONE, "cache-node subnetGroupName": UNKNOWN}],
    ),
    "cache-keeps-snapshots": Rows(
        compliant=(
            {"serverless engine": "memcached", "serverless snapshotRetentionLimit": GONE},
            {"cache-node replicationGroupId": GONE, "cache-node engine": "memcached"},
            {"cache-node replicationGroupId": GONE, "cache-node engine": "redis", "cache-node snapshotRetentionLimit": 15},
        ),
        violating=[{"cache snapshotRetentionLimit": 14}, {"serverless snapshotRetentionLimit": 0}, {"memory snapshotRetentionLimit": 1}],
        missing=[{"cache snapshotRetentionLimit": GONE}],
        unknown=[{"cache snapshotRetentionLimit": UNKNOWN}],
    ),
    "cache-spans-zones": flags("cache automaticFailoverEnabled", "cache multiAzEnabled"),
    "secret-uses-own-key": own_keys(
        "secret kmsKeyId", "issued replicas.0.kmsKeyId", "parameter keyId", compliant=[{"issued replicas": GONE}]
    ),
    "parameter-holds-no-secret": words(
        {"plain type": ["StringList", "SecureString"]}, {"parameter type": ["String"]}
    ),
    "secret-rotates": Rows(
        compliant=(
            {"rotation rotationRules": {"scheduleExpression": "rate(30 days)"}}, {"secret tags": {"rotation": "redeploy"}, "rotation": GONE},
        ),
        violating=[{"rotation rotationRules.automaticallyAfterDays": 91}, {"rotation rotationEnabled": False},
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
    "backup-vault-uses-own-key": own_keys(
        "vault kmsKeyArn", compliant=[extra(t.BACKUP_AIR_GAPPED_VAULT, {"encryptionKeyArn": KEY_ARN})]
    ),
    "backup-vault-is-locked": Rows(
        compliant=({"lock minRetentionDays": 365.0}, {"vault forceDestroy": False}),
        violating=[{"lock minRetentionDays": 34}, {"vault forceDestroy": True}],
        missing=[{"lock": GONE}, {"lock minRetentionDays": GONE}, {"lock changeableForDays": GONE}],
        unknown=[{"lock minRetentionDays": UNKNOWN}, {"lock changeableForDays": UNKNOWN}, {"vault forceDestroy": UNKNOWN}],
    ),
    "data-store-is-in-a-backup-plan": Rows(
        compliant=(
            {"selection selectionTags": GONE, "selection resources": ["*"]},
            *(extra(type_, {"tags": BACKED_UP}) for type_ in (*t.FSX_FILE_SYSTEMS, t.VOLUME)),
        ),
        violating=[{"rds tags.backup": "other"}, {"selection selectionTags.0.value": "x"}],
        missing=[{"rds tags": GONE}, {"table tags.backup": GONE}],
        unknown=[{"rds tags": UNKNOWN}, {"selection selectionTags": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        compliant=(
            {"rds skipFinalSnapshot": False}, {"issued recoveryWindowInDays": 7}, {"global forceDestroy": False},
            {"extra": resource(t.REDSHIFT_CLUSTER, "extra", {"skipFinalSnapshot": False}, protect=True)},
        ),
        violating=[
            *({name: {"protect": False}} for name in ("aurora", "rds", "cache", "serverless", "vault", "table", "memory")),
            {"rds deletionProtection": False}, {"aurora skipFinalSnapshot": True}, {"rds deleteAutomatedBackups": True},
            {"secret recoveryWindowInDays": 0},
            {"vault forceDestroy": True}, {"table deletionProtectionEnabled": False},
        ],
        missing=[{"rds deletionProtection": GONE}, {"aurora deletionProtection": GONE}, {"aurora deleteAutomatedBackups": GONE}],
        unknown=[{"rds deletionProtection": UNKNOWN}, {"aurora skipFinalSnapshot": UNKNOWN}, {"secret recoveryWindowInDays": UNKNOWN}],
    ),
    "database-sits-in-the-data-tier": Rows(
        compliant=(
            {"data-subnet tags": {"SubnetType": "Isolated"}}, extra(t.ROUTE, {"transitGatewayId": UNKNOWN}, OUT),
            {"db-subnets": resource(t.DB_SUBNET_GROUP, "db-subnets", {"subnetIds": ["subnet-1"]})},
        ),
        violating=[
            {"data-subnet tags.Tier": "private"}, {"data-table routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": UNKNOWN}]},
            extra(t.ROUTE, {"natGatewayId": UNKNOWN}, {**OUT, "natGatewayId": f"{t.NAT_GATEWAY} nat"}),
            extra(t.ROUTE, {"gatewayId": UNKNOWN}, {**OUT, "gatewayId": f"{t.INTERNET_GATEWAY} gateway"}),
            extra(t.ROUTE, {"routeTableId": UNKNOWN, "networkInterfaceId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0"}, OUT),
            extra(t.ROUTE, {"gatewayId": "igw-0123456789abcdef0"}, OUT), extra(t.ROUTE, {"egressOnlyGatewayId": UNKNOWN}, OUT),
            {"data-table routes": [{"ipv6CidrBlock": "::/0", "egressOnlyGatewayId": UNKNOWN}]},
            *({f"{name}-subnets": resource(type_, f"{name}-subnets", {"subnetIds": ["subnet-2"]}), "other-subnet":
               OTHER_SUBNET} for name, type_ in SUBNET_GROUPS.items()),
            {"serverless": resource(t.CACHE_SERVERLESS, "serverless", {"subnetIds": ["subnet-2"]}), "other-subnet": OTHER_SUBNET},
            extra(t.ROUTE, {"networkInterfaceId": UNKNOWN, "destinationCidrBlock": "128.0.0.0/1"}, OUT),
            {"data-subnet id": "subnet-1", "db-subnets subnetIds": ["subnet-1", "subnet-of-nobody"]},
        ],
        missing=[{"data-subnet tags": GONE}],
        unknown=[
            {"data-subnet tags": UNKNOWN},
            {"db-subnets": resource(t.DB_SUBNET_GROUP, "db-subnets", {"subnetIds": UNKNOWN})},
        ],
    ),
    "database-lets-in-named-groups": Rows(
        compliant=(extra(t.SECURITY_GROUP_RULE, {"type": "egress", "cidrBlocks": ["10.0.0.0/8"]}, IN),),
        violating=[
            {"from-app cidrIpv4": "10.20.0.0/16"}, {"data-group ingress": [{"cidrBlocks": ["10.20.0.0/16"]}]},
            extra(t.SECURITY_GROUP_RULE, {"securityGroupId": UNKNOWN, "type": "ingress", "cidrBlocks": ["10.0.0.0/8"]}, IN),
            extra(t.SECURITY_GROUP_RULE, {"type": "ingress", "ipv6CidrBlocks": ["2001:db8::/32"]}, IN),
            extra(t.INGRESS_RULE, {"securityGroupId": UNKNOWN, "cidrIpv6": "2001:db8::/32"}, IN),
            {"rds vpcSecurityGroupIds": []}, {"documents vpcSecurityGroupIds": []}, {"graph vpcSecurityGroupIds": []},
            {"memory securityGroupIds": []}, {"dax securityGroupIds": []},
        ],
        missing=[{"rds vpcSecurityGroupIds": GONE}, {"cache securityGroupIds": GONE}],
        unknown=[{"rds vpcSecurityGroupIds": UNKNOWN}, {"data-group": GONE}],
    ),
}  # fmt: skip
