"""Container services."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from facts import instances, tls_proxy
from facts.quotas import TASKS_PER_SERVICE
from facts.stores import StoreName
from settings import types as t
from settings.model.base import ByName, ByVariable, ListOf, NonEmptyListOf, Section
from settings.values import FrozenMap, whole_number

Use: TypeAlias = Literal[StoreName, "partners"]
"""What a service may connect to: a data store, or the services of partners."""


class TaskRange(Section):
    """Number of tasks of a service."""

    min: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 2
    """Minimum number of tasks."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 4
    """Maximum number of tasks."""


class RouteSettings(Section):
    """How the public load balancer routes requests to a service."""

    path: t.UrlPath
    """Path pattern, unique among the services."""
    health: t.UrlPath = "/healthz"
    """Path of the health check."""
    idle_timeout_seconds: Annotated[int, whole_number(1, 4000, "seconds")] = 60
    """Seconds that a connection may be idle."""
    sticky: bool = False
    """Whether the requests of one client go to the same task."""

    @property
    def drain_seconds(self) -> int:
        """Return how long a stopping task may finish its requests, in seconds: as long as a connection may be idle."""
        return min(3600, max(60, self.idle_timeout_seconds))


class BoundsSettings(Section):
    """Another minimum and maximum from a point in time on, such as the start of office hours."""

    cron: t.Cron
    """When the bounds take effect, in `timezone`."""
    min: Annotated[int, whole_number(0, TASKS_PER_SERVICE, "tasks")]
    """Minimum number of tasks from then on."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")]
    """Maximum number of tasks from then on."""
    timezone: t.Timezone = "UTC"
    """Time zone of the cron expression."""


class ScaleSettings(Section):
    """What determines the number of tasks of a service."""

    cpu_percent: t.Percent = 60
    """Target for the average CPU utilization, in percent."""
    memory_percent: t.Percent = 75
    """Target for the average memory utilization, in percent."""
    requests_per_task: Annotated[int, whole_number(1, 1_000_000, "requests")] | None = None
    """Target for the requests per task and minute. If not set, requests do not determine the number of tasks."""
    schedule: ByName[BoundsSettings] = FrozenMap()
    """Other bounds at certain times, by a name of your choice; one entry starts a busy period, another one ends it."""


class ScheduleSettings(Section):
    """A command that runs in the service's container on a schedule."""

    cron: t.Cron
    """When the command runs, in UTC."""
    command: NonEmptyListOf[t.Text]
    """Program and arguments."""


class ServiceSettings(Section):
    """A container service."""

    image: t.Image | None = None
    """Container image; a digest is required if `hipaa:protect` is true. Without an image, only the repository of the service
    is created, so that the first image can be pushed:
    `<account>.dkr.ecr.<region>.amazonaws.com/hipaa-<environment>/<service>`."""
    command: ListOf[t.Text] = ()
    """Program and arguments that replace those of the image, so that several services can share one image."""
    port: t.Port | None = None
    """Port on which the task serves TLS; not set for a worker. The variable `PORT` tells the container on which port to
    listen: on this one, or on 8080 with `tls: provided`."""
    connect_port: t.Port | None = None
    """Port on which other services reach this service by its name. The task also serves TLS on it, because the proxies of
    Service Connect forward connections unchanged."""
    tls: Literal["own", "provided"] = "own"
    """Who serves TLS on `port` and `connect_port`: the container (own), or a sidecar that forwards to the container (provided),
    which then listens on port 8080 without TLS, for HTTP/1.1, WebSockets and gRPC. The sidecar adds 128 CPU units and 128 MiB
    to each task."""
    connects_to: ListOf[t.Slug] = ()
    """Names of the services that this service may call."""
    cpu: Annotated[int, whole_number(128, 196_608, "CPU units")]
    """CPU of one task, in units of 1/1024 vCPU."""
    memory_mib: Annotated[int, whole_number(64, 1_048_576, "MiB")]
    """Memory of one task, in MiB."""
    tasks: TaskRange = TaskRange()
    """Number of tasks."""
    route: RouteSettings | None = None
    """How the public load balancer routes requests to the service; not set for a worker."""
    uses: ListOf[Use] = ()
    """Data stores that the service may connect to; `partners` stands for the services of all partners."""
    scale_on: ScaleSettings = ScaleSettings()
    """What determines the number of tasks."""
    environment: ByVariable[t.Text] = FrozenMap()
    """Environment variables that are not secret."""
    secrets: ByVariable[t.Arn] = FrozenMap()
    """ARNs of Secrets Manager secrets, by the name of the environment variable that receives the value of the secret."""
    release_command: ListOf[t.Text] = ()
    """Program and arguments of a one-off task that runs before a release, such as a database migration."""
    schedules: ByName[ScheduleSettings] = FrozenMap()
    """Commands that run on a schedule, by a name of your choice."""

    @property
    def sidecar_cpu(self) -> int:
        """Return the CPU units that the sidecars add to one task: the proxies of TLS and of Service Connect."""
        tls = tls_proxy.CPU_UNITS if self.tls == "provided" else 0
        return tls + (instances.PROXY_CPU_UNITS if self._is_in_service_connect else 0)

    @property
    def sidecar_mib(self) -> int:
        """Return the memory that the sidecars add to one task, in MiB."""
        tls = tls_proxy.MIB if self.tls == "provided" else 0
        return tls + (instances.PROXY_MIB if self._is_in_service_connect else 0)

    @property
    def _is_in_service_connect(self) -> bool:
        return self.connect_port is not None or bool(self.connects_to)
