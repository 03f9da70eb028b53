"""What holds in an account for whatever is made in it, by this program or by hand.

Maps to 45 CFR 164.312(a)(1) (access control), 164.312(a)(2)(iv) (encryption), 164.308(a)(3)(i) (workforce security)
and 164.308(a)(5)(ii)(D) (password management).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared.options import guard

METADATA_HOP_LIMIT: Final = 2
"""Hops of an instance's metadata answer where neither instance nor image says otherwise. Containers on a bridge need
two (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html); an instance that runs none
should say one."""

PASSWORD_MIN_LENGTH: Final = 14
PASSWORD_MAX_AGE_DAYS: Final = 90
PASSWORD_REUSE: Final = 24
"""How many earlier passwords are refused: the most IAM allows. This and the two above are the figures of AWS's sample
HIPAA pack, by which the conformance pack judges the account."""


@dataclass(frozen=True, kw_only=True)
class AccountDefaultsArgs:
    """What `AccountDefaults` needs to know."""

    account_id: str
    """The account, 12 digits."""
    compute_key_arn: pulumi.Input[str]
    """The key for EBS volumes that name none."""
    logs_key_arn: pulumi.Input[str]
    """The key for the Glue catalogue, which describes the archive's tables."""
    protect: bool
    """Whether the settings are protected from deletion, which would undo them."""


class AccountDefaults(pulumi.ComponentResource):
    """Safe defaults of one account, and of one region of it where AWS keeps the setting by region.

    Creates: the block of public access to every S3 bucket; EBS encryption by default and its key; the blocks of
    sharing snapshots and images with the public; IMDSv2 for instances that name no version; the encryption of the Glue
    catalogue; the password policy of IAM users. This program makes no IAM users, but an account's users are not all made by one program.
    """

    def __init__(
        self, name: str, args: AccountDefaultsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:audit:AccountDefaults", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, protect=guard(args.protect))

        aws.s3.AccountPublicAccessBlock(
            f"{name}-public-buckets",
            account_id=args.account_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.ebs.EncryptionByDefault(f"{name}-volume-encryption", enabled=True, opts=child)
        aws.ebs.DefaultKmsKey(f"{name}-volume-key", key_arn=args.compute_key_arn, opts=child)
        aws.ebs.SnapshotBlockPublicAccess(f"{name}-public-snapshots", state="block-all-sharing", opts=child)
        # AWS knows no stricter state for images: it stops new sharing, and a public image stays public.
        aws.ec2.ImageBlockPublicAccess(f"{name}-public-images", state="block-new-sharing", opts=child)
        aws.ec2.InstanceMetadataDefaults(
            f"{name}-instance-metadata",
            http_tokens="required",
            http_put_response_hop_limit=METADATA_HOP_LIMIT,
            opts=child,
        )
        aws.glue.DataCatalogEncryptionSettings(
            f"{name}-catalogue",
            data_catalog_encryption_settings=aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsArgs(
                connection_password_encryption=aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsConnectionPasswordEncryptionArgs(
                    aws_kms_key_id=args.logs_key_arn, return_connection_password_encrypted=True
                ),
                encryption_at_rest=aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsEncryptionAtRestArgs(
                    catalog_encryption_mode="SSE-KMS", sse_aws_kms_key_id=args.logs_key_arn
                ),
            ),
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
