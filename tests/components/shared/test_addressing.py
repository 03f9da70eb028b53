from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.shared.addressing import (
    TIERS,
    ZONE_LETTERS,
    AddressPlan,
    PlannedSubnet,
    VpcTooSmall,
    plan,
    zone_slot,
)

vpcs = st.builds(
    lambda prefix, address: IPv4Network((address, prefix), strict=False),
    st.integers(16, 21),
    st.integers(0, 2**32 - 1),
)
zone_lists = st.lists(
    st.sampled_from([f"eu-west-1{letter}" for letter in ZONE_LETTERS]), min_size=1, unique=True
)
tier_lists = st.lists(st.sampled_from([*TIERS, "cache", "batch"]), min_size=1, max_size=5, unique=True)


def layout(address_plan: AddressPlan) -> dict[tuple[str, str], str]:
    return {(subnet.tier, subnet.zone): str(subnet.cidr) for subnet in address_plan.subnets}


def test_the_subnets_of_deployed_vpcs_never_change() -> None:
    dev = plan(IPv4Network("10.10.0.0/16"), ["us-east-1a", "us-east-1b"])
    assert layout(dev) == {
        ("private", "us-east-1a"): "10.10.0.0/20",
        ("data", "us-east-1a"): "10.10.16.0/21",
        ("public", "us-east-1a"): "10.10.24.0/22",
        ("private", "us-east-1b"): "10.10.32.0/20",
        ("data", "us-east-1b"): "10.10.48.0/21",
        ("public", "us-east-1b"): "10.10.56.0/22",
    }
    prod = plan(IPv4Network("10.20.0.0/16"), ["us-east-1a", "us-east-1b", "us-east-1c"])
    assert layout(prod) == {
        ("private", "us-east-1a"): "10.20.0.0/20",
        ("data", "us-east-1a"): "10.20.16.0/21",
        ("public", "us-east-1a"): "10.20.24.0/22",
        ("private", "us-east-1b"): "10.20.32.0/20",
        ("data", "us-east-1b"): "10.20.48.0/21",
        ("public", "us-east-1b"): "10.20.56.0/22",
        ("private", "us-east-1c"): "10.20.64.0/20",
        ("data", "us-east-1c"): "10.20.80.0/21",
        ("public", "us-east-1c"): "10.20.88.0/22",
    }


@given(vpcs, zone_lists)
def test_subnets_are_inside_the_vpc_and_do_not_overlap(vpc: IPv4Network, zones: list[str]) -> None:
    subnets = plan(vpc, zones).subnets
    assert len(subnets) == len(zones) * len(TIERS)
    assert all(subnet.cidr.subnet_of(vpc) for subnet in subnets)
    assert not any(one.cidr.overlaps(other.cidr) for one, other in combinations(subnets, 2))


@given(vpcs, zone_lists, st.data())
def test_adding_removing_and_reordering_zones_moves_no_subnet(
    vpc: IPv4Network, zones: list[str], data: st.DataObject
) -> None:
    new_zones = data.draw(zone_lists)
    before, after = layout(plan(vpc, zones)), layout(plan(vpc, new_zones))
    assert {key: after[key] for key in before.keys() & after.keys()} == {
        key: before[key] for key in before.keys() & after.keys()
    }


@given(zone_lists, tier_lists)
def test_appending_a_tier_moves_no_subnet(zones: list[str], tiers: list[str]) -> None:
    vpc = IPv4Network("10.0.0.0/16")
    before, after = layout(plan(vpc, zones, tiers)), layout(plan(vpc, zones, [*tiers, "later"]))
    assert before.items() <= after.items()


@given(zone_lists, tier_lists, st.integers(25, 28))
def test_a_vpc_that_is_too_small_is_refused_with_the_size_that_is_needed(
    zones: list[str], tiers: list[str], prefix: int
) -> None:
    with pytest.raises(VpcTooSmall) as refusal:
        plan(IPv4Network(f"10.0.0.0/{prefix}"), zones, tiers)
    needed_prefix = refusal.value.prefix
    assert f"/{needed_prefix} or larger" in str(refusal.value)
    subnets = plan(IPv4Network(f"10.0.0.0/{needed_prefix}", strict=False), zones, tiers).subnets
    assert all(subnet.cidr.prefixlen <= (27 if subnet.tier == "public" else 28) for subnet in subnets)
    with pytest.raises(VpcTooSmall):
        plan(IPv4Network(f"10.0.0.0/{needed_prefix + 1}"), zones, tiers)


def test_three_tiers_need_a_vpc_of_21_or_larger() -> None:
    with pytest.raises(
        VpcTooSmall, match=r"10\.0\.0\.0/22 is too small for the tiers private, data, public: .* a /21 or"
    ):
        plan(IPv4Network("10.0.0.0/22"), ["us-east-1a"])


@pytest.mark.parametrize(
    ("zones", "tiers", "message"),
    [
        ([], TIERS, "at least one zone"),
        (["us-east-1a"], [], "at least one zone and one tier"),
        (["us-east-1z"], TIERS, "'us-east-1z' must end in a letter from a to h"),
        ([""], TIERS, "zone '' must end"),
        (
            ["us-east-1a", "us-west-2a"],
            TIERS,
            "each zone must end in a different letter, got us-east-1a, us-west-2a",
        ),
        (["us-east-1a"], ["data", "data"], "tiers must not repeat, got data, data"),
    ],
)
def test_invalid_zones_and_tiers_are_refused(zones: list[str], tiers: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(IPv4Network("10.0.0.0/16"), zones, tiers)


def test_the_ranges_of_a_tier_are_in_the_order_of_the_zones() -> None:
    reversed_zones = plan(IPv4Network("10.20.0.0/16"), ["us-east-1c", "us-east-1a"])
    assert [str(cidr) for cidr in reversed_zones.ranges("data").values()] == [
        "10.20.80.0/21",
        "10.20.16.0/21",
    ]
    assert reversed_zones.ranges("cache") == {}


def test_aws_reserves_five_addresses_in_each_subnet() -> None:
    assert PlannedSubnet("public", "us-east-1a", IPv4Network("10.0.0.0/27")).usable_addresses == 27


def test_the_slot_of_a_zone_is_the_index_of_its_letter() -> None:
    assert [zone_slot(f"us-east-1{letter}") for letter in "adh"] == [0, 3, 7]
