"""Restores that are tried: the newest recovery point of each database, brought back at set times and deleted again.

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
"""Types of databases, as AWS Backup calls them."""

START_HOURS: Final = 8
"""In which a test begins, at a time that AWS Backup draws."""

SELECTION_DAYS: Final = 7
"""How far back a test looks for the newest recovery point."""

VALIDATION_HOURS: Final = 4
"""How long a restored database stays, for whoever wants to look; then AWS Backup deletes it."""


def restore_regularly(
    name: str,
    *,
    tier: DataTier,
    prefix: str,
    schedule: str,
    databases: Sequence[Restorable],
    selected: Mapping[str, str],
    vault_arn: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> None:
    """Restore the newest recovery points at set times, into the data tier, behind a group that lets nobody in.

    What AWS Backup does not infer is told it
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html): it would take the
    default VPC, which an account need not have.

    Args:
        name: Logical name.
        tier: Where databases are restored to.
        prefix: How names begin that take letters, digits and underscores only.
        schedule: When, a cron expression in UTC.
        databases: Types of databases to restore.
        selected: Tags of the databases to restore.
        vault_arn: The vault to restore from.
        role_arn: The role that restores.
        after: What the role needs.
        parent: The component it belongs to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    nobody = aws.ec2.SecurityGroup(
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
                    for key, value in tag_conditions(selected)
                ]
            ),
            iam_role_arn=role_arn,
            restore_metadata_overrides={
                "dbSubnetGroupName": subnets.name,
                "vpcSecurityGroupIds": pulumi.Output.json_dumps([nobody.id]),
            },
            validation_window_hours=VALIDATION_HOURS,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )
