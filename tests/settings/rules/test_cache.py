"""Rules on the cache."""

from __future__ import annotations

import pytest

from tests.settings.documents import Document, full_document, new_warnings, paths, problem, put, read

PATH = "hipaa:data.cache"


def changed(**values: object) -> Document:
    """Return the full document with other settings of the cache."""
    document = full_document()
    document["hipaa:data"]["cache"] |= values
    return document


@pytest.mark.parametrize(
    ("engine", "version", "near"),
    [("redis", "7.2", "7.1"), ("redis", "8.2", "7.1"), ("valkey", "7.1", "7.2")],
)
def test_an_unknown_version_is_refused_with_the_nearest(engine: str, version: str, near: str) -> None:
    refused = problem(changed(engine=engine, engine_version=version))
    assert (refused.path, refused.hint) == (f"{PATH}.engine_version", f"the nearest is {near}")


@pytest.mark.parametrize(
    ("engine", "node_type", "near"),
    [
        ("redis", "cache.r8g.large", "cache.r7g.large"),
        ("valkey", "cache.r7g.3xlarge", "cache.r7g.2xlarge"),
        ("valkey", "cache.t2.micro", "cache.t4g.micro"),
    ],
)
def test_an_unknown_node_type_is_refused_with_the_nearest(engine: str, node_type: str, near: str) -> None:
    refused = problem(changed(engine=engine, node_type=node_type))
    assert (refused.path, refused.hint) == (f"{PATH}.node_type", f"the nearest is {near}")


@pytest.mark.parametrize(
    ("snapshots", "maintenance"),
    [
        ("04:00-05:00", "sun:04:30-sun:05:30"),
        ("04:00-05:00", "sun:03:30-sun:04:30"),
        ("23:30-00:30", "sun:00:00-sun:01:00"),
        ("00:00-01:00", "sun:23:30-mon:00:30"),
        ("04:00-05:00", "sat:20:00-sun:20:00"),
    ],
)
def test_windows_that_overlap_are_refused(snapshots: str, maintenance: str) -> None:
    refused = problem(changed(snapshot_window=snapshots, maintenance_window=maintenance))
    assert refused.path == f"{PATH}.snapshot_window"


@pytest.mark.parametrize(
    ("snapshots", "maintenance"),
    [
        ("04:00-05:00", "sun:05:00-sun:06:00"),
        ("04:00-05:00", "sun:03:00-sun:04:00"),
        ("23:00-00:00", "mon:00:00-mon:01:00"),
    ],
)
def test_adjacent_windows_are_accepted(snapshots: str, maintenance: str) -> None:
    assert read(changed(snapshot_window=snapshots, maintenance_window=maintenance))


@pytest.mark.parametrize("window", ["04:00-04:30", "4:00-5:00", "24:00-01:00", "sun:04:00-sun:05:00"])
def test_a_daily_window_lasts_an_hour_or_more(window: str) -> None:
    assert paths(changed(snapshot_window=window)) == [f"{PATH}.snapshot_window"]


@pytest.mark.parametrize("window", ["sun:04:00-sun:04:30", "04:00-05:00", "so:04:00-so:05:00"])
def test_a_weekly_window_lasts_an_hour_or_more(window: str) -> None:
    assert paths(changed(maintenance_window=window)) == [f"{PATH}.maintenance_window"]


def test_the_hint_for_upper_case_is_lower_case() -> None:
    assert problem(changed(maintenance_window="Sun:06:00-Sun:07:00")).hint == (
        "did you mean sun:06:00-sun:07:00?"
    )


def test_a_cache_without_replicas_is_a_warning() -> None:
    [warning] = new_warnings(put(full_document(), f"{PATH}.replicas", 0), full_document())
    assert "hipaa:data.cache.replicas is 0" in warning
