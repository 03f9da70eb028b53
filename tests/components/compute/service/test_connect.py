"""Services that call each other: by name, encrypted where an authority is given, and exactly as declared."""

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
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
NAMESPACE = "aws:servicediscovery/httpNamespace:HttpNamespace"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
AUTHORITY = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1"

LINE = {"worker": ["api"], "api": ["ledger"], "ledger": []}
CIRCLE = {"worker": ["api"], "api": ["ledger"], "ledger": ["worker"]}
ORDERS = (("worker", "api", "ledger"), ("ledger", "worker", "api"), ("ledger", "api", "worker"))
PORTS = {"api": 8443, "ledger": 9443, "worker": 7443}


def _services(calls: Mapping[str, Sequence[str]], order: Sequence[str]) -> dict[str, Any]:
    known = full_document()["hipaa:services"]
    called = {name for names in calls.values() for name in names}
    services: dict[str, Any] = {}
    for name in order:
        services[name] = copy.deepcopy(known["api"] if name == "api" else known["worker"])
        services[name] |= {"uses": [], "connects_to": list(calls[name])}
        if name in called:
            services[name]["connect_port"] = PORTS[name]
    return services


@cache
def recorded(
    shape: str, authority: bool = False, order: tuple[str, ...] = ("worker", "api", "ledger")
) -> Record:
    document = full_document()
    for apart in ("hipaa:data", "hipaa:connectivity"):
        del document[apart]
    document["hipaa:compute"]["service_connect"] = {"authority_arn": AUTHORITY} if authority else {}
    document["hipaa:services"] = _services(CIRCLE if shape == "circle" else LINE, order)
    return program(document)


def connect(record: Record, name: str) -> Any:
    return record.one(SERVICE, name).inputs.get("serviceConnectConfiguration")


def pairs(record: Record, type_: str) -> set[tuple[str, str, object]]:
    """Return caller, called and port of every rule between two services."""
    groups = {record.one(GROUP, name).outputs["id"]: name for name in PORTS}
    found: set[tuple[str, str, object]] = set()
    for rule in record.of_type(type_):
        own = groups.get(rule.inputs["securityGroupId"])
        other = groups.get(rule.inputs.get("referencedSecurityGroupId"))
        if own and other:
            caller, called = (own, other) if type_ == EGRESS else (other, own)
            found.add((caller, called, rule.inputs["fromPort"]))
    return found


def test_there_is_one_namespace_and_every_member_is_in_it() -> None:
    record = recorded("line")
    arn = record.one(NAMESPACE).outputs["arn"]
    assert {name: connect(record, name)["namespace"] for name in PORTS} == dict.fromkeys(PORTS, arn)


def test_a_service_that_is_called_has_a_name_and_a_port() -> None:
    (served,) = connect(recorded("line"), "ledger")["services"]
    assert (served["portName"], served["discoveryName"]) == ("mesh", "ledger")
    assert served["clientAlias"] == [{"dnsName": "ledger", "port": 9443}]
    (container,) = json.loads(str(recorded("line").one(TASK, "ledger").inputs["containerDefinitions"]))
    assert container["portMappings"] == [{"name": "mesh", "containerPort": 9443, "protocol": "tcp"}]


def test_a_service_that_only_calls_joins_without_a_name() -> None:
    found = connect(recorded("line", authority=True), "worker")
    assert found["enabled"] is True
    assert "services" not in found
    (container,) = json.loads(
        str(recorded("line", authority=True).one(TASK, "worker").inputs["containerDefinitions"])
    )
    assert container["portMappings"] == []


def test_a_caller_has_room_for_its_proxy() -> None:
    assert recorded("line").one(TASK, "worker").inputs["memory"] == str(4096 + 64)


