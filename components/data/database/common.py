"""Resources that Aurora and RDS share: physical name, log groups, security group, monitoring role and administrator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.database.args import Administrator
from components.data.database.engine import EXPORTS, MASTER_USER
from components.data.tier import DataTier
from components.shared import iam
from components.shared.logs import log_group
from components.shared.options import guard

_SECRET_RECOVERY_DAYS: Final = 30  # maximum of Secrets Manager
_PASSWORD_LENGTH: Final = 40


def identifier(
    name: str, keepers: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Return a physical name for a database, known before the database exists.

    The names of its log groups and of its final snapshot contain this name. The random suffix is kept in the state.

    Args:
        name: Logical name of the database.
        keepers: Inputs whose change makes AWS replace the database. A change also draws a new suffix, so that the old and
            the new database exist side by side, each with its own logs and final snapshot.
        parent: The component of the database.
    """
    suffix = random.RandomId(
        name, byte_length=4, keepers=dict(keepers), opts=pulumi.ResourceOptions(parent=parent)
    )
    return suffix.hex.apply(lambda hex_: f"{name}-{hex_}")


def exported_logs(
    name: str, engine: str, tier: DataTier, *, folder: pulumi.Output[str], parent: pulumi.Resource
) -> list[aws.cloudwatch.LogGroup]:
    """Create the log groups of a database before the database; RDS would create them without key and retention.

    Args:
        name: Logical name of the database.
        engine: `aurora-postgresql`, `postgres` or `mysql`.
        tier: Keys and retention.
        folder: Prefix of the physical names: `/aws/rds/cluster/<id>` or `/aws/rds/instance/<id>`.
        parent: The component of the database.
    """
    return [
        database_log(f"{name}-{export}", tier, pulumi.Output.concat(folder, "/", export), parent)
        for export in EXPORTS[engine]
    ]


def database_log(
    name: str, tier: DataTier, physical_name: pulumi.Output[str] | None, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """Create one log group of a database. Its events are masked before they go to the archive.

    Args:
        name: Logical name.
        tier: Keys and retention.
        physical_name: Name of the log group if AWS prescribes it; None lets Pulumi choose.
        parent: The component of the database.
    """
    return log_group(
        name, tier.logs, kind="database", parent=parent, physical_name=physical_name, masked=True
    )


def security_group(
    name: str, description: str, tier: DataTier, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """Create a security group without rules. Rules are separate resources and refer to other security groups."""
    return aws.ec2.SecurityGroup(
        name,
        description=description,
        vpc_id=tier.vpc_id,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )


class MonitoringRole:
    """The IAM role with which Enhanced Monitoring writes metrics of the operating system.

    RDS writes them to the log group `RDSOSMetrics`, which all databases of the account share.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """

    arn: pulumi.Output[str]
    ready: pulumi.Resource
    """The policy attachment. RDS rejects the role without it, so instances depend on it."""

    def __init__(self, name: str, account: iam.Account, parent: pulumi.Resource) -> None:
        child = pulumi.ResourceOptions(parent=parent)
        role = aws.iam.Role(
            f"{name}-monitoring",
            description="Lets RDS write metrics of a database's operating system",
            assume_role_policy=iam.assume_role("monitoring.rds.amazonaws.com", account=account),
            opts=child,
        )
        self.ready = aws.iam.RolePolicyAttachment(
            f"{name}-monitoring",
            role=role.name,
            policy_arn=account.managed_policy("service-role/AmazonRDSEnhancedMonitoringRole"),
            opts=child,
        )
        self.arn = role.arn


class Master:
    """The password of the administrator, managed by RDS or generated here.

    Some features of AWS, such as blue/green updates, do not work with a managed password. A generated password is encrypted
    in the state and in a secret under the secrets key. The secret has the same JSON fields as a secret of RDS:
    `username` and `password`.
    """

    password: pulumi.Output[str] | None
    """The generated password as a Pulumi secret; None if RDS manages the password."""

    def __init__(
        self, name: str, administrator: Administrator, tier: DataTier, parent: pulumi.Resource
    ) -> None:
        self.password = None
        self._secret: aws.secretsmanager.Secret | None = None
        if administrator == "managed":
            return
        child = pulumi.ResourceOptions(parent=parent)
        generated = random.RandomPassword(
            f"{name}-master", length=_PASSWORD_LENGTH, special=False, opts=child
        )
        self.password = pulumi.Output.secret(generated.result)
        self._secret = aws.secretsmanager.Secret(
            f"{name}-master",
            description=f"Administrator of the database {name}",
            # A deployment generates another password: docs/runbooks/database-rotation.md.
            tags={"Name": f"{name}-master", "rotation": "redeploy"},
            kms_key_id=tier.secrets_key_arn,
            recovery_window_in_days=_SECRET_RECOVERY_DAYS if tier.protect else 0,
            opts=pulumi.ResourceOptions(parent=parent, protect=guard(tier.protect)),
        )
        aws.secretsmanager.SecretVersion(
            f"{name}-master",
            secret_id=self._secret.id,
            secret_string=self.password.apply(
                lambda password: json.dumps({"password": password, "username": MASTER_USER}, sort_keys=True)
            ),
            opts=child,
        )

    def secret_arn(self, managed: pulumi.Output[str]) -> pulumi.Output[str]:
        """Return the ARN of the secret with the password; `managed` is the ARN of the secret that RDS manages."""
        return managed if self._secret is None else self._secret.arn


def master_secret_arn(secrets: Sequence[object] | None) -> str:
    """Return the secret ARN from the output `master_user_secrets`; empty if RDS reports no secret.

    Args:
        secrets: The output, a list of SDK objects or of mappings.
    """
    for item in secrets or ():
        arn = item.get("secret_arn") if isinstance(item, dict) else getattr(item, "secret_arn", None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(arn, str):
            return arn
    return ""


def user_arn(account: iam.Account, resource_id: pulumi.Input[str], user: str) -> pulumi.Output[str]:
    """Return the ARN of a database user for IAM policies.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
    """
    return pulumi.Output.concat(account.arn("rds-db", "dbuser:"), resource_id, "/", user)
