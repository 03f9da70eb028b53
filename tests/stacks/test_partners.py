"""Partners in whole stacks: which services may call them, and the effect of removing one."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from blueprint.record import Record
from tests.repository import program, recorded
from tests.settings.documents import full_document

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
LISTENER = "aws:lb/listener:Listener"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
TASK = "aws:ecs/taskDefinition:TaskDefinition"


def egress_ranges(record: Record, service: str) -> set[tuple[Any, Any]]:
    """Return range and port of every egress rule of a service that names a range."""
    group = record.one(GROUP, service).outputs["id"]
    rules = [item.inputs for item in record.of_type(EGRESS) if item.inputs["securityGroupId"] == group]
    return {(rule["cidrIpv4"], rule["fromPort"]) for rule in rules if "cidrIpv4" in rule}


def environment(record: Record, service: str) -> dict[str, str]:
    [container, *_] = json.loads(str(record.one(TASK, service).inputs["containerDefinitions"]))
    return {item["name"]: item["value"] for item in container["environment"]}


def test_only_the_service_that_uses_partners_may_reach_the_exchange():
    record = recorded("prod")
    anywhere = ("0.0.0.0/0", 443)
    assert egress_ranges(record, "worker-jobs") == {anywhere, ("10.90.0.0/20", 8443), ("10.90.0.0/20", 2575)}
    assert egress_ranges(record, "api-web") == {anywhere}
    # Every task may connect to port 443, so no listener of the exchange uses it.
    ports = {item.inputs["port"] for item in record.of_type(LISTENER) if item.name.startswith("partners-")}
    assert ports == {8443, 2575}


def test_only_the_service_that_uses_partners_gets_their_environment_variables():
    record = recorded("prod")
    variables = environment(record, "worker-jobs")
    assert variables["PARTNER_MERCY_FHIR_HOST"] == "fhir.mercy.partner.internal"
    assert variables["PARTNER_MERCY_FHIR_PORT"] == "8443"
    assert variables["PARTNER_STLUKE_HL7_PORT"] == "2575"
    assert not [name for name in environment(record, "api-web") if name.startswith("PARTNER_")]


def test_only_the_private_tier_has_routes_to_the_transit_gateway():
    record = recorded("prod")
    tables = {item.outputs["id"]: item for item in record.of_type(ROUTE_TABLE)}
    tiers = {
        str(tables[item.inputs["routeTableId"]].inputs["tags"]["Tier"])  # type: ignore[index]
        for item in record.of_type(ROUTE)
        if "transitGatewayId" in item.inputs and item.inputs["routeTableId"] in tables
    }
    assert tiers == {"private"}


def test_dev_has_no_partners():
    assert recorded("dev").of_type(GATEWAY) == ()


@cache
def without(*partners: str) -> Record:
    document = copy.deepcopy(full_document())
    for name in partners:
        del document["hipaa:connectivity"]["partners"][name]
    return program(document)


def test_removing_a_partner_changes_only_the_services_that_use_partners():
    before = {item.urn: item.inputs for item in without().resources if item.custom}
    after = {item.urn: item.inputs for item in without("mercy").resources if item.custom}
    assert after.keys() < before.keys()
    deleted = {urn.rsplit("::", 1)[1] for urn in before.keys() - after.keys()}
    # A name that lacks the partner contains the port of a listener or the address of a target.
    marks = ("mercy", "-8443", "172.30.8.15")
    assert [name for name in deleted if not any(mark in name for mark in marks)] == []
    changed = {urn.rsplit("::", 1)[1] for urn in after if before[urn] != after[urn]}
    # The service that uses partners is redeployed without the variables of the removed partner.
    assert changed <= {"worker-jobs"}