@pytest.mark.parametrize("authority", [False, True])
def test_proxies_encrypt_with_an_authority_and_only_then(authority: bool) -> None:
    record = recorded("line", authority=authority)
    for name in ("api", "ledger"):
        (served,) = connect(record, name)["services"]
        found = served.get("tls", {}).get("issuerCertAuthority", {}).get("awsPcaAuthorityArn")
        assert found == (AUTHORITY if authority else None)
    roles = {role.name for role in record.of_type("aws:iam/role:Role") if role.name.endswith("-mesh")}
    assert roles == ({"api-mesh", "ledger-mesh"} if authority else set())


def test_the_role_for_certificates_may_use_the_key_and_is_known_to_it_by_its_path() -> None:
    record = recorded("line", authority=True)
    role = record.one("aws:iam/role:Role", "api-mesh")
    assert role.inputs["path"] == "/service-connect/"
    # ECS names no source when it takes on the role.
    (trust,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
    assert trust["Principal"] == {"Service": ["ecs.amazonaws.com"]}
    assert "Condition" not in trust
    (use,) = json.loads(str(record.one("aws:iam/policy:Policy", "api-mesh-key").inputs["policy"]))[
        "Statement"
    ]
    (served,) = connect(record, "api")["services"]
    assert use["Resource"] == [served["tls"]["kmsKey"]]
    assert "kms:GenerateDataKeyPair" in use["Action"]
    waits = set(record.one(SERVICE, "api").dependencies)
    attached = [item.urn for item in record.of_type(ATTACHMENT) if item.name in ("api-mesh", "api-mesh-key")]
    assert len(attached) == 2
    assert waits.issuperset(attached)


@pytest.mark.parametrize(("shape", "calls"), [("line", LINE), ("circle", CIRCLE)])
def test_exactly_the_declared_pairs_may_talk(shape: str, calls: Mapping[str, Sequence[str]]) -> None:
    declared = {(name, other, PORTS[other]) for name, others in calls.items() for other in others}
    assert pairs(recorded(shape), EGRESS) == declared
    assert pairs(recorded(shape), INGRESS) == declared


@pytest.mark.parametrize("shape", ["line", "circle"])
def test_the_order_in_the_file_does_not_matter_to_the_rules(shape: str) -> None:
    first = recorded(shape)
    for order in ORDERS[1:]:
        other = recorded(shape, order=order)
        assert [item.urn for item in other.of_type(INGRESS, EGRESS)] == [
            item.urn for item in first.of_type(INGRESS, EGRESS)
        ]


@pytest.mark.parametrize("order", ORDERS)
def test_a_caller_is_deployed_after_those_it_calls(order: tuple[str, ...]) -> None:
    record = recorded("line", order=order)
    for name, others in LINE.items():
        assert {record.one(SERVICE, other).urn for other in others} <= set(
            record.one(SERVICE, name).dependencies
        )


def test_a_new_call_makes_a_new_revision() -> None:
    (container,) = json.loads(str(recorded("line").one(TASK, "worker").inputs["containerDefinitions"]))
    assert container["dockerLabels"] == {"connects-to": "api:8443"}


def test_nothing_of_it_is_made_where_it_is_not_asked_for() -> None:
    record = program(full_document())
    assert record.of_type(NAMESPACE) == ()
    assert [connect(record, item.name) for item in record.of_type(SERVICE)] == [None] * 3


_NAMES = ("a1", "b1", "c1", "d1")


@given(st.fixed_dictionaries({name: st.lists(st.sampled_from(_NAMES), unique=True) for name in _NAMES}))
def test_every_service_is_placed_once_and_late_only_for_a_circle(calls: dict[str, list[str]]) -> None:
    def reaches(start: str, end: str) -> bool:
        seen, todo = set[str](), [start]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += calls[name]
        return end in seen

    order = callees_first(calls)
    assert sorted(order) == sorted(calls)
    late = [
        (name, other) for name in calls for other in calls[name] if order.index(other) > order.index(name)
    ]
    assert all(reaches(other, name) for name, other in late)
