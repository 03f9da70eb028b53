"""The identity of an application in AWS, which all its processes have.

Maps to 45 CFR 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi

from components.compute.service.platform import Platform
from components.compute.service.roles import task_role
from components.shared.destination import Destination
from components.shared.iam import Statement


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    """Arguments of `Application`."""

    platform: Platform
    """Account and keys."""
    uses: Collection[Destination] = ()
    """Destinations of the application; its role may sign in to their databases."""
    has_exec: bool = False
    """Whether ECS Exec can open a shell in the tasks."""
    protects_tasks: bool = False
    """Whether the application may protect its tasks from scale-in and deployments."""
    permissions: Sequence[Statement] = ()
    """Statements of its policy with further permissions."""


class Application(pulumi.ComponentResource):
    """The task role of an application. Its processes have this role, and no other application does.

    Creates: an IAM role, its policy and the attachment.

    Outputs:
        task_role_arn: ARN of the role.
    """

    task_role_arn: pulumi.Output[str]
    ready: pulumi.Resource
    """The attachment of the policy, on which the services of the application must depend."""
    name: str
    """Name of the application."""
    has_exec: bool
    """Whether ECS Exec can open a shell in the tasks."""

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Application", name, None, opts)
        role = task_role(
            name,
            args.platform,
            uses=args.uses,
            has_exec=args.has_exec,
            protects_tasks=args.protects_tasks,
            permissions=args.permissions,
            parent=self,
        )
        self.name, self.has_exec = name, args.has_exec
        self.task_role_arn, self.ready = role.arn, role.ready
        self.register_outputs({"task_role_arn": self.task_role_arn})
