"""Rules on Aurora and RDS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.settings.documents import Document, full_document, new_warnings, paths, problem, put, read

AURORA = "hipaa:data.aurora"
RDS = "hipaa:data.rds"
PAUSING: Document = {
    "aurora__instance_class": None,
    "aurora__readers": {"min": 1},
    "aurora__capacity_acu": {"min": 0, "max": 4},
}


def changed(**values: Any) -> Document:
    """Return the full document with values at paths like `aurora__engine_version`; None removes a key."""
    document = full_document()
    for path, value in values.items():
        store, key = path.split("__")
        if value is None:
            document["hipaa:data"][store].pop(key, None)
        else:
            document["hipaa:data"][store][key] = value
    return document


def unprotected(document: Document) -> Document:
    for path, value in (
        ("hipaa:protect", False),
        ("hipaa:audit.object_lock", "none"),
        ("hipaa:data.backup.vault_lock", "none"),
    ):
        document = put(document, path, value)
    return document


@pytest.mark.parametrize(
    ("store", "version", "near"),
    [
        ("aurora", "16.6", "16.8 or 16.14"),
        ("aurora", "13.20", "14.23"),
        ("rds", "16.6", "16.9 or 16.14"),
        ("rds", "19.1", "18.4"),
        ("rds", "8.4.11", "14.23"),
    ],
)
def test_an_unknown_version_is_refused_with_the_nearest(store: str, version: str, near: str) -> None:
    refused = problem(changed(**{f"{store}__engine_version": version}))
    assert refused.path == f"hipaa:data.{store}.engine_version"
    assert refused.hint == f"the nearest is {near}"
    assert "2026-08-22" in refused.allowed


def test_a_minor_newer_than_the_table_is_a_warning() -> None:
    settings = read(changed(aurora__engine_version="17.98"))
    assert [text for text in settings.warnings if "17.98 is newer than the table" in text]


@pytest.mark.parametrize(
    ("values", "path", "near"),
    [
        ({"rds__instance_class": "db.m4.large"}, f"{RDS}.instance_class", "db.m5.large"),
        ({"aurora__instance_class": "db.m6g.large"}, f"{AURORA}.instance_class", "db.r6g.large"),
        ({"aurora__instance_class": "db.t4g.micro"}, f"{AURORA}.instance_class", "db.t4g.medium"),
    ],
)
def test_an_unsupported_class_is_refused_with_the_nearest(
    values: dict[str, Any], path: str, near: str
) -> None:
    refused = problem(changed(**values))
    assert (refused.path, refused.hint) == (path, f"the nearest is {near}")


def test_mysql_has_other_versions_than_postgres() -> None:
    assert problem(changed(rds__engine="mysql")).path == f"{RDS}.engine_version"
    assert read(changed(rds__engine="mysql", rds__engine_version="8.4.11"))


def test_the_port_of_mysql_does_not_fit_into_the_network_acl_of_six_zones() -> None:
    document = put(changed(rds__engine="mysql", rds__engine_version="8.4.11"), "hipaa:network.zones", 6)
    # VPN users would not fit either; that is another rule.
    document = put(document, "hipaa:connectivity.vpn.access", {"engineers": ["app"]})
    assert problem(document).path == f"{RDS}.engine"
    assert read(put(document, "hipaa:network.zones", 5))


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("03:00-03:30", "sun:03:15-sun:03:45"),
        ("03:00-03:30", "sat:22:00-sun:04:00"),
        ("23:30-00:30", "mon:00:00-mon:00:30"),
        ("00:00-00:30", "sun:23:45-mon:00:15"),
        ("22:00-02:00", "wed:23:00-wed:23:30"),
    ],
)
@pytest.mark.parametrize("store", ["aurora", "rds"])
def test_windows_that_overlap_are_refused(store: str, backup: str, maintenance: str) -> None:
    values = {f"{store}__backup_window": backup, f"{store}__maintenance_window": maintenance}
    assert problem(changed(**values)).path == f"hipaa:data.{store}.maintenance_window"


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("03:00-03:30", "sun:03:30-sun:04:00"),
        ("23:30-00:30", "mon:00:30-mon:01:00"),
        ("03:00-03:30", "sun:23:30-mon:00:30"),
    ],
)
def test_adjacent_windows_are_accepted(backup: str, maintenance: str) -> None:
    data = read(changed(rds__backup_window=backup, rds__maintenance_window=maintenance)).data
    assert data is not None
    assert data.rds is not None
    assert data.rds.backup_window == backup


def test_a_window_lasts_half_an_hour_or_more() -> None:
    refused = problem(changed(rds__backup_window="03:00-03:20"))
    assert refused.path == f"{RDS}.backup_window"
    assert "30 minutes to 24 hours" in refused.allowed
    assert refused.hint == "it lasts 20 minutes"


def test_the_database_of_a_protected_stack_does_not_pause() -> None:
    refused = problem(changed(**PAUSING))
    assert (refused.path, refused.hint) == (f"{AURORA}.capacity_acu.min", "the nearest is 0.5")
    data = read(unprotected(changed(**PAUSING))).data
    assert data is not None
    assert data.aurora is not None
    assert data.aurora.capacity_acu.min == 0


def test_a_database_behind_a_proxy_has_no_minimum_of_zero() -> None:
    refused = problem(unprotected(changed(**PAUSING, aurora__proxy=True)))
    assert refused.path == f"{AURORA}.capacity_acu.min"
    assert f"{AURORA}.proxy" in refused.allowed


@pytest.mark.parametrize(
    ("version", "capacity", "path"),
    [
        ("17.9", {"min": 0.5, "max": 0.5}, f"{AURORA}.capacity_acu.max"),
        ("14.6", {"min": 1, "max": 200}, f"{AURORA}.capacity_acu.max"),
    ],
)
def test_a_capacity_that_a_version_does_not_support_is_refused(
    version: str, capacity: Document, path: str
) -> None:
    values = {"aurora__engine_version": version, "aurora__capacity_acu": capacity}
    assert problem(changed(**values)).path == path


def test_an_old_version_does_not_pause() -> None:
    refused = problem(unprotected(changed(**PAUSING, aurora__engine_version="14.6")))
    assert (refused.path, refused.hint) == (f"{AURORA}.capacity_acu.min", "the nearest is 0.5")


def test_the_number_of_serverless_readers_is_fixed() -> None:
    refused = problem(changed(aurora__instance_class=None))
    assert refused.path == f"{AURORA}.readers.max"
    assert "Serverless v2" in refused.allowed


@pytest.mark.parametrize(("store", "name"), [("aurora", "postgres"), ("rds", "template1")])
def test_a_database_cannot_have_a_name_of_the_engine(store: str, name: str) -> None:
    assert problem(changed(**{f"{store}__database": name})).path == f"hipaa:data.{store}.database"


def test_a_proxy_requires_a_service_that_uses_it() -> None:
    document = changed(aurora__proxy=True)
    for app in document["hipaa:apps"].values():
        app["uses"] = []
    assert problem(document).path == f"{AURORA}.proxy"


def test_storage_grows_by_at_least_ten_percent() -> None:
    refused = problem(changed(rds__max_storage_gib=109))
    assert (refused.path, refused.hint) == (f"{RDS}.max_storage_gib", "the nearest is 110")


def test_a_bootstrap_image_requires_a_digest_and_a_cluster() -> None:
    tag = changed(aurora__bootstrap_image="registry.example.org/psql:17")
    assert problem(tag).path == f"{AURORA}.bootstrap_image"
    document = changed()
    for key in ("hipaa:compute", "hipaa:edge", "hipaa:apps", "hipaa:connectivity"):
        del document[key]
    assert paths(document) == [f"{AURORA}.bootstrap_image", f"{RDS}.bootstrap_image"]


def test_a_database_without_a_bootstrap_image_is_a_warning() -> None:
    [warning] = new_warnings(changed(aurora__bootstrap_image=None), full_document())
    assert f"{AURORA}.bootstrap_image is not set" in warning


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (f"{AURORA}.readers.min", 0, "hipaa:data.aurora.readers.min is 0"),
        (f"{RDS}.multi_az", False, "hipaa:data.rds.multi_az is false"),
    ],
)
def test_a_database_in_one_zone_is_a_warning(path: str, value: object, sentence: str) -> None:
    [warning] = new_warnings(put(full_document(), path, value), full_document())
    assert sentence in warning
