"""Rotation of the passwords of cache users: the function, its permissions and its schedule."""

from __future__ import annotations

from typing import Any

from blueprint.record import Record
from tests.components.data.cache.conftest import (
    FUNCTION,
    GROUP,
    LOG_GROUP,
    PERMISSION,
    ROTATION,
    SECRET,
    USER,
    VERSION,
)
from tests.components.data.conftest import Build
from tests.harness import all_dependencies, statements_of


def test_every_secret_rotates_after_cache_secret_value_and_permission_exist(cache: Record) -> None:
    rotations = cache.of_type(ROTATION)
    assert len(rotations) == 2
    function = cache.one(FUNCTION)
    for rotation in rotations:
        service = rotation.name.removeprefix("cache-rotation-")
        assert rotation.inputs["secretId"] == cache.one(SECRET, f"cache-{service}").outputs["id"]
        assert rotation.inputs["rotationLambdaArn"] == function.outputs["arn"]
        assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 30}
        assert rotation.inputs["rotateImmediately"] is True
        permission = cache.one(PERMISSION)
        dependencies = {cache.one(GROUP).urn, cache.one(VERSION, f"cache-{service}").urn, permission.urn}
        assert dependencies <= all_dependencies(cache, rotation)


def test_only_secrets_manager_in_this_account_may_invoke_the_function(cache: Record) -> None:
    permission = cache.one(PERMISSION).inputs
    assert permission["action"] == "lambda:InvokeFunction"
    assert permission["function"] == cache.one(FUNCTION).outputs["name"]
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["sourceAccount"] == "111122223333"


def test_the_function_code_is_the_tested_module(cache: Record) -> None:
    function = cache.one(FUNCTION)
    code: Any = function.inputs["code"]
    [(name, asset)] = code["assets"].items()
    assert name == "rotate_cache_user.py"
    assert function.inputs["handler"] == "rotate_cache_user.handler"
    assert "def handler(event" in asset["text"]
    assert "vpcConfig" not in function.inputs
    assert "environment" not in function.inputs
    logging: Any = function.inputs["loggingConfig"]
    assert logging["logGroup"] == cache.one(LOG_GROUP, "cache-rotation").outputs["name"]


def test_the_function_may_change_only_these_users_and_secrets(cache: Record) -> None:
    granted = statements_of(cache.one("aws:iam/policy:Policy", "cache-rotation").inputs["policy"])
    assert granted["Secrets"]["Resource"] == sorted(
        str(item.outputs["arn"]) for item in cache.of_type(SECRET)
    )
    assert granted["Users"]["Resource"] == sorted(
        str(cache.one(USER, f"cache-{service}").outputs["arn"]) for service in ("api", "worker")
    )
    everything = [sid for sid, item in granted.items() if "*" in item["Resource"]]
    assert everything == ["Draw"]
    assert granted["Draw"]["Action"] == ["secretsmanager:GetRandomPassword"]


def test_without_services_there_is_no_function_and_no_secret(build: Build) -> None:
    record = build(services=())
    assert not record.of_type(FUNCTION, SECRET, ROTATION)
    assert [user.inputs["userName"] for user in record.of_type(USER)] == ["default"]
