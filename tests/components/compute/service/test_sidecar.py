"""The sidecar that terminates TLS: its definition, its place in the task, and what changes around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.service.args import ServiceArgs, ServiceConnect
from components.compute.service.jobs import Command, Job
from components.compute.service.scaling import Scaling
from components.compute.service.sidecar import configuration, tls_sidecar
from tests.harness import statements_of, violations_of

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/hipaa-dev/tls-proxy@sha256:{'1' * 64}"
CONNECT = ServiceConnect(
    namespace_arn="arn:aws:servicediscovery:us-east-1:111122223333:namespace/ns-1", port=9443
)


def containers(record: Record, name: str = "api") -> dict[str, dict[str, Any]]:
    text = str(record.one(TASK, name).inputs["containerDefinitions"])
    return {item["name"]: item for item in json.loads(text)}


def variables(container: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["environment"]}


@pytest.fixture(scope="module")
def own(service: Callable[..., Record]) -> Record:
    return service()


@pytest.fixture(scope="module")
def provided(service: Callable[..., Record]) -> Record:
    return service(
        tls_image=IMAGE,
        service_connect=CONNECT,
        secrets={"TOKEN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"},
        release=Command(command=["/app", "migrate"]),
        schedules={"report": Job(cron="cron(0 6 * * ? *)", command=["/app", "report"])},
    )


def test_a_service_with_the_sidecar_has_no_policy_violation(provided: Record) -> None:
    assert violations_of(provided) == set()


def test_the_sidecar_is_as_hardened_as_the_application(provided: Record) -> None:
    application, sidecar = containers(provided)["api"], containers(provided)["tls-proxy"]
    for key in ("essential", "user", "privileged", "readonlyRootFilesystem", "stopTimeout"):
        assert sidecar[key] == application[key]
    assert sidecar["readonlyRootFilesystem"] is True
    assert sidecar["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert [mount["containerPath"] for mount in sidecar["linuxParameters"]["tmpfs"]] == ["/tmp"]  # noqa: S108
    assert "mountPoints" not in sidecar
    assert sidecar["secrets"] == []


def test_the_sidecar_starts_before_the_application_and_stops_after_it(provided: Record) -> None:
    application, sidecar = containers(provided)["api"], containers(provided)["tls-proxy"]
    assert application["dependsOn"] == [{"containerName": "tls-proxy", "condition": "START"}]
    assert "dependsOn" not in sidecar


def test_only_the_sidecar_has_ports(provided: Record) -> None:
    assert containers(provided)["api"]["portMappings"] == []
    ports = {
        item["name"]: item["containerPort"] for item in containers(provided)["tls-proxy"]["portMappings"]
    }
    assert ports == {"app": 8443, "mesh": 9443}


def test_the_load_balancer_and_its_health_check_use_tls_to_the_sidecar(provided: Record) -> None:
    [balancer] = provided.one(SERVICE, "api").inputs["loadBalancers"]  # pyright: ignore[reportGeneralTypeIssues]
    assert (balancer["containerName"], balancer["containerPort"]) == ("tls-proxy", 8443)  # pyright: ignore[reportIndexIssue]
    group: Any = provided.one(TARGET_GROUP).inputs
    assert (group["protocol"], group["port"]) == ("HTTPS", 8443)
    assert (group["healthCheck"]["protocol"], group["healthCheck"]["port"]) == ("HTTPS", "traffic-port")


def test_no_security_group_opens_the_port_of_the_application(provided: Record) -> None:
    assert {
        rule.inputs["fromPort"] for rule in provided.of_type(INGRESS) if rule.name.startswith("api-")
    } == {8443}


def test_other_services_reach_the_sidecar_by_its_port(provided: Record) -> None:
    connect: Any = provided.one(SERVICE, "api").inputs["serviceConnectConfiguration"]
    [served] = connect["services"]
    assert (served["portName"], served["clientAlias"][0]["port"]) == ("mesh", 9443)


def test_the_sidecar_adds_cpu_and_memory_to_the_task_of_the_service_only(
    provided: Record, own: Record
) -> None:
    assert (own.one(TASK, "api").inputs["cpu"], own.one(TASK, "api").inputs["memory"]) == ("512", "1024")
    task = provided.one(TASK, "api").inputs
    assert (task["cpu"], task["memory"]) == (str(512 + 128 + 256), str(1024 + 128 + 64))
    assert provided.one(TASK, "api-release").inputs["memory"] == "1024"
    assert list(containers(provided, "api-release")) == ["api"]


def test_the_sidecar_writes_to_the_log_group_of_the_service_with_its_own_prefix(provided: Record) -> None:
    options = {name: item["logConfiguration"]["options"] for name, item in containers(provided).items()}
    assert options["tls-proxy"]["awslogs-group"] == options["api"]["awslogs-group"]
    assert options["tls-proxy"]["awslogs-stream-prefix"] == "api-tls-proxy"


def test_ecs_may_pull_both_images(provided: Record, own: Record) -> None:
    def repositories(record: Record) -> list[str]:
        policy = record.one("aws:iam/policy:Policy", "api-execution").inputs["policy"]
        return statements_of(policy)["Image"]["Resource"]

    prefix = "arn:aws:ecr:us-east-1:111122223333:repository"
    assert repositories(provided) == [f"{prefix}/api", f"{prefix}/hipaa-dev/tls-proxy"]
    assert repositories(own) == [f"{prefix}/api"]


def test_jobs_run_without_the_sidecar(provided: Record) -> None:
    assert list(containers(provided, "api-report")) == ["api"]


def test_port_tells_the_application_where_to_listen(
    provided: Record, own: Record, worker: Callable[..., Record]
) -> None:
    assert variables(containers(provided)["api"])["PORT"] == "8080"
    assert "PORT" not in variables(containers(provided)["tls-proxy"])
    assert variables(containers(own)["api"])["PORT"] == "8443"
    called = containers(worker(service_connect=CONNECT), "worker")
    assert variables(called["api"])["PORT"] == "9443"
    assert "PORT" not in variables(containers(worker(), "worker")["api"])


def test_the_proxy_listens_on_each_port_and_forwards_to_loopback_only() -> None:
    lines = [line.strip() for line in configuration([8443, 9443]).splitlines()]
    assert [line.split()[1] for line in lines if line.startswith("bind ")] == [":8443", ":9443"]
    assert {line.split()[2] for line in lines if line.startswith("server ")} == {"127.0.0.1:8080"}


def test_only_health_checks_get_the_host_of_the_route() -> None:
    lines = [line.strip() for line in configuration([8443], "app.example.org").splitlines()]
    assert [line for line in lines if line.startswith("http-request set-header")] == [
        "http-request set-header host app.example.org if health_check",
        "http-request set-header x-forwarded-proto https if health_check",
    ]
    assert "set-header" not in configuration([8443])


def test_the_key_is_made_at_the_start_and_is_not_in_the_definition() -> None:
    sidecar = tls_sidecar(IMAGE, {"app": 8443})
    assert "openssl req -x509" in sidecar.command[-1]
    assert "PRIVATE KEY" not in str(sidecar)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"tls_image": IMAGE, "port": None}, "tls_image requires port"),
        ({"tls_image": IMAGE, "port": 8080}, "must not be 8080"),
        (
            {"tls_image": IMAGE, "service_connect": ServiceConnect(namespace_arn="arn", port=8080)},
            "must not be 8080",
        ),
        ({"secrets": {"PORT": "arn"}}, "must not set PORT"),
    ],
)
def test_contradictory_arguments_are_refused(
    arguments: Callable[..., ServiceArgs], overrides: Mapping[str, Any], message: str
) -> None:
    without_route: dict[str, Any] = {"route": None, "scaling": Scaling(min=1, max=2)}
    with pytest.raises(ValueError, match=message):
        arguments(**{**without_route, **overrides})
