"""Instances and load balancers of the shipped stacks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hipaa_policies.judge import judge

from blueprint.preview import preview_stack
from blueprint.reach.claims import claims
from blueprint.record import Record, Resource
from blueprint.verdict import judged_resource
from tests.repository import controls_for, network, program, recorded, workspace
from tests.settings.documents import DIGEST, full_document, put

REPOSITORY = "aws:ecr/repository:Repository"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
TLS_IMAGE = f"registry.example.org/haproxy{DIGEST}"


@pytest.fixture(scope="module")
def provided() -> Record:
    """A program in which another process calls the process `realtime-web`, which has the sidecar."""
    document = put(full_document(), "hipaa:compute.tls_image", TLS_IMAGE)
    document["hipaa:apps"]["realtime"]["processes"]["web"] |= {"tls": "provided", "connect_port": 9443}
    document["hipaa:apps"]["worker"]["processes"]["jobs"]["connects_to"] = ["realtime-web"]
    return program(document)


def test_prod_runs_compute_optimised_instances_over_three_zones():
    preview = preview_stack(workspace(), workspace().stack("prod"))
    [fleet] = [item for item in preview.auto_scaling_groups if item.name != "vpn"]
    assert (fleet.instance_type, fleet.min_size, fleet.max_size) == ("c5.2xlarge", 3, 30)
    assert fleet.zones == ("us-east-1a", "us-east-1b", "us-east-1c")


@pytest.mark.parametrize("strategy", ["blue_green", "canary"])
def test_a_program_whose_deployments_move_requests_has_no_fault(strategy: str) -> None:
    document = put(full_document(), "hipaa:apps.api.processes.web.deployment", {"strategy": strategy})
    document["hipaa:apps"]["api"]["processes"]["web"]["scale_on"] = {}
    record = program(document)
    assert judge(map(judged_resource, record.resources), config=controls_for(document)).violations == ()
    assert [fault for claim in claims(network(record)) for fault in claim.faults] == []


@pytest.fixture(scope="module")
def spot() -> Record:
    """A program whose worker runs on Spot instances and follows the length of its queue."""
    document = put(full_document(), "hipaa:compute.max_spot_instances", 20)
    document["hipaa:compute"]["other_instance_types"] = ["c6i.2xlarge", "m5.2xlarge"]
    queue = {"namespace": "AWS/SQS", "name": "Waiting", "target": 50, "per_task": True}
    period = {"start": "cron(0 8 * * ? *)", "end": "cron(0 18 * * ? *)", "min": 3, "max": 9}
    document["hipaa:apps"]["worker"]["processes"]["jobs"] |= {
        "spot": True,
        "scale_on": {"metrics": {"queue": queue}, "schedule": {"day": period}},
    }
    return program(document)


def test_only_processes_that_ask_for_it_run_on_spot_instances(spot: Record) -> None:
    provider = spot.one("aws:ecs/capacityProvider:CapacityProvider", "compute-spot").outputs["name"]
    strategies: dict[str, Any] = {
        item.name: item.inputs["capacityProviderStrategies"]
        for item in spot.of_type("aws:ecs/service:Service")
    }
    assert [name for name, items in strategies.items() if provider in str(items)] == ["worker-jobs"]


def test_both_capacity_providers_have_an_alarm(spot: Record) -> None:
    providers = {item.outputs["name"] for item in spot.of_type("aws:ecs/capacityProvider:CapacityProvider")}
    watched = [
        item.inputs["dimensions"]["CapacityProviderName"]  # type: ignore[index,call-overload]
        for item in spot.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if "CapacityProviderName" in str(item.inputs.get("dimensions"))
    ]
    assert len(watched) == 2
    assert set(watched) == providers


def test_spot_instances_violate_no_policy_and_no_claim(spot: Record) -> None:
    report = judge(map(judged_resource, spot.resources), config=controls_for(spot.config))
    assert report.violations == ()
    assert [fault for claim in claims(network(spot)) for fault in claim.faults] == []


def test_load_balancers_log_to_the_intake_bucket_after_its_policy_exists() -> None:
    record = recorded("prod")
    intake = record.one("aws:s3/bucket:Bucket", "logs-intake")
    policy = record.one("aws:s3/bucketPolicy:BucketPolicy", "logs-intake")
    for balancer in record.of_type("aws:lb/loadBalancer:LoadBalancer"):
        assert balancer.inputs["accessLogs"]["bucket"] == intake.outputs["id"]  # type: ignore[index,call-overload]
        assert policy.urn in balancer.property_dependencies["accessLogs"]


def test_only_services_that_ask_for_it_have_a_sidecar(provided: Record) -> None:
    definitions: dict[str, Any] = {
        name: json.loads(str(provided.one(TASK, name).inputs["containerDefinitions"]))
        for name in ("api-web", "realtime-web", "worker-jobs")
    }
    assert {name: [item["name"] for item in items] for name, items in definitions.items()} == {
        "api-web": ["api-web"],
        "realtime-web": ["realtime-web", "tls-proxy"],
        "worker-jobs": ["worker-jobs"],
    }
    assert definitions["realtime-web"][1]["image"] == TLS_IMAGE


def test_the_image_of_the_sidecar_has_a_repository(provided: Record) -> None:
    repository = provided.one(REPOSITORY, "images-tls-proxy")
    assert repository.inputs["name"] == "hipaa-prod/tls-proxy"
    assert "tls-proxy" in provided.outputs["repository_urls"]  # pyright: ignore[reportOperatorIssue]
    without = program(full_document())
    assert "images-tls-proxy" not in {item.name for item in without.of_type(REPOSITORY)}


def test_a_program_with_the_sidecar_has_no_fault(provided: Record) -> None:
    assert _violations(provided) == set()
    assert [fault for claim in claims(network(provided)) for fault in claim.faults] == []


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"user": "0"}, "container-is-unprivileged"),
        ({"privileged": True}, "container-is-unprivileged"),
        ({"readonlyRootFilesystem": False}, "container-disk-is-read-only"),
        ({"logConfiguration": {}}, "container-writes-logs"),
        (
            {"environment": [{"name": "TLS_PRIVATE_KEY", "value": "x"}]},
            "container-environment-holds-no-secrets",
        ),
    ],
)
def test_a_weaker_sidecar_is_a_violation(provided: Record, changes: dict[str, object], control: str) -> None:
    task = provided.one(TASK, "realtime-web")
    application, sidecar = json.loads(str(task.inputs["containerDefinitions"]))
    weaker = json.dumps([application, {**sidecar, **changes}])
    assert (control, task.urn) in _violations(_with(provided, task, containerDefinitions=weaker))


def test_plain_http_from_the_load_balancer_to_the_task_is_a_violation(provided: Record) -> None:
    group = provided.one("aws:lb/targetGroup:TargetGroup", "realtime-web")
    plain = _with(provided, group, protocol="HTTP", port=8080)
    assert ("target-is-encrypted", group.urn) in _violations(plain)


@pytest.fixture(scope="module")
def daemons() -> Record:
    """A program with a daemon that sees the host."""
    daemon = {
        "image": f"registry.example.org/agent{DIGEST}",
        "cpu": 64,
        "memory_mib": 64,
        "host_metrics": True,
    }
    return program(put(full_document(), "hipaa:compute.daemons", {"hosts": daemon}))


def test_a_program_with_a_daemon_has_no_fault(daemons: Record) -> None:
    assert _violations(daemons) == set()
    assert _faults(daemons) == []
    daemon = daemons.one("aws:ecs/service:Service", "daemon-hosts").inputs
    assert daemon["schedulingStrategy"] == "DAEMON"


@pytest.mark.parametrize("port", [22, 5432])
def test_a_daemon_that_reaches_more_than_https_is_a_fault(daemons: Record, port: int) -> None:
    rule = daemons.one("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "daemon-hosts-https")
    wider = _with(daemons, rule, fromPort=port, toPort=port)
    assert any("daemon-hosts" in fault for fault in _faults(wider))


@pytest.mark.parametrize(
    "volumes",
    [
        [{"name": "host-proc", "hostPath": "/"}],
        [{"name": "host-proc", "hostPath": "/var/run/docker.sock"}],
    ],
)
def test_a_daemon_that_sees_more_of_the_host_is_a_violation(daemons: Record, volumes: object) -> None:
    task = daemons.one(TASK, "daemon-hosts")
    assert ("host-paths-are-read-only", task.urn) in _violations(_with(daemons, task, volumes=volumes))


def _faults(record: Record) -> list[str]:
    return [fault for claim in claims(network(record)) for fault in claim.faults]


def _violations(record: Record) -> set[tuple[str, str]]:
    report = judge(map(judged_resource, record.resources), config=controls_for(record.config))
    return {(item.policy, item.urn) for item in report.violations}


def _with(record: Record, resource: Resource, **inputs: object) -> Record:
    """Return a record in which a resource has other inputs."""
    changed = replace(resource, inputs={**resource.inputs, **inputs})
    return replace(
        record,
        resources=tuple(changed if item.urn == resource.urn else item for item in record.resources),
    )
