"""The sidecar as a process: HAProxy with the command, the environment and the limits of the container definition."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.compute.service.sidecar import tls_sidecar
from components.shared.containers import Container, definitions
from facts import tls_proxy
from tests.components.compute.service.backend import Application

USER = 65532


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    process: subprocess.Popen[str]
    folder: Path
    """The `/tmp` of the container."""
    ports: tuple[int, int]
    """Its ports for the load balancer and for other services."""
    application: Application

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def memory_mib(self) -> int:
        """Memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmRSS:\s*(\d+) kB", status)
        assert match
        return int(match[1]) // 1024


def definition(ports: tuple[int, int]) -> dict[str, Any]:
    """Return the sidecar in the definition of a task, as ECS gets it."""
    text = definitions(
        Container(name="web", image="registry.example.org/web", cpu=256, memory_mib=512),
        log_group="web",
        region="us-east-1",
        stream="web",
        sidecars=[
            tls_sidecar(
                "registry.example.org/haproxy",
                {"app": ports[0], "mesh": ports[1]},
                health_host="portal.example.org",
            )
        ],
    )
    return json.loads(text)[1]


def free_ports(count: int) -> list[int]:
    """Return ports that no program listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [item.getsockname()[1] for item in sockets]


@contextlib.contextmanager
def running(folder: Path, application: Application) -> Iterator[Proxy]:
    """Run the command of the definition, as its user, with its environment and its limit of open files."""
    folder.mkdir(mode=0o700)
    as_root = os.geteuid() == 0
    if as_root:
        os.chown(folder, USER, USER)
    first, second = free_ports(2)
    container = definition((first, second))
    assert container["user"] == f"{USER}:{USER}"
    environment = {
        item["name"]: item["value"]
        .replace("/tmp/", f"{folder}/")  # noqa: S108
        .replace(f"127.0.0.1:{tls_proxy.APPLICATION_PORT}", f"127.0.0.1:{application.port}")
        for item in container["environment"]
    }
    program, options, script = container["command"]
    limit = f"--nofile={container['ulimits'][0]['hardLimit']}"
    process = subprocess.Popen(
        ["prlimit", limit, program, options, script.replace("cd /tmp;", f"cd {folder};")],
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        **({"user": USER, "group": USER, "extra_groups": []} if as_root else {}),
    )
    proxy = Proxy(process, folder, (first, second), application)
    try:
        wait(lambda: process.poll() is not None or accepts(second))
        assert process.poll() is None, process.communicate()[0]
        yield proxy
    finally:
        process.kill()
        process.communicate()


def accepts(port: int) -> bool:
    """Return whether a program accepts connections on a port."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def wait(is_done: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is done."""
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, "the proxy did not answer in time"
        time.sleep(0.05)
