"""What the settings of cache and backups may be together."""

from __future__ import annotations

from typing import Any

import pytest

from settings import SettingsError, parse
from tests.settings.strategies import full_document, put

FILE = "Pulumi.prod.yaml"


def problems(**values: Any) -> list[tuple[str, str]]:
    """Return path and message of everything that is refused of the full document with these values of `data`."""
    document = full_document()
    for path, value in values.items():
        document = put(document, f"hipaa:data.{path.replace('__', '.')}", value)
    try:
        parse(document, file=FILE)
    except SettingsError as error:
        return [(problem.path, f"{problem.allowed}; {problem.hint}") for problem in error.problems]
    return []


def test_the_full_document_has_none() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("engine", "version", "near"),
    [("redis", "7.2", "7.1"), ("redis", "8.2", "7.1"), ("valkey", "7.1", "7.2")],
)
def test_a_version_that_the_engine_has_not_got_is_refused_with_the_nearest(
    engine: str, version: str, near: str
) -> None:
    [(path, message)] = problems(cache__engine=engine, cache__engine_version=version)
    assert path == "hipaa:data.cache.engine_version"
    assert f"the nearest is {near}" in message


@pytest.mark.parametrize(
    ("engine", "node_type", "near"),
    [
        ("redis", "cache.r8g.large", "cache.r7g.large"),
        ("valkey", "cache.r7g.3xlarge", "cache.r7g.2xlarge"),
        ("valkey", "cache.t2.micro", "cache.t4g.micro"),
    ],
)
def test_a_node_type_that_the_engine_has_not_got_is_refused_with_the_nearest(
    engine: str, node_type: str, near: str
) -> None:
    [(path, message)] = problems(cache__engine=engine, cache__node_type=node_type)
    assert path == "hipaa:data.cache.node_type"
    assert f"the nearest is {near}" in message


@pytest.mark.parametrize(
    ("snapshots", "maintenance", "collide"),
    [
        ("04:00-05:00", "sun:04:30-sun:05:30", True),
        ("04:00-05:00", "sun:03:30-sun:04:30", True),
        ("23:30-00:30", "sun:00:00-sun:01:00", True),
        ("00:00-01:00", "sun:23:30-mon:00:30", True),
        ("04:00-05:00", "sat:20:00-sun:20:00", True),
        ("04:00-05:00", "sun:05:00-sun:06:00", False),
        ("04:00-05:00", "sun:03:00-sun:04:00", False),
        ("23:00-00:00", "mon:00:00-mon:01:00", False),
    ],
)
def test_snapshots_keep_clear_of_maintenance(snapshots: str, maintenance: str, collide: bool) -> None:
    found = problems(cache__snapshot_window=snapshots, cache__maintenance_window=maintenance)
    assert [path for path, _ in found] == ["hipaa:data.cache.snapshot_window"] * collide


@pytest.mark.parametrize("window", ["04:00-04:30", "4:00-5:00", "24:00-01:00", "sun:04:00-sun:05:00"])
def test_a_daily_window_is_an_hour_of_the_day(window: str) -> None:
    assert [path for path, _ in problems(cache__snapshot_window=window)] == [
        "hipaa:data.cache.snapshot_window"
    ]


@pytest.mark.parametrize("window", ["sun:04:00-sun:04:30", "04:00-05:00", "so:04:00-so:05:00"])
def test_a_weekly_window_is_an_hour_of_the_week(window: str) -> None:
    found = problems(cache__maintenance_window=window)
    assert [path for path, _ in found] == ["hipaa:data.cache.maintenance_window"]


