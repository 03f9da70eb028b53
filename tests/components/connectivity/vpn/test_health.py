"""The health check of the VPN server: its metric, and the replacement of a server that is down."""

from __future__ import annotations

import pytest

from tests.components.connectivity.vpn.fake_host import Host, booted_host

UP, DOWN = '"openvpn_0": "on"', '"openvpn_0": "off"'


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A booted host for tests of the health check."""
    return booted_host(tmp_path_factory.mktemp("serving"))


def check(host: Host, *statuses: str) -> list[list[str]]:
    """Run the health check once per status of Access Server; return the calls of the AWS CLI."""
    (host.root / "calls").unlink(missing_ok=True)
    (host.root / "run/vpn-health").unlink(missing_ok=True)
    for status in statuses:
        host.run("bash", str(host.root / "local/vpn-health"), STATUS=status)
    return [call[1:] for call in host.calls if call[0] == "aws"]


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
