"""The sizes that a load needs, and the limits that it exceeds."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from components.shared import addressing
from planning.capacity import CapacityPlanError, Load, Plan, plan_capacity
from planning.capacity.traffic import private_addresses
from tests.planning.capacity.example import DOCUMENT, limit, load, service, stack, stack_with


@cache
def plan_of_300_000_users() -> Plan:
    return plan_capacity(stack(), load())


def test_cpu_time_and_the_scaling_target_decide_the_tasks() -> None:
    # 5,000 requests per second at 10 ms use 50 vCPUs; a task of one vCPU is used at 60 %.
    assert service(plan_of_300_000_users(), "api-web").tasks == 84
    assert service(plan_of_300_000_users(), "api-web").decided_by == "CPU"


def test_services_without_a_route_process_the_jobs() -> None:
    # 500 jobs per second at 50 ms use 25 vCPUs, on tasks of two vCPUs at 60 %.
    assert service(plan_of_300_000_users(), "worker-jobs").tasks == 21


def test_the_route_with_a_long_timeout_holds_the_long_lived_connections() -> None:
    # 60,000 connections of 32 KiB in half of 1,024 MiB.
    assert service(plan_of_300_000_users(), "realtime-web").tasks == 4
    assert service(plan_of_300_000_users(), "realtime-web").decided_by == "connections"


def test_the_tls_proxy_takes_room_and_limits_the_connections_of_a_task() -> None:
    apps = copy.deepcopy(DOCUMENT["hipaa:apps"])
    apps["realtime"]["processes"]["web"]["tls"] = "provided"
    compute = {**DOCUMENT["hipaa:compute"], "tls_image": apps["api"]["image"]}
    realtime = service(plan_capacity(stack(apps=apps, compute=compute), load()), "realtime-web")
    # 60,000 connections, 2,000 in each task.
    assert (realtime.tasks, realtime.decided_by) == (30, "connections")
    # 8,192 CPU units for tasks of 512 and a proxy of 128.
    assert (realtime.per_instance, realtime.per_instance_limit) == (12, "cpu")


def test_requests_per_task_can_decide_the_tasks() -> None:
    plan = plan_capacity(
        stack_with("hipaa:apps.api.processes.web.scale_on", {"requests_per_task": 600}), load()
    )
    assert service(plan, "api-web").tasks == 500
    assert service(plan, "api-web").decided_by == "requests"


def test_without_users_the_minimums_remain() -> None:
    plan = plan_capacity(stack(), load(0))
    assert [item.tasks for item in plan.services] == [3, 3, 2]
    assert {item.decided_by for item in plan.services} == {"the minimum"}
    assert plan.instances == 3
    assert plan.requests_per_second == 0


def test_a_service_with_one_task_at_most_processes_no_jobs() -> None:
    apps = copy.deepcopy(DOCUMENT["hipaa:apps"])
    processes = apps["worker"]["processes"]
    processes["clock"] = {**processes["jobs"], "tasks": {"min": 1, "max": 1}}
    assert service(plan_capacity(stack(apps=apps), load()), "worker-clock").tasks == 1


def test_the_shares_of_all_tasks_over_the_target_capacity_are_the_instances() -> None:
    # 84/7 + 4/15 + 21/4 = 17.5 instances, at 85 %.
    assert plan_of_300_000_users().instances == 21


def test_spot_instances_hold_the_tasks_above_the_minimum() -> None:
    apps = copy.deepcopy(DOCUMENT["hipaa:apps"])
    apps["worker"]["processes"]["jobs"]["spot"] = True
    compute = {**DOCUMENT["hipaa:compute"], "max_spot_instances": 2}
    plan = plan_capacity(stack(apps=apps, compute=compute), load())
    # Of 21 tasks of the worker, 2 run On-Demand: 84/7 + 4/15 + 2/4 and 19/4 instances, at 85 %.
    assert (plan.instances, plan.spot_instances) == (16, 6)
    [limit] = [item for item in plan.exceeded_limits if item.name == "Spot instances"]
    assert (limit.need, limit.limit, limit.path) == (6, 2, "hipaa:compute.max_spot_instances")
    assert plan_of_300_000_users().spot_instances == 0


def test_without_trunking_interfaces_limit_the_tasks_of_an_instance() -> None:
    plan = plan_capacity(stack(), load(), trunking=False)
    assert {item.per_instance_limit for item in plan.services} == {"interfaces"}
    assert plan.instances > plan_of_300_000_users().instances


def test_daemons_take_room_on_every_instance() -> None:
    daemon = {"image": DOCUMENT["hipaa:apps"]["api"]["image"], "cpu": 1024, "memory_mib": 64}
    plan = plan_capacity(stack_with("hipaa:compute.daemons", {"hosts": daemon}), load())
    api = service(plan, "api-web")
    # 8,192 CPU units hold 8 tasks of 1,024; 7,168 hold 7.
    assert (api.per_instance, api.per_instance_limit) == (7, "cpu")
    assert service(plan, "realtime-web").per_instance == 14
    assert plan.instances > plan_of_300_000_users().instances
    tasks = sum(item.tasks for item in plan.services)
    # An address for the instance, its trunk and the daemon; 7 endpoints in each of 3 zones.
    assert limit(plan, "private addresses").need == -(-(tasks * 2 + plan.instances * 3) // 3) + 7


def test_daemons_that_use_every_interface_leave_nothing_to_plan() -> None:
    daemon = {"image": DOCUMENT["hipaa:apps"]["api"]["image"], "cpu": 1, "memory_mib": 6}
    current = stack_with("hipaa:compute.daemons", dict.fromkeys(("one", "two", "three"), daemon))
    assert plan_capacity(current, load()).instances > 0
    with pytest.raises(CapacityPlanError, match="use all network interfaces"):
        plan_capacity(current, load(), trunking=False)


def test_a_note_says_that_a_burstable_type_has_no_trunking() -> None:
    plan = plan_capacity(stack(compute={"instance_type": "t3.xlarge"}), load())
    assert any("does not support ENI trunking" in note for note in plan.notes)


def test_notes_name_the_stores_that_the_plan_does_not_cover() -> None:
    assert plan_of_300_000_users().notes == ("the plan does not cover cache",)


def test_a_note_says_that_outbound_calls_fail_without_nat() -> None:
    network = {**DOCUMENT["hipaa:network"], "nat": "none"}
    plan = plan_capacity(stack(network=network), load())
    assert any("cannot reach the internet" in note for note in plan.notes)
    assert plan.nat_units == 0


def test_the_writer_answers_the_writes_and_the_readers_answer_the_reads() -> None:
    # 5,500 requests and jobs with two queries each at 250 per ACU need 44 ACU; a fifth of the queries are writes.
    plan = plan_of_300_000_users()
    assert (plan.writer_acu, plan.readers, plan.reader_acu) == (9.0, 1, 35.5)


def test_without_readers_the_writer_answers_all_queries() -> None:
    plan = plan_capacity(stack_with("hipaa:data.aurora.readers", {"min": 0, "max": 0}), load())
    assert (plan.writer_acu, plan.readers) == (44.0, 0)


def test_an_instance_class_counts_by_its_memory() -> None:
    plan = plan_capacity(stack_with("hipaa:data.aurora.instance_class", "db.r6g.2xlarge"), load())
    assert limit(plan, "writer capacity").limit == 32
    assert limit(plan, "writer capacity").path == "hipaa:data.aurora.instance_class"
    assert limit(plan, "readers").path == "hipaa:data.aurora.readers.max"


def test_the_dimension_with_the_largest_need_decides_the_lcus() -> None:
    assert plan_of_300_000_users().lcu_decided_by == "data"
    chat = plan_capacity(stack(), load(kib_per_request=0.1, open_connections_per_user=5.0))
    assert chat.lcu_decided_by == "active connections"
    assert chat.lcu == pytest.approx((1_500_000 + 5000) / 3000)


def test_private_addresses_cover_a_full_deployment_the_trunks_and_the_endpoints() -> None:
    # 109 tasks twice and 21 instances with a trunk, in three zones, and seven endpoints in each.
    assert limit(plan_of_300_000_users(), "private addresses").need == 94
    assert limit(plan_of_300_000_users(), "private addresses").limit == 1019


@pytest.mark.parametrize("prefix", range(16, 22))
def test_private_addresses_are_those_of_the_address_plan(prefix: int) -> None:
    vpc = stack(network={"cidr": f"10.20.0.0/{prefix}"}).network
    subnets = addressing.plan(vpc.cidr, vpc.zones).subnets
    assert {item.usable_addresses for item in subnets if item.tier == "private"} == {
        private_addresses(vpc.cidr)
    }


def test_users_behind_one_address_can_exceed_the_rate_limit() -> None:
    plan = plan_capacity(stack(), load(users_behind_one_address=5000))
    assert limit(plan, "requests from one address").need == 25_000
    assert "requests from one address" in [item.name for item in plan.exceeded_limits]


def test_the_first_limit_comes_first_with_the_users_who_exceed_it() -> None:
    first = plan_of_300_000_users().first_limit
    assert first.name == "tasks of api-web"
    assert first.exceeded_from is not None
    below = plan_capacity(stack(), load(first.exceeded_from - 1))
    above = plan_capacity(stack(), load(first.exceeded_from))
    assert not limit(below, "tasks of api-web").exceeded
    assert limit(above, "tasks of api-web").exceeded


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"compute": None, "apps": None, "edge": None}, "requires hipaa:compute and hipaa:apps"),
        ({"apps": None}, "requires hipaa:apps"),
        ({"compute": {"instance_type": "x9z.large"}}, "x9z.large, which is not in the table"),
    ],
)
def test_the_error_names_what_a_plan_requires(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(CapacityPlanError, match=message):
        plan_capacity(stack(**sections), load())


@pytest.mark.parametrize(
    "figure",
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
def test_a_figure_out_of_range_is_refused_by_name(figure: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(figure))):
        load(**figure)


def test_every_figure_has_a_meaning() -> None:
    assert all(field.metadata["meaning"] for field in Load.__dataclass_fields__.values())
