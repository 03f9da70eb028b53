"""Applications and their processes. Each process is one ECS service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from facts import instances, tls_proxy
from facts.quotas import TASKS_PER_SERVICE
from facts.stores import StoreName
from settings import types as t
from settings.model.base import ByName, ByVariable, ListOf, NonEmptyListOf, Section
from settings.values import FrozenMap, whole_number

Use: TypeAlias = Literal[StoreName, "partners"]
"""What an application may connect to: a data store, or the services of partners."""


class TaskRange(Section):
    """Number of tasks of a process."""

    min: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 2
    """Minimum number of tasks."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 4
    """Maximum number of tasks."""


class RouteSettings(Section):
    """How the public load balancer routes requests to a process."""

    path: t.UrlPath
    """Path pattern, unique among all processes."""
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
    """What determines the number of tasks of a process."""

    cpu_percent: t.Percent = 60
    """Target for the average CPU utilization, in percent."""
    memory_percent: t.Percent = 75
    """Target for the average memory utilization, in percent."""
    requests_per_task: Annotated[int, whole_number(1, 1_000_000, "requests")] | None = None
    """Target for the requests per task and minute. If not set, requests do not determine the number of tasks."""
    schedule: ByName[BoundsSettings] = FrozenMap()
    """Other bounds at certain times, by a name of your choice; one entry starts a busy period, another one ends it."""


class ScheduleSettings(Section):
    """A command that runs on a schedule in a task of its own."""

    cron: t.Cron
    """When the command runs, in UTC."""
    command: NonEmptyListOf[t.Text]
    """Program and arguments."""
    process: t.Slug | None = None
    """Process whose image and size the task has; by default the first process."""


class ReleaseSettings(Section):
    """A command that runs before a release, such as a database migration, in a task of its own."""

    command: NonEmptyListOf[t.Text]
    """Program and arguments."""
    process: t.Slug | None = None
    """Process whose image and size the task has; by default the first process."""


class ProcessSettings(Section):
    """A process of an application, such as `web` or `worker`: one ECS service."""

    image: t.Image | None = None
    """Container image of this process, if it differs from the image of the application."""
    command: ListOf[t.Text] = ()
    """Program and arguments that replace those of the image."""
    port: t.Port | None = None
    """Port on which the task serves TLS; not set for a worker. The variable `PORT` tells the container on which port to
    listen: on this one, or on 8080 with `tls: provided`."""
    connect_port: t.Port | None = None
    """Port on which other processes reach this one by its name `<app>-<process>`. The task also serves TLS on it, because the
    proxies of Service Connect forward connections unchanged."""
    tls: Literal["own", "provided"] = "own"
    """Who serves TLS on `port` and `connect_port`: the container (own), or a sidecar that forwards to the container (provided),
    which then listens on port 8080 without TLS, for HTTP/1.1, WebSockets and gRPC. The sidecar adds 128 CPU units and 128 MiB
    to each task."""
    connects_to: ListOf[t.ServiceName] = ()
    """Names of the processes that this process may call, as `<app>-<process>`."""
    cpu: Annotated[int, whole_number(128, 196_608, "CPU units")]
    """CPU of one task, in units of 1/1024 vCPU."""
    memory_mib: Annotated[int, whole_number(64, 1_048_576, "MiB")]
    """Memory of one task, in MiB."""
    tasks: TaskRange = TaskRange()
    """Number of tasks."""
    route: RouteSettings | None = None
    """How the public load balancer routes requests to the process; not set for a worker."""
    scale_on: ScaleSettings = ScaleSettings()
    """What determines the number of tasks."""
    environment: ByVariable[t.Text] = FrozenMap()
    """Environment variables of this process besides those of the application."""

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


class DatabaseAccessSettings(Section):
    """How an application signs in to its databases, and its limits there. It applies to every database in `uses`."""

    sign_in: Literal["iam", "password"] = "iam"
    """`iam`: with a token that the application requests, valid for 15 minutes. `password`: with `DATABASE_URL`, whose password
    rotates between two users, so that running tasks keep a valid one."""
    statement_timeout_seconds: Annotated[int, whole_number(1, 86_400, "seconds")] | None = None
    """Seconds after which PostgreSQL cancels a statement; if not set, there is no limit."""
    connection_limit: Annotated[int, whole_number(1, 16_000, "connections")] | None = None
    """Most connections of each user of the application; if not set, only the database limits them."""
    extensions: ListOf[t.Extension] = ()
    """Extensions of PostgreSQL that the application needs."""
    shares: ByName[Literal["read", "write"]] = FrozenMap()
    """Access to the schemas of other applications, by their name; `write` includes `read`."""


