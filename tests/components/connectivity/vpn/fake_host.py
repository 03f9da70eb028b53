"""A host of the VPN server in a temporary folder, with fake commands that only log their calls."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import Any, Final

from components.connectivity.vpn import access
from tests.components.connectivity.vpn.programs import APP, DATA, script

ACCESS: Final = access.plan({"engineers": ["app", "data"], "support": ["app"]}, {"app": APP, "data": DATA})
DRAWN: Final = "drawn-by-nobody"
"""Value of every secret."""

FAKE: Final = r"""#!/bin/bash
# Log the call, and print no more than the script needs.
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
      -I) echo "$rule" >>"$HOST/raw-rules" ;;
      -C) has raw-rules "$rule" ;;
      -D) has raw-rules "$rule" && { grep -vxF -- "$rule" "$HOST/raw-rules" >"$HOST/left"; mv "$HOST/left" "$HOST/raw-rules"; } ;;
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
COMMANDS: Final = (
    "aws",
    "curl",
    "iptables",
    "mount",
    "mount.efs",
    "mountpoint",
    "sleep",
    "snap",
    "systemctl",
)


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


def host_in(folder: Path) -> Host:
    """Return a host that has not booted, with its root and its file system in a folder."""
    return Host(folder / "host", folder / "state")


def booted_host(folder: Path) -> Host:
    """Return a host on which the boot script has run, with its root and its file system in a folder."""
    host = host_in(folder)
    host.boot()
    return host


def reach(people: Any, name: str) -> list[str]:
    """Return the rules of a group."""
    return sorted(value for key, value in people[name].items() if key.startswith("access_"))
