"""The stores that replace add-ons, the advice about the others, and the config vars."""

from __future__ import annotations

import pytest

from planning.heroku import render
from settings.model import AuroraSettings, CacheSettings, DataSettings
from tests.planning.heroku.apps import SECRET, converted, only_app, texts, ward_rounds


def test_add_ons_become_stores_that_the_application_uses() -> None:
    conversion = ward_rounds()
    assert conversion.data == DataSettings(
        aurora=AuroraSettings(engine_version="15.18"), cache=CacheSettings(engine="valkey")
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


def test_config_vars_are_sorted_by_where_they_come_from() -> None:
    variables = ward_rounds().variables
    assert variables.own == ("SECRET_KEY", "REGION_NAME")
    assert variables.from_addons == ("DATABASE_URL", "REDIS_URL", "REPORTING_URL", "SENDGRID_API_KEY")
    assert variables.from_heroku == ("HEROKU_APP_NAME",)


def test_no_value_of_a_config_var_is_printed() -> None:
    assert SECRET not in render(ward_rounds())
