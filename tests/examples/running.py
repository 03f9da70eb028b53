"""The sample application with real servers: PostgreSQL, Valkey or Redis, and the TLS proxy, as a stack configures them.

The processes of the application run as in a task: on a read-only file system, as user 65532, and without Linux capabilities,
where the tests may create such a process.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from components.compute.service.sidecar import tls_sidecar
from components.data import ApplicationIdentity
from components.data.cache.users import NOBODY, access_string, key_prefix
from components.data.database.rotation.function import url
from components.data.database.sql import scripts
from facts import tls_proxy
from tests import servers
from tests.components.data.database.conftest import runnable
from tests.repository import ROOT
from tests.servers import DATABASE, Server

EXAMPLE: Final = ROOT / "examples" / "appointments"
APP: Final = ApplicationIdentity(name="ehr", sign_in="password", connection_limit=20)
USER: Final = 65532
CACHE_USER: Final = "cache-ehr"
CACHE_PASSWORD: Final = "password-of-the-cache"  # noqa: S105
ADMIN: Final = "admin"
TOKEN: Final = "token-of-the-front-desk"  # noqa: S105
STAFF: Final = "front-desk"

_CONTAINED: Final = """
mount --make-rprivate /
if test -n "{private}"; then
    mount --bind "{python}" /mnt
    mount -t tmpfs -o mode=755 tmpfs "{private}"
    mkdir -p "{python}"
    mount --bind /mnt "{python}"
fi
mount -o remount,bind,ro /
exec setpriv --reuid {user} --regid {user} --clear-groups --bounding-set=-all --inh-caps=-all "$@"
"""
"""Runs its arguments as ECS does, but without a writable `/tmp`: the application needs none.

