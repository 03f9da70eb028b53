"""Rules on daemons."""

from __future__ import annotations

from typing import Any

import pytest

from tests.settings.documents import DIGEST, Document, full_document, problem, put, read

DAEMON: Document = {"image": f"registry.example.org/agent{DIGEST}", "cpu": 64, "memory_mib": 64}
PATH = "hipaa:compute.daemons"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:agent-AbCdEf"  # noqa: S105


def with_daemons(**daemons: Document) -> Document:
    return put(full_document(), PATH, {name: {**DAEMON, **item} for name, item in daemons.items()})


def test_a_daemon_of_a_protected_stack_has_a_digest() -> None:
    assert (
        problem(with_daemons(hosts={"image": "registry.example.org/agent:1"})).path == f"{PATH}.hosts.image"
    )


def test_a_variable_of_a_daemon_is_set_once() -> None:
    daemon: Any = {"environment": {"KEY": "1"}, "secrets": {"KEY": SECRET}}
    assert problem(with_daemons(hosts=daemon)).path == f"{PATH}.hosts.secrets.KEY"


@pytest.mark.parametrize(
    "arn",
    [
        SECRET.replace("123456789012", "111122223333"),
        "arn:aws:ssm:us-east-1:111122223333:parameter/agent",
        "arn:aws:s3:::agent",
    ],
)
def test_the_secrets_of_a_daemon_are_secrets_of_the_account(arn: str) -> None:
    assert problem(with_daemons(hosts={"secrets": {"KEY": arn}})).path == f"{PATH}.hosts.secrets.KEY"


def test_a_daemon_may_name_another_region_in_its_own_texts() -> None:
    environment = {"PEER": "arn:aws:sqs:eu-west-1:123456789012:jobs"}
    document = put(with_daemons(hosts={"environment": environment}), "hipaa:network.nat", "none")
    assert read(document).compute is not None


def test_directories_in_memory_leave_memory_for_the_daemon() -> None:
    assert problem(with_daemons(hosts={"writable": {"/a": {"mib": 64}}})).path == f"{PATH}.hosts.writable"


def test_a_daemon_and_a_process_do_not_share_a_task_definition() -> None:
    document = with_daemons(hosts={})
    document["hipaa:apps"]["daemon"] = {"processes": {"hosts": {"cpu": 128, "memory_mib": 64}}}
    assert problem(document).path == f"{PATH}.hosts"


@pytest.mark.parametrize("user", ["65532:65532", "65532", "00065532:1", "collector", "1234:1"])
def test_a_daemon_that_sees_processes_has_a_number_as_user_that_no_container_has(user: str) -> None:
    document = with_daemons(hosts={"host_metrics": True, "user": user})
    document["hipaa:apps"]["api"]["processes"]["web"]["user"] = "1234"
    assert problem(document).path == f"{PATH}.hosts.user"


def test_a_sidecar_or_another_daemon_does_not_share_the_user_either() -> None:
    document = with_daemons(hosts={"host_metrics": True})
    assert read(document).compute is not None
    document["hipaa:apps"]["api"]["processes"]["web"]["sidecars"] = {"agent": {**DAEMON, "user": "65533:1"}}
    assert problem(document).path == f"{PATH}.hosts.user"
    both = with_daemons(hosts={"host_metrics": True}, other={})
    assert problem(both).path == f"{PATH}.hosts.user"


def test_daemons_without_the_host_share_users() -> None:
    settings = read(with_daemons(one={"user": "65532"}, two={"user": "65532"}))
    assert settings.compute is not None
    assert [*settings.compute.daemons] == ["one", "two"]


@pytest.mark.parametrize(
    ("instance_type", "daemons"),
    [
        ("t3.medium", {"one": {}, "two": {}}),
        ("c5.2xlarge", {"one": {"cpu": 8192}}),
        ("c5.2xlarge", {"one": {"memory_mib": 16_384}}),
    ],
)
def test_daemons_leave_room_for_tasks(instance_type: str, daemons: Document) -> None:
    document = put(with_daemons(**daemons), "hipaa:compute.instance_type", instance_type)
    document = {key: value for key, value in document.items() if key != "hipaa:apps"}
    assert problem(document).path == PATH


def test_a_task_fits_beside_the_daemons() -> None:
    document = with_daemons(hosts={"cpu": 1024})
    document["hipaa:apps"]["api"]["processes"]["web"]["cpu"] = 8 * 1024 - 1023
    refused = problem(document)
    assert refused.path == "hipaa:apps.api.processes.web.cpu"
    assert "at most 7168" in refused.allowed


def test_images_of_sidecars_and_daemons_are_pulled_too() -> None:
    document = with_daemons(hosts={"image": f"hosts.example.org/agent{DIGEST}"})
    sidecar = {**DAEMON, "image": f"sidecar.example.org/agent{DIGEST}"}
    document["hipaa:apps"]["api"]["processes"]["web"]["sidecars"] = {"agent": sidecar}
    assert {"hosts.example.org", "sidecar.example.org"} <= {*read(document).registries}
