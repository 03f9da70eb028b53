#!/usr/bin/env python3
"""Runs on the VPN server: sets the rules of the groups, and lists users and groups. Uses the standard library only."""

import json
import os
import subprocess
import sys
from typing import Any

SACLI = os.environ.get("SACLI", "/usr/local/openvpn_as/scripts/sacli")
# Properties for the access review. Access Server also stores password digests and MFA secrets, which must not be listed.
REVIEWED = ("type", "conn_group", "prop_superuser", "prop_deny", "prop_autologin", "prop_google_auth",
         "pvt_google_auth_secret_locked", "user_auth_type", "group_declare")  # fmt: skip
ACCESS_KEYS = ("access_to.", "access_from.")


def sacli(*arguments: str) -> str:
    """Run the command-line tool of Access Server, which needs no password if root runs it."""
    return subprocess.run(  # noqa: S603 - the program is fixed
        [SACLI, *arguments], check=True, capture_output=True, text=True
    ).stdout


def records() -> dict[str, dict[str, Any]]:
    """Return the properties of every user and group."""
    return json.loads(sacli("UserPropGet"))


def rules_of(tiers: list[str], known: dict[str, dict[str, list[Any]]]) -> list[str]:
    """Return the rules of a group, one for each port and range of its tiers. The server translates the source address (NAT)."""
    return [
        f"+SUBNET:{cidr}:tcp/{port}"
        for tier in tiers
        for cidr in known[tier]["cidrs"]
        for port in known[tier]["ports"]
    ]


def apply(plan: dict[str, Any]) -> None:
    """Set the groups as in the plan. A group that is not in the plan loses its rules, and its users cannot connect."""
    wanted = {name: rules_of(tiers, plan["tiers"]) for name, tiers in plan["groups"].items()}
    found = {name: item for name, item in records().items() if item.get("type") == "group"}
    for name in sorted({*wanted, *found}):
        rules = {f"access_to.{index}": rule for index, rule in enumerate(wanted.get(name, []))}
        for key in found.get(name, {}):
            if key.startswith(ACCESS_KEYS) and key not in rules:
                sacli("--user", name, "--key", key, "UserPropDel")
        denied = str(name not in wanted).lower()
        properties = {
            "type": "group",
            "group_declare": "true",
            "prop_autologin": "false",
            "prop_superuser": "false",
        }
        for key, value in {**properties, "prop_google_auth": "true", "prop_deny": denied, **rules}.items():
            if found.get(name, {}).get(key) != value:
                sacli("--user", name, "--key", key, "--value", value, "UserPropPut")


def review() -> None:
    """Print one line of JSON for each user and group."""
    for name, item in sorted(records().items()):
        listed = {key: item[key] for key in sorted(item) if key in REVIEWED or key.startswith(ACCESS_KEYS)}
        print(json.dumps({"review": "vpn-users", "name": name, **listed}, sort_keys=True))


if __name__ == "__main__":
    if sys.argv[1] == "groups":
        with open(sys.argv[2], encoding="utf-8") as file:
            apply(json.load(file))
    else:
        review()
