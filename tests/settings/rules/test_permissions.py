"""Rules on what applications may do in AWS, and on the secrets that they read."""

from __future__ import annotations

import pytest

from facts.aws_services import AWS_SERVICES, NOT_FOR_APPLICATIONS
from tests.settings.documents import Document, full_document, new_warnings, paths, problem, put, read

PERMISSIONS = "hipaa:apps.api.permissions"
SECRETS = "hipaa:apps.api.secrets"
BUCKET = "arn:aws:s3:::reports/*"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"


def with_permission(actions: list[str], *resources: str, **further: object) -> Document:
    """Return the full document, in which `api` has this permission."""
    permission = {"actions": actions, "resources": [*resources], **further}
    return put(full_document(), PERMISSIONS, {"own": permission})


@pytest.mark.parametrize(
    "action", ["s3:*", "*", "s3:Get*", "s3", "S3:GetObject", "s3:getObject", "s3:GetObject "]
)
def test_an_action_has_no_wildcard(action: str) -> None:
    assert paths(with_permission([action], BUCKET)) == [f"{PERMISSIONS}.own.actions[0]"]


@pytest.mark.parametrize("service", NOT_FOR_APPLICATIONS)
def test_services_that_lead_to_other_applications_are_refused(service: str) -> None:
    refused = problem(with_permission([f"{service}:DescribeAnything"], QUEUE))
    assert (refused.path, refused.hint) == (f"{PERMISSIONS}.own.actions[0]", NOT_FOR_APPLICATIONS[service])


def test_an_application_uses_keys_and_does_not_administer_them() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888"
    assert read(with_permission(["kms:Decrypt", "kms:GenerateDataKey"], key))
    assert paths(with_permission(["kms:CreateGrant"], key)) == [f"{PERMISSIONS}.own.actions[0]"]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:sqs:us-east-1:210987654321:jobs",
        "arn:aws-us-gov:sqs:us-east-1:123456789012:jobs",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:other",
        "arn:aws:sqs:us-east-1:123456789012:*",
        "arn:aws:dynamodb:us-east-1:123456789012:table/*",
        "arn:aws:sqs:us-west-2:123456789012:jobs",
        "arn:aws:s3:::*",
        "arn:aws:s3:::*-reports",
        "*",
    ],
)
def test_a_resource_belongs_to_the_account_and_has_a_name(resource: str) -> None:
    assert paths(with_permission(["sqs:SendMessage"], resource)) == [f"{PERMISSIONS}.own.resources[0]"]


def test_actions_without_resources_have_a_permission_of_their_own() -> None:
    assert read(with_permission(["cloudwatch:PutMetricData", "textract:DetectDocumentText"], "*"))
    refused = problem(with_permission(["cloudwatch:PutMetricData", "sqs:SendMessage"], "*"))
    assert refused.allowed == "ARNs of the resources of sqs:SendMessage"


def test_conditions_have_operators_keys_and_lists_of_values() -> None:
    sound = {"StringLike": {"s3:prefix": ["api/*"]}, "Bool": {"aws:SecureTransport": ["true"]}}
    assert read(with_permission(["s3:ListBucket"], "arn:aws:s3:::reports", conditions=sound))
    for wrong in (
        {"Like": {"s3:prefix": ["a"]}},
        {"Bool": {"secure": ["true"]}},
        {"Bool": {"s3:prefix": "a"}},
    ):
        [path] = paths(with_permission(["s3:ListBucket"], "arn:aws:s3:::reports", conditions=wrong))
        assert path.startswith(f"{PERMISSIONS}.own.conditions.")


def test_ses_sends_from_the_domain_of_the_edge() -> None:
    document = put(full_document(), "hipaa:apps.worker.uses", [*AWS_SERVICES])
    assert read(document)
    del document["hipaa:edge"]
    assert f"hipaa:apps.worker.uses[{[*AWS_SERVICES].index('ses')}]" in paths(document)


def test_without_nat_a_service_needs_an_endpoint() -> None:
    document = put(with_permission(["sqs:SendMessage", "s3:GetObject"], QUEUE), "hipaa:network.nat", "none")
    document = put(document, SECRETS, {"TOKEN": "arn:aws:ssm:us-east-1:123456789012:parameter/token"})
    document = put(document, "hipaa:apps.api.uses", ["aurora", "cache", "ses", "transcribe"])
    found = new_warnings(document, full_document())
    expected = {
        "hipaa:apps.api.uses: ses cannot be reached": "has no endpoint for it",
        "hipaa:apps.api.uses: transcribe cannot be reached": "lacks transcribe and transcribestreaming",
        "hipaa:apps.api.secrets.TOKEN: ssm cannot be reached": "lacks ssm",
        "hipaa:apps.api.permissions.own: sqs cannot be reached": "lacks sqs",
    }
    assert [text for text in found if "cannot be reached" in text] == [
        f"{start} while hipaa:network.nat is none: hipaa:network.interface_endpoints {end}"
        for start, end in expected.items()
    ]
    endpoints = [*document["hipaa:network"]["interface_endpoints"], "sqs", "ssm", "transcribestreaming"]
    rest = new_warnings(put(document, "hipaa:network.interface_endpoints", endpoints), full_document())
    assert [text.split(":")[2] for text in rest if "cannot be reached" in text] == [
        " ses cannot be reached while hipaa"
    ]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-1111-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:api/token-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf:password::",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf::AWSPREVIOUS:",
        "arn:aws:ssm:us-east-1:123456789012:parameter/api/token",
    ],
)
def test_a_secret_is_in_secrets_manager_or_a_parameter(arn: str) -> None:
    assert read(put(full_document(), SECRETS, {"TOKEN": arn}))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf:password",
        "arn:aws:ssm:us-east-1:123456789012:document/api",
        "arn:aws:ssm:us-east-1:210987654321:parameter/api",
        "arn:aws:s3:::bucket",
        "api-AbCdEf",
    ],
)
def test_other_secrets_are_refused(arn: str) -> None:
    assert paths(put(full_document(), SECRETS, {"TOKEN": arn})) == [f"{SECRETS}.TOKEN"]


def test_the_keys_of_secrets_belong_to_the_account() -> None:
    keys = "hipaa:apps.api.secret_keys"
    key = "arn:aws:kms:us-east-1:{}:key/11112222-3333-4444-5555-666677778888"
    assert read(put(full_document(), keys, [key.format("123456789012")]))
    assert paths(put(full_document(), keys, [key.format("210987654321")])) == [f"{keys}[0]"]
    assert paths(put(full_document(), keys, ["arn:aws:kms:us-east-1:123456789012:alias/api"])) == [
        f"{keys}[0]"
    ]
