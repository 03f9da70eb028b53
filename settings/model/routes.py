"""How the public load balancer routes requests to a process."""

from __future__ import annotations

from typing import Annotated, Literal

from facts.listener_rules import ANY_HOST, Match
from settings import identifiers as ids
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


class SignInSettings(Section):
    """Sign-in of users by OpenID Connect at the load balancer. The values are those of the identity provider.

    Its client must allow the redirect URL `https://<name>/oauth2/idpresponse` for each name of the route.
    """

    issuer: t.HttpsUrl
    """Issuer, exactly as the identity provider states it."""
    authorization_endpoint: t.HttpsUrl
    """URL to which users are redirected."""
    token_endpoint: t.HttpsUrl
    """URL that the load balancer calls for tokens. Its name must resolve in public DNS, to an IPv4 address."""
    user_info_endpoint: t.HttpsUrl
    """URL that the load balancer calls for the claims on the user, with the same requirements."""
    client_id: t.ClientId
    """Id of the client that the identity provider has for this route. Routes with the same issuer and client share sessions."""
    client_secret: ids.WholeSecretArn
    """ARN of the secret in AWS Secrets Manager whose value is the secret of the client. Each preview and update reads it."""
    scope: t.Scope = "openid"
    """Claims to request."""
    unauthenticated: Literal["authenticate", "deny"] = "authenticate"
    """Answer to a request without a session. `authenticate`: a redirect to the identity provider. `deny`: status 401, for the
    requests of scripts and APIs."""
    session_seconds: Annotated[int, whole_number(1, 604_800, "seconds")] = 28_800
    """Seconds after which users must sign in again."""


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

    sign_in: SignInSettings | None = None
    """Sign-in of users at the load balancer; if not set, the application decides who may use it."""

    @property
    def matches(self) -> tuple[Match, ...]:
        """Host and path of each listener rule."""
        return tuple(Match(host, path) for host in self.hosts or (ANY_HOST,) for path in self.paths)
