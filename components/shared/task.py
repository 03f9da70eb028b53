"""The policies of the roles of an ECS task, as plain data. Creates no resources.

Maps to 45 CFR 164.312(a)(1) and 164.308(a)(4)(ii)(B)-(C) (access) and 164.312(b) (audit controls).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from components.shared import iam
from components.shared.file_system import ACCESS_POINT, MOUNT_ACTIONS
from components.shared.iam import Statement

_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)(?:[:@].*)?"
)


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
    secrets = [*dict.fromkeys(":".join(arn.split(":")[:7]) for arn in arns if arn not in parameters)]
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


APPLICATION_TAG: Final = "application"
"""Tag of a service and of its tasks with the name of the application."""


@dataclass(frozen=True, kw_only=True)
class ExecSession:
    """How the sessions of ECS Exec are recorded."""

    log_group_arn: str
    """ARN of the log group that records them."""
    key_arn: str
    """ARN of the KMS key that encrypts them."""


def task_policy(
    *,
    application: str,
    exec_session: ExecSession | None = None,
    protected_cluster_arn: str | None = None,
    database_users: Sequence[str] = (),
    mounts: Sequence[tuple[str, str]] = (),
    further: Sequence[Statement] = (),
) -> str:
    """Return the policy of the task role, which needs at least one permission.

    Args:
        application: Name of the application.
        exec_session: How ECS Exec records sessions; None if nobody can open a session.
        protected_cluster_arn: ARN of the cluster, if the application may protect its tasks from scale-in and deployments.
        database_users: ARNs of database users as which the application may sign in:
            `arn:…:rds-db:…:dbuser:<resource id>/<user>`.
        mounts: ARN of a file system and of the access point through which the application may mount it.
        further: Statements with further permissions of the application.
    """
    statements: list[Statement] = [*(exec_statements(exec_session) if exec_session else []), *further]
    if protected_cluster_arn is not None:
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
        statements.append(
            iam.allow(
                "ProtectTasks",
                actions=["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
                resources=[f"{protected_cluster_arn.replace(':cluster/', ':task/')}/*"],
                conditions={"StringEquals": {f"aws:ResourceTag/{APPLICATION_TAG}": application}},
            )
        )
    if database_users:
        statements.append(iam.allow("Databases", actions=["rds-db:connect"], resources=database_users))
    statements += [
        iam.allow(
            f"Files{index}",
            actions=MOUNT_ACTIONS,
            resources=[file_system_arn],
            conditions={"StringEquals": {ACCESS_POINT: access_point_arn}},
        )
        for index, (file_system_arn, access_point_arn) in enumerate(mounts)
    ]
    return iam.document(*statements)


def exec_statements(session: ExecSession) -> Sequence[Statement]:
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
            resources=[f"{session.log_group_arn}:*"],
        ),
        iam.allow("ExecKey", actions=["kms:Decrypt"], resources=[session.key_arn]),
    ]
