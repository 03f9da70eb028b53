"""Values that name a region or an account."""

from __future__ import annotations

import pytest

from tests.settings.documents import (
    DIGEST,
    Document,
    full_document,
    new_warnings,
    paths,
    problem,
    put,
    read,
)

ARN = "arn:aws:secretsmanager:{}:{}:secret:api-AbCdEf"
IMAGE = "{}.dkr.ecr.{}.amazonaws.com/api" + DIGEST
ACCOUNT, OTHER = "123456789012", "444455556666"
SECRETS = "hipaa:apps.api.secrets"


def with_images(region: str) -> Document:
    document = full_document()
    for app in document["hipaa:apps"].values():
        app["image"] = IMAGE.format(ACCOUNT, region)
    return document


def test_a_secret_belongs_to_the_account_and_region_of_the_stack() -> None:
    assert read(put(full_document(), SECRETS, {"TOKEN": ARN.format("us-east-1", ACCOUNT)}))
    refused = problem(put(full_document(), SECRETS, {"TOKEN": ARN.format("us-west-2", ACCOUNT)}))
    assert (refused.path, refused.allowed) == (f"{SECRETS}.TOKEN", "a value in aws:region (us-east-1)")
    refused = problem(put(full_document(), SECRETS, {"TOKEN": ARN.format("us-east-1", OTHER)}))
    assert refused.path == f"{SECRETS}.TOKEN"
    assert refused.allowed == (
        "a secret of this account and region: arn:aws:secretsmanager:us-east-1:123456789012:secret:…"
    )


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:secretsmanager::123456789012:secret:token",
        "arn:aws-us-gov:secretsmanager:us-east-1:123456789012:secret:token",
    ],
)
def test_a_secret_is_an_arn_of_secrets_manager(arn: str) -> None:
    assert paths(put(full_document(), SECRETS, {"TOKEN": arn})) == [f"{SECRETS}.TOKEN"]


def test_a_copied_stack_that_names_the_old_region_is_one_mistake() -> None:
    document = with_images("us-east-1") | {"aws:region": "eu-west-1"}
    document = put(document, SECRETS, {"TOKEN": ARN.format("us-east-1", ACCOUNT)})
    refused = problem(document)
    assert (refused.path, refused.value) == ("aws:region", '"eu-west-1"')
    assert refused.allowed == (
        "the region of hipaa:apps.api.image, hipaa:apps.api.secrets.TOKEN, "
        "hipaa:apps.realtime.image, hipaa:apps.worker.image: us-east-1"
    )
    assert refused.hint.startswith("if you have copied the file of another stack")


def test_images_of_another_region_are_a_warning() -> None:
    [warning] = new_warnings(with_images("us-west-2"), with_images("us-east-1"))
    assert warning.startswith("hipaa:apps.api.image, hipaa:apps.realtime.image")
    assert "images in us-west-2, but aws:region is us-east-1" in warning


def test_images_of_another_region_are_refused_without_nat() -> None:
    document = put(full_document(), "hipaa:network.nat", "none")
    refused = problem(put(document, "hipaa:apps.api.image", IMAGE.format(ACCOUNT, "us-west-2")))
    assert refused.path == "hipaa:apps.api.image"
    assert refused.hint == "without NAT, instances reach only the registry of their own region"
    assert read(put(document, "hipaa:apps.api.image", IMAGE.format(ACCOUNT, "us-east-1")))


def test_images_of_another_account_are_a_warning() -> None:
    document = put(full_document(), "hipaa:apps.api.image", IMAGE.format(OTHER, "us-east-1"))
    [warning] = new_warnings(document, full_document())
    assert warning == (
        f"hipaa:apps.api.image: images of account {OTHER}: the policies of its repositories must admit account {ACCOUNT}"
    )


def test_texts_of_a_service_may_name_another_region() -> None:
    document = put(full_document(), "hipaa:apps.api.environment", {"BUCKET": "arn:aws:s3:us-west-2::bucket"})
    document = put(
        document, "hipaa:apps.api.processes.web.command", ["sync", "arn:aws:sns:us-west-2:123456789012:topic"]
    )
    assert new_warnings(document, full_document()) == []
