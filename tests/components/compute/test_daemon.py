"""A daemon: one hardened task on each instance, which sees the host read-only and reaches HTTPS only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from blueprint.record import Record
from tests.harness import statements_of, violations_of

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:vendor-AbCdEf"  # noqa: S105


@pytest.fixture(scope="module")
def plain(daemon: Callable[..., Record]) -> Record:
    return daemon()


@pytest.fixture(scope="module")
def watching(daemon: Callable[..., Record]) -> Record:
    """A daemon that sees the host and has a secret."""
    return daemon(host_paths=["/proc", "/sys/fs/cgroup"], secrets={"TOKEN": SECRET})


def container(record: Record) -> dict[str, Any]:
    (only,) = json.loads(str(record.one(TASK).inputs["containerDefinitions"]))
    return only


def test_a_daemon_has_no_policy_violation(plain: Record, watching: Record) -> None:
    assert violations_of(plain) | violations_of(watching) == set()


def test_a_first_preview_has_the_same_resources_as_the_deployment(
    daemon: Callable[..., Record], plain: Record
) -> None:
    assert {item.urn for item in daemon(known=False).resources} == {item.urn for item in plain.resources}


def test_the_service_has_nothing_that_ecs_refuses_for_a_daemon(plain: Record) -> None:
    service = plain.one(SERVICE).inputs
    assert (service["schedulingStrategy"], service["launchType"]) == ("DAEMON", "EC2")
    refused = {
        "capacityProviderStrategies",
        "deploymentMaximumPercent",
        "desiredCount",
        "orderedPlacementStrategies",
        "availabilityZoneRebalancing",
        "serviceConnectConfiguration",
    }
    assert refused & service.keys() == set()
    assert service["deploymentMinimumHealthyPercent"] == 0


def test_a_daemon_has_its_own_network_and_no_role_in_aws(plain: Record) -> None:
    task = plain.one(TASK).inputs
    assert task["networkMode"] == "awsvpc"
    assert (task["cpu"], task["memory"]) == ("64", "128")
    assert "taskRoleArn" not in task


def test_a_daemon_reaches_https_and_nothing_reaches_it(plain: Record) -> None:
    (egress,) = plain.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (egress.inputs["cidrIpv4"], egress.inputs["fromPort"], egress.inputs["toPort"]) == (
        "0.0.0.0/0",
        443,
        443,
    )
    assert plain.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == ()
    group = plain.one("aws:ec2/securityGroup:SecurityGroup").outputs["id"]
    network: Any = plain.one(SERVICE).inputs["networkConfiguration"]
    assert network == {
        "assignPublicIp": False,
        "securityGroups": [group],
        "subnets": ["subnet-3", "subnet-4"],
    }


def test_a_daemon_has_the_restrictions_of_other_containers(plain: Record) -> None:
    definition = container(plain)
    assert definition["readonlyRootFilesystem"] is True
    assert definition["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert (definition["user"], definition["privileged"]) == ("65533:65533", False)
    assert definition["portMappings"] == []


def test_only_a_daemon_that_asks_for_it_sees_the_host_and_it_writes_nothing_there(
    plain: Record, watching: Record
) -> None:
    assert plain.one(TASK).inputs["volumes"] == []
    assert "mountPoints" not in container(plain)
    assert watching.one(TASK).inputs["volumes"] == [
        {"name": "host-proc", "hostPath": "/proc"},
        {"name": "host-sys-fs-cgroup", "hostPath": "/sys/fs/cgroup"},
    ]
    assert container(watching)["mountPoints"] == [
        {"sourceVolume": "host-proc", "containerPath": "/host/proc", "readOnly": True},
        {"sourceVolume": "host-sys-fs-cgroup", "containerPath": "/host/sys/fs/cgroup", "readOnly": True},
    ]


def test_the_execution_role_reads_the_secrets_of_the_daemon_only(plain: Record, watching: Record) -> None:
    def readable(record: Record) -> object:
        statements = statements_of(
            record.one("aws:iam/policy:Policy", "daemon-hosts-execution").inputs["policy"]
        )
        return statements["Secrets"]["Resource"] if "Secrets" in statements else []

    assert (readable(plain), readable(watching)) == ([], [SECRET])
