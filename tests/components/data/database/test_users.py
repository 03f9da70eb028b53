"""Database users: the statements that make them, the task that runs them, and what services get."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.database.sql import statements
from components.data.uses import destinations, users_of
from components.shared.destination import Destination
from tests.components.data.conftest import IMAGE, LOGS_KEY, SECRETS_KEY, Build

names = st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True)
STORED = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!1-AbCdEf"
TASK = "aws:ecs/taskDefinition:TaskDefinition"


def test_a_postgres_user_signs_in_by_iam_and_has_a_schema_of_its_own() -> None:
    lines = statements("postgres", "app", ["api"]).splitlines()
    assert 'GRANT rds_iam TO "api";' in lines
    assert 'CREATE SCHEMA IF NOT EXISTS "api";' in lines
    assert 'GRANT USAGE, CREATE ON SCHEMA "api" TO "api";' in lines
    assert 'REVOKE ALL ON DATABASE "app" FROM PUBLIC;' in lines
    assert "REVOKE ALL ON SCHEMA public FROM PUBLIC;" in lines


def test_the_administrator_never_becomes_a_member_of_a_user() -> None:
    grants = [
        line for line in statements("postgres", "app", ["api"]).splitlines() if line.startswith("GRANT")
    ]
    assert grants
    assert all(line.endswith('TO "api";') for line in grants)


def test_a_mysql_user_signs_in_by_iam_over_tls_and_has_a_database_of_its_own() -> None:
    lines = statements("mysql", "app", ["api"]).splitlines()
    assert lines[0] == (
        "CREATE USER IF NOT EXISTS 'api'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;"
    )
    assert "CREATE DATABASE IF NOT EXISTS `api`;" in lines
    [grant] = [line for line in lines if line.startswith("GRANT")]
    assert grant.endswith("ON `api`.* TO 'api'@'%';")
    assert not any(word in grant for word in ("ALL", "GRANT OPTION", "FILE", "SUPER", "*.*"))


@settings(max_examples=60)
@given(
    engine=st.sampled_from(["aurora-postgresql", "postgres", "mysql"]),
    users=st.lists(names, min_size=1, max_size=4),
)
def test_any_names_give_statements_that_can_be_run_again_without_a_password(
    engine: str, users: list[str]
) -> None:
    text = statements(engine, "app", users)
    assert statements(engine, "app", [*reversed(users), *users]) == text
    assert "PASSWORD" not in text.upper()
    for line in text.splitlines():
        assert line.endswith(";")
        if line.startswith("CREATE"):
            assert "IF NOT EXISTS" in line


@pytest.mark.parametrize("user", ['a"b', "a'b", "a`b", "a b", "Api", "a", "", "-api", "a;b", "a\nb", "ap_i"])
@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_a_name_that_would_need_more_than_quotes_is_refused(engine: str, user: str) -> None:
    with pytest.raises(ValueError, match="users must be 2 to 32"):
        statements(engine, "app", [user])


def test_a_database_of_such_a_name_and_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="database must be"):
        statements("postgres", 'app"', ["api"])
    with pytest.raises(ValueError, match="users must name a user"):
        statements("postgres", "app", [])


def container(bootstrap: Build, engine: str = "aurora-postgresql") -> dict[str, Any]:
    [found] = json.loads(str(bootstrap(engine).one(TASK).inputs["containerDefinitions"]))
    return found


@pytest.mark.parametrize(
    ("engine", "client", "variable"),
    [
        ("aurora-postgresql", "psql", "PGPASSWORD"),
        ("postgres", "psql", "PGPASSWORD"),
        ("mysql", "mysql", "MYSQL_PWD"),
    ],
)
def test_the_password_is_read_when_the_task_starts(
    bootstrap: Build, engine: str, client: str, variable: str
) -> None:
    found = container(bootstrap, engine)
    assert found["secrets"] == [{"name": variable, "valueFrom": f"{STORED}:password::"}]
    assert found["command"][0] == client
    assert found["image"] == IMAGE
    assert found["readonlyRootFilesystem"] is True
    assert found["portMappings"] == []


def test_the_connection_is_encrypted(bootstrap: Build) -> None:
    variables = {item["name"]: item["value"] for item in container(bootstrap)["environment"]}
    assert variables["PGSSLMODE"] == "require"
    assert variables["PGHOST"] == "writer.example.org"
    assert "--ssl-mode=REQUIRED" in container(bootstrap, "mysql")["command"]


def test_the_task_stops_at_the_first_mistake(bootstrap: Build) -> None:
    command = container(bootstrap)["command"]
    assert "--set=ON_ERROR_STOP=1" in command
    assert command[-1] == "--command=" + statements("aurora-postgresql", "app", ["api", "worker"])


def test_ecs_reads_the_one_secret_and_the_task_itself_may_do_nothing(bootstrap: Build) -> None:
    recorded = bootstrap()
    assert "taskRoleArn" not in recorded.one(TASK).inputs
    document = json.loads(str(recorded.one("aws:iam/policy:Policy").inputs["policy"]))
    allowed = {statement["Sid"]: statement for statement in document["Statement"]}
    assert set(allowed) == {"Log", "Secrets", "SecretsKey"}
    assert allowed["Secrets"]["Resource"] == [STORED]
    assert allowed["SecretsKey"]["Resource"] == [SECRETS_KEY]


def test_the_task_reaches_the_database_and_nothing_else(bootstrap: Build) -> None:
    recorded = bootstrap()
    group = recorded.one("aws:ec2/securityGroup:SecurityGroup").outputs["id"]
    egress = recorded.one("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").inputs
    ingress = recorded.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (egress["securityGroupId"], egress["referencedSecurityGroupId"]) == (group, "sg-1")
    assert (ingress["securityGroupId"], ingress["referencedSecurityGroupId"]) == ("sg-1", group)
    assert {egress["fromPort"], egress["toPort"], ingress["fromPort"], ingress["toPort"]} == {5432}


def test_what_it_prints_is_kept_six_years(bootstrap: Build) -> None:
    log = bootstrap().one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert (log["retentionInDays"], log["kmsKeyId"]) == (2192, LOGS_KEY)


def test_a_service_gets_what_it_uses_and_the_stack_offers() -> None:
    def offer(user: str) -> Destination:
        return Destination(security_group_id="sg-1", ports=[5432], environment={"AURORA_USER": user})

    found = destinations("api", ["aurora", "cache"], {"aurora": offer})
    assert {name: item.environment["AURORA_USER"] for name, item in found.items()} == {"aurora": "api"}
    assert destinations("api", [], {"aurora": offer}) == {}


def test_users_are_the_services_that_use_a_store() -> None:
    uses = {"worker": ("aurora", "rds"), "api": ("aurora",), "page": ()}
    assert users_of("aurora", uses) == ["api", "worker"]
    assert users_of("rds", uses) == ["worker"]
