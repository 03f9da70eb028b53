"""`python -m appointments.schedule`: adds jobs that are due. A schedule runs it; it can run at any time and several times."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import psycopg
from redis.exceptions import RedisError

from appointments import logs, stores
from appointments.jobs import Jobs

_DUE: Final = """
    SELECT 'remind', id FROM appointments
    WHERE reminded_at IS NULL AND starts_at BETWEEN now() AND now() + interval '1 day'
    UNION ALL
    -- Jobs that were lost: `web` adds one as soon as it has booked an appointment.
    SELECT 'confirm', id FROM appointments
    WHERE confirmed_at IS NULL AND created_at < now() - interval '5 minutes'
"""


async def main() -> None:
    """Add the jobs that are due."""
    logs.start()
    cache = stores.cache()
    jobs = Jobs(cache)
    try:
        async with stores.database() as database, cache, database.connection() as connection:
            due = await (await connection.execute(_DUE)).fetchall()
            for kind, appointment in due:
                await jobs.add(kind, appointment)
    except (psycopg.Error, RedisError) as error:
        logs.failure("the schedule failed", error)
        sys.exit(1)
    logs.event("schedule finished", jobs=len(due))


if __name__ == "__main__":
    asyncio.run(main())
