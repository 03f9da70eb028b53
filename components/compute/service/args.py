"""The arguments of `Service`: platform, container, scaling, route and connections."""

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
class LoadBalancerRoute:
    """The route by which requests reach a service through the load balancer."""

    path: str
    """Path pattern of the listener rule, e.g. `/api/*`."""
    priority: int
    """Priority of the listener rule, from `routing.priorities` over all services."""
    health: str = "/healthz"
    """Path of the health check, which a healthy container answers with status 200.

    The health check fails if the container accepts TLS 1.3 only, so it must also accept TLS 1.2 (https://github.com/aws/containers-roadmap/issues/2321).
    """
    sticky: bool = False
    """Whether a cookie keeps each client on one task, for a day."""
    drain_seconds: int = 60
    """Seconds that a stopping task has to finish open requests, 0 to 3600; use more for long-lived connections."""
    slow_start_seconds: int = 30
    """Seconds in which a new task receives fewer requests than the others, 30 to 900; 0 turns slow start off."""


@dataclass(frozen=True, kw_only=True)
class ServiceConnect:
    """The ECS Service Connect configuration of a service: services reach each other by name, with retries and metrics.

    Without `authority_arn`, the proxies forward connections unchanged: a service that serves TLS with its own certificate
    keeps it end to end. With `authority_arn`, the proxies encrypt the traffic between them. ECS gets their certificates
    from AWS Private CA and renews them. A certificate authority costs about USD 50 a month in short-lived certificate mode
    and USD 400 in general-purpose mode. The proxy then terminates TLS, so `port` must differ from `ServiceArgs.port`.
    """

    namespace_arn: pulumi.Input[str]
    """ARN of the Cloud Map namespace."""
    port: int | None = None
    """Port on which other services reach the container; None for a service that only calls others."""
    authority_arn: pulumi.Input[str] | None = None
    """ARN of the AWS Private CA; None leaves TLS to the services."""
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    """Port of each service that it calls, by service name.

    A change replaces the tasks, because a task knows only the names that existed when it was deployed.
    """
    after: Sequence[pulumi.Resource] = ()
    """ECS services to deploy before this one, so that its tasks know their names."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """Arguments of `Service`."""

    platform: Platform
    """Cluster, network, keys and logs, which the services of a stack share."""
    container: Container
    """The container; `Service` sets its ports from `port` and `service_connect`."""
    scaling: Scaling
    """Bounds and targets of the number of tasks."""
    port: int | None = None
    """Port on which the container serves TLS; None for a worker."""
    route: LoadBalancerRoute | None = None
    """Route through the load balancer; None for a worker."""
    uses: Mapping[str, Destination] = field(default_factory=dict[str, Destination])
    """Destinations that it may connect to besides AWS services, by a name that becomes part of the rules' names."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """ARN of a Secrets Manager secret, by the environment variable that gets its value."""
    release_command: Sequence[str] = ()
    """Command to run before a release, such as a database migration; it gets its own task definition."""
    schedules: Mapping[str, Job] = field(default_factory=dict[str, Job])
    """Commands to run on a schedule, by job name."""
    service_connect: ServiceConnect | None = None
    """Service Connect configuration; None if it neither calls other services nor is called by them."""
    limits: AlarmLimits = field(default_factory=AlarmLimits)
    """Thresholds of its alarms."""
    min_healthy_percent: int = 100
    """Fewest healthy tasks during a deployment, in percent of the desired count; at most 100."""
    max_healthy_percent: int = 200
    """Most tasks during a deployment, in percent of the desired count.

    It must be more than 100, because ECS moves a task to another zone by starting its replacement first.
    """

    def __post_init__(self) -> None:
        """Refuse arguments that contradict each other."""
        if self.route and (self.port is None or self.platform.edge is None):
            raise ValueError(f"route {self.route.path} requires port and platform.edge")
        if self.scaling.requests_per_task is not None and self.route is None:
            raise ValueError(
                f"scaling.requests_per_task requires a route, got {self.scaling.requests_per_task} without one"
            )
        if not self.min_healthy_percent <= 100 < self.max_healthy_percent:
            raise ValueError(
                "min_healthy_percent must be 100 or less and max_healthy_percent more than 100, "
                f"got {self.min_healthy_percent} and {self.max_healthy_percent}"
            )
        destination_variables = {
            *self.destination_environment,
            *(name for destination in self.uses.values() for name in destination.secrets),
        }
        if clash := sorted(destination_variables & {*self.container.environment, *self.secrets}):
            raise ValueError(
                f"environment and secrets must not set variables of a destination, got {', '.join(clash)}"
            )
        connect = self.service_connect
        encrypted_port = connect.port if connect and connect.authority_arn is not None else None
        if encrypted_port is not None and encrypted_port == self.port:
            raise ValueError(
                "service_connect.port must differ from port if the proxy terminates TLS (authority_arn), "
                f"got {self.port} for both"
            )

    @property
    def destination_environment(self) -> dict[str, pulumi.Input[str]]:
        """Environment variables with the addresses of the destinations: value by variable."""
        return {
            name: value
            for destination in self.uses.values()
            for name, value in destination.environment.items()
        }

    @property
    def all_secrets(self) -> dict[str, pulumi.Input[str]]:
        """ARN of a Secrets Manager secret by variable: the secrets of the service and of its destinations."""
        return {
            **self.secrets,
            **{name: arn for destination in self.uses.values() for name, arn in destination.secrets.items()},
        }
