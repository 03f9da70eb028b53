"""Tests of the security group rules that a service gets for a destination in the same VPC or in another VPC."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.service.wiring import task_security_group
from components.shared.destination import Destination
from tests.harness import evaluate

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def record_wiring(**uses: Destination) -> Record:
    def program() -> None:
        import pulumi

        parent = pulumi.ComponentResource("hipaa:test:Service", "worker")
        group = task_security_group("worker", "vpc-1", uses, parent=parent)
        assert len(group.rules) >= 1

    return evaluate(program)


def rule(record: Record, type_: str, name: str) -> dict[str, Any]:
    return dict(record.one(type_, name).inputs)


def test_a_destination_in_another_vpc_gets_an_egress_rule_for_each_range_and_port():
    record = record_wiring(exchange=Destination(cidrs=[IPv4Network("10.90.0.0/20")], ports=[2575, 8443]))
    for port in (2575, 8443):
        inputs = rule(record, EGRESS, f"worker-to-exchange-{port}-10.90.0.0/20")
        assert inputs["cidrIpv4"] == "10.90.0.0/20"
        assert (inputs["ipProtocol"], inputs["fromPort"], inputs["toPort"]) == ("tcp", port, port)
        assert "referencedSecurityGroupId" not in inputs
    # The component of the destination creates the ingress rule.
    assert record.of_type(INGRESS) == ()
    assert len(record.of_type(EGRESS)) == 3


def test_a_destination_in_the_same_vpc_gets_an_egress_and_an_ingress_rule_by_security_group():
    record = record_wiring(lab=Destination(security_group_id="sg-lab", ports=[443]))
    assert rule(record, EGRESS, "worker-to-lab-443")["referencedSecurityGroupId"] == "sg-lab"
    assert rule(record, INGRESS, "worker-to-lab-443")["securityGroupId"] == "sg-lab"


@pytest.mark.parametrize(
    "address",
    [{}, {"security_group_id": "sg-1", "cidrs": [IPv4Network("10.90.0.0/20")]}],
    ids=["neither", "both"],
)
def test_a_destination_has_either_a_security_group_or_ranges(address: dict[str, Any]):
    with pytest.raises(ValueError, match="either security_group_id or cidrs must be set"):
        Destination(ports=[443], **address)


def test_a_destination_has_at_least_one_port():
    with pytest.raises(ValueError, match="ports must have at least one port"):
        Destination(security_group_id="sg-1", ports=[])
