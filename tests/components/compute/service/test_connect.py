"""Service Connect: names, and rules for exactly the declared calls."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.record import Record
from components.compute import callees_first
from tests.repository import program
from tests.settings.documents import full_document

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
NAMESPACE = "aws:servicediscovery/httpNamespace:HttpNamespace"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

LINE = {"worker-jobs": ["api-web"], "api-web": ["ledger-web"], "ledger-web": []}
CYCLE = {"worker-jobs": ["api-web"], "api-web": ["ledger-web"], "ledger-web": ["worker-jobs"]}
ORDERS = (
    ("worker-jobs", "api-web", "ledger-web"),
    ("ledger-web", "worker-jobs", "api-web"),
    ("ledger-web", "api-web", "worker-jobs"),
)
PORTS = {"api-web": 8443, "ledger-web": 9443, "worker-jobs": 7443}


def _apps(calls: Mapping[str, Sequence[str]], order: Sequence[str]) -> dict[str, Any]:
    templates = full_document()["hipaa:apps"]
    called = {name for names in calls.values() for name in names}
    apps: dict[str, Any] = {}
    for name in order:
        app, process = name.split("-")
        apps[app] = copy.deepcopy(templates["api"] if app == "api" else templates["worker"]) | {"uses": []}
        [settings] = apps[app]["processes"].values()
        settings["connects_to"] = list(calls[name])
        if name in called:
            settings["connect_port"] = PORTS[name]
        apps[app]["processes"] = {process: settings}
    return apps


@cache
def recorded(shape: str, order: tuple[str, ...] = ("worker-jobs", "api-web", "ledger-web")) -> Record:
    document = full_document()
    for section in ("hipaa:data", "hipaa:connectivity"):
        del document[section]
    document["hipaa:apps"] = _apps(CYCLE if shape == "cycle" else LINE, order)
    return program(document)


def connect(record: Record, name: str) -> Any:
    return record.one(SERVICE, name).inputs.get("serviceConnectConfiguration")


def pairs(record: Record, type_: str) -> set[tuple[str, str, object]]:
    """Return caller, callee and port of each rule between two services."""
    groups = {record.one(GROUP, name).outputs["id"]: name for name in PORTS}
    calls: set[tuple[str, str, object]] = set()
    for rule in record.of_type(type_):
        own = groups.get(rule.inputs["securityGroupId"])
        other = groups.get(rule.inputs.get("referencedSecurityGroupId"))
        if own and other:
            caller, callee = (own, other) if type_ == EGRESS else (other, own)
            calls.add((caller, callee, rule.inputs["fromPort"]))
    return calls


def test_all_services_use_the_one_namespace() -> None:
    record = recorded("line")
    arn = record.one(NAMESPACE).outputs["arn"]
    assert {name: connect(record, name)["namespace"] for name in PORTS} == dict.fromkeys(PORTS, arn)


def test_a_called_service_has_a_discovery_name_and_a_port() -> None:
    (served,) = connect(recorded("line"), "ledger-web")["services"]
    assert (served["portName"], served["discoveryName"]) == ("mesh", "ledger-web")
    assert served["clientAlias"] == [{"dnsName": "ledger-web", "port": 9443}]
    (container,) = json.loads(str(recorded("line").one(TASK, "ledger-web").inputs["containerDefinitions"]))
    assert container["portMappings"] == [{"name": "mesh", "containerPort": 9443, "protocol": "tcp"}]


def test_a_service_that_only_calls_others_has_no_discovery_name() -> None:
    configuration = connect(recorded("line"), "worker-jobs")
    assert configuration["enabled"] is True
    assert "services" not in configuration
    (container,) = json.loads(str(recorded("line").one(TASK, "worker-jobs").inputs["containerDefinitions"]))
    assert container["portMappings"] == []


def test_a_calling_task_has_additional_memory_for_its_proxy() -> None:
    assert recorded("line").one(TASK, "worker-jobs").inputs["memory"] == str(4096 + 64)


@pytest.mark.parametrize(("shape", "calls"), [("line", LINE), ("cycle", CYCLE)])
def test_rules_allow_exactly_the_declared_calls(shape: str, calls: Mapping[str, Sequence[str]]) -> None:
    declared = {(name, other, PORTS[other]) for name, others in calls.items() for other in others}
    assert pairs(recorded(shape), EGRESS) == declared
    assert pairs(recorded(shape), INGRESS) == declared


@pytest.mark.parametrize("shape", ["line", "cycle"])
def test_rules_do_not_depend_on_the_order_of_services_in_the_stack_file(shape: str) -> None:
    first = recorded(shape)
    for order in ORDERS[1:]:
        other = recorded(shape, order=order)
        assert [item.urn for item in other.of_type(INGRESS, EGRESS)] == [
            item.urn for item in first.of_type(INGRESS, EGRESS)
        ]


@pytest.mark.parametrize("order", ORDERS)
def test_a_service_is_deployed_after_the_services_that_it_calls(order: tuple[str, ...]) -> None:
    record = recorded("line", order=order)
    for name, others in LINE.items():
        assert {record.one(SERVICE, other).urn for other in others} <= set(
            record.one(SERVICE, name).dependencies
        )


def test_container_labels_list_the_calls_so_that_a_new_call_creates_a_revision() -> None:
    (container,) = json.loads(str(recorded("line").one(TASK, "worker-jobs").inputs["containerDefinitions"]))
    assert container["dockerLabels"] == {"connects-to": "api-web:8443"}


def test_a_stack_whose_services_are_not_called_has_no_namespace_and_no_configuration() -> None:
    record = program(full_document())
    assert record.of_type(NAMESPACE) == ()
    assert [connect(record, item.name) for item in record.of_type(SERVICE)] == [None] * 3


_NAMES = ("a1", "b1", "c1", "d1")


@given(st.fixed_dictionaries({name: st.lists(st.sampled_from(_NAMES), unique=True) for name in _NAMES}))
def test_callees_come_first_except_in_a_cycle(calls: dict[str, list[str]]) -> None:
    def reaches(start: str, end: str) -> bool:
        seen, pending = set[str](), [start]
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending += calls[name]
        return end in seen

    order = callees_first(calls)
    assert sorted(order) == sorted(calls)
    callees_after_callers = [
        (name, other) for name in calls for other in calls[name] if order.index(other) > order.index(name)
    ]
    assert all(reaches(other, name) for name, other in callees_after_callers)
