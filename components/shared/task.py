"""The container definition of an ECS task and the policies of its roles, as plain data. Creates no resources.

Maps to 45 CFR 164.312(a)(1) and 164.308(a)(4)(ii)(B)-(C) (access), 164.312(b) (audit controls) and 164.312(c)(1)
(integrity).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from components.shared import iam
from components.shared.iam import Statement

STOP_SECONDS: Final = 60
"""Seconds between SIGTERM and SIGKILL, in which the application completes open requests; the default of ECS is 30."""

LOG_BUFFER: Final = "25m"
"""Size of the log buffer of a container. When it is full, log lines are lost, but the application does not stop
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html).
"""

NOBODY: Final = "65532:65532"
"""Default user and group of a task: ids without a name in most images, and not root."""

# The agent of ECS Exec keeps its state here. ECS mounts its programs and its log directory from the container instance:
# https://github.com/aws/amazon-ecs-agent/blob/0384f40cf1a6791bf1ca061399f3ee116ce92cfb/agent/engine/execcmd/manager_init_task_linux.go
EXEC_STATE: Final = "/var/lib/amazon/ssm"
_EXEC_STATE_MIB: Final = 16

_ROOT: Final = re.compile(r"(0+|root)?(:.*)?")
_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)(?:[:@].*)?"
)


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
class Container:
    """The container of a service, which its release task and its scheduled tasks also use."""

    name: str
    """Name of the container."""
    image: str
    """Image; with a digest if it must not change."""
    cpu: int
    """CPU, in units of 1/1024 vCPU."""
    memory_mib: int
    """Memory limit, in MiB; ECS kills a container that exceeds it."""
    command: Sequence[str] = ()
    """Program and arguments that replace those of the image."""
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Ports of the container, by their name in Service Connect."""
    user: str = NOBODY
    """User and group, as numbers or names; not root."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables; never a secret."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Docker labels; a change creates a new revision of the task definition."""
    temporary_mib: int = 64
    """Size of `/tmp`, in MiB of memory; the rest of the file system is read-only."""
    open_files: int | None = None
    """Limit of open files; None for the default of the container instance."""
    health_check: HealthCheck | None = None
    """Health check that ECS runs in the container; None if there is none."""

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
    secrets: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
    sidecars: Sequence[Container] = (),
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
        secrets: ARNs in Secrets Manager, by the environment variable that receives the value. ECS reads the values; the
            definition does not contain them.
        environment: Further environment variables, e.g. addresses of destinations; those of the container take precedence.
        command: Program and arguments of a one-off task, which has no ports and no health check; empty for a service.
        sidecars: Containers that run beside it. They have their own streams and get no secrets.
    """
    first = _definition(
        container,
        log=log_options(log_group, region, stream),
        secrets=secrets,
        environment=environment or {},
        command=command,
    )
    if sidecars:
        first["dependsOn"] = [{"containerName": item.name, "condition": "START"} for item in sidecars]
    others = [
        _definition(item, log=log_options(log_group, region, f"{stream}-{item.name}")) for item in sidecars
    ]
    return json.dumps([first, *others], sort_keys=True)


def _definition(
    container: Container,
    *,
    log: Mapping[str, str],
    secrets: Mapping[str, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
    command: Sequence[str] = (),
) -> dict[str, object]:
    """Return the definition of one container."""
    mount_options = ["rw", "noexec", "nosuid", "nodev"]
    definition: dict[str, object] = {
        "name": container.name,
        "image": container.image,
        "essential": True,
        "cpu": container.cpu,
        "memory": container.memory_mib,
        "user": container.user,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "stopTimeout": STOP_SECONDS,
        "linuxParameters": {
            # Reaps zombie processes of the application and of ECS Exec sessions.
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [
                {"containerPath": "/tmp", "size": container.temporary_mib, "mountOptions": mount_options},  # noqa: S108
                {"containerPath": EXEC_STATE, "size": _EXEC_STATE_MIB, "mountOptions": mount_options},
            ],
        },
        "environment": [
            {"name": name, "value": value}
            for name, value in sorted({**environment, **container.environment}.items())
        ],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(secrets.items())],
        "logConfiguration": {"logDriver": "awslogs", "options": dict(log)},
        "portMappings": [],
    }
    if container.open_files is not None:
        limit = container.open_files
        definition["ulimits"] = [{"name": "nofile", "softLimit": limit, "hardLimit": limit}]
    if container.labels:
        definition["dockerLabels"] = dict(container.labels)
    if command:
        definition["command"] = list(command)
    else:
        definition["portMappings"] = [
            {"name": name, "containerPort": port, "protocol": "tcp"}
            for name, port in sorted(container.ports.items())
        ]
        if container.command:
            definition["command"] = list(container.command)
        if check := container.health_check:
            definition["healthCheck"] = {
                "command": ["CMD", *check.command],
                "interval": check.interval_seconds,
                "timeout": check.timeout_seconds,
                "retries": check.retries,
                "startPeriod": check.start_seconds,
            }
    return definition


def log_options(log_group: str, region: str, stream: str) -> dict[str, str]:
    """Return the options of the log driver `awslogs`."""
    return {
        "awslogs-group": log_group,
        "awslogs-region": region,
        "awslogs-stream-prefix": stream,
        "max-buffer-size": LOG_BUFFER,
        "mode": "non-blocking",
    }


def repository_arn(image: str, partition: str) -> str | None:
    """Return the ARN of the ECR repository of an image; None for an image in another registry."""
    match = _ECR.fullmatch(image)
    if match is None:
        return None
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{match['name']}"


def execution_policy(
    *,
    account: iam.Account,
    image: str,
    sidecar_images: Sequence[str] = (),
    log_group_arn: str,
    secret_arns: Sequence[str],
    secrets_key_arn: str | None,
    further_key_arns: Sequence[str] = (),
) -> str:
    """Return the policy of the task execution role: ECS may pull the images, write the log and read the secrets of the task.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html

    Args:
        account: The account and region of the task.
        image: Image of the container.
        sidecar_images: Images of its sidecars.
        log_group_arn: ARN of the log group, without a suffix.
        secret_arns: References to secrets, whose ARNs may end in a JSON key, a version stage and a version id, and to
            parameters of Systems Manager.
        secrets_key_arn: ARN of the KMS key of the secrets; None if they use the AWS managed key.
        further_key_arns: ARNs of other KMS keys that some of the secrets use.
    """
    statements = [
        iam.allow(
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:log-stream:*"],
        )
    ]
    repositories = [repository_arn(item, account.partition) for item in (image, *sidecar_images)]
    if own_repositories := [arn for arn in repositories if arn is not None]:
        statements += [
            # The token belongs to the account; the action supports no resources.
            iam.allow("RegistryToken", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            iam.allow(
                "Image",
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                resources=own_repositories,
            ),
        ]
    statements += _secret_statements(
        account, secret_arns, [*([secrets_key_arn] if secrets_key_arn else []), *further_key_arns]
    )
    return iam.document(*statements)


def _secret_statements(
    account: iam.Account, arns: Sequence[str], key_arns: Sequence[str]
) -> Iterator[Statement]:
    """Yield the statements that let ECS read secrets and parameters, and decrypt them through the service that has them."""
    parameters = [arn for arn in arns if arn.split(":")[2] == "ssm"]
    # The ARN of a secret has seven parts; JSON key, version stage and version id may follow.
    secrets = [":".join(arn.split(":")[:7]) for arn in arns if arn not in parameters]
    if secrets:
        yield iam.allow("Secrets", actions=["secretsmanager:GetSecretValue"], resources=secrets)
    if parameters:
        yield iam.allow("Parameters", actions=["ssm:GetParameters"], resources=parameters)
    if arns and key_arns:
        services = [*(["secretsmanager"] if secrets else []), *(["ssm"] if parameters else [])]
        via = [f"{service}.{account.region}.amazonaws.com" for service in services]
        yield iam.allow(
            "SecretsKey",
            actions=["kms:Decrypt"],
            resources=key_arns,
            conditions={"StringEquals": {"kms:ViaService": via[0] if len(via) == 1 else via}},
        )


def task_policy(
    *,
    exec_log_group_arn: str,
    compute_key_arn: str,
    database_users: Sequence[str] = (),
    further: Sequence[Statement] = (),
) -> str:
    """Return the policy of the task role: the application may sign in to databases, and ECS Exec may open recorded sessions.

    Args:
        exec_log_group_arn: ARN of the log group that records the sessions.
        compute_key_arn: ARN of the KMS key that encrypts the sessions.
        database_users: ARNs of database users: `arn:…:rds-db:…:dbuser:<resource id>/<user>`.
        further: Statements with further permissions of the application.
    """
    statements = [*exec_statements(exec_log_group_arn, compute_key_arn), *further]
    if database_users:
        statements.append(iam.allow("Databases", actions=["rds-db:connect"], resources=database_users))
    return iam.document(*statements)


def exec_statements(log_group_arn: str, compute_key_arn: str) -> Sequence[Statement]:
    """Return the statements that the role of a task needs for recorded ECS Exec sessions; the cluster needs no permission.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    """
    return [
        # These actions support no resources.
        iam.allow(
            "ExecChannels",
            actions=[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            resources=["*"],
        ),
        iam.allow("ExecLogGroups", actions=["logs:DescribeLogGroups"], resources=["*"]),
        iam.allow(
            "ExecLog",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:*"],
        ),
        iam.allow("ExecKey", actions=["kms:Decrypt"], resources=[compute_key_arn]),
    ]
