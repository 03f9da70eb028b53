"""A minimal client of PostgreSQL: TLS, SCRAM-SHA-256 and the simple query protocol.

https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from components.data.database.rotation import scram
from components.data.database.rotation.connection import (
    DatabaseError,
    Login,
    Row,
    connect,
    encrypted,
    read,
)

_VERSION = 3 << 16
_TLS_REQUEST = 80877103


class PostgreSQL:
    """A session with PostgreSQL.

    Raises:
        DatabaseError: The database refuses the sign-in.
        OSError: The database cannot be reached, or does not offer TLS and SCRAM-SHA-256.
    """

    def __init__(self, login: Login) -> None:
        plain = connect(login.host, login.port)
        self._socket: socket.socket = plain
        try:
            plain.sendall(struct.pack("!ii", 8, _TLS_REQUEST))
            if read(plain, 1) != b"S":
                raise ConnectionError("the database does not offer TLS")
            secure = encrypted(plain, login.host)
            self._socket = secure
            self._sign_in(login, secure.getpeercert(binary_form=True))
        except BaseException:
            self._socket.close()
            raise

    def query(self, statement: str) -> list[Row]:
        """Run statements, in one transaction, and return the rows of all of them.

        Raises:
            DatabaseError: A statement failed.
        """
        self._send(b"Q", statement.encode() + b"\0")
        rows: list[Row] = []
        error: DatabaseError | None = None
        while True:
            kind, body = self._receive()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                error = _error(body)
                if error.code.startswith("57P"):  # the server ends the session
                    raise error
            elif kind == b"Z":
                break
        if error:
            raise error
        return rows

    def close(self) -> None:
        """End the session."""
        with suppress(OSError):
            self._send(b"X", b"")
        self._socket.close()

    def _sign_in(self, login: Login, certificate: bytes | None) -> None:
        parameters = b"".join(
            part.encode() + b"\0" for part in ("user", login.user, "database", login.database)
        )
        start = struct.pack("!i", _VERSION) + parameters + b"\0"
        self._socket.sendall(struct.pack("!i", len(start) + 4) + start)
        exchange: scram.Exchange | None = None
        while True:
            kind, body = self._receive()
            if kind == b"E":
                raise _error(body)
            if kind == b"Z":
                return
            if kind != b"R":
                continue
            method, data = struct.unpack("!i", body[:4])[0], body[4:]
            if method == 10:
                mechanisms = data.rstrip(b"\0").decode().split("\0")
                exchange = scram.Exchange(login.password, mechanisms, certificate)
                first = exchange.first
                self._send(b"p", exchange.mechanism.encode() + b"\0" + struct.pack("!i", len(first)) + first)
            elif method == 11 and exchange:
                self._send(b"p", exchange.final(data))
            elif method == 12 and exchange:
                exchange.verify(data)
            elif method:
                raise ConnectionError("the database must authenticate this user by SCRAM-SHA-256")

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _receive(self) -> tuple[bytes, bytes]:
        kind, length = struct.unpack("!ci", read(self._socket, 5))
        return kind, read(self._socket, length - 4)


def _row(body: bytes) -> Row:
    row: Row = []
    position = 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        (length,) = struct.unpack_from("!i", body, position)
        position += 4
        row.append(None if length < 0 else body[position : position + length].decode())
        position += max(length, 0)
    return row


def _error(body: bytes) -> DatabaseError:
    fields = {chr(item[0]): item[1:].decode(errors="replace") for item in body.split(b"\0") if item}
    return DatabaseError(fields.get("C", "?"), fields.get("M", "unknown error"))
