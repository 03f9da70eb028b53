"""Parts of the settings of a process: its containers, its alarms and its deployments."""

from __future__ import annotations

from typing import Annotated, Literal

from settings import identifiers as ids
from settings import types as t
from settings.model.base import ByPath, ByVariable, ListOf, NonEmptyListOf, Section
from settings.values import FrozenMap, whole_number


class WritableSettings(Section):
    """A directory to which a container may write. It is in memory, and its files count towards the memory of the container."""

    mib: Annotated[int, whole_number(1, 1_048_576, "MiB")] = 64
    """Size, in MiB."""
    executable: bool = False
    """Whether programs and libraries in the directory may run."""


class HealthCheckSettings(Section):
    """A command that ECS runs in the container. ECS replaces a task whose check fails."""

    command: NonEmptyListOf[t.Text]
    """Program and arguments, run without a shell. Exit code 0 means healthy."""
    interval_seconds: Annotated[int, whole_number(5, 300, "seconds")] = 30
    """Seconds between checks."""
    timeout_seconds: Annotated[int, whole_number(2, 60, "seconds")] = 5
    """Seconds after which a running check counts as failed."""
    retries: Annotated[int, whole_number(1, 10, "failures")] = 3
    """Consecutive failures after which the container is unhealthy."""
    start_seconds: Annotated[int, whole_number(0, 300, "seconds")] = 60
    """Seconds after the start of the container in which failures do not count."""


class AgentSettings(Section):
    """A container of a program that observes others, such as a telemetry agent."""

    image: t.Image
    """Container image; a digest is required if `hipaa:protect` is true."""
    entry_point: ListOf[t.Text] = ()
    """Program that replaces the entry point of the image."""
    command: ListOf[t.Text] = ()
    """Program and arguments that replace the command of the image."""
    cpu: Annotated[int, whole_number(1, 196_608, "CPU units")]
    """CPU, in units of 1/1024 vCPU."""
    memory_mib: Annotated[int, whole_number(6, 1_048_576, "MiB")]
    """Memory, in MiB."""
    user: t.User = "65532:65532"
    """User and group, as numbers or as names in the image; not root."""
    writable: ByPath[WritableSettings] = FrozenMap()
    """Directories to which it may write, by their path."""
    environment: ByVariable[t.Text] = FrozenMap()
    """Environment variables that are not secret."""
    secrets: ByVariable[ids.SecretArn] = FrozenMap()
    """ARNs of secrets in Secrets Manager and of parameters in Systems Manager, by the name of the environment variable that
    receives the value."""
    health_check: HealthCheckSettings | None = None
    """A command that checks its health."""


class SidecarSettings(AgentSettings):
    """A container that runs beside the process in each of its tasks, such as a telemetry agent.

    Both reach each other on 127.0.0.1. The sidecar has the permissions and the network of the application, and the same
    restrictions as its container.
    """

    essential: bool = False
    """Whether the task stops if the sidecar stops. If false, ECS restarts the sidecar."""


class ProcessAlarmSettings(Section):
    """Limits of the alarms of a process. They notify `hipaa:audit.alert_emails`."""

    error_percent: Annotated[int, whole_number(1, 100, "percent")] = 5
    """Percentage of requests that the tasks answer with a 5xx status within five minutes. A deployment that causes more is
    rolled back."""
    latency_seconds: Annotated[int, whole_number(1, 4000, "seconds")] = 2
    """99th percentile of the response time over ten minutes, in seconds."""
    latency_rolls_back: bool = False
    """Whether a deployment that exceeds `latency_seconds` is rolled back."""
    memory_percent: t.Percent = 90
    """Average memory use of the tasks over fifteen minutes, in percent."""


class DeploymentSettings(Section):
    """How ECS replaces the tasks of a process."""

    strategy: Literal["rolling", "blue_green", "canary"] = "rolling"
    """`rolling`: task by task. `blue_green`: ECS starts all new tasks, moves all requests to them at once, and keeps the old
    tasks for `bake_minutes`, so that a rollback is immediate. `canary`: the same, but ECS first moves `canary_percent` of
    the requests for `canary_minutes`. The last two require a route with one host and path, and room for twice
    the tasks."""
    min_healthy_percent: Annotated[int, whole_number(0, 100, "percent")] = 100
    """Fewest tasks during a rolling deployment, in percent of the desired number."""
    max_percent: Annotated[int, whole_number(101, 200, "percent")] = 200
    """Most tasks during a rolling deployment, in percent of the desired number."""
    bake_minutes: Annotated[int, whole_number(0, 1440, "minutes")] = 10
    """Minutes for which the old tasks remain after ECS has moved all requests. An alarm rolls back in this time."""
    canary_percent: Annotated[int, whole_number(1, 99, "percent")] = 10
    """Percentage of the requests that the new tasks get first."""
    canary_minutes: Annotated[int, whole_number(0, 1440, "minutes")] = 10
    """Minutes until the new tasks get all requests."""
