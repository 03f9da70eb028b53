"""A service or entry point that reaches more or less of the internet than its settings name is reported."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from blueprint.intent import AllowedTraffic, Intent
from blueprint.reach.claims import claims
from tests.blueprint.reach.sample import (
    EVERYBODY,
    INTENT,
    Built,
    allow,
    assert_refuted,
    faults,
    sample_network,
)

CLAIM = "services-reach-declared-hosts-only"
HTTPS = AllowedTraffic(ranges=EVERYBODY, tcp=(443,))
MAIL = AllowedTraffic(ranges=(IPv4Network("203.0.113.0/26"),), tcp=(587,), setting="egress.mail")


def intent(*outside: AllowedTraffic) -> Intent:
    """Return the intent of the sample, in which `web` may reach this on the internet."""
    return replace(
        INTENT, services={**INTENT.services, "web": replace(INTENT.services["web"], outside=outside)}
    )


def mail(built: Built) -> None:
    allow(built, "web", 587, cidr="203.0.113.0/26", into=False, name="mail")


def wide_mail(built: Built) -> None:
    allow(built, "web", 587, cidr="0.0.0.0/0", into=False, name="mail")


def test_declared_hosts_are_reached_and_no_others() -> None:
    assert CLAIM not in faults(sample_network(mail, intent=intent(HTTPS, MAIL)))


def test_a_port_that_is_not_declared_is_reported_with_its_rule() -> None:
    network = sample_network(mail, intent=intent(HTTPS))
    assert_refuted(network, CLAIM, "web reaches internet on tcp 587", "security group web out by mail")


def test_a_range_beyond_the_declared_one_is_reported() -> None:
    network = sample_network(wide_mail, intent=intent(HTTPS, MAIL))
    assert_refuted(network, CLAIM, "web reaches internet outside egress.mail on tcp 587")


def test_a_declared_host_that_is_not_reached_is_reported() -> None:
    network = sample_network(intent=intent(HTTPS, MAIL))
    fault = "web does not reach 203.0.113.0/26 on tcp 587, which egress.mail names: security group"
    assert_refuted(network, CLAIM, fault)
    none = sample_network(intent=intent())
    assert_refuted(none, CLAIM, "web reaches internet on tcp 443")


ENTRY_POINTS = "entry-points-reach-declared-hosts-only"


def edge_intent(*outside: AllowedTraffic) -> Intent:
    """Return the intent of the sample, in which the load balancer may reach this on the internet."""
    return replace(INTENT, entry_points={"edge": replace(INTENT.entry_points["edge"], outside=outside)})


def identity_providers(built: Built) -> None:
    allow(built, "edge", 443, cidr="0.0.0.0/0", into=False, name="sign-in")


def test_a_load_balancer_reaches_identity_providers_only_if_it_signs_in_users() -> None:
    assert ENTRY_POINTS not in faults(sample_network(intent=edge_intent()))
    assert ENTRY_POINTS not in faults(sample_network(identity_providers, intent=edge_intent(HTTPS)))
    undeclared = sample_network(identity_providers, intent=edge_intent())
    assert_refuted(undeclared, ENTRY_POINTS, "edge reaches internet on tcp 443", "out by sign-in")
    missing = sample_network(intent=edge_intent(HTTPS))
    assert_refuted(missing, ENTRY_POINTS, "edge does not reach 0.0.0.0/0 on tcp 443: security group")


def test_the_claim_names_the_entry_points_that_state_what_they_reach() -> None:
    def text(intent: Intent) -> list[str]:
        return [item.text for item in claims(sample_network(intent=intent)) if item.id == ENTRY_POINTS]

    assert text(INTENT) == []
    assert text(edge_intent()) == [
        "On the internet, the edge reaches the ports and ranges that the settings allow, and no other."
    ]
