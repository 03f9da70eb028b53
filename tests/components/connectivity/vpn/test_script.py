"""The first boot of the VPN server, on a host with fake commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.connectivity.vpn.host import USER_DATA
from tests.components.connectivity.vpn.fake_host import DRAWN, Host, booted_host, reach
from tests.components.connectivity.vpn.programs import script
from tests.harness import SCRIPT_CHECKS, assert_script_passes


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A booted host for tests that do not change it."""
    return booted_host(tmp_path_factory.mktemp("once"))


@pytest.mark.parametrize("check", SCRIPT_CHECKS)
@pytest.mark.parametrize("source", ["template", "rendered"])
def test_the_script_passes_bash_and_shellcheck(check: str, source: str, tmp_path: Path) -> None:
    path = tmp_path / "server.sh"
    path.write_text(script() if source == "rendered" else USER_DATA.read_text())
    assert_script_passes(check, path)


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
    assert (once.root / "raw-rules").read_text() == ""


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
    lease = (once.root / "etc/systemd/system/vpn-lock.service").read_text()
    assert f"flock --exclusive {once.state}/lock" in lease


def test_the_script_is_idempotent(booted: Host) -> None:
    before = (booted.root / "etc/fstab").read_text(), booted.people
    booted.forget()
    booted.boot()
    assert ((booted.root / "etc/fstab").read_text(), booted.people) == before
    assert not [call for call in booted.calls if call[0] in ("ovpn-init", "mount")]
    assert (booted.root / "raw-rules").read_text() == ""


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
    assert (host.root / "raw-rules").read_text() != ""


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
