"""`python -m appointments.web`: pages, a JSON interface and a WebSocket, as plain HTTP on `$PORT`.

After SIGTERM it accepts no new connection, closes the WebSockets, completes the requests that have begun, and ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final
from uuid import UUID

from aiohttp import WSCloseCode, web
from psycopg.rows import dict_row
from redis.asyncio import Redis
from redis.exceptions import RedisError

from appointments import access, environment, events, logs, stores
from appointments.jobs import Jobs

STOP_SECONDS: Final = 25
"""Seconds in which requests may complete after SIGTERM. Heroku ends a process after 30, a stack after 60."""

_CACHE: Final = web.AppKey("cache", Redis)
_SOCKETS: Final = web.AppKey("sockets", set[web.WebSocketResponse])

_COLUMNS: Final = "id, patient, starts_at, confirmed_at, reminded_at"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


async def healthz(_: web.Request) -> web.Response:
    """Answer while the process can serve requests.

    It does not ask the database: if it did, a failure of the database would replace every task.
    """
    return web.Response(text="ok")


def _page(name: str, content_type: str) -> Any:
    text = resources.files("appointments").joinpath("pages", name).read_text(encoding="utf-8")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type)

    return page


async def book(request: web.Request) -> web.Response:
    """Book an appointment, and let a worker confirm it."""
    patient, starts_at = _booking(await access.json_object(request))
    statement = f"INSERT INTO appointments (patient, starts_at) VALUES (%s, %s) RETURNING {_COLUMNS}"  # noqa: S608
    [row] = await _rows(request, statement, patient, starts_at)
    access.audit(request, "create", [row["id"]])
    try:
        await Jobs(request.app[_CACHE]).add("confirm", row["id"])
    except RedisError as error:
        # The appointment is booked. The schedule adds the job again.
        logs.failure("job not added", error, appointment=str(row["id"]))
    return web.json_response(_shown(row), status=201)


async def upcoming(request: web.Request) -> web.Response:
    """List the next appointments."""
    statement = f"SELECT {_COLUMNS} FROM appointments WHERE starts_at > now() ORDER BY starts_at LIMIT 100"  # noqa: S608
    rows = await _rows(request, statement)
    access.audit(request, "read", [row["id"] for row in rows])
    return web.json_response([_shown(row) for row in rows])


async def one(request: web.Request) -> web.Response:
    """Return one appointment."""
    try:
        id_ = UUID(request.match_info["id"])
    except ValueError:
        raise web.HTTPNotFound from None
    rows = await _rows(request, f"SELECT {_COLUMNS} FROM appointments WHERE id = %s", id_)  # noqa: S608
    access.audit(request, "read", [id_])
    if not rows:
        raise web.HTTPNotFound
    return web.json_response(_shown(rows[0]))


async def subscribe(request: web.Request) -> web.WebSocketResponse:
    """Push events until the client or this process closes the connection."""
    socket = web.WebSocketResponse(heartbeat=30)
    await socket.prepare(request)
    sockets = request.app[_SOCKETS]
    sockets.add(socket)
    try:
        async for _ in socket:
            pass  # clients send nothing
    finally:
        sockets.discard(socket)
    return socket


def _booking(data: dict[str, object]) -> tuple[str, datetime]:
    """Return patient and start. An error names the field and not its value."""
    patient, text = data.get("patient"), data.get("starts_at")
    if not isinstance(patient, str) or not 1 <= len(patient.strip()) <= 200:
        raise web.HTTPBadRequest(text="patient must be a name of 1 to 200 characters")
    try:
        starts_at = datetime.fromisoformat(str(text))
    except ValueError:
        starts_at = None
    if starts_at is None or starts_at.tzinfo is None or starts_at < datetime.now(UTC):
        raise web.HTTPBadRequest(
            text="starts_at must be a time in the future with an offset, such as 2030-01-31T09:00:00Z"
        )
    return patient.strip(), starts_at


async def _rows(request: web.Request, statement: str, *values: object) -> list[dict[str, Any]]:
    """Run one statement. Values are parameters and never part of its text, which pgAudit logs."""
    async with request.app[access.DATABASE].connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        await cursor.execute(statement.encode(), values)
        return await cursor.fetchall()


def _shown(row: dict[str, Any]) -> dict[str, object]:
    return {
        "id": str(row["id"]),
        "patient": row["patient"],
        "starts_at": row["starts_at"].isoformat(),
        "confirmed": row["confirmed_at"] is not None,
        "reminded": row["reminded_at"] is not None,
    }


async def _connections(app: web.Application) -> AsyncIterator[None]:
    """Open the pool and pass on events; after the last request, close both."""
    async with app[access.DATABASE], app[_CACHE]:
        forwarding = asyncio.create_task(events.forward(app[_CACHE], lambda text: _send(app, text)))
        logs.event("web started")
        yield
        forwarding.cancel()
    logs.event("web stopped")


async def _send(app: web.Application, text: str) -> None:
    async def to(socket: web.WebSocketResponse) -> None:
        try:
            async with asyncio.timeout(5):
                await socket.send_str(text)
        except (ConnectionError, TimeoutError):
            app[_SOCKETS].discard(socket)

    await asyncio.gather(*map(to, app[_SOCKETS]))


async def _close_sockets(app: web.Application) -> None:
    """Close the WebSockets, so that their clients connect to another process."""
    closing = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in [*app[_SOCKETS]])
    await asyncio.gather(*closing)


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def application() -> web.Application:
    """Return the application."""
    app = web.Application(middlewares=[access.logged, access.staff_only], client_max_size=64 * 1024)
    app[access.DATABASE] = stores.database()
    app[_CACHE] = stores.cache()
    app[_SOCKETS] = set()
    app.cleanup_ctx.append(_connections)
    app.on_shutdown.append(_close_sockets)
    app.on_response_prepare.append(_secure)
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/", _page("index.html", "text/html")),
            web.get("/page.js", _page("page.js", "text/javascript")),
            web.post("/session", access.sign_in),
            web.get("/appointments", upcoming),
            web.post("/appointments", book),
            web.get("/appointments/{id}", one),
            web.get("/ws/events", subscribe),
        ]
    )
    return app


def main() -> None:
    """Serve until SIGTERM."""
    logs.start()
    web.run_app(
        application(), port=environment.port(), shutdown_timeout=STOP_SECONDS, access_log=None, print=None
    )


if __name__ == "__main__":
    main()
