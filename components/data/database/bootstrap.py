"""The task that makes database users. It runs when somebody starts it, in the VPC, as the database's administrator.

Maps to 45 CFR 164.308(a)(4)(ii)(B)-(C) (access authorization and establishment) and 164.312(d) (authentication).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.database.common import database_log, security_group
from components.data.database.engine import MASTER_USER
from components.data.database.sql import statements
from components.data.tier import DataTier
from components.network.groups import join
from components.shared import iam, task
from components.shared.task import Container

_CPU: Final = 256
_MEMORY_MIB: Final = 256


@dataclass(frozen=True, kw_only=True)
class Administered:
    """A database, as its administrator reaches it."""

    engine: str
    """`aurora-postgresql`, `postgres` or `mysql`."""
    host: pulumi.Input[str]
    """Host of the writer, without a proxy."""
    port: int
    """Port."""
    database: str
    """Name of the database."""
    security_group_id: pulumi.Input[str]
    """Its security group."""
    secret_arn: pulumi.Input[str]
    """ARN of the secret with the administrator's password."""


@dataclass(frozen=True, kw_only=True)
class BootstrapArgs:
    """What `Bootstrap` needs to know."""

    tier: DataTier
    """Keys, logs and network."""
    target: Administered
    """The database."""
    image: str
    """Image with `psql` or `mysql`."""
    users: Sequence[str]
    """Database users to make: one for each service that uses the database."""


class Bootstrap(pulumi.ComponentResource):
    """An ECS task definition that makes a user and a schema for each service; running it again changes nothing.

    ECS reads the administrator's password from its secret when a task starts, so the weekly change of it does not matter;
    no role of the task itself exists, and its group reaches the database and nothing else. The connection is encrypted; that
    the host is the right one is left to the VPC, because images of clients have not got Amazon's root certificate.

    Outputs:
        task_arn: The task definition, for `aws ecs run-task`.
        security_group_id: Group to run it in.
        log_group_name: Where it writes.
    """

    task_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: BootstrapArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Bootstrap", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tier, target = args.tier, args.target
        log = database_log(name, tier, None, self)
        group = security_group(name, "Makes database users", tier, self)
        rules = join(
            f"{name}-to-database-{target.port}",
            source=group.id,
            target=target.security_group_id,
            port=target.port,
            opts=child,
        )
        role = aws.iam.Role(
            name,
            description="Lets ECS start the task that makes database users",
            assume_role_policy=iam.assume_role(
                "ecs-tasks.amazonaws.com", account=tier.account, source_arn=tier.account.arn("ecs", "*")
            ),
            opts=child,
        )
        policy = aws.iam.Policy(
            name,
            description="Start the task that makes database users",
            policy=pulumi.Output.all(log=log.arn, secret=target.secret_arn, key=tier.secrets_key_arn).apply(
                lambda known: task.execution_policy(
                    account=tier.account,
                    image=args.image,
                    log_group_arn=known["log"],
                    secret_arns=[known["secret"]],
                    secrets_key_arn=known["key"],
                )
            ),
            opts=child,
        )
        allowed = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
        container = Container(name=name, image=args.image, cpu=_CPU, memory_mib=_MEMORY_MIB)
        sql = statements(target.engine, target.database, args.users)
        definition = aws.ecs.TaskDefinition(
            name,
            family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            requires_compatibilities=["EC2"],
            network_mode="awsvpc",
            cpu=str(_CPU),
            memory=str(_MEMORY_MIB),
            execution_role_arn=role.arn,
            container_definitions=pulumi.Output.all(
                log=log.name, host=target.host, secret=target.secret_arn
            ).apply(
                lambda known: task.definitions(
                    container,
                    log_group=known["log"],
                    region=tier.account.region,
                    stream=name,
                    secrets={_password(target): f"{known['secret']}:password::"},
                    environment=_environment(target, known["host"]),
                    command=_command(target, known["host"], sql),
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed, *rules]),
        )
        self.task_arn = definition.arn
        self.security_group_id = group.id
        self.log_group_name = log.name
        self.register_outputs(
            {
                "task_arn": self.task_arn,
                "security_group_id": self.security_group_id,
                "log_group_name": self.log_group_name,
            }
        )


def _password(target: Administered) -> str:
    return "MYSQL_PWD" if target.engine == "mysql" else "PGPASSWORD"


def _environment(target: Administered, host: str) -> dict[str, str]:
    if target.engine == "mysql":
        return {"HOME": "/tmp"}  # noqa: S108
    return {
        "HOME": "/tmp",  # noqa: S108
        "PGDATABASE": target.database,
        "PGHOST": host,
        "PGPORT": str(target.port),
        "PGSSLMODE": "require",
        "PGUSER": MASTER_USER,
    }


def _command(target: Administered, host: str, sql: str) -> list[str]:
    if target.engine == "mysql":
        return [
            "mysql", f"--host={host}", f"--port={target.port}", f"--user={MASTER_USER}", "--ssl-mode=REQUIRED",
            f"--execute={sql}",
        ]  # fmt: skip
    return ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--command={sql}"]
