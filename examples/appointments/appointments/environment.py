"""Configuration: environment variables, with the same names on Heroku and in a stack."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_UNENCRYPTED: Final = ("disable", "allow", "prefer")
"""Values of `sslmode` with which libpq may connect without TLS."""


def port() -> int:
    """Return the port on which `web` listens for plain HTTP."""
    return int(_required("PORT"))


def key(name: str) -> str:
    """Return the name of a key or channel in the cache.

    In a stack, the user of the application may use only names with this prefix. Heroku sets no prefix.
    """
    return f"{os.environ.get('CACHE_PREFIX', '')}{name}"


def database() -> str:
    """Return the connection string of the database.

    With `PGSSLROOTCERT`, a file with root certificates, the certificate and the name of the server are verified. Otherwise the
    connection is only encrypted: no public authority signs the certificates of Heroku Postgres.
    """
    url = _required("DATABASE_URL")
    try:
        parameters = conninfo_to_dict(url)
    except ProgrammingError:
        # The text of the error contains a part of the URL, and so perhaps the password.
        sys.exit("DATABASE_URL must be a URL such as postgresql://user:password@host:5432/name")
    host, mode = str(parameters.get("host")), str(parameters.get("sslmode", "require"))
    if "PGSSLROOTCERT" in os.environ:
        mode = "verify-full"
    elif mode in _UNENCRYPTED and not _is_this_machine(host):
        sys.exit(f"sslmode in DATABASE_URL must be require or stricter for another machine, got {mode}")
    return make_conninfo(
        url,
        sslmode=mode,
        # A paused Aurora database answers after 15 to 30 seconds.
        connect_timeout=40,
        # Detect a server that has failed without closing its connections.
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
    )


def cache() -> str:
    """Return the URL of the cache.

    Its certificate is verified unless `REDIS_TLS_VERIFY` is `off`: those of Heroku Key-Value Store are self-signed.
    """
    url = _required("REDIS_URL")
    parts = urlsplit(url)
    if parts.scheme != "rediss" and not _is_this_machine(parts.hostname or ""):
        sys.exit("REDIS_URL must begin with rediss:// (redis:// is for this machine only)")
    if parts.scheme == "rediss" and os.environ.get("REDIS_TLS_VERIFY", "on") == "off":
        query = "&".join(filter(None, (parts.query, "ssl_cert_reqs=none&ssl_check_hostname=false")))
        return urlunsplit(parts._replace(query=query))
    return url


def _required(name: str) -> str:
    if value := os.environ.get(name):
        return value
    return sys.exit(f"the environment variable {name} must be set")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