If Python is in a folder of root that the user cannot read, only the folder of Python is visible there.
"""


def missing() -> str | None:
    """Return what is not installed; None if everything is."""
    if not EXAMPLE.is_dir():
        return "examples/appointments has been deleted"
    if libraries := [name for name in ("aiohttp", "psycopg", "psycopg_pool", "redis") if not _has(name)]:
        return f"libraries of the application are not installed: {', '.join(libraries)}"
    if _postgresql() is None:
        return "PostgreSQL is not installed: see tests/servers.py"
    if _cache_program() is None:
        return "neither Valkey nor Redis 7 is installed (Debian: apt-get install redis-server)"
    if programs := [name for name in ("haproxy", "openssl") if not shutil.which(name)]:
        return f"not installed: {', '.join(programs)}"
    return None


def _has(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def _postgresql() -> Path | None:
    """Return the programs of the version that dev has, or of another one."""
    folders = (servers.postgresql_folder(major) for major in (17, *servers.POSTGRESQL))
    return next(filter(None, folders), None)


def _cache_program() -> str | None:
    return shutil.which("valkey-server") or shutil.which("redis-server")


@functools.cache
def _containment() -> list[str]:
    """Return the start of a command line that contains a process; nothing where that is not possible."""
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return []
    python = Path(sys.base_prefix)
    private = next((path for path in reversed(python.parents) if not path.stat().st_mode & 0o001), "")
    script = _CONTAINED.format(user=USER, python=python, private=private)
    command = ["unshare", "--mount", "sh", "-ec", script, "sh"]
    attempt = subprocess.run(
        [*command, sys.executable, "-c", "import aiohttp, psycopg, redis.asyncio"],
        cwd=EXAMPLE,
        capture_output=True,
    )
    return [] if attempt.returncode else command


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of the application."""

    popen: subprocess.Popen[bytes]
    output: Path

    @property
    def is_contained(self) -> bool:
        return bool(_containment())

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its log lines, of which each is a JSON object."""
        return [json.loads(line) for line in self.text.splitlines()]

    def wait_for(self, message: str) -> None:
        """Wait until it has logged a message."""
        wait(lambda: self.popen.poll() is not None or message in self.text)
        assert message in self.text, self.text

    def terminate(self) -> None:
        self.popen.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait for its end, and return the exit code."""
        return self.popen.wait(60)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The servers of a stack, in which the application has been released."""

    server: Server
    cache_port: int
    folder: Path
    processes: list[Process] = field(default_factory=list[Process])

    def environment(self, login: str = "ehr_1") -> dict[str, str]:
        """Return the variables that a stack sets, with the current password of a login."""
        password = f"password-of-{login}"
        database = {
            "engine": "postgres",
            "host": "127.0.0.1",
            "port": str(self.server.port),
            "dbname": DATABASE,
            "username": login,
            "password": password,
        }
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": url(database),
            "PGSSLROOTCERT": str(self.folder / "database.crt"),
            "REDIS_URL": f"rediss://{CACHE_USER}:{CACHE_PASSWORD}@127.0.0.1:{self.cache_port}",
            "SSL_CERT_FILE": str(self.folder / "cache.crt"),
            "CACHE_PREFIX": key_prefix(APP.name),
        }

    def start(self, *arguments: str, **environment: str | None) -> Process:
        """Start a process of the application; a variable with None is not set."""
        variables = {**self.environment(), **environment}
        descriptor, name = tempfile.mkstemp(suffix=".log", dir=self.folder)
        with open(descriptor, "wb") as file:
            popen = subprocess.Popen(
                [*_containment(), sys.executable, *arguments],
                cwd=EXAMPLE,
                env={name: value for name, value in variables.items() if value is not None},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        process = Process(popen=popen, output=Path(name))
        self.processes.append(process)
        return process

    def run(self, *arguments: str, **environment: str | None) -> Process:
        """Run a process of the application to its end."""
        process = self.start(*arguments, **environment)
        process.ended()
        return process

    @contextlib.contextmanager
    def web(self) -> Iterator[tuple[Process, int]]:
        """Run `web` behind the proxy, and yield it with the port of the proxy."""
        plain, secure = free_ports(2)
        with self.running("-m", "appointments.web", PORT=str(plain)) as process:
            process.wait_for("web started")
            with self._proxy(secure, plain):
                yield process, secure

    @contextlib.contextmanager
    def running(self, *arguments: str, **environment: str) -> Iterator[Process]:
        """Run a process during a `with` block."""
        process = self.start(*arguments, **environment)
        try:
            yield process
        finally:
            process.popen.kill()
            process.popen.wait()

    @contextlib.contextmanager
    def _proxy(self, port: int, plain: int) -> Iterator[None]:
        container = tls_sidecar("haproxy", {"app": port})
        folder = self.folder / f"proxy-{port}"
        folder.mkdir()
        environment = {
            name: value.replace("/tmp/", f"{folder}/").replace(  # noqa: S108
                f"127.0.0.1:{tls_proxy.APPLICATION_PORT}", f"127.0.0.1:{plain}"
            )
            for name, value in container.environment.items()
        }
        program, options, script = container.command
        command = [program, options, script.replace("cd /tmp;", f"cd {folder};")]
        popen = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait(lambda: popen.poll() is not None or accepts(port))
            assert popen.poll() is None
            yield
        finally:
            popen.kill()
            popen.wait()

    def query(self, *statements: str) -> list[list[str | None]]:
        """Run statements as the owner of the schema, and return the rows of the last one."""
        owner = (f'SET ROLE "{APP.name}"', f'SET search_path = "{APP.name}"')
        return self.server.query(self.server.administrator, *owner, *statements)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the table of the application, so that statements wait until the end of a `with` block."""
        with self.server.session(self.server.administrator) as session:
            session.query(f'SET ROLE "{APP.name}"')
            session.query(f'BEGIN; LOCK TABLE "{APP.name}".appointments')
            yield
            session.query("COMMIT")

    def waits(self) -> bool:
        """Return whether a statement of the application waits for a lock."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'ehr%' AND wait_event_type = 'Lock'"
        )
        return self.server.query(self.server.superuser, waiting) != [["0"]]

    def cache(self) -> Any:
        """Return a client of the cache with all rights."""
        import redis

        return redis.Redis(
            port=self.cache_port,
            host="127.0.0.1",
            username=ADMIN,
            password=CACHE_PASSWORD,
            ssl=True,
            ssl_ca_certs=str(self.folder / "cache.crt"),
            decode_responses=True,
        )


@contextlib.contextmanager
def stack() -> Iterator[Stack]:
    """Start the servers, create the users as a stack does, and release the application."""
    programs = _postgresql()
    assert programs
    with contextlib.ExitStack() as context:
        folder, data = context.enter_context(_folder()), context.enter_context(_folder())
        cache_port = context.enter_context(_cache(folder))
        server = context.enter_context(servers.postgresql(programs, data))
        shutil.copy(data / "data" / "server.crt", folder / "database.crt")
        (folder / "database.crt").chmod(0o644)
        for script in scripts("postgres", DATABASE, [APP]):
            server.query(server.administrator, runnable(script))
        for login in APP.logins:
            server.query(server.administrator, f"ALTER ROLE \"{login}\" PASSWORD 'password-of-{login}'")
        result = Stack(server=server, cache_port=cache_port, folder=folder)
        try:
            # Two releases at once: one waits for the other, and only one applies the migrations.
            for release in [result.start("-m", "appointments.migrate") for _ in range(2)]:
                assert release.ended() == 0, release.text
            digest = hashlib.sha256(TOKEN.encode()).hexdigest()
            granted = result.run("-m", "appointments.staff", STAFF, digest)
            assert granted.ended() == 0, granted.text
            yield result
        finally:
            for process in result.processes:
                process.popen.kill()
                process.popen.wait()


@contextlib.contextmanager
def _cache(folder: Path) -> Iterator[int]:
    """Start a cache with TLS and the users of a stack."""
    [port] = free_ports(1)
    certificate, key = folder / "cache.crt", folder / "cache.key"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=cache", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    settings = [
        "port 0",
        f"tls-port {port}",
        "bind 127.0.0.1",
        f"tls-cert-file {certificate}",
        f"tls-key-file {key}",
        "tls-auth-clients no",
        'save ""',
        f"user default {NOBODY}",
        f"user {CACHE_USER} {access_string(APP.name)} >{CACHE_PASSWORD}",
        f"user {ADMIN} on ~* &* +@all >{CACHE_PASSWORD}",
    ]
    (folder / "cache.conf").write_text("\n".join(settings))
    program = _cache_program()
    assert program
    popen = subprocess.Popen([program, folder / "cache.conf"], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait(lambda: popen.poll() is not None or accepts(port))
        assert popen.poll() is None
        yield port
    finally:
        popen.kill()
        popen.wait()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Create a folder that another user of the machine can read."""
    with tempfile.TemporaryDirectory(prefix="example-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def unverified() -> ssl.SSLContext:
    """Return the TLS settings of the load balancer, which does not verify the certificates of tasks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [item.getsockname()[1] for item in sockets]


def accepts(port: int) -> bool:
    """Return whether something listens on a port."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def wait(is_done: Callable[[], object], seconds: float = 60) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, "the condition did not hold in time"
        time.sleep(0.02)
