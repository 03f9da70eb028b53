"""Analytics services that hold copies of data: encryption, customer-managed keys, EMR, DMS, notebooks, Athena and Transfer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, IN_TRANSIT, REACH
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    is_unknown,
    is_unset,
    merge_tables,
    must_be_empty,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_name_own_key,
    must_not_be_empty,
    must_not_be_false,
    not_applicable,
    property_paths,
    roots,
)
from hipaa_policies.tokens import (
    CATALOG_ENCRYPTION,
    DMS_ENDPOINT,
    DMS_INSTANCE,
    DYNAMODB_TABLE,
    EMR_CLUSTER,
    MODEL_DOMAIN,
    MODEL_ENDPOINT,
    NOTEBOOK,
    REDSHIFT_CLUSTER,
    REDSHIFT_NAMESPACE,
    SCALING_TARGET,
    SEARCH_DOMAINS,
    TRANSFER_SERVER,
    WORKGROUP,
    WORKSPACE,
)
from hipaa_policies.values import MISSING, format_value, items, peek

_ENCRYPTED: Final = {
    **dict.fromkeys(SEARCH_DOMAINS, ("encryptAtRest.enabled",)),
    WORKSPACE: ("rootVolumeEncryptionEnabled", "userVolumeEncryptionEnabled"),
}
_OWN_KEY: Final = {
    **dict.fromkeys(SEARCH_DOMAINS, ("encryptAtRest.kmsKeyId",)),
    REDSHIFT_CLUSTER: ("kmsKeyId",),
    REDSHIFT_NAMESPACE: ("kmsKeyId",),
    EMR_CLUSTER: ("logEncryptionKmsKeyId",),
    DMS_INSTANCE: ("kmsKeyArn",),
    NOTEBOOK: ("kmsKeyId",),
    MODEL_ENDPOINT: ("kmsKeyArn",),
    MODEL_DOMAIN: ("kmsKeyId",),
    WORKGROUP: ("configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn",),
    CATALOG_ENCRYPTION: (
        "dataCatalogEncryptionSettings.encryptionAtRest.sseAwsKmsKeyId",
        "dataCatalogEncryptionSettings.connectionPasswordEncryption.awsKmsKeyId",
    ),
    WORKSPACE: ("volumeEncryptionKey",),
}
# Flags of passwords that AWS manages, each with the key that matters if the flag is on.
_PASSWORD_KEYS: Final = {
    REDSHIFT_CLUSTER: ("manageMasterPassword", "masterPasswordSecretKmsKeyId"),
    REDSHIFT_NAMESPACE: ("manageAdminPassword", "adminPasswordSecretKmsKeyId"),
}


@control(
    id="analytics-store-is-encrypted",
    title="Search domains, warehouses and desktops are encrypted",
    description="OpenSearch domains, Redshift clusters and the volumes of WorkSpaces are encrypted at rest.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set the property that the message names to true.",
    types={**roots(_ENCRYPTED), REDSHIFT_CLUSTER: ("encrypted",)},
    sources=(
        "cdk-nag:OpenSearchEncryptedAtRest",
        "aws-config:ELASTICSEARCH_ENCRYPTED_AT_REST",
        "aws-config:OPENSEARCH_ENCRYPTED_AT_REST",
        "cdk-nag:RedshiftClusterConfiguration",
        "aws-config:REDSHIFT_CLUSTER_CONFIGURATION_CHECK",
        "CKV_AWS_5",
        "CKV_AWS_64",
        "CKV_AWS_155",
    ),
)
def _encrypted(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == REDSHIFT_CLUSTER:
        yield from must_not_be_false(resource, "encrypted")
    else:
        for path in property_paths(_ENCRYPTED, resource):
            yield from must_be_true(resource, *path)


@control(
    id="analytics-store-uses-own-key",
    title="Analytics services use a customer-managed key",
    description=(
        "Search, warehouse, data catalog, query, migration and machine learning services, and managed passwords, use a "
        "customer-managed key."
    ),
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set the property that the message names to the ARN of the key for data.",
    types=merge_tables(roots(_OWN_KEY), _PASSWORD_KEYS),
    sources=(
        "cdk-nag:SageMakerEndpointConfigurationKMSKeyConfigured",
        "aws-config:SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED",
        "cdk-nag:SageMakerNotebookInstanceKMSKeyConfigured",
        "aws-config:SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED",
        "CKV_AWS_142",
        "CKV_AWS_212",
        "CKV_AWS_247",
        "CKV_AWS_94",
        "hipaa:cmk-everywhere",
    ),
    unknown="present",
)
def _own_key(resource: JudgedResource, _config: Config) -> Iterator[str]:
    for path in property_paths(_OWN_KEY, resource):
        yield from must_name_own_key(resource, *path)
    managed, key = _PASSWORD_KEYS.get(resource.type, ("", ""))
    if managed and peek(resource.props, managed) not in (MISSING, False):
        yield from must_name_own_key(resource, key)


@control(
    id="emr-cluster-is-hardened",
    title="EMR clusters are hardened",
    description="Every EMR cluster has Kerberos, a security configuration, logs and a subnet of a VPC.",
    citations=(*REACH, "164.312(d)", *AT_REST),
    severity="high",
    pack="isolation",
    remediation="Set security_configuration, kerberos_attributes, log_uri and ec2_attributes with a private subnet.",
    types={EMR_CLUSTER: ("securityConfiguration", "kerberosAttributes", "logUri", "ec2Attributes")},
    sources=(
        "cdk-nag:EMRKerberosEnabled",
        "aws-config:EMR_KERBEROS_ENABLED",
        "aws-config:EMR_MASTER_NO_PUBLIC_IP",
        "CKV_AWS_114",
        "FSBP:EMR.1",
    ),
    unknown="present",
)
def _emr(cluster: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_present(cluster, "securityConfiguration")
    yield from must_not_be_empty(cluster, "kerberosAttributes")
    yield from must_be_present(cluster, "logUri")
    if all(is_unset(cluster, "ec2Attributes", name) for name in ("subnetId", "subnetIds")):
        yield "ec2Attributes must name a subnet, but subnetId and subnetIds are missing."


# Engines that DMS always reaches over HTTPS or TLS, without an SSL mode:
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.SSL.html
_ALWAYS_TLS: Final = (
    "s3",
    "dynamodb",
    "kinesis",
    "opensearch",
    "elasticsearch",
    "neptune",
    "redshift",
    "redshift-serverless",
)


@control(
    id="migration-endpoint-uses-tls",
    title="Migration endpoints use TLS",
    description="DMS endpoints of databases, Kafka and Redis require TLS.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set ssl_mode to require, verify-ca or verify-full. For Kafka and Redis, set the security protocol in their settings.",
    types={DMS_ENDPOINT: ("sslMode", "engineName", "kafkaSettings", "redisSettings")},
    sources=("FSBP:DMS.9", "prowler:dms_endpoint_ssl_enabled"),
)
def _migration(endpoint: JudgedResource, _config: Config) -> Iterator[str]:
    engine = peek(endpoint.props, "engineName")
    if engine in _ALWAYS_TLS:
        yield not_applicable("This engine has no SSL mode, because DMS always uses TLS.")
    elif engine == "kafka":
        allowed = ("ssl-encryption", "ssl-authentication", "sasl-ssl")
        yield from must_be_one_of(endpoint, allowed, "kafkaSettings", "securityProtocol")
    elif engine == "redis":
        protocol = ("redisSettings", "sslSecurityProtocol")
        if peek(endpoint.props, *protocol) is not MISSING:
            yield from must_be_one_of(endpoint, ("ssl-encryption",), *protocol)
    else:
        yield from must_be_one_of(endpoint, ("require", "verify-ca", "verify-full"), "sslMode")


@control(
    id="notebook-stays-inside",
    title="Notebooks are inside a VPC",
    description="SageMaker notebooks and domains have no direct access to the Internet, and users of notebooks have no root access.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation=(
        "Set direct_internet_access and root_access to Disabled, and a subnet. For a domain, set app_network_access_type to VpcOnly."
    ),
    types={
        NOTEBOOK: ("directInternetAccess", "subnetId", "rootAccess"),
        MODEL_DOMAIN: ("appNetworkAccessType",),
    },
    sources=(
        "cdk-nag:SageMakerNotebookNoDirectInternetAccess",
        "aws-config:SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS",
        "CKV_AWS_122",
        "FSBP:SageMaker.1",
        "FSBP:SageMaker.3",
    ),
)
def _notebook(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == MODEL_DOMAIN:
        yield from must_be_one_of(resource, ("VpcOnly",), "appNetworkAccessType")
        return
    yield from must_be_one_of(resource, ("Disabled",), "directInternetAccess")
    yield from must_be_present(resource, "subnetId")
    yield from must_be_one_of(resource, ("Disabled",), "rootAccess")


@control(
    id="query-workgroup-is-enforced",
    title="Athena workgroups enforce encryption",
    description="Every Athena workgroup encrypts results with KMS, and clients cannot override its configuration.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set encryption_option to SSE_KMS, and leave enforce_workgroup_configuration true.",
    types={WORKGROUP: ("configuration",)},
    sources=("CKV_AWS_82", "CKV_AWS_159", "FSBP:Athena.1", "prowler:athena_workgroup_encryption"),
)
def _workgroup(workgroup: JudgedResource, _config: Config) -> Iterator[str]:
    encryption = ("configuration", "resultConfiguration", "encryptionConfiguration", "encryptionOption")
    yield from must_be_one_of(workgroup, ("SSE_KMS", "CSE_KMS"), *encryption)
    yield from must_not_be_false(workgroup, "configuration", "enforceWorkgroupConfiguration")


@control(
    id="transfer-server-is-private",
    title="Transfer servers are private and encrypted",
    description=(
        "Every Transfer Family server has an endpoint in a VPC without public addresses, does not support FTP, and uses a current "
        "security policy."
    ),
    citations=(*REACH, *IN_TRANSIT[1:]),
    severity="high",
    pack="isolation",
    remediation="Set endpoint_type to VPC without address_allocation_ids, remove FTP from protocols, and set a policy of 2024 or later.",
    types={TRANSFER_SERVER: ("endpointType", "endpointDetails", "protocols", "securityPolicyName")},
    sources=("CKV_AWS_164", "CKV_AWS_380", "FSBP:Transfer.2"),
    settings={
        "policies": {
            "type": "array",
            "items": {"type": "string"},
            "default": (
                "TransferSecurityPolicy-2024-01",
                "TransferSecurityPolicy-2025-03",
                "TransferSecurityPolicy-FIPS-2024-01",
                "TransferSecurityPolicy-FIPS-2025-03",
            ),
        },
    },
)
def _transfer(server: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_be_one_of(server, ("VPC",), "endpointType")
    # An endpoint in a VPC with Elastic IP addresses is reachable from the Internet.
    yield from must_be_empty(
        server, "endpointDetails", "addressAllocationIds", instead=" on a private server"
    )
    if is_unknown(server, "protocols"):
        yield "protocols must not contain FTP, but they are not known before deployment."
    elif "FTP" in items(server.props, "protocols"):
        yield "protocols must not contain FTP, but they do."
    yield from must_be_one_of(server, config["policies"], "securityPolicyName")


@stack_control(
    id="table-scales-by-itself",
    title="Tables scale automatically",
    description="Every DynamoDB table is billed per request, or a scaling target adjusts its capacity.",
    citations=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(C)"),
    severity="low",
    pack="baseline",
    remediation="Set billing_mode to PAY_PER_REQUEST, or add aws.appautoscaling.Target for the table.",
    types={DYNAMODB_TABLE: ("billingMode",)},
    reads={SCALING_TARGET: ("resourceId",)},
    sources=(
        "cdk-nag:DynamoDBAutoScalingEnabled",
        "aws-config:DYNAMODB_AUTOSCALING_ENABLED",
        "FSBP:DynamoDB.1",
    ),
)
def _scaling(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for table in graph.by_type(DYNAMODB_TABLE):
        mode = peek(table.props, "billingMode")
        scaled = graph.referrers(table.urn, SCALING_TARGET, "resourceId")
        if mode != "PAY_PER_REQUEST" and not scaled:
            yield (
                table,
                f"billingMode must be PAY_PER_REQUEST, or a scaling target must name the table, but it is {format_value(mode)}.",
            )
