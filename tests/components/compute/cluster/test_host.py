"""The boot script of an instance, run in a temporary folder, and the check of the ECS agent that it installs."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from components.compute.cluster.fleet import user_data

FAKE = """#!/bin/bash
echo "${0##*/} $*" >>"$HOST/calls"
[[ ! -e $HOST/broken-${0##*/} ]]
"""


class Host:
    """A folder in place of the root of an instance, with fake commands that log their calls."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("bin", "etc/ecs", "etc/systemd/system", "sbin", "run"):
            (root / folder).mkdir(parents=True)
        for name in ("curl", "docker", "systemctl"):
            (root / "bin" / name).write_text(FAKE)
            (root / "bin" / name).chmod(0o755)
        (root / "user-data").write_bytes(base64.b64decode(user_data("app-0123456")))
        self.run("bash", str(root / "user-data"))

    def run(self, *command: str) -> None:
        root = self.root
        environment = {
            "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOST": str(root),
            "ETC": str(root / "etc"),
            "LOCAL": str(root / "sbin"),
            "RUN": str(root / "run"),
        }
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    def check(self, times: int = 1) -> None:
        """Run what the systemd timer starts."""
        unit = (self.root / "etc/systemd/system/check-ecs-agent.service").read_text()
        [program] = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("ExecStart=")]
        for _ in range(times):
            self.run(program)

    def is_broken(self, command: str, broken: bool) -> None:
        marker = self.root / f"broken-{command}"
        marker.touch() if broken else marker.unlink()

    @property
    def has_shut_down(self) -> bool:
        return "systemctl poweroff" in (self.root / "calls").read_text().splitlines()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """An instance that has booted."""
    return Host(tmp_path / "host")


def test_the_boot_script_configures_the_agent_and_starts_its_check(host: Host) -> None:
    assert "ECS_CLUSTER=app-0123456\n" in (host.root / "etc/ecs/ecs.config").read_text()
    assert (host.root / "calls").read_text().splitlines() == [
        "systemctl daemon-reload",
        "systemctl enable --now check-ecs-agent.timer",
    ]


def test_a_host_whose_agent_answers_keeps_running(host: Host) -> None:
    host.check(30)
    assert not host.has_shut_down
    calls = (host.root / "calls").read_text()
    assert "docker ps --quiet" in calls
    assert "http://localhost:51678/v1/metadata" in calls


@pytest.mark.parametrize("command", ["curl", "docker"])
def test_a_host_shuts_down_after_ten_failures_in_a_row(host: Host, command: str) -> None:
    host.is_broken(command, True)
    host.check(9)
    assert not host.has_shut_down
    host.check()
    assert host.has_shut_down


def test_an_agent_that_restarts_does_not_shut_its_host_down(host: Host) -> None:
    for _ in range(3):
        host.is_broken("curl", True)
        host.check(9)
        host.is_broken("curl", False)
        host.check()
    assert not host.has_shut_down


@pytest.mark.parametrize("unit", ["check-ecs-agent.service", "check-ecs-agent.timer"])
def test_the_units_are_valid(host: Host, unit: str) -> None:
    sections = [line for line in (host.root / "etc/systemd/system" / unit).read_text().splitlines() if line]
    assert sections[0] == "[Unit]"
    assert all(line.startswith("[") or "=" in line for line in sections)
