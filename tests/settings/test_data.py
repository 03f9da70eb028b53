"""Settings of databases: what AWS has not got is refused with the nearest that it has."""

from __future__ import annotations

from typing import Any

import pytest

from settings import Problem, SettingsError, parse
from tests.settings.strategies import Document, full_document, put

FILE = "Pulumi.prod.yaml"
AURORA = "hipaa:data.aurora"
RDS = "hipaa:data.rds"
_KEY = "arn:aws:kms:us-west-2:123456789012:key/1"
SECOND: Document = {
    "region": "us-west-2",
    "kms_key_arn": _KEY,
    "logs_key_arn": _KEY,
    "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "security_group_ids": ["sg-0123456789abcdef0"],
    "alarm_topic_arn": "arn:aws:sns:us-west-2:123456789012:alerts",
}


def changed(**values: Any) -> Document:
    """Return the full document with values at paths like `aurora__engine_version`; None takes a key away."""
    found = full_document()
    for path, value in values.items():
        store, key = path.split("__")
        if value is None:
            found["hipaa:data"][store].pop(key, None)
        else:
            found["hipaa:data"][store][key] = value
    return found


def problems(document: Document) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    return list(caught.value.problems)


def problem(**values: Any) -> Problem:
    """Return the only thing that is wrong with a document."""
    [only] = problems(changed(**values))
    return only


def unprotected(document: Document) -> Document:
    for path, value in (
        ("hipaa:protect", False), ("hipaa:audit.object_lock", "none"), ("hipaa:data.backup.vault_lock", "none"),
    ):  # fmt: skip
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
def test_a_version_that_is_gone_is_refused_with_the_nearest(store: str, version: str, near: str) -> None:
    found = problem(**{f"{store}__engine_version": version})
    assert found.path == f"hipaa:data.{store}.engine_version"
    assert found.hint == f"the nearest is {near}"
    assert "2026-08-22" in found.allowed


def test_a_newer_minor_than_the_table_is_a_warning() -> None:
    found = parse(changed(aurora__engine_version="17.98"), file=FILE)
    assert [text for text in found.warnings if "17.98 is newer than the table" in text]


@pytest.mark.parametrize(
    ("values", "path", "near"),
    [
        ({"rds__instance_class": "db.m4.large"}, f"{RDS}.instance_class", "db.m5.large"),
        ({"aurora__instance_class": "db.m6g.large"}, f"{AURORA}.instance_class", "db.r6g.large"),
        ({"aurora__instance_class": "db.t4g.micro"}, f"{AURORA}.instance_class", "db.t4g.medium"),
    ],
)
def test_a_class_that_an_engine_has_not_is_refused_with_the_nearest(
    values: dict[str, Any], path: str, near: str
) -> None:
    found = problem(**values)
    assert (found.path, found.hint) == (path, f"the nearest is {near}")


def test_mysql_has_versions_of_its_own() -> None:
    assert problem(rds__engine="mysql").path == f"{RDS}.engine_version"
    settings = parse(changed(rds__engine="mysql", rds__engine_version="8.4.11"), file=FILE)
    assert settings.database_ports == (3306, 5432, 6379)
    assert parse(full_document(), file=FILE).database_ports == (5432, 6379)


def test_mysql_does_not_fit_six_zones() -> None:
    document = put(changed(rds__engine="mysql", rds__engine_version="8.4.11"), "hipaa:network.zones", 6)
    # Nor do VPN users, who are not what this is about.
    document = put(document, "hipaa:connectivity.vpn.access", {"engineers": ["app"]})
    [found] = problems(document)
    assert found.path == f"{RDS}.engine"


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
    found = problem(**{f"{store}__backup_window": backup, f"{store}__maintenance_window": maintenance})
    assert found.path == f"hipaa:data.{store}.maintenance_window"


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("03:00-03:30", "sun:03:30-sun:04:00"),
        ("23:30-00:30", "mon:00:30-mon:01:00"),
        ("03:00-03:30", "sun:23:30-mon:00:30"),
    ],
)
def test_windows_beside_each_other_are_accepted(backup: str, maintenance: str) -> None:
    found = parse(changed(rds__backup_window=backup, rds__maintenance_window=maintenance), file=FILE)
    assert found.data is not None
    assert found.data.rds is not None
    assert found.data.rds.backup_window == backup


def test_a_window_has_half_an_hour_at_least() -> None:
    found = problem(rds__backup_window="03:00-03:20")
    assert found.path == f"{RDS}.backup_window"
    assert "30 minutes to a day" in found.allowed
    assert found.hint == "it lasts 20 minutes"


def test_a_protected_stack_never_pauses() -> None:
    asleep = {
        "aurora__instance_class": None,
        "aurora__readers": {"min": 1},
        "aurora__capacity_acu": {"min": 0, "max": 4},
    }
    found = problem(**asleep)
    assert (found.path, found.hint) == (f"{AURORA}.capacity_acu.min", "the nearest is 0.5")
    settings = parse(unprotected(changed(**asleep)), file=FILE)
    assert settings.data is not None
    assert settings.data.aurora is not None
    assert settings.data.aurora.capacity_acu.min == 0


@pytest.mark.parametrize(("switch", "value"), [("proxy", True), ("second_region", SECOND)])
def test_what_keeps_a_database_awake_is_refused_with_a_pause(switch: str, value: object) -> None:
    document = changed(
        aurora__instance_class=None,
        aurora__readers={"min": 1},
        aurora__capacity_acu={"min": 0, "max": 4},
        aurora__administrator="generated",
        **{f"aurora__{switch}": value},
    )
    [found] = problems(unprotected(document))
    assert found.path == f"{AURORA}.capacity_acu.min"
    assert f"{AURORA}.{switch}" in found.allowed


