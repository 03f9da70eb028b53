"""What a load needs of a stack, which limit it meets first, and what would hold it."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import settings
from blueprint import capacity, capacity_text
from blueprint.capacity import CannotPlan, Limit, Load, Plan, changes, hold, plan
from blueprint.record import ROOT
from facts import instances as instance_types

LOAD = capacity_text.EXAMPLE_LOAD


def example(**sections: Any) -> settings.Settings:
    """Return the example stack with some sections changed; one that is None is left out."""
    document = copy.deepcopy(capacity_text.EXAMPLE)
    for key, value in sections.items():
        document[f"hipaa:{key}"] = value
    return settings.parse({key: value for key, value in document.items() if value is not None}, file="test")


def changed(path: str, value: object) -> settings.Settings:
    document: Any = copy.deepcopy(capacity_text.EXAMPLE)
    key, *steps = path.split(".")
    holder = document
    for step in [key, *steps[:-1]]:
        holder = holder[step]
    holder[steps[-1]] = value
    return settings.parse(document, file="test")


def load(users: int = 300_000, **other: Any) -> Load:
    return dataclasses.replace(LOAD, users=users, **other)


def limit(found: Plan, name: str) -> Limit:
    return next(item for item in found.limits if item.name == name)


def tasks(found: Plan, name: str) -> capacity.ServiceNeed:
    return next(item for item in found.services if item.name == name)


@cache
def at_300_000() -> Plan:
    return plan(example(), load())


def test_tasks_follow_from_cpu_time_and_the_target_of_the_scaling():
    # 5,000 requests a second at 10 ms are 50 vCPUs; a task of one vCPU is to be busy for 60 %.
    assert tasks(at_300_000(), "api").tasks == 84
    assert tasks(at_300_000(), "api").decided_by == "CPU"


def test_jobs_go_to_the_services_without_a_route():
    # 500 jobs a second at 50 ms are 25 vCPUs, on tasks of two at 60 %.
    assert tasks(at_300_000(), "worker").tasks == 21


def test_long_lived_connections_go_to_the_route_that_may_be_silent():
    # 60,000 connections of 32 KiB in half of 1,024 MiB.
    assert tasks(at_300_000(), "realtime").tasks == 4
    assert tasks(at_300_000(), "realtime").decided_by == "connections"


def test_requests_per_task_can_decide():
    found = plan(changed("hipaa:services.api.scale_on", {"requests_per_task": 600}), load())
    assert tasks(found, "api").tasks == 500
    assert tasks(found, "api").decided_by == "requests"


def test_the_minimum_of_tasks_and_instances_is_kept_without_users():
    found = plan(example(), load(0))
    assert [need.tasks for need in found.services] == [3, 3, 2]
    assert found.instances == 3
    assert found.requests_per_second == 0


def test_a_clock_takes_no_jobs():
    services: Any = copy.deepcopy(capacity_text.EXAMPLE["hipaa:services"])
    services["clock"] = {**services["worker"], "tasks": {"min": 1, "max": 1}}
    assert tasks(plan(example(services=services), load()), "clock").tasks == 1


def test_instances_are_the_sum_of_shares_over_the_target_capacity():
    # 84/7 + 4/15 + 21/4 = 17.5 instances, at 85 %.
    assert at_300_000().instances == 21


def test_interfaces_bound_the_tasks_of_an_instance_without_trunking():
    found = plan(example(), load(), trunking=False)
    assert {need.fit_by for need in found.services} == {"interfaces"}
    assert found.instances > at_300_000().instances


def test_a_burstable_type_is_told_to_have_no_trunking():
    found = plan(example(compute={"instance_type": "t3.xlarge"}), load())
    assert any("no ENI trunking" in note for note in found.notes)


def test_the_writer_answers_the_writes_and_the_readers_share_the_reads():
    # 5,500 requests and jobs with two queries each at 250 for an ACU are 44 ACU, a fifth of it writes.
    assert (at_300_000().writer_acu, at_300_000().readers, at_300_000().reader_acu) == (9.0, 1, 35.5)


def test_without_readers_the_writer_answers_all():
    found = plan(changed("hipaa:data.aurora.readers", {"min": 0, "max": 0}), load())
    assert (found.writer_acu, found.readers) == (44.0, 0)


@pytest.mark.parametrize(
    ("low", "high", "connections"),
    [(1, 1, 189), (1, 16, 3360), (0.5, 16, 2000), (2, 64, 5000), (1, 256, 5000), (0, 4, 823)],
)
def test_database_connections_follow_the_range_of_capacity(low: float, high: float, connections: int):
    assert capacity.database_connections(low, high) == connections


def test_lcus_follow_the_dimension_that_needs_most():
    assert at_300_000().lcu_by == "data"
    chat = plan(example(), load(kib_per_request=0.1, open_connections_per_user=5.0))
    assert chat.lcu_by == "active connections"
    assert chat.lcu == pytest.approx((1_500_000 + 5000) / 3000)


def test_private_addresses_count_a_whole_deployment_the_trunks_and_the_endpoints():
    # 109 tasks twice and 21 instances with a trunk, over three zones, and seven endpoints in each.
    assert limit(at_300_000(), "private addresses").need == 94
    assert limit(at_300_000(), "private addresses").limit == 1019


def test_staff_behind_one_address_meet_the_firewall():
    found = plan(example(), load(users_behind_one_address=5000))
    assert limit(found, "requests from one address").need == 25_000
    assert not found.holds


def test_the_limit_reached_first_comes_first_with_the_users_that_exceed_it():
    first = at_300_000().first
    assert first.name == "tasks of api"
    assert first.first_at is not None
    below, above = plan(example(), load(first.first_at - 1)), plan(example(), load(first.first_at))
    assert limit(below, "tasks of api").holds
    assert not limit(above, "tasks of api").holds


def test_five_million_users_exceed_what_only_aws_can_raise():
    _, held = hold(example(), load(5_000_000))
    assert [item.name for item in held.limits if not item.holds] == [
        "database connections",
        "load balancer targets",
    ]


def test_planned_settings_hold_and_lower_nothing():
    better, held = hold(example(), load())
    assert held.holds
    assert changes(example(), better) == {"hipaa:services.api.tasks.max": (60, 84)}


def test_a_range_that_cannot_grow_without_overlap_is_left():
    stack = example(
        network={"cidr": "10.20.0.0/21", "zones": 2},
        connectivity={"transit": {}, "exchange_cidr": "10.20.8.0/21"},
    )
    better, held = hold(stack, load(1_000_000))
    assert better.network.cidr == stack.network.cidr
    assert not limit(held, "private addresses").holds


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        (
            {"compute": None, "services": None, "data": None, "edge": None},
            "hipaa:compute and hipaa:services are missing; hipaa:data",
        ),
        ({"compute": None}, "hipaa:compute is missing"),
        ({"compute": {"instance_type": "x9z.large"}}, "x9z.large, which is not in the table"),
    ],
)
def test_a_stack_that_cannot_be_planned_says_what_it_lacks(sections: dict[str, Any], named: str):
    with pytest.raises(CannotPlan, match=named):
        plan(example(**sections), load())


@pytest.mark.parametrize(
    "wrong",
    [
        {"users": -1},
        {"peak_factor": 0.5},
        {"read_share": 1.5},
        {"ms_cpu_per_request": float("nan")},
        {"outbound_kib": float("inf")},
        {"users": 10**400},
        {"queries_per_acu": 0.0},
    ],
)
def test_a_load_that_makes_no_sense_is_refused_by_name(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        dataclasses.replace(LOAD, **wrong)


def test_every_instance_type_in_the_table_has_room():
    for family in instance_types.FAMILIES:
        smallest = "micro" if family.startswith("t") else "large"
        steps = instance_types.ladder(f"{family}.{smallest}")
        assert len(steps) >= 4, family
        assert all(
            kind.task_memory_mib > 0 and kind.most_tasks(trunking=False) <= kind.most_tasks(trunking=True)
            for kind in steps
        )


def test_the_page_shows_the_stack_under_both_loads():
    shown = capacity_text.page(example(), "big")
    assert "# Capacity of stack `big`" in shown
    assert "Aurora from 2 to 64 ACU, readers: 1" in shown
    assert shown.count("300,000") >= 1
    assert shown.count("5,000,000") >= 1


def run(root: Path, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    capacity.add_parser(parser.add_subparsers())
    return capacity.run(root, parser.parse_args(["capacity", *arguments]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: example\n")
    (tmp_path / "Pulumi.big.yaml").write_text(yaml.safe_dump({"config": capacity_text.EXAMPLE}))
    return tmp_path


def test_the_command_prints_a_plan_and_tells_by_its_exit_code_whether_it_holds(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(root, "big", "--users", "100000", "--requests-per-user-hour", "20") == 0
    assert "holds  tasks of api is reached first" in capsys.readouterr().out
    assert run(root, "big", "--users", "300000", "--requests-per-user-hour", "20") == 1
    assert "hipaa:services.api.tasks.max" in capsys.readouterr().out


def test_the_plan_as_data_has_the_changes(root: Path, capsys: pytest.CaptureFixture[str]):
    assert run(root, "big", "--users", "300000", "--requests-per-user-hour", "20", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert data["changes"] == [{"path": "hipaa:services.api.tasks.max", "from": 60, "to": 84}]
    assert data["planned_with_changes"]["holds"] is True


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_shipped_stack_is_planned_or_says_which_sections_it_lacks(
    stack: str, capsys: pytest.CaptureFixture[str]
):
    code = run(ROOT, stack, "--users", "10", "--requests-per-user-hour", "5")
    captured = capsys.readouterr()
    assert (code, "hipaa:compute" in captured.err) in ((0, False), (1, False), (2, True))


@pytest.mark.parametrize("arguments", [("absent", "--users", "1"), ("big", "--users", "-1")])
def test_wrong_usage_is_one_clear_error(
    root: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):
    assert run(root, *arguments, "--requests-per-user-hour", "5") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def service(routed: bool) -> st.SearchStrategy[dict[str, Any]]:
    image = f"registry.example.org/x@sha256:{'0' * 64}"
    always: dict[str, Any] = {
        "image": st.just(image),
        "cpu": st.sampled_from([128, 512, 1024, 2048]),
        "memory_mib": st.sampled_from([128, 1024, 3072]),
        "tasks": st.builds(
            lambda low, more: {"min": low, "max": low + more}, st.integers(1, 4), st.integers(0, 100)
        ),
        "uses": st.sampled_from([[], ["aurora"]]),
    }
    if routed:
        always["port"] = st.just(8443)
    return st.fixed_dictionaries(always)


@st.composite
def stacks_with_services(draw: st.DrawFn) -> settings.Settings:
    found = {f"web{i}": draw(service(True)) for i in range(draw(st.integers(0, 2)))}
    for index, item in enumerate(found.values()):
        item["route"] = {"path": f"/{index}/*", "sticky": draw(st.booleans())}
    found |= {f"work{i}": draw(service(False)) for i in range(draw(st.integers(0 if found else 1, 2)))}
    return example(
        network={
            "cidr": draw(st.sampled_from(["10.20.0.0/16", "10.20.8.0/21"])),
            "zones": draw(st.integers(2, 4)),
            "nat": draw(st.sampled_from(["instance", "none", "gateway-per-zone"])),
        },
        compute={
            "instance_type": draw(st.sampled_from(["t3.medium", "c5.2xlarge", "r5.large", "m6g.xlarge"]))
        },
        services=found,
        data={
            "aurora": {
                "engine_version": "17.9",
                "readers": draw(st.sampled_from([{"min": 0}, {"min": 1, "max": 1}, {"min": 1}])),
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


def sizes(found: Plan) -> list[float]:
    return [
        *(need.tasks for need in found.services),
        found.instances,
        found.writer_acu,
        found.readers,
        found.lcu,
        found.load_balancers,
        found.nat_units,
        *(item.need for item in sorted(found.limits, key=lambda item: item.name)),
    ]


@given(stacks_with_services(), LOADS, st.integers(0, 10_000_000))
@hypothesis_settings(max_examples=12, deadline=None)
def test_more_users_never_need_less(stack: settings.Settings, some: Load, more: int):
    few, many = plan(stack, some), plan(stack, dataclasses.replace(some, users=some.users + more))
    assert all(a <= b for a, b in zip(sizes(few), sizes(many), strict=True))


def as_far_as_it_goes(item: Limit, stack: settings.Settings) -> bool:
    """Say whether the setting behind a limit is at its end, or there is none."""
    assert stack.compute is not None
    assert stack.services is not None
    assert stack.data is not None
    aurora = stack.data.aurora
    assert aurora is not None
    larger = instance_types.ladder(stack.compute.instance_type)[1:]
    if item.path == "hipaa:network.cidr":
        return stack.network.cidr.prefixlen == 16
    if item.path == "hipaa:network.nat":
        return stack.network.nat == "gateway-per-zone"
    ends = {
        "": True,
        "hipaa:compute.instances.max": stack.compute.instances.max == 1000
        and (not larger or item.need > 1000),
        "hipaa:compute.instance_type": not larger,
        "hipaa:data.aurora.readers.min": (aurora.readers.min, aurora.capacity_acu.max) == (15, 256),
        "hipaa:data.aurora.capacity_acu.max": aurora.capacity_acu.max
        >= (256 if item.name == "writer capacity" else 32),
        **{
            f"hipaa:services.{name}.tasks.max": service.tasks.max == 5000
            for name, service in stack.services.items()
        },
    }
    return ends[item.path]


@given(stacks_with_services(), LOADS)
@hypothesis_settings(max_examples=12, deadline=None)
def test_planned_settings_hold_when_they_are_planned_again_or_are_at_their_end(
    stack: settings.Settings, some: Load
):
    better, _ = hold(stack, some)
    again = plan(better, some)
    left = [item for item in again.limits if not item.holds]
    assert [item.name for item in left if not as_far_as_it_goes(item, better)] == []
    assert hold(better, some)[0] == better
