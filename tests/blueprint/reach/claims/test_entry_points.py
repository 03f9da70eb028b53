"""Every connection from the internet that the intent does not allow is reported with its path."""

from __future__ import annotations

from tests.blueprint.reach.sample import ANYWHERE, Built, allow, assert_refuted, sample_network
from tests.blueprint.reach.sample_vpn import vpn_network


def test_a_service_that_is_open_to_the_internet_is_reported():
    def mistake(built: Built) -> None:
        allow(built, "web", 443, cidr=ANYWHERE, into=True, name="planted")

    fault = "web's security group allows tcp 443 in from the internet"
    assert_refuted(sample_network(mistake), "entry-points", fault, "by planted")


def test_an_admin_page_that_is_open_to_more_than_the_admins_is_reported():
    def mistake(built: Built) -> None:
        allow(built, "vpn", 9443, cidr="198.51.0.0/16", into=True, name="planted")

    fault = "internet outside admin_cidrs reaches vpn on tcp 9443"
    path = "198.51.0.0 → internet gateway app"
    assert_refuted(vpn_network(mistake=mistake), "entry-points", fault, path)
