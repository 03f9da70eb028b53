"""Connections to the database and to the cache. Both reconnect after a failure."""

from __future__ import annotations

import os
import signal
from typing import Final, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from appointments import environment, logs

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]

BLOCK_SECONDS: Final = 2
"""Seconds for which a worker waits for a job in one command."""

RECONNECT_SECONDS = 120
"""Seconds without a connection to the database after which the process stops."""


def database() -> Pool:
    """Return a pool of connections, which the caller opens.

    It is empty while nobody needs a connection, so that an idle Aurora database can pause. Each connection is checked before
    its use, so a failover costs a delay and no failed request.
    """
    return AsyncConnectionPool(
        environment.database(),
        open=False,
        min_size=0,
        max_size=5,
        max_idle=300,
        max_lifetime=1800,
        timeout=45,
        check=AsyncConnectionPool.check_connection,
        reconnect_timeout=RECONNECT_SECONDS,
        reconnect_failed=lambda _: stop("no connection to the database"),
        name="database",
    )


def cache() -> Redis:
    """Return a client of the cache, which connects when it is used."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        environment.cache(),
        protocol=2,
        decode_responses=True,
        socket_connect_timeout=5,
        socket_timeout=BLOCK_SECONDS + 5,
        socket_keepalive=True,
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=1), 3),
    )


def stop(reason: str) -> None:
    """Stop this process in an orderly way.

    A password that is no longer valid stays in the environment of the process. Heroku and ECS start a new process, which
    reads the current one.
    """
    logs.event("stopping", reason=reason)
    os.kill(os.getpid(), signal.SIGTERM)
