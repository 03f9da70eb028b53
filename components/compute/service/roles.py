"""The two roles of a task: the one ECS starts it with, and the one the application has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.shared import iam, task
from components.shared.destination import Destination


class Roles:
    """Execution and task role of one service, each with a policy of its own.

    They are never the same: what starts a task reads its secrets, what runs in it does not.
    """

    execution_arn: pulumi.Output[str]
    task_arn: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    """The policies' attachments, for whatever must not run without them."""

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
        start = pulumi.Output.all(
            log=log_group.arn, key=platform.secrets_key_arn, secrets=list(secrets.values())
        ).apply(
            lambda known: task.execution_policy(
                account=platform.account,
                image=image,
                log_group_arn=known["log"],
                secret_arns=known["secrets"],
                secrets_key_arn=known["key"],
            )
        )
        run = pulumi.Output.all(
            log=platform.exec_log_group_arn, key=platform.compute_key_arn, users=users
        ).apply(
            lambda known: task.task_policy(
                exec_log_group_arn=known["log"],
                compute_key_arn=known["key"],
                database_users=known["users"],
            )
        )
        self.execution_arn, may_start = self._role("execution", "Lets ECS start tasks of one service", start)
        self.task_arn, may_run = self._role("task", "What the application of one service may do", run)
        self.ready = [may_start, may_run]

    def _role(
        self, role: str, description: str, document: pulumi.Output[str]
    ) -> tuple[pulumi.Output[str], aws.iam.RolePolicyAttachment]:
        name = f"{self._name}-{role}"
        made = aws.iam.Role(
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
            name, role=made.name, policy_arn=policy.arn, opts=self._child
        )
        return made.arn, attachment
