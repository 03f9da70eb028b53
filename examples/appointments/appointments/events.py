"""Events: what happened to which appointment, from the worker to the pages that are open. They contain no ePHI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from appointments import environment, logs, stores


async def publish(cache: Redis, event: str, appointment: str) -> None:
    """Send an event to every process of `web`. Pages that are not connected miss it, and read the list when they connect."""
    client: Any = cache
    await client.publish(environment.key("events"), json.dumps({"event": event, "appointment": appointment}))


async def forward(cache: Redis, send: Callable[[str], Awaitable[None]]) -> None:
    """Pass on each event until the task is cancelled; reconnect after a failure."""
    while True:
        try:
            async with cache.pubsub() as subscription:
                client: Any = subscription
                await client.subscribe(environment.key("events"))
                while True:
                    message = await client.get_message(ignore_subscribe_messages=True, timeout=5)
                    if message:
                        await send(message["data"])
        except AuthenticationError:
            return stores.stop("the cache refuses the password")
        except RedisError as error:
            logs.failure("no connection to the cache", error)
            await asyncio.sleep(1)
