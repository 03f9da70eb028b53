"""Customer-managed keys, one for each purpose, rotated every year.

No regulation that was read asks for yearly rotation; it is this project's policy. Maps to 45 CFR 164.312(a)(2)(iv)
(encryption and decryption).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.encryption.policies import PURPOSES, key_policy
from components.shared import iam
from components.shared.options import guard

ROTATION_DAYS: Final = 365
"""AWS allows 90 to 2560."""

DELETION_WINDOW_DAYS: Final = 30
"""The longest wait AWS has: until it ends, the deletion of a key can be called off."""


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """What `Keys` needs to know."""

    account: iam.Account
    """The account that owns and uses the keys."""
    protect: bool
    """Whether the keys are protected from deletion; what is encrypted under a deleted key is lost."""
    copy_region: str | None = None
    """Another region that backups are copied to."""
    copy_account: str | None = None
    """Another account that backups are copied to, 12 digits."""


class Keys(pulumi.ComponentResource):
    """One KMS key and alias for each purpose, so that access to one kind of data opens no other.

    The policy is set on the key itself: a key would otherwise exist for a moment under AWS's default policy, which lets
    every administrator of the account use it.

    Outputs:
        logs: ARN of the key for logs.
        data: ARN of the key for data stores.
        compute: ARN of the key for volumes and images.
        secrets: ARN of the key for secrets.
        backup: ARN of the key for backups.
    """

    logs: pulumi.Output[str]
    data: pulumi.Output[str]
    compute: pulumi.Output[str]
    secrets: pulumi.Output[str]
    backup: pulumi.Output[str]

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:encryption:Keys", name, None, opts)
        arns = {
            purpose: make_key(
                f"{name}-{purpose}",
                purpose,
                policy=key_policy(
                    purpose, args.account, copy_region=args.copy_region, copy_account=args.copy_account
                ),
                protect=args.protect,
                parent=self,
            )
            for purpose in PURPOSES
        }
        self.logs = arns["logs"]
        self.data = arns["data"]
        self.compute = arns["compute"]
        self.secrets = arns["secrets"]
        self.backup = arns["backup"]
        self.register_outputs(arns)


def make_key(
    name: str,
    purpose: str,
    *,
    policy: str,
    protect: bool,
    parent: pulumi.Resource,
    region: str | None = None,
) -> pulumi.Output[str]:
    """Make a key and its alias, and return the key's ARN.

    Args:
        name: Logical name of both.
        purpose: What the key is for, one of `PURPOSES`.
        policy: The key's policy.
        protect: Whether it is protected from deletion.
        parent: The component it belongs to.
        region: Where, if not in the stack's region.
    """
    key = aws.kms.Key(
        name,
        description=PURPOSES[purpose].description,
        key_usage="ENCRYPT_DECRYPT",
        customer_master_key_spec="SYMMETRIC_DEFAULT",
        is_enabled=True,
        enable_key_rotation=True,
        rotation_period_in_days=ROTATION_DAYS,
        deletion_window_in_days=DELETION_WINDOW_DAYS,
        policy=policy,
        region=region,
        tags={"Name": name, "purpose": purpose},
        opts=pulumi.ResourceOptions(parent=parent, protect=guard(protect), retain_on_delete=guard(protect)),
    )
    aws.kms.Alias(
        name,
        # AWS wants the first part; the rest is made unique, so that two stacks fit into one account.
        name_prefix=f"alias/{name}-",
        target_key_id=key.key_id,
        region=region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return key.arn