class AppSettings(Section):
    """An application: one code base with its processes, which share image, database user, cache user and configuration."""

    image: t.Image | None = None
    """Container image; a digest is required if `hipaa:protect` is true. Without an image, only the repository of the
    application is created, so that the first image can be pushed:
    `<account>.dkr.ecr.<region>.amazonaws.com/hipaa-<environment>/<app>`."""
    uses: ListOf[Use] = ()
    """Data stores that the application may connect to; `partners` stands for the services of all partners. In a database the
    application has one user and one schema, in the cache one user and one prefix of keys; its processes share them."""
    environment: ByVariable[t.Text] = FrozenMap()
    """Environment variables that are not secret, for every process."""
    secrets: ByVariable[t.Arn] = FrozenMap()
    """ARNs of Secrets Manager secrets, by the name of the environment variable that receives the value of the secret, for
    every process."""
    database: DatabaseAccessSettings = DatabaseAccessSettings()
    """How the application signs in to its databases, and its limits there."""
    release: ReleaseSettings | None = None
    """A command that runs before a release."""
    processes: ByName[ProcessSettings]
    """Processes by name, at least one."""
    schedules: ByName[ScheduleSettings] = FrozenMap()
    """Commands that run on a schedule, by a name of your choice."""

    def process_of(self, task: ReleaseSettings | ScheduleSettings) -> str:
        """Return the process whose image and size the task of a release or schedule has."""
        return task.process or next(iter(self.processes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An ECS service: a process together with what its application gives to all processes."""

    app: str
    process: str
    image: str | None
    command: tuple[str, ...]
    port: int | None
    connect_port: int | None
    tls: Literal["own", "provided"]
    connects_to: tuple[str, ...]
    cpu: int
    memory_mib: int
    sidecar_cpu: int
    """CPU units that the sidecars add to one task."""
    sidecar_mib: int
    """Memory that the sidecars add to one task, in MiB."""
    tasks: TaskRange
    route: RouteSettings | None
    uses: tuple[Use, ...]
    scale_on: ScaleSettings
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    release_command: tuple[str, ...]
    """Release command of the application, if its task has the image and the size of this process."""
    schedules: Mapping[str, ScheduleSettings]
    """Schedules of the application whose tasks have the image and the size of this process."""

    @property
    def app_path(self) -> str:
        """Path of the application in the stack file."""
        return f"hipaa:apps.{self.app}"

    @property
    def path(self) -> str:
        """Path of the process in the stack file."""
        return f"{self.app_path}.processes.{self.process}"


def service_name(app: str, process: str) -> str:
    """Return the name of the service of a process: `<app>-<process>`."""
    return f"{app}-{process}"


def services_of(apps: Mapping[str, AppSettings]) -> Iterator[tuple[str, Service]]:
    """Yield the service of every process with its name, in the order of the stack file."""
    for app, settings in apps.items():
        for name, process in settings.processes.items():
            release = settings.release
            yield (
                service_name(app, name),
                Service(
                    app=app,
                    process=name,
                    image=process.image or settings.image,
                    command=process.command,
                    port=process.port,
                    connect_port=process.connect_port,
                    tls=process.tls,
                    connects_to=process.connects_to,
                    cpu=process.cpu,
                    memory_mib=process.memory_mib,
                    sidecar_cpu=process.sidecar_cpu,
                    sidecar_mib=process.sidecar_mib,
                    tasks=process.tasks,
                    route=process.route,
                    uses=settings.uses,
                    scale_on=process.scale_on,
                    environment={**settings.environment, **process.environment},
                    secrets=settings.secrets,
                    release_command=release.command
                    if release and settings.process_of(release) == name
                    else (),
                    schedules={
                        key: schedule
                        for key, schedule in settings.schedules.items()
                        if settings.process_of(schedule) == name
                    },
                ),
            )
