"""Users of the cache: their commands, keys, passwords and secrets, and the access of a service."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.record import Record
from blueprint.values import Secret
from components.data import Cache, CacheArgs
from components.data.cache.users import access_string, user_id
from tests.components.data.cache.conftest import GROUP, PASSWORD, SECRET, USER, USERS, VERSION
from tests.components.data.conftest import SECRETS_KEY, Build, data_tier
from tests.harness import evaluate


def test_each_service_has_a_user_and_the_default_user_cannot_sign_in(cache: Record) -> None:
    users = {user.name: user.inputs for user in cache.of_type(USER)}
    assert users.keys() == {"cache", "cache-api", "cache-worker"}
    assert (users["cache"]["userName"], users["cache"]["accessString"]) == ("default", "off -@all")
    group = cache.one(USERS).inputs
    assert group["userIds"] == [users[name]["userId"] for name in ("cache", "cache-api", "cache-worker")]
    assert cache.one(GROUP).inputs["userGroupIds"] == [group["userGroupId"]]


def test_a_user_has_access_to_the_keys_of_its_service_and_the_shared_keys_only(cache: Record) -> None:
    granted = str(cache.one(USER, "cache-api").inputs["accessString"]).split()
    assert granted[0] == "on"
    assert {part for part in granted if part[0] in "~&"} == {"~api:*", "~shared:*", "&api:*", "&shared:*"}


def test_a_user_may_not_run_administrative_or_dangerous_commands() -> None:
    granted = access_string("api").split()
    assert "+@all" not in granted
    assert granted.index("-@all") < min(granted.index(part) for part in granted if part.startswith("+"))
    for category in ("@admin", "@dangerous"):
        assert f"+{category}" not in granted
        # A denial counts only if it follows every category that was allowed before.
        last = max(granted.index(part) for part in granted if part.startswith("+@"))
        assert granted.index(f"-{category}") > last
    assert {part for part in granted if part.startswith("+") and "@" not in part} == {"+info"}


@given(st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True))
def test_any_service_name_gives_a_valid_user_id(service: str) -> None:
    id_ = user_id("cache", service, "0a1b2c3d")
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id_)
    assert len(id_) <= 40


def test_no_password_is_recorded_in_plain_text(build: Build, cache: Record) -> None:
    for record in (cache, build(known=False)):
        generated = [item.outputs.get("result") for item in record.of_type(PASSWORD)]
        assert len(generated) == 3
        text = repr((record.resources, record.outputs))
        assert "SecretVersion" in text
        assert not [item for item in generated if isinstance(item, Secret) and str(item.value) in text]
    passwords: Any = [item.outputs["result"] for item in cache.of_type(PASSWORD)]
    assert len({str(password.value) for password in passwords}) == 3


def test_the_secret_contains_the_password_of_its_user_and_the_url_of_the_cache(cache: Record) -> None:
    host = cache.one(GROUP).outputs["primaryEndpointAddress"]
    for service in ("api", "worker"):
        user, generated = cache.one(USER, f"cache-{service}"), cache.one(PASSWORD, f"cache-{service}")
        value: Any = cache.one(VERSION, f"cache-{service}").inputs["secretString"]
        assert isinstance(value, Secret)
        password: Any = generated.outputs["result"]
        assert json.loads(str(value.value)) == {
            "username": user.inputs["userName"],
            "user_id": user.inputs["userId"],
            "password": password.value,
            "host": host,
            "port": "6379",
            "url": f"rediss://{user.inputs['userName']}:{password.value}@{host}:6379/0",
        }
        mode: Any = user.inputs["authenticationMode"]
        assert mode == {"type": "password", "passwords": [password]}
        assert cache.one(SECRET, f"cache-{service}").inputs["kmsKeyId"] == SECRETS_KEY


def test_a_deployment_ignores_rotated_passwords(cache: Record) -> None:
    assert {item.ignore_changes for item in cache.of_type(USER)} == {("authenticationMode",)}
    assert {item.ignore_changes for item in cache.of_type(VERSION)} == {("secretString", "versionStages")}
    # A version that has to be created again must not become the current one.
    assert all(item.inputs["versionStages"] == ["SEED"] for item in cache.of_type(VERSION))


@pytest.mark.parametrize(("protect", "days"), [(True, 30), (False, 0)])
def test_a_deleted_secret_can_be_restored_only_in_a_protected_stack(
    build: Build, protect: bool, days: int
) -> None:
    secrets = build(protect=protect).of_type(SECRET)
    assert [item.inputs["recoveryWindowInDays"] for item in secrets] == [days, days]


def test_a_service_gets_the_hosts_as_variables_and_password_and_url_from_the_secret(cache: Record) -> None:
    access: Any = cache.outputs["api"]
    user = cache.one(USER, "cache-api")
    assert access["environment"] == {
        "CACHE_HOST": cache.one(GROUP).outputs["primaryEndpointAddress"],
        "CACHE_READER_HOST": cache.one(GROUP).outputs["readerEndpointAddress"],
        "CACHE_PORT": "6379",
        "CACHE_USER": user.inputs["userName"],
        "CACHE_PREFIX": "api:",
        "CACHE_SHARED_PREFIX": "shared:",
    }
    arn = cache.one(SECRET, "cache-api").outputs["arn"]
    assert access["secrets"] == {"CACHE_PASSWORD": f"{arn}:password::", "REDIS_URL": f"{arn}:url::"}
    assert access["rotate_days"] == 30


def test_a_service_without_a_user_is_rejected() -> None:
    arguments = CacheArgs(
        tier=data_tier(), engine_version="8.2", node_type="cache.t4g.micro", services=["api"]
    )
    with pytest.raises(ValueError, match=r"service must be one with a user \(api\), got 'worker'"):
        evaluate(lambda: Cache("cache", arguments).destination("worker"))
