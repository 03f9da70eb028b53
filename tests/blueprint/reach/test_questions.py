"""Answers about single connections: partners, routes, parts of subnets, and PrivateLink."""

from __future__ import annotations

from dataclasses import replace

import pulumi_aws as aws
import pytest

from blueprint.intent import PartnerIntent
from blueprint.reach.traffic import show
from tests.blueprint.reach.sample import (
    INTENT,
    PARTNERS,
    Built,
    allow,
    balancer,
    connect,
    faults,
    listener,
    route,
    sample_network,
    sound,
)

COUNTY = "arn:aws:iam::320987654321:root"


def test_only_the_service_that_uses_a_partner_reaches_it_and_only_through_the_exchange():
    ask, places = sound().ask, sound().model.places
    answer = ask.ask(places["api"], places["partner:mercy"])
    assert (answer.verdict, show(answer.forwarded), [chain.hops[0].load_balancer for chain in answer.chains]) == (
        "yes", "tcp 443", ["partners"],
    )  # fmt: skip
    assert not answer.paths
    steps = [line for path in answer.chains[0].paths for line in path.lines()]
    assert "Transit Gateway table app by exchange-into-app" in steps
    assert "Transit Gateway table exchange by exchange-leads-172.30.8.0/22" in steps
    assert ask.ask(places["web"], places["partner:mercy"]).verdict == "no"
    assert ask.ask(places["api"], places["partner:stluke"]).verdict == "no"


def test_a_rule_for_a_part_of_a_subnet_gives_an_answer_for_this_part():
    """The range of the rule begins in the middle of the private subnet, and does not contain its first address."""

    def mistake(built: Built) -> None:
        allow(built, "aurora", 5432, cidr="10.20.1.128/28", into=True, name="planted")
        allow(built, "web", 5432, group="aurora", into=False, name="planted-out")

    network = sample_network(mistake)
    answer = network.ask.ask(network.model.places["web"], network.model.places["aurora"])
    assert (answer.verdict, answer.is_partial) == ("yes", True)
    assert answer.paths[0].lines()[0] == "10.20.1.128"


def test_the_route_with_the_longest_prefix_decides():
    network = sample_network(
        lambda built: route(built, "planted", "private", "8.8.8.0/24", transit_gateway_id=built.transit.id)
    )
    api = network.model.places["api"]
    assert network.ask.ask(api, network.ask.place("8.8.4.4")).verdict == "yes"
    assert network.ask.ask(api, network.ask.place("8.8.8.8")).verdict == "no"


def endpoint_service(built: Built, judged: str) -> None:
    """Add an endpoint service for a partner, whose Network Load Balancer forwards to the public load balancer."""
    built.groups["entry"] = aws.ec2.SecurityGroup("entry", vpc_id=built.vpc.id)
    connect(built, "entry", "edge", 443)
    entry = balancer(
        built,
        "entry",
        "private",
        "entry",
        load_balancer_type="network",
        enforce_security_group_inbound_rules_on_private_link_traffic=judged,
    )
    target = aws.lb.TargetGroup("entry", target_type="alb", protocol="TCP", port=443, vpc_id=built.vpc.id)
    aws.lb.TargetGroupAttachment("entry", target_group_arn=target.arn, target_id=built.edge.arn, port=443)
    listener("entry", entry, target, 443)
    aws.ec2.VpcEndpointService(
        "county",
        acceptance_required=True,
        network_load_balancer_arns=[entry.arn],
        allowed_principals=[COUNTY],
    )


@pytest.mark.parametrize(("judged", "verdict"), [("on", "no"), ("off", "yes")])
def test_a_partner_with_privatelink_reaches_the_public_load_balancer_and_nothing_else(
    judged: str, verdict: str
):
    intent = replace(INTENT, partners={**PARTNERS, "county": PartnerIntent(principals=frozenset({COUNTY}))})
    network = sample_network(lambda built: endpoint_service(built, judged), intent=intent)
    ask, places = network.ask, network.model.places
    county = places["partner:county"]
    assert ask.ask(county, places["entry"]).verdict == verdict
    through = ask.ask(county, places["api"])
    assert through.verdict == verdict
    assert [[hop.load_balancer for hop in chain.hops] for chain in through.chains] == (
        [["entry", "edge"]] if verdict == "yes" else []
    )
    assert {
        ask.ask(county, places[name]).verdict for name in ("aurora", "partner:mercy", "web", "partners")
    } == {"no"}
    assert faults(network) == {}
