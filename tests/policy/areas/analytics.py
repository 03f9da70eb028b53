"""Search, warehouses, EMR, migration, notebooks, transfer and tables that scale."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    choices,
    flags,
    own_keys,
    required,
    resource,
)

TLS12 = "Policy-Min-TLS-1-2-PFS-2023-10"
DOMAIN: dict[str, Any] = {
    "encryptAtRest": {"enabled": True, "kmsKeyId": KEY_ARN},
    "nodeToNodeEncryption": {"enabled": True},
    "domainEndpointOptions": {"enforceHttps": True, "tlsSecurityPolicy": TLS12},
    "vpcOptions": {"subnetIds": [UNKNOWN]},
    "logPublishingOptions": [{"logType": "ES_APPLICATION_LOGS"}, {"logType": "AUDIT_LOGS", "enabled": True}],
    "advancedSecurityOptions": {"enabled": True},
    "tags": CLASSIFIED,
}
OF_CLUSTER = {"clusterIdentifier": f"{t.REDSHIFT_CLUSTER} warehouse"}
LOGS = ["userlog", "connectionlog", "useractivitylog"]
BACKUP = {"backup": "vault"}

GOOD = {
    item.name: item
    for item in (
        *(
            resource(type_, name, DOMAIN, protect=True)
            for type_, name in zip(t.SEARCH_DOMAINS, ("search", "old-search"), strict=True)
        ),
        resource(
            t.REDSHIFT_CLUSTER,
            "warehouse",
            {
                "kmsKeyId": KEY_ARN,
                "publiclyAccessible": False,
                "automatedSnapshotRetentionPeriod": 35,
                "enhancedVpcRouting": True,
                "clusterParameterGroupName": UNKNOWN,
                "tags": CLASSIFIED,
            },
            {"clusterParameterGroupName": f"{t.REDSHIFT_PARAMETERS} warehouse-tls"},
            protect=True,
        ),
        resource(
            t.REDSHIFT_PARAMETERS, "warehouse-tls", {"parameters": [{"name": "require_ssl", "value": "true"}]}
        ),
        resource(
            t.REDSHIFT_LOGGING,
            "warehouse-logs",
            {"clusterIdentifier": UNKNOWN, "logDestinationType": "cloudwatch", "logExports": LOGS},
            OF_CLUSTER,
        ),
        resource(t.REDSHIFT_NAMESPACE, "namespace", {"kmsKeyId": KEY_ARN, "logExports": LOGS}, protect=True),
        resource(
            t.REDSHIFT_WORKGROUP,
            "workgroup",
            {
                "enhancedVpcRouting": True,
                "publiclyAccessible": False,
                "configParameters": [{"parameterKey": "require_ssl", "parameterValue": "true"}],
            },
        ),
        resource(
            t.EMR_CLUSTER,
            "emr",
            {
                "logEncryptionKmsKeyId": KEY_ARN,
                "securityConfiguration": UNKNOWN,
                "logUri": "s3://x/",
                "kerberosAttributes": {"realm": "X"},
                "ec2Attributes": {"subnetId": UNKNOWN},
            },
        ),
        resource(
            t.DMS_INSTANCE,
            "mover",
            {"kmsKeyArn": KEY_ARN, "publiclyAccessible": False, "autoMinorVersionUpgrade": True},
        ),
        resource(t.DMS_ENDPOINT, "source", {"engineName": "postgres", "sslMode": "verify-full"}),
        resource(t.DMS_ENDPOINT, "sink", {"engineName": "s3"}),
        resource(
            t.DMS_ENDPOINT,
            "events",
            {
                "engineName": "kafka",
                "kafkaSettings": {"broker": UNKNOWN, "securityProtocol": "ssl-encryption"},
            },
        ),
        resource(
            t.DMS_ENDPOINT,
            "copies",
            {"engineName": "redis", "redisSettings": {"sslSecurityProtocol": "ssl-encryption"}},
        ),
        resource(
            t.NOTEBOOK,
            "notebook",
            {
                "kmsKeyId": KEY_ARN,
                "directInternetAccess": "Disabled",
                "subnetId": UNKNOWN,
                "rootAccess": "Disabled",
            },
        ),
        resource(t.MODEL_ENDPOINT, "model", {"kmsKeyArn": KEY_ARN}),
        resource(t.MODEL_DOMAIN, "studio", {"kmsKeyId": KEY_ARN, "appNetworkAccessType": "VpcOnly"}),
        resource(
            t.WORKGROUP,
            "queries",
            {
                "configuration": {
                    "enforceWorkgroupConfiguration": True,
                    "resultConfiguration": {
                        "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY_ARN}
                    },
                }
            },
        ),
        resource(
            t.CATALOG_ENCRYPTION,
            "catalogue",
            {
                "dataCatalogEncryptionSettings": {
                    "encryptionAtRest": {"sseAwsKmsKeyId": KEY_ARN},
                    "connectionPasswordEncryption": {"awsKmsKeyId": KEY_ARN},
                }
            },
        ),
        resource(
            t.WORKSPACE,
            "desktop",
            {
                "rootVolumeEncryptionEnabled": True,
                "userVolumeEncryptionEnabled": True,
                "volumeEncryptionKey": KEY_ARN,
            },
        ),
        resource(
            t.TRANSFER_SERVER,
            "transfer",
            {
                "endpointType": "VPC",
                "protocols": ["SFTP"],
                "securityPolicyName": "TransferSecurityPolicy-2025-03",
            },
        ),
        resource(
            t.DYNAMODB_TABLE,
            "table",
            {
                "billingMode": "PROVISIONED",
                "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN},
                "pointInTimeRecovery": {"enabled": True},
                "deletionProtectionEnabled": True,
                "tags": {**CLASSIFIED, **BACKUP},
            },
            protect=True,
        ),
        resource(
            t.SCALING_TARGET,
            "table-scaling",
            {"resourceId": UNKNOWN},
            {"resourceId": f"{t.DYNAMODB_TABLE} table"},
        ),
    )
}


def _managed_passwords(key: Any) -> dict[str, Any]:
    """Return the edit that lets AWS manage the passwords of warehouses, encrypted under a key."""
    return {
        "warehouse manageMasterPassword": True,
        "warehouse masterPasswordSecretKmsKeyId": key,
        "namespace manageAdminPassword": True,
        "namespace adminPasswordSecretKmsKeyId": key,
    }


ENDPOINT = "domainEndpointOptions"
RESULTS = "queries configuration.resultConfiguration.encryptionConfiguration"
CATALOGUE = "catalogue dataCatalogEncryptionSettings"

ROWS: dict[str, Rows] = {
    "analytics-store-is-encrypted": Rows(
        compliant=({"warehouse encrypted": True},),
        violating=[
            {"search encryptAtRest.enabled": False},
            {"old-search encryptAtRest.enabled": False},
            {"warehouse encrypted": False},
            {"desktop userVolumeEncryptionEnabled": False},
        ],
        missing=[{"search encryptAtRest": GONE}, {"desktop rootVolumeEncryptionEnabled": GONE}],
        unknown=[{"search encryptAtRest": UNKNOWN}, {"warehouse encrypted": UNKNOWN}],
    ),
    "analytics-store-uses-own-key": own_keys(
        "search encryptAtRest.kmsKeyId",
        "warehouse kmsKeyId",
        "namespace kmsKeyId",
        "emr logEncryptionKmsKeyId",
        "mover kmsKeyArn",
        "notebook kmsKeyId",
        "model kmsKeyArn",
        "studio kmsKeyId",
        f"{RESULTS}.kmsKeyArn",
        "desktop volumeEncryptionKey",
        f"{CATALOGUE}.encryptionAtRest.sseAwsKmsKeyId",
        f"{CATALOGUE}.connectionPasswordEncryption.awsKmsKeyId",
        compliant=[_managed_passwords(KEY_ARN), _managed_passwords(UNKNOWN)],
        violating=[
            {"warehouse manageMasterPassword": True},
            {"namespace manageAdminPassword": True},
            _managed_passwords("alias/aws/secretsmanager"),
        ],
    ),
    "search-domain-is-encrypted-in-transit": Rows(
        compliant=({f"search {ENDPOINT}.enforceHttps": GONE},),
        violating=[
            {"search nodeToNodeEncryption.enabled": False},
            {f"search {ENDPOINT}.enforceHttps": False},
            {f"old-search {ENDPOINT}.tlsSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
        ],
        missing=[{"search nodeToNodeEncryption": GONE}, {f"search {ENDPOINT}": GONE}],
        unknown=[{"search nodeToNodeEncryption": UNKNOWN}, {f"search {ENDPOINT}": UNKNOWN}],
    ),
    "search-domain-is-in-a-vpc": Rows(
        violating=[{"search vpcOptions.subnetIds": []}],
        missing=[{"search vpcOptions": GONE}],
        unknown=[{"search vpcOptions": UNKNOWN}],
    ),
    "search-domain-writes-logs": Rows(
        violating=[
            {"search logPublishingOptions.0.logType": "INDEX_SLOW_LOGS"},
            {"search logPublishingOptions.1.enabled": False},
        ],
        missing=[{"search logPublishingOptions": GONE}],
        unknown=[{"search logPublishingOptions": UNKNOWN}],
    ),
    "search-domain-knows-its-users": Rows(
        violating=[
            {"search advancedSecurityOptions.enabled": False},
            {"search advancedSecurityOptions": {"enabled": True, "anonymousAuthEnabled": True}},
        ],
        missing=[{"search advancedSecurityOptions": GONE}],
        unknown=[{"search advancedSecurityOptions": UNKNOWN}],
    ),
    "warehouse-routes-inside-the-vpc": flags("warehouse enhancedVpcRouting", "workgroup enhancedVpcRouting"),
    "warehouse-refuses-plain-connections": Rows(
        violating=[
            {"warehouse-tls parameters.0.value": "false"},
            {"workgroup configParameters.0.parameterValue": "false"},
        ],
        missing=[
            {"warehouse-tls": GONE},
            {"warehouse-tls parameters": GONE},
            {"workgroup configParameters": GONE},
        ],
        unknown=[{"warehouse-tls parameters": UNKNOWN}, {"workgroup configParameters": UNKNOWN}],
    ),
    "warehouse-writes-logs": Rows(
        compliant=(
            {
                "warehouse-logs logDestinationType": "s3",
                "warehouse-logs bucketName": "x",
                "warehouse-logs logExports": GONE,
            },
        ),
        violating=[{"namespace logExports": ["userlog"]}, {"warehouse-logs logExports": LOGS[1:]}],
        missing=[
            {"warehouse-logs": GONE},
            {"namespace logExports": GONE},
            {"warehouse-logs logExports": GONE},
        ],
        unknown=[{"namespace logExports": UNKNOWN}, {"warehouse-logs logExports": UNKNOWN}],
    ),
    "database-is-not-public": Rows(
        violating=[{"warehouse publiclyAccessible": True}, {"workgroup publiclyAccessible": True}],
        missing=[{"mover publiclyAccessible": GONE}],
        unknown=[{"warehouse publiclyAccessible": UNKNOWN}],
    ),
    "database-takes-minor-upgrades": Rows(
        violating=[{"warehouse allowVersionUpgrade": False}],
        missing=[{"warehouse allowVersionUpgrade": GONE}],
        missing_is_fine=True,
        unknown=[{"warehouse allowVersionUpgrade": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        compliant=({"warehouse skipFinalSnapshot": False},),
        violating=[{"warehouse skipFinalSnapshot": True}, {"namespace": {"protect": False}}],
        missing=[{"warehouse": {"protect": False}}],
        unknown=[{"warehouse skipFinalSnapshot": UNKNOWN}],
    ),
    "database-keeps-backups": Rows(
        violating=[{"warehouse automatedSnapshotRetentionPeriod": 0}],
        missing=[{"warehouse automatedSnapshotRetentionPeriod": GONE}],
        unknown=[{"warehouse automatedSnapshotRetentionPeriod": UNKNOWN}],
    ),
    "emr-cluster-is-hardened": required(
        "emr securityConfiguration",
        "emr logUri",
        "emr ec2Attributes.subnetId",
        missing=[{"emr kerberosAttributes": GONE}],
        violating=[{"emr kerberosAttributes": {}}, {"emr ec2Attributes": {"subnetIds": []}}],
        compliant=[{"emr ec2Attributes": {"subnetIds": [UNKNOWN]}}],
    ),
    "migration-endpoint-uses-tls": Rows(
        compliant=(
            {"source sslMode": "require"},
            {"sink engineName": "redshift"},
            {"events kafkaSettings.securityProtocol": "sasl-ssl"},
            {"copies redisSettings.sslSecurityProtocol": GONE},
        ),
        violating=[
            {"source sslMode": "none"},
            {"events kafkaSettings.securityProtocol": "plaintext"},
            {"copies redisSettings.sslSecurityProtocol": "plaintext"},
        ],
        missing=[{"source sslMode": GONE}, {"sink engineName": GONE}, {"events kafkaSettings": GONE}],
        unknown=[
            {"source sslMode": UNKNOWN},
            {"events kafkaSettings": UNKNOWN},
            {"copies redisSettings": UNKNOWN},
        ],
    ),
    "notebook-stays-inside": choices(
        {},
        {
            "notebook directInternetAccess": ["Enabled"],
            "notebook rootAccess": ["Enabled"],
            "studio appNetworkAccessType": ["PublicInternetOnly"],
        },
    ),
    "query-workgroup-is-enforced": Rows(
        compliant=(
            {f"{RESULTS}.encryptionOption": "CSE_KMS"},
            {"queries configuration.enforceWorkgroupConfiguration": GONE},
        ),
        violating=[
            {f"{RESULTS}.encryptionOption": "SSE_S3"},
            {"queries configuration.enforceWorkgroupConfiguration": False},
        ],
        missing=[{"queries configuration": GONE}],
        unknown=[{f"{RESULTS}.encryptionOption": UNKNOWN}, {"queries configuration": UNKNOWN}],
    ),
    "transfer-server-is-private": Rows(
        compliant=(
            {"transfer protocols": GONE},
            {"transfer endpointDetails": {"vpcId": UNKNOWN, "addressAllocationIds": []}},
        ),
        violating=[
            {"transfer endpointType": "PUBLIC"},
            {"transfer endpointDetails": {"vpcId": UNKNOWN, "addressAllocationIds": [UNKNOWN]}},
            {"transfer protocols": ["SFTP", "FTP"]},
            {"transfer securityPolicyName": "TransferSecurityPolicy-2018-11"},
        ],
        missing=[{"transfer endpointType": GONE}, {"transfer securityPolicyName": GONE}],
        unknown=[
            {"transfer endpointType": UNKNOWN},
            {"transfer endpointDetails": UNKNOWN},
            {"transfer protocols": UNKNOWN},
        ],
    ),
    "table-scales-by-itself": Rows(
        compliant=({"table-scaling": GONE, "table billingMode": "PAY_PER_REQUEST"},),
        violating=[{"table-scaling": GONE}],
        missing=[{"table-scaling": GONE, "table billingMode": GONE}],
        unknown=[{"table-scaling": GONE, "table billingMode": UNKNOWN}],
    ),
}
