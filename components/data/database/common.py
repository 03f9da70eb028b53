"""What Aurora and RDS share: a name in state, logs, groups of rules, the monitoring role and the administrator's password."""

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

_SECRET_RECOVERY_DAYS: Final = 30  # the longest that Secrets Manager waits
_PASSWORD_LENGTH: Final = 40


def identifier(
    name: str, keepers: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Return a physical name for a database: its logs need it before it exists, and its last snapshot ever after.

    The suffix is kept in state. It changes only together with what makes AWS replace the database (`keepers`): old and
    new then exist side by side, each with its own logs and last snapshot.
    """
    suffix = random.RandomId(
        name, byte_length=4, keepers=dict(keepers), opts=pulumi.ResourceOptions(parent=parent)
    )
    return suffix.hex.apply(lambda drawn: f"{name}-{drawn}")


def exported_logs(
    name: str, engine: str, tier: DataTier, *, folder: pulumi.Output[str], parent: pulumi.Resource
) -> list[aws.cloudwatch.LogGroup]:
    """Make the log groups that a database writes to, before it does: RDS would make them without key or retention.

    Args:
        name: Logical name of the database.
        engine: Its engine.
        tier: Keys and retention.
        folder: Physical names without the last part: `/aws/rds/cluster/<id>` or `/aws/rds/instance/<id>`.
        parent: The component it belongs to.
    """
    return [
        database_log(f"{name}-{export}", tier, pulumi.Output.concat(folder, "/", export), parent)
        for export in EXPORTS[engine]
    ]


def database_log(
    name: str, tier: DataTier, physical_name: pulumi.Output[str] | None, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """Make one log group of a database; what goes on to the archive is masked first.

    Args:
        name: Logical name.
        tier: Keys and retention.
        physical_name: Name, where AWS has fixed it.
        parent: The component it belongs to.
    """
    return log_group(
        name, tier.logs, kind="database", parent=parent, physical_name=physical_name, masked=True
    )


def security_group(
    name: str, description: str, tier: DataTier, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """Make a group without rules; every rule names another group and is a resource of its own."""
    return aws.ec2.SecurityGroup(
        name,
        description=description,
        vpc_id=tier.vpc_id,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )


class MonitoringRole:
    """Lets RDS write the operating system's metrics to the log group `RDSOSMetrics`, which the account has once.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """

    arn: pulumi.Output[str]
    ready: pulumi.Resource
    """The policy's attachment, without which RDS refuses the role."""

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
    """The administrator's password: managed by RDS, or drawn here where AWS's switches allow no other.

    A drawn one is encrypted in state and in a secret under the secrets key, in the shape of RDS's own; nobody has to read it.
    """

    password: pulumi.Output[str] | None
    """A secret; None where RDS manages the password."""

    def __init__(self, name: str, chosen: Administrator, tier: DataTier, parent: pulumi.Resource) -> None:
        self.password = None
        self._secret: aws.secretsmanager.Secret | None = None
        if chosen == "managed":
            return
        child = pulumi.ResourceOptions(parent=parent)
        drawn = random.RandomPassword(f"{name}-master", length=_PASSWORD_LENGTH, special=False, opts=child)
        self.password = pulumi.Output.secret(drawn.result)
        self._secret = aws.secretsmanager.Secret(
            f"{name}-master",
            description=f"Administrator of the database {name}",
            # Another one is drawn by a deployment: docs/runbooks/database-rotation.md.
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
        """Return the ARN of the secret that holds the password; `managed` is that of RDS's own."""
        return managed if self._secret is None else self._secret.arn


def master_secret_arn(found: Sequence[object] | None) -> str:
    """Return the ARN that RDS reports; empty while it reports none (pulumi answers with objects or mappings)."""
    for item in found or ():
        arn = item.get("secret_arn") if isinstance(item, dict) else getattr(item, "secret_arn", None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(arn, str):
            return arn
    return ""


def user_arn(account: iam.Account, resource_id: pulumi.Input[str], user: str) -> pulumi.Output[str]:
    """Return the ARN of a database user, as IAM policies name it.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
    """
    return pulumi.Output.concat(account.arn("rds-db", "dbuser:"), resource_id, "/", user)
