"""Engine versions and instance classes of RDS and Aurora."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts import databases
from facts.databases import VERSIONS, Engine

ENGINES = st.sampled_from(sorted(VERSIONS))


@pytest.mark.parametrize("engine", sorted(VERSIONS))
def test_versions_are_in_order_and_support_of_each_major_ends(engine: Engine) -> None:
    numbers = [tuple(map(int, version.split("."))) for version in VERSIONS[engine]]
    assert numbers == sorted(set(numbers))
    majors = {databases.major(engine, version) for version in VERSIONS[engine]}
    assert majors == set(databases.STANDARD_SUPPORT_ENDS[engine])
    for end in databases.STANDARD_SUPPORT_ENDS[engine].values():
        assert date.fromisoformat(end) > date.fromisoformat(databases.AS_OF)


@pytest.mark.parametrize(
    ("engine", "version", "near"),
    [
        ("aurora-postgresql", "16.6", ("16.8", "16.14")),
        ("aurora-postgresql", "16.12", ("16.13", "16.14")),
        ("postgres", "16.6", ("16.9", "16.14")),
        ("postgres", "12.22", ("14.23",)),
        ("postgres", "19.1", ("18.4",)),
        ("mysql", "8.0.42", ("8.4.11",)),
        ("mysql", "8.4.4", ("8.4.5", "8.4.11")),
        ("mysql", "17.9", ("8.4.11",)),
    ],
)
def test_the_nearest_versions_are_the_next_minor_and_the_newest(
    engine: Engine, version: str, near: tuple[str, ...]
) -> None:
    assert version not in VERSIONS[engine]
    assert databases.nearest_versions(engine, version) == near


@given(engine=ENGINES, numbers=st.lists(st.integers(0, 99), min_size=2, max_size=3))
def test_the_nearest_versions_are_always_in_the_table(engine: Engine, numbers: list[int]) -> None:
    near = databases.nearest_versions(engine, ".".join(map(str, numbers)))
    assert near
    assert set(near) <= set(VERSIONS[engine])


def test_only_a_later_minor_counts_as_newer() -> None:
    assert databases.is_newer("postgres", "17.11")
    assert not databases.is_newer("postgres", "17.9")
    assert not databases.is_newer("postgres", "19.0")


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [
        ("aurora-postgresql", "17.9", "aurora-postgresql17"),
        ("postgres", "14.20", "postgres14"),
        ("mysql", "8.4.11", "mysql8.4"),
    ],
)
def test_a_family_consists_of_engine_and_major_version(engine: Engine, version: str, family: str) -> None:
    assert databases.family(engine, version) == family


@pytest.mark.parametrize(
    ("engine", "wrong", "near"),
    [
        ("aurora-postgresql", "db.m6g.large", "db.r6g.large"),
        ("aurora-postgresql", "db.t4g.micro", "db.t4g.medium"),
        ("aurora-postgresql", "db.r6g.24xlarge", "db.r6g.16xlarge"),
        ("postgres", "db.r4.large", "db.r5.large"),
        ("postgres", "db.m5.10xlarge", "db.m5.8xlarge"),
        ("mysql", "db.t2.small", "db.t3.small"),
    ],
)
def test_the_nearest_class_is_similar(engine: Engine, wrong: str, near: str) -> None:
    assert not databases.has_class(engine, wrong)
    assert databases.nearest_class(engine, wrong) == near


@given(engine=ENGINES, wrong=st.from_regex(r"db\.[a-z0-9-]{1,6}\.[a-z0-9]{1,9}", fullmatch=True))
def test_the_nearest_class_is_always_supported(engine: Engine, wrong: str) -> None:
    assert databases.has_class(engine, databases.nearest_class(engine, wrong))


def test_a_supported_class_is_its_own_nearest() -> None:
    assert databases.nearest_class("postgres", "db.m9g.48xlarge") == "db.m9g.48xlarge"


def test_connections_grow_with_memory_up_to_the_limit() -> None:
    assert databases.connections("postgres", 1024) == 112
    assert databases.connections("postgres", 512 * 1024) == 5000
    assert databases.connections("aurora-postgresql", 128 * 1024, smallest_acu=0.5) == 2000
    assert databases.connections("mysql", 1024) == 85


@pytest.mark.parametrize(
    ("lowest", "highest", "connections"),
    [(1, 1, 189), (1, 16, 3360), (0.5, 16, 2000), (2, 64, 5000), (1, 256, 5000), (0, 4, 823), (1, 6, 1246)],
)
def test_connections_of_serverless_instances_depend_on_the_range_of_capacity(
    lowest: float, highest: float, connections: int
) -> None:
    assert databases.serverless_connections(lowest, highest) == connections


@pytest.mark.parametrize(
    ("connections", "range_acu"),
    [(0, (0, 0)), (189, (0, 1)), (190, (0, 4)), (2000, (0, 16)), (2001, (1, 16)), (5000, (1, 32)), (9999, (1, 32))],
)  # fmt: skip
def test_a_chosen_capacity_range_accepts_the_connections(
    connections: int, range_acu: tuple[float, float]
) -> None:
    assert databases.acu_for_connections(connections) == range_acu
    assert databases.serverless_connections(*range_acu) >= min(connections, 5000)


def test_a_class_has_the_memory_of_its_instance_type() -> None:
    assert databases.memory_mib("db.r6g.large") == 16 * 1024
    assert databases.memory_mib("db.x2g.large") is None


@pytest.mark.parametrize(
    ("version", "pauses", "most"), [("14.6", False, 128), ("14.17", True, 256), ("17.4", True, 256)]
)
def test_old_versions_do_not_pause_and_have_less_capacity(version: str, pauses: bool, most: float) -> None:
    assert (databases.can_pause(version), databases.max_acu(version)) == (pauses, most)


def test_mysql_has_no_insights_on_the_smallest_classes() -> None:
    assert not databases.has_insights("mysql", "db.t4g.small")
    assert databases.has_insights("mysql", "db.t4g.medium")
    assert databases.has_insights("postgres", "db.t4g.micro")
