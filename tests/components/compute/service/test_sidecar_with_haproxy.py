"""The sidecar with the real proxy: the command of the container definition runs HAProxy, and clients use it over TLS.

The command runs as in the task, except that the ports are others, and that `/tmp` is another folder where the root file system
is not read-only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facts import tls_proxy
from tests.components.compute.service.backend import (
    DATA,
    GET,
    HEADERS,
    POST,
    Application,
    exchange,
    header,
    http2,
    read_answer,
    target,
    tls,
)
from tests.components.compute.service.haproxy import (
    USER,
    Proxy,
    accepts,
    definition,
    free_ports,
    running,
    wait,
)

pytestmark = pytest.mark.skipif(
    not all(shutil.which(program) for program in ("haproxy", "openssl", "prlimit")),
    reason="HAProxy, OpenSSL or util-linux is not installed (Debian: apt-get install haproxy openssl)",
)

UPLOAD = 64 * 1024 * 1024
FORWARDED = b"X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("sidecar")
    for parent in (folder, *folder.parents):
        # The user of the container must reach its folder.
        with contextlib.suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o011)
    with Application().running() as application, running(folder / "tmp", application) as proxy:
        yield proxy


_CONTAINED = """
mount --make-rprivate /
mount -o remount,bind,ro /
mount -t tmpfs -o rw,noexec,nosuid,nodev,size={tmpfs_mib}m,uid={user},gid={user} tmpfs /tmp
cd /
exec setpriv --reuid {user} --regid {user} --clear-groups --bounding-set -all --inh-caps -all sh -ec "$0"
"""
"""Runs its argument as ECS does: a read-only root file system, a tmpfs, another user, and no capabilities."""


def _may_mount() -> bool:
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="only root may make the root file system read-only")
def test_the_proxy_starts_on_a_read_only_file_system_without_capabilities(proxy: Proxy) -> None:
    first, second = free_ports(2)
    container = definition((first, second))
    [mount] = [
        item
        for item in container["linuxParameters"]["tmpfs"]
        if item["containerPath"] == "/tmp"  # noqa: S108
    ]
    contain = _CONTAINED.format(user=USER, tmpfs_mib=mount["size"])
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-ec", contain, container["command"][-1]],
        env={
            "PATH": os.environ["PATH"],
            **{
                item["name"]: item["value"].replace(
                    f"127.0.0.1:{tls_proxy.APPLICATION_PORT}", f"127.0.0.1:{proxy.application.port}"
                )
                for item in container["environment"]
            },
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait(lambda: process.poll() is not None or accepts(second))
        assert process.poll() is None, process.communicate()[0]
        with tls(first) as connection:
            answer = exchange(connection, b"GET /contained HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.endswith(b"answer to /contained")
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.findall(r"Cap(?:Prm|Eff|Bnd):\s*(\w+)", status) == ["0" * 16] * 3
        assert re.findall(r"Uid:\s*(\d+)", status) == [str(USER)]
    finally:
        process.kill()
        process.communicate()


def certificate(port: int, **options: Any) -> bytes:
    with tls(port, **options) as connection:
        presented = connection.getpeercert(binary_form=True)
    assert presented
    return presented


@pytest.mark.parametrize("sni", [None, "app.example.org", "127.0.0.1"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_handshake_succeeds_with_and_without_a_name(
    proxy: Proxy, sni: str | None, version: ssl.TLSVersion
) -> None:
    for port in proxy.ports:
        assert certificate(port, sni=sni, version=version)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_tls_1_1_is_refused(proxy: Proxy) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol|alert"):
        tls(proxy.port, version=ssl.TLSVersion.TLSv1_1)


def test_plain_http_is_refused(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert not connection.recv(100).startswith(b"HTTP")


def test_each_start_makes_a_key_that_only_its_user_can_read(proxy: Proxy, tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    for parent in tmp_path.parents:
        with contextlib.suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o011)
    with running(tmp_path / "tmp", proxy.application) as other:
        assert certificate(other.port) != certificate(proxy.port)
    assert {item.name: item.stat().st_mode & 0o077 for item in proxy.folder.iterdir()} == {
        "haproxy.cfg": 0,
        "tls.pem": 0,
        "tls.pem.key": 0,
    }


def test_requests_reach_the_application_unchanged(proxy: Proxy) -> None:
    with tls(proxy.port) as connection:
        answer = exchange(
            connection, b"GET /patients?page=2 HTTP/1.1\r\nHost: app.example.org\r\n" + FORWARDED + b"\r\n"
        )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"answer to /patients?page=2")
    head = proxy.application.seen.heads[-1].lower()
    assert head.startswith(b"get /patients?page=2 http/1.1\r\nhost: app.example.org\r\n")
    assert sorted(re.findall(rb"x-forwarded[^\r]*", head)) == sorted(FORWARDED.lower().strip().split(b"\r\n"))


def test_requests_on_one_connection_use_separate_connections_to_the_application(proxy: Proxy) -> None:
    before = proxy.application.seen.connections
    with tls(proxy.port) as connection:
        for number in range(3):
            path = f"/{number}".encode()
            assert exchange(connection, b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path).endswith(path)
    assert proxy.application.seen.connections == before + 3


def test_websockets_work_in_both_directions(proxy: Proxy) -> None:
    upgrade = (
        b"GET /websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with tls(proxy.port) as connection, connection.makefile("rb") as source:
        connection.sendall(upgrade)
        assert source.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
        while source.readline() != b"\r\n":
            pass
        for message in (b"\x81\x05hello", b"\x82\x7e\x80\x00" + bytes(32768)):
            connection.sendall(message)
            assert source.read(len(message)) == message


def test_answers_are_streamed(proxy: Proxy) -> None:
    with tls(proxy.port) as connection, connection.makefile("rb") as source:
        connection.sendall(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        times: list[float] = []
        while len(times) < 2:
            if b"event" in source.readline():
                times.append(time.monotonic())
    assert times[1] - times[0] > 0.5


def test_http_2_reaches_the_application_as_http_1(proxy: Proxy) -> None:
    with tls(proxy.port, alpn="h2") as connection:
        assert connection.selected_alpn_protocol() == "h2"
        answer = http2(
            connection, headers=GET + target(b"/two") + header(b"x-forwarded-for", b"203.0.113.7"), body=b""
        )
    assert answer[HEADERS][0][:1] == b"\x88"
    assert b"".join(answer[DATA]) == b"answer to /two"
    head = proxy.application.seen.heads[-1].lower()
    assert head.startswith(b"get /two http/1.1\r\n")
    assert b"x-forwarded-for: 203.0.113.7\r\n" in head


HEALTH_CHECK = b"User-Agent: ELB-HealthChecker/2.0\r\n"


def test_a_health_check_reaches_the_application_as_a_request_over_https_for_its_host(proxy: Proxy) -> None:
    with tls(proxy.port) as connection:
        request = (
            b"GET /healthz HTTP/1.1\r\nHost: 10.0.3.7:8443\r\nConnection: close\r\n%s\r\n" % HEALTH_CHECK
        )
        assert exchange(connection, request).startswith(b"HTTP/1.1 200")
    head = proxy.application.seen.heads[-1].lower().split(b"\r\n")
    assert {b"host: portal.example.org", b"x-forwarded-proto: https"} <= set(head)
    assert b"10.0.3.7" not in b"".join(head)


def test_a_health_check_over_http_2_gets_the_host_too(proxy: Proxy) -> None:
    agent = header(b"user-agent", b"ELB-HealthChecker/2.0")
    with tls(proxy.port, alpn="h2") as connection:
        answer = http2(connection, headers=GET + target(b"/healthz") + agent, body=b"")
    assert answer[HEADERS][0][:1] == b"\x88"
    assert b"host: portal.example.org\r\n" in proxy.application.seen.heads[-1].lower()


def test_a_grpc_health_check_is_answered(proxy: Proxy) -> None:
    empty = b"\x00" * 5
    headers = (
        POST
        + target(b"/grpc.health.v1.Health/Check")
        + header(b"content-type", b"application/grpc")
        + header(b"user-agent", b"ELB-HealthChecker/2.0")
    )
    with tls(proxy.port, alpn="h2") as connection:
        answer = http2(connection, headers=headers, body=empty)
    assert b"grpc-status" in answer[HEADERS][-1]


def test_grpc_reaches_the_application_as_http_2_with_its_trailers(proxy: Proxy) -> None:
    message = b"\x00\x00\x00\x00\x02\x08\x2a"
    headers = (
        POST
        + target(b"/ward.Rounds/Next")
        + header(b"content-type", b"application/grpc+proto")
        + header(b"te", b"trailers")
    )
    for port in proxy.ports:
        with tls(port, alpn="h2") as connection:
            answer = http2(connection, headers=headers, body=message)
        assert answer[DATA] == [message]
        assert answer[HEADERS][0][:1] == b"\x88"
        assert b"grpc-status" in answer[HEADERS][-1]
    assert proxy.application.seen.grpc[-2:] == [message, message]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_upload_is_streamed_through_little_memory(proxy: Proxy, chunked: bool) -> None:
    part = os.urandom(1024 * 1024)
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % UPLOAD
    seen, before, highest = proxy.application.seen, proxy.memory_mib, 0
    seen.digest = ""
    with tls(proxy.port) as connection:
        connection.sendall(b"POST /upload HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n" % framing)
        for number in range(UPLOAD // len(part)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            highest = max(highest, proxy.memory_mib)
            if number == 15:
                # The application gets the first parts while the client has not sent the others.
                wait(lambda: seen.body_bytes > 12 * len(part))
        if chunked:
            connection.sendall(b"0\r\n\r\n")
        assert read_answer(connection).endswith(b"stored")
    assert (seen.body_bytes, seen.digest) == (
        UPLOAD,
        hashlib.sha256(part * (UPLOAD // len(part))).hexdigest(),
    )
    assert highest - before < 8
    assert highest < tls_proxy.MIB / 2
    assert {item.name for item in proxy.folder.iterdir()} == {"haproxy.cfg", "tls.pem", "tls.pem.key"}


def test_headers_of_the_load_balancers_usual_size_are_accepted(proxy: Proxy) -> None:
    cookie = b"Cookie: session=" + b"c" * 12_000
    with tls(proxy.port) as connection:
        answer = exchange(connection, b"GET / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n" % cookie)
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_stopping_proxy_completes_open_requests_and_logs_no_path(proxy: Proxy, tmp_path: Path) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        with contextlib.suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o011)
    with (
        Application().running() as application,
        running(tmp_path / "tmp", application) as stopping,
        tls(stopping.port) as connection,
        tls(stopping.port) as failing,
    ):
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        wait(lambda: bool(application.seen.heads))
        application.shutdown()
        application.socket.close()
        answer = exchange(failing, b"GET /patients/jane-doe HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 503")
        # The signal of the image: STOPSIGNAL SIGUSR1.
        stopping.process.send_signal(signal.SIGUSR1)
        assert read_answer(connection).endswith(b"answer to /slow")
        output, _ = stopping.process.communicate(timeout=20)
        assert stopping.process.returncode == 0
    assert "status 503" in output
    assert "jane-doe" not in output


def test_the_proxy_holds_its_connections_in_its_memory(proxy: Proxy) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(tls(proxy.port))
        assert proxy.memory_mib < tls_proxy.MIB / 2
