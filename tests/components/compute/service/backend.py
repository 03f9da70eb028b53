"""A small application and small clients for the test of the TLS proxy: HTTP/1.1, WebSockets and gRPC, on loopback only."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, WINDOW_UPDATE = 0, 1, 4, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1


@dataclass
class Seen:
    """What the application has received."""

    heads: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0
    body_bytes: int = 0
    digest: str = ""
    grpc: list[bytes] = field(default_factory=list[bytes])


class _Application(socketserver.StreamRequestHandler):
    @property
    def seen(self) -> Seen:
        assert isinstance(self.server, Application)
        return self.server.seen

    def handle(self) -> None:
        self.seen.connections += 1
        # HAProxy closes connections with a reset, so that no port is left in TIME_WAIT.
        with contextlib.suppress(ConnectionResetError):
            self._serve()

    def _serve(self) -> None:
        while line := self.rfile.readline():
            if line == PREFACE[:16]:
                self.rfile.read(len(PREFACE) - len(line))
                return self._grpc()
            head = line
            while (line := self.rfile.readline()) != b"\r\n":
                head += line
            self.seen.heads.append(head)
            path = head.split()[1]
            if path == b"/upload":
                self._upload(head)
            elif path == b"/websocket":
                return self._websocket()
            elif path == b"/events":
                self._events()
            else:
                if path == b"/slow":
                    time.sleep(1)
                self._answer(b"answer to " + path)
        return None

    def _answer(self, body: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-App: yes\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def _upload(self, head: bytes) -> None:
        self.seen.body_bytes, digest = 0, hashlib.sha256()
        for part in _body(self.rfile, head):
            self.seen.body_bytes += len(part)
            digest.update(part)
        self.seen.digest = digest.hexdigest()
        self._answer(b"stored")

    def _websocket(self) -> None:
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        )
        while part := self.connection.recv(65536):
            self.connection.sendall(part)

    def _events(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(2):
            self.wfile.write(b"8\r\nevent %d\n\r\n" % number)
            time.sleep(number == 0 and 1)
        self.wfile.write(b"0\r\n\r\n")

    def _grpc(self) -> None:
        """Answer each request with its own message and the trailer `grpc-status`."""
        self.wfile.write(frame(SETTINGS, 0, 0, b""))
        while received := read_frame(self.rfile):
            kind, flags, stream, payload = received
            if kind == SETTINGS and not flags & ACK:
                self.wfile.write(frame(SETTINGS, ACK, 0, b""))
            if kind == DATA:
                self.seen.grpc.append(payload)
            if kind == DATA and flags & END_STREAM:
                headers = b"\x88" + header(b"content-type", b"application/grpc")
                self.wfile.write(frame(HEADERS, END_HEADERS, stream, headers))
                self.wfile.write(frame(DATA, 0, stream, payload))
                trailers = header(b"grpc-status", b"0")
                self.wfile.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, trailers))


class Application(socketserver.ThreadingTCPServer):
    """The application on a free port of loopback."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Application)
        self.seen = Seen()
        self.port: int = self.server_address[1]

    @contextlib.contextmanager
    def running(self) -> Iterator[Application]:
        """Serve requests in a thread."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()


def _body(source: BinaryIO, head: bytes) -> Iterator[bytes]:
    """Yield the parts of a body with a length or in chunks."""
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
    while length is None or length:
        size = int(source.readline(), 16) if length is None else min(length, 65536)
        if size:
            yield source.read(size)
        if length is None:
            source.readline()
        if not size:
            return
        length = None if length is None else length - size


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame of HTTP/2 (https://www.rfc-editor.org/rfc/rfc9113#section-4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def read_frame(source: BinaryIO) -> tuple[int, int, int, bytes] | None:
    """Return type, flags, stream and payload of the next frame; None at the end."""
    head = source.read(9)
    if len(head) < 9:
        return None
    payload = source.read(int.from_bytes(head[:3], "big"))
    return head[3], head[4], int.from_bytes(head[5:], "big"), payload


def header(name: bytes, value: bytes) -> bytes:
    """Return a header field without compression (https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def tls(
    port: int, *, sni: str | None = None, alpn: str = "http/1.1", version: ssl.TLSVersion | None = None
) -> ssl.SSLSocket:
    """Connect by address, as the load balancer does: it verifies no certificate and may send no name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    if version is not None:
        context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20), server_hostname=sni)


def exchange(connection: ssl.SSLSocket, request: bytes) -> bytes:
    """Send a request and return the answer, whose body has a length."""
    connection.sendall(request)
    return read_answer(connection)


def read_answer(connection: ssl.SSLSocket) -> bytes:
    """Return one answer with its body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: ssl.SSLSocket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the proxy closed the connection")
    return part


def http2(connection: ssl.SSLSocket, *, headers: bytes, body: bytes) -> dict[int, list[bytes]]:
    """Send one request over HTTP/2 and return the payloads of the answer by type of frame."""
    last = 0 if body else END_STREAM
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0, b""))
    connection.sendall(frame(HEADERS, END_HEADERS | last, 1, headers))
    if body:
        connection.sendall(frame(DATA, END_STREAM, 1, body))
    answer: dict[int, list[bytes]] = {DATA: [], HEADERS: []}
    with connection.makefile("rb") as source:
        while received := read_frame(source):
            kind, flags, stream, payload = received
            if stream == 1 and kind in answer:
                answer[kind].append(payload)
                if flags & END_STREAM:
                    return answer
    raise ConnectionError("the proxy closed the connection before the end of the answer")


GET = b"\x82\x87"
"""`:method: GET` and `:scheme: https` of HTTP/2."""
POST = b"\x83\x87"
"""`:method: POST` and `:scheme: https` of HTTP/2."""


def target(path: bytes) -> bytes:
    """Return `:authority` and `:path` of HTTP/2."""
    return header(b":authority", b"app.example.org") + header(b":path", path)
