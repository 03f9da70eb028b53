"""`Bootstrap`: an ECS task that creates schemas and users. People start it; it runs in the VPC as the administrator.

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
from components.data.database.identity import ApplicationIdentity
from components.data.database.sql import scripts
from components.data.tier import DataTier
from components.network.groups import allow_traffic
from components.shared import containers, iam, task
from components.shared.containers import Container

_CPU: Final = 256
_MEMORY_MIB: Final = 256


@dataclass(frozen=True, kw_only=True)
class AdministratorConnection:
    """Connection of the administrator to a database."""

    engine: str
    """`aurora-postgresql`, `postgres` or `mysql`."""
    host: pulumi.Input[str]
    """Host name of the writer, not of a proxy."""
    port: int
    """Port."""
    database: str
    """Name of the database."""
    security_group_id: pulumi.Input[str]
    """Id of the security group of the database."""
    secret_arn: pulumi.Input[str]
    """ARN of the secret with the password of the administrator."""


@dataclass(frozen=True, kw_only=True)
class BootstrapArgs:
    """Arguments of `Bootstrap`."""

    tier: DataTier
    """Keys, logs and network."""
    target: AdministratorConnection
    """The database that gets the users."""
    image: str
    """Container image with `psql` or `mysql`."""
    applications: Sequence[ApplicationIdentity]
    """The applications that use the database. The users of earlier ones lose their rights."""


class Bootstrap(pulumi.ComponentResource):
    """An ECS task definition that gives each application its schema and users. The task can run repeatedly.

    Creates: an ECS task definition, its execution role and policy, a log group, and a security group with rules to the
    database.

    ECS reads the password of the administrator from its secret when a task starts, so the weekly rotation does not break the
    task. The task has no task role. Its security group allows connections to the database only. The connection is encrypted,
    but the client does not verify the certificate of the host, because client images lack the root certificate of Amazon. The
    VPC ensures that the host is the right one.

    Outputs:
        task_arn: ARN of the task definition, for `aws ecs run-task`.
        security_group_id: Id of the security group for the task.
        log_group_name: Name of the log group of the task.
    """

    task_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: BootstrapArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Bootstrap", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tier, target = args.tier, args.target
        log = database_log(name, tier, parent=self)
        group = security_group(name, "Task that creates database users", tier, parent=self)
        rules = allow_traffic(
            f"{name}-to-database-{target.port}",
            source=group.id,
            target=target.security_group_id,
            port=target.port,
            parent=self,
        )
        role = aws.iam.Role(
            name,
            description="Lets ECS start the task that creates database users",
            assume_role_policy=iam.assume_role(
                "ecs-tasks.amazonaws.com", account=tier.account, source_arn=tier.account.arn("ecs", "*")
            ),
            opts=child,
        )
        policy = aws.iam.Policy(
            name,
            description="Start the task that creates database users",
            policy=pulumi.Output.all(log=log.arn, secret=target.secret_arn, key=tier.secrets_key_arn).apply(
                lambda arns: task.execution_policy(
                    account=tier.account,
                    image=args.image,
                    log_group_arn=arns["log"],
                    secret_arns=[arns["secret"]],
                    secrets_key_arn=arns["key"],
                )
            ),
            opts=child,
        )
        attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
        sql = scripts(target.engine, target.database, args.applications)
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
                lambda values: containers.definitions(
                    Container(
                        name=name,
                        image=args.image,
                        cpu=_CPU,
                        memory_mib=_MEMORY_MIB,
                        command=_command(target, values["host"], sql),
                    ),
                    log_group=values["log"],
                    region=tier.account.region,
                    stream=name,
                    secrets={_password_variable(target): f"{values['secret']}:password::"},
                    environment=_environment(target, values["host"]),
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment, *rules]),
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


def _password_variable(target: AdministratorConnection) -> str:
    return "MYSQL_PWD" if target.engine == "mysql" else "PGPASSWORD"


def _environment(target: AdministratorConnection, host: str) -> dict[str, str]:
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


def _command(target: AdministratorConnection, host: str, sql: Sequence[str]) -> list[str]:
    if target.engine == "mysql":
        return [
            "mysql", f"--host={host}", f"--port={target.port}", f"--user={MASTER_USER}", "--ssl-mode=REQUIRED",
            f"--execute={''.join(sql)}",
        ]  # fmt: skip
    # Each command is one transaction. The last one signs in again: the administrator must still be able to.
    commands = [f"--command={script}" for script in (*sql, "\\connect -")]
    return ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *commands]
