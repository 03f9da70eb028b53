"""The stores that replace add-ons, the advice about the others, and the config vars."""

from __future__ import annotations

import pytest

from planning.heroku import render
from settings.model import AuroraSettings, CacheSettings, DataSettings, RdsSettings
from settings.model.databases import CapacityRange
from tests.planning.heroku.apps import SECRET, converted, only_app, pasted, pasted_data, texts, ward_rounds


def test_add_ons_become_stores_that_the_application_uses() -> None:
    conversion = ward_rounds()
    assert conversion.data == DataSettings(
        aurora=AuroraSettings(engine_version="15.18", capacity_acu=CapacityRange(max=4.0)),
        cache=CacheSettings(engine="valkey", node_type="cache.t4g.micro", eviction="noeviction"),
    )
    assert only_app(conversion).uses == ("aurora", "cache")


def test_a_version_that_aurora_does_not_have_is_replaced_with_a_note() -> None:
    addon = {"plan": "heroku-postgresql", "options": {"version": 9.6}}
    conversion = converted({"addons": [addon]}, "web: ./serve\n")
    assert conversion.data is not None
    assert conversion.data.aurora is not None
    assert conversion.data.aurora.engine_version == "17.10"
    assert "PostgreSQL 9, which is not in the table" in texts(conversion.to_do, "hipaa:data.aurora")


def test_several_add_ons_become_one_store_with_a_note() -> None:
    addons = ["heroku-redis", "rediscloud"]
    conversion = converted({"addons": addons}, "web: ./serve\n")
    assert "replaces 2 cache add-ons" in texts(conversion.to_do, "hipaa:data.cache")


@pytest.mark.parametrize(
    ("addon", "advice"),
    [
        ("papertrail", "log group"),
        ("scheduler", "`schedules` of the application"),
        ("sendgrid", "BAA"),
        ("made-up-addon", "BAA"),
    ],
)
def test_an_add_on_that_no_store_replaces_has_advice(addon: str, advice: str) -> None:
    assert advice in texts(ward_rounds().not_converted, f"add-on {addon}")


def test_a_replaced_add_on_has_no_advice() -> None:
    assert texts(ward_rounds().not_converted, "add-on heroku-postgresql") == ""


@pytest.mark.parametrize(
    ("plan", "version", "maximum"),
    [
        ("standard-0", "17", 2.0),
        ("premium-3", "17", 8.0),
        ("shield-l-6", "17", 61.0),
        ("private-9", "17", 256.0),
        ("essential-1", "17", 4.0),
        ("mini", "17", 4.0),
    ],
)
def test_the_capacity_of_aurora_is_the_memory_of_the_plan(plan: str, version: str, maximum: float) -> None:
    addon = {"plan": f"heroku-postgresql:{plan}", "options": {"version": version}}
    data = pasted_data(converted({"addons": [addon]}, "web: ./serve\n"))
    assert data.aurora is not None
    assert data.aurora.capacity_acu.max == maximum


def test_a_plan_with_more_memory_than_aurora_has_a_note() -> None:
    conversion = converted({"addons": ["heroku-postgresql:private-9"]}, "web: ./serve\n")
    assert "consider `instance_class`" in texts(conversion.to_do, "hipaa:data.aurora")


@pytest.mark.parametrize(
    ("plan", "node_type"),
    [
        ("heroku-redis:premium-3", "cache.t4g.small"),
        ("heroku-redis:premium-7", "cache.r7g.large"),
        ("heroku-redis:private-14", "cache.r7g.8xlarge"),
        ("heroku-redis:mini", "cache.t4g.micro"),
        ("rediscloud:2500", "cache.r7g.large"),
        ("redistogo:nano", "cache.t4g.micro"),
    ],
)
def test_a_node_of_the_cache_holds_the_memory_of_the_plan(plan: str, node_type: str) -> None:
    data = pasted_data(converted({"addons": [plan]}, "web: ./serve\n"))
    assert data.cache is not None
    assert data.cache.node_type == node_type


