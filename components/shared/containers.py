"""The containers of an ECS task, as plain data. Creates no resources.

Maps to 45 CFR 164.312(a)(1) (access control), 164.312(b) (audit controls) and 164.312(c)(1) (integrity).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

STOP_SECONDS: Final = 60
"""Seconds between SIGTERM and SIGKILL, in which the application completes open requests; the default of ECS is 30."""

LOG_BUFFER: Final = "25m"
"""Size of the log buffer of a container. When it is full, log lines are lost, but the application does not stop
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html).
"""

NOBODY: Final = "65532:65532"
"""Default user and group of a task: ids without a name in most images, and not root."""

TEMPORARY: Final = "/tmp"  # noqa: S108
"""Directory to which every container may write."""

# The agent of ECS Exec keeps its state here. ECS mounts its programs and its log directory from the container instance:
# https://github.com/aws/amazon-ecs-agent/blob/0384f40cf1a6791bf1ca061399f3ee116ce92cfb/agent/engine/execcmd/manager_init_task_linux.go
EXEC_STATE: Final = "/var/lib/amazon/ssm"
_EXEC_STATE_MIB: Final = 16

_ROOT: Final = re.compile(r"(0+|root)?(:.*)?")


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A command that ECS runs inside the container to check its health."""

    command: Sequence[str]
    """Program and arguments, run without a shell."""
    interval_seconds: int = 30
    """Seconds between checks, 5 to 300."""
    timeout_seconds: int = 5
    """Seconds after which a running check counts as failed, 2 to 60."""
    retries: int = 3
    """Consecutive failures after which the container is unhealthy, 1 to 10."""
    start_seconds: int = 60
    """Seconds after the start of the container in which failures do not count, 0 to 300."""


