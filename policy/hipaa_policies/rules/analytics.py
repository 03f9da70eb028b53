"""Search, warehouses, clusters and notebooks: the same asks as of a database, on services that hold copies of its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, IN_TRANSIT, LOGGED, REACH
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    is_unknown,
    must_be_filled,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_name_own_key,
    must_not_be_false,
    not_applicable,
    places,
    positions,
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
    REDSHIFT_LOGGING,
    REDSHIFT_NAMESPACE,
    REDSHIFT_PARAMETERS,
    REDSHIFT_WORKGROUP,
    SCALING_TARGET,
    SEARCH_DOMAINS,
    TRANSFER_SERVER,
    WORKGROUP,
    WORKSPACE,
)
from hipaa_policies.values import MISSING, UNKNOWN, items, peek, shown

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


@control(
    id="analytics-store-is-encrypted",
    title="Search domains, warehouses and desktops are encrypted",
    description="OpenSearch domains, Redshift clusters and WorkSpaces encrypt what they store.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set encrypt_at_rest with enabled=True, or the property that the message names.",
    types={**roots(_ENCRYPTED), REDSHIFT_CLUSTER: ("encrypted",)},
    sources=(
        "cdk-nag:OpenSearchEncryptedAtRest", "aws-config:ELASTICSEARCH_ENCRYPTED_AT_REST", "aws-config:OPENSEARCH_ENCRYPTED_AT_REST",
        "cdk-nag:RedshiftClusterConfiguration", "aws-config:REDSHIFT_CLUSTER_CONFIGURATION_CHECK", "CKV_AWS_5", "CKV_AWS_64",
        "CKV_AWS_155",
    ),
)  # fmt: skip
def _encrypted(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == REDSHIFT_CLUSTER:
        yield from must_not_be_false(resource, "encrypted")
    else:
        for place in places(_ENCRYPTED, resource):
            yield from must_be_true(resource, *place)


@control(
    id="analytics-store-uses-own-key",
    title="Analytics services use a customer-managed key",
    description="Search, warehouse, catalogue, query, migration and machine learning services name a key of their own.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Pass the data key's ARN where the message says.",
    types=roots(_OWN_KEY),
    sources=(
        "cdk-nag:SageMakerEndpointConfigurationKMSKeyConfigured", "aws-config:SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED",
        "cdk-nag:SageMakerNotebookInstanceKMSKeyConfigured", "aws-config:SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED",
        "CKV_AWS_142", "CKV_AWS_212", "CKV_AWS_247", "CKV_AWS_94", "hipaa:cmk-everywhere",
    ),
    unknown="present",
)  # fmt: skip
def _own_key(resource: Resource, _config: Config) -> Iterator[str]:
    for place in places(_OWN_KEY, resource):
        yield from must_name_own_key(resource, *place)


@control(
    id="search-domain-is-encrypted-in-transit",
    title="Search domains speak TLS only",
    description="An OpenSearch domain encrypts between its nodes and refuses HTTP and TLS before 1.2.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Set node_to_node_encryption enabled, enforce_https and a TLS 1.2 security policy.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("nodeToNodeEncryption", "domainEndpointOptions")),
    sources=(
        "cdk-nag:OpenSearchNodeToNodeEncryption", "aws-config:ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK",
        "aws-config:OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK", "aws-config:OPENSEARCH_HTTPS_REQUIRED", "CKV_AWS_6", "CKV_AWS_83",
        "CKV_AWS_228",
    ),
)  # fmt: skip
def _search_tls(domain: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(domain, "nodeToNodeEncryption", "enabled")
    yield from must_not_be_false(domain, "domainEndpointOptions", "enforceHttps")
    allowed = (
        "Policy-Min-TLS-1-2-2019-07",
        "Policy-Min-TLS-1-2-PFS-2023-10",
        "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08",
    )
    yield from must_be_one_of(domain, allowed, "domainEndpointOptions", "tlsSecurityPolicy")


@control(
    id="search-domain-is-in-a-vpc",
    title="Search domains are inside a VPC",
    description="An OpenSearch domain has its endpoint in subnets of a VPC.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Set vpc_options with private subnets and a security group.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("vpcOptions",)),
    sources=(
        "cdk-nag:OpenSearchInVPCOnly", "aws-config:ELASTICSEARCH_IN_VPC_ONLY", "aws-config:OPENSEARCH_IN_VPC_ONLY", "CKV_AWS_137",
    ),
    unknown="present",
)  # fmt: skip
def _search_vpc(domain: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_filled(domain, "vpcOptions", "subnetIds")


@control(
    id="search-domain-writes-logs",
    title="Search domains write logs",
    description="An OpenSearch domain publishes its application log and its audit log.",
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Add log_publishing_options for ES_APPLICATION_LOGS and AUDIT_LOGS.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("logPublishingOptions",)),
    sources=(
        "cdk-nag:OpenSearchErrorLogsToCloudWatch", "aws-config:ELASTICSEARCH_LOGS_TO_CLOUDWATCH",
        "aws-config:OPENSEARCH_LOGS_TO_CLOUDWATCH", "aws-config:OPENSEARCH_AUDIT_LOGGING_ENABLED", "CKV_AWS_84", "CKV_AWS_317",
    ),
)  # fmt: skip
def _search_logs(domain: Resource, _config: Config) -> Iterator[str]:
    published = {
        peek(domain.props, *option, "logType")
        for option in positions(domain, "logPublishingOptions")
        if peek(domain.props, *option, "enabled") in (MISSING, True)
    }
    if is_unknown(domain, "logPublishingOptions"):
        yield "logPublishingOptions must be plain values, but they are not known before deployment."
        return
    for log in ("ES_APPLICATION_LOGS", "AUDIT_LOGS"):
        if log not in published:
            yield f"logPublishingOptions must hold {log}, but it is missing."


@control(
    id="search-domain-knows-its-users",
    title="Search domains know their users",
    description="An OpenSearch domain has fine-grained access control and lets nobody in anonymously.",
    citations=("164.312(a)(1)", "164.312(d)"),
    severity="high",
    pack="isolation",
    remediation="Set advanced_security_options with enabled=True and anonymous_auth_enabled False.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("advancedSecurityOptions",)),
    sources=("aws-config:OPENSEARCH_ACCESS_CONTROL_ENABLED", "CKV2_AWS_52", "FSBP:Opensearch.7"),
)
def _search_users(domain: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(domain, "advancedSecurityOptions", "enabled")
    anonymous = peek(domain.props, "advancedSecurityOptions", "anonymousAuthEnabled")
    if anonymous not in (MISSING, False):
        yield f"advancedSecurityOptions.anonymousAuthEnabled must be false, but it is {shown(anonymous)}."


@control(
    id="warehouse-routes-inside-the-vpc",
    title="Warehouses copy data inside the VPC",
    description="Redshift clusters and workgroups send COPY and UNLOAD through the VPC.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="medium",
    pack="isolation",
    remediation="Set enhanced_vpc_routing=True.",
    types={REDSHIFT_CLUSTER: ("enhancedVpcRouting",), REDSHIFT_WORKGROUP: ("enhancedVpcRouting",)},
    sources=(
        "cdk-nag:RedshiftEnhancedVPCRoutingEnabled",
        "aws-config:REDSHIFT_ENHANCED_VPC_ROUTING_ENABLED",
        "CKV_AWS_321",
    ),
)
def _routing(warehouse: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(warehouse, "enhancedVpcRouting")


@stack_control(
    id="warehouse-refuses-plain-connections",
    title="Warehouses refuse connections without TLS",
    description="A Redshift cluster names a parameter group of the program with require_ssl; a workgroup has the parameter.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set the parameter require_ssl to true.",
    types={REDSHIFT_CLUSTER: ("clusterParameterGroupName",), REDSHIFT_WORKGROUP: ("configParameters",)},
    reads={REDSHIFT_PARAMETERS: ("parameters",)},
    sources=(
        "cdk-nag:RedshiftRequireTlsSSL",
        "aws-config:REDSHIFT_REQUIRE_TLS_SSL",
        "CKV_AWS_105",
        "FSBP:Redshift.2",
    ),
)
def _warehouse_tls(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for warehouse in graph.by_type(REDSHIFT_CLUSTER):
        groups = graph.references(warehouse, "clusterParameterGroupName", REDSHIFT_PARAMETERS)
        if not groups:
            yield (
                warehouse,
                "clusterParameterGroupName must name a parameter group of this program with require_ssl, but it names none.",
            )
        for group in groups:
            yield from ((warehouse, text) for text in _requires_ssl(group, "parameters", "name", "value"))
    for workgroup in graph.by_type(REDSHIFT_WORKGROUP):
        yield from (
            (workgroup, text)
            for text in _requires_ssl(workgroup, "configParameters", "parameterKey", "parameterValue")
        )


def _requires_ssl(resource: Resource, property_: str, name: str, value: str) -> Iterator[str]:
    values = [
        peek(resource.props, *entry, value)
        for entry in positions(resource, property_)
        if peek(resource.props, *entry, name) == "require_ssl"
    ]
    found = values[0] if values else UNKNOWN if is_unknown(resource, property_) else MISSING
    if found not in ("true", True):
        yield f"The parameter require_ssl must be true, but it is {shown(found)}."


@stack_control(
    id="warehouse-writes-logs",
    title="Warehouses write audit logs",
    description="A Redshift cluster has a logging resource; a serverless namespace exports its logs.",
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Add aws.redshift.Logging, or set log_exports on the namespace.",
    types={REDSHIFT_CLUSTER: (), REDSHIFT_NAMESPACE: ("logExports",)},
    reads={REDSHIFT_LOGGING: ("clusterIdentifier", "logDestinationType")},
    sources=(
        "cdk-nag:RedshiftClusterConfiguration",
        "aws-config:REDSHIFT_CLUSTER_CONFIGURATION_CHECK",
        "CKV_AWS_71",
        "FSBP:Redshift.4",
    ),
    unknown="present",
)
def _warehouse_logs(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for warehouse in graph.by_type(REDSHIFT_CLUSTER):
        if not graph.referrers(warehouse.urn, REDSHIFT_LOGGING, "clusterIdentifier"):
            yield warehouse, "The cluster must have audit logging, but no logging resource names it."
    for namespace in graph.by_type(REDSHIFT_NAMESPACE):
        exported = set(items(namespace.props, "logExports"))
        wanted = ("userlog", "connectionlog", "useractivitylog")
        lacking = [log for log in wanted if log not in exported]
        if lacking and not is_unknown(namespace, "logExports") and UNKNOWN not in exported:
            yield namespace, f"logExports must hold {', '.join(wanted)}, but {', '.join(lacking)} is missing."


@control(
    id="emr-cluster-is-hardened",
    title="EMR clusters are hardened",
    description="An EMR cluster has Kerberos, a security configuration, logs and a private subnet.",
    citations=(*REACH, "164.312(d)", *AT_REST),
    severity="high",
    pack="isolation",
    remediation="Set security_configuration, kerberos_attributes, log_uri and ec2_attributes with a private subnet.",
    types={EMR_CLUSTER: ("securityConfiguration", "kerberosAttributes", "logUri", "ec2Attributes")},
    sources=(
        "cdk-nag:EMRKerberosEnabled", "aws-config:EMR_KERBEROS_ENABLED", "aws-config:EMR_MASTER_NO_PUBLIC_IP", "CKV_AWS_114",
        "FSBP:EMR.1",
    ),
    unknown="present",
)  # fmt: skip
def _emr(cluster: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_present(cluster, "securityConfiguration")
    yield from must_be_filled(cluster, "kerberosAttributes")
    yield from must_be_present(cluster, "logUri")
    subnets = [peek(cluster.props, "ec2Attributes", name) for name in ("subnetId", "subnetIds")]
    if all(value in (MISSING, "") for value in subnets):
        yield "ec2Attributes must name a subnet, but subnetId and subnetIds are missing."


@control(
    id="migration-endpoint-uses-tls",
    title="Migration endpoints use TLS",
    description="DMS endpoints of databases ask for TLS.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set ssl_mode to require, verify-ca or verify-full.",
    types={DMS_ENDPOINT: ("sslMode", "engineName")},
    sources=("FSBP:DMS.9", "prowler:dms_endpoint_ssl_enabled"),
)
def _migration(endpoint: Resource, _config: Config) -> Iterator[str]:
    # These engines are AWS services and are reached over HTTPS, or take TLS in settings of their own.
    if peek(endpoint.props, "engineName") in (
        "s3",
        "dynamodb",
        "kinesis",
        "kafka",
        "opensearch",
        "elasticsearch",
        "neptune",
        "redis",
    ):
        yield not_applicable("This engine takes no SSL mode.")
    else:
        yield from must_be_one_of(endpoint, ("require", "verify-ca", "verify-full"), "sslMode")


@control(
    id="notebook-stays-inside",
    title="Notebooks stay inside the VPC",
    description="SageMaker notebooks and domains have no way to the Internet of their own, and no root for users.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Set direct_internet_access Disabled with a subnet, root_access Disabled; app_network_access_type VpcOnly on a domain.",
    types={NOTEBOOK: ("directInternetAccess", "subnetId", "rootAccess"), MODEL_DOMAIN: ("appNetworkAccessType",)},
    sources=(
        "cdk-nag:SageMakerNotebookNoDirectInternetAccess", "aws-config:SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS", "CKV_AWS_122",
        "FSBP:SageMaker.1", "FSBP:SageMaker.3",
    ),
)  # fmt: skip
def _notebook(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == MODEL_DOMAIN:
        yield from must_be_one_of(resource, ("VpcOnly",), "appNetworkAccessType")
        return
    yield from must_be_one_of(resource, ("Disabled",), "directInternetAccess")
    yield from must_be_present(resource, "subnetId")
    yield from must_be_one_of(resource, ("Disabled",), "rootAccess")


@control(
    id="query-workgroup-is-enforced",
    title="Query settings are enforced",
    description="An Athena workgroup encrypts results with KMS and lets no client choose otherwise.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set encryption_option to SSE_KMS and leave enforce_workgroup_configuration true.",
    types={WORKGROUP: ("configuration",)},
    sources=("CKV_AWS_82", "CKV_AWS_159", "FSBP:Athena.1", "prowler:athena_workgroup_encryption"),
)
def _workgroup(workgroup: Resource, _config: Config) -> Iterator[str]:
    encryption = ("configuration", "resultConfiguration", "encryptionConfiguration", "encryptionOption")
    yield from must_be_one_of(workgroup, ("SSE_KMS", "CSE_KMS"), *encryption)
    yield from must_not_be_false(workgroup, "configuration", "enforceWorkgroupConfiguration")


@control(
    id="transfer-server-is-private",
    title="Transfer servers are private and encrypted",
    description="A Transfer Family server has its endpoint in a VPC, speaks SFTP, FTPS or AS2, and uses a current policy.",
    citations=(*REACH, *IN_TRANSIT[1:]),
    severity="high",
    pack="isolation",
    remediation="Set endpoint_type VPC, protocols without FTP, logging_role or structured_log_destinations and a policy of 2024 or later.",
    types={TRANSFER_SERVER: ("endpointType", "protocols", "securityPolicyName")},
    sources=("CKV_AWS_164", "CKV_AWS_380", "FSBP:Transfer.2"),
    settings={
        "policies": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("TransferSecurityPolicy-2024-01", "TransferSecurityPolicy-2025-03", "TransferSecurityPolicy-FIPS-2024-01",
                        "TransferSecurityPolicy-FIPS-2025-03"),
        },
    },
)  # fmt: skip
def _transfer(server: Resource, config: Config) -> Iterator[str]:
    yield from must_be_one_of(server, ("VPC",), "endpointType")
    if is_unknown(server, "protocols") or "FTP" in items(server.props, "protocols"):
        yield f"protocols must hold no FTP, but they are {shown(peek(server.props, 'protocols')) if is_unknown(server, 'protocols') else 'FTP'}."
    yield from must_be_one_of(server, config["policies"], "securityPolicyName")


@stack_control(
    id="table-scales-by-itself",
    title="Tables scale by themselves",
    description="A DynamoDB table is billed per request, or a scaling target changes its capacity.",
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
def _scaling(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for table in graph.by_type(DYNAMODB_TABLE):
        mode = peek(table.props, "billingMode")
        scaled = graph.referrers(table.urn, SCALING_TARGET, "resourceId")
        if mode != "PAY_PER_REQUEST" and not scaled:
            yield (
                table,
                f"billingMode must be PAY_PER_REQUEST, or a scaling target must name the table, but it is {shown(mode)}.",
            )
