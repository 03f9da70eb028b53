"""The settings that support a load, and the single changes that lead to them."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

import settings
from facts import quotas
from planning import MAX_INSTANCES
from planning.capacity import differences, plan_capacity, raise_settings
from planning.capacity.changes import (
    Change,
    RaiseAuroraCapacity,
    RaiseInstances,
    RaiseRateLimit,
    RaiseReaders,
    RaiseSpotInstances,
    RaiseTasks,
    UseInstanceType,
    UseNatGatewayPerZone,
    WidenVpc,
)
from tests.planning.capacity.example import DOCUMENT, limit, load, stack, stack_with

AURORA = DOCUMENT["hipaa:data"]["aurora"]


def test_raised_settings_support_the_load_and_lower_nothing() -> None:
    raised, plan = raise_settings(stack(), load())
    assert plan.exceeded_limits == ()
    assert differences(stack(), raised) == {"hipaa:apps.api.processes.web.tasks.max": (60, 84)}


def test_five_million_users_exceed_what_no_setting_raises() -> None:
    _, plan = raise_settings(stack(), load(5_000_000))
    assert [item.name for item in plan.exceeded_limits] == ["database connections", "load balancer targets"]


def test_a_vpc_that_cannot_grow_without_overlap_stays() -> None:
    current = stack(
        network={"cidr": "10.20.0.0/21", "zones": 2},
        connectivity={"transit": {}, "exchange_cidr": "10.20.8.0/21"},
    )
    raised, plan = raise_settings(current, load(1_000_000))
    assert raised.network.cidr == current.network.cidr
    assert limit(plan, "private addresses").exceeded
    assert raised.services["api-web"].settings.tasks.max > 60


def test_the_engine_version_limits_the_capacity() -> None:
    old = {**AURORA, "engine_version": "14.6", "readers": {"min": 0}}
    raised, plan = raise_settings(stack_with("hipaa:data.aurora", old), load(2_000_000))
    assert raised.data is not None
    assert raised.data.aurora is not None
    assert raised.data.aurora.capacity_acu.max == 128
    assert not limit(plan, "tasks of api-web").exceeded


def test_a_cluster_that_cannot_get_more_readers_gets_larger_ones() -> None:
    raised, _ = raise_settings(stack_with("hipaa:data.aurora", AURORA), load(50_000_000))
    assert raised.data is not None
    assert raised.data.aurora is not None
    assert raised.data.aurora.readers.min == 15
    assert raised.data.aurora.capacity_acu.max == 256


def test_a_writer_that_is_too_small_gets_a_reader_even_if_the_maximum_is_zero() -> None:
    aurora = {**AURORA, "readers": {"min": 0, "max": 0}}
    raised, plan = raise_settings(stack_with("hipaa:data.aurora", aurora), load(3_000_000))
    assert raised.data is not None
    assert raised.data.aurora is not None
    assert raised.data.aurora.readers.min >= 1
    assert not limit(plan, "writer capacity").exceeded


def test_an_instance_class_is_never_replaced() -> None:
    current = stack_with("hipaa:data.aurora.instance_class", "db.r6g.large")
    raised, plan = raise_settings(current, load(3_000_000))
    assert raised.data is not None
    assert raised.data.aurora is not None
    assert raised.data.aurora.instance_class == "db.r6g.large"
    assert raised.data.aurora.capacity_acu.max == AURORA["capacity_acu"]["max"]
    assert limit(plan, "writer capacity").exceeded


CHANGES: list[tuple[Change, dict[str, tuple[object, object]]]] = [
    (RaiseTasks("api-web", 70), {"hipaa:apps.api.processes.web.tasks.max": (60, 70)}),
    (RaiseTasks("api-web", 50), {}),
    (RaiseInstances(40), {"hipaa:compute.instances.max": (30, 40)}),
    (RaiseInstances(20), {}),
    (RaiseSpotInstances(6), {"hipaa:compute.max_spot_instances": (None, 6)}),
    (UseInstanceType("c5.4xlarge"), {"hipaa:compute.instance_type": ("c5.2xlarge", "c5.4xlarge")}),
    (RaiseAuroraCapacity(128), {"hipaa:data.aurora.capacity_acu.max": (64.0, 128)}),
    (
        RaiseAuroraCapacity(128, 4),
        {
            "hipaa:data.aurora.capacity_acu.min": (2.0, 4),
            "hipaa:data.aurora.capacity_acu.max": (64.0, 128),
        },
    ),
    (RaiseAuroraCapacity(1), {}),
    (RaiseReaders(3), {"hipaa:data.aurora.readers.min": (1, 3)}),
    (RaiseReaders(0), {}),
    (RaiseRateLimit(3000), {"hipaa:edge.waf.rate_limit_per_5_min": (2000, 3000)}),
    (RaiseRateLimit(1000), {}),
    (WidenVpc(IPv4Network("10.20.0.0/17")), {"hipaa:network.cidr": ("10.20.0.0/18", "10.20.0.0/17")}),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_a_change_raises_the_setting_that_it_names_and_no_other(
    change: Change, expected: dict[str, tuple[object, object]]
) -> None:
    changed = change.apply(stack())
    assert differences(stack(), changed) == expected
    assert settings.parse(changed.document(), file="test") == changed


def test_another_instance_type_replaces_the_further_types_too() -> None:
    current = stack(compute={**DOCUMENT["hipaa:compute"], "other_instance_types": ["c6i.2xlarge"]})
    changed = UseInstanceType("c5.4xlarge").apply(current)
    assert changed.compute is not None
    assert changed.compute.other_instance_types == ()
    assert settings.parse(changed.document(), file="test") == changed


def test_nat_changes_to_a_gateway_in_every_zone() -> None:
    current = stack(network={**DOCUMENT["hipaa:network"], "nat": "instance"})
    assert differences(current, UseNatGatewayPerZone().apply(current)) == {
        "hipaa:network.nat": ("instance", "gateway-per-zone")
    }


def test_with_an_instance_class_the_maximum_of_readers_rises() -> None:
    current = stack_with("hipaa:data.aurora.instance_class", "db.r6g.large")
    assert differences(current, RaiseReaders(3).apply(current)) == {
        "hipaa:data.aurora.readers.max": (None, 3)
    }


@pytest.mark.parametrize(
    "change",
    [RaiseInstances(9), RaiseSpotInstances(9), UseInstanceType("c5.4xlarge"), RaiseAuroraCapacity(9), RaiseReaders(9), RaiseRateLimit(9000)],
)  # fmt: skip
def test_a_change_leaves_a_missing_section_missing(change: Change) -> None:
    current = stack(compute=None, apps=None, edge=None, data=None)
    assert change.apply(current) == current


def test_the_changes_of_a_limit_raise_the_setting_that_it_names() -> None:
    current = stack(
        network={"cidr": "10.20.0.0/21", "nat": "instance"},
        edge={**DOCUMENT["hipaa:edge"], "waf": {"rate_limit_per_5_min": 10}},
        data={**DOCUMENT["hipaa:data"], "aurora": {**AURORA, "capacity_acu": {"min": 2, "max": 4}}},
    )
    exceeded = plan_capacity(current, load(40_000_000, outbound_seconds=10)).exceeded_limits
    raisable = {item.path: item for item in exceeded if item.path}
    assert len(raisable) == 9
    for path, item in raisable.items():
        changed = current
        for change in item.changes:
            changed = change.apply(changed)
        assert path in differences(current, changed)


@pytest.mark.parametrize(
    ("path", "highest"),
    [
        ("hipaa:compute.instances.max", MAX_INSTANCES),
        ("hipaa:apps.api.processes.web.tasks.max", quotas.TASKS_PER_SERVICE),
        ("hipaa:edge.waf", {"rate_limit_per_5_min": quotas.WAF_RATE_LIMIT}),
        ("hipaa:data.aurora.readers.min", quotas.AURORA_READERS),
    ],
)
def test_the_highest_value_of_a_change_is_the_highest_that_settings_accept(path: str, highest: Any) -> None:
    stack_with(path, highest)
    above = {key: value + 1 for key, value in highest.items()} if isinstance(highest, dict) else highest + 1
    with pytest.raises(settings.SettingsError):
        stack_with(path, above)


def test_the_largest_vpc_is_the_largest_that_settings_accept() -> None:
    stack(network={"cidr": f"10.0.0.0/{quotas.VPC_PREFIX}"})
    with pytest.raises(settings.SettingsError):
        stack(network={"cidr": f"10.0.0.0/{quotas.VPC_PREFIX - 1}"})
