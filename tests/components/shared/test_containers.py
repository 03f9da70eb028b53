"""Tests of container definitions: no root, read-only file system, no capabilities, no plain secrets."""

import json
from typing import Any

import pytest

from components.shared.containers import Container, HealthCheck, Writable, definitions

IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/team/api@sha256:{'0' * 64}"
CREDENTIALS_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"


def container_definition(has_exec: bool = False, **overrides: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": "api",
        "image": IMAGE,
        "cpu": 512,
        "memory_mib": 1024,
        "ports": {"app": 8443},
        "secrets": {"KEY": CREDENTIALS_ARN},
    }
    text = definitions(
        Container(**{**values, **overrides}),
        log_group="api-1",
        region="us-east-1",
        stream="api",
        secrets={"TOKEN": f"{CREDENTIALS_ARN}:token::"},
        has_exec=has_exec,
    )
    (container,) = json.loads(text)
    return container


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


def _mounts(**options: Any) -> dict[str, tuple[int, str]]:
    """Return the size and the second mount option of each directory in memory."""
    mounts = container_definition(**options)["linuxParameters"]["tmpfs"]
    return {item["containerPath"]: (item["size"], item["mountOptions"][1]) for item in mounts}


def test_only_tmp_is_writable_unless_other_directories_are_given() -> None:
    assert _mounts() == {"/tmp": (64, "noexec")}  # noqa: S108
    writable = {"/tmp": Writable(mib=128, executable=True), "/app/tmp": Writable(mib=8)}  # noqa: S108
    assert _mounts(writable=writable) == {"/tmp": (128, "exec"), "/app/tmp": (8, "noexec")}  # noqa: S108


def test_ecs_exec_adds_a_directory_for_the_state_of_its_agent() -> None:
    assert _mounts(has_exec=True)["/var/lib/amazon/ssm"] == (16, "noexec")


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


def test_an_entry_point_and_a_command_replace_those_of_the_image() -> None:
    container = container_definition(entry_point=["worker"], command=["--queue", "mail"])
    assert (container["entryPoint"], container["command"]) == (["worker"], ["--queue", "mail"])
    assert {"entryPoint", "command"}.isdisjoint(container_definition())


def test_ecs_restarts_a_container_that_is_not_essential() -> None:
    container = container_definition(essential=False)
    assert (container["essential"], container["restartPolicy"]) == (False, {"enabled": True})
    assert "restartPolicy" not in container_definition()
