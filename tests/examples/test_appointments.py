"""The sample application in a stack: release, requests through the proxy, jobs, schedule, SIGTERM, and lost connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.components.compute.service.backend import DATA, GET, HEADERS, http2, target, tls
from tests.examples.running import CACHE_PASSWORD, STAFF, TOKEN, USER, Process, Stack, unverified, wait

PATIENT = "Test Patient Zero"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
WORKER = ("-m", "appointments.worker")


@pytest.fixture(autouse=True)
def nothing_left(stack: Stack) -> None:
    """Remove the appointments and jobs of other tests, which may have stopped a worker in the middle of a job."""
    stack.query("TRUNCATE appointments")
    with stack.cache() as cache:
        cache.delete("ehr:jobs")


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[tuple[Process, int]]:
    with stack.web() as running:
        yield running


@pytest.fixture
def worker(stack: Stack) -> Iterator[Process]:
    with stack.running(*WORKER) as process:
        process.wait_for("worker started")
        yield process


@contextlib.asynccontextmanager
async def client(port: int, **headers: str) -> AsyncIterator[Any]:
    """Return a client that connects as the load balancer does."""
    import aiohttp

    connector = aiohttp.TCPConnector(ssl=unverified())
    async with aiohttp.ClientSession(
        f"https://127.0.0.1:{port}", connector=connector, headers=headers or BEARER
    ) as session:
        yield session


def booking(hours: int = 48) -> dict[str, str]:
    return {"patient": PATIENT, "starts_at": (datetime.now(UTC) + timedelta(hours=hours)).isoformat()}


def book(port: int, hours: int = 48) -> str:
    """Book an appointment and return its id."""

    async def scenario() -> str:
        async with client(port) as session, session.post("/appointments", json=booking(hours)) as answer:
            assert answer.status == 201, await answer.text()
            return (await answer.json())["id"]

    return run(scenario())


def run(scenario: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(scenario, 60))


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    async def scenario() -> tuple[int, str]:
        async with client(port, **headers) as session, session.get(path) as answer:
            return answer.status, await answer.text()

    return run(scenario())


def is_set(stack: Stack, column: str, appointment: str) -> bool:
    [[value]] = stack.query(f"SELECT {column} IS NOT NULL FROM appointments WHERE id = '{appointment}'")  # noqa: S608
    return value == "t"


def test_two_releases_at_once_apply_each_migration_once(stack: Stack) -> None:
    first, second = stack.processes[:2]
    applied = sorted((line["migrations"] for line in [*first.lines, *second.lines]), key=len)
    assert applied == [[], ["0001_appointments.sql"]]
    tables = stack.query("SELECT schemaname, tableowner FROM pg_tables WHERE tablename = 'appointments'")
    assert tables == [["ehr", "ehr"]]
    assert stack.query("SELECT has_table_privilege('rds_pgaudit', 'appointments', 'SELECT')") == [["t"]]


def test_requests_over_tls_and_http_2(web: tuple[Process, int]) -> None:
    _, port = web
    assert get(port, "/healthz") == (200, "ok")
    assert "<h1>Appointments</h1>" in get(port, "/")[1]
    with tls(port, alpn="h2") as connection:
        answer = http2(connection, headers=GET + target(b"/healthz"), body=b"")
    assert answer[HEADERS][0][:1] == b"\x88"
    assert b"".join(answer[DATA]) == b"ok"


def test_a_process_runs_without_root_capabilities_and_a_writable_file_system(
    web: tuple[Process, int],
) -> None:
    process, _ = web
    if not process.is_contained:
        pytest.skip("only root may make the root file system read-only")
    folder = Path(f"/proc/{process.popen.pid}")
    status = (folder / "status").read_text()
    assert re.findall(r"Cap(?:Prm|Eff|Bnd):\s*(\w+)", status) == ["0" * 16] * 3
    assert re.findall(r"Uid:\s*(\d+)", status) == [str(USER)]
    [root] = [line for line in (folder / "mounts").read_text().splitlines() if line.split()[1] == "/"]
    assert root.split()[3].split(",")[0] == "ro"


def test_only_staff_may_read_appointments(web: tuple[Process, int]) -> None:
    _, port = web
    for headers in ({"Authorization": "Bearer another"}, {"Cookie": "session=another"}, {"Accept": "*/*"}):
        assert get(port, "/appointments", **headers)[0] == 401
        assert get(port, "/ws/events", **headers)[0] == 401
    assert get(port, "/appointments", **BEARER, Origin="https://other.example.org")[0] == 401
    assert get(port, "/appointments", Cookie=f"session={TOKEN}")[0] == 200


def test_a_token_is_exchanged_for_a_cookie_that_scripts_cannot_read(web: tuple[Process, int]) -> None:
    async def scenario() -> tuple[int, str, int]:
        async with client(web[1], Accept="*/*") as session:
            async with session.post("/session", json={"token": TOKEN}) as answer:
                status, cookie = answer.status, answer.headers["Set-Cookie"]
            async with session.post("/session", json={"token": "another"}) as refused:
                return status, cookie, refused.status

    status, cookie, refused = run(scenario())
    assert (status, refused) == (204, 401)
    assert {"HttpOnly", "Secure", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"patient": PATIENT},
        {**booking(), "patient": " "},
        {**booking(), "starts_at": "tomorrow"},
        booking(-1),
    ],
)
def test_a_refused_booking_names_the_field_and_no_value(web: tuple[Process, int], body: object) -> None:
    async def scenario() -> tuple[int, str]:
        async with client(web[1]) as session, session.post("/appointments", json=body) as answer:
            return answer.status, await answer.text()

    status, text = run(scenario())
    assert status == 400
    assert re.match("(patient|starts_at|the body) must be", text)
    assert PATIENT not in text


def test_a_worker_completes_a_job_of_web_and_a_websocket_gets_the_event(
    stack: Stack, web: tuple[Process, int], worker: Process
) -> None:
    async def scenario() -> tuple[str, dict[str, str], dict[str, Any]]:
        async with client(web[1]) as session, session.ws_connect("/ws/events") as socket:
            async with session.post("/appointments", json=booking()) as answer:
                id_ = (await answer.json())["id"]
            event = await socket.receive_json()
            async with session.get(f"/appointments/{id_}") as answer:
                return id_, event, await answer.json()

    id_, event, appointment = run(scenario())
    assert event == {"event": "confirm", "appointment": id_}
    assert (appointment["patient"], appointment["confirmed"]) == (PATIENT, True)
    with stack.cache() as cache:
        wait(lambda: not cache.xlen("ehr:jobs"))
        assert {key.partition(":")[0] for key in cache.keys("*")} == {"ehr"}
    audit = [(line["actor"], line["action"]) for line in worker.lines if line["logger"] == "audit"]
    assert audit == [("worker", "confirm")]


def test_the_schedule_reminds_of_appointments_and_adds_lost_jobs_again(stack: Stack, worker: Process) -> None:
    columns = "INSERT INTO appointments (patient, starts_at, created_at) VALUES"
    soon, later = (
        f"('{PATIENT}', now() + interval '1 h', now())",
        f"('{PATIENT}', now() + interval '2 days', 'epoch')",
    )
    [[reminded], [lost]] = stack.query(f"{columns} {soon}, {later} RETURNING id")
    scheduled = stack.run("-m", "appointments.schedule")
    assert scheduled.ended() == 0, scheduled.text
    wait(lambda: is_set(stack, "reminded_at", str(reminded)) and is_set(stack, "confirmed_at", str(lost)))
    assert not is_set(stack, "reminded_at", str(lost))


def test_a_job_of_a_worker_that_died_is_taken_again(stack: Stack, web: tuple[Process, int]) -> None:
    id_ = book(web[1])
    with stack.cache() as cache:
        cache.xgroup_create("ehr:jobs", "workers", id="0")
        [[_, jobs]] = cache.xreadgroup("workers", "dead", {"ehr:jobs": ">"})
        # Now the jobs are as old as if the worker had died a minute ago.
        cache.xclaim("ehr:jobs", "workers", "dead", 0, [job for job, _ in jobs], idle=61_000)
    with stack.running(*WORKER):
        wait(lambda: is_set(stack, "confirmed_at", id_))
    assert is_set(stack, "confirmed_at", id_)


def test_a_job_that_can_never_succeed_is_dropped(stack: Stack, worker: Process) -> None:
    with stack.cache() as cache:
        cache.xadd("ehr:jobs", {"kind": "unknown", "appointment": "1"})
        cache.xadd("ehr:jobs", {"kind": "confirm", "appointment": "no-uuid"})
        wait(lambda: not cache.xlen("ehr:jobs"))
    errors = [line["error"] for line in worker.lines if line["level"] == "error"]
    assert errors == ["KeyError", "InvalidTextRepresentation"]


def test_web_completes_a_request_after_sigterm_and_closes_websockets(stack: Stack) -> None:
    async def scenario(process: Process, port: int) -> tuple[int, int, bool]:
        async with client(port) as session, session.ws_connect("/ws/events") as socket:
            with stack.locked():
                request = asyncio.create_task(session.post("/appointments", json=booking()))
                while not await asyncio.to_thread(stack.waits):
                    await asyncio.sleep(0.02)
                process.terminate()
                closed = await socket.receive()
                is_open = not request.done()
            async with await request as answer:
                return answer.status, closed.data, is_open

    with stack.web() as (process, port):
        assert run(scenario(process, port)) == (201, 1001, True)
        assert process.ended() == 0
        process.wait_for("web stopped")


def test_a_worker_completes_its_job_after_sigterm(stack: Stack, web: tuple[Process, int]) -> None:
    book(web[1])
    with stack.locked():
        worker = stack.start(*WORKER)
        wait(stack.waits)
        worker.terminate()
    assert worker.ended() == 0
    assert worker.lines[-1]["message"] == "worker stopped"
    [job] = [line for line in worker.lines if line["logger"] == "audit"]
    assert is_set(stack, "confirmed_at", job["records"][0])
    with stack.cache() as cache:
        assert cache.xpending("ehr:jobs", "workers")["pending"] == 0


def test_processes_use_both_logins_at_once_and_reconnect(stack: Stack, web: tuple[Process, int]) -> None:
    first = book(web[1])
    # After a rotation, new tasks sign in with the other login.
    with stack.running(*WORKER, **stack.environment("ehr_2")) as worker:
        wait(lambda: is_set(stack, "confirmed_at", first))
        stop = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = "
        for login in ("ehr_1", "ehr_2"):
            assert stack.server.query(stack.server.superuser, f"{stop}'{login}'") != [["0"]]
        with stack.cache() as cache:
            cache.client_kill_filter(user="cache-ehr")
        second = book(web[1])
        wait(lambda: is_set(stack, "confirmed_at", second))
        assert worker.popen.poll() is None
    owners = stack.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'ehr'")
    assert owners == [["ehr"]]


def test_processes_end_when_the_cache_refuses_their_password(stack: Stack) -> None:
    with stack.web() as (web, _), stack.running(*WORKER) as worker, stack.cache() as cache:
        worker.wait_for("worker started")
        try:
            cache.acl_setuser("cache-ehr", enabled=True, reset_passwords=True)
            cache.client_kill_filter(user="cache-ehr")
            assert (web.ended(), worker.ended()) == (0, 1)
        finally:
            cache.acl_setuser("cache-ehr", enabled=True, passwords=[f"+{CACHE_PASSWORD}"])


GIVES_UP = """
import asyncio
from appointments import logs, stores

async def main():
    async with stores.database() as pool, pool.connection():
        pass

logs.start()
stores.RECONNECT_SECONDS = 0.1
asyncio.run(main())
"""


def test_a_process_stops_when_the_database_no_longer_accepts_its_password(stack: Stack) -> None:
    refused = stack.environment()["DATABASE_URL"].replace("password-of-ehr_1", "password-of-ehr_before")
    process = stack.run("-c", GIVES_UP, DATABASE_URL=refused)
    assert process.ended() == -signal.SIGTERM
    assert process.lines[-1]["reason"] == "no connection to the database"


def test_logs_are_json_without_ephi_and_secrets(stack: Stack) -> None:
    check = "ALTER TABLE appointments ADD CONSTRAINT refused CHECK (patient <> 'Refused Patient')"
    refused = {**booking(), "patient": "Refused Patient"}

    async def scenario(port: int) -> int:
        async with client(port, **BEARER, **{"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}) as session:
            await (await session.get("/appointments")).read()
            await (await session.get(f"/appointments/{PATIENT}")).read()
            async with session.post("/appointments", json=refused) as answer:
                return answer.status

    stack.query(check)
    try:
        with stack.web() as (process, port):
            id_ = book(port)
            assert run(scenario(port)) == 500
            lines = process.lines
    finally:
        stack.query("ALTER TABLE appointments DROP CONSTRAINT refused")
    [error] = [line for line in lines if line["level"] == "error"]
    assert (error["error"], error["sqlstate"]) == ("CheckViolation", "23514")
    reads = [line for line in lines if line.get("action") == "read"]
    assert (reads[0]["actor"], reads[0]["source"], id_ in reads[0]["records"]) == (STAFF, "203.0.113.7", True)
    routes = [line["route"] for line in lines if line["message"] == "request"]
    assert routes == ["/appointments", "/appointments", "/appointments/{id}", "/appointments"]
    everything = "".join(process.text for process in stack.processes)
    for text in (PATIENT, "Refused Patient", TOKEN, CACHE_PASSWORD, "password-of-ehr"):
        assert text not in everything
    assert all(json.loads(line) for line in everything.splitlines())


def test_servers_with_a_wrong_name_or_an_unknown_certificate_are_refused(stack: Stack) -> None:
    columns = "INSERT INTO appointments (patient, starts_at, created_at) VALUES"
    stack.query(f"{columns} ('{PATIENT}', now() + interval '2 days', 'epoch')")
    wrong_name = stack.environment()["DATABASE_URL"].replace("127.0.0.1", "localhost")
    releases = [
        stack.start("-m", "appointments.migrate", DATABASE_URL=wrong_name),
        stack.start("-m", "appointments.schedule", SSL_CERT_FILE=None),
    ]
    assert [process.ended() for process in releases] == [1, 1]
    assert [process.lines[-1]["level"] for process in releases] == ["error", "error"]
    # As on Heroku, whose certificates nobody can verify.
    accepted = stack.run("-m", "appointments.schedule", SSL_CERT_FILE=None, REDIS_TLS_VERIFY="off")
    assert accepted.ended() == 0, accepted.text
