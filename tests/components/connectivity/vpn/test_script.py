"""The boot script of the VPN server, run with fake commands that only log their calls."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.connectivity import Tier
from components.connectivity.vpn import access as vpn_access
from components.connectivity.vpn import people as vpn_people
from components.connectivity.vpn.host import MAX_USER_DATA_BYTES, PEOPLE, USER_DATA, user_data
from components.shared.destination import Destination
from tests.components.connectivity.vpn.programs import APP, DATA, VALUES, script

ACCESS = vpn_access.plan({"engineers": ["app", "data"], "support": ["app"]}, {"app": APP, "data": DATA})
DRAWN = "drawn-by-nobody"

FAKE = r"""#!/bin/bash
# Writes down how it was called, and answers as little as the script needs.
name=${0##*/} last=${!#}
(IFS=$'\x1f'; printf '%s\n' "$name"$'\x1f'"$*") >>"$HOST/calls"
has() { grep -qxF -- "$2" "$HOST/$1" 2>/dev/null; }
people() {
  local user key between='' inner
  printf '{'
  for user in "$HOST"/people/*/; do
    [[ -d $user ]] || continue
    printf '%s"%s": {' "$between" "$(basename "$user")"
    inner=''
    for key in "$user"*; do
      [[ -e $key ]] || continue
      printf '%s"%s": "%s"' "$inner" "${key##*/}" "$(<"$key")"
      inner=', '
    done
    printf '}'
    between=', '
  done
  printf '}\n'
}
case $name in
  curl) [[ $last == */instance-id ]] && echo i-0123456789abcdef0 || echo token ;;
  snap) exit "${SNAP:-0}" ;;
  mountpoint) has mounted "$last" ;;
  mount) echo "$last" >>"$HOST/mounted" ;;
  aws) [[ $2 != get-secret-value ]] || echo "$DRAWN" ;;
  iptables)
    rule="${*:4}"
    case $3 in
      -I) echo "$rule" >>"$HOST/doors" ;;
      -C) has doors "$rule" ;;
      -D) has doors "$rule" && { grep -vxF -- "$rule" "$HOST/doors" >"$HOST/left"; mv "$HOST/left" "$HOST/doors"; } ;;
    esac ;;
  ovpn-init) mkdir -p "$AS/etc/db"; printf %s "$BORN" >"$AS/etc/db/config.db" ;;
  sacli)
    case $last in
      status) echo "${STATUS-\"openvpn_0\": \"on\"}" ;;
      UserPropGet) people ;;
      UserPropPut) mkdir -p "$HOST/people/$2"; printf %s "$6" >"$HOST/people/$2/$4" ;;
      UserPropDel) rm "$HOST/people/$2/$4" ;;
    esac ;;
esac
"""
COMMANDS = ("aws", "curl", "iptables", "mount", "mount.efs", "mountpoint", "sleep", "snap", "systemctl")


class Host:
    """A directory that replaces the root of a host, and a `PATH` with fake commands."""

    def __init__(self, root: Path, state: Path, born: str = "first") -> None:
        self.root, self.state = root, state
        self.server, self.agent = root / "as", root / "agent"
        programs = {
            root / "bin": COMMANDS,
            self.server / "bin": ("ovpn-init",),
            self.server / "scripts": ("sacli", "confdba"),
            self.agent / "bin": ("amazon-cloudwatch-agent-ctl",),
        }
        for folder, names in programs.items():
            folder.mkdir(parents=True)
            for name in names:
                (folder / name).write_text(FAKE)
                (folder / name).chmod(0o755)
        for folder in ("etc/systemd/system", "local", "log", "run", "as/etc/sock"):
            (root / folder).mkdir(parents=True)
        (root / "etc/fstab").touch()
        self.environment = {
            "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOST": str(root),
            "BORN": born,
            "DRAWN": DRAWN,
            "AS": str(self.server),
            "SACLI": str(self.server / "scripts/sacli"),
            "STATE": str(state),
            "ETC": str(root / "etc"),
            "LOCAL": str(root / "local"),
            "LOGS": str(root / "log"),
            "RUN": str(root / "run"),
            "AGENT": str(self.agent),
        }

    def run(self, *command: str, code: int = 0, **variables: str) -> str:
        done = subprocess.run(
            command, env={**self.environment, **variables}, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def boot(self, **values: str) -> None:
        path = self.root / "user-data"
        path.write_text(script(**{"ACCESS": ACCESS, **values}))
        with socket.socket(socket.AF_UNIX) as agent:
            place = self.server / "etc/sock/sagent"
            place.unlink(missing_ok=True)
            # The path of a socket must be short, and the folder of a test is not.
            here = os.getcwd()
            os.chdir(place.parent)
            try:
                agent.bind(place.name)
            finally:
                os.chdir(here)
            self.run("bash", str(path))

    @property
    def calls(self) -> list[list[str]]:
        return [line.split("\x1f") for line in (self.root / "calls").read_text().splitlines()]

    @property
    def people(self) -> Any:
        folders = (self.root / "people").iterdir()
        return {item.name: {key.name: key.read_text() for key in item.iterdir()} for item in folders}

    def forget(self) -> None:
        (self.root / "calls").unlink()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "host", tmp_path / "state")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A booted host for tests that do not change it."""
    root = tmp_path_factory.mktemp("once")
    host = Host(root / "host", root / "state")
    host.boot()
    return host


@pytest.fixture
def booted(host: Host) -> Host:
    host.boot()
    return host


@pytest.mark.parametrize("command", ["bash -n", "shellcheck"])
@pytest.mark.parametrize("source", ["template", "rendered"])
def test_the_script_passes_static_checks(command: str, source: str, tmp_path: Path) -> None:
    program, *options = command.split()
    path = shutil.which(program, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert path is not None
    file = tmp_path / "vpn_server.sh"
    file.write_text(script() if source == "rendered" else USER_DATA.read_text())
    done = subprocess.run([path, *options, str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_script_fits_into_user_data_and_every_placeholder_has_a_value() -> None:
    assert len(script().encode()) < MAX_USER_DATA_BYTES
    assert PEOPLE.read_text().rstrip() in script()
    with pytest.raises(ValueError, match="@HOST_NAME@ has no value"):
        user_data({key: value for key, value in VALUES.items() if key != "HOST_NAME"})


def test_a_value_that_is_not_one_word_is_refused() -> None:
    with pytest.raises(ValueError, match="REGION must be one plain word"):
        user_data({**VALUES, "REGION": "us-east-1; reboot"})


def test_a_script_too_long_for_ec2_is_refused() -> None:
    with pytest.raises(ValueError, match="user data must be 16384 bytes or less"):
        user_data({**VALUES, "ACCESS": "x" * MAX_USER_DATA_BYTES})


def test_the_host_associates_the_elastic_ip(once: Host) -> None:
    [association] = [call for call in once.calls if call[:3] == ["aws", "ec2", "associate-address"]]
    assert association[3:] == [
        "--allocation-id", "eipalloc-1", "--instance-id", "i-0123456789abcdef0", "--allow-reassociation",
    ]  # fmt: skip


def test_connections_are_blocked_until_the_server_is_configured(once: Host) -> None:
    calls = once.calls
    closed = [i for i, call in enumerate(calls) if call[:4] == ["iptables", "-t", "raw", "-I"]]
    opened = [i for i, call in enumerate(calls) if call[:4] == ["iptables", "-t", "raw", "-D"]]
    started = [i for i, call in enumerate(calls) if call == ["systemctl", "start", "openvpnas"]]
    wrote = [i for i, call in enumerate(calls) if call[0] in ("ovpn-init", "confdba")]
    assert len(closed) == 2
    assert max(closed) < min(wrote) < max(wrote) < min(started) < min(opened)
    assert (once.root / "doors").read_text() == ""


def test_the_admin_page_is_not_behind_port_443(once: Host) -> None:
    put = {call[2]: call[4] for call in once.calls if call[:2] == ["confdba", "-mk"]}
    assert put["vpn.server.port_share.service"] == "client"
    assert put["admin_ui.https.port"] == "9443"
    assert put["cs.https.port"] != put["admin_ui.https.port"]


def test_second_factor_tls_versions_and_ciphers_are_configured(once: Host) -> None:
    put = {call[2]: call[4] for call in once.calls if call[:2] == ["confdba", "-mk"]}
    assert put["vpn.server.google_auth.enable"] == "true"
    assert put["cs.tls_version_min"] == put["vpn.server.tls_version_min"] == "1.2"
    assert put["vpn.server.enable_cipher_fallback"] == "false"
    assert put["vpn.server.routing.private_access"] == "no"
    assert put["vpn.client.routing.inter_client"] == "false"
    assert once.people["__DEFAULT__"] == {"def_deny": "true", "prop_autologin": "false"}


def test_groups_get_the_rules_of_their_tiers_and_a_second_factor(once: Host) -> None:
    app = [
        f"+SUBNET:{cidr}:tcp/{port}" for cidr in ("10.20.0.0/20", "10.20.32.0/20") for port in (8443, 9443)
    ]
    data = [f"+SUBNET:{cidr}:tcp/5432" for cidr in ("10.20.16.0/21", "10.20.48.0/21")]
    assert reach(once.people, "engineers") == sorted([*app, *data])
    assert reach(once.people, "support") == sorted(app)
    assert once.people["support"]["prop_google_auth"] == "true"


def test_the_administrators_password_comes_from_the_secret(once: Host) -> None:
    calls = [call for call in once.calls if call[0] == "sacli" and "SetLocalPassword" in call]
    assert calls == [["sacli", "--user", "openvpn", "--new_pass", DRAWN, "SetLocalPassword"]]
    assert DRAWN not in (once.root / "user-data").read_text()


def test_a_licence_is_loaded_if_its_secret_is_set(once: Host, tmp_path: Path) -> None:
    assert not [call for call in once.calls if call[-1] == "LoadSubscription"]
    other = Host(tmp_path / "licensed", tmp_path / "other-state")
    other.boot(LICENCE_SECRET_ARN="arn:aws:secretsmanager:us-east-1:111122223333:secret:licence")  # noqa: S106
    assert ["sacli", "-v", DRAWN, "LoadSubscription"] in other.calls


def test_the_file_system_is_mounted_with_tls_and_the_role_of_the_host(once: Host) -> None:
    fstab = (once.root / "etc/fstab").read_text().splitlines()
    assert fstab[0] == f"fs-1 {once.state} efs _netdev,tls,iam,accesspoint=fsap-1 0 0"
    assert fstab[1].startswith(f"{once.state}/db {once.server}/etc/db none bind,")
    lease = (once.root / "etc/systemd/system/vpn-lease.service").read_text()
    assert f"flock --exclusive {once.state}/lock" in lease


def test_the_script_is_idempotent(booted: Host) -> None:
    before = (booted.root / "etc/fstab").read_text(), booted.people
    booted.forget()
    booted.boot()
    assert ((booted.root / "etc/fstab").read_text(), booted.people) == before
    assert not [call for call in booted.calls if call[0] in ("ovpn-init", "mount")]
    assert (booted.root / "doors").read_text() == ""


def test_a_replacement_keeps_the_users_of_the_previous_host(booted: Host, tmp_path: Path) -> None:
    assert (booted.state / "db/config.db").read_text() == "first"
    (booted.state / "db/userprop.db").write_text("everybody")
    second = Host(tmp_path / "second", booted.state, born="second")
    second.boot()
    assert (booted.state / "db/config.db").read_text() == "first"
    assert (booted.state / "db/userprop.db").read_text() == "everybody"
    assert ["mount", str(second.server / "etc/db")] in second.calls


def test_an_interrupted_first_boot_leaves_no_partial_state(host: Host) -> None:
    (host.state / "db.new").mkdir(parents=True)
    (host.state / "db.new/half").touch()
    host.boot()
    assert [item.name for item in (host.state / "db").iterdir()] == ["config.db"]


def test_a_host_powers_off_if_it_cannot_install_its_tools(host: Host) -> None:
    path = host.root / "user-data"
    path.write_text(script())
    host.run("bash", str(path), code=1, SNAP="1")
    assert host.calls[-1] == ["systemctl", "poweroff"]
    assert len([call for call in host.calls if call[0] == "sleep"]) == 29
    assert (host.root / "doors").read_text() != ""


def test_each_log_file_goes_to_its_log_group(once: Host) -> None:
    told = json.loads((once.root / "etc/vpn-server/logs.json").read_text())
    files = told["logs"]["logs_collected"]["files"]["collect_list"]
    groups = {item["file_path"]: item["log_group_name"] for item in files}
    assert groups == {
        "/var/log/openvpnas.log": "vpn-access-1",
        "/var/log/vpn-users.log": "vpn-users-1",
        "/var/log/auth.log": "vpn-system-1",
        "/var/log/cloud-init-output.log": "vpn-system-1",
    }


# The health check.


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A booted host for tests of the health check."""
    root = tmp_path_factory.mktemp("serving")
    host = Host(root / "host", root / "state")
    host.boot()
    return host


def check(host: Host, *statuses: str) -> list[list[str]]:
    """Run the health check once per status of Access Server; return the calls of the AWS CLI."""
    (host.root / "calls").unlink(missing_ok=True)
    (host.root / "run/vpn-health").unlink(missing_ok=True)
    for status in statuses:
        host.run("bash", str(host.root / "local/vpn-health"), STATUS=status)
    return [call[1:] for call in host.calls if call[0] == "aws"]


UP, DOWN = '"openvpn_0": "on"', '"openvpn_0": "off"'


def told(calls: list[list[str]]) -> list[str]:
    return [call[call.index("--value") + 1] for call in calls if call[1] == "put-metric-data"]


def replacements(calls: list[list[str]]) -> list[list[str]]:
    return [call[1:] for call in calls if call[0] == "autoscaling"]


def test_a_healthy_server_reports_health_and_is_not_replaced(serving: Host) -> None:
    calls = check(serving, *[UP] * 6)
    assert told(calls) == ["1"] * 6
    assert replacements(calls) == []


def test_a_server_that_is_down_for_five_minutes_requests_its_replacement(serving: Host) -> None:
    calls = check(serving, *[DOWN] * 5)
    assert told(calls) == ["0"] * 5
    assert replacements(calls) == [
        ["set-instance-health", "--health-status", "Unhealthy", "--instance-id", "i-0123456789abcdef0"]
    ]


def test_a_short_failure_does_not_replace_the_server(serving: Host) -> None:
    calls = check(serving, *[DOWN] * 4, UP, *[DOWN] * 4)
    assert told(calls) == [*["0"] * 4, "1", *["0"] * 4]
    assert replacements(calls) == []


@pytest.mark.parametrize("lost", ["mounted", "etc/vpn-server/ready"])
def test_a_server_without_its_file_system_or_configuration_is_unhealthy(serving: Host, lost: str) -> None:
    file = serving.root / lost
    kept = file.read_text()
    file.unlink()
    try:
        assert told(check(serving, UP)) == ["0"]
    finally:
        file.write_text(kept)


# Groups and the list of users.


def reach(people: Any, name: str) -> list[str]:
    return sorted(value for key, value in people[name].items() if key.startswith("access_"))


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
