"""The two IAM roles of a task: the execution role, with which ECS starts it, and the task role of the application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.shared import iam, task
from components.shared.destination import Destination


class Roles:
    """The execution role and the task role of one service.

    The two roles are always separate: the execution role may read the secrets of the task, the application may not.

    Creates: two IAM roles, each with one policy and its attachment.
    """

    execution_arn: pulumi.Output[str]
    task_arn: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    """The policy attachments; the service and its tasks must depend on them."""

    def __init__(
        self,
        name: str,
        platform: Platform,
        *,
        image: str,
        log_group: aws.cloudwatch.LogGroup,
        secrets: Mapping[str, pulumi.Input[str]],
        uses: Mapping[str, Destination],
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._account = name, platform.account
        self._child = pulumi.ResourceOptions(parent=parent)
        users = [user for use in uses.values() for user in use.database_users]
        execution_policy = pulumi.Output.all(
            log=log_group.arn, key=platform.secrets_key_arn, secrets=list(secrets.values())
        ).apply(
            lambda values: task.execution_policy(
                account=platform.account,
                image=image,
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
        self.execution_arn, execution_attachment = self._role(
            "execution", "Lets ECS start tasks of one service", execution_policy
        )
        self.task_arn, task_attachment = self._role(
            "task", "What the application of one service may do", task_policy
        )
        self.ready = [execution_attachment, task_attachment]

    def _role(
        self, purpose: str, description: str, document: pulumi.Output[str]
    ) -> tuple[pulumi.Output[str], aws.iam.RolePolicyAttachment]:
        """Create a role with one policy; return its ARN and the policy attachment."""
        name = f"{self._name}-{purpose}"
        role = aws.iam.Role(
            name,
            description=description,
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
            assume_role_policy=iam.assume_role(
                "ecs-tasks.amazonaws.com", account=self._account, source_arn=self._account.arn("ecs", "*")
            ),
            opts=self._child,
        )
        policy = aws.iam.Policy(name, description=description, policy=document, opts=self._child)
        attachment = aws.iam.RolePolicyAttachment(
            name, role=role.name, policy_arn=policy.arn, opts=self._child
        )
        return role.arn, attachment
