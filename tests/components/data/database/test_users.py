"""Database users: the SQL statements, the task that runs them, and the access of services."""

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
from tests.harness import statements_of

names = st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True)
SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!1-AbCdEf"  # noqa: S105
TASK = "aws:ecs/taskDefinition:TaskDefinition"


def test_a_postgres_user_signs_in_by_iam_and_gets_a_separate_schema() -> None:
    lines = statements("postgres", "app", ["api"]).splitlines()
    assert 'GRANT rds_iam TO "api";' in lines
    assert 'CREATE SCHEMA IF NOT EXISTS "api";' in lines
    assert 'GRANT USAGE, CREATE ON SCHEMA "api" TO "api";' in lines
    assert 'REVOKE ALL ON DATABASE "app" FROM PUBLIC;' in lines
    assert "REVOKE ALL ON SCHEMA public FROM PUBLIC;" in lines


def test_the_administrator_does_not_become_a_member_of_a_user_role() -> None:
    grants = [
        line for line in statements("postgres", "app", ["api"]).splitlines() if line.startswith("GRANT")
    ]
    assert grants
    assert all(line.endswith('TO "api";') for line in grants)


def test_a_mysql_user_signs_in_by_iam_over_tls_and_gets_a_separate_database() -> None:
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
def test_statements_are_idempotent_and_contain_no_password(engine: str, users: list[str]) -> None:
    text = statements(engine, "app", users)
    assert statements(engine, "app", [*reversed(users), *users]) == text
    assert "PASSWORD" not in text.upper()
    for line in text.splitlines():
        assert line.endswith(";")
        if line.startswith("CREATE"):
            assert "IF NOT EXISTS" in line


@pytest.mark.parametrize("user", ['a"b', "a'b", "a`b", "a b", "Api", "a", "", "-api", "a;b", "a\nb", "ap_i"])
@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_a_user_name_that_is_unsafe_in_quotes_is_rejected(engine: str, user: str) -> None:
    with pytest.raises(ValueError, match="users must be 2 to 32"):
        statements(engine, "app", [user])


def test_an_unsafe_database_name_and_an_empty_list_of_users_are_rejected() -> None:
    with pytest.raises(ValueError, match="database must be"):
        statements("postgres", 'app"', ["api"])
    with pytest.raises(ValueError, match="users must name a user"):
        statements("postgres", "app", [])


def container(bootstrap: Build, engine: str = "aurora-postgresql") -> dict[str, Any]:
    [definition] = json.loads(str(bootstrap(engine).one(TASK).inputs["containerDefinitions"]))
    return definition


@pytest.mark.parametrize(
    ("engine", "client", "variable"),
    [
        ("aurora-postgresql", "psql", "PGPASSWORD"),
        ("postgres", "psql", "PGPASSWORD"),
        ("mysql", "mysql", "MYSQL_PWD"),
    ],
)
def test_ecs_reads_the_password_from_the_secret_when_the_task_starts(
    bootstrap: Build, engine: str, client: str, variable: str
) -> None:
    definition = container(bootstrap, engine)
    assert definition["secrets"] == [{"name": variable, "valueFrom": f"{SECRET_ARN}:password::"}]
    assert definition["command"][0] == client
    assert definition["image"] == IMAGE
    assert definition["readonlyRootFilesystem"] is True
    assert definition["portMappings"] == []


def test_the_client_requires_an_encrypted_connection(bootstrap: Build) -> None:
    variables = {item["name"]: item["value"] for item in container(bootstrap)["environment"]}
    assert variables["PGSSLMODE"] == "require"
    assert variables["PGHOST"] == "writer.example.org"
    assert "--ssl-mode=REQUIRED" in container(bootstrap, "mysql")["command"]


def test_psql_stops_at_the_first_error(bootstrap: Build) -> None:
    command = container(bootstrap)["command"]
    assert "--set=ON_ERROR_STOP=1" in command
    assert command[-1] == "--command=" + statements("aurora-postgresql", "app", ["api", "worker"])


def test_the_execution_role_reads_one_secret_and_there_is_no_task_role(bootstrap: Build) -> None:
    recorded = bootstrap()
    assert "taskRoleArn" not in recorded.one(TASK).inputs
    statements_by_sid = statements_of(recorded.one("aws:iam/policy:Policy").inputs["policy"])
    assert set(statements_by_sid) == {"Log", "Secrets", "SecretsKey"}
    assert statements_by_sid["Secrets"]["Resource"] == [SECRET_ARN]
    assert statements_by_sid["SecretsKey"]["Resource"] == [SECRETS_KEY]


def test_the_task_can_connect_only_to_the_database(bootstrap: Build) -> None:
    recorded = bootstrap()
    group = recorded.one("aws:ec2/securityGroup:SecurityGroup").outputs["id"]
    egress = recorded.one("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").inputs
    ingress = recorded.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (egress["securityGroupId"], egress["referencedSecurityGroupId"]) == (group, "sg-1")
    assert (ingress["securityGroupId"], ingress["referencedSecurityGroupId"]) == ("sg-1", group)
    assert {egress["fromPort"], egress["toPort"], ingress["fromPort"], ingress["toPort"]} == {5432}


def test_the_task_log_is_kept_six_years(bootstrap: Build) -> None:
    log = bootstrap().one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert (log["retentionInDays"], log["kmsKeyId"]) == (2192, LOGS_KEY)


def test_a_service_gets_the_stores_that_it_uses_and_the_stack_has() -> None:
    def offer(user: str) -> Destination:
        return Destination(security_group_id="sg-1", ports=[5432], environment={"AURORA_USER": user})

    result = destinations("api", ["aurora", "cache"], {"aurora": offer})
    assert {name: item.environment["AURORA_USER"] for name, item in result.items()} == {"aurora": "api"}
    assert destinations("api", [], {"aurora": offer}) == {}


def test_users_of_a_store_are_the_services_that_use_it() -> None:
    uses = {"worker": ("aurora", "rds"), "api": ("aurora",), "page": ()}
    assert users_of("aurora", uses) == ["api", "worker"]
    assert users_of("rds", uses) == ["worker"]
