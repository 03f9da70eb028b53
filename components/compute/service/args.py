"""The arguments of `Service`: platform, container, scaling, route and connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi

from components.compute.service.alarms import AlarmLimits
from components.compute.service.application import Application
from components.compute.service.deployment import Deployment
from components.compute.service.jobs import Command, Job
from components.compute.service.platform import Platform
from components.compute.service.scaling import Scaling
from components.compute.service.sign_in import SignIn
from components.shared.containers import Container
from components.shared.destination import Destination, FileMount
from facts import tls_proxy
from facts.listener_rules import Match

PORT: Final = "PORT"
"""Environment variable with the port on which the container listens."""

PORT_NAME: Final = "app"
MESH_PORT_NAME: Final = "mesh"


@dataclass(frozen=True, kw_only=True)
class TargetHealthCheck:
    """How the load balancer decides whether a task is healthy.

    It uses TLS and does not verify the certificate. It fails if the container accepts TLS 1.3 only, so the container must
    also accept TLS 1.2 (https://github.com/aws/containers-roadmap/issues/2321).
    """

    path: str = "/healthz"
    """Path; with gRPC the method, as `/package.service/method`."""
    codes: str = "200"
    """Status codes of a healthy task, such as `200-399`; with gRPC its codes, 0 to 99."""
    host: str | None = None
    """Host that the container sees, if a sidecar terminates TLS; None for the address of the task, which the load balancer
    sends."""
    grace_seconds: int = 60
    """Seconds after the start of a task in which failed health checks do not count."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerRoute:
    """The route by which requests reach a service through the load balancer."""

    rules: Mapping[Match, int]
    """Priority of the listener rule for each host and path, from `listener_rules.priorities` over all services."""
    protocol: Literal["http1", "http2", "grpc"] = "http1"
    """Protocol between the load balancer and the task."""
    health: TargetHealthCheck = field(default_factory=TargetHealthCheck)
    """The health check."""
    sticky: bool = False
    """Whether a cookie keeps each client on one task, for a day."""
    drain_seconds: int = 60
    """Seconds that a stopping task has to finish open requests, 0 to 3600."""
    slow_start_seconds: int = 30
    """Seconds in which a new task receives fewer requests than the others, 30 to 900; 0 turns slow start off."""
    sign_in: SignIn | None = None
    """Sign-in of users at the load balancer; None if it forwards every request."""

    def __post_init__(self) -> None:
        """Refuse a route without rules, and sign-in with a protocol that AWS only forwards."""
        if not self.rules:
            raise ValueError("route.rules must contain at least one host and path")
        if self.sign_in is not None and self.protocol != "http1":
            raise ValueError(f"route.sign_in requires protocol http1, got {self.protocol}")


@dataclass(frozen=True, kw_only=True)
class ServiceConnect:
    """The ECS Service Connect configuration of a service: services reach each other by name, with retries and metrics.

    The proxies forward connections unchanged, so the TLS of the container is end to end.
    """

    namespace_arn: pulumi.Input[str]
    """ARN of the Cloud Map namespace."""
    port: int | None = None
    """Port on which other services reach the container; None for a service that only calls others."""
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
    application: Application
    """The application, whose role the tasks have."""
    container: Container
    """The container; `Service` sets its ports and `PORT` from `port`, `service_connect` and `tls_image`."""
    scaling: Scaling
    """Bounds and targets of the number of tasks."""
    spot: bool = False
    """Whether tasks above `scaling.min` run on Spot instances."""
    port: int | None = None
    """Port on which the task serves TLS; None for a worker."""
    tls_image: str | None = None
    """Image of a sidecar that terminates TLS; None if the container does it."""
    route: LoadBalancerRoute | None = None
    """Route through the load balancer; None for a worker."""
    uses: Mapping[str, Destination] = field(default_factory=dict[str, Destination])
    """Destinations that it may connect to besides AWS services, by a name that becomes part of the rules' names."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """ARN of a Secrets Manager secret or a Systems Manager parameter, by the environment variable that gets its value."""
    secret_key_arns: Sequence[str] = ()
    """ARNs of KMS keys that some of these secrets use, besides the secrets key of the platform."""
    sidecars: Sequence[Container] = ()
    """Containers that run beside the container in every task."""
    release: Command | None = None
    """Command to run before a release, such as a database migration; it gets its own task definition."""
    schedules: Mapping[str, Job] = field(default_factory=dict[str, Job])
    """Commands to run on a schedule, by job name; each gets its own task definition."""
    service_connect: ServiceConnect | None = None
    """Service Connect configuration; None if it neither calls other services nor is called by them."""
    limits: AlarmLimits = field(default_factory=AlarmLimits)
    """Thresholds of its alarms."""
    deployment: Deployment = field(default_factory=Deployment)
    """How ECS replaces its tasks."""

    def __post_init__(self) -> None:
        """Refuse arguments that contradict each other."""
        if self.route and (self.port is None or self.platform.edge is None):
            matches = ", ".join(map(str, self.route.rules))
            raise ValueError(f"route {matches} requires port and platform.edge")
        if self.spot and self.platform.spot_capacity_provider is None:
            raise ValueError("spot requires platform.spot_capacity_provider")
        if self.scaling.requests_per_task is not None and self.route is None:
            raise ValueError(
                f"scaling.requests_per_task requires a route, got {self.scaling.requests_per_task} without one"
            )
        if self.tls_image is not None and not self.ports:
            raise ValueError("tls_image requires port or service_connect.port, got neither")
        if self.tls_image is not None and tls_proxy.APPLICATION_PORT in self.ports.values():
            raise ValueError(
                f"port and service_connect.port must not be {tls_proxy.APPLICATION_PORT}, on which the container listens"
            )
        if PORT in {*self.container.environment, *self.secrets}:
            raise ValueError(f"environment and secrets must not set {PORT}, which the service sets")
        if self.deployment.moves_requests:
            if self.route is None or len(self.route.rules) != 1:
                raise ValueError(
                    f"deployment.strategy {self.deployment.strategy} requires a route with one host and path"
                )
            if self.route.sign_in is not None:
                raise ValueError(
                    f"route.sign_in requires a rolling deployment, got {self.deployment.strategy}"
                )
            if self.scaling.requests_per_task is not None:
                raise ValueError(
                    f"scaling.requests_per_task requires a rolling deployment, got {self.deployment.strategy}"
                )
        destination_variables = {
            *self.destination_environment,
            *(name for destination in self.uses.values() for name in destination.secrets),
        }
        if clash := sorted(destination_variables & {*self.container.environment, *self.secrets}):
            raise ValueError(
                f"environment and secrets must not set variables of a destination, got {', '.join(clash)}"
            )

    @property
    def ports(self) -> dict[str, int]:
        """Ports on which the task serves TLS, by their name in Service Connect."""
        ports = {PORT_NAME: self.port} if self.port is not None else {}
        connect = self.service_connect
        if connect and connect.port is not None and connect.port != self.port:
            ports[MESH_PORT_NAME] = connect.port
        return ports

    @property
    def application_port(self) -> int | None:
        """Value of `PORT`: where the container listens. None for a worker."""
        if self.tls_image is not None:
            return tls_proxy.APPLICATION_PORT
        return next(iter(self.ports.values()), None)

    @property
    def destination_environment(self) -> dict[str, pulumi.Input[str]]:
        """Environment variables with the addresses of the destinations: value by variable."""
        return {
            name: value
            for destination in self.uses.values()
            for name, value in destination.environment.items()
        }

    @property
    def mounts(self) -> dict[str, FileMount]:
        """Directories of file systems that the container mounts, by the name of the destination."""
        return {
            name: destination.mount
            for name, destination in self.uses.items()
            if destination.mount is not None
        }

    @property
    def all_secrets(self) -> dict[str, pulumi.Input[str]]:
        """ARN of a Secrets Manager secret by variable: the secrets of the service and of its destinations."""
        return {
            **self.secrets,
            **{name: arn for destination in self.uses.values() for name, arn in destination.secrets.items()},
        }
