import json
from functools import cache
from typing import Any

import pulumi
import pytest
from hipaa_policies.judge import judge
from hypothesis import given
from hypothesis import strategies as st

from blueprint.record import Record
from blueprint.verdict import judged_resource
from components.compute import Registry, RegistryArgs
from components.compute.registry import lifecycle, repository_policy
from tests.harness import ACCOUNT, KEY, evaluate, statements_of

ENDPOINTS = ("vpce-0123456789abcdef0", "vpce-0123456789abcdef1")

REPOSITORY = "aws:ecr/repository:Repository"
POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"


def _args(**overrides: Any) -> RegistryArgs:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "prefix": "hipaa-dev",
        "apps": ("api", "jobs"),
        "compute_key_arn": KEY,
        "protect": False,
    }
    return RegistryArgs(**{**values, **overrides})


@cache
def _record(*, known: bool = True, **overrides: Any) -> Record:
    def program() -> None:
        registry = Registry("app", _args(**overrides))
        for service, url in registry.repository_urls.items():
            pulumi.export(service, url)

    return evaluate(program, known=known)


@pytest.fixture(scope="module")
def record() -> Record:
    return _record()


def _statements(endpoints: tuple[str, ...] = ()) -> dict[str, Any]:
    return statements_of(repository_policy(ACCOUNT, endpoints))


def test_each_service_has_a_repository(record: Record) -> None:
    assert [item.name for item in record.of_type(REPOSITORY)] == ["app-api", "app-jobs"]
    assert set(record.outputs) == {"api", "jobs"}


def test_tags_are_immutable_and_images_are_scanned_on_push(record: Record) -> None:
    inputs = record.one(REPOSITORY, "app-api").inputs
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_images_are_encrypted_with_the_compute_key(record: Record) -> None:
    assert record.one(REPOSITORY, "app-api").inputs["encryptionConfigurations"] == [
        {"encryptionType": "KMS", "kmsKey": KEY}
    ]


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_repository_keeps_its_images(protect: bool) -> None:
    repository = _record(protect=protect).one(REPOSITORY, "app-api")
    assert repository.inputs["forceDelete"] is not protect
    assert (repository.protect, repository.retain_on_delete) == (protect, False)


def test_a_repository_has_a_fixed_name_and_is_deleted_before_its_replacement(record: Record) -> None:
    repository = record.one(REPOSITORY, "app-api")
    assert repository.inputs["name"] == "hipaa-dev/api"
    assert record.outputs["api"] == f"{ACCOUNT.id}.dkr.ecr.us-east-1.amazonaws.com/hipaa-dev/api"
    # Two repositories cannot have the same name at the same time.
    assert repository.delete_before_replace


@pytest.mark.parametrize("kind", [POLICY, LIFECYCLE])
def test_each_repository_has_a_repository_policy_and_a_lifecycle_policy(record: Record, kind: str) -> None:
    names = {item.inputs["repository"] for item in record.of_type(kind)}
    assert names == {item.outputs["name"] for item in record.of_type(REPOSITORY)}


def test_untagged_images_are_deleted_after_two_weeks() -> None:
    rule = json.loads(lifecycle(50))["rules"][0]["selection"]
    assert rule == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 14,
    }


@given(st.integers(1, 1000))
def test_keep_releases_sets_the_number_of_tagged_images_to_keep(keep: int) -> None:
    rules = json.loads(lifecycle(keep))["rules"]
    assert rules[1]["selection"] == {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": keep,
    }
    assert [rule["rulePriority"] for rule in rules] == [1, 2]


def test_the_repository_policy_denies_every_action_to_other_accounts() -> None:
    statement = _statements()["OtherAccounts"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", ["ecr:*"])
    assert statement["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": "111122223333"}


def test_without_endpoints_the_policy_does_not_restrict_pulls_in_the_account() -> None:
    assert set(_statements()) == {"OtherAccounts"}


def test_with_endpoints_layers_can_be_read_only_through_them() -> None:
    statement = _statements(ENDPOINTS)["OtherEndpoints"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"]["StringNotEquals"] == {"aws:SourceVpce": list(ENDPOINTS)}


def test_aws_services_and_service_linked_roles_are_exempt_from_the_endpoint_rule() -> None:
    condition = _statements(ENDPOINTS)["OtherEndpoints"]["Condition"]
    assert condition["ArnNotLike"] == {
        "aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-service-role/*"
    }
    assert condition["Bool"] == {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}


@pytest.mark.parametrize(
    "action",
    [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ],
)
def test_a_push_does_not_require_an_endpoint(action: str) -> None:
    assert action not in _statements(ENDPOINTS)["OtherEndpoints"]["Action"]


def test_the_repository_policy_only_denies_and_has_no_resource_element() -> None:
    statements = _statements(ENDPOINTS).values()
    assert {statement["Effect"] for statement in statements} == {"Deny"}
    assert not [statement["Sid"] for statement in statements if "Resource" in statement]


def test_each_repository_policy_contains_the_endpoints() -> None:
    policies = _record(pull_endpoint_ids=ENDPOINTS).of_type(POLICY)
    assert {item.inputs["policy"] for item in policies} == {repository_policy(ACCOUNT, ENDPOINTS)}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"apps": ("Api",)}, "apps must be lower-case letters, digits and hyphens, got 'Api'"),
        ({"apps": ("api", "api")}, "apps must contain each name once, got api, api"),
        ({"keep_releases": 0}, "keep_releases must be 1 to 1000, got 0"),
    ],
)
def test_invalid_registry_arguments_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _args(**overrides)


@pytest.mark.parametrize("known", [True, False])
def test_a_registry_has_no_policy_violation(known: bool) -> None:
    record = _record(known=known, protect=True)
    report = judge([judged_resource(item) for item in record.resources])
    assert (report.violations, report.advisories) == ((), ())
