"""`Backup`: an AWS Backup vault and plan, with copies to another region or account and restore tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pulumi
import pulumi_aws as aws

from components.data.backup.alarms import vault_alarms
from components.data.backup.audit import ReportDestination, audit_reports
from components.data.backup.plan import Retention, VaultLock, plan_rules, tag_conditions
from components.data.backup.restore_tests import restore_testing_plan
from components.data.backup.vault import LockedVault, locked_vault
from components.data.dashboard import MonitoredResource
from components.data.tier import DataTier
from components.encryption.keys import make_key
from components.encryption.policies import key_policy
from components.shared import iam
from components.shared.names import backup_tags
from facts.stores import BackupType


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Arguments of `Backup`."""

    tier: DataTier
    """Account, network for restore tests, and SNS topic of the alarms."""
    backup_key_arn: pulumi.Input[str]
    """KMS key of the vault."""
    prefix: str
    """Prefix of names that AWS limits to letters, digits and underscores; unique in the account and region."""
    retention: Retention = field(default_factory=Retention)
    """Retention of recovery points."""
    schedule: str = "cron(0 5 * * ? *)"
    """Start of daily backups, as a cron expression in UTC."""
    lock: VaultLock
    """Vault Lock of the vault and of the vault in `copy_region`."""
    copy_region: str | None = None
    """Another region that gets a vault with copies; None disables it."""
    copy_vault_arn: str | None = None
    """ARN of a vault in another account of the organization, in this region, that gets copies; None disables it."""
    resource_types: Sequence[BackupType] = ()
    """Types of the data stores of the stack that AWS Backup covers."""
    restore_test: str | None = None
    """Time of the restore tests, as a cron expression in UTC; None disables them."""
    instance_windows: Sequence[str] = ()
    """Backup and maintenance windows of an RDS instance, in UTC. Hourly backups keep an hour of distance from them."""
    owns_region: bool = False
    """Whether to opt in AWS Backup for data stores. Each region of an account has this setting once."""
    report_destination: ReportDestination | None = None
    """Bucket of the reports; None disables reports."""

    def __post_init__(self) -> None:
        """Reject a lock that conflicts with the plan or with `protect`, an invalid prefix and the region of the stack."""
        self.lock.check(self.retention)
        if self.lock.mode == "compliance" and not self.tier.protect:
            raise ValueError("lock compliance cannot be undone, so it needs protect, got protect False")
        if not self.prefix.replace("_", "").isalnum():
            raise ValueError(f"prefix must be letters, digits and underscores, got {self.prefix!r}")
        if self.copy_region == self.tier.account.region:
            raise ValueError(f"copy_region must be another region, got {self.copy_region!r}")

    @property
    def copy_account(self) -> str | None:
        """Account id in `copy_vault_arn`, or None."""
        return self.copy_vault_arn.split(":")[4] if self.copy_vault_arn else None


