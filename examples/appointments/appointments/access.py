"""Who may use the application, and the logs of requests: only members of staff, who have a token."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import web

from appointments import logs
from appointments.stores import Pool

DATABASE: Final = web.AppKey("database", Pool)

_ACTOR: Final = web.RequestKey("actor", str)
_CONTEXT: Final = web.RequestKey("context", dict[str, str])

_PUBLIC: Final = ("/healthz", "/", "/page.js", "/session")
_COOKIE: Final = "session"
_SESSION_SECONDS: Final = 8 * 3600

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def logged(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Log each request with its route, and not with its path, which may contain ePHI if a client makes a mistake."""
    context = {"request": _request_id(request), "source": _source(request)}
    request[_CONTEXT] = context
    start, status = time.monotonic(), 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    except Exception as error:
        logs.failure("request failed", error, **context)
        raise web.HTTPInternalServerError from None
    else:
        return response
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        if route != "/healthz":
            milliseconds = round(1000 * (time.monotonic() - start))
            logs.event(
                "request", method=request.method, route=route, status=status, ms=milliseconds, **context
            )


@web.middleware
async def staff_only(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Let only members of staff use what is not public."""
    if request.path in _PUBLIC:
        return await handler(request)
    origin = request.headers.get("Origin")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.cookies.get(_COOKIE, "")
    # A browser sends the cookie with WebSockets of other sites too, so their origin is checked.
    actor = None if origin and urlsplit(origin).netloc != request.host else await _actor(request, token)
    if actor is None:
        logs.audit("unknown", "refuse", [], request[_CONTEXT])
        raise web.HTTPUnauthorized
    request[_ACTOR] = actor
    return await handler(request)


async def sign_in(request: web.Request) -> web.Response:
    """Exchange a token for a cookie that scripts cannot read, and that other sites cannot use."""
    token = str((await json_object(request)).get("token"))
    actor = await _actor(request, token)
    logs.audit(actor or "unknown", "sign in" if actor else "refuse", [], request[_CONTEXT])
    if actor is None:
        raise web.HTTPUnauthorized
    response = web.Response(status=204)
    response.set_cookie(
        _COOKIE, token, max_age=_SESSION_SECONDS, httponly=True, secure=True, samesite="Strict"
    )
    return response


def audit(request: web.Request, action: str, records: Sequence[object]) -> None:
    """Log what the member of staff who sent the request did with which records."""
    logs.audit(request[_ACTOR], action, records, request[_CONTEXT])


async def json_object(request: web.Request) -> dict[str, object]:
    """Return the body of a request.

    Raises:
        HTTPBadRequest: It is not a JSON object.
    """
    try:
        data = await request.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(text="the body must be a JSON object")
    return cast("dict[str, object]", data)


async def _actor(request: web.Request, token: str) -> str | None:
    """Return the name of the member of staff with this token."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    async with request.app[DATABASE].connection() as connection:
        cursor = await connection.execute("SELECT name FROM staff WHERE token_sha256 = %s", [digest])
        row = await cursor.fetchone()
    return row[0] if row else None


def _request_id(request: web.Request) -> str:
    """Return the id that Heroku's router sets, or a new one."""
    id_ = request.headers.get("X-Request-ID", "")
    return id_ if id_.replace("-", "").isalnum() and len(id_) <= 64 else str(uuid4())


def _source(request: web.Request) -> str:
    """Return the address of the client, which the router or load balancer adds at the end of the header."""
    return request.headers.get("X-Forwarded-For", request.remote or "").rpartition(",")[2].strip()
