"""OpenSearch domains: TLS, VPC, logs and fine-grained access control."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import IN_TRANSIT, LOGGED, REACH
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    element_paths,
    is_unknown,
    must_be_one_of,
    must_be_true,
    must_not_be_empty,
    must_not_be_false,
)
from hipaa_policies.tokens import (
    SEARCH_DOMAINS,
)
from hipaa_policies.values import MISSING, format_value, peek


@control(
    id="search-domain-is-encrypted-in-transit",
    title="Search domains accept only TLS",
    description="Every OpenSearch domain encrypts traffic between its nodes, and refuses HTTP and TLS versions before 1.2.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Enable node_to_node_encryption and enforce_https, and set a security policy of TLS 1.2.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("nodeToNodeEncryption", "domainEndpointOptions")),
    sources=(
        "cdk-nag:OpenSearchNodeToNodeEncryption",
        "aws-config:ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK",
        "aws-config:OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK",
        "aws-config:OPENSEARCH_HTTPS_REQUIRED",
        "CKV_AWS_6",
        "CKV_AWS_83",
        "CKV_AWS_228",
    ),
)
def _search_tls(domain: JudgedResource, _config: Config) -> Iterator[str]:
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
    description="Every OpenSearch domain has its endpoint in subnets of a VPC.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Set vpc_options with private subnets and a security group.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("vpcOptions",)),
    sources=(
        "cdk-nag:OpenSearchInVPCOnly",
        "aws-config:ELASTICSEARCH_IN_VPC_ONLY",
        "aws-config:OPENSEARCH_IN_VPC_ONLY",
        "CKV_AWS_137",
    ),
    unknown="present",
)
def _search_vpc(domain: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_not_be_empty(domain, "vpcOptions", "subnetIds")


@control(
    id="search-domain-writes-logs",
    title="Search domains write logs",
    description="Every OpenSearch domain publishes its application log and its audit log.",
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Add log_publishing_options for ES_APPLICATION_LOGS and AUDIT_LOGS.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("logPublishingOptions",)),
    sources=(
        "cdk-nag:OpenSearchErrorLogsToCloudWatch",
        "aws-config:ELASTICSEARCH_LOGS_TO_CLOUDWATCH",
        "aws-config:OPENSEARCH_LOGS_TO_CLOUDWATCH",
        "aws-config:OPENSEARCH_AUDIT_LOGGING_ENABLED",
        "CKV_AWS_84",
        "CKV_AWS_317",
    ),
)
def _search_logs(domain: JudgedResource, _config: Config) -> Iterator[str]:
    published = [
        peek(domain.props, *option, "logType")
        for option in element_paths(domain, "logPublishingOptions")
        if peek(domain.props, *option, "enabled") in (MISSING, True)
    ]
    if is_unknown(domain, "logPublishingOptions"):
        yield "logPublishingOptions must have plain values, but they are not known before deployment."
        return
    for log in ("ES_APPLICATION_LOGS", "AUDIT_LOGS"):
        if log not in published:
            yield f"logPublishingOptions must contain {log}, but it is missing."


@control(
    id="search-domain-knows-its-users",
    title="Search domains authenticate their users",
    description="Every OpenSearch domain has fine-grained access control and no anonymous access.",
    citations=("164.312(a)(1)", "164.312(d)"),
    severity="high",
    pack="isolation",
    remediation="Set advanced_security_options with enabled=True and anonymous_auth_enabled=False.",
    types=dict.fromkeys(SEARCH_DOMAINS, ("advancedSecurityOptions",)),
    sources=("aws-config:OPENSEARCH_ACCESS_CONTROL_ENABLED", "CKV2_AWS_52", "FSBP:Opensearch.7"),
)
def _search_users(domain: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(domain, "advancedSecurityOptions", "enabled")
    anonymous = peek(domain.props, "advancedSecurityOptions", "anonymousAuthEnabled")
    if anonymous not in (MISSING, False):
        yield f"advancedSecurityOptions.anonymousAuthEnabled must be false, but it is {format_value(anonymous)}."
