#!/usr/bin/env python3
"""Runs on the VPN server: gives groups their rules, and lists who may connect. Standard library only."""

import json
import os
import subprocess
import sys
from typing import Any

SACLI = os.environ.get("SACLI", "/usr/local/openvpn_as/scripts/sacli")
# What a review needs. Never a password's digest or a second factor's secret, which Access Server keeps beside it.
SHOWN = ("type", "conn_group", "prop_superuser", "prop_deny", "prop_autologin", "prop_google_auth",
         "pvt_google_auth_secret_locked", "user_auth_type", "group_declare")  # fmt: skip
REACH = ("access_to.", "access_from.")


def sacli(*arguments: str) -> str:
    """Run Access Server's own command; as root it asks for no password."""
    return subprocess.run(  # noqa: S603 - the program is fixed
        [SACLI, *arguments], check=True, capture_output=True, text=True
    ).stdout


def records() -> dict[str, dict[str, Any]]:
    """Return the properties of every user and group."""
    return json.loads(sacli("UserPropGet"))


def rules_of(tiers: list[str], known: dict[str, dict[str, list[Any]]]) -> list[str]:
    """Return the rules of a group: every port of every range of its tiers, as the server's own address (NAT)."""
    return [
        f"+SUBNET:{cidr}:tcp/{port}"
        for tier in tiers
        for cidr in known[tier]["cidrs"]
        for port in known[tier]["ports"]
    ]


def give(plan: dict[str, Any]) -> None:
    """Make the groups what the stack says; a group it does not name reaches nothing and nobody in it may connect."""
    wanted = {name: rules_of(tiers, plan["tiers"]) for name, tiers in plan["groups"].items()}
    found = {name: item for name, item in records().items() if item.get("type") == "group"}
    for name in sorted({*wanted, *found}):
        rules = {f"access_to.{place}": rule for place, rule in enumerate(wanted.get(name, []))}
        for key in found.get(name, {}):
            if key.startswith(REACH) and key not in rules:
                sacli("--user", name, "--key", key, "UserPropDel")
        denied = str(name not in wanted).lower()
        kept = {
            "type": "group",
            "group_declare": "true",
            "prop_autologin": "false",
            "prop_superuser": "false",
        }
        for key, value in {**kept, "prop_google_auth": "true", "prop_deny": denied, **rules}.items():
            if found.get(name, {}).get(key) != value:
                sacli("--user", name, "--key", key, "--value", value, "UserPropPut")


def review() -> None:
    """Print one line of JSON for each user and group."""
    for name, item in sorted(records().items()):
        shown = {key: item[key] for key in sorted(item) if key in SHOWN or key.startswith(REACH)}
        print(json.dumps({"review": "vpn-users", "name": name, **shown}, sort_keys=True))


if __name__ == "__main__":
    if sys.argv[1] == "groups":
        with open(sys.argv[2], encoding="utf-8") as file:
            give(json.load(file))
    else:
        review()
