"""Rules on how applications sign in to databases, and on their limits there."""

from __future__ import annotations

import pytest

from tests.settings.documents import Document, full_document, paths, problem, put, read

API = "hipaa:apps.api.database"


def mysql() -> Document:
    """Return the full document with MySQL in RDS, which `worker` uses beside Aurora."""
    document = put(full_document(), "hipaa:data.rds.engine", "mysql")
    document = put(document, "hipaa:data.rds.engine_version", "8.4.9")
    return put(document, "hipaa:network.zones", 2)


def test_an_application_signs_in_by_iam_unless_it_asks_for_a_password() -> None:
    apps = read(put(full_document(), f"{API}.sign_in", "password")).apps
    assert apps is not None
    assert {name: app.database.sign_in for name, app in apps.items()} == {
        "api": "password",
        "realtime": "iam",
        "worker": "iam",
    }


def test_a_password_is_for_one_database() -> None:
    refused = problem(put(full_document(), "hipaa:apps.worker.database.sign_in", "password"))
    assert refused.path == "hipaa:apps.worker.database.sign_in"
    assert refused.allowed == (
        "iam, because hipaa:apps.worker.uses contains aurora and rds, but there is one DATABASE_URL"
    )


@pytest.mark.parametrize(
    "section",
    ["hipaa:apps.api.environment", "hipaa:apps.api.processes.web.environment", "hipaa:apps.api.secrets"],
)
def test_the_program_sets_the_url_of_the_database(section: str) -> None:
    value = {"DATABASE_URL": "arn:aws:secretsmanager:us-east-1:123456789012:secret:url"}
    assert read(put(full_document(), section, value))
    refused = problem(put(put(full_document(), section, value), f"{API}.sign_in", "password"))
    assert refused.path == f"{section}.DATABASE_URL"


def test_the_function_that_rotates_a_password_reaches_secrets_manager() -> None:
    document = put(put(full_document(), f"{API}.sign_in", "password"), "hipaa:network.nat", "none")
    refused = problem(document)
    assert refused.path == f"{API}.sign_in"
    assert "secretsmanager" in refused.hint
    endpoints = [*document["hipaa:network"]["interface_endpoints"], "secretsmanager"]
    assert read(put(document, "hipaa:network.interface_endpoints", endpoints))


@pytest.mark.parametrize(("key", "value"), [("statement_timeout_seconds", 30), ("extensions", ["pg_trgm"])])
def test_mysql_has_no_timeout_and_no_extensions(key: str, value: object) -> None:
    path = f"hipaa:apps.worker.database.{key}"
    assert read(put(full_document(), path, value))
    assert path in paths(put(mysql(), path, value))


def test_an_application_without_a_database_has_no_access_to_one() -> None:
    refused = problem(put(full_document(), "hipaa:apps.realtime.database.connection_limit", 5))
    assert refused.path == "hipaa:apps.realtime.database"


def test_an_application_shares_with_one_that_uses_the_same_database() -> None:
    assert read(put(full_document(), f"{API}.shares", {"worker": "read"}))
    for other, hint in (("realtime", ""), ("api", ""), ("worke", "did you mean worker?")):
        refused = problem(put(full_document(), f"{API}.shares", {other: "read"}))
        assert (refused.path, refused.hint) == (f"{API}.shares.{other}", hint)
        assert refused.allowed == "another application that uses aurora: worker"


@pytest.mark.parametrize("name", ["extensions", "pg-stats", "rds-app"])
def test_names_that_databases_use_themselves_are_refused(name: str) -> None:
    document = full_document()
    document["hipaa:apps"][name] = document["hipaa:apps"].pop("worker")
    assert problem(document).path == f"hipaa:apps.{name}"


def test_a_proxy_requires_an_application_that_signs_in_by_iam() -> None:
    document = put(full_document(), "hipaa:data.aurora.proxy", True)
    document["hipaa:apps"]["worker"]["uses"] = ["rds"]
    assert read(document)
    assert problem(put(document, f"{API}.sign_in", "password")).path == "hipaa:data.aurora.proxy"
