"""Processes of one application share its identity in databases and cache; two applications share nothing."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from blueprint.record import Record
from tests.repository import judge, program
from tests.settings.documents import Document
from tests.stacks.samples import EDGE, IMAGE, PROCESS, app, secret, stack

ROLE = "aws:iam/role:Role"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TASK = "aws:ecs/taskDefinition:TaskDefinition"


@cache
def recorded() -> Record:
    """Return a stack with two applications, the first of which has two processes, a release and a schedule."""
    first = app(
        "aurora", "cache", web={**PROCESS, "port": 8443, "route": {"paths": ["/*"]}}, jobs=PROCESS
    ) | {
        "secrets": {"TOKEN": secret("token")},
        "environment": {"LOG_LEVEL": "info"},
        "release": {"command": ["./migrate"], "process": "jobs"},
        "schedules": {"nightly": {"cron": "rate(1 day)", "command": ["./report"]}},
    }
    document: Document = stack(
        compute={},
        edge=EDGE,
        apps={"ehr": first, "chat": app("aurora", "cache")},
        data={"aurora": {"engine_version": "17.9", "bootstrap_image": IMAGE}, "cache": {}},
    )
    return program(document, stack="dev")


def container(name: str) -> dict[str, Any]:
    [only] = json.loads(str(recorded().one(TASK, name).inputs["containerDefinitions"]))
    return only


def variables(name: str) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(name)["environment"]}


def secrets(name: str) -> dict[str, str]:
    return {item["name"]: item["valueFrom"] for item in container(name)["secrets"]}


def test_processes_of_an_application_have_the_same_users_secrets_and_variables() -> None:
    assert variables("ehr-web")["AURORA_USER"] == variables("ehr-jobs")["AURORA_USER"] == "ehr_iam"
    assert variables("ehr-web") == {**variables("ehr-jobs"), "PORT": "8443"}
    assert secrets("ehr-web") == secrets("ehr-jobs")
    assert secrets("ehr-web").keys() == {"CACHE_PASSWORD", "REDIS_URL", "TOKEN"}


def test_applications_share_no_user_and_no_secret() -> None:
    assert variables("chat-web")["AURORA_USER"] == "chat_iam"
    assert variables("chat-web")["CACHE_USER"] != variables("ehr-web")["CACHE_USER"]
    assert not {*secrets("chat-web").values()} & {*secrets("ehr-web").values()}


def test_there_is_one_cache_user_and_one_repository_for_each_application() -> None:
    record = recorded()
    users = {item.name for item in record.of_type("aws:elasticache/user:User")}
    assert {name for name in users if "ehr" in name or "chat" in name} == {"cache-chat", "cache-ehr"}
    repositories = record.of_type("aws:ecr/repository:Repository")
    assert {item.inputs["name"] for item in repositories} == {"hipaa-dev/chat", "hipaa-dev/ehr"}


def test_the_bootstrap_task_creates_one_database_user_for_each_application() -> None:
    text = json.dumps(container("aurora-bootstrap"))
    assert "ehr" in text
    assert "chat" in text
    assert "ehr-jobs" not in text


def test_a_release_and_a_schedule_have_the_size_and_the_image_of_their_process() -> None:
    record = recorded()
    assert record.outputs["release_task_arns"] == {"ehr": record.one(TASK, "ehr-jobs-release").outputs["arn"]}
    [schedule] = [item for item in record.of_type(SCHEDULE) if "ecsParameters" in item.inputs["target"]]  # type: ignore[operator]
    assert schedule.name == "ehr-web-nightly"


def test_the_tasks_of_every_service_whose_passwords_rotate_are_replaced() -> None:
    record = recorded()
    assert {item.name for item in record.of_type(SCHEDULE)} == {
        "chat-web", "compute-instances", "ehr-jobs", "ehr-web", "ehr-web-nightly"
    }  # fmt: skip


def test_the_stack_passes_every_control() -> None:
    assert judge(recorded()).findings == ()


def test_an_application_with_a_password_gets_a_url_that_rotates_and_shares_reach_the_bootstrap_task() -> None:
    document = stack(
        network={"nat": "instance"},
        compute={},
        apps={
            "ehr": app("aurora") | {"database": {"sign_in": "password", "extensions": ["pg_trgm"]}},
            "reports": app("aurora") | {"database": {"shares": {"ehr": "read"}}},
        },
        data={"aurora": {"engine_version": "17.9", "bootstrap_image": IMAGE}},
    )
    record = program(document, stack="dev")
    [web] = json.loads(str(record.one(TASK, "ehr-web").inputs["containerDefinitions"]))
    assert {item["name"] for item in web["secrets"]} == {"DATABASE_URL"}
    assert len(record.of_type("aws:secretsmanager/secretRotation:SecretRotation")) == 1
    assert {item.name for item in record.of_type(SCHEDULE)} == {"compute-instances", "ehr-web"}
    bootstrap = str(record.one(TASK, "aurora-bootstrap").inputs["containerDefinitions"])
    assert "pg_trgm" in bootstrap
    assert judge(record).findings == ()


def test_processes_of_an_application_have_one_role_and_applications_have_different_ones() -> None:
    record = recorded()
    roles = {
        name: record.one(TASK, name).inputs["taskRoleArn"] for name in ("ehr-web", "ehr-jobs", "chat-web")
    }
    assert roles["ehr-web"] == roles["ehr-jobs"] == record.one(ROLE, "ehr-task").outputs["arn"]
    assert roles["chat-web"] == record.one(ROLE, "chat-task").outputs["arn"]
    for name, other in (("ehr", "chat"), ("chat", "ehr")):
        policy = str(record.one("aws:iam/policy:Policy", f"{name}-task").inputs["policy"])
        assert f"/{name}_iam" in policy
        assert other not in policy
