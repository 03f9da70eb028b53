"""Resource policies: which principals may use queues, topics, repositories, secrets, vaults, functions and images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import REACH
from hipaa_policies.documents import judge_statements, names_principals
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import deferred, is_unset, must_be_one_of, not_applicable
from hipaa_policies.tokens import (
    ACCESS_POINT,
    AMI_LAUNCH_PERMISSION,
    BACKUP_VAULT_POLICY,
    EVENT_PERMISSION,
    FILE_SYSTEM_POLICY,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    LAYER_PERMISSION,
    QUEUE,
    QUEUE_POLICY,
    REPOSITORY_POLICY,
    REST_API,
    REST_POLICY,
    SEARCH_DOMAINS,
    SECRET,
    SECRET_POLICY,
    SSM_DOCUMENT,
    TOPIC,
    TOPIC_POLICY,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek

# Types that are resource policies, with the property of the document.
_POLICIES: Final = {
    **dict.fromkeys(
        (
            QUEUE_POLICY,
            TOPIC_POLICY,
            REPOSITORY_POLICY,
            SECRET_POLICY,
            BACKUP_VAULT_POLICY,
            FILE_SYSTEM_POLICY,
            REST_POLICY,
            "aws:acmpca/policy:Policy",
            "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
            "aws:codebuild/resourcePolicy:ResourcePolicy",
            "aws:dsql/clusterPolicy:ClusterPolicy",
            "aws:dynamodb/resourcePolicy:ResourcePolicy",
            "aws:ecr/registryPolicy:RegistryPolicy",
            "aws:glue/resourcePolicy:ResourcePolicy",
            "aws:kinesis/resourcePolicy:ResourcePolicy",
            "aws:lambda/resourcePolicy:ResourcePolicy",
            "aws:msk/clusterPolicy:ClusterPolicy",
            "aws:networkfirewall/resourcePolicy:ResourcePolicy",
            "aws:redshift/resourcePolicy:ResourcePolicy",
            "aws:redshiftserverless/resourcePolicy:ResourcePolicy",
            "aws:s3control/accessPointPolicy:AccessPointPolicy",
            "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
        ),
        "policy",
    ),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
}
# Types that can have a policy in a property or in a separate resource, or none.
_INLINE: Final = {
    **dict.fromkeys((QUEUE, TOPIC, SECRET, REST_API, ACCESS_POINT), "policy"),
    **dict.fromkeys(SEARCH_DOMAINS, "accessPolicies"),
}
# Types that name one principal, with the property that limits the principal `*` to an organization.
_PERMISSIONS: Final = {LAYER_PERMISSION: "organizationId", EVENT_PERMISSION: "condition"}


@control(
    id="resource-policy-names-principals",
    title="Resource policies are not public",
    description=(
        "No policy of a queue, topic, stream, table, repository, secret, vault, file system, API, function, event bus or search "
        "domain allows everyone."
    ),
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Name the principals, or add a condition such as aws:SourceAccount or aws:PrincipalOrgID.",
    types={
        **{type_: (name,) for type_, name in (_POLICIES | _INLINE).items()},
        **{type_: ("principal", limit) for type_, limit in _PERMISSIONS.items()},
    },
    sources=(
        "CKV_AWS_168",
        "CKV_AWS_169",
        "CKV_AWS_32",
        "FSBP:SNS.4",
        "FSBP:SQS.3",
        "prowler:sqs_queues_not_publicly_accessible",
        "prowler:ecr_repositories_not_publicly_accessible",
        "cdk-nag:OpenSearchInVPCOnly",
    ),
    unknown="defer",
)
def _principals(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type in _PERMISSIONS:
        yield from _permission(resource, _PERMISSIONS[resource.type])
    elif resource.type in _INLINE and peek(resource.props, _INLINE[resource.type]) is MISSING:
        yield not_applicable("The resource has no inline policy.")
    else:
        yield from judge_statements(resource, (_POLICIES | _INLINE)[resource.type], names_principals)


def _permission(resource: JudgedResource, limit: str) -> Iterator[str]:
    principal = peek(resource.props, "principal")
    if principal is UNKNOWN:
        yield deferred("principal")
    elif principal == "*" and is_unset(resource, limit):
        yield f'principal must name an account, or {limit} an organization, but principal is "*" and {limit} is missing.'


@control(
    id="function-is-not-public",
    title="Functions are not public",
    description=(
        "No permission of a function allows everyone. A permission for a service names a source. A function URL requires IAM "
        "authentication."
    ),
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Name the principal. For a service, set source_arn or source_account. For a URL, set authorization_type to AWS_IAM.",
    types={
        FUNCTION_PERMISSION: ("principal", "sourceArn", "sourceAccount", "principalOrgId"),
        FUNCTION_URL: ("authorizationType",),
    },
    sources=(
        "cdk-nag:LambdaFunctionPublicAccessProhibited",
        "aws-config:LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        "CKV_AWS_301",
        "CKV_AWS_258",
        "FSBP:Lambda.1",
    ),
)
def _function(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == FUNCTION_URL:
        yield from must_be_one_of(resource, ("AWS_IAM",), "authorizationType")
        return
    principal = peek(resource.props, "principal")
    limited = any(
        peek(resource.props, name) is not MISSING for name in ("sourceArn", "sourceAccount", "principalOrgId")
    )
    service = isinstance(principal, str) and principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if principal in (MISSING, UNKNOWN, "*") and not (principal == "*" and limited):
        yield f"principal must name a service or an account, but it is {format_value(principal)}."
    elif service and not limited:
        yield f"sourceArn must name the resource for which {principal} calls, but sourceArn and sourceAccount are missing."


@control(
    id="image-is-not-public",
    title="Machine images and documents are not public",
    description="No machine image and no Systems Manager document is shared with all AWS accounts.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Share it only with single accounts or an organization.",
    types={AMI_LAUNCH_PERMISSION: ("group",), SSM_DOCUMENT: ("permissions",)},
    sources=(
        "aws-config:SSM_DOCUMENT_NOT_PUBLIC",
        "CKV_AWS_303",
        "FSBP:SSM.4",
        "prowler:ec2_ami_public",
        "prowler:ssm_documents_set_as_public",
    ),
)
def _image(resource: JudgedResource, _config: Config) -> Iterator[str]:
    path = ("group",) if resource.type == AMI_LAUNCH_PERMISSION else ("permissions", "account_ids")
    value = peek(resource.props, *path)
    shared = isinstance(value, str) and {"all"} & {part.strip().lower() for part in value.split(",")}
    if shared or value is UNKNOWN:
        yield f"{'.'.join(path)} must name accounts, but it is {format_value(value)}."
