"""The load to plan for: the number of users, what they do, and what that costs.

No document of AWS states the costs (CPU per request, queries per ACU), so the defaults are assumptions. Measure your
own figures and pass them to the command.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

MAX_VALUE: Final = 10_000_000_000
"""Highest value of every figure; it keeps the arithmetic within exact numbers."""

_AT_LEAST_ONE: Final = frozenset({"requests_per_connection", "queries_per_acu", "peak_factor"})


def _figure(meaning: str, default: float | None = None) -> Any:
    """Declare a figure: its meaning is the help text of the command's option."""
    if default is None:
        return dataclasses.field(metadata={"meaning": meaning})
    return dataclasses.field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load of a stack. Each figure states its meaning and its unit.

    Raises:
        ValueError: A figure is out of range; the message names it.
    """

    users: int = _figure("users who are active in the same hour")
    requests_per_user_hour: float = _figure("requests per active user and hour")
    peak_factor: float = _figure("requests in the busiest second divided by those in the average second", 3.0)
    ms_cpu_per_request: float = _figure("CPU time per request, in milliseconds of one vCPU", 10.0)
    open_connections_per_user: float = _figure(
        "long-lived connections (chat, notifications) per active user", 0.0
    )
    kib_per_connection: float = _figure(
        "task memory per long-lived connection, in KiB; connections may use half of a task's memory", 32.0
    )
    kib_per_request: float = _figure("size of a request and its response together, in KiB", 20.0)
    requests_per_connection: float = _figure(
        "requests that share one connection to the load balancer (keep-alive)", 10.0
    )
    jobs_per_request: float = _figure(
        "background jobs per request, processed by the services without a route", 0.1
    )
    ms_cpu_per_job: float = _figure("CPU time per job, in milliseconds of one vCPU", 50.0)
    queries_per_request: float = _figure("database queries per request or job", 2.0)
    read_share: float = _figure("share of the queries that a reader can answer, from 0 to 1", 0.8)
    queries_per_acu: float = _figure("queries per second that one Aurora capacity unit answers", 250.0)
    database_connections_per_task: int = _figure(
        "size of a task's connection pool; every task connects to the writer", 5
    )
    outbound_per_request: float = _figure("calls per request or job to one destination on the internet", 0.05)
    outbound_seconds: float = _figure("time for which such a call holds its connection, in seconds", 1.0)
    outbound_kib: float = _figure("data per call, in KiB", 20.0)
    users_behind_one_address: int = _figure(
        "active users who share one public address, such as the staff of a hospital", 100
    )

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            lowest = 1 if name in _AT_LEAST_ONE else 0
            highest = 1 if name == "read_share" else MAX_VALUE
            if not lowest <= value <= highest:
                raise ValueError(f"{name} must be from {lowest} to {highest:,}, but it is {value}")
