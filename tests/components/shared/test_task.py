"""Tests of container definitions (no root, read-only file system, no capabilities, no plain secrets) and task policies."""

import json
from typing import Any

import pytest

from components.shared.task import (
    Container,
    HealthCheck,
    definitions,
    execution_policy,
    repository_arn,
    task_policy,
)
from tests.harness import ACCOUNT, KEY, statements_of

IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/team/api@sha256:{'0' * 64}"
CREDENTIALS_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"
LOG = "arn:aws:logs:us-east-1:111122223333:log-group:api"


def container_definition(command: tuple[str, ...] = (), **overrides: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": "api",
        "image": IMAGE,
        "cpu": 512,
        "memory_mib": 1024,
        "ports": {"app": 8443},
    }
    text = definitions(
        Container(**{**values, **overrides}),
        log_group="api-1",
        region="us-east-1",
        stream="api",
        secrets={"TOKEN": f"{CREDENTIALS_ARN}:token::", "KEY": CREDENTIALS_ARN},
        command=command,
    )
    (container,) = json.loads(text)
    return container


def execution_statements(image: str = IMAGE, secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    return statements_of(
        execution_policy(
            account=ACCOUNT, image=image, log_group_arn=LOG, secret_arns=secrets, secrets_key_arn=KEY
        )
    )


def task_statements(**users: list[str]) -> dict[str, Any]:
    return statements_of(task_policy(exec_log_group_arn=LOG, compute_key_arn=KEY, **users))


def test_a_container_runs_without_root_capabilities_and_a_writable_file_system() -> None:
    container = container_definition()
    assert container["readonlyRootFilesystem"] is True
    assert container["privileged"] is False
    assert container["user"] == "65532:65532"
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert container["linuxParameters"]["initProcessEnabled"] is True


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:nobody", "0:1000", "", "00"])
def test_root_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="user must not be root"):
        container_definition(user=user)


def test_only_tmp_and_the_state_of_ecs_exec_are_writable() -> None:
    mounts = container_definition(temporary_mib=128)["linuxParameters"]["tmpfs"]
    assert {(mount["containerPath"], mount["size"]) for mount in mounts} == {
        ("/tmp", 128),  # noqa: S108
        ("/var/lib/amazon/ssm", 16),
    }


def test_the_definition_has_the_arns_of_secrets_and_not_their_values() -> None:
    assert container_definition()["secrets"] == [
        {"name": "KEY", "valueFrom": CREDENTIALS_ARN},
        {"name": "TOKEN", "valueFrom": f"{CREDENTIALS_ARN}:token::"},
    ]


def test_the_log_driver_does_not_block_the_application() -> None:
    assert container_definition()["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "api-1",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "api",
            "max-buffer-size": "25m",
            "mode": "non-blocking",
        },
    }


def test_the_keys_of_a_container_definition_are_sorted() -> None:
    container = container_definition()
    assert list(container) == sorted(container)


def test_a_health_check_runs_without_a_shell() -> None:
    check = container_definition(health_check=HealthCheck(command=["/app", "check"]))["healthCheck"]
    assert check["command"] == ["CMD", "/app", "check"]


def test_a_one_off_command_has_no_ports_and_no_health_check() -> None:
    container = container_definition(("/app", "migrate"), health_check=HealthCheck(command=["/app", "check"]))
    assert container["command"] == ["/app", "migrate"]
    assert container["portMappings"] == []
    assert "healthCheck" not in container


@pytest.mark.parametrize(
    ("image", "arn"),
    [
        (IMAGE, "arn:aws:ecr:us-east-1:111122223333:repository/team/api"),
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api:1.2",
            "arn:aws:ecr:eu-west-1:111122223333:repository/api",
        ),
        (
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/api",
            "arn:aws:ecr:us-east-1:111122223333:repository/api",
        ),
        ("registry.example.org/api:1", None),
    ],
)
def test_the_arn_of_the_ecr_repository_follows_from_the_image(image: str, arn: str | None) -> None:
    assert repository_arn(image, "aws") == arn


def test_ecs_may_pull_one_image_and_write_one_log() -> None:
    statements = execution_statements()
    assert statements["Image"]["Resource"] == ["arn:aws:ecr:us-east-1:111122223333:repository/team/api"]
    assert statements["Log"]["Resource"] == [f"{LOG}:log-stream:*"]


def test_an_image_in_another_registry_needs_no_ecr_permissions() -> None:
    assert set(execution_statements("registry.example.org/api:1")) == {"Log"}


def test_ecs_may_read_the_named_secrets_and_use_their_key_through_secrets_manager_only() -> None:
    statements = execution_statements(secrets=(f"{CREDENTIALS_ARN}:token::", CREDENTIALS_ARN))
    assert statements["Secrets"]["Resource"] == [CREDENTIALS_ARN]
    assert statements["SecretsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    }


def test_ecs_may_read_parameters_and_use_further_keys_through_the_services_that_hold_them() -> None:
    parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/api/token"
    further = "arn:aws:kms:us-east-1:111122223333:key/99998888-7777-6666-5555-444433332222"

    def statements(*secrets: str) -> dict[str, Any]:
        return statements_of(
            execution_policy(
                account=ACCOUNT,
                image=IMAGE,
                log_group_arn=LOG,
                secret_arns=secrets,
                secrets_key_arn=KEY,
                further_key_arns=[further],
            )
        )

    both = statements(parameter, CREDENTIALS_ARN)
    assert (both["Parameters"]["Action"], both["Parameters"]["Resource"]) == (
        ["ssm:GetParameters"],
        [parameter],
    )
    assert both["Secrets"]["Resource"] == [CREDENTIALS_ARN]
    assert both["SecretsKey"]["Resource"] == sorted([KEY, further])
    assert both["SecretsKey"]["Condition"] == {
        "StringEquals": {
            "kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"]
        }
    }
    only_parameter = statements(parameter)
    assert "Secrets" not in only_parameter
    assert only_parameter["SecretsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}
    }


def test_an_application_without_databases_has_permissions_for_ecs_exec_only() -> None:
    services = {action.split(":")[0] for item in task_statements().values() for action in item["Action"]}
    assert services == {"ssmmessages", "logs", "kms"}
    assert task_statements()["ExecLog"]["Resource"] == [f"{LOG}:*"]
    assert task_statements()["ExecKey"]["Resource"] == [KEY]


def test_an_application_may_sign_in_as_the_given_database_users_only() -> None:
    database = "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/api"
    statements = task_statements(database_users=[database])
    assert (statements["Databases"]["Action"], statements["Databases"]["Resource"]) == (
        ["rds-db:connect"],
        [database],
    )
