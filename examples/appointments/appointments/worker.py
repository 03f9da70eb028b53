"""`python -m appointments.worker`: takes jobs from the cache, one at a time, until SIGTERM. Then it completes its job."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Final, LiteralString

import psycopg
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from appointments import events, logs, stores
from appointments.jobs import Job, Jobs
from appointments.stores import Pool

# A real application sends the message to the patient between these statements and the end of their transaction, through a
# provider with a business associate agreement. A second run of a job finds no row, so it sends nothing.
_STATEMENTS: Final[dict[str, LiteralString]] = {
    "confirm": "UPDATE appointments SET confirmed_at = now() WHERE id = %s AND confirmed_at IS NULL",
    "remind": "UPDATE appointments SET reminded_at = now() WHERE id = %s AND reminded_at IS NULL AND starts_at > now()",
}


async def work(stopping: asyncio.Event) -> None:
    """Take and run jobs until the event is set.

    Raises:
        AuthenticationError: The cache refuses the password.
    """
    cache = stores.cache()
    jobs = Jobs(cache)
    async with stores.database() as database, cache:
        logs.event("worker started")
        while not stopping.is_set():
            try:
                await jobs.prepare()
                while not stopping.is_set():
                    if job := await jobs.take():
                        await _run(job, jobs, database, cache)
            except AuthenticationError:
                raise
            except RedisError as error:
                logs.failure("no connection to the cache", error)
                await asyncio.sleep(1)
    logs.event("worker stopped")


async def _run(job: Job, jobs: Jobs, database: Pool, cache: Redis) -> None:
    """Run a job. A job that fails stays in the stream, and is taken again later."""
    try:
        statement = _STATEMENTS[job.kind]
        async with database.connection() as connection:
            changed = (await connection.execute(statement, [job.appointment])).rowcount
    except (KeyError, psycopg.DataError) as error:
        logs.failure("job dropped: it can never succeed", error, job=job.id)
        return await jobs.complete(job)
    except psycopg.Error as error:
        return logs.failure("job failed", error, job=job.id, kind=job.kind)
    if changed:
        logs.audit("worker", job.kind, [job.appointment], {"job": job.id})
        await events.publish(cache, job.kind, job.appointment)
    return await jobs.complete(job)


async def main() -> None:
    """Run the worker."""
    logs.start()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await work(stopping)
    except AuthenticationError as error:
        logs.failure(
            "the cache refuses the password: the platform starts a process that reads the current one", error
        )
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main())
