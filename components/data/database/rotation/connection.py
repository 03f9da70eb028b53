"""What the clients of PostgreSQL and MySQL have in common: the address, TLS and errors."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import Protocol

TIMEOUT_SECONDS = 20
"""Seconds to wait for a connection and for each answer."""

Row = list[str | None]
"""The columns of a row, as text; None is NULL."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """Address of a database, and the credentials of a user."""

    host: str
    """Host name."""
    port: int
    """Port."""
    database: str
    """Name of the database."""
    user: str
    """Name of the user."""
    password: str = field(repr=False)
    """Password of the user."""


class DatabaseError(Exception):
    """The database refused a sign-in or a statement. The text never contains a password."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        """SQLSTATE of PostgreSQL, or error number of MySQL."""


class Session(Protocol):
    """A connection to a database."""

    def query(self, statement: str) -> list[Row]:
        """Run a statement and return its rows."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


def connect(host: str, port: int) -> socket.socket:
    """Open a TCP connection that sends each message at once."""
    connection = socket.create_connection((host, port), TIMEOUT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def encrypted(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """Start TLS. The certificate is not verified, because the runtime of Lambda lacks the root certificates of RDS.

    Routes and security groups of the VPC ensure that the host is the right one, as for the bootstrap task.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def read(source: socket.socket, length: int) -> bytes:
    """Read exactly this number of bytes.

    Raises:
        ConnectionError: The server closed the connection.
    """
    data = b""
    while len(data) < length:
        part = source.recv(length - len(data))
        if not part:
            raise ConnectionError("the database closed the connection")
        data += part
    return data