@dataclass(frozen=True, kw_only=True)
class Writable:
    """A directory in memory to which a container may write. Its files count towards the memory of the container."""

    mib: int = 64
    """Size, in MiB."""
    executable: bool = False
    """Whether programs and libraries in the directory may run."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container of a task."""

    name: str
    """Name of the container."""
    image: str
    """Image; with a digest if it must not change."""
    cpu: int
    """CPU, in units of 1/1024 vCPU."""
    memory_mib: int
    """Memory limit, in MiB; ECS kills a container that exceeds it."""
    entry_point: Sequence[str] = ()
    """Program that replaces the entry point of the image; empty for the one of the image."""
    command: Sequence[str] = ()
    """Program and arguments that replace the command of the image; an entry point gets them as its arguments."""
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Ports of the container, by their name in Service Connect."""
    user: str = NOBODY
    """User and group, as numbers or names; not root."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables; never a secret."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    """References to secrets, by the environment variable that receives the value. ECS reads the values; the definition does
    not contain them."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Docker labels; a change creates a new revision of the task definition."""
    writable: Mapping[str, Writable] = field(default_factory=dict[str, Writable])
    """Directories in memory, by their absolute path; the rest of the file system is read-only. `/tmp` is always one of them."""
    volumes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Volumes of the task that the container mounts, by the absolute path at which it does."""
    open_files: int | None = None
    """Limit of open files; None for the default of the container instance."""
    health_check: HealthCheck | None = None
    """Health check that ECS runs in the container; None if there is none."""
    stop_seconds: int = STOP_SECONDS
    """Seconds between SIGTERM and SIGKILL, 0 to 120."""
    essential: bool = True
    """Whether the task stops when the container stops. ECS restarts a container that is not essential."""
    host_paths: Sequence[str] = ()
    """Directories of the host that it sees, read-only, below `/host`. The task definition needs the volume `host_volume(path)`
    for each of them."""

    def __post_init__(self) -> None:
        """Refuse root as user."""
        if _ROOT.fullmatch(self.user):
            raise ValueError(f"user must not be root, got {self.user!r}")


def definitions(
    container: Container,
    *,
    log_group: str,
    region: str,
    stream: str,
    secrets: Mapping[str, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
    sidecars: Sequence[Container] = (),
    has_exec: bool = False,
) -> str:
    """Return the `containerDefinitions` of a task definition as JSON with sorted keys: the container, then its sidecars.

    ECS starts the sidecars first and stops them last
    (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html), so the container can finish
    requests that it received through them.

    Args:
        container: The container.
        log_group: Name of the log group.
        region: Region of the log group.
        stream: Prefix of the names of its log streams.
        secrets: References to further secrets of the container, e.g. those of destinations.
        environment: Further environment variables, e.g. addresses of destinations; those of the container take precedence.
        sidecars: Containers that run beside it. They have separate log streams.
        has_exec: Whether ECS Exec can open a shell in the containers.
    """
    first = _definition(
        container,
        log=log_options(log_group, region, stream),
        secrets=secrets,
        environment=environment,
        has_exec=has_exec,
    )
    if sidecars:
        first["dependsOn"] = [{"containerName": item.name, "condition": "START"} for item in sidecars]
    others = [
        _definition(item, log=log_options(log_group, region, f"{stream}-{item.name}"), has_exec=has_exec)
        for item in sidecars
    ]
    return json.dumps([first, *others], sort_keys=True)


def _definition(
    container: Container,
    *,
    log: Mapping[str, str],
    has_exec: bool,
    secrets: Mapping[str, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, object]:
    """Return the definition of one container."""
    writable = {
        TEMPORARY: Writable(),
        **container.writable,
        **({EXEC_STATE: Writable(mib=_EXEC_STATE_MIB)} if has_exec else {}),
    }
    definition: dict[str, object] = {
        "name": container.name,
        "image": container.image,
        "essential": container.essential,
        "cpu": container.cpu,
        "memory": container.memory_mib,
        "user": container.user,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "stopTimeout": container.stop_seconds,
        "linuxParameters": {
            # Reaps zombie processes of the application and of ECS Exec sessions.
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [_mount(path, item) for path, item in writable.items()],
        },
        "environment": [
            {"name": name, "value": value}
            for name, value in sorted({**environment, **container.environment}.items())
        ],
        "secrets": [
            {"name": name, "valueFrom": arn} for name, arn in sorted({**secrets, **container.secrets}.items())
        ],
        "logConfiguration": {"logDriver": "awslogs", "options": dict(log)},
        "portMappings": [
            {"name": name, "containerPort": port, "protocol": "tcp"}
            for name, port in sorted(container.ports.items())
        ],
    }
    if container.host_paths:
        definition["mountPoints"] = [
            {"sourceVolume": host_volume(path), "containerPath": f"/host{path}", "readOnly": True}
            for path in container.host_paths
        ]
    if not container.essential:
        definition["restartPolicy"] = {"enabled": True}
    if container.open_files is not None:
        limit = container.open_files
        definition["ulimits"] = [{"name": "nofile", "softLimit": limit, "hardLimit": limit}]
    if container.labels:
        definition["dockerLabels"] = dict(container.labels)
    if container.entry_point:
        definition["entryPoint"] = list(container.entry_point)
    if container.command:
        definition["command"] = list(container.command)
    if container.volumes:
        definition["mountPoints"] = [
            {"containerPath": path, "sourceVolume": volume, "readOnly": False}
            for path, volume in container.volumes.items()
        ]
    if check := container.health_check:
        definition["healthCheck"] = {
            "command": ["CMD", *check.command],
            "interval": check.interval_seconds,
            "timeout": check.timeout_seconds,
            "retries": check.retries,
            "startPeriod": check.start_seconds,
        }
    return definition


def _mount(path: str, directory: Writable) -> dict[str, object]:
    """Return the mount of a directory in memory."""
    return {
        "containerPath": path,
        "size": directory.mib,
        "mountOptions": ["rw", "exec" if directory.executable else "noexec", "nosuid", "nodev"],
    }


def host_volume(path: str) -> str:
    """Return the name of the volume with a directory of the host, e.g. `host-sys-fs-cgroup`."""
    return f"host{path.replace('/', '-')}"


def log_options(log_group: str, region: str, stream: str) -> dict[str, str]:
    """Return the options of the log driver `awslogs`."""
    return {
        "awslogs-group": log_group,
        "awslogs-region": region,
        "awslogs-stream-prefix": stream,
        "max-buffer-size": LOG_BUFFER,
        "mode": "non-blocking",
    }
