"""Database users: the scripts, the task that runs them, and the access of applications."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data import ApplicationIdentity, SignIn
from components.data.database.identity import RESERVED_NAMES
from components.data.database.sql import scripts
from components.data.uses import destinations, users_of
from components.shared.destination import Destination
from tests.components.data.conftest import IMAGE, LOGS_KEY, SECRETS_KEY, Build
from tests.harness import statements_of

names = st.from_regex(r"[a-z](-?[a-z0-9]){1,7}", fullmatch=True).filter(
    lambda name: name not in RESERVED_NAMES
)
API = ApplicationIdentity(name="api")
EHR = ApplicationIdentity(
    name="ehr",
    sign_in="password",
    statement_timeout_seconds=30,
    connection_limit=20,
    extensions=("pgcrypto", "citext"),
    shares={"api": "read"},
)
SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!1-AbCdEf"  # noqa: S105
TASK = "aws:ecs/taskDefinition:TaskDefinition"


def test_postgresql_gets_the_list_of_applications_as_one_quoted_value() -> None:
    [script, end_sessions] = scripts("postgres", "app", [EHR, API])
    assert script.startswith("BEGIN;\nSET LOCAL bootstrap.plan = '")
    assert script.endswith("COMMIT;")
    plan = json.loads(script.split("'")[1])
    assert [item["name"] for item in plan["applications"]] == ["api", "ehr"]
    assert [item["logins"] for item in plan["applications"]] == [["api_iam"], ["ehr_1", "ehr_2"]]
    assert plan["applications"][1] == {
        "name": "ehr", "logins": ["ehr_1", "ehr_2"], "iam": False, "connection_limit": 20, "statement_timeout": "30s",
        "shares": {"api": "read"},
    }  # fmt: skip
    assert plan["extensions"] == ["citext", "pgcrypto"]
    assert "pg_terminate_backend" in end_sessions


def test_names_in_the_script_are_quoted_by_the_server() -> None:
    [script, _] = scripts("postgres", "app", [API])
    formats = re.findall(r"EXECUTE (.*?);", script)
    assert len(formats) > 30
    assert all(item.startswith("format(") for item in formats)
    assert not re.search(r"EXECUTE [^;]*\|\|", script.replace("application ' || app", ""))


def test_many_applications_fit_into_a_task_definition() -> None:
    for engine, number in (("postgres", 200), ("mysql", 25)):
        many = [ApplicationIdentity(name=f"application-{item}", sign_in="password") for item in range(number)]
        assert sum(map(len, scripts(engine, "app", many))) < 60_000  # ECS accepts 64 KiB


def test_a_mysql_user_signs_in_by_iam_over_tls_and_gets_a_separate_database() -> None:
    [script] = scripts("mysql", "app", [API])
    lines = script.splitlines()
    assert lines[:2] == [
        "CREATE DATABASE IF NOT EXISTS `api`;",
        "CREATE USER IF NOT EXISTS 'api_iam'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;",
    ]
    [grant] = [line for line in lines if line.startswith("GRANT")]
    assert grant.endswith("ON `api`.* TO 'api_iam'@'%';")
    assert not any(word in grant for word in ("ALL", "GRANT OPTION", "FILE", "SUPER", "*.*"))


@settings(max_examples=60)
@given(
    engine=st.sampled_from(["aurora-postgresql", "postgres", "mysql"]),
    applications=st.lists(names, min_size=1, max_size=4, unique=True),
    sign_in=st.sampled_from(["iam", "password"]),
)
def test_scripts_do_not_depend_on_the_order_and_contain_no_password(
    engine: str, applications: list[str], sign_in: SignIn
) -> None:
    identities = [ApplicationIdentity(name=name, sign_in=sign_in) for name in applications]
    texts = scripts(engine, "app", identities)
    assert scripts(engine, "app", [*reversed(identities)]) == texts
    text = "".join(texts).upper().replace("CACHING_SHA2_PASSWORD", "").replace("PASSWORD NULL", "")
    assert "PASSWORD '" not in text
    assert "IDENTIFIED BY" not in text


@pytest.mark.parametrize(
    "name",
    [
        'a"b',
        "a'b",
        "a`b",
        "a b",
        "Api",
        "a",
        "",
        "-api",
        "api-",
        "a--b",
        "a;b",
        "a\nb",
        "ap_i",
        "$bootstrap$",
        "a" * 29,
    ],
)
def test_a_name_that_is_unsafe_in_quotes_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="name must be 2 to 28"):
        ApplicationIdentity(name=name)


@pytest.mark.parametrize("name", ["public", "extensions", "dbadmin", "postgres", "mysql", "rds-x", "pg-x"])
def test_a_name_that_the_database_uses_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="name must not be one that a database uses"):
        ApplicationIdentity(name=name)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"extensions": ["a'b"]}, "extensions must be names"),
        ({"connection_limit": 0}, "connection_limit must be at least 1"),
        ({"statement_timeout_seconds": 0}, "statement_timeout_seconds must be at least 1"),
        ({"shares": {"api": "read"}}, "shares must name other applications"),
    ],
)
def test_wrong_values_are_rejected(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ApplicationIdentity(name="api", **values)


def test_wrong_lists_of_applications_are_rejected() -> None:
    with pytest.raises(ValueError, match="database must be"):
        scripts("postgres", 'app"', [API])
    with pytest.raises(ValueError, match="different names, got api twice"):
        scripts("postgres", "app", [API, API])
    with pytest.raises(ValueError, match=r"shares of ehr must name applications .* got api"):
        scripts("postgres", "app", [EHR])
    with pytest.raises(ValueError, match="neither statement_timeout nor extensions"):
        scripts("mysql", "app", [EHR, API])


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
    expected = scripts("aurora-postgresql", "app", [API, ApplicationIdentity(name="worker")])
    assert command[-3:] == [*(f"--command={script}" for script in expected), "--command=\\connect -"]


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


def test_an_application_gets_the_stores_that_it_uses_and_the_stack_has() -> None:
    def offer(user: str) -> Destination:
        return Destination(security_group_id="sg-1", ports=[5432], environment={"AURORA_USER": user})

    result = destinations("api", ["aurora", "cache"], {"aurora": offer})
    assert {name: item.environment["AURORA_USER"] for name, item in result.items()} == {"aurora": "api"}
    assert destinations("api", [], {"aurora": offer}) == {}


def test_users_of_a_store_are_the_applications_that_use_it() -> None:
    uses = {"worker": ("aurora", "rds"), "api": ("aurora",), "page": ()}
    assert users_of("aurora", uses) == ["api", "worker"]
    assert users_of("rds", uses) == ["worker"]
