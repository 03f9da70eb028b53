"""Passwords of applications with `sign_in: password`: a secret for each, and a function that rotates them.

The function runs in the private subnets, because it signs in to the database. It needs a route to Secrets Manager: NAT, or the
interface endpoint. Maps to 45 CFR 164.308(a)(5)(ii)(D) (password management) and 164.312(d) (authentication).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.dashboard import MonitoredResource
from components.data.database.alarms import ROTATION_FAILED
from components.data.database.bootstrap import AdministratorConnection
from components.data.database.common import security_group
from components.data.database.identity import ApplicationIdentity
from components.data.rotation_statements import rotation_statements
from components.data.seed import SEED, SEED_IGNORES
from components.data.tier import DataTier
from components.network.groups import allow_traffic
from components.shared import iam
from components.shared.alarms import metric_alarm
from components.shared.logs import log_group
from components.shared.ports import ANYWHERE

RUNTIME: Final = "python3.13"
"""Lambda runtime (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html)."""

TIMEOUT_SECONDS: Final = 120
"""A step connects to the database at most once, and waits at most 20 seconds for each answer."""

RECOVERY_DAYS: Final = 30
"""Days in which a deleted secret can be restored; 30 is the maximum of Secrets Manager."""

_PACKAGE: Final = "components/data/database/rotation"
_MODULES: Final = ("__init__", "connection", "function", "mysql", "postgresql", "scram")
_CODE: Final = {
    f"{_PACKAGE}/{name}.py": (Path(__file__).parent / "rotation" / f"{name}.py").read_text(encoding="utf-8")
    for name in _MODULES
}


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """The secrets of the applications of a database."""

    urls: Mapping[str, pulumi.Output[str]]
    """`valueFrom` of `DATABASE_URL` for a task definition, by application."""
    monitored: Sequence[MonitoredResource]
    """The alarm that the dashboard shows."""


def rotation_policy(
    *,
    account: iam.Account,
    secret_arns: Sequence[str],
    administrator_arn: str,
    secrets_key_arn: str,
    log_group_arn: str,
) -> str:
    """Return the policy of the function: change these secrets, read that of the administrator, and run in the VPC."""
    return iam.document(
        *rotation_statements(
            account=account,
            secret_arns=secret_arns,
            secrets_key_arn=secrets_key_arn,
            log_group_arn=log_group_arn,
        ),
        iam.allow("Administrator", actions=["secretsmanager:GetSecretValue"], resources=[administrator_arn]),
        # Lambda attaches the function to the VPC with the rights of the function
        # (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
        iam.allow(
            "NetworkInterfaces",
            actions=[
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=["*"],
        ),
    )


def rotate_passwords(
    name: str,
    *,
    tier: DataTier,
    target: AdministratorConnection,
    applications: Sequence[ApplicationIdentity],
    rotate_days: int,
    database_id: pulumi.Output[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> Passwords:
    """Create a secret for each application that signs in with a password, and the function that rotates them.

    The first version of a secret has no password, so the state of Pulumi never contains one. The first rotation sets it. It
    fails until the bootstrap task has created the users.

    Creates: for each application a secret with its first version and its rotation schedule; a Lambda function with its role,
    log group, security group and rules; an alarm.

    Args:
        name: Logical name of the database.
        tier: Network, keys and logs.
        target: The database; applications connect to its host directly and not through a proxy.
        applications: The applications; those that sign in by IAM are ignored.
        rotate_days: Days between two rotations.
        database_id: Physical name of the database. A new database gets new secrets.
        after: Resources that must exist before the first rotation.
        parent: The component of the database.

    Raises:
        ValueError: An application signs in with a password, but the tier has no subnets for the function.
    """
    named = [item for item in applications if item.sign_in == "password"]
    if not named:
        return Passwords(urls={}, monitored=())
    if not tier.function_subnet_ids:
        raise ValueError(f"function_subnet_ids must not be empty if {named[0].name} signs in with a password")
    child = pulumi.ResourceOptions(parent=parent)
    secrets = {
        item.name: _secret(f"{name}-{item.name}", item, tier, target, database_id, parent=parent)
        for item in named
    }
    rotation = f"{name}-rotation"
    group = security_group(rotation, "Function that rotates passwords", tier, parent=parent)
    rules = [
        *allow_traffic(
            f"{rotation}-to-{name}-{target.port}",
            source=group.id,
            target=target.security_group_id,
            port=target.port,
            parent=parent,
        ),
        aws.vpc.SecurityGroupEgressRule(
            f"{rotation}-to-aws",
            security_group_id=group.id,
            description="HTTPS to the API of Secrets Manager",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=ANYWHERE,
            opts=child,
        ),
    ]
    function, permission = _function(
        rotation,
        tier,
        group_id=group.id,
        secret_arns=[secret.arn for secret, _ in secrets.values()],
        administrator_arn=target.secret_arn,
        rules=rules,
        parent=parent,
    )
    for application, (secret, value) in secrets.items():
        aws.secretsmanager.SecretRotation(
            f"{rotation}-{application}",
            secret_id=secret.id,
            rotation_lambda_arn=function.arn,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=rotate_days
            ),
            rotate_immediately=True,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission, value, *after]),
        )
    dimensions = {"FunctionName": function.name}
    metric_alarm(name, ROTATION_FAILED, dimensions=dimensions, topic_arn=tier.alarm_topic_arn, parent=parent)
    return Passwords(
        urls={
            application: pulumi.Output.all(secret.arn, value.id).apply(lambda values: f"{values[0]}:url::")
            for application, (secret, value) in secrets.items()
        },
        monitored=[MonitoredResource(alerts=[ROTATION_FAILED], dimensions=[dimensions])],
    )


def _secret(
    name: str,
    application: ApplicationIdentity,
    tier: DataTier,
    target: AdministratorConnection,
    database_id: pulumi.Output[str],
    *,
    parent: pulumi.Resource,
) -> tuple[aws.secretsmanager.Secret, aws.secretsmanager.SecretVersion]:
    # Kept in the state: a new database has a new address, so it gets a new secret. Nor can a secret have the name of one that
    # can still be restored.
    suffix = random.RandomId(
        name, byte_length=4, keepers={"database": database_id}, opts=pulumi.ResourceOptions(parent=parent)
    )
    secret = aws.secretsmanager.Secret(
        name,
        name=suffix.hex.apply(lambda hex_: f"{name}-{hex_}"),
        description=f"Credentials of {application.name} for the database",
        kms_key_id=tier.secrets_key_arn,
        recovery_window_in_days=RECOVERY_DAYS if tier.protect else 0,
        tags={"Name": name, "application": application.name},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    value = aws.secretsmanager.SecretVersion(
        name,
        secret_id=secret.id,
        secret_string=pulumi.Output.json_dumps(
            {
                "engine": "mysql" if target.engine == "mysql" else "postgres",
                "host": target.host,
                "port": str(target.port),
                "dbname": application.name if target.engine == "mysql" else target.database,
                # The first rotation sets the password of the other user.
                "username": application.logins[-1],
                "masterarn": target.secret_arn,
            }
        ),
        version_stages=[SEED],
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=SEED_IGNORES),
    )
    return secret, value


def _function(
    name: str,
    tier: DataTier,
    *,
    group_id: pulumi.Input[str],
    secret_arns: Sequence[pulumi.Output[str]],
    administrator_arn: pulumi.Input[str],
    rules: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> tuple[aws.lambda_.Function, aws.lambda_.Permission]:
    child = pulumi.ResourceOptions(parent=parent)
    description = "Rotates the passwords of applications in a database"
    log = log_group(name, tier.logs, kind="rotation", parent=parent)
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=iam.assume_role("lambda.amazonaws.com", account=tier.account),
        opts=child,
    )
    document = pulumi.Output.all(
        secrets=secret_arns, administrator=administrator_arn, key=tier.secrets_key_arn, log=log.arn
    ).apply(
        lambda arns: rotation_policy(
            account=tier.account,
            secret_arns=cast("list[str]", arns["secrets"]),
            administrator_arn=arns["administrator"],
            secrets_key_arn=arns["key"],
            log_group_arn=arns["log"],
        )
    )
    policy = aws.iam.Policy(name, description=description, policy=document, opts=child)
    attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    function = aws.lambda_.Function(
        name,
        description=description,
        role=role.arn,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=f"{_PACKAGE.replace('/', '.')}.function.handler",
        # The text instead of the path, because paths differ between machines.
        code=pulumi.AssetArchive({path: pulumi.StringAsset(text) for path, text in _CODE.items()}),
        timeout=TIMEOUT_SECONDS,
        memory_size=256,
        vpc_config=aws.lambda_.FunctionVpcConfigArgs(
            subnet_ids=list(tier.function_subnet_ids), security_group_ids=[group_id]
        ),
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log.name),
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[attachment, *rules],
            # Lambda removes the network interfaces some time after the function.
            custom_timeouts=pulumi.CustomTimeouts(delete="60m"),
        ),
    )
    permission = aws.lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=function.name,
        principal="secretsmanager.amazonaws.com",
        source_account=tier.account.id,
        opts=child,
    )
    return function, permission
