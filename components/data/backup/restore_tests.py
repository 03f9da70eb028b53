"""Scheduled restore tests: AWS Backup restores the newest recovery point of each database and deletes it afterwards.

Maps to 45 CFR 164.308(a)(7)(ii)(D) (testing and revision).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.data.backup.plan import tag_conditions
from components.data.tier import DataTier

Restorable: TypeAlias = Literal["Aurora", "RDS"]
"""Database types, by their names in AWS Backup."""

START_HOURS: Final = 8
"""Start window of a test, in hours. AWS Backup chooses a random time in it."""

SELECTION_DAYS: Final = 7
"""Maximum age of the recovery point, in days."""

VALIDATION_HOURS: Final = 4
"""Hours until AWS Backup deletes a restored database; people can inspect it until then."""


def restore_testing_plan(
    name: str,
    *,
    tier: DataTier,
    prefix: str,
    schedule: str,
    databases: Sequence[Restorable],
    required_tags: Mapping[str, str],
    vault_arn: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> None:
    """Create a restore testing plan for the newest recovery points, with a security group without rules and a subnet group.

    AWS Backup does not infer the network of a database
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html). Without the overrides it
    would use the default VPC, which an account may lack.

    Args:
        name: Logical name.
        tier: Network of the restored databases.
        prefix: Prefix of the names, which AWS limits to letters, digits and underscores.
        schedule: Time of the tests, as a cron expression in UTC.
        databases: Database types to restore.
        required_tags: Tags of the databases to restore.
        vault_arn: ARN of the vault to restore from.
        role_arn: ARN of the role for restores.
        after: Policy attachments of the role, which must exist first.
        parent: The component of the backups.
    """
    child = pulumi.ResourceOptions(parent=parent)
    closed_group = aws.ec2.SecurityGroup(
        name,
        description="Restored for a test: nobody gets in",
        vpc_id=tier.vpc_id,
        tags={"Name": name},
        opts=child,
    )
    subnets = aws.rds.SubnetGroup(
        name, description="Restored for a test", subnet_ids=tier.subnet_ids, opts=child
    )
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
    for type_ in databases:
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
            restore_metadata_overrides={
                "dbSubnetGroupName": subnets.name,
                "vpcSecurityGroupIds": pulumi.Output.json_dumps([closed_group.id]),
            },
            validation_window_hours=VALIDATION_HOURS,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )
