import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.instances import (
    FAMILIES,
    TABLE,
    Limits,
    architecture,
    ladder,
    limits_of,
    nearest,
    refuse_oversize,
)

KNOWN = st.sampled_from(sorted(TABLE.values(), key=lambda item: item.instance_type))


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
def test_the_table_says_what_aws_says(
    instance_type: str, vcpus: int, gib: int, tasks: int, trunk_tasks: int | None
) -> None:
    assert limits_of(instance_type) == Limits(instance_type, vcpus, gib * 1024, tasks, trunk_tasks)


@pytest.mark.parametrize("instance_type", ["r5.8xlarge", "c5.3xlarge", "m99.large", ""])
def test_what_the_table_has_not_got_is_unknown(instance_type: str) -> None:
    assert limits_of(instance_type) is None


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("c5.3xlarge", "c5.4xlarge"),
        ("c5.10xlarge", "c5.9xlarge"),
        ("c5.2xlrage", "c5.2xlarge"),
        ("t3.meduim", "t3.medium"),
    ],
)
def test_the_nearest_type_is_of_the_same_family(instance_type: str, expected: str) -> None:
    assert nearest(instance_type) == expected


@given(st.text(max_size=20))
def test_there_is_always_a_nearest_type(instance_type: str) -> None:
    assert nearest(instance_type) in TABLE


@given(KNOWN)
def test_trunking_never_costs_a_task(limits: Limits) -> None:
    assert limits.most_tasks(trunking=True) >= limits.most_tasks(trunking=False) == limits.interfaces - 1


@given(KNOWN)
def test_tasks_get_less_memory_than_the_type_has(limits: Limits) -> None:
    assert 0 < limits.task_memory_mib < limits.memory_mib


@given(KNOWN, st.integers(1, 200_000), st.integers(1, 2_000_000), st.booleans())
def test_what_fits_never_exceeds_the_instance(limits: Limits, cpu: int, memory: int, trunking: bool) -> None:
    count = limits.capacity(cpu_units=cpu, memory_mib=memory, trunking=trunking)
    assert count * cpu <= limits.cpu_units
    assert count * memory <= limits.task_memory_mib
    assert count <= limits.most_tasks(trunking=trunking)


def test_interfaces_bound_small_tasks_without_trunking() -> None:
    limits = TABLE["c5.2xlarge"]
    sizes = [limits.capacity(cpu_units=256, memory_mib=512, trunking=trunking) for trunking in (False, True)]
    assert sizes == [3, 29]


@pytest.mark.parametrize(("cpu", "memory"), [(0, 1), (1, 0)])
def test_a_task_of_no_size_is_refused(cpu: int, memory: int) -> None:
    with pytest.raises(ValueError, match=f"over 0, got {cpu} and {memory}"):
        TABLE["c5.large"].capacity(cpu_units=cpu, memory_mib=memory, trunking=True)


@given(KNOWN)
def test_a_task_as_large_as_the_instance_is_accepted_and_one_more_refused(limits: Limits) -> None:
    largest = {"cpu_units": limits.cpu_units, "memory_mib": limits.task_memory_mib}
    refuse_oversize("api", limits.instance_type, **largest)
    for field in largest:
        with pytest.raises(ValueError, match=rf"^api \w+ must be {largest[field]} "):
            refuse_oversize("api", limits.instance_type, **{**largest, field: largest[field] + 1})


def test_nothing_is_refused_on_an_unknown_type() -> None:
    assert limits_of("m99.large") is None
    refuse_oversize("api", "m99.large", cpu_units=10**6, memory_mib=10**9)


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
def test_the_family_names_the_architecture(instance_type: str, expected: str) -> None:
    assert architecture(instance_type) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_several_sizes(family: str) -> None:
    smallest = "micro" if family.startswith("t") else "large"
    assert len(ladder(f"{family}.{smallest}")) >= 4
