"""Security defaults that an account has once. They also apply to resources that this program does not create.

Maps to 45 CFR 164.312(a)(1) (access control), 164.308(a)(3)(i) (workforce security) and 164.308(a)(5)(ii)(D) (password
management).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared.options import protection_option

PASSWORD_MIN_LENGTH: Final = 14
PASSWORD_MAX_AGE_DAYS: Final = 90
PASSWORD_REUSE: Final = 24
"""Number of previous passwords that IAM refuses: the maximum. This value and the two above are those of AWS's sample
HIPAA pack, and the conformance pack checks the account against them."""


@dataclass(frozen=True, kw_only=True)
class AccountDefaultsArgs:
    """Arguments of `AccountDefaults`."""

    account_id: str
    """Id of the account, 12 digits."""
    protect: bool
    """Whether Pulumi refuses to delete the settings; to delete a setting would undo it in the account."""


class AccountDefaults(pulumi.ComponentResource):
    """The security defaults of one account, in all its regions. `RegionDefaults` has those of one region.

    Creates: the S3 account public access block; the IAM password policy. This program creates no IAM users, but the account
    may have users that it did not create.
    """

    def __init__(
        self, name: str, args: AccountDefaultsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:audit:AccountDefaults", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, protect=protection_option(args.protect))

        aws.s3.AccountPublicAccessBlock(
            f"{name}-public-buckets",
            account_id=args.account_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.iam.AccountPasswordPolicy(
            f"{name}-passwords",
            minimum_password_length=PASSWORD_MIN_LENGTH,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            password_reuse_prevention=PASSWORD_REUSE,
            max_password_age=PASSWORD_MAX_AGE_DAYS,
            allow_users_to_change_password=True,
            hard_expiry=False,
            opts=child,
        )
        self.register_outputs({})
