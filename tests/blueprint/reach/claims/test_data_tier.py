"""A path between the data tier and the internet is reported, also if only one of the layers is open."""

from __future__ import annotations

import pytest

from tests.blueprint.reach.sample import (
    ANYWHERE,
    CIDRS,
    Built,
    allow,
    assert_refuted,
    entry,
    route,
    sample_network,
)

CLAIM = "data-tier-has-no-internet"


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("nat", ("app:data reaches internet", "nat:nat", "internet gateway app")),
        ("gateway", ("internet reaches app:data", "app:data reaches internet")),
    ],
)
def test_a_route_of_the_data_tier_to_the_internet_is_reported_with_its_path(
    target: str, parts: tuple[str, ...]
):
    def mistake(built: Built) -> None:
        to = {"gateway_id": built.gateway.id} if target == "gateway" else {"nat_gateway_id": built.nat.id}
        route(built, "planted", "data", ANYWHERE, **to)

    assert_refuted(
        sample_network(mistake),
        CLAIM,
        "if only routes protected it",
        "route table data by planted",
        *parts,
    )


def test_a_security_group_that_opens_a_database_to_the_internet_is_reported():
    def mistake(built: Built) -> None:
        allow(built, "aurora", 5432, cidr=ANYWHERE, into=True, name="planted")

    fault = "aurora's security group allows tcp 5432 in from the internet"
    assert_refuted(sample_network(mistake), CLAIM, fault, "by planted")


def test_an_acl_that_opens_the_data_tier_to_the_internet_is_reported():
    opened = {"ingress": [entry(90, ANYWHERE)], "egress": [entry(90, CIDRS["private"])]}
    fault = "ACL app-data of app-data allows everything in from the internet"
    assert_refuted(sample_network(data_acl=opened), CLAIM, fault, "by entry 90")
