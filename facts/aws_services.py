"""AWS services that applications may use without further settings: what a task role needs for each, as narrow as AWS allows.

Actions, resources and condition keys are those of AWS's Service Authorization Reference, read in December 2026. All services
are on AWS's list of HIPAA eligible services; the account needs a business associate agreement with AWS
(https://aws.amazon.com/compliance/hipaa-eligible-services-reference/).

Templates contain `{partition}`, `{region}`, `{account}`, `{app}` (the name of the application with its stack, such as
`hipaa-prod-ehr`), `{domain}` (`hipaa:edge.domain`) and `{geography}` (the prefix of Bedrock's inference profiles).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

AwsServiceName: TypeAlias = Literal["bedrock", "healthlake", "ses", "sns", "textract", "transcribe"]
"""Name of an AWS service in the `uses` of an application."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """One statement of the policy of a task role."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """Templates of ARNs; `*` for actions that support no resources."""
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Template of the value by condition operator and key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsService:
    """One AWS service."""

    name: AwsServiceName
    grants: tuple[Grant, ...]
    endpoints: tuple[str, ...] = ()
    """Short names of its interface endpoints, of which the application needs at least one without NAT."""


_IN_REGION: Final = {"StringEquals": {"aws:RequestedRegion": "{region}"}}
_INVOKE: Final = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_PROFILES: Final = "arn:{partition}:bedrock:{region}:{account}:inference-profile/{geography}.*"

AWS_SERVICES: Final[Mapping[str, AwsService]] = {
    service.name: service
    for service in (
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
        # Many models can only be invoked through an inference profile, which chooses a region of the same geography:
        # https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
        AwsService(
            name="bedrock",
            grants=(
                Grant(
                    actions=_INVOKE,
                    resources=("arn:{partition}:bedrock:{region}::foundation-model/*", _PROFILES),
                ),
                Grant(
                    actions=_INVOKE,
                    resources=("arn:{partition}:bedrock:*::foundation-model/*",),
                    conditions={"StringLike": {"bedrock:InferenceProfileArn": _PROFILES}},
                ),
            ),
            endpoints=("bedrock-runtime",),
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awshealthlake.html
        AwsService(
            name="healthlake",
            grants=(
                Grant(
                    actions=(
                        "healthlake:CreateResource", "healthlake:DeleteResource", "healthlake:DescribeFHIRDatastore",
                        "healthlake:GetCapabilities", "healthlake:GetHistoryByResourceId", "healthlake:PatchResource",
                        "healthlake:ProcessBundle", "healthlake:ReadResource", "healthlake:SearchEverything",
                        "healthlake:SearchWithGet", "healthlake:SearchWithPost", "healthlake:UpdateResource",
                        "healthlake:ValidateResource", "healthlake:VersionReadResource",
                    ),
                    resources=("arn:{partition}:healthlake:{region}:{account}:datastore/fhir/*",),
                    conditions={"StringEquals": {"aws:ResourceTag/application": "{app}"}},
                ),
            ),
            endpoints=("healthlake",),
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html and …servicev2.html
        AwsService(
            name="ses",
            grants=(
                Grant(
                    actions=("ses:SendEmail", "ses:SendRawEmail"),
                    resources=(
                        "arn:{partition}:ses:{region}:{account}:identity/{domain}",
                        "arn:{partition}:ses:{region}:{account}:configuration-set/{app}-*",
                    ),
                    conditions={"StringLike": {"ses:FromAddress": "*@{domain}"}},
                ),
            ),
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
        AwsService(
            name="sns",
            grants=(
                Grant(
                    actions=("sns:Publish",), resources=("arn:{partition}:sns:{region}:{account}:{app}-*",)
                ),
            ),
            endpoints=("sns",),
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazontextract.html
        AwsService(
            name="textract",
            grants=(
                Grant(
                    actions=(
                        "textract:AnalyzeDocument", "textract:AnalyzeExpense", "textract:AnalyzeID",
                        "textract:DetectDocumentText", "textract:GetDocumentAnalysis", "textract:GetDocumentTextDetection",
                        "textract:GetExpenseAnalysis", "textract:StartDocumentAnalysis",
                        "textract:StartDocumentTextDetection", "textract:StartExpenseAnalysis",
                    ),
                    resources=("*",),
                    conditions=_IN_REGION,
                ),
            ),
            endpoints=("textract",),
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazontranscribe.html
        AwsService(
            name="transcribe",
            grants=(
                Grant(
                    actions=(
                        "transcribe:StartMedicalStreamTranscription", "transcribe:StartMedicalStreamTranscriptionWebSocket",
                        "transcribe:StartMedicalTranscriptionJob", "transcribe:StartStreamTranscription",
                        "transcribe:StartStreamTranscriptionWebSocket", "transcribe:StartTranscriptionJob",
                    ),
                    resources=("*",),
                    conditions=_IN_REGION,
                ),
                Grant(
                    actions=(
                        "transcribe:DeleteMedicalTranscriptionJob", "transcribe:DeleteTranscriptionJob",
                        "transcribe:GetMedicalTranscriptionJob", "transcribe:GetTranscriptionJob",
                    ),
                    resources=(
                        "arn:{partition}:transcribe:{region}:{account}:medical-transcription-job/{app}-*",
                        "arn:{partition}:transcribe:{region}:{account}:transcription-job/{app}-*",
                    ),
                ),
            ),
            endpoints=("transcribe", "transcribestreaming"),
        ),
    )
}  # fmt: skip
"""Every service by its name."""

_GEOGRAPHIES: Final = {"us-gov-": "us-gov", "us-": "us", "ca-": "ca", "eu-": "eu", "ap-": "apac"}


def geography(region: str) -> str:
    """Return the prefix of Bedrock's inference profiles that stay in the geography of a region.

    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html

    Returns:
        The prefix, such as `us`; the region itself, which no profile starts with, if it has no geography.
    """
    return next((name for start, name in _GEOGRAPHIES.items() if region.startswith(start)), region)


WITHOUT_RESOURCES: Final = frozenset(
    {
        "cloudwatch:PutMetricData",
        "comprehendmedical:DetectEntitiesV2",
        "comprehendmedical:DetectPHI",
        "comprehendmedical:InferICD10CM",
        "comprehendmedical:InferRxNorm",
        "comprehendmedical:InferSNOMEDCT",
        "ses:GetSendQuota",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        *(
            action
            for service in AWS_SERVICES.values()
            for grant in service.grants
            if grant.resources == ("*",)
            for action in grant.actions
        ),
    }
)
"""Actions that `permissions` may allow on `*`, because they support no resources (Service Authorization Reference)."""

NOT_FOR_APPLICATIONS: Final[Mapping[str, str]] = {
    "ecs": "tasks of all applications run in one cluster",
    "elasticache": "add cache to the uses of the application",
    "elasticfilesystem": "add files to the uses of the application",
    "iam": "roles and policies are part of the program",
    "organizations": "the organization is not the application's",
    "rds": "add the database to the uses of the application",
    "rds-data": "add the database to the uses of the application",
    "rds-db": "add the database to the uses of the application",
    "secretsmanager": "add the secret to the secrets of the application",
    "ssm": "add the parameter to the secrets of the application",
    "ssmmessages": "ECS Exec has its permissions already",
    "sts": "an application has one role",
}
"""Services whose actions would lead to data, secrets or roles of other applications, with what to do instead."""
