"""Backups that can be restored: a vault, a plan, copies elsewhere and tests of the restore, by AWS Backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi
import pulumi_aws as aws

from components.data.backup.alarms import watch_vault
from components.data.backup.audit import Evidence, report
from components.data.backup.plan import Retention, VaultLock, rules, tag_conditions
from components.data.backup.restore_tests import Restorable, restore_regularly
from components.data.backup.vault import LockedVault
from components.data.dashboard import Watched
from components.data.tier import DataTier
from components.encryption.keys import make_key
from components.encryption.policies import key_policy
from components.shared import iam
from components.shared.names import BACKED_UP


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """What `Backup` needs to know."""

    tier: DataTier
    """Account, network for restore tests, and who is told."""
    backup_key_arn: pulumi.Input[str]
    """The key of the vault."""
    prefix: str
    """How names begin that take letters, digits and underscores only; unique in account and region."""
    retention: Retention = field(default_factory=Retention)
    """How long recovery points are kept."""
    schedule: str = "cron(0 5 * * ? *)"
    """When daily backups start, a cron expression in UTC."""
    lock: VaultLock
    """The lock of the vault and of its copy."""
    copy_region: str | None = None
    """Another region that gets a vault and copies."""
    copy_vault_arn: str | None = None
    """A vault in another account of the organization, in this region, that gets copies."""
    databases: Sequence[Restorable] = ()
    """What the stack has to back up."""
    restore_test: str | None = None
    """When restores are tested, a cron expression in UTC; never if not given."""
    instance_windows: Sequence[str] = ()
    """Backup and maintenance window of an RDS instance, in UTC, from which hourly backups keep an hour's distance."""
    also_tagged: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tags besides `BACKED_UP` that a resource must have: what tells two stacks of one account apart."""
    owns_account: bool = False
    """Whether to switch AWS Backup on for databases, which an account has once in each region."""
    evidence: Evidence | None = None
    """Where reports go; none are made if not given."""

    def __post_init__(self) -> None:
        """Refuse limits of the lock that the plan breaks, a lock for ever on what may be deleted, and a bad prefix."""
        self.lock.check(self.retention)
        if self.lock.mode == "compliance" and not self.tier.protect:
            raise ValueError("lock compliance cannot be undone, so it needs protect, got protect False")
        if not self.prefix.replace("_", "").isalnum():
            raise ValueError(f"prefix must be letters, digits and underscores, got {self.prefix!r}")
        if self.copy_region == self.tier.account.region:
            raise ValueError(f"copy_region must be another region, got {self.copy_region!r}")

    @property
    def copy_account(self) -> str | None:
        """The account of `copy_vault_arn`."""
        return self.copy_vault_arn.split(":")[4] if self.copy_vault_arn else None


class Backup(pulumi.ComponentResource):
    """A vault under the backup key, and everything that fills it, watches it and tries it out.

    Whatever carries the tag `BACKED_UP` is backed up: databases, since AWS Backup has no part in ElastiCache. Recovery
    points of RDS and Aurora are snapshots under the database's own key; copies are encrypted again, under the key of the
    vault they go to (https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html). So the second region has a
    key of its own and no replica of one here: nothing that happens to a key in one region takes the backups of both.

    A test restores the newest recovery point of each database into the data tier, behind a security group that lets
    nobody in, and deletes it again.

    Maps to 45 CFR 164.308(a)(7)(ii)(A) (data backup plan), (B) (disaster recovery plan) and (D) (testing), and
    164.310(d)(2)(iv).

    Outputs:
        vault_name: Name of the vault.
        vault_arn: ARN of the vault.
        copy_vault_arn: ARN of the vault in the second region, or None.
        plan_id: Id of the plan.
        restore_role_arn: Role that restores, for whoever restores by hand.
    """

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]
    copy_vault_arn: pulumi.Output[str] | None
    plan_id: pulumi.Output[str]
    restore_role_arn: pulumi.Output[str]
    watched: list[Watched]
    """Its graphs on the dashboard."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Backup", name, None, opts)
        tier = args.tier
        selected = {**args.also_tagged, **BACKED_UP}

        own = self._vault(name, args, args.backup_key_arn)
        copy = self._copy(f"{name}-copy", args, args.copy_region) if args.copy_region else None
        copies_to: dict[str, pulumi.Input[str]] = {}
        if copy is not None:
            copies_to["region"] = copy.vault.arn
        if args.copy_vault_arn is not None:
            copies_to["account"] = args.copy_vault_arn

        switched_on: list[pulumi.Resource] = []
        if args.owns_account:
            switched_on.append(
                aws.backup.RegionSettings(
                    f"{name}-region",
                    resource_type_opt_in_preference={"Aurora": True, "RDS": True},
                    # AWS answers with every type it has, and has more each year; the others are not this project's.
                    opts=pulumi.ResourceOptions(parent=self, ignore_changes=["resourceTypeOptInPreference"]),
                )
            )
        backing, may_back = self._role(
            f"{name}-backup", "Backs up what is tagged for it", "AWSBackupServiceRolePolicyForBackup", tier
        )
        restoring, may_restore = self._role(
            f"{name}-restore", "Restores recovery points", "AWSBackupServiceRolePolicyForRestores", tier
        )
        plan = aws.backup.Plan(
            name,
            rules=rules(own.vault.name, args.retention, args.schedule, copies_to, args.instance_windows),
            tags={"Name": name},
            # Locked before anything is in it; and on the way out no job begins in a vault that is being emptied.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*own.ready, *(copy.ready if copy else [])]),
        )
        aws.backup.Selection(
            name,
            plan_id=plan.id,
            iam_role_arn=backing,
            resources=["*"],
            conditions=[
                aws.backup.SelectionConditionArgs(
                    string_equals=[
                        aws.backup.SelectionConditionStringEqualArgs(key=key, value=value)
                        for key, value in tag_conditions(selected)
                    ]
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_back, *switched_on]),
        )
        if args.restore_test is not None and args.databases:
            restore_regularly(
                f"{name}-restore-test",
                tier=tier,
                prefix=args.prefix,
                schedule=args.restore_test,
                databases=args.databases,
                selected=selected,
                vault_arn=own.vault.arn,
                role_arn=restoring,
                after=[may_restore],
                parent=self,
            )
        self.watched = watch_vault(
            name,
            vault_name=own.vault.name,
            copies=bool(copies_to),
            expected=bool(args.databases),
            tested=args.databases if args.restore_test is not None else (),
            topic_arn=tier.alarm_topic_arn,
            parent=self,
        )
        if args.evidence is not None:
            report(
                name,
                prefix=args.prefix,
                evidence=args.evidence,
                retention=args.retention,
                locked=args.lock.mode != "none",
                copy_region=args.copy_region,
                copy_account=args.copy_account,
                restore_tested=args.restore_test is not None and bool(args.databases),
                parent=self,
            )
        self.vault_name = own.vault.name
        self.vault_arn = own.vault.arn
        self.copy_vault_arn = copy and copy.vault.arn
        self.plan_id = plan.id
        self.restore_role_arn = restoring
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
        return LockedVault(
            name,
            kms_key_arn=key_arn,
            lock=args.lock,
            retention=args.retention,
            protect=args.tier.protect,
            parent=self,
            region=region,
        )

    def _copy(self, name: str, args: BackupArgs, region: str) -> LockedVault:
        """Make the vault of the second region and its key."""
        there = replace(args.tier.account, region=region)
        key = make_key(
            name,
            "backup",
            policy=key_policy("backup", there, copy_region=args.tier.account.region),
            protect=args.tier.protect,
            parent=self,
            region=region,
        )
        return self._vault(name, args, key, region)

    def _role(
        self, name: str, description: str, policy: str, tier: DataTier
    ) -> tuple[pulumi.Output[str], aws.iam.RolePolicyAttachment]:
        """Make a role with AWS's own policy, which AWS keeps in step with what it supports.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
        """
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description=description,
            assume_role_policy=iam.assume_role("backup.amazonaws.com", account=tier.account),
            opts=child,
        )
        attached = aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=tier.account.managed_policy(f"service-role/{policy}"),
            opts=child,
        )
        return role.arn, attached
