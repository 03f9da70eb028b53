"""The task definitions of a service: its containers, its commands, and the permissions that they need."""

import json
from collections.abc import Callable

from blueprint.record import Record
from components.compute.service.jobs import Command, Job
from components.shared.containers import Container, HealthCheck
from tests.harness import statements_of, violations_of

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
POLICY = "aws:iam/policy:Policy"
AGENT = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/agent@sha256:{'0' * 64}"
CREDENTIAL_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"


def test_ecs_exec_is_off_unless_the_application_has_it(
    service: Callable[..., Record],
) -> None:
    record = service()
    assert record.one(SERVICE).inputs["enableExecuteCommand"] is False
    assert not [policy for policy in record.of_type(POLICY) if policy.name == "api-task"]
    with_exec = service(application_options={"has_exec": True})
    assert with_exec.one(SERVICE).inputs["enableExecuteCommand"] is True
    assert "ExecChannels" in statements_of(with_exec.one(POLICY, "api-task").inputs["policy"])


def test_tasks_have_the_tag_with_which_an_application_may_protect_them(
    service: Callable[..., Record],
) -> None:
    record = service(application_options={"protects_tasks": True})
    [statement] = statements_of(record.one(POLICY, "api-task").inputs["policy"]).values()
    [(key, value)] = statement["Condition"]["StringEquals"].items()
    assert record.one(SERVICE).inputs["propagateTags"] == "SERVICE"
    assert record.one(SERVICE).inputs["tags"] == {key.removeprefix("aws:ResourceTag/"): value}


def test_a_sidecar_runs_beside_the_container_and_beside_commands(service: Callable[..., Record]) -> None:
    agent = Container(
        name="agent", image=AGENT, cpu=64, memory_mib=32, secrets={"KEY": CREDENTIAL_ARN}, essential=False
    )
    record = service(sidecars=[agent], release=Command(command=["./migrate"]))
    for name in ("api", "api-release"):
        task = record.one(TASK, name).inputs
        assert (task["cpu"], task["memory"]) == ("576", "1056")
        first, second = json.loads(str(task["containerDefinitions"]))
        assert (second["name"], second["essential"]) == ("agent", False)
        assert first["dependsOn"] == [{"condition": "START", "containerName": "agent"}]
    statements = statements_of(record.one(POLICY, "api-execution").inputs["policy"])
    assert len(statements["Image"]["Resource"]) == 2
    assert statements["Secrets"]["Resource"] == [CREDENTIAL_ARN]
    assert violations_of(record) == set()


def test_a_command_keeps_the_entry_point_of_the_service_unless_it_has_another_one(
    worker: Callable[..., Record],
) -> None:
    record = worker(
        container=Container(
            name="worker",
            image=AGENT,
            cpu=128,
            memory_mib=64,
            entry_point=["worker"],
            health_check=HealthCheck(command=["./check"]),
        ),
        release=Command(command=["./migrate"]),
        schedules={"report": Job(cron="rate(1 day)", command=["report"], entry_point=["launcher"])},
    )
    containers = {
        item.name: json.loads(str(item.inputs["containerDefinitions"]))[0] for item in record.of_type(TASK)
    }
    assert {name: item["entryPoint"] for name, item in containers.items()} == {
        "worker": ["worker"],
        "worker-release": ["worker"],
        "worker-report": ["launcher"],
    }
    assert [name for name, item in containers.items() if "healthCheck" in item] == ["worker"]
