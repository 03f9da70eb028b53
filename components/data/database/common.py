"""Resources that Aurora and RDS share: physical name, log groups, security group and monitoring role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.database.engine import LOG_EXPORTS
from components.data.tier import DataTier
from components.shared import iam
from components.shared.logs import log_group


def identifier(
    name: str, keepers: Mapping[str, pulumi.Input[str]], *, parent: pulumi.Resource
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
        database_log(
            f"{name}-{export}", tier, parent=parent, physical_name=pulumi.Output.concat(folder, "/", export)
        )
        for export in LOG_EXPORTS[engine]
    ]


def database_log(
    name: str, tier: DataTier, *, parent: pulumi.Resource, physical_name: pulumi.Output[str] | None = None
) -> aws.cloudwatch.LogGroup:
    """Create one log group of a database. Its events are masked before they go to the archive.

    Args:
        name: Logical name.
        tier: Keys and retention.
        parent: The component of the database.
        physical_name: Name of the log group if AWS prescribes it; None lets Pulumi choose.
    """
    return log_group(
        name, tier.logs, kind="database", parent=parent, physical_name=physical_name, masked=True
    )


def security_group(
    name: str, description: str, tier: DataTier, *, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """Create a security group without rules. Rules are separate resources and refer to other security groups."""
    return aws.ec2.SecurityGroup(
        name,
        description=description,
        vpc_id=tier.vpc_id,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )


@dataclass(frozen=True, kw_only=True)
class MonitoringRole:
    """The IAM role with which Enhanced Monitoring writes metrics of the operating system."""

    arn: pulumi.Output[str]
    """ARN of the role."""
    ready: pulumi.Resource
    """The policy attachment. RDS rejects the role without it, so instances depend on it."""


def monitoring_role(name: str, account: iam.Account, *, parent: pulumi.Resource) -> MonitoringRole:
    """Create the role for Enhanced Monitoring and its policy attachment.

    RDS writes the metrics to the log group `RDSOSMetrics`, which all databases of the account share.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-monitoring",
        description="Lets RDS write metrics of a database's operating system",
        assume_role_policy=iam.assume_role("monitoring.rds.amazonaws.com", account=account),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-monitoring",
        role=role.name,
        policy_arn=account.managed_policy("service-role/AmazonRDSEnhancedMonitoringRole"),
        opts=child,
    )
    return MonitoringRole(arn=role.arn, ready=attachment)


def user_arn(account: iam.Account, resource_id: pulumi.Input[str], user: str) -> pulumi.Output[str]:
    """Return the ARN of a database user for IAM policies.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
    """
    return pulumi.Output.concat(account.arn("rds-db", "dbuser:"), resource_id, "/", user)
