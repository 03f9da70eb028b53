"""A task: nobody, on a read-only file system, without capabilities or plain secrets; and what its roles may do."""

import json
from typing import Any

import pytest

from components.shared.iam import Account
from components.shared.task import (
    Container,
    HealthCheck,
    definitions,
    execution_policy,
    repository_arn,
    task_policy,
)

ACCOUNT = Account(id="111122223333", region="us-east-1")
IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/team/api@sha256:{'0' * 64}"
STORED = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"
LOG = "arn:aws:logs:us-east-1:111122223333:log-group:api"


def defined(command: tuple[str, ...] = (), **overrides: Any) -> dict[str, Any]:
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
        secrets={"TOKEN": f"{STORED}:token::", "KEY": STORED},
        command=command,
    )
    (container,) = json.loads(text)
    return container


def granted(document: str) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in json.loads(document)["Statement"]}


def executes(image: str = IMAGE, secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    return granted(
        execution_policy(
            account=ACCOUNT, image=image, log_group_arn=LOG, secret_arns=secrets, secrets_key_arn=KEY
        )
    )


def runs(**users: list[str]) -> dict[str, Any]:
    return granted(task_policy(exec_log_group_arn=LOG, compute_key_arn=KEY, **users))


def test_a_container_can_do_as_little_as_possible() -> None:
    container = defined()
    assert container["readonlyRootFilesystem"] is True
    assert container["privileged"] is False
    assert container["user"] == "65532:65532"
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert container["linuxParameters"]["initProcessEnabled"] is True


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:nobody", "0:1000", "", "00"])
def test_root_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="user must not be root"):
        defined(user=user)


def test_only_temporary_files_and_sessions_can_be_written() -> None:
    places = defined(temporary_mib=128)["linuxParameters"]["tmpfs"]
    assert {(place["containerPath"], place["size"]) for place in places} == {
        ("/tmp", 128),  # noqa: S108
        ("/var/lib/amazon/ssm", 16),
    }


def test_secrets_are_named_and_never_written_out() -> None:
    assert defined()["secrets"] == [
        {"name": "KEY", "valueFrom": STORED},
        {"name": "TOKEN", "valueFrom": f"{STORED}:token::"},
    ]


def test_a_full_log_never_stops_the_application() -> None:
    assert defined()["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "api-1",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "api",
            "max-buffer-size": "25m",
            "mode": "non-blocking",
        },
    }


def test_keys_of_the_definition_are_sorted() -> None:
    container = defined()
    assert list(container) == sorted(container)


def test_a_health_check_runs_without_a_shell() -> None:
    check = defined(health_check=HealthCheck(command=["/app", "check"]))["healthCheck"]
    assert check["command"] == ["CMD", "/app", "check"]


def test_a_command_serves_no_port_and_is_not_checked() -> None:
    container = defined(("/app", "migrate"), health_check=HealthCheck(command=["/app", "check"]))
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
def test_the_repository_is_read_from_the_image(image: str, arn: str | None) -> None:
    assert repository_arn(image, "aws") == arn


def test_ecs_pulls_the_one_image_and_writes_the_one_log() -> None:
    statements = executes()
    assert statements["Image"]["Resource"] == ["arn:aws:ecr:us-east-1:111122223333:repository/team/api"]
    assert statements["Log"]["Resource"] == [f"{LOG}:log-stream:*"]


def test_another_registry_needs_nothing_of_ecr() -> None:
    assert set(executes("registry.example.org/api:1")) == {"Log"}


def test_ecs_reads_the_named_secrets_by_their_key_alone() -> None:
    statements = executes(secrets=(f"{STORED}:token::", STORED))
    assert statements["Secrets"]["Resource"] == [STORED]
    assert statements["SecretsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    }


def test_an_application_that_uses_nothing_may_do_nothing_but_be_looked_into() -> None:
    actions = {action.split(":")[0] for item in runs().values() for action in item["Action"]}
    assert actions == {"ssmmessages", "logs", "kms"}


def test_an_application_signs_in_as_the_named_users_alone() -> None:
    database = "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/api"
    statements = runs(database_users=[database])
    assert (statements["Databases"]["Action"], statements["Databases"]["Resource"]) == (
        ["rds-db:connect"],
        [database],
    )
