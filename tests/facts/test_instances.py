"""Limits of EC2 instance types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.instances import FAMILIES, INSTANCE_TYPES, Limits, architecture, limits_of, same_or_larger_types

LIMITS = st.sampled_from(sorted(INSTANCE_TYPES.values(), key=lambda item: item.instance_type))


@pytest.mark.parametrize(
    ("instance_type", "vcpus", "gib", "tasks", "trunk_tasks"),
    [
        ("c5.2xlarge", 8, 16, 3, 40),
        ("c5.9xlarge", 36, 72, 7, 60),
        ("c7g.medium", 1, 2, 1, 4),
        ("m6i.8xlarge", 32, 128, 7, 90),
        ("r6a.48xlarge", 192, 1536, 14, 120),
        ("t3.medium", 2, 4, 2, None),
        ("t3a.small", 2, 2, 1, None),
        ("t4g.2xlarge", 8, 32, 3, None),
    ],
)
def test_the_table_has_the_limits_of_aws(
    instance_type: str, vcpus: int, gib: int, tasks: int, trunk_tasks: int | None
) -> None:
    assert limits_of(instance_type) == Limits(instance_type, vcpus, gib * 1024, tasks, trunk_tasks)


@pytest.mark.parametrize("instance_type", ["r5.8xlarge", "c5.3xlarge", "m99.large", ""])
def test_a_type_outside_the_table_has_no_limits(instance_type: str) -> None:
    assert limits_of(instance_type) is None


def test_larger_types_of_the_family_follow_in_order() -> None:
    assert [limits.instance_type for limits in same_or_larger_types("c7g.8xlarge")] == [
        "c7g.8xlarge",
        "c7g.12xlarge",
        "c7g.16xlarge",
    ]
    assert same_or_larger_types("m99.large") == ()


@given(LIMITS)
def test_trunking_never_allows_fewer_tasks(limits: Limits) -> None:
    assert limits.max_tasks(trunking=True) >= limits.max_tasks(trunking=False) == limits.tasks


@given(LIMITS)
def test_tasks_have_less_memory_than_the_type(limits: Limits) -> None:
    assert 0 < limits.task_memory_mib < limits.memory_mib


@given(LIMITS, st.integers(1, 200_000), st.integers(1, 2_000_000), st.booleans())
def test_the_capacity_never_exceeds_the_instance(
    limits: Limits, cpu: int, memory: int, trunking: bool
) -> None:
    count = limits.capacity(cpu_units=cpu, memory_mib=memory, trunking=trunking)
    assert count * cpu <= limits.cpu_units
    assert count * memory <= limits.task_memory_mib
    assert count <= limits.max_tasks(trunking=trunking)


def test_interfaces_limit_small_tasks_without_trunking() -> None:
    limits = INSTANCE_TYPES["c5.2xlarge"]
    sizes = [limits.capacity(cpu_units=256, memory_mib=512, trunking=trunking) for trunking in (False, True)]
    assert sizes == [3, 29]


@pytest.mark.parametrize(("cpu", "memory"), [(0, 1), (1, 0)])
def test_a_task_without_a_size_is_refused(cpu: int, memory: int) -> None:
    with pytest.raises(ValueError, match=f"over 0, got {cpu} and {memory}"):
        INSTANCE_TYPES["c5.large"].capacity(cpu_units=cpu, memory_mib=memory, trunking=True)


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("c5.2xlarge", "x86_64"),
        ("g5.xlarge", "x86_64"),
        ("c7g.large", "arm64"),
        ("t4g.micro", "arm64"),
        ("a1.large", "arm64"),
    ],
)
def test_the_family_shows_the_architecture(instance_type: str, expected: str) -> None:
    assert architecture(instance_type) == expected


@given(LIMITS, st.integers(0, 999), st.integers(0, 999), st.integers(0, 9))
def test_programs_on_every_instance_take_room_from_the_tasks(
    limits: Limits, cpu_units: int, memory_mib: int, tasks: int
) -> None:
    rest = limits.without(cpu_units=cpu_units, memory_mib=memory_mib, tasks=tasks)
    assert rest.cpu_units == limits.cpu_units - cpu_units
    assert rest.task_memory_mib == limits.task_memory_mib - memory_mib
    for trunking in (True, False):
        assert rest.max_tasks(trunking=trunking) == limits.max_tasks(trunking=trunking) - tasks


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_several_sizes(family: str) -> None:
    smallest = "micro" if family.startswith("t") else "large"
    assert len(same_or_larger_types(f"{family}.{smallest}")) >= 4
