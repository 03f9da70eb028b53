"""Partners in whole stacks: who may reach them, and what a partner more or less changes."""

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


def opened(record: Record, service: str) -> set[tuple[Any, Any]]:
    """Return range and port of everything that a service may connect to by range."""
    group = record.one(GROUP, service).outputs["id"]
    rules = [item.inputs for item in record.of_type(EGRESS) if item.inputs["securityGroupId"] == group]
    return {(rule["cidrIpv4"], rule["fromPort"]) for rule in rules if "cidrIpv4" in rule}


def environment(record: Record, service: str) -> dict[str, str]:
    [container, *_] = json.loads(str(record.one(TASK, service).inputs["containerDefinitions"]))
    return {item["name"]: item["value"] for item in container["environment"]}


def test_only_the_service_that_uses_partners_may_reach_the_exchange():
    record = recorded("prod")
    anywhere = ("0.0.0.0/0", 443)
    assert opened(record, "worker") == {anywhere, ("10.90.0.0/20", 8443), ("10.90.0.0/20", 2575)}
    assert opened(record, "api") == {anywhere}
    # Every task may call 443, so nothing in the exchange listens on it.
    ports = {item.inputs["port"] for item in record.of_type(LISTENER) if item.name.startswith("partners-")}
    assert ports == {8443, 2575}


def test_the_service_learns_where_partners_are():
    record = recorded("prod")
    told = environment(record, "worker")
    assert told["PARTNER_MERCY_FHIR_HOST"] == "fhir.mercy.partner.internal"
    assert told["PARTNER_MERCY_FHIR_PORT"] == "8443"
    assert told["PARTNER_STLUKE_HL7_PORT"] == "2575"
    assert not [name for name in environment(record, "api") if name.startswith("PARTNER_")]


def test_only_the_private_tier_leads_to_the_gateway():
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
def without(*gone: str) -> Record:
    document = copy.deepcopy(full_document())
    for name in gone:
        del document["hipaa:connectivity"]["partners"][name]
    return program(document)


def test_a_partner_who_goes_is_missed_by_whoever_used_them_alone():
    before = {item.urn: item.inputs for item in without().resources if item.custom}
    after = {item.urn: item.inputs for item in without("mercy").resources if item.custom}
    assert after.keys() < before.keys()
    gone = {urn.rsplit("::", 1)[1] for urn in before.keys() - after.keys()}
    # What has no partner's name has a listener's port or a target's address.
    theirs = ("mercy", "-8443", "172.30.8.15")
    assert [name for name in gone if not any(mark in name for mark in theirs)] == []
    changed = {urn.rsplit("::", 1)[1] for urn in after if before[urn] != after[urn]}
    # The service that used them is deployed anew, without their variables.
    assert changed <= {"worker"}