def test_the_eviction_of_the_cache_is_that_of_the_add_on() -> None:
    addon = {"plan": "heroku-redis", "options": {"maxmemory_policy": "allkeys-lru", "timeout": 60}}
    conversion = converted({"addons": [addon]}, "web: ./serve\n")
    assert conversion.data is not None
    assert conversion.data.cache is not None
    assert conversion.data.cache.eviction == "allkeys-lru"
    assert texts(conversion.not_converted, "add-on heroku-redis") == "no setting replaces its options timeout"


def test_the_output_says_which_keys_the_application_may_use() -> None:
    assert "begin with `ward-rounds:` or `shared:`" in texts(ward_rounds().to_do, "hipaa:data.cache")


@pytest.mark.parametrize(
    ("addon", "url"),
    [
        ("jawsdb", "JAWSDB_URL"),
        ("jawsdb-maria", "JAWSDB_MARIA_URL"),
        ("cleardb:ignite", "CLEARDB_DATABASE_URL"),
    ],
)
def test_a_mysql_add_on_becomes_rds_with_mysql(addon: str, url: str) -> None:
    conversion = converted({"addons": [addon]}, "web: ./serve\n")
    assert only_app(conversion).uses == ("rds",)
    assert pasted_data(conversion).rds == RdsSettings(engine="mysql", engine_version="8.4.11")
    assert url in texts(conversion.to_do, "hipaa:data.rds")
    assert conversion.variables.from_addons == (url,)


def test_an_application_with_one_database_signs_in_with_its_url() -> None:
    assert only_app(ward_rounds()).database.sign_in == "password"


def test_an_application_with_two_databases_signs_in_with_iam() -> None:
    conversion = converted({"addons": ["heroku-postgresql", "jawsdb"]}, "web: ./serve\n")
    assert only_app(conversion).uses == ("aurora", "rds")
    assert only_app(conversion).database.sign_in == "iam"
    assert "two databases" in texts(conversion.to_do, "hipaa:data.rds")


def test_config_vars_are_sorted_by_what_becomes_of_them() -> None:
    variables = ward_rounds().variables
    assert variables.environment == {"REGION_NAME": "north", "SITE": "https://app.example.org/wards"}
    assert variables.secrets == ("SECRET_KEY", "ADMIN_PASSWORD")
    assert (variables.missing, variables.optional) == (("CLINIC",), ("GREETING",))
    assert variables.from_addons == ("DATABASE_URL", "REDIS_URL", "REPORTING_URL", "SENDGRID_API_KEY")
    assert variables.from_heroku == ("HEROKU_APP_NAME",)


def test_the_application_has_the_values_and_placeholders_of_the_secrets() -> None:
    app = only_app(ward_rounds())
    assert app.environment["REGION_NAME"] == "north"
    assert [arn.partition(":secret:")[2] for arn in app.secrets.values()] == [
        "ward-rounds/SECRET_KEY-AAAAAA",
        "ward-rounds/ADMIN_PASSWORD-AAAAAA",
    ]


def test_a_name_that_the_program_sets_is_left_out() -> None:
    conversion = converted(
        {
            "addons": ["heroku-redis", "jawsdb"],
            "env": {"DATABASE_URL": "x", "CACHE_TTL": "60", "RDS_NAME": "x"},
        },
        "web: ./serve\n",
    )
    assert pasted(conversion).apps == conversion.apps
    assert conversion.variables.reserved == ("DATABASE_URL", "CACHE_TTL", "RDS_NAME")


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("DEVISE_SECRET_KEY", "x", True),
        ("APP_KEY", "x", True),
        ("AUTH_SALT", "x", True),
        ("MONGODB_URI", "", True),
        ("STORE", "redis://:x@cache.example.org", True),
        ("KEYBOARD", "qwerty", False),
        ("DISABLE_PASSWORD_LOGIN", "false", False),
    ],
)
def test_a_config_var_may_be_secret_by_its_name_or_its_value(name: str, value: str, is_secret: bool) -> None:
    variables = converted({"env": {name: value}}, "web: ./serve\n").variables
    assert (name in variables.secrets, name in variables.environment) == (is_secret, not is_secret)


def test_no_value_that_may_be_secret_is_printed() -> None:
    assert SECRET not in render(ward_rounds())
