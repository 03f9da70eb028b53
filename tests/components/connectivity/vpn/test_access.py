"""Network access of the VPN server and its users."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from hipaa_policies.judge import judge
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from blueprint.verdict import judged_resource
from components.connectivity import Tier
from components.shared.destination import Destination
from tests.components.connectivity.vpn.programs import (
    ANYWHERE,
    APP,
    DATA,
    EGRESS,
    INGRESS,
    SECURITY_GROUP,
    TEMPLATE,
    own_group,
    plan,
    recorded,
    rules,
)


def test_the_internet_reaches_only_the_tunnel_ports(record: Record) -> None:
    own_rules = rules(record, INGRESS, own_group(record))
    opened = {
        (item["ipProtocol"], item["fromPort"], item["toPort"])
        for item in own_rules
        if item["cidrIpv4"] == ANYWHERE
    }
    assert opened == {("udp", 1194, 1194), ("tcp", 443, 443)}


def test_only_admin_cidrs_reach_the_admin_page(record: Record) -> None:
    own_rules = rules(record, INGRESS, own_group(record))
    assert [item["cidrIpv4"] for item in own_rules if item["fromPort"] == 9443] == ["198.51.100.0/24"]


def test_ssh_has_no_key_and_no_open_port(record: Record, template: Any) -> None:
    own_rules = rules(record, INGRESS, own_group(record))
    assert own_rules
    assert not [item for item in own_rules if item["fromPort"] <= 22 <= item["toPort"]]
    assert "keyName" not in template


def test_the_security_group_is_tagged_as_public_edge(record: Record) -> None:
    assert record.one(SECURITY_GROUP, "vpn").inputs["tags"]["edge"] == "public"  # type: ignore[index]


def test_the_server_reaches_only_the_tiers_of_its_groups_and_its_file_system(record: Record) -> None:
    own_rules = rules(record, EGRESS, own_group(record))
    files = record.one(SECURITY_GROUP, "vpn-state").outputs["id"]
    named = {
        (item["referencedSecurityGroupId"], item["fromPort"])
        for item in own_rules
        if "referencedSecurityGroupId" in item
    }
    assert named == {("sg-api", 8443), ("sg-realtime", 9443), ("sg-aurora", 5432), (files, 2049)}
    anywhere = {(item["fromPort"], item["toPort"]) for item in own_rules if item.get("cidrIpv4") == ANYWHERE}
    assert anywhere == {(443, 443), (80, 80)}
    assert len(own_rules) == 6


def test_every_connection_has_an_egress_and_an_ingress_rule(record: Record) -> None:
    group = own_group(record)
    out = {
        (item["referencedSecurityGroupId"], item["fromPort"], item["toPort"])
        for item in rules(record, EGRESS, group)
        if "referencedSecurityGroupId" in item
    }
    into = {
        (item.inputs["securityGroupId"], item.inputs["fromPort"], item.inputs["toPort"])
        for item in record.of_type(INGRESS)
        if item.inputs.get("referencedSecurityGroupId") == group
    }
    assert out
    assert out == into


def test_a_tier_that_no_group_may_reach_stays_closed() -> None:
    record = recorded(access={"support": ["app"]})
    own_rules = rules(record, EGRESS, own_group(record))
    reached = {item.get("referencedSecurityGroupId") for item in own_rules}
    assert "sg-api" in reached
    assert "sg-aurora" not in reached
    assert plan(record)["tiers"].keys() == {"app"}
    assert not rules(record, INGRESS, "sg-aurora")


def test_access_server_gets_the_same_tiers_as_the_security_group(record: Record) -> None:
    assert plan(record) == {
        "groups": {"engineers": ["app", "data"], "support": ["app"]},
        "tiers": {
            "app": {"cidrs": [*map(str, APP.cidrs)], "ports": [8443, 9443]},
            "data": {"cidrs": [*map(str, DATA.cidrs)], "ports": [5432]},
        },
    }


_names = st.from_regex(r"[a-z][a-z0-9-]{0,6}[a-z0-9]", fullmatch=True).filter(lambda name: name != "openvpn")
_ports = st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True)


@st.composite
def _tiers(draw: st.DrawFn) -> dict[str, Tier]:
    def tier(name: str, second: int) -> Tier:
        zones = draw(st.integers(1, 6))
        return Tier(
            cidrs=[IPv4Network(f"10.{second}.{zone}.0/24") for zone in range(zones)],
            destinations={
                item: Destination(security_group_id=f"sg-{name}-{item}", ports=draw(_ports))
                for item in draw(st.sets(_names, max_size=3))
            },
        )

    return {"app": tier("app", 20), "data": tier("data", 21)}


_admin = st.sampled_from(["198.51.100.0/24", "203.0.113.7/32", "10.0.0.0/8", "192.168.0.0/16"])


@settings(max_examples=30)
@given(
    tiers=_tiers(),
    access=st.dictionaries(
        _names, st.lists(st.sampled_from(["app", "data"]), unique=True, max_size=2), max_size=4
    ),
    admins=st.lists(_admin, min_size=1, max_size=3, unique=True),
    known=st.booleans(),
)
def test_any_valid_arguments_pass_every_control(
    tiers: dict[str, Tier], access: dict[str, list[str]], admins: list[str], known: bool
) -> None:
    record = recorded(
        tiers=tiers, access=access, admin_cidrs=[IPv4Network(cidr) for cidr in admins], known=known
    )
    ingress = [item.inputs for item in record.of_type(INGRESS)]
    admin = [item for item in ingress if item["fromPort"] == 9443 and "cidrIpv4" in item]
    assert sorted(str(item["cidrIpv4"]) for item in admin) == sorted(admins)
    union = {tier for named in access.values() for tier in named}
    allowed = {
        (item.security_group_id, port)
        for tier in union
        for item in tiers[tier].destinations.values()
        for port in item.ports
    }
    reached = {
        (item.inputs["referencedSecurityGroupId"], item.inputs["fromPort"])
        for item in record.of_type(EGRESS)
        if str(item.inputs.get("referencedSecurityGroupId", "")).startswith(("sg-app", "sg-data"))
    }
    assert reached == allowed
    if known:
        told = plan(record)
        assert told["groups"] == {group: sorted(named) for group, named in access.items()}
        assert told["tiers"] == {
            name: {"cidrs": [*map(str, tiers[name].cidrs)], "ports": tiers[name].ports} for name in union
        }
    report = judge(
        map(judged_resource, record.resources),
        config={
            "security-group-opens-only-edge-ports": {"open_ports": [80, 443, 1194]},
            "stateful-resource-is-protected": {"protect": False},
        },
    )
    # The one exception of policy/waivers.yaml.
    assert {(item.policy, item.urn.rsplit("$", 1)[-1]) for item in report.violations} == {
        ("instance-has-no-public-address", f"{TEMPLATE}::vpn")
    }
