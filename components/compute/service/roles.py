"""The two IAM roles of a task: the execution role, with which ECS starts it, and the task role of the application.

The two roles are always separate: the execution role may read the secrets of the task, the application may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.shared import iam, task
from components.shared.destination import Destination
from components.shared.iam import Statement


@dataclass(frozen=True, kw_only=True)
class ReadyRole:
    """A role with its policy."""

    arn: pulumi.Output[str]
    """ARN of the role."""
    attachment: pulumi.Resource
    """The attachment of its policy; services and tasks with the role must depend on it."""


def execution_role(
    name: str,
    platform: Platform,
    *,
    images: Sequence[str],
    log_group: aws.cloudwatch.LogGroup,
    secrets: Mapping[str, pulumi.Input[str]],
    secret_key_arns: Sequence[str] = (),
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create the execution role of a service, with its policy and the attachment.

    Args:
        name: Logical name of the service.
        platform: Account and keys.
        images: Image of the container, then those of its sidecars.
        log_group: Log group of the service.
        secrets: ARNs of secrets and parameters by environment variable.
        secret_key_arns: ARNs of KMS keys that some of them use, besides the secrets key of the platform.
        parent: The component that the resources belong to.
    """
    policy = pulumi.Output.all(
        log=log_group.arn, key=platform.secrets_key_arn, secrets=list(secrets.values())
    ).apply(
        lambda values: task.execution_policy(
            account=platform.account,
            image=images[0],
            sidecar_images=images[1:],
            log_group_arn=values["log"],
            secret_arns=values["secrets"],
            secrets_key_arn=values["key"],
            further_key_arns=secret_key_arns,
        )
    )
    return _role(
        f"{name}-execution",
        "Lets ECS start tasks of one service",
        policy,
        account=platform.account,
        parent=parent,
    )


def task_role(
    name: str,
    platform: Platform,
    *,
    uses: Iterable[Destination],
    permissions: Sequence[Statement] = (),
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create the role of the code of an application, with its policy and the attachment.

    Args:
        name: Logical name of the application.
        platform: Account and keys.
        uses: Destinations of the application.
        permissions: Statements with further permissions.
        parent: The component that the resources belong to.
    """
    policy = pulumi.Output.all(
        log=platform.exec_log_group_arn,
        key=platform.compute_key_arn,
        users=[user for destination in uses for user in destination.database_users],
    ).apply(
        lambda values: task.task_policy(
            exec_log_group_arn=values["log"],
            compute_key_arn=values["key"],
            database_users=values["users"],
            further=permissions,
        )
    )
    return _role(
        f"{name}-task",
        "Permissions of all processes of one application",
        policy,
        account=platform.account,
        parent=parent,
    )


def _role(
    name: str,
    description: str,
    document: pulumi.Output[str],
    *,
    account: iam.Account,
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create a role with one policy."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description=description,
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        assume_role_policy=iam.assume_role(
            "ecs-tasks.amazonaws.com", account=account, source_arn=account.arn("ecs", "*")
        ),
        opts=child,
    )
    policy = aws.iam.Policy(name, description=description, policy=document, opts=child)
    attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    return ReadyRole(arn=role.arn, attachment=attachment)
