"""A minimal client of MySQL: TLS, `caching_sha2_password`, `mysql_native_password` and text queries.

https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
"""

from __future__ import annotations

import hashlib
import socket
import struct
from contextlib import suppress

from components.data.database.rotation.connection import (
    DatabaseError,
    Login,
    Row,
    connect,
    encrypted,
    read,
)

_CONNECT_WITH_DB, _PROTOCOL_41, _SSL, _TRANSACTIONS = 1 << 3, 1 << 9, 1 << 11, 1 << 13
_SECURE_CONNECTION, _MULTI_STATEMENTS, _MULTI_RESULTS, _PLUGIN_AUTH = 1 << 15, 1 << 16, 1 << 17, 1 << 19
_CAPABILITIES = (
    _CONNECT_WITH_DB | _PROTOCOL_41 | _SSL | _TRANSACTIONS | _SECURE_CONNECTION | _PLUGIN_AUTH
    | _MULTI_STATEMENTS | _MULTI_RESULTS
)  # fmt: skip
_LONGEST_PACKET = 1 << 24
_UTF8MB4 = 45
_MORE_RESULTS = 1 << 3


class MySQL:
    """A session with MySQL.

    Raises:
        DatabaseError: The database refuses the sign-in.
        OSError: The database cannot be reached, or does not offer TLS.
    """

    def __init__(self, login: Login) -> None:
        plain = connect(login.host, login.port)
        self._socket: socket.socket = plain
        self._sequence = 0
        try:
            self._sign_in(login, plain)
        except BaseException:
            self._socket.close()
            raise

    def query(self, statement: str) -> list[Row]:
        """Run statements and return the rows of all of them.

        Raises:
            DatabaseError: A statement failed; the later ones did not run.
        """
        self._sequence = 0
        self._send(b"\x03" + statement.encode())
        rows: list[Row] = []
        while True:
            packet = self._receive()
            if packet[:1] == b"\0":  # no rows: affected rows, last id, status
                _, position = _length(packet, 1)
                _, position = _length(packet, position)
                (status,) = struct.unpack_from("<H", packet, position)
            else:
                columns, _ = _length(packet, 0)
                for _ in range(columns + 1):  # descriptions of the columns, and the end of them
                    self._receive()
                while not _is_end(packet := self._receive()):
                    rows.append(_row(packet, columns))
                (status,) = struct.unpack_from("<H", packet, 3)
            if not status & _MORE_RESULTS:
                return rows

    def close(self) -> None:
        """End the session."""
        with suppress(OSError):
            self._sequence = 0
            self._send(b"\x01")
        self._socket.close()

    def _sign_in(self, login: Login, plain: socket.socket) -> None:
        greeting = self._receive()
        rest = greeting.index(b"\0", 1) + 1 + 4
        (low,) = struct.unpack_from("<H", greeting, rest + 9)
        (high,) = struct.unpack_from("<H", greeting, rest + 14)
        if not (low | high << 16) & _SSL:
            raise ConnectionError("the database does not offer TLS")
        nonce = greeting[rest : rest + 8] + greeting[rest + 27 : rest + 39]
        plugin = greeting[rest + 40 :].split(b"\0")[0]
        start = struct.pack("<IIB23x", _CAPABILITIES, _LONGEST_PACKET, _UTF8MB4)
        self._send(start)
        self._socket = encrypted(plain, login.host)
        answer = _scrambled(plugin, login.password, nonce)
        self._send(
            start
            + login.user.encode()
            + b"\0"
            + bytes([len(answer)])
            + answer
            + login.database.encode()
            + b"\0"
            + plugin
            + b"\0"
        )
        while (packet := self._receive())[:1] != b"\0":
            if packet[:1] == b"\xfe":
                plugin, _, nonce = packet[1:].partition(b"\0")
                self._send(_scrambled(plugin, login.password, nonce[:20]))
            elif packet == b"\x01\x04":  # the server has no cached hash, so it needs the password, over TLS
                self._send(login.password.encode() + b"\0")
            elif packet != b"\x01\x03":
                raise ConnectionError("the database asks for an unknown kind of authentication")

    def _send(self, body: bytes) -> None:
        self._socket.sendall(struct.pack("<I", len(body))[:3] + bytes([self._sequence % 256]) + body)
        self._sequence += 1

    def _receive(self) -> bytes:
        header = read(self._socket, 4)
        self._sequence = header[3] + 1
        body = read(self._socket, int.from_bytes(header[:3], "little"))
        if body[:1] == b"\xff":
            (number,) = struct.unpack_from("<H", body, 1)
            text = body[9:] if body[3:4] == b"#" else body[3:]
            raise DatabaseError(str(number), text.decode(errors="replace"))
        return body


def _scrambled(plugin: bytes, password: str, nonce: bytes) -> bytes:
    secret = password.encode()
    if plugin == b"caching_sha2_password":
        once = hashlib.sha256(secret).digest()
        other = hashlib.sha256(hashlib.sha256(once).digest() + nonce).digest()
    elif plugin == b"mysql_native_password":
        once = hashlib.sha1(secret).digest()  # noqa: S324  # the protocol prescribes it
        other = hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest()  # noqa: S324
    else:
        # The server names its own default first, and then the plugin of the user.
        return b""
    return bytes(left ^ right for left, right in zip(once, other, strict=True))


def _length(packet: bytes, position: int) -> tuple[int, int]:
    """Return a number of variable length, and the position after it."""
    first = packet[position]
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
    if size is None:
        return first, position + 1
    return int.from_bytes(packet[position + 1 : position + 1 + size], "little"), position + 1 + size


def _is_end(packet: bytes) -> bool:
    return packet[:1] == b"\xfe" and len(packet) < 9


def _row(packet: bytes, columns: int) -> Row:
    row: Row = []
    position = 0
    for _ in range(columns):
        if packet[position] == 0xFB:
            row.append(None)
            position += 1
        else:
            length, position = _length(packet, position)
            row.append(packet[position : position + length].decode(errors="replace"))
            position += length
    return row
