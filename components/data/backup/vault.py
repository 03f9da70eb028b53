"""A backup vault with its key, its policy and its lock, in whichever region."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.backup.plan import Retention, VaultLock, vault_policy
from components.shared.options import guard

# Deleting a vault that still holds recovery points deletes these first, one by one.
_DELETE: Final = pulumi.CustomTimeouts(delete="60m")


class LockedVault:
    """A vault that refuses deletions, for whoever puts recovery points into it.

    In a stack without protection the vault is deleted with what it holds. Policy and lock go before it does, since both
    would refuse.
    """

    vault: aws.backup.Vault
    ready: list[pulumi.Resource]
    """What must be there before the first recovery point."""

    def __init__(
        self,
        name: str,
        *,
        kms_key_arn: pulumi.Input[str],
        lock: VaultLock,
        retention: Retention,
        protect: bool,
        parent: pulumi.Resource,
        region: str | None = None,
    ) -> None:
        child = pulumi.ResourceOptions(parent=parent)
        self.vault = aws.backup.Vault(
            name,
            kms_key_arn=kms_key_arn,
            force_destroy=not protect,
            region=region,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=parent, protect=guard(protect), custom_timeouts=_DELETE),
        )
        self.ready = [
            aws.backup.VaultPolicy(
                name,
                backup_vault_name=self.vault.name,
                policy=vault_policy(),
                region=region,
                opts=child,
            )
        ]
        if lock.mode != "none":
            self.ready.append(
                aws.backup.VaultLockConfiguration(
                    name,
                    backup_vault_name=self.vault.name,
                    # With it the lock is of compliance, without it of governance.
                    changeable_for_days=lock.grace_days if lock.mode == "compliance" else None,
                    min_retention_days=lock.min_days or retention.shortest_days,
                    max_retention_days=lock.max_days,
                    region=region,
                    opts=child,
                )
            )
