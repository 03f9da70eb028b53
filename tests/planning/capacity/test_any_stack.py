"""Properties of the plans of any stack and any load."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import settings
from facts import instances as instance_types
from planning.capacity import Limit, Load, Plan, plan_capacity, raise_settings
from tests.planning.capacity.example import stack


def processes(routed: bool) -> st.SearchStrategy[dict[str, Any]]:
    image = f"registry.example.org/x@sha256:{'0' * 64}"
    fields: dict[str, Any] = {
        "image": st.just(image),
        "cpu": st.sampled_from([128, 512, 1024, 2048]),
        "memory_mib": st.sampled_from([128, 1024, 3072]),
        "tasks": st.builds(
            lambda low, more: {"min": low, "max": low + more}, st.integers(1, 4), st.integers(0, 100)
        ),
    }
    if routed:
        fields["port"] = st.just(8443)
    return st.fixed_dictionaries(fields)


@st.composite
def stacks(draw: st.DrawFn) -> settings.Settings:
    drawn = {f"web{i}": draw(processes(True)) for i in range(draw(st.integers(0, 2)))}
    for index, item in enumerate(drawn.values()):
        item["route"] = {"paths": [f"/{index}/*"], "sticky": draw(st.booleans())}
    drawn |= {f"work{i}": draw(processes(False)) for i in range(draw(st.integers(0 if drawn else 1, 2)))}
    return stack(
        network={
            "cidr": draw(st.sampled_from(["10.20.0.0/16", "10.20.8.0/21"])),
            "zones": draw(st.integers(2, 4)),
            "nat": draw(st.sampled_from(["instance", "none", "gateway-per-zone"])),
        },
        compute={
            "instance_type": draw(st.sampled_from(["t3.medium", "c5.2xlarge", "r5.large", "m6g.xlarge"]))
        },
        apps={
            name: {"uses": draw(st.sampled_from([[], ["aurora"]])), "processes": {"web": process}}
            for name, process in drawn.items()
        },
        data={
            "aurora": {
                "engine_version": "17.9",
                "readers": draw(st.sampled_from([{"min": 0}, {"min": 0, "max": 0}, {"min": 1}])),
            }
        },
    )


LOADS = st.builds(
    Load,
    users=st.integers(0, 50_000_000),
    requests_per_user_hour=st.floats(0, 500),
    peak_factor=st.floats(1, 10),
    ms_cpu_per_request=st.floats(0, 200),
    open_connections_per_user=st.floats(0, 3),
    users_behind_one_address=st.integers(0, 10_000),
)


def needs(plan: Plan) -> list[float]:
    return [
        *(item.tasks for item in plan.services),
        plan.instances,
        plan.writer_acu,
        plan.readers,
        plan.lcu,
        plan.load_balancers,
        plan.nat_units,
        *(item.need for item in sorted(plan.limits, key=lambda item: item.name)),
    ]


@given(stacks(), LOADS, st.integers(0, 10_000_000))
@hypothesis_settings(max_examples=12)
def test_more_users_never_need_less(current: settings.Settings, load: Load, more: int) -> None:
    few = plan_capacity(current, load)
    many = plan_capacity(current, dataclasses.replace(load, users=load.users + more))
    assert all(a <= b for a, b in zip(needs(few), needs(many), strict=True))


def is_at_its_end(item: Limit, current: settings.Settings) -> bool:
    """Return whether the setting behind a limit has its highest value, or there is no such setting."""
    assert current.compute is not None
    assert current.data is not None
    aurora = current.data.aurora
    assert aurora is not None
    larger = instance_types.same_or_larger_types(current.compute.instance_type)[1:]
    ends = {
        "": True,
        "hipaa:network.cidr": current.network.cidr.prefixlen == 16,
        "hipaa:network.nat": current.network.nat == "gateway-per-zone",
        "hipaa:compute.instances.max": current.compute.instances.max == 1000
        and (not larger or item.need > 1000),
        "hipaa:data.aurora.readers.min": (aurora.readers.min, aurora.capacity_acu.max) == (15, 256),
        "hipaa:data.aurora.capacity_acu.max": aurora.capacity_acu.max
        >= (256 if item.name == "writer capacity" else 32),
        **{
            f"{service.path}.tasks.max": service.settings.tasks.max == 5000
            for service in current.services.values()
        },
    }
    return ends[item.path]


@given(stacks(), LOADS)
@hypothesis_settings(max_examples=12)
def test_raised_settings_support_the_load_or_are_at_their_end(current: settings.Settings, load: Load) -> None:
    raised, _ = raise_settings(current, load)
    exceeded = plan_capacity(raised, load).exceeded_limits
    assert [item.name for item in exceeded if not is_at_its_end(item, raised)] == []
    assert raise_settings(raised, load)[0] == raised
