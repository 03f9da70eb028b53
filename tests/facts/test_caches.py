"""Engines, versions and node types of ElastiCache."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts import caches

ENGINES = sorted(caches.FAMILIES)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_newest_version_is_the_highest(engine: caches.Engine) -> None:
    assert caches.newest(engine) == max(caches.FAMILIES[engine], key=lambda version: float(version))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_family_consists_of_engine_and_major_version(engine: caches.Engine) -> None:
    for version, family in caches.FAMILIES[engine].items():
        assert family == f"{engine}{version.split('.')[0]}"


def test_redis_ends_where_valkey_begins() -> None:
    assert caches.newest("redis") == "7.1"
    assert caches.newest("valkey") == "9.0"


def test_valkey_supports_every_node_type_of_redis() -> None:
    assert {*caches.NODE_TYPES["redis"]} < {*caches.NODE_TYPES["valkey"]}
    assert "cache.r8g.large" not in caches.NODE_TYPES["redis"]


@pytest.mark.parametrize(
    ("engine", "version", "near"),
    [("redis", "7.2", "7.1"), ("redis", "6.2", "7.0"), ("valkey", "7.0", "7.2"), ("valkey", "8.9", "8.2")],
)
def test_the_nearest_version(engine: caches.Engine, version: str, near: str) -> None:
    assert caches.nearest_version(engine, version) == near


@pytest.mark.parametrize(
    ("engine", "node_type", "near"),
    [
        ("valkey", "cache.r7g.3xlarge", "cache.r7g.2xlarge"),
        ("redis", "cache.r8g.xlarge", "cache.r7g.xlarge"),
        ("valkey", "cache.r6gd.xlarge", "cache.r7g.xlarge"),
        ("valkey", "cache.t2.micro", "cache.t4g.micro"),
        ("valkey", "cache.t4g.large", "cache.t4g.medium"),
        ("redis", "cache.m4.10xlarge", "cache.m7g.8xlarge"),
    ],
)
def test_the_nearest_node_type(engine: caches.Engine, node_type: str, near: str) -> None:
    assert caches.nearest_node_type(engine, node_type) == near


@given(
    st.sampled_from(ENGINES),
    st.from_regex(r"cache\.[a-z0-9-]+\.[a-z0-9]+", fullmatch=True),
    st.from_regex(r"\d{1,2}\.\d{1,2}", fullmatch=True),
)
def test_the_nearest_is_always_in_the_table(engine: caches.Engine, node_type: str, version: str) -> None:
    assert caches.nearest_node_type(engine, node_type) in caches.NODE_TYPES[engine]
    assert caches.nearest_version(engine, version) in caches.FAMILIES[engine]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_entry_of_the_table_is_its_own_nearest(engine: caches.Engine) -> None:
    for node_type in caches.NODE_TYPES[engine]:
        assert caches.nearest_node_type(engine, node_type) == node_type
    for version in caches.FAMILIES[engine]:
        assert caches.nearest_version(engine, version) == version
