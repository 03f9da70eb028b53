"""`Keys`: customer managed KMS keys, one per purpose, which KMS rotates every year.

Yearly rotation is this project's policy; none of the cited regulations requires it. Maps to 45 CFR 164.312(a)(2)(iv)
(encryption and decryption).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.encryption.policies import PURPOSES, key_policy
from components.shared import iam
from components.shared.options import protection_option

ROTATION_DAYS: Final = 365
"""Days between rotations; KMS allows 90 to 2560."""

DELETION_WINDOW_DAYS: Final = 30
"""Days during which the deletion of a key can be cancelled; 30 is the maximum of KMS."""


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Arguments of `Keys`."""

    account: iam.Account
    """The account that owns and uses the keys."""
    protect: bool
    """Whether Pulumi refuses to delete the keys. Data encrypted under a deleted key is lost."""
    copy_region: str | None = None
    """Another region to which backups are copied."""
    copy_account: str | None = None
    """Another account to which backups are copied, 12 digits."""


class Keys(pulumi.ComponentResource):
    """One KMS key per purpose, so that access to one kind of data gives no access to another.

    Creates: a KMS key and an alias for each of the purposes `logs`, `data`, `compute`, `secrets` and `backup`.

    Each key has its policy as an argument and not as a separate resource. Otherwise the key would first have the default
    policy of KMS, which lets every administrator of the account use it.

    Outputs:
        logs: ARN of the key for logs.
        data: ARN of the key for data stores.
        compute: ARN of the key for volumes and images.
        secrets: ARN of the key for secrets.
        backup: ARN of the key for backups.
    """

    arns: tuple[pulumi.Output[str], ...]
    """The ARNs of all keys."""

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
        self.arns = tuple(arns.values())
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
    """Create a key and its alias, and return the ARN of the key.

    Args:
        name: Logical name of both.
        purpose: Purpose of the key, one of `PURPOSES`.
        policy: Policy document of the key, as JSON.
        protect: Whether Pulumi refuses to delete the key.
        parent: The component that both belong to.
        region: Region of both, if it is not the region of the stack.
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
        opts=pulumi.ResourceOptions(
            parent=parent, protect=protection_option(protect), retain_on_delete=protection_option(protect)
        ),
    )
    aws.kms.Alias(
        name,
        # AWS requires `alias/`. Pulumi adds a suffix, so that two stacks can share an account.
        name_prefix=f"alias/{name}-",
        target_key_id=key.key_id,
        region=region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return key.arn
