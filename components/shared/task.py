"""What a task is: its container definition and what its roles may do. Pure.

Maps to 45 CFR 164.312(a)(1) and 164.308(a)(4)(ii)(B)-(C) (access), 164.312(b) (audit controls) and 164.312(c)(1)
(integrity).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from components.shared import iam
from components.shared.iam import Statement

STOP_SECONDS: Final = 60
"""Between SIGTERM and SIGKILL: time to end what is in flight; ECS's default is 30."""

LOG_BUFFER: Final = "25m"
"""What a container may write ahead of CloudWatch before lines are lost; a full buffer never stops the application
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html).
"""

NOBODY: Final = "65532:65532"
"""User and group of a task if not told otherwise: without a name in most images, and never root."""

# ECS Exec's agent keeps its state here. Its programs and its log directory are mounted from the instance:
# https://github.com/aws/amazon-ecs-agent/blob/0384f40cf1a6791bf1ca061399f3ee116ce92cfb/agent/engine/execcmd/manager_init_task_linux.go
EXEC_STATE: Final = "/var/lib/amazon/ssm"
_EXEC_STATE_MIB: Final = 16

_ROOT: Final = re.compile(r"(0+|root)?(:.*)?")
_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)(?:[:@].*)?"
)


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A command inside the container that tells whether it works."""

    command: Sequence[str]
    """Program and arguments, run without a shell."""
    interval_seconds: int = 30
    """Between checks, 5 to 300."""
    timeout_seconds: int = 5
    """Until a check has failed, 2 to 60."""
    retries: int = 3
    """Failures in a row until the container is unhealthy, 1 to 10."""
    start_seconds: int = 60
    """In which failures do not count, 0 to 300."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """The container of a task; the same for the service, its release task and its scheduled tasks."""

    name: str
    """Name of the container."""
    image: str
    """Image, by digest where it matters which."""
    cpu: int
    """CPU, in units of 1/1024 vCPU."""
    memory_mib: int
    """Memory, in MiB; a container that takes more is killed."""
    command: Sequence[str] = ()
    """Program and arguments in place of the image's own."""
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Ports it serves, by the name that Service Connect calls each."""
    user: str = NOBODY
    """User and group, as numbers or names; root is refused."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that are no secret."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that Docker keeps; a change makes a new revision."""
    temporary_mib: int = 64
    """Size of `/tmp`, in MiB of memory; the rest of the file system is read-only."""
    health_check: HealthCheck | None = None
    """The container's own health check."""

    def __post_init__(self) -> None:
        """Refuse root."""
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
) -> str:
    """Return `containerDefinitions`: one container, as JSON with sorted keys.

    Args:
        container: The container.
        log_group: Name of its log group.
        region: Region of the log group.
        stream: First part of its log streams' names.
        secrets: Secrets Manager ARN by the variable that takes the value; ECS reads them, no value is in the definition.
        environment: Variables besides the container's own: where to find what the service uses.
        command: Of a one-off task, which serves no port and has no health check.
    """
    scratch = ["rw", "noexec", "nosuid", "nodev"]
    found: dict[str, object] = {
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
            # Reaps what the application leaves behind, and what a shell by ECS Exec does.
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [
                {"containerPath": "/tmp", "size": container.temporary_mib, "mountOptions": scratch},  # noqa: S108
                {"containerPath": EXEC_STATE, "size": _EXEC_STATE_MIB, "mountOptions": scratch},
            ],
        },
        "environment": [
            {"name": name, "value": value}
            for name, value in sorted({**(environment or {}), **container.environment}.items())
        ],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(secrets.items())],
        "logConfiguration": {"logDriver": "awslogs", "options": log_options(log_group, region, stream)},
        "portMappings": [],
    }
    if container.labels:
        found["dockerLabels"] = dict(container.labels)
    if command:
        found["command"] = list(command)
    else:
        found["portMappings"] = [
            {"name": name, "containerPort": port, "protocol": "tcp"}
            for name, port in sorted(container.ports.items())
        ]
        if container.command:
            found["command"] = list(container.command)
        if check := container.health_check:
            found["healthCheck"] = {
                "command": ["CMD", *check.command],
                "interval": check.interval_seconds,
                "timeout": check.timeout_seconds,
                "retries": check.retries,
                "startPeriod": check.start_seconds,
            }
    return json.dumps([found], sort_keys=True)


def log_options(log_group: str, region: str, stream: str) -> dict[str, str]:
    """Return the options of the `awslogs` driver."""
    return {
        "awslogs-group": log_group,
        "awslogs-region": region,
        "awslogs-stream-prefix": stream,
        "max-buffer-size": LOG_BUFFER,
        "mode": "non-blocking",
    }


def repository_arn(image: str, partition: str) -> str | None:
    """Return the ARN of the ECR repository that an image is in; None for another registry."""
    match = _ECR.fullmatch(image)
    if match is None:
        return None
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{match['name']}"


def execution_policy(
    *,
    account: iam.Account,
    image: str,
    log_group_arn: str,
    secret_arns: Sequence[str],
    secrets_key_arn: str | None,
) -> str:
    """Let ECS start the task: pull its one image, write its one log and read its own secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    statements = [
        iam.allow(
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:log-stream:*"],
        )
    ]
    if repository := repository_arn(image, account.partition):
        statements += [
            # The token is the account's and has no resource.
            iam.allow("RegistryToken", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            iam.allow(
                "Image",
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                resources=[repository],
            ),
        ]
    if secret_arns:
        # A reference may go on with JSON key, stage and version; the secret's own ARN has seven parts.
        own = [":".join(arn.split(":")[:7]) for arn in secret_arns]
        statements.append(iam.allow("Secrets", actions=["secretsmanager:GetSecretValue"], resources=own))
        if secrets_key_arn is not None:
            via = {"kms:ViaService": f"secretsmanager.{account.region}.amazonaws.com"}
            statements.append(
                iam.allow(
                    "SecretsKey",
                    actions=["kms:Decrypt"],
                    resources=[secrets_key_arn],
                    conditions={"StringEquals": via},
                )
            )
    return iam.document(*statements)


def task_policy(
    *,
    exec_log_group_arn: str,
    compute_key_arn: str,
    database_users: Sequence[str] = (),
) -> str:
    """Let the application sign in to what it uses, and ECS Exec open a recorded session.

    Args:
        exec_log_group_arn: Log group that sessions are recorded in.
        compute_key_arn: Key that encrypts sessions.
        database_users: ARNs `arn:…:rds-db:…:dbuser:<resource id>/<user>`.
    """
    statements = [*exec_statements(exec_log_group_arn, compute_key_arn)]
    if database_users:
        statements.append(iam.allow("Databases", actions=["rds-db:connect"], resources=database_users))
    return iam.document(*statements)


def exec_statements(log_group_arn: str, compute_key_arn: str) -> Sequence[Statement]:
    """Return what a task's role needs for audited ECS Exec sessions; the task does it all, the cluster nothing.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    """
    return [
        # Neither action knows resources.
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
        iam.allow("ExecFindsItsLog", actions=["logs:DescribeLogGroups"], resources=["*"]),
        iam.allow(
            "ExecLog",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:*"],
        ),
        iam.allow("ExecKey", actions=["kms:Decrypt"], resources=[compute_key_arn]),
    ]
