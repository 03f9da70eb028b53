"""Where a service may connect to: in its own VPC by group, in another one by range."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record
from blueprint.recorder import evaluate
from components.compute.service.wiring import Wiring
from components.shared.destination import Destination

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def wired(**uses: Destination) -> Record:
    def program() -> None:
        import pulumi

        parent = pulumi.ComponentResource("hipaa:test:Service", "worker")
        wiring = Wiring("worker", "vpc-1", uses, parent=parent)
        assert len(wiring.ready) >= 1

    return evaluate(program, {"aws:region": "us-east-1"})


def rule(record: Record, type_: str, name: str) -> dict[str, Any]:
    return dict(record.one(type_, name).inputs)


def test_what_lies_in_another_vpc_is_reached_by_its_range_port_by_port():
    record = wired(exchange=Destination(cidrs=[IPv4Network("10.90.0.0/20")], ports=[2575, 8443]))
    for port in (2575, 8443):
        found = rule(record, EGRESS, f"worker-to-exchange-{port}-10.90.0.0/20")
        assert found["cidrIpv4"] == "10.90.0.0/20"
        assert (found["ipProtocol"], found["fromPort"], found["toPort"]) == ("tcp", port, port)
        assert "referencedSecurityGroupId" not in found
    # Whoever makes the destination admits the service there.
    assert record.of_type(INGRESS) == ()
    assert len(record.of_type(EGRESS)) == 3


def test_what_lies_in_the_same_vpc_is_reached_by_its_group_from_both_sides():
    record = wired(lab=Destination(security_group_id="sg-lab", ports=[443]))
    assert rule(record, EGRESS, "worker-to-lab-443")["referencedSecurityGroupId"] == "sg-lab"
    assert rule(record, INGRESS, "worker-to-lab-443")["securityGroupId"] == "sg-lab"


@pytest.mark.parametrize(
    "where",
    [{}, {"security_group_id": "sg-1", "cidrs": [IPv4Network("10.90.0.0/20")]}],
    ids=["nowhere", "twice"],
)
def test_a_destination_is_in_one_place(where: dict[str, Any]):
    with pytest.raises(ValueError, match="security_group_id or cidrs"):
        Destination(ports=[443], **where)


def test_a_destination_has_a_port():
    with pytest.raises(ValueError, match="ports"):
        Destination(security_group_id="sg-1", ports=[])
