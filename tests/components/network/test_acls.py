from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.acls import AclRule, tables
from components.shared.addressing import plan
from facts.quotas import ACL_RULES

PLAN = plan(IPv4Network("10.20.0.0/16"), ["us-east-1a", "us-east-1b", "us-east-1c"])
DATABASES = (5432, 6379)
VPN = IPv4Network("10.99.0.0/20")
TABLES = tables(PLAN, (80, 443), DATABASES, (VPN,))
TCP, UDP, ICMP = "6", "17", "1"

WORLD = "198.51.100.7"
PARTNER = "172.30.8.15"
PUBLIC, PRIVATE, DATA = "10.20.24.9", "10.20.64.9", "10.20.16.9"


def admits(rules: tuple[AclRule, ...], peer: str, protocol: str, port: int) -> bool:
    """Decide as AWS does: the first rule by number that matches, and no without one."""
    for rule in sorted(rules, key=lambda item: item.number):
        first, last = rule.ports
        if (
            IPv4Address(peer) in IPv4Network(rule.cidr)
            and rule.protocol in ("-1", protocol)
            and (rule.protocol == "-1" or first <= port <= last)
        ):
            return rule.action == "allow"
    return False


@pytest.mark.parametrize(
    ("tier", "peer", "protocol", "port", "expected"),
    [
        ("public", WORLD, TCP, 443, True),  # clients of the load balancer
        ("public", WORLD, TCP, 80, True),  # their redirect
        ("public", WORLD, TCP, 40000, True),  # replies to NAT
        ("public", WORLD, UDP, 1194, True),  # VPN clients
        ("public", WORLD, TCP, 25, False),
        ("public", PRIVATE, TCP, 3389, True),  # a reply to a load balancer's own port
        ("public", PRIVATE, TCP, 8443, True),
        ("private", PUBLIC, TCP, 8080, True),  # load balancer to service
        ("private", WORLD, TCP, 40000, True),  # replies through NAT and the gateway endpoints
        ("private", WORLD, TCP, 443, False),
        ("private", PARTNER, TCP, 443, True),
        ("private", "10.99.0.4", TCP, 443, True),  # VPN clients
        ("private", DATA, TCP, 50000, True),  # replies of the databases
        ("data", PRIVATE, TCP, 5432, True),
        ("data", PRIVATE, TCP, 6379, True),
        ("data", PRIVATE, TCP, 8080, False),
        ("data", PRIVATE, UDP, 5432, False),
        ("data", DATA, TCP, 16379, True),  # replication
        ("data", "10.99.0.4", TCP, 5432, True),  # VPN clients, as named
        ("data", "10.99.0.4", TCP, 22, False),
        ("data", PUBLIC, TCP, 5432, False),
        ("data", PARTNER, TCP, 5432, False),
        ("data", WORLD, TCP, 5432, False),
    ],
)
def test_each_tier_admits_what_it_is_for(
    tier: str, peer: str, protocol: str, port: int, expected: bool
) -> None:
    assert admits(TABLES[tier].ingress, peer, protocol, port) is expected


addresses = st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))


@given(st.sampled_from(list(TABLES)), addresses, st.sampled_from([TCP, UDP]))
def test_rdp_is_closed_to_the_world_in_every_tier(tier: str, peer: str, protocol: str) -> None:
    inside = IPv4Address(peer).is_private
    assert inside or not admits(TABLES[tier].ingress, peer, protocol, 3389)


@given(st.sampled_from(["public", "private"]), addresses)
def test_ssh_is_closed_to_everyone(tier: str, peer: str) -> None:
    assert not admits(TABLES[tier].ingress, peer, TCP, 22)


def test_rdp_is_closed_to_partners() -> None:
    assert not admits(TABLES["private"].ingress, PARTNER, TCP, 3389)


@pytest.mark.parametrize("tier", ["public", "private"])
def test_no_single_entry_opens_ssh_or_rdp_to_the_world(tier: str) -> None:
    world = [rule for rule in TABLES[tier].ingress if rule.action == "allow" and rule.cidr == "0.0.0.0/0"]
    assert not [rule for rule in world if any(rule.ports[0] <= port <= rule.ports[1] for port in (22, 3389))]


@given(addresses, st.sampled_from([TCP, UDP, ICMP]), st.integers(0, 65535))
def test_the_data_tier_talks_to_named_ranges_only(peer: str, protocol: str, port: int) -> None:
    named = [*map(str, (*PLAN.ranges("private").values(), *PLAN.ranges("data").values(), VPN))]
    known = any(IPv4Address(peer) in IPv4Network(cidr) for cidr in named)
    table = TABLES["data"]
    assert known or not (
        admits(table.ingress, peer, protocol, port) or admits(table.egress, peer, protocol, port)
    )


@pytest.mark.parametrize("peer", [PRIVATE, DATA, "10.99.0.4"])
def test_the_data_tier_can_answer_its_clients(peer: str) -> None:
    assert all(admits(TABLES["data"].egress, peer, TCP, port) for port in (1024, 3389, 32768, 65535))


@pytest.mark.parametrize("tier", ["public", "private"])
def test_packets_too_large_for_a_path_are_reported_back(tier: str) -> None:
    assert [rule.icmp for rule in TABLES[tier].ingress if rule.protocol == ICMP] == [(3, 4)]


def test_adding_a_zone_keeps_every_rule_of_the_others() -> None:
    fewer = tables(plan(PLAN.vpc, ["us-east-1c", "us-east-1a"]), (80, 443), DATABASES, (VPN,))["data"]
    assert set(fewer.ingress) < set(TABLES["data"].ingress)
    assert set(fewer.egress) < set(TABLES["data"].egress)


@pytest.mark.parametrize("tier", list(TABLES))
def test_rule_numbers_are_unique_and_within_the_quota(tier: str) -> None:
    for rules in (TABLES[tier].ingress, TABLES[tier].egress):
        assert len({rule.number for rule in rules}) == len(rules) <= ACL_RULES


def test_each_acl_holds_its_tier_and_its_rules(network: Any) -> None:
    record = network()
    subnets = {subnet.name: subnet.outputs["id"] for subnet in record.of_type("aws:ec2/subnet:Subnet")}
    expected = tables(plan(PLAN.vpc, PLAN.zones[:2]), (80, 443), DATABASES, ())
    for tier, table in expected.items():
        acl = record.one("aws:ec2/networkAcl:NetworkAcl", f"main-{tier}")
        assert acl.inputs["subnetIds"] == [subnets[f"main-{tier}-{number}"] for number in (1, 2)]
        for direction, rules in (("ingress", table.ingress), ("egress", table.egress)):
            entries = acl.inputs[direction]
            assert [(entry["ruleNo"], entry["cidrBlock"], entry["action"]) for entry in entries] == [
                (rule.number, rule.cidr, rule.action) for rule in rules
            ]
            assert [(entry["protocol"], entry["fromPort"], entry["toPort"]) for entry in entries] == [
                (rule.protocol, *rule.ports) for rule in rules
            ]
