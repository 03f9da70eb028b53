"""A service that reaches more or less of the internet than its settings name is reported."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from blueprint.intent import AllowedTraffic, Intent
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
