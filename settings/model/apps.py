"""Applications and their processes. Each process is one ECS service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from facts import instances, tls_proxy
from facts.aws_services import AwsServiceName
from facts.stores import StoreName
from settings import identifiers as ids
from settings import types as t
from settings.model.access import EgressSettings, PermissionSettings
from settings.model.base import ByName, ByPath, ByVariable, ListOf, NonEmptyListOf, Section
from settings.model.processes import (
    DeploymentSettings,
    HealthCheckSettings,
    ProcessAlarmSettings,
    SidecarSettings,
    WritableSettings,
)
from settings.model.routes import RouteSettings
from settings.model.scaling import ScaleSettings, TaskRange
from settings.values import FrozenMap, whole_number

Use: TypeAlias = Literal[StoreName, "partners", AwsServiceName]
"""What an application may use: a data store, the services of partners, or an AWS service."""


class ScheduleSettings(Section):
    """A command that runs on a schedule in a separate task."""

    cron: t.Cron
    """When the command runs, in `timezone`."""
    timezone: t.Timezone = "UTC"
    """Time zone of the cron expression."""
    entry_point: ListOf[t.Text] = ()
    """Program that gets `command` as its arguments; by default the entry point of the process."""
    command: NonEmptyListOf[t.Text]
    """Program and arguments."""
    process: t.Slug | None = None
    """Process whose image and size the task has; by default the first process."""


class ReleaseSettings(Section):
    """A command that runs before a release, such as a database migration, in a separate task."""

    entry_point: ListOf[t.Text] = ()
    """Program that gets `command` as its arguments; by default the entry point of the process."""
    command: NonEmptyListOf[t.Text]
    """Program and arguments."""
    process: t.Slug | None = None
    """Process whose image and size the task has; by default the first process."""


class ProcessSettings(Section):
    """A process of an application, such as `web` or `worker`: one ECS service."""

    image: t.Image | None = None
    """Container image of this process, if it differs from the image of the application."""
    entry_point: ListOf[t.Text] = ()
    """Program that replaces the entry point of the image. An image that buildpacks made starts the process type `web` unless
    this is the name of another process type, such as `[worker]`."""
    command: ListOf[t.Text] = ()
    """Program and arguments that replace the command of the image; an entry point gets them as its arguments."""
    user: t.User = "65532:65532"
    """User and group of the container, as numbers or as names in the image; not root."""
    writable: ByPath[WritableSettings] = FrozenMap()
    """Directories to which the container may write, by their path. The rest of its file system is read-only. `/tmp` has 64 MiB
    unless you set another size."""
    health_check: HealthCheckSettings | None = None
    """A command that checks the health of the container. For a worker it is the only check."""
    stop_seconds: Annotated[int, whole_number(2, 120, "seconds")] = 60
    """Seconds between SIGTERM and SIGKILL, in which the container can complete open requests and jobs."""
    sidecars: ByName[SidecarSettings] = FrozenMap()
    """Containers that run beside the process in each of its tasks, by a name of your choice."""
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
    spot: bool = False
    """Whether the tasks above `tasks.min` run on Spot instances: they cost less, but AWS can stop them with two minutes' notice.
    Requires `hipaa:compute.max_spot_instances`."""
    route: RouteSettings | None = None
    """How the public load balancer routes requests to the process; not set for a worker."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How ECS replaces the tasks."""
    alarms: ProcessAlarmSettings = ProcessAlarmSettings()
    """Limits of the alarms."""
    scale_on: ScaleSettings = ScaleSettings()
    """What determines the number of tasks."""
    environment: ByVariable[t.Text] = FrozenMap()
    """Environment variables of this process besides those of the application."""

    @property
    def sidecar_cpu(self) -> int:
        """Return the CPU units that the sidecars add to one task, with the proxies of TLS and of Service Connect."""
        tls = tls_proxy.CPU_UNITS if self.tls == "provided" else 0
        sidecars = sum(sidecar.cpu for sidecar in self.sidecars.values())
        return sidecars + tls + (instances.PROXY_CPU_UNITS if self._is_in_service_connect else 0)

    @property
    def sidecar_mib(self) -> int:
        """Return the memory that the sidecars add to one task, in MiB."""
        tls = tls_proxy.MIB if self.tls == "provided" else 0
        sidecars = sum(sidecar.memory_mib for sidecar in self.sidecars.values())
        return sidecars + tls + (instances.PROXY_MIB if self._is_in_service_connect else 0)

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
    """Data stores and AWS services that the application may use; `partners` stands for the services of all partners. In a
    database the application has one user and one schema, in the cache one user and one prefix of keys; its processes share
    them. What it may do in AWS services: docs/runbooks/application-access.md."""
    environment: ByVariable[t.Text] = FrozenMap()
    """Environment variables that are not secret, for every process."""
    secrets: ByVariable[ids.SecretArn] = FrozenMap()
    """ARNs of secrets in Secrets Manager and of parameters in Systems Manager, by the name of the environment variable that
    receives the value, for every process. `:<JSON key>::` at the end of the ARN of a secret selects one value of it."""
    secret_keys: ListOf[ids.KeyArn] = ()
    """ARNs of the KMS keys of these secrets and parameters, besides the secrets key of the stack and the keys of AWS."""
    database: DatabaseAccessSettings = DatabaseAccessSettings()
    """How the application signs in to its databases, and its limits there."""
    shell: bool | None = None
    """Whether staff can open a shell in the tasks with ECS Exec, which records the session; by default only if
    `hipaa:protect` is false."""
    protects_tasks: bool = False
    """Whether the application may protect a task from deployments and from scaling in while it works on a job: with a
    request to `$ECS_AGENT_URI/task-protection/v1/state`."""
    egress: ByName[EgressSettings] = FrozenMap()
    """Hosts on the internet that the application may connect to besides HTTPS, by a name of your choice."""
    permissions: ByName[PermissionSettings] = FrozenMap()
    """What the application may do in AWS besides its `uses`, by a name of your choice."""
    release: ReleaseSettings | None = None
    """A command that runs before a release."""
    processes: ByName[ProcessSettings]
    """Processes by name, at least one."""
    schedules: ByName[ScheduleSettings] = FrozenMap()
    """Commands that run on a schedule, by a name of your choice."""

    @property
    def references(self) -> Mapping[str, str]:
        """ARNs of the secrets and parameters of the application and its sidecars, by their path below the application."""
        sidecars = {
            f"processes.{process}.sidecars.{sidecar}.secrets.{variable}": arn
            for process, settings in self.processes.items()
            for sidecar, container in settings.sidecars.items()
            for variable, arn in container.secrets.items()
        }
        return {**{f"secrets.{variable}": arn for variable, arn in self.secrets.items()}, **sidecars}

    def process_of(self, task: ReleaseSettings | ScheduleSettings) -> str:
        """Return the process whose image and size the task of a release or schedule has."""
        return task.process or next(iter(self.processes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An ECS service: a process together with what its application gives to all processes."""

    app: str
    process: str
    application: AppSettings
    """Settings of the application."""
    settings: ProcessSettings
    """Settings of the process."""

    @property
    def app_path(self) -> str:
        """Path of the application in the stack file."""
        return f"hipaa:apps.{self.app}"

    @property
    def path(self) -> str:
        """Path of the process in the stack file."""
        return f"{self.app_path}.processes.{self.process}"

    @property
    def image(self) -> str | None:
        """Image of the process; None if it does not run yet."""
        return self.settings.image or self.application.image

    @property
    def uses(self) -> tuple[Use, ...]:
        """What the application may connect to."""
        return self.application.uses

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables of the application and of the process."""
        return {**self.application.environment, **self.settings.environment}

    @property
    def release(self) -> ReleaseSettings | None:
        """Release command of the application, if its task has the image and the size of this process."""
        release = self.application.release
        return release if release and self.application.process_of(release) == self.process else None

    @property
    def schedules(self) -> Mapping[str, ScheduleSettings]:
        """Schedules of the application whose tasks have the image and the size of this process."""
        return {
            name: schedule
            for name, schedule in self.application.schedules.items()
            if self.application.process_of(schedule) == self.process
        }


def service_name(app: str, process: str) -> str:
    """Return the name of the service of a process: `<app>-<process>`."""
    return f"{app}-{process}"


def services_of(apps: Mapping[str, AppSettings]) -> Iterator[tuple[str, Service]]:
    """Yield the service of every process with its name, in the order of the stack file."""
    for app, application in apps.items():
        for name, process in application.processes.items():
            service = Service(app=app, process=name, application=application, settings=process)
            yield service_name(app, name), service