@pytest.mark.parametrize(
    ("version", "capacity", "path"),
    [
        ("17.9", {"min": 0.5, "max": 0.5}, f"{AURORA}.capacity_acu.max"),
        ("14.6", {"min": 1, "max": 200}, f"{AURORA}.capacity_acu.max"),
    ],
)
def test_capacities_that_a_version_has_not_are_refused(version: str, capacity: Document, path: str) -> None:
    assert problem(aurora__engine_version=version, aurora__capacity_acu=capacity).path == path


def test_an_old_version_does_not_pause() -> None:
    document = changed(
        aurora__engine_version="14.6",
        aurora__instance_class=None,
        aurora__readers={"min": 1},
        aurora__capacity_acu={"min": 0, "max": 4},
    )
    [found] = problems(unprotected(document))
    assert (found.path, found.hint) == (f"{AURORA}.capacity_acu.min", "the nearest is 0.5")


def test_serverless_readers_do_not_change_their_number() -> None:
    found = problem(aurora__instance_class=None)
    assert found.path == f"{AURORA}.readers.max"
    assert "Serverless v2" in found.allowed


def test_a_cluster_has_fifteen_readers() -> None:
    found = problem(aurora__analytics_readers=8)
    assert (found.path, found.allowed[:9]) == (f"{AURORA}.analytics_readers", "at most 7")


def test_an_activity_stream_needs_a_class() -> None:
    values = {"aurora__instance_class": None, "aurora__readers": {"min": 1}, "aurora__activity_stream": True}
    assert problem(**values).path == f"{AURORA}.activity_stream"
    assert parse(changed(aurora__activity_stream=True), file=FILE)
    assert problem(aurora__instance_class="db.t4g.medium", aurora__activity_stream=True).path == (
        f"{AURORA}.activity_stream"
    )


@pytest.mark.parametrize(("store", "name"), [("aurora", "postgres"), ("rds", "template1")])
def test_a_database_has_no_name_that_the_engine_has_taken(store: str, name: str) -> None:
    assert problem(**{f"{store}__database": name}).path == f"hipaa:data.{store}.database"


def test_a_proxy_needs_somebody_to_let_in() -> None:
    document = changed(aurora__proxy=True)
    for service in document["hipaa:services"].values():
        service["uses"] = []
    [found] = problems(document)
    assert found.path == f"{AURORA}.proxy"


@pytest.mark.parametrize(
    ("values", "store"),
    [({"aurora__second_region": SECOND}, AURORA), ({"rds__blue_green_updates": True}, RDS)],
)
def test_switches_without_managed_passwords_ask_for_a_generated_one(
    values: dict[str, Any], store: str
) -> None:
    assert problem(**values).path == f"{store}.administrator"
    key = f"{next(iter(values)).split('__')[0]}__administrator"
    assert parse(changed(**values, **{key: "generated"}), file=FILE)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"region": "us-east-1", "kms_key_arn": _KEY.replace("west-2", "east-1"), "logs_key_arn": _KEY.replace("west-2", "east-1"), "alarm_topic_arn": "arn:aws:sns:us-east-1:123456789012:alerts"}, "region"),
        ({"kms_key_arn": _KEY.replace("west", "east")}, "kms_key_arn"),
        ({"logs_key_arn": "arn:aws:s3:us-west-2:123456789012:x"}, "logs_key_arn"),
        ({"alarm_topic_arn": "arn:aws:sns:us-east-1:123456789012:alerts"}, "alarm_topic_arn"),
    ],
)  # fmt: skip
def test_a_second_region_is_another_one_with_keys_and_a_topic_of_its_own(change: Document, path: str) -> None:
    found = problem(aurora__administrator="generated", aurora__second_region={**SECOND, **change})
    assert found.path == f"{AURORA}.second_region.{path}"


def test_storage_grows_by_a_tenth_at_least() -> None:
    found = problem(rds__max_storage_gib=109)
    assert (found.path, found.hint) == (f"{RDS}.max_storage_gib", "the nearest is 110")


@pytest.mark.parametrize(("storage", "ceiling"), [(20, 40), (40_000, 65_536), (65_000, None)])
def test_storage_may_double_if_not_told_otherwise(storage: int, ceiling: int | None) -> None:
    found = parse(changed(rds__storage_gib=storage), file=FILE)
    assert found.data is not None
    assert found.data.rds is not None
    assert found.data.rds.storage_ceiling_gib == ceiling


def test_the_image_that_makes_users_is_pinned_and_has_somewhere_to_run() -> None:
    assert problem(aurora__bootstrap_image="registry.example.org/psql:17").path == f"{AURORA}.bootstrap_image"
    document = changed()
    for key in ("hipaa:compute", "hipaa:edge", "hipaa:services", "hipaa:connectivity"):
        del document[key]
    assert [found.path for found in problems(document)] == [
        f"{AURORA}.bootstrap_image",
        f"{RDS}.bootstrap_image",
    ]


def test_without_that_image_users_have_to_be_made_by_hand() -> None:
    found = parse(changed(aurora__bootstrap_image=None), file=FILE)
    assert [text for text in found.warnings if f"{AURORA}.bootstrap_image is not set" in text]


@pytest.mark.parametrize("name", ["public", "postgres", "dbadmin", "mysql"])
def test_a_service_with_a_database_has_no_name_that_the_database_has(name: str) -> None:
    document = full_document()
    document["hipaa:services"][name] = document["hipaa:services"].pop("worker")
    [found] = problems(document)
    assert found.path == f"hipaa:services.{name}"
