"""The graph of a program: which resources refer to which."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.values import UNKNOWN

STACK = JudgedResource(
    "urn:pulumi:dev::app::pulumi:pulumi:Stack::app-dev", "pulumi:pulumi:Stack", "app-dev", {}
)


def resource(type_: str, name: str, props: dict[str, Any] | None = None, **facts: Any) -> JudgedResource:
    return JudgedResource(f"urn:pulumi:dev::app::{type_}::{name}", type_, name, props or {}, **facts)


def test_references_follow_dependencies_then_known_values_then_components() -> None:
    network = resource("awsx:ec2:Vpc", "network")
    vpc = resource(t.VPC, "vpc", {"id": "vpc-1"}, parent=network.urn)
    other = resource(t.VPC, "other", {"id": "vpc-2"})
    log = resource(t.FLOW_LOG, "log")
    by_dependency = replace(log, props={"vpcId": "vpc-1"}, property_dependencies={"vpcId": (other.urn,)})
    by_value = replace(log, props={"vpcId": "vpc-1"}, property_dependencies={"vpcId": ("urn:gone",)})
    by_component = replace(log, props={"vpcId": UNKNOWN}, property_dependencies={"vpcId": (network.urn,)})
    graph = Graph([STACK, network, vpc, other])
    referents = [
        graph.references(item, "vpcId", t.VPC) for item in (by_dependency, by_value, by_component, log)
    ]
    assert referents == [(other,), (vpc,), (vpc,), ()]


def test_known_ids_select_among_the_resources_of_a_component_and_unknown_ids_are_ambiguous() -> None:
    network = resource("awsx:ec2:Vpc", "network")
    subnets = [resource(t.SUBNET, f"s{n}", {"id": f"subnet-{n}"}, parent=network.urn) for n in range(3)]
    origins = {"subnetIds": (network.urn, *(item.urn for item in subnets))}
    graph = Graph([STACK, network, *subnets])

    def references(*ids: object) -> tuple[tuple[JudgedResource, ...], bool]:
        using = resource(t.DB_SUBNET_GROUP, "db", {"subnetIds": list(ids)}, property_dependencies=origins)
        return (
            graph.references(using, "subnetIds", t.SUBNET),
            graph.is_ambiguous(using, "subnetIds", t.SUBNET),
        )

    assert references("subnet-1") == ((subnets[1],), False)
    assert references(UNKNOWN, UNKNOWN) == (tuple(subnets), True)
    assert references(UNKNOWN, UNKNOWN, UNKNOWN) == (tuple(subnets), False)


def test_a_resource_outside_the_program_has_no_referrers() -> None:
    assert Graph([resource(t.LOG_GROUP, "app")]).referrers("urn:nowhere", t.LOG_GROUP, "name") == ()


def test_ancestors_of_a_circle_of_parents_end() -> None:
    one, two = resource(t.VPC, "one"), resource(t.VPC, "two")
    graph = Graph([replace(one, parent=two.urn), replace(two, parent=one.urn)])
    assert list(graph.ancestors(graph.by_urn[one.urn])) == [two.urn, one.urn]
