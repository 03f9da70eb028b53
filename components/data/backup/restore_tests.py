"""Scheduled restore tests: AWS Backup restores the newest recovery point of each data store and deletes it afterwards.

Maps to 45 CFR 164.308(a)(7)(ii)(D) (testing and revision).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.backup.plan import tag_conditions
from components.data.tier import DataTier
from facts.stores import BackupType

START_HOURS: Final = 8
"""Start window of a test, in hours. AWS Backup chooses a random time in it."""

SELECTION_DAYS: Final = 7
"""Maximum age of the recovery point, in days."""

VALIDATION_HOURS: Final = 4
"""Hours until AWS Backup deletes what it restored; people can inspect it until then."""


def restore_testing_plan(
    name: str,
    *,
    tier: DataTier,
    prefix: str,
    schedule: str,
    resource_types: Sequence[BackupType],
    required_tags: Mapping[str, str],
    vault_arn: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> None:
    """Create a restore testing plan for the newest recovery points; for databases also a security group and a subnet group.

    AWS Backup does not infer the network of a database
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html). Without the overrides it
    would use the default VPC, which an account may lack, and for a file system the key of AWS. The security group has no
    rules.

    Args:
        name: Logical name.
        tier: Network and key of what is restored.
        prefix: Prefix of the names, which AWS limits to letters, digits and underscores.
        schedule: Time of the tests, as a cron expression in UTC.
        resource_types: Types of the data stores to restore.
        required_tags: Tags of the data stores to restore.
        vault_arn: ARN of the vault to restore from.
        role_arn: ARN of the role for restores.
        after: Policy attachments of the role, which must exist first.
        parent: The component of the backups.
    """
    child = pulumi.ResourceOptions(parent=parent)
    databases = set(resource_types) - {"EFS"}
    network: Mapping[str, pulumi.Input[str]] = _database_network(name, tier, parent) if databases else {}
    file_system: Mapping[str, pulumi.Input[str]] = {"kmsKeyId": tier.data_key_arn}
    plan = aws.backup.RestoreTestingPlan(
        name,
        name=f"{prefix}_restore_test",
        schedule_expression=schedule,
        schedule_expression_timezone="Etc/UTC",
        start_window_hours=START_HOURS,
        recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
            algorithm="LATEST_WITHIN_WINDOW",
            include_vaults=[vault_arn],
            recovery_point_types=["SNAPSHOT"],
            selection_window_days=SELECTION_DAYS,
        ),
        opts=child,
    )
    for type_ in resource_types:
        aws.backup.RestoreTestingSelection(
            f"{name}-{type_.lower()}",
            name=f"{prefix}_{type_.lower()}",
            restore_testing_plan_name=plan.name,
            protected_resource_type=type_,
            protected_resource_arns=["*"],
            protected_resource_conditions=aws.backup.RestoreTestingSelectionProtectedResourceConditionsArgs(
                string_equals=[
                    aws.backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs(
                        key=key, value=value
                    )
                    for key, value in tag_conditions(required_tags)
                ]
            ),
            iam_role_arn=role_arn,
            restore_metadata_overrides=file_system if type_ == "EFS" else network,
            validation_window_hours=VALIDATION_HOURS,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )


def _database_network(name: str, tier: DataTier, parent: pulumi.Resource) -> Mapping[str, pulumi.Input[str]]:
    """Create a security group and a subnet group for restored databases. Return them as metadata of a restore."""
    child = pulumi.ResourceOptions(parent=parent)
    closed_group = aws.ec2.SecurityGroup(
        name,
        description="Restore tests: no inbound and no outbound traffic",
        vpc_id=tier.vpc_id,
        tags={"Name": name},
        opts=child,
    )
    subnets = aws.rds.SubnetGroup(name, description="Restore tests", subnet_ids=tier.subnet_ids, opts=child)
    return {
        "dbSubnetGroupName": subnets.name,
        "vpcSecurityGroupIds": pulumi.Output.json_dumps([closed_group.id]),
    }
