"""Containers of ECS tasks: networks, privileges, file systems, host paths, logs, environment variables and roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from posixpath import normpath
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import ACCESS, ACTIVITY
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    deferred,
    dotted_path,
    element_paths,
    is_unknown,
    must_be_one_of,
    must_be_present,
)
from hipaa_policies.rules.logging import containers_of
from hipaa_policies.tokens import (
    TASK_DEFINITION,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_true, items, peek


def _containers(task: JudgedResource) -> Iterator[object | str]:
    """Yield each container of a task, or a message (a text) in place of containers that cannot be read."""
    containers = containers_of(task)
    if containers is UNKNOWN:
        yield deferred("containerDefinitions")
    elif containers is MISSING or containers == "unreadable":
        fault = "it is missing" if containers is MISSING else "it is not a JSON list"
        yield f"containerDefinitions must contain containers, but {fault}."
    else:
        yield from (
            deferred("containerDefinitions") if item is UNKNOWN else item for item in items(containers)
        )


def _named(container: object) -> str:
    name = peek(container, "name")
    return f"Container {name}" if isinstance(name, str) else "A container"


def _unknown_in(container: object, *path: str) -> str | None:
    return deferred("containerDefinitions") if peek(container, *path) is UNKNOWN else None


@control(
    id="task-has-its-own-network",
    title="Tasks are separated from the network of the host",
    description="Tasks use awsvpc networking, and do not share processes or memory with the host.",
    citations=(*ACCESS, "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="baseline",
    remediation="Set network_mode to awsvpc. Leave pid_mode and ipc_mode unset, or set them to task.",
    types={TASK_DEFINITION: ("networkMode", "pidMode", "ipcMode")},
    sources=(
        "cdk-nag:ECSTaskDefinitionUserForHostMode",
        "aws-config:ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK",
        "CKV_AWS_335",
        "FSBP:ECS.3",
        "prowler:ecs_task_definitions_host_networking_mode_users",
    ),
)
def _network(task: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_one_of(task, ("awsvpc",), "networkMode")
    for name in ("pidMode", "ipcMode"):
        value = peek(task.props, name)
        if value not in (MISSING, "", "task", "none"):
            yield f"{name} must be task or unset, but it is {format_value(value)}."


@control(
    id="container-is-unprivileged",
    title="Containers run without privileges",
    description="Every container has a user other than root, is not privileged, and adds no kernel capability.",
    citations=(*ACCESS, "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="baseline",
    remediation="Set user to a number above 0, remove privileged, and drop capabilities instead of adding them.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=(
        "cdk-nag:ECSTaskDefinitionUserForHostMode",
        "CKV_AWS_334",
        "FSBP:ECS.4",
        "prowler:ecs_task_definitions_no_privileged_containers",
    ),
    unknown="defer",
    settings={
        "root_containers": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Names of containers, such as log routers, that must start as root.",
        },
    },
)
def _privileges(task: JudgedResource, config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
            continue
        user, name = peek(container, "user"), _named(container)
        unknown = _unknown_in(container, "user") or _unknown_in(container, "privileged")
        if unknown:
            yield unknown
            continue
        user_name = user.split(":")[0] if isinstance(user, str) else user
        if (
            user_name in (MISSING, "", "0", "root", 0)
            and peek(container, "name") not in config["root_containers"]
        ):
            yield f"{name} must have a user other than root, but user is {format_value(user)}."
        if peek(container, "privileged") not in (MISSING, False):
            yield f"{name} must not be privileged, but privileged is {format_value(peek(container, 'privileged'))}."
        for capability in items(container, "linuxParameters", "capabilities", "add"):
            yield f"{name} must not add a kernel capability, but it adds {format_value(capability)}."


@control(
    id="container-disk-is-read-only",
    title="Containers have a read-only root file system",
    description="No container can write to its root file system.",
    citations=("164.312(c)(1)", "164.312(a)(1)"),
    severity="medium",
    pack="baseline",
    remediation="Set readonlyRootFilesystem to true, and mount a tmpfs or a volume for directories that the program writes.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=(
        "aws-config:ECS_CONTAINERS_READONLY_ACCESS",
        "CKV_AWS_336",
        "FSBP:ECS.5",
        "prowler:ecs_task_definitions_containers_readonly_access",
    ),
    unknown="defer",
)
def _read_only(task: JudgedResource, _config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif unknown := _unknown_in(container, "readonlyRootFilesystem"):
            yield unknown
        elif not is_true(value := peek(container, "readonlyRootFilesystem")):
            yield f"{_named(container)} must have readonlyRootFilesystem true, but it is {format_value(value)}."


# Who can write to one of these sockets controls all containers of the host.
_SOCKETS: Final = ("/run/containerd/containerd.sock", "/run/docker.sock", "/run/podman/podman.sock")


@control(
    id="host-paths-are-read-only",
    title="Containers see few directories of the host, read-only",
    description="Volumes of a task contain no directory of the host except those allowed, which every container mounts read-only. No volume contains the socket of Docker or containerd.",
    citations=(*ACCESS, "164.312(c)(1)"),
    severity="high",
    pack="baseline",
    remediation="Remove host_path from the volume, or add the path to the setting allowed and set readOnly of its mount points to true.",
    types={TASK_DEFINITION: ("volumes", "containerDefinitions")},
    sources=("hipaa:ecs-hardening",),
    unknown="defer",
    settings={
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("/proc", "/sys/fs/cgroup"),
            "description": "Directories of the host that containers may see. One with the socket of Docker or containerd is refused even so.",
        },
    },
)
def _host_paths(task: JudgedResource, config: Config) -> Iterator[str]:
    if is_unknown(task, "volumes"):
        yield deferred("volumes")
    names: set[str] = set()
    for volume in element_paths(task, "volumes"):
        # A volume of Docker's own driver can be a bind mount too.
        for path in (
            (*volume, "hostPath"),
            (*volume, "dockerVolumeConfiguration", "driverOpts", "device"),
        ):
            value = peek(task.props, *path)
            if value is UNKNOWN:
                yield deferred(*path)
            elif value is not MISSING and value != "":
                names.add(str(peek(task.props, *volume, "name")))
                fault = _host_path_fault(str(value), config["allowed"])
                if fault:
                    yield f"{dotted_path(path)} must be {fault}, but it is {format_value(value)}."
    if names:
        yield from _writable_mounts(task, names)


def _host_path_fault(path: str, allowed: Sequence[str]) -> str | None:
    """Return what a path of the host must be instead; None if it is allowed."""
    clean = normpath(path).replace("//", "/")
    clean = clean.removeprefix("/var") if f"{clean}/".startswith("/var/run/") else clean
    if any(f"{socket}/".startswith(f"{clean.rstrip('/')}/") for socket in _SOCKETS) or clean == "/var":
        return "a path without the socket of Docker or containerd"
    return None if path in allowed else " or ".join(allowed) or "unset"


def _writable_mounts(task: JudgedResource, names: set[str]) -> Iterator[str]:
    """Report containers that can write to one of these volumes."""
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif unknown := _unknown_in(container, "mountPoints"):
            yield unknown
        else:
            for mount in items(container, "mountPoints"):
                volume, read_only = peek(mount, "sourceVolume"), peek(mount, "readOnly")
                if mount is UNKNOWN or volume is UNKNOWN or read_only is UNKNOWN:
                    yield deferred("containerDefinitions")
                elif str(volume) in names and not is_true(read_only):
                    yield f"{_named(container)} must mount {format_value(volume)} with readOnly true, but it is {format_value(read_only)}."


@control(
    id="container-writes-logs",
    title="Containers write logs",
    description="Every container has a log configuration with a driver.",
    citations=ACTIVITY,
    severity="high",
    pack="retention",
    remediation="Set logConfiguration with the driver awslogs (or awsfirelens) and a log group of the program.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=("FSBP:ECS.9", "prowler:ecs_task_definitions_logging_enabled", "hipaa:ecs-hardening"),
    unknown="defer",
    settings={
        "drivers": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("awslogs", "awsfirelens", "splunk"),
        },
    },
)
def _logs(task: JudgedResource, config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif unknown := _unknown_in(container, "logConfiguration", "logDriver"):
            yield unknown
        elif (driver := peek(container, "logConfiguration", "logDriver")) not in config["drivers"]:
            yield f"{_named(container)} must have a logConfiguration with {' or '.join(config['drivers'])}, but its driver is {format_value(driver)}."


_SECRET_WORDS: Final = (
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "credential",
)
# A variable whose name ends like this holds a reference or a number instead of the secret.
_HARMLESS_ENDINGS: Final = (
    "_arn",
    "_name",
    "_id",
    "_url",
    "_path",
    "_file",
    "_ttl",
    "_seconds",
    "_length",
    "_expiry",
    "_header",
)


@control(
    id="container-environment-holds-no-secrets",
    title="Container environments hold no secrets",
    description="No environment variable in plain text has a name that suggests a password, a token or a key.",
    citations=("164.312(a)(1)", "164.308(a)(5)(ii)(D)"),
    severity="critical",
    pack="baseline",
    remediation="Move the variable to secrets, with the ARN of a secret or of a SecureString parameter.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=("FSBP:ECS.8", "prowler:ecs_task_definitions_no_environment_secrets", "hipaa:ecs-hardening"),
    unknown="defer",
    settings={"allowed": {"type": "array", "items": {"type": "string"}, "default": ()}},
)
def _environment(task: JudgedResource, config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif unknown := _unknown_in(container, "environment"):
            yield unknown
        else:
            for entry in items(container, "environment"):
                name = peek(entry, "name")
                if name is UNKNOWN or entry is UNKNOWN:
                    yield deferred("containerDefinitions")
                elif isinstance(name, str) and name not in config["allowed"] and suggests_a_secret(name):
                    yield f"{_named(container)} must have {name} in secrets, but it is in environment."


def suggests_a_secret(name: str) -> bool:
    """Return whether the name of a variable suggests that its value is a secret."""
    lower = name.lower()
    return any(word in lower for word in _SECRET_WORDS) and not lower.endswith(_HARMLESS_ENDINGS)


@control(
    id="task-roles-are-apart",
    title="Task role and execution role differ",
    description="A task has one role for its program and another one for the ECS agent that starts it.",
    citations=("164.312(a)(1)", "164.308(a)(4)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Set task_role_arn and execution_role_arn to the ARNs of two different roles.",
    types={TASK_DEFINITION: ("taskRoleArn", "executionRoleArn")},
    sources=("CKV_AWS_249", "hipaa:ecs-hardening"),
    unknown="present",
)
def _roles(task: JudgedResource, _config: Config) -> Iterator[str]:
    # A program without a task role has no permissions, which is allowed.
    yield from must_be_present(task, "executionRoleArn")
    roles = [peek(task.props, name) for name in ("taskRoleArn", "executionRoleArn")]
    urns = [set(task.property_dependencies.get(name, ())) for name in ("taskRoleArn", "executionRoleArn")]
    if (isinstance(roles[0], str) and roles[0] == roles[1] and roles[0]) or (
        UNKNOWN in roles and urns[0] and urns[0] == urns[1]
    ):
        yield "taskRoleArn and executionRoleArn must name two roles, but they name the same one."
