"""What a service is told: where it runs, what runs, how it is reached and how many of it there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.compute.service.alarms import AlarmLimits
from components.compute.service.jobs import Job
from components.compute.service.platform import Platform
from components.compute.service.scaling import Scaling
from components.shared.destination import Destination
from components.shared.task import Container


@dataclass(frozen=True, kw_only=True)
class Route:
    """How requests reach a service."""

    path: str
    """Path pattern."""
    priority: int
    """Number of the listener's rule, by `routing.priorities` over all services."""
    health: str = "/healthz"
    """Path of the health check; 200 is healthy.

    A container that speaks TLS 1.3 only fails it, and must take 1.2 too (https://github.com/aws/containers-roadmap/issues/2321).
    """
    sticky: bool = False
    """Whether a client stays with one task, by a cookie of a day."""
    drain_seconds: int = 60
    """How long a task that goes may end what it has begun, 0 to 3600; long for long-lived connections."""
    slow_start_seconds: int = 30
    """In which a new task gets less than its share, 30 to 900, or 0."""


@dataclass(frozen=True, kw_only=True)
class ServiceConnect:
    """Names by which services reach each other, with retries and metrics, by ECS Service Connect.

    Without `authority_arn` the proxies pass on what they are given: a service that serves TLS keeps it end to end, with
    certificates of its own. With it they encrypt between themselves, with certificates that ECS has AWS Private CA issue
    and renews: about USD 50 a month for an authority of short-lived certificates, 400 for a general one. The proxy then
    ends TLS itself, so `port` must be another than the load balancer's.
    """

    namespace_arn: pulumi.Input[str]
    """The Cloud Map namespace."""
    port: int | None = None
    """Port of the container, and of the name by which others reach it; none for a service that only calls others."""
    authority_arn: pulumi.Input[str] | None = None
    """The AWS Private CA; none leaves TLS to the services."""
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    """Port of every service it calls, by name; a change replaces its tasks, which learn names only when deployed."""
    after: Sequence[pulumi.Resource] = ()
    """ECS services to deploy before this one, so that its tasks learn their names."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """What `Service` needs to know."""

    platform: Platform
    """Where it runs."""
    container: Container
    """What runs; its ports come from `port` and `service_connect`."""
    scaling: Scaling
    """How many of it."""
    port: int | None = None
    """Port that the container serves TLS on; none for a worker."""
    route: Route | None = None
    """How requests reach it; none for a worker."""
    uses: Mapping[str, Destination] = field(default_factory=dict[str, Destination])
    """What it may connect to besides AWS, by a name for each."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Secrets Manager ARN by the variable that takes the value."""
    release_command: Sequence[str] = ()
    """Command of a second task definition, to be run before a release, e.g. to migrate a database."""
    schedules: Mapping[str, Job] = field(default_factory=dict[str, Job])
    """Commands to run at set times, by a name for each."""
    service_connect: ServiceConnect | None = None
    """How it reaches other services by name, and they it."""
    limits: AlarmLimits = field(default_factory=AlarmLimits)
    """When it is not well."""
    min_healthy_percent: int = 100
    """Tasks that must stay while others are replaced, in percent of those wanted."""
    max_healthy_percent: int = 200
    """Tasks there may be meanwhile, in percent; over 100, or tasks could not be moved between zones."""

    def __post_init__(self) -> None:
        """Refuse a route that leads nowhere, requests to scale on without one, and deployments that cannot move."""
        connect = self.service_connect
        if self.route and (self.port is None or self.platform.edge is None):
            raise ValueError(f"route {self.route.path} needs port and platform.edge")
        if self.scaling.requests_per_task is not None and self.route is None:
            raise ValueError(f"requests_per_task is {self.scaling.requests_per_task}, but there is no route")
        if not self.min_healthy_percent <= 100 < self.max_healthy_percent:
            raise ValueError(
                "healthy percent must be min <= 100 < max, "
                f"got {self.min_healthy_percent} and {self.max_healthy_percent}"
            )
        taken = {*self.found_at, *(name for use in self.uses.values() for name in use.secrets)}
        if clash := sorted(taken & {*self.container.environment, *self.secrets}):
            raise ValueError(f"environment and secrets must not set what uses sets: {', '.join(clash)}")
        named = connect.port if connect and connect.authority_arn is not None else None
        if named is not None and named == self.port:
            raise ValueError(
                f"service_connect.port must differ from port where its proxy ends TLS: {self.port}"
            )

    @property
    def found_at(self) -> dict[str, pulumi.Input[str]]:
        """Variables that tell where to find what the service uses."""
        return {name: value for use in self.uses.values() for name, value in use.environment.items()}

    @property
    def all_secrets(self) -> dict[str, pulumi.Input[str]]:
        """Secrets Manager ARN by variable: the service's own secrets and those of what it uses."""
        return {
            **self.secrets,
            **{name: arn for use in self.uses.values() for name, arn in use.secrets.items()},
        }
