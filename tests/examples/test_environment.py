"""The configuration of the sample application: what it refuses, and that no message contains a password."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

import pytest

from tests.examples.running import EXAMPLE

pytestmark = [
    pytest.mark.skipif(not EXAMPLE.is_dir(), reason="examples/appointments has been deleted"),
    pytest.mark.skipif(not importlib.util.find_spec("psycopg"), reason="psycopg is not installed"),
]
DATABASE, CACHE = "postgresql://ehr:hidden@db.example.org/app", "rediss://ehr:hidden@cache.example.org:6379"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", EXAMPLE / "appointments" / "environment.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "DATABASE_URL", "REDIS_URL", "CACHE_PREFIX", "REDIS_TLS_VERIFY", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("function", "variables", "message"),
    [
        ("port", {}, "the environment variable PORT must be set"),
        ("database", {}, "the environment variable DATABASE_URL must be set"),
        ("database", {"DATABASE_URL": DATABASE[11:]}, "DATABASE_URL must be a URL"),
        (
            "database",
            {"DATABASE_URL": f"{DATABASE}?sslmode=prefer"},
            "sslmode in DATABASE_URL must be require",
        ),
        ("cache", {"REDIS_URL": CACHE.replace("rediss", "redis")}, "REDIS_URL must begin with rediss://"),
        ("cache", {"REDIS_URL": "cache.example.org"}, "REDIS_URL must begin with rediss://"),
    ],
)
def test_a_wrong_value_ends_the_process_with_a_message_without_password(
    environment: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    variables: dict[str, str],
    message: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        getattr(environment, function)()
    assert str(end.value).startswith(message)
    assert "hidden" not in str(end.value)


@pytest.mark.parametrize(
    ("variables", "mode"),
    [
        ({"DATABASE_URL": DATABASE}, "require"),
        ({"DATABASE_URL": f"{DATABASE}?sslmode=verify-full"}, "verify-full"),
        ({"DATABASE_URL": f"{DATABASE}?sslmode=disable", "PGSSLROOTCERT": "/rds.pem"}, "verify-full"),
        ({"DATABASE_URL": "postgresql://ehr@127.0.0.1/app?sslmode=disable"}, "disable"),
    ],
)
def test_connections_to_other_machines_are_encrypted(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any], mode: str
) -> None:
    from psycopg.conninfo import conninfo_to_dict

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert conninfo_to_dict(environment.database())["sslmode"] == mode


def test_certificates_of_the_cache_are_verified_unless_heroku_provides_it(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", CACHE)
    assert environment.cache() == CACHE
    monkeypatch.setenv("REDIS_TLS_VERIFY", "off")
    assert environment.cache() == f"{CACHE}?ssl_cert_reqs=none&ssl_check_hostname=false"


def test_keys_have_the_prefix_of_the_stack(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.key("jobs") == "jobs"
    monkeypatch.setenv("CACHE_PREFIX", "ehr:")
    assert environment.key("jobs") == "ehr:jobs"
