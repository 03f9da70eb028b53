"""SCRAM-SHA-256 of PostgreSQL, with channel binding (RFC 5802, RFC 7677, RFC 5929).

Neither side sends the password. With channel binding, nobody between the client and the database can pass on the exchange of
another TLS connection.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

_ITERATIONS = 4096  # the default of PostgreSQL
_BOUND, _UNBOUND = "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"

# Object identifiers of signatures with SHA-384 and SHA-512, in DER; the hash of the channel binding is that of the certificate.
_SHA384 = (bytes.fromhex("2a864886f70d01010c"), bytes.fromhex("2a8648ce3d040303"))
_SHA512 = (bytes.fromhex("2a864886f70d01010d"), bytes.fromhex("2a8648ce3d040304"))


def verifier(password: str) -> str:
    """Return what PostgreSQL stores instead of a password. `ALTER ROLE … PASSWORD` accepts it in place of the password."""
    salt = secrets.token_bytes(16)
    salted = _salted(password, salt, _ITERATIONS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server = _hmac(salted, b"Server Key")
    return f"SCRAM-SHA-256${_ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


class Exchange:
    """One authentication. The client sends `first`, then `final(answer)`, then checks the last answer by `verify`."""

    def __init__(self, password: str, mechanisms: list[str], certificate: bytes | None) -> None:
        if not {_BOUND, _UNBOUND}.intersection(mechanisms):
            raise ConnectionError("the database must offer SCRAM-SHA-256")
        self.mechanism = _BOUND if _BOUND in mechanisms and certificate else _UNBOUND
        # `y` lets the server notice that somebody removed the mechanism with channel binding from its list.
        self._header = (
            "p=tls-server-end-point,," if self.mechanism == _BOUND else "y,," if certificate else "n,,"
        )
        self._binding = _hash_of(certificate) if certificate and self.mechanism == _BOUND else b""
        self._password = password
        self._nonce = secrets.token_urlsafe(24)
        self._server_signature = b""

    @property
    def _bare(self) -> str:
        return f"n=,r={self._nonce}"  # PostgreSQL takes the name of the user from the start of the connection

    @property
    def first(self) -> bytes:
        """The first message of the client."""
        return f"{self._header}{self._bare}".encode()

    def final(self, answer: bytes) -> bytes:
        """Return the last message of the client.

        Raises:
            ConnectionError: The answer does not belong to this exchange.
        """
        fields = _fields(answer)
        nonce, salt, iterations = fields["r"], base64.b64decode(fields["s"]), int(fields["i"])
        if not nonce.startswith(self._nonce) or nonce == self._nonce or iterations < _ITERATIONS:
            raise ConnectionError("the database sent a wrong SCRAM nonce or too few iterations")
        channel = _base64(self._header.encode() + self._binding)
        without_proof = f"c={channel},r={nonce}"
        signed = f"{self._bare},{answer.decode()},{without_proof}".encode()
        salted = _salted(self._password, salt, iterations)
        client = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client).digest(), signed)
        proof = bytes(left ^ right for left, right in zip(client, signature, strict=True))
        self._server_signature = _hmac(_hmac(salted, b"Server Key"), signed)
        return f"{without_proof},p={_base64(proof)}".encode()

    def verify(self, answer: bytes) -> None:
        """Check that the server knows the password as well.

        Raises:
            ConnectionError: It does not.
        """
        signature = base64.b64decode(_fields(answer)["v"])
        if not self._server_signature or not hmac.compare_digest(signature, self._server_signature):
            raise ConnectionError("the database does not know the password")


def _hash_of(certificate: bytes) -> bytes:
    if any(identifier in certificate for identifier in _SHA512):
        return hashlib.sha512(certificate).digest()
    if any(identifier in certificate for identifier in _SHA384):
        return hashlib.sha384(certificate).digest()
    return hashlib.sha256(certificate).digest()


def _salted(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _fields(message: bytes) -> dict[str, str]:
    return {item[0]: item[2:] for item in message.decode().split(",")}
