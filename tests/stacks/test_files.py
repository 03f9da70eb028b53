"""The file system of a stack: who mounts which directory of it, over which network, and its backups."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import pytest

from blueprint.reach.claims import claims
from blueprint.reach.flows import flows
from blueprint.record import Record
from tests.harness import statements_of
from tests.repository import judge, network, program
from tests.settings.documents import Document, read
from tests.stacks.isolation import leading_elsewhere, shared
from tests.stacks.samples import PROCESS, app, stack

TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
POINT: Final = "aws:efs/accessPoint:AccessPoint"
FILES: Final = "aws:efs/fileSystem:FileSystem"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
MOUNTING: Final = ("ehr-web", "ehr-web-nightly", "ehr-web-release", "ehr-worker", "portal-web")
SCHEDULE: Final[Document] = {"cron": "cron(0 1 * * ? *)", "command": ["clean"]}


def document() -> Document:
    """Return a stack in which two of three applications use the file system."""
    ehr = app("files", "cache", web=PROCESS, worker={**PROCESS, "user": "1000:1000"})
    return stack(
        network={"nat": "single-gateway"},
        compute={},
        apps={
            "ehr": {**ehr, "release": {"command": ["migrate"]}, "schedules": {"nightly": SCHEDULE}},
            "portal": app("files"),
            "chat": app("cache"),
        },
        data={"files": {}, "cache": {}, "backup": {"restore_test": "cron(0 10 ? * SUN *)"}},
    )


@cache
def files() -> Record:
    return program(document(), stack="dev")


@pytest.mark.parametrize("name", MOUNTING)
def test_every_task_of_an_application_mounts_its_own_directory(name: str) -> None:
    definition: Any = files().one(TASK, name).inputs
    point = files().one(POINT, name.split("-")[0])
    [volume] = definition["volumes"]
    assert volume == {
        "name": "files",
        "efsVolumeConfiguration": {
            "fileSystemId": files().one(FILES).outputs["id"],
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": point.outputs["id"], "iam": "ENABLED"},
        },
    }
    [container] = json.loads(definition["containerDefinitions"])
    assert container["mountPoints"] == [
        {"sourceVolume": "files", "containerPath": "/files", "readOnly": False}
    ]
    assert {"name": "FILES_PATH", "value": "/files"} in container["environment"]


def test_an_application_that_does_not_use_the_file_system_mounts_nothing() -> None:
    definition: Any = files().one(TASK, "chat-web").inputs
    assert "volumes" not in definition
    assert "mountPoints" not in json.loads(definition["containerDefinitions"])[0]
    assert {item.name for item in files().of_type(POINT)} == {"ehr", "portal"}


@pytest.mark.parametrize("name", ["ehr", "portal"])
def test_an_access_point_shows_one_directory_and_enforces_one_user(name: str) -> None:
    point: Any = files().one(POINT, name).inputs
    assert point["rootDirectory"] == {
        "path": f"/{name}",
        "creationInfo": {"ownerUid": 65532, "ownerGid": 65532, "permissions": "0750"},
    }
    assert point["posixUser"] == {"uid": 65532, "gid": 65532}


@pytest.mark.parametrize("name", ["ehr", "portal"])
def test_the_task_role_allows_only_the_access_point_of_its_application(name: str) -> None:
    statements = statements_of(files().one("aws:iam/policy:Policy", f"{name}-task").inputs["policy"])
    [statement] = [
        item
        for item in statements.values()
        if any(action.startswith("elasticf") for action in item["Action"])
    ]
    assert statement["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert statement["Resource"] == [files().one(FILES).outputs["arn"]]
    point = files().one(POINT, name).outputs["arn"]
    assert statement["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": point}}


def test_applications_share_no_access_point() -> None:
    assert shared(files(), read(document())) == []
    assert leading_elsewhere(files(), read(document())) == []


def test_the_policy_refuses_clients_without_tls_and_without_an_access_point_and_allows_nobody() -> None:
    policy = statements_of(files().one("aws:efs/fileSystemPolicy:FileSystemPolicy").inputs["policy"])
    assert {item["Effect"] for item in policy.values()} == {"Deny"}
    assert policy["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert policy["AccessPointOnly"]["Condition"] == {"Null": {"elasticfilesystem:AccessPointArn": "true"}}
    assert "elasticfilesystem:ClientRootAccess" in policy["AccessPointOnly"]["Action"]


def test_tasks_depend_on_the_mount_targets_and_the_policy() -> None:
    needed = files().one(TASK, "ehr-web").property_dependencies["volumes"]
    targets = {item.urn for item in files().of_type("aws:efs/mountTarget:MountTarget")}
    assert {*targets, files().one("aws:efs/fileSystemPolicy:FileSystemPolicy").urn} <= {*needed}


def test_only_services_of_these_applications_reach_the_mount_targets() -> None:
    group = files().one("aws:ec2/securityGroup:SecurityGroup", "files").outputs["id"]
    rules: list[Any] = [item.inputs for item in files().of_type(INGRESS)]
    clients = {rule["referencedSecurityGroupId"] for rule in rules if rule["securityGroupId"] == group}
    users = ("ehr-web", "ehr-worker", "portal-web")
    assert clients == {
        files().one("aws:ec2/securityGroup:SecurityGroup", name).outputs["id"] for name in users
    }
    reached = network(files())
    assert [item for item in claims(reached) if item.faults] == []
    found = {flow.source: flow.encryption for flow in flows(reached) if flow.target == "files"}
    assert found == dict.fromkeys(users, "TLS, required")


def test_the_file_system_passes_the_policies_and_is_backed_up_and_restored_with_the_data_key() -> None:
    assert judge(files()).findings == ()
    system: Any = files().one(FILES).inputs
    assert (system["encrypted"], system["throughputMode"]) == (True, "elastic")
    assert system["tags"]["backup"] == "vault"
    selection: Any = files().one("aws:backup/restoreTestingSelection:RestoreTestingSelection").inputs
    assert selection["protectedResourceType"] == "EFS"
    assert selection["restoreMetadataOverrides"] == {"kmsKeyId": system["kmsKeyId"]}
    assert not files().of_type("aws:rds/subnetGroup:SubnetGroup")
