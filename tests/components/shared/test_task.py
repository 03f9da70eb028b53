"""Tests of the policies of the roles of a task."""

from typing import Any

import pytest

from components.shared.task import ExecSession, execution_policy, repository_arn, task_policy
from tests.harness import ACCOUNT, KEY, statements_of

IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/team/api@sha256:{'0' * 64}"
CREDENTIALS_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"
LOG = "arn:aws:logs:us-east-1:111122223333:log-group:api"


def execution_statements(image: str = IMAGE, secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    return statements_of(
        execution_policy(
            account=ACCOUNT, image=image, log_group_arn=LOG, secret_arns=secrets, secrets_key_arn=KEY
        )
    )


def task_statements(**options: Any) -> dict[str, Any]:
    return statements_of(task_policy(application="api", **options))


@pytest.mark.parametrize(
    ("image", "arn"),
    [
        (IMAGE, "arn:aws:ecr:us-east-1:111122223333:repository/team/api"),
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api:1.2",
            "arn:aws:ecr:eu-west-1:111122223333:repository/api",
        ),
        (
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/api",
            "arn:aws:ecr:us-east-1:111122223333:repository/api",
        ),
        ("registry.example.org/api:1", None),
    ],
)
def test_the_arn_of_the_ecr_repository_follows_from_the_image(image: str, arn: str | None) -> None:
    assert repository_arn(image, "aws") == arn


def test_ecs_may_pull_one_image_and_write_one_log() -> None:
    statements = execution_statements()
    assert statements["Image"]["Resource"] == ["arn:aws:ecr:us-east-1:111122223333:repository/team/api"]
    assert statements["Log"]["Resource"] == [f"{LOG}:log-stream:*"]


def test_an_image_in_another_registry_needs_no_ecr_permissions() -> None:
    assert set(execution_statements("registry.example.org/api:1")) == {"Log"}


def test_ecs_may_read_the_named_secrets_and_use_their_key_through_secrets_manager_only() -> None:
    statements = execution_statements(secrets=(f"{CREDENTIALS_ARN}:token::", CREDENTIALS_ARN))
    assert statements["Secrets"]["Resource"] == [CREDENTIALS_ARN]
    assert statements["SecretsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    }


def test_ecs_may_read_parameters_and_use_further_keys_through_the_services_that_hold_them() -> None:
    parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/api/token"
    further = "arn:aws:kms:us-east-1:111122223333:key/99998888-7777-6666-5555-444433332222"

    def statements(*secrets: str) -> dict[str, Any]:
        return statements_of(
            execution_policy(
                account=ACCOUNT,
                image=IMAGE,
                log_group_arn=LOG,
                secret_arns=secrets,
                secrets_key_arn=KEY,
                further_key_arns=[further],
            )
        )

    both = statements(parameter, CREDENTIALS_ARN)
    assert (both["Parameters"]["Action"], both["Parameters"]["Resource"]) == (
        ["ssm:GetParameters"],
        [parameter],
    )
    assert both["Secrets"]["Resource"] == [CREDENTIALS_ARN]
    assert both["SecretsKey"]["Resource"] == sorted([KEY, further])
    assert both["SecretsKey"]["Condition"] == {
        "StringEquals": {
            "kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"]
        }
    }
    only_parameter = statements(parameter)
    assert "Secrets" not in only_parameter
    assert only_parameter["SecretsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}
    }


def test_ecs_exec_needs_channels_the_log_of_sessions_and_its_key() -> None:
    statements = task_statements(exec_session=ExecSession(log_group_arn=LOG, key_arn=KEY))
    services = {action.split(":")[0] for item in statements.values() for action in item["Action"]}
    assert services == {"ssmmessages", "logs", "kms"}
    assert statements["ExecLog"]["Resource"] == [f"{LOG}:*"]
    assert statements["ExecKey"]["Resource"] == [KEY]


def test_an_application_may_protect_its_own_tasks_only() -> None:
    cluster = "arn:aws:ecs:us-east-1:111122223333:cluster/app"
    assert task_statements(protected_cluster_arn=cluster) == {
        "ProtectTasks": {
            "Sid": "ProtectTasks",
            "Effect": "Allow",
            "Action": ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            "Resource": ["arn:aws:ecs:us-east-1:111122223333:task/app/*"],
            "Condition": {"StringEquals": {"aws:ResourceTag/application": "api"}},
        }
    }


def test_an_application_may_sign_in_as_the_given_database_users_only() -> None:
    database = "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/api"
    statements = task_statements(database_users=[database])
    assert [*statements] == ["Databases"]
    assert (statements["Databases"]["Action"], statements["Databases"]["Resource"]) == (
        ["rds-db:connect"],
        [database],
    )
