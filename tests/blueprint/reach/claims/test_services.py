"""A service that reaches more or less than its settings name is reported."""

from __future__ import annotations

from tests.blueprint.reach.sample import (
    CIDRS,
    DATA_ACL,
    EXCHANGE,
    Built,
    allow,
    assert_refuted,
    connect,
    entry,
    sample_network,
)

CLAIM = "services-reach-what-they-use"


def test_a_service_that_reaches_a_store_it_does_not_use_is_reported():
    def mistake(built: Built) -> None:
        connect(built, "web", "aurora", 5432)

    rule = "security group aurora in by aurora-in-web-5432"
    assert_refuted(sample_network(mistake), CLAIM, "web reaches aurora on tcp 5432", rule)


def test_a_service_that_reaches_partners_it_does_not_use_is_reported():
    def mistake(built: Built) -> None:
        allow(built, "web", 8443, cidr=EXCHANGE, into=False, name="planted")

    fault = "web reaches partner:mercy on tcp 443 through partners"
    assert_refuted(sample_network(mistake), CLAIM, fault, "security group web out by planted")


def test_a_service_does_not_reach_a_store_whose_acl_allows_no_reply():
    without_replies = {**DATA_ACL, "egress": [entry(100, CIDRS["private"], (0, 1023))]}
    network = sample_network(data_acl=without_replies)
    answer = network.ask.ask(network.model.places["api"], network.model.places["aurora"])
    assert answer.verdict == "one way"
    assert answer.paths[0].reply_block is not None
    assert answer.paths[0].reply_block.text() == "ACL app-data allows no reply"
    # A connection that a service must not have counts without a reply; a connection that it needs must have one.
    assert_refuted(network, CLAIM, "api does not reach aurora")
