"""Jobs: a stream in the cache, with one group of workers. Each job names an appointment and contains nothing else of it.

A job may run twice, or be lost with the cache. So each job can run twice without harm, and the schedule adds lost ones again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from appointments import environment
from appointments.stores import BLOCK_SECONDS

_GROUP: Final = "workers"
_CONSUMER: Final = "worker"
"""All workers have one name: who has taken a job does not matter, only how long ago."""

_RETRY_SECONDS: Final = 60
"""Seconds after which another worker takes a job that was not completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that a worker has taken."""

    id: str
    """Its id in the stream."""
    kind: str
    """`confirm` or `remind`."""
    appointment: str
    """Id of the appointment."""


class Jobs:
    """The jobs of the application."""

    def __init__(self, cache: Redis) -> None:
        self._cache: Any = (
            cache  # the annotations of the library mix its synchronous and asynchronous clients
        )
        self._stream: str = environment.key("jobs")

    async def add(self, kind: str, appointment: object) -> None:
        """Add a job for an appointment."""
        await self._cache.xadd(self._stream, {"kind": kind, "appointment": str(appointment)})

    async def prepare(self) -> None:
        """Create the stream and the group, unless they exist. Both are lost when the cache is replaced."""
        try:
            await self._cache.xgroup_create(self._stream, _GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def take(self) -> Job | None:
        """Take a job: first one that a worker has not completed, then a new one. None if there is none for some time."""
        left = await self._cache.xautoclaim(
            self._stream, _GROUP, _CONSUMER, min_idle_time=_RETRY_SECONDS * 1000, count=1
        )
        entries: list[Any] = left[1]
        if not entries:
            answer = await self._cache.xreadgroup(
                _GROUP, _CONSUMER, {self._stream: ">"}, count=1, block=BLOCK_SECONDS * 1000
            )
            entries = answer[0][1] if answer else []
        for id_, fields in cast("list[tuple[str, dict[str, str]]]", entries):
            return Job(id=id_, kind=fields.get("kind", ""), appointment=fields.get("appointment", ""))
        return None

    async def complete(self, job: Job) -> None:
        """Remove a job."""
        async with self._cache.pipeline(transaction=True) as pipeline:
            pipeline.xack(self._stream, _GROUP, job.id).xdel(self._stream, job.id)
            await pipeline.execute()
