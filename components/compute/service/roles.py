"""The IAM roles of a service: two of its tasks, and those of EventBridge Scheduler.

ECS starts a task with the execution role, and its code has the task role of the application. The two roles are always separate:
the execution role may read the secrets of the task, the application may not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.shared import iam, task
from components.shared.destination import Destination
from components.shared.iam import Statement

_TASKS: Final = "ecs-tasks.amazonaws.com"
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"""


@dataclass(frozen=True, kw_only=True)
class ReadyRole:
    """A role with its permissions."""

    arn: pulumi.Output[str]
    """ARN of the role."""
    ready: pulumi.Resource
    """The attachment of its policy; services and tasks with the role must depend on it."""


def execution_role(
    name: str,
    platform: Platform,
    *,
    images: Sequence[str],
    log_group: aws.cloudwatch.LogGroup,
    secrets: Sequence[pulumi.Input[str]],
    secret_key_arns: Sequence[str] = (),
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create the execution role of a service, with its policy and the attachment.

    Args:
        name: Logical name of the service.
        platform: Account and keys.
        images: Image of the container, then those of its sidecars.
        log_group: Log group of the service.
        secrets: References to secrets and parameters of all containers.
        secret_key_arns: ARNs of KMS keys that some of them use, besides the secrets key of the platform.
        parent: The component that the resources belong to.
    """
    policy = pulumi.Output.all(log=log_group.arn, key=platform.secrets_key_arn, secrets=secrets).apply(
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
        principal=_TASKS,
        source_arn=platform.account.arn("ecs", "*"),
        account=platform.account,
        parent=parent,
    )


def task_role(
    name: str,
    platform: Platform,
    *,
    uses: Collection[Destination],
    has_exec: bool,
    protects_tasks: bool,
    permissions: Sequence[Statement] = (),
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create the role of the code of an application; with a policy if it has permissions.

    Args:
        name: Logical name of the application.
        platform: Account and keys.
        uses: Destinations of the application.
        has_exec: Whether ECS Exec can open a shell in the tasks.
        protects_tasks: Whether the application may protect its tasks.
        permissions: Statements with further permissions.
        parent: The component that the resources belong to.
    """
    users = [user for destination in uses for user in destination.database_users]
    mounts = [destination.mount for destination in uses if destination.mount]
    policy = None
    if users or mounts or has_exec or protects_tasks or permissions:
        policy = pulumi.Output.all(
            log=platform.exec_log_group_arn,
            key=platform.compute_key_arn,
            cluster=platform.cluster_arn,
            users=users,
            mounts=[(mount.file_system_arn, mount.access_point_arn) for mount in mounts],
        ).apply(
            lambda values: task.task_policy(
                exec_session=task.ExecSession(log_group_arn=values["log"], key_arn=values["key"])
                if has_exec
                else None,
                protected_cluster_arn=values["cluster"] if protects_tasks else None,
                application=name,
                database_users=values["users"],
                mounts=values["mounts"],
                further=permissions,
            )
        )
    return _role(
        f"{name}-task",
        "Permissions of all processes of one application",
        policy,
        principal=_TASKS,
        source_arn=platform.account.arn("ecs", "*"),
        account=platform.account,
        parent=parent,
    )


def traffic_role(
    name: str, document: pulumi.Output[str], *, account: iam.Account, parent: pulumi.Resource
) -> ReadyRole:
    """Create a role with which ECS manages targets and listener rules, with its policy and the attachment.

    Args:
        name: Logical name.
        document: Policy.
        account: The account and region.
        parent: The component that the resources belong to.
    """
    return _role(
        name,
        "Lets ECS move requests between the target groups of one service",
        document,
        principal="ecs.amazonaws.com",
        source_arn=None,
        account=account,
        parent=parent,
    )


def scheduler_role(
    name: str,
    description: str,
    document: pulumi.Output[str],
    *,
    account: iam.Account,
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create a role of EventBridge Scheduler, with its policy and the attachment.

    Args:
        name: Logical name.
        description: What the role is for.
        document: Policy.
        account: The account and region.
        parent: The component that the resources belong to.
    """
    # The source ARN of a schedule is the ARN of its group
    # (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
    source = account.arn("scheduler", "schedule-group/default")
    return _role(
        name,
        description,
        document,
        principal="scheduler.amazonaws.com",
        source_arn=source,
        account=account,
        parent=parent,
    )


def _role(
    name: str,
    description: str,
    document: pulumi.Output[str] | None,
    *,
    principal: str,
    source_arn: str | None,
    account: iam.Account,
    parent: pulumi.Resource,
) -> ReadyRole:
    """Create a role with one policy, or without permissions."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=iam.assume_role(principal, account=account, source_arn=source_arn),
        opts=child,
    )
    if document is None:
        return ReadyRole(arn=role.arn, ready=role)
    policy = aws.iam.Policy(name, description=description, policy=document, opts=child)
    attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    return ReadyRole(arn=role.arn, ready=attachment)
