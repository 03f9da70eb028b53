"""An AWS Backup vault with its policy and Vault Lock, in any region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.backup.plan import Retention, VaultLock, vault_policy
from components.shared.options import protection_option

# The provider deletes the recovery points of a vault one by one before the vault.
_DELETE: Final = pulumi.CustomTimeouts(delete="60m")


@dataclass(frozen=True, kw_only=True)
class LockedVault:
    """A vault that denies the deletion of recovery points."""

    vault: aws.backup.Vault
    """The vault."""
    ready: Sequence[pulumi.Resource]
    """Policy and lock, which must exist before the first recovery point."""


def locked_vault(
    name: str,
    *,
    kms_key_arn: pulumi.Input[str],
    lock: VaultLock,
    retention: Retention,
    protect: bool,
    parent: pulumi.Resource,
    region: str | None = None,
) -> LockedVault:
    """Create a vault that denies the deletion of recovery points.

    Creates: a vault, its policy and, unless the mode is `none`, its Vault Lock.

    In a stack without `protect`, Pulumi deletes the vault with its recovery points. It deletes policy and lock first, because
    both would prevent that.

    Args:
        name: Logical name.
        kms_key_arn: ARN of the key of the vault.
        lock: Mode and limits of the Vault Lock.
        retention: Retention of the recovery points.
        protect: Whether Pulumi refuses to delete the vault.
        parent: The component of the backups.
        region: Region of the vault; None means the region of the stack.
    """
    child = pulumi.ResourceOptions(parent=parent)
    vault = aws.backup.Vault(
        name,
        kms_key_arn=kms_key_arn,
        force_destroy=not protect,
        region=region,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(
            parent=parent, protect=protection_option(protect), custom_timeouts=_DELETE
        ),
    )
    ready: list[pulumi.Resource] = [
        aws.backup.VaultPolicy(
            name,
            backup_vault_name=vault.name,
            policy=vault_policy(),
            region=region,
            opts=child,
        )
    ]
    if lock.mode != "none":
        ready.append(
            aws.backup.VaultLockConfiguration(
                name,
                backup_vault_name=vault.name,
                # A value means compliance mode; None means governance mode.
                changeable_for_days=lock.grace_days if lock.mode == "compliance" else None,
                min_retention_days=lock.min_days or retention.shortest_days,
                max_retention_days=lock.max_days,
                region=region,
                opts=child,
            )
        )
    return LockedVault(vault=vault, ready=ready)
