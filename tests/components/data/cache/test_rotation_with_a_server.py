"""Rotation with real clients of a real server: the URL in the secret signs in over TLS before, during and after rotations.

ElastiCache is a fake that sets the passwords of the user on the server, as AWS does.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.data.cache.rotate_cache_user import PASSWORD_LENGTH
from components.data.cache.users import access_string
from tests.components.data.cache.fake_aws import STEPS, FakeAws, rotate_once, run_step

USER = "cache-api-0a1b2c3d"
ADMIN = "aws"
ADMIN_PASSWORD = "administrator"  # noqa: S105


class Server:
    """A running server that accepts only TLS, and its command-line client."""

    def __init__(self, client: str, port: int, certificate: Path) -> None:
        self.port = port
        self._client = [client, "--no-auth-warning", "--cacert", str(certificate), "-u"]

    def run(self, url: str, *command: str) -> str:
        """Sign in by a URL, run a command and return the answer, or the error."""
        result = subprocess.run([*self._client, url, *command], capture_output=True, text=True, timeout=20)
        return f"{result.stderr}{result.stdout}".strip()

    def admin(self, *command: str) -> str:
        """Run a command as the administrator."""
        return self.run(f"rediss://{ADMIN}:{ADMIN_PASSWORD}@127.0.0.1:{self.port}/0", *command)

    @contextlib.contextmanager
    def session(self, url: str) -> Iterator[subprocess.Popen[str]]:
        """Sign in by a URL and keep the connection."""
        command = [*self._client, url]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as client:
            yield client
            if client.stdin:
                client.stdin.close()


class AwsWithServer(FakeAws):
    """A fake of ElastiCache that sets the passwords of the user on the server."""

    def __init__(self, server: Server) -> None:
        super().__init__(
            username=USER, password="f" * PASSWORD_LENGTH, host="127.0.0.1", port=str(server.port)
        )
        self.server = server
        self._set_passwords(self.passwords)

    @property
    def url(self) -> str:
        """The URL that a task gets if it starts now."""
        return self._url("AWSCURRENT")

    @property
    def next_url(self) -> str:
        """The URL that is not current yet."""
        return self._url("AWSPENDING")

    def modify_user(self, *, UserId: str, AuthenticationMode: dict[str, Any]) -> None:  # noqa: N803
        super().modify_user(UserId=UserId, AuthenticationMode=AuthenticationMode)
        self._set_passwords(AuthenticationMode["Passwords"])

    def _set_passwords(self, passwords: list[str]) -> None:
        rules = ["reset", *(f">{password}" for password in passwords), *access_string("api").split()]
        assert self.server.admin("ACL", "SETUSER", USER, *rules) == "OK"

    def _url(self, stage: str) -> str:
        [version] = [version for version, stages in self.stages.items() if stage in stages]
        return str(json.loads(self.values[version])["url"])


@pytest.fixture(scope="module", params=["valkey", "redis"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server whose default user cannot sign in."""
    engine = request.param
    program, client = shutil.which(f"{engine}-server"), shutil.which(f"{engine}-cli")
    if not (program and client and shutil.which("openssl")):
        pytest.skip(f"the server of {engine} is not installed (Debian: apt-get install {engine}-server)")
    folder = tmp_path_factory.mktemp(engine)
    key, certificate = folder / "server.key", folder / "server.crt"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-keyout", key, "-out", certificate,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    (folder / "server.conf").write_text(
        f"port 0\ntls-port {port}\nbind 127.0.0.1\ntls-cert-file {certificate}\ntls-key-file {key}\n"
        f'tls-auth-clients no\nsave ""\ndir {folder}\nuser default off -@all\n'
        f"user {ADMIN} on >{ADMIN_PASSWORD} allcommands\n"
    )
    process = subprocess.Popen([program, folder / "server.conf"], stdout=subprocess.DEVNULL)
    running = Server(client, port, certificate)
    try:
        for _ in range(100):
            if running.admin("PING") == "PONG":
                break
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def test_the_url_signs_in_as_the_user_of_the_service(server: Server) -> None:
    aws = AwsWithServer(server)
    assert server.run(aws.url, "SET", "api:greeting", "hello") == "OK"
    assert server.run(aws.url, "GET", "api:greeting") == "hello"
    assert server.run(aws.url, "SELECT", "0") == "OK"
    assert "NOPERM" in server.run(aws.url, "GET", "other:greeting")


def test_the_urls_before_and_after_a_rotation_sign_in_at_every_step(server: Server) -> None:
    aws = AwsWithServer(server)
    for number in (1, 2, 3):
        before = aws.url
        aws.begin(f"v{number}")
        for step in STEPS:
            run_step(aws, step, f"v{number}")
            # A task that starts between two steps reads the current URL.
            assert (server.run(aws.url, "PING"), server.run(before, "PING")) == ("PONG", "PONG")
            if step in ("setSecret", "testSecret"):
                assert server.run(aws.next_url, "PING") == "PONG"
        assert aws.url != before


def test_a_url_signs_in_until_the_second_rotation_after_a_task_has_read_it(server: Server) -> None:
    aws = AwsWithServer(server)
    first = aws.url
    rotate_once(aws, "v1")
    second = aws.url
    assert {server.run(url, "PING") for url in (first, second)} == {"PONG"}
    rotate_once(aws, "v2")
    assert "WRONGPASS" in server.run(first, "PING")
    assert {server.run(url, "PING") for url in (second, aws.url)} == {"PONG"}


def test_an_open_connection_survives_rotations(server: Server) -> None:
    aws = AwsWithServer(server)
    with server.session(aws.url) as client:
        assert client.stdin
        assert client.stdout
        for version in (None, "v1", "v2"):
            if version:
                rotate_once(aws, version)
            client.stdin.write("PING\n")
            assert client.stdout.readline() == "PONG\n"
