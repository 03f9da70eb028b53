"""Rules of the groups of users, and the list of users for reviews."""

from __future__ import annotations

import json
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.connectivity import Tier
from components.connectivity.vpn import access as vpn_access
from components.connectivity.vpn import people as vpn_people
from components.shared.destination import Destination
from tests.components.connectivity.vpn.fake_host import Host, reach
from tests.components.connectivity.vpn.programs import APP, DATA


def test_a_group_that_lost_a_tier_loses_its_rules(booted: Host) -> None:
    booted.boot(ACCESS=vpn_access.plan({"engineers": ["data"]}, {"app": APP, "data": DATA}))
    assert reach(booted.people, "engineers") == [
        "+SUBNET:10.20.16.0/21:tcp/5432",
        "+SUBNET:10.20.48.0/21:tcp/5432",
    ]
    assert reach(booted.people, "support") == []
    assert booted.people["support"]["prop_deny"] == "true"
    booted.boot()
    assert booted.people["support"]["prop_deny"] == "false"


def test_the_review_lists_all_users_and_groups_without_secrets(booted: Host) -> None:
    alex = booted.root / "people/alex"
    alex.mkdir()
    for key, value in {
        "type": "user_connect",
        "conn_group": "support",
        "pvt_google_auth_secret": "seed",
        "pvt_google_auth_secret_locked": "true",
        "pvt_password_digest": "digest",
    }.items():
        (alex / key).write_text(value)
    booted.run("bash", str(booted.root / "local/vpn-review"))
    text = (booted.root / "log/vpn-users.log").read_text()
    lines = {item["name"]: item for item in map(json.loads, text.splitlines())}
    assert lines["alex"] == {
        "review": "vpn-users",
        "name": "alex",
        "type": "user_connect",
        "conn_group": "support",
        "pvt_google_auth_secret_locked": "true",
    }
    assert {"engineers", "support"} <= lines.keys()
    assert "seed" not in text
    assert "digest" not in text


_tier = st.builds(
    lambda third, ports: Tier(
        cidrs=[IPv4Network(f"10.20.{item}.0/24") for item in third],
        destinations={"x": Destination(security_group_id="sg-1", ports=ports)},
    ),
    st.lists(st.integers(0, 255), unique=True, max_size=6),
    st.lists(st.integers(1, 65535), unique=True, min_size=1, max_size=4),
)


class People(dict[str, dict[str, str]]):
    """The records of Access Server, and the calls that change them."""

    def sacli(self, *arguments: str) -> str:
        options = dict(zip(arguments[0:-1:2], arguments[1::2], strict=True))
        match arguments[-1]:
            case "UserPropGet":
                return json.dumps(self)
            case "UserPropPut":
                self.setdefault(options["--user"], {})[options["--key"]] = options["--value"]
            case _:
                del self[options["--user"]][options["--key"]]
        return ""


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> People:
    records = People()
    monkeypatch.setattr(vpn_people, "sacli", records.sacli)
    return records


@settings(max_examples=60)
@given(
    app=_tier,
    data=_tier,
    accesses=st.lists(
        st.dictionaries(
            st.sampled_from(["engineers", "support", "guests"]),
            st.lists(st.sampled_from(["app", "data"]), unique=True),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_the_rules_of_a_group_equal_its_tiers_after_any_previous_state(
    app: Tier, data: Tier, accesses: list[dict[str, list[str]]]
) -> None:
    tiers, people = {"app": app, "data": data}, People()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vpn_people, "sacli", people.sacli)
        for access in accesses:
            vpn_people.give(json.loads(vpn_access.plan(access, tiers)))
    for group, item in people.items():
        wanted = {
            f"+SUBNET:{cidr}:tcp/{port}"
            for name in accesses[-1].get(group, [])
            for cidr in tiers[name].cidrs
            for port in tiers[name].ports
        }
        assert {value for key, value in item.items() if key.startswith("access_")} == wanted
        assert item["prop_deny"] == str(group not in accesses[-1]).lower()


def test_users_and_the_default_record_are_not_changed(people: People) -> None:
    people["alex"] = {"type": "user_connect", "access_to.0": "+NAT:10.0.0.0/8"}
    people["__DEFAULT__"] = {"type": "user_default", "def_deny": "true"}
    before = json.dumps(people)
    vpn_people.give({"groups": {}, "tiers": {}})
    assert json.dumps(people) == before
