from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.acls import AclRule, tier_acl_rules
from components.shared.addressing import plan
from facts.quotas import ACL_RULES

PLAN = plan(IPv4Network("10.20.0.0/16"), ["us-east-1a", "us-east-1b", "us-east-1c"])
DATABASES = (5432, 6379)
VPN = IPv4Network("10.99.0.0/20")
TABLES = tier_acl_rules(PLAN, (80, 443), DATABASES, (VPN,))
TCP, UDP, ICMP = "6", "17", "1"

INTERNET = "198.51.100.7"
PARTNER = "172.30.8.15"
PUBLIC, PRIVATE, DATA = "10.20.24.9", "10.20.64.9", "10.20.16.9"


def admits(rules: tuple[AclRule, ...], peer: str, protocol: str, port: int) -> bool:
    """Return the decision of AWS: the first matching rule by number decides, and without a match traffic is denied."""
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
        ("public", INTERNET, TCP, 443, True),  # client of the load balancer
        ("public", INTERNET, TCP, 80, True),  # redirect to HTTPS
        ("public", INTERNET, TCP, 40000, True),  # reply to a NAT gateway
        ("public", INTERNET, UDP, 1194, True),  # VPN client
        ("public", INTERNET, TCP, 25, False),
        ("public", PRIVATE, TCP, 3389, True),  # reply to an ephemeral port of a load balancer
        ("public", PRIVATE, TCP, 8443, True),
        ("private", PUBLIC, TCP, 8080, True),  # from a load balancer to a service
        ("private", INTERNET, TCP, 40000, True),  # reply through NAT or a gateway endpoint
        ("private", INTERNET, TCP, 443, False),
        ("private", PARTNER, TCP, 443, True),
        ("private", "10.99.0.4", TCP, 443, True),  # VPN client
        ("private", DATA, TCP, 50000, True),  # reply of a database
        ("data", PRIVATE, TCP, 5432, True),
        ("data", PRIVATE, TCP, 6379, True),
        ("data", PRIVATE, TCP, 8080, False),
        ("data", PRIVATE, UDP, 5432, False),
        ("data", DATA, TCP, 16379, True),  # replication
        ("data", "10.99.0.4", TCP, 5432, True),  # VPN client, because its range is in database_clients
        ("data", "10.99.0.4", TCP, 22, False),
        ("data", PUBLIC, TCP, 5432, False),
        ("data", PARTNER, TCP, 5432, False),
        ("data", INTERNET, TCP, 5432, False),
    ],
)
def test_each_tier_admits_its_own_kinds_of_traffic_only(
    tier: str, peer: str, protocol: str, port: int, expected: bool
) -> None:
    assert admits(TABLES[tier].ingress, peer, protocol, port) is expected


addresses = st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))


@given(st.sampled_from(list(TABLES)), addresses, st.sampled_from([TCP, UDP]))
def test_rdp_is_closed_to_the_internet_in_every_tier(tier: str, peer: str, protocol: str) -> None:
    assert IPv4Address(peer).is_private or not admits(TABLES[tier].ingress, peer, protocol, 3389)


@given(st.sampled_from(["public", "private"]), addresses)
def test_ssh_is_closed_to_everyone(tier: str, peer: str) -> None:
    assert not admits(TABLES[tier].ingress, peer, TCP, 22)


def test_sftp_through_nat_opens_ssh_of_the_public_tier_to_the_vpc_only() -> None:
    tables = tier_acl_rules(PLAN, (80, 443), DATABASES, (VPN,), ssh_through_nat=True)
    assert admits(tables["public"].ingress, PRIVATE, TCP, 22)
    assert not any(
        admits(tables["public"].ingress, peer, TCP, 22) for peer in (INTERNET, PARTNER, "10.99.0.4")
    )
    assert {tier: tables[tier] for tier in ("private", "data")} == {
        tier: TABLES[tier] for tier in ("private", "data")
    }
    assert len(tables["public"].ingress) <= ACL_RULES


def test_rdp_is_closed_to_partners() -> None:
    assert not admits(TABLES["private"].ingress, PARTNER, TCP, 3389)


@pytest.mark.parametrize("tier", ["public", "private"])
def test_no_single_rule_opens_ssh_or_rdp_to_the_internet(tier: str) -> None:
    open_rules = [
        rule for rule in TABLES[tier].ingress if rule.action == "allow" and rule.cidr == "0.0.0.0/0"
    ]
    assert not [
        rule for rule in open_rules if any(rule.ports[0] <= port <= rule.ports[1] for port in (22, 3389))
    ]


@given(addresses, st.sampled_from([TCP, UDP, ICMP]), st.integers(0, 65535))
def test_the_data_tier_exchanges_traffic_with_its_clients_and_itself_only(
    peer: str, protocol: str, port: int
) -> None:
    ranges = (*PLAN.ranges("private").values(), *PLAN.ranges("data").values(), VPN)
    is_allowed_peer = any(IPv4Address(peer) in cidr for cidr in ranges)
    table = TABLES["data"]
    assert is_allowed_peer or not (
        admits(table.ingress, peer, protocol, port) or admits(table.egress, peer, protocol, port)
    )


@pytest.mark.parametrize("peer", [PRIVATE, DATA, "10.99.0.4"])
def test_the_data_tier_may_reply_to_its_clients(peer: str) -> None:
    assert all(admits(TABLES["data"].egress, peer, TCP, port) for port in (1024, 3389, 32768, 65535))


@pytest.mark.parametrize("tier", ["public", "private"])
def test_public_and_private_tiers_admit_fragmentation_needed_messages(tier: str) -> None:
    assert [rule.icmp for rule in TABLES[tier].ingress if rule.protocol == ICMP] == [(3, 4)]


def test_adding_a_zone_keeps_every_rule_of_the_other_zones() -> None:
    two_zones = tier_acl_rules(plan(PLAN.vpc, ["us-east-1c", "us-east-1a"]), (80, 443), DATABASES, (VPN,))[
        "data"
    ]
    assert set(two_zones.ingress) < set(TABLES["data"].ingress)
    assert set(two_zones.egress) < set(TABLES["data"].egress)


@pytest.mark.parametrize("tier", list(TABLES))
def test_rule_numbers_are_unique_and_within_the_quota(tier: str) -> None:
    for rules in (TABLES[tier].ingress, TABLES[tier].egress):
        assert len({rule.number for rule in rules}) == len(rules) <= ACL_RULES


def test_each_acl_has_the_subnets_and_rules_of_its_tier(network: Any) -> None:
    record = network()
    subnets = {subnet.name: subnet.outputs["id"] for subnet in record.of_type("aws:ec2/subnet:Subnet")}
    expected = tier_acl_rules(plan(PLAN.vpc, PLAN.zones[:2]), (80, 443), DATABASES, ())
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