def test_a_window_in_capitals_is_told_in_lower_case() -> None:
    [(_, message)] = problems(cache__maintenance_window="Sun:06:00-Sun:07:00")
    assert "did you mean sun:06:00-sun:07:00?" in message


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"daily_keep_days": 3000}, "daily_keep_days", "at most hipaa:data.backup.keep_days (2192)"),
        ({"keep_days": 100, "cold_after_days": 11}, "cold_after_days", "the nearest is 10"),
        ({"keep_days": 60, "cold_after_days": 11}, "cold_after_days", "leave it out"),
        ({"lock_min_days": 36}, "lock_min_days", "at most hipaa:data.backup.daily_keep_days (35)"),
        (
            {"lock_min_days": 4, "hourly_keep_days": 3},
            "lock_min_days",
            "at most hipaa:data.backup.hourly_keep_days (3)",
        ),
        ({"lock_max_days": 2000}, "lock_max_days", "at least hipaa:data.backup.keep_days (2192)"),
        ({"lock_grace_days": 2}, "lock_grace_days", "from 3 to 36500"),
        ({"schedule": "rate(12 hours)"}, "schedule", "AWS Backup takes no rate()"),
        (
            {"copy_to_vault": "arn:aws:backup:us-east-1:123456789012:backup-vault:own"},
            "copy_to_vault",
            "another account than hipaa:account",
        ),
        (
            {"copy_to_vault": "arn:aws:backup:us-west-2:000011112222:backup-vault:far"},
            "copy_to_vault",
            "a vault in aws:region (us-east-1)",
        ),
        ({"copy_to_vault": "elsewhere"}, "copy_to_vault", "the ARN of a backup vault"),
    ],
)
def test_backups_that_aws_would_refuse_are_refused(values: dict[str, Any], path: str, message: str) -> None:
    found = problems(**{f"backup__{key}": value for key, value in values.items()})
    assert [where for where, _ in found] == [f"hipaa:data.backup.{path}"]
    assert message in found[0][1]


def test_a_lock_has_no_limits_where_there_is_none() -> None:
    document = put(full_document(), "hipaa:data.backup.vault_lock", "none")
    document = put(document, "hipaa:protect", False)
    document = put(document, "hipaa:audit.object_lock", "none")
    document = put(document, "hipaa:data.backup.lock_min_days", 7)
    with pytest.raises(SettingsError, match=r"nothing while hipaa:data\.backup\.vault_lock is none"):
        parse(document, file=FILE)


@pytest.mark.parametrize("key", ["copy_to_region", "restore_test"])
def test_a_protected_stack_without_copies_or_tests_is_warned(key: str) -> None:
    document = full_document()
    del document["hipaa:data"]["backup"][key]
    assert [
        text for text in parse(document, file=FILE).warnings if f"hipaa:data.backup.{key} is not set" in text
    ]


def test_databases_without_a_vault_are_warned() -> None:
    document = full_document()
    del document["hipaa:data"]["backup"]
    assert [text for text in parse(document, file=FILE).warnings if "hipaa:data.backup is not set" in text]


def test_the_newest_version_is_meant_where_none_is_named() -> None:
    data = parse(full_document(), file=FILE).data
    assert data is not None
    assert data.cache is not None
    assert data.cache.engine_version is None
    assert data.cache.version == "9.0"


def test_what_tells_two_stacks_apart_is_their_default_tag() -> None:
    document = put(full_document(), "aws:defaultTags.tags.environment", "prod")
    assert parse(document, file=FILE).told_apart_by == {"environment": "prod"}
    assert parse(full_document(), file=FILE).told_apart_by == {}


@pytest.mark.parametrize(
    ("schedule", "warned"),
    [
        ("cron(0 5 * * ? *)", False),
        ("cron(30 1 * * ? *)", True),
        ("cron(15 4 * * ? *)", True),
        ("cron(59 5 ? * * *)", True),
        # Which of several times it is, is not looked at.
        ("cron(0 0/12 * * ? *)", False),
    ],
)
def test_a_backup_that_meets_a_window_of_rds_is_warned_of(schedule: str, warned: bool) -> None:
    document = put(full_document(), "hipaa:data.backup.schedule", schedule)
    windows = {"backup_window": "03:00-03:30", "maintenance_window": "sun:07:00-sun:07:30"}
    document["hipaa:data"]["rds"].update(windows)
    found = [text for text in parse(document, file=FILE).warnings if "hipaa:data.backup.schedule" in text]
    assert bool(found) is warned