class Backup(pulumi.ComponentResource):
    """An AWS Backup vault under the backup key, with a backup plan, copies, restore tests, alarms and reports.

    Creates: a vault with a policy and, unless its mode is `none`, a Vault Lock; a backup plan and selection; roles for backup
    and restore; CloudWatch alarms. If the arguments ask for them, also: a vault and a KMS key in `copy_region`; a restore
    testing plan with a security group and subnet group; the region settings of AWS Backup; a framework and report plans.

    AWS Backup backs up all resources that have the tags of `backup_tags`. In effect these are the databases and file systems,
    because it does not support ElastiCache. Recovery points of RDS and Aurora are snapshots under the key of the database,
    those of EFS are under the key of the vault.
    AWS Backup encrypts copies under the key of the vault that receives them
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html). The vault in `copy_region` has a separate key
    instead of a replica of the key here, so the loss of a key in one region does not affect the backups in the other.

    A restore test restores the newest recovery point of each database into the data tier, behind a security group without
    rules, and that of each file system into a new one without mount targets. It then deletes what it restored.

    Maps to 45 CFR 164.308(a)(7)(ii)(A) (data backup plan), (B) (disaster recovery plan) and (D) (testing), and
    164.310(d)(2)(iv).

    Outputs:
        vault_name: Name of the vault.
        vault_arn: ARN of the vault.
        copy_vault_arn: ARN of the vault in the second region, or None.
        plan_id: Id of the backup plan.
        restore_role_arn: ARN of the role for restores, also for manual ones.
    """

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]
    copy_vault_arn: pulumi.Output[str] | None
    plan_id: pulumi.Output[str]
    restore_role_arn: pulumi.Output[str]
    monitored_resources: list[MonitoredResource]
    """The alarms that the dashboard shows."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Backup", name, None, opts)
        tier = args.tier
        selected = backup_tags()

        main = self._vault(name, args, args.backup_key_arn)
        copy = self._copy(f"{name}-copy", args, args.copy_region) if args.copy_region else None
        copies_to: dict[str, pulumi.Input[str]] = {}
        if copy is not None:
            copies_to["region"] = copy.vault.arn
        if args.copy_vault_arn is not None:
            copies_to["account"] = args.copy_vault_arn

        opt_in: list[pulumi.Resource] = []
        if args.owns_region:
            opt_in.append(
                aws.backup.RegionSettings(
                    f"{name}-region",
                    resource_type_opt_in_preference={"Aurora": True, "EFS": True, "RDS": True},
                    # AWS returns a preference for every resource type and adds types each year. This project manages only these.
                    opts=pulumi.ResourceOptions(parent=self, ignore_changes=["resourceTypeOptInPreference"]),
                )
            )
        backup_role_arn, backup_policy = self._role(
            f"{name}-backup",
            "Backs up resources that have the backup tag",
            "AWSBackupServiceRolePolicyForBackup",
            tier,
        )
        restore_role_arn, restore_policy = self._role(
            f"{name}-restore", "Restores recovery points", "AWSBackupServiceRolePolicyForRestores", tier
        )
        plan = aws.backup.Plan(
            name,
            rules=plan_rules(
                main.vault.name, args.retention, args.schedule, copies_to, args.instance_windows
            ),
            tags={"Name": name},
            # The vault is locked before the first job. Pulumi deletes the plan first, so no job starts while it empties a vault.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*main.ready, *(copy.ready if copy else [])]),
        )
        aws.backup.Selection(
            name,
            plan_id=plan.id,
            iam_role_arn=backup_role_arn,
            resources=["*"],
            conditions=[
                aws.backup.SelectionConditionArgs(
                    string_equals=[
                        aws.backup.SelectionConditionStringEqualArgs(key=key, value=value)
                        for key, value in tag_conditions(selected)
                    ]
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[backup_policy, *opt_in]),
        )
        if args.restore_test is not None and args.resource_types:
            restore_testing_plan(
                f"{name}-restore-test",
                tier=tier,
                prefix=args.prefix,
                schedule=args.restore_test,
                resource_types=args.resource_types,
                required_tags=selected,
                vault_arn=main.vault.arn,
                role_arn=restore_role_arn,
                after=[restore_policy],
                parent=self,
            )
        self.monitored_resources = vault_alarms(
            name,
            vault_name=main.vault.name,
            copies=bool(copies_to),
            backup_expected=bool(args.resource_types),
            restore_tested_types=args.resource_types if args.restore_test is not None else (),
            topic_arn=tier.alarm_topic_arn,
            parent=self,
        )
        if args.report_destination is not None:
            audit_reports(
                name,
                prefix=args.prefix,
                destination=args.report_destination,
                retention=args.retention,
                locked=args.lock.mode != "none",
                copy_region=args.copy_region,
                copy_account=args.copy_account,
                restore_tested=args.restore_test is not None and bool(args.resource_types),
                parent=self,
            )
        self.vault_name = main.vault.name
        self.vault_arn = main.vault.arn
        self.copy_vault_arn = copy and copy.vault.arn
        self.plan_id = plan.id
        self.restore_role_arn = restore_role_arn
        self.register_outputs(
            {
                "vault_name": self.vault_name,
                "vault_arn": self.vault_arn,
                "copy_vault_arn": self.copy_vault_arn,
                "plan_id": self.plan_id,
                "restore_role_arn": self.restore_role_arn,
            }
        )

    def _vault(
        self, name: str, args: BackupArgs, key_arn: pulumi.Input[str], region: str | None = None
    ) -> LockedVault:
        return locked_vault(
            name,
            kms_key_arn=key_arn,
            lock=args.lock,
            retention=args.retention,
            protect=args.tier.protect,
            parent=self,
            region=region,
        )

    def _copy(self, name: str, args: BackupArgs, region: str) -> LockedVault:
        """Create the vault in the second region and its key."""
        account = replace(args.tier.account, region=region)
        key = make_key(
            name,
            "backup",
            policy=key_policy("backup", account, copy_region=args.tier.account.region),
            protect=args.tier.protect,
            parent=self,
            region=region,
        )
        return self._vault(name, args, key, region)

    def _role(
        self, name: str, description: str, policy: str, tier: DataTier
    ) -> tuple[pulumi.Output[str], aws.iam.RolePolicyAttachment]:
        """Create a role with an AWS managed policy, which AWS updates for new resource types. Return its ARN and the attachment.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
        """
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description=description,
            assume_role_policy=iam.assume_role("backup.amazonaws.com", account=tier.account),
            opts=child,
        )
        attachment = aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=tier.account.managed_policy(f"service-role/{policy}"),
            opts=child,
        )
        return role.arn, attachment
