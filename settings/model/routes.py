"""How the public load balancer routes requests to a process."""

from __future__ import annotations

from typing import Annotated, Literal

from facts.listener_rules import ANY_HOST, Match
from settings import types as t
from settings.model.base import ListOf, NonEmptyListOf, Section
from settings.values import whole_number


class HealthSettings(Section):
    """The health check of the load balancer.

    With `tls: provided` the container gets it as a request over HTTPS for the first host of the route, or for
    `hipaa:edge.domain`. Otherwise its host is the address of the task.
    """

    path: t.UrlPath | None = None
    """Path; if not set, `/healthz`, or `/grpc.health.v1.Health/Check` with `protocol: grpc`."""
    codes: t.StatusCodes | None = None
    """Status codes of a healthy task: HTTP codes from 200 to 499, by default "200"; with `protocol: grpc` gRPC codes from 0 to
    99, by default "0"."""
    grace_seconds: Annotated[int, whole_number(0, 3600, "seconds")] = 60
    """Seconds after the start of a task in which failed health checks do not count."""


class RouteSettings(Section):
    """How the public load balancer routes requests to a process."""

    hosts: ListOf[t.HostPattern] = ()
    """Domain names or wildcards of `hipaa:edge` whose requests the process gets; by default those of all names. A route with
    hosts takes precedence over routes without."""
    paths: NonEmptyListOf[t.PathPattern]
    """Path patterns. The pattern with the most characters takes precedence. No other process may have the same host and path."""
    protocol: Literal["http1", "http2", "grpc"] = "http1"
    """Protocol between the load balancer and the task. `http1` includes WebSockets. `http2` accepts only clients with HTTP/2,
    `grpc` only calls of gRPC."""
    health: HealthSettings = HealthSettings()
    """The health check."""
    idle_timeout_seconds: Annotated[int, whole_number(1, 4000, "seconds")] = 60
    """Seconds that a connection may be idle. The load balancer uses the longest of all routes."""
    drain_seconds: Annotated[int, whole_number(0, 3600, "seconds")] = 60
    """Seconds that a stopping task has to finish open requests and connections. Each deployment of the process waits for it."""
    slow_start_seconds: t.SlowStart = 30
    """Seconds in which a new task gets fewer requests than the others."""
    sticky: bool = False
    """Whether the requests of one client go to the same task."""

    @property
    def matches(self) -> tuple[Match, ...]:
        """Host and path of each listener rule."""
        return tuple(Match(host, path) for host in self.hosts or (ANY_HOST,) for path in self.paths)
