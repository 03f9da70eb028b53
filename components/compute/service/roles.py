"""The two IAM roles of a task: the execution role, with which ECS starts it, and the task role of the application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.shared import iam, task
from components.shared.destination import Destination


@dataclass(frozen=True, kw_only=True)
class TaskRoles:
    """The execution role and the task role of one service.

    The two roles are always separate: the execution role may read the secrets of the task, the application may not.
    """

    execution_arn: pulumi.Output[str]
    """ARN of the execution role."""
    task_arn: pulumi.Output[str]
    """ARN of the task role."""
    ready: Sequence[pulumi.Resource]
    """The policy attachments; the service and its tasks must depend on them."""


def task_roles(
    name: str,
    platform: Platform,
    *,
    image: str,
    sidecar_images: Sequence[str],
    log_group: aws.cloudwatch.LogGroup,
    secrets: Mapping[str, pulumi.Input[str]],
    uses: Mapping[str, Destination],
    parent: pulumi.Resource,
) -> TaskRoles:
    """Create the two roles of a service, each with one policy and its attachment.

    Args:
        name: Logical name of the service.
        platform: Account and keys.
        image: Image of the container.
        sidecar_images: Images of its sidecars.
        log_group: Log group of the service.
        secrets: Secrets Manager ARNs by environment variable.
        uses: Destinations of the service.
        parent: The component that the resources belong to.
    """
    users = [user for use in uses.values() for user in use.database_users]
    execution_policy = pulumi.Output.all(
        log=log_group.arn, key=platform.secrets_key_arn, secrets=list(secrets.values())
    ).apply(
        lambda values: task.execution_policy(
            account=platform.account,
            image=image,
            sidecar_images=sidecar_images,
            log_group_arn=values["log"],
            secret_arns=values["secrets"],
            secrets_key_arn=values["key"],
        )
    )
    task_policy = pulumi.Output.all(
        log=platform.exec_log_group_arn, key=platform.compute_key_arn, users=users
    ).apply(
        lambda values: task.task_policy(
            exec_log_group_arn=values["log"],
            compute_key_arn=values["key"],
            database_users=values["users"],
        )
    )
    execution_role, execution_attachment = _role(
        f"{name}-execution",
        "Lets ECS start tasks of one service",
        execution_policy,
        account=platform.account,
        parent=parent,
    )
    task_role, task_attachment = _role(
        f"{name}-task",
        "Permissions of the application of one service",
        task_policy,
        account=platform.account,
        parent=parent,
    )
    return TaskRoles(
        execution_arn=execution_role.arn,
        task_arn=task_role.arn,
        ready=[execution_attachment, task_attachment],
    )


def _role(
    name: str,
    description: str,
    document: pulumi.Output[str],
    *,
    account: iam.Account,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    """Create a role with one policy; return the role and the policy attachment."""
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
    return role, attachment
