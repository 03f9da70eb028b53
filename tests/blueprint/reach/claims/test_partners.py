"""A connection from a partner to another partner or into the stack is reported with its path."""

from __future__ import annotations

import pytest

from tests.blueprint.reach.sample import (
    Built,
    Mistake,
    allow,
    assert_refuted,
    propagate,
    sample_network,
    transit_route,
)


def propagated_and_open(built: Built) -> None:
    propagate(built, "app", "mercy")
    allow(built, "web", 443, cidr="172.30.8.0/22", into=True, name="planted")


MISTAKES: dict[str, tuple[Mistake, str, tuple[str, ...]]] = {
    "the application's ranges propagated to a partner": (
        propagated_and_open, "partners-connect-through-privatelink-only",
        ("partner:mercy reaches web on tcp 443", "Transit Gateway table mercy by app-into-mercy", "in by planted"),
    ),
    "the application's ranges propagated to a partner, with every security group closed": (
        lambda built: propagate(built, "app", "mercy"), "partners-are-isolated",
        ("partner:mercy reaches app:data", "without a reply if only routes protected it", "Transit Gateway table mercy by app-into-mercy"),
    ),
    "one partner's ranges propagated to another": (
        lambda built: propagate(built, "stluke", "mercy"), "partners-are-isolated",
        ("partner:mercy reaches partner:stluke", "without a reply", "Transit Gateway table mercy by stluke-into-mercy"),
    ),
    "a route for one partner's range to another partner": (
        lambda built: transit_route(built, "exchange", "172.30.8.0/24", "stluke"), "partners-are-isolated",
        ("Transit Gateway table exchange leads 172.30.8.0 of partner:mercy to partner:stluke by exchange-leads-172.30.8.0/24",),
    ),
    "a partner that the load balancer of the exchange allows": (
        lambda built: allow(built, "exchange", 8443, cidr="10.140.0.0/16", into=True, name="planted"), "partners-are-isolated",
        ("partner:stluke reaches partner:mercy on tcp 443 through partners (fhir, tcp 8443)", "in by planted"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_with_its_path(name: str):
    mistake, statement, parts = MISTAKES[name]
    assert_refuted(sample_network(mistake), statement, *parts)


def test_the_default_route_table_of_a_transit_gateway_connects_all_partners():
    assert_refuted(
        sample_network(default_table=True),
        "partners-are-isolated",
        "partner:mercy reaches partner:stluke on everything",
        "Transit Gateway table default association table of hub by default propagation of stluke",
    )
