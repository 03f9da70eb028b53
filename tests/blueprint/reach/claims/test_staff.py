"""VPN groups reach the tiers of their access and no other."""

from __future__ import annotations

from tests.blueprint.reach.sample import assert_refuted, faults
from tests.blueprint.reach.sample_vpn import ACCESS, vpn_network


def test_vpn_groups_reach_the_tiers_of_their_access_and_no_other():
    network = vpn_network()
    ask, places = network.ask, network.model.places
    verdicts = {
        (group, name): ask.ask(places[f"vpn:{group}"], places[name]).verdict
        for group in ACCESS
        for name in ("api", "aurora")
    }
    assert verdicts == {
        ("engineers", "api"): "yes", ("engineers", "aurora"): "yes", ("support", "api"): "yes", ("support", "aurora"): "no",
    }  # fmt: skip
    assert faults(network) == {}


def test_a_group_whose_rules_allow_more_than_its_access_is_reported():
    assert_refuted(
        vpn_network({**ACCESS, "support": ["app", "data"]}),
        "vpn-groups-reach-their-tiers-only",
        "vpn:support reaches aurora on tcp 5432",
        "security group aurora in by aurora-in-vpn-5432",
    )
