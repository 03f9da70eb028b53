"""Security defaults of an account, which also apply to resources that this program does not create.

Maps to 45 CFR 164.312(a)(1) (access control), 164.312(a)(2)(iv) (encryption), 164.308(a)(3)(i) (workforce security)
and 164.308(a)(5)(ii)(D) (password management).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared.options import protection_option

METADATA_HOP_LIMIT: Final = 2
"""Default hop limit for responses of the instance metadata service; an instance or its image can set another limit.
Containers on a bridge network need 2 hops
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html). An instance without containers
should set 1."""

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
    compute_key_arn: pulumi.Input[str]
    """ARN of the KMS key for EBS volumes that do not specify one."""
    logs_key_arn: pulumi.Input[str]
    """ARN of the KMS key for the Glue Data Catalog, which describes the archive's tables."""
    protect: bool
    """Whether Pulumi refuses to delete the settings; to delete a setting would undo it in the account."""


class AccountDefaults(pulumi.ComponentResource):
    """The security defaults of one account. Some of these settings apply to the whole account, others to one region.

    Creates: the S3 account public access block; EBS encryption by default and its default KMS key; the blocks of public
    sharing of EBS snapshots and of machine images; IMDSv2 as the default of instances; encryption of the Glue Data Catalog;
    the IAM password policy. This program creates no IAM users, but the account may have users that it did not create.
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
        aws.ebs.EncryptionByDefault(f"{name}-volume-encryption", enabled=True, opts=child)
        aws.ebs.DefaultKmsKey(f"{name}-volume-key", key_arn=args.compute_key_arn, opts=child)
        aws.ebs.SnapshotBlockPublicAccess(f"{name}-public-snapshots", state="block-all-sharing", opts=child)
        # AWS has no stricter state for images: it blocks new public sharing, but public images stay public.
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
