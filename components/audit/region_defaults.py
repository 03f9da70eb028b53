"""Security defaults that a region of an account has once. They also apply to resources that this program does not create.

Maps to 45 CFR 164.312(a)(1) (access control) and 164.312(a)(2)(iv) (encryption).
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


@dataclass(frozen=True, kw_only=True)
class RegionDefaultsArgs:
    """Arguments of `RegionDefaults`."""

    protect: bool
    """Whether Pulumi refuses to delete the settings; to delete a setting would undo it in the region."""
    volume_key_arn: pulumi.Input[str] | None = None
    """ARN of the KMS key for EBS volumes that do not specify one; None for the key of AWS, `aws/ebs`."""
    catalog_key_arn: pulumi.Input[str] | None = None
    """ARN of the KMS key for the Glue Data Catalog, which describes the archive's tables; None leaves the catalog as it is."""
    region: str | None = None
    """The region; None for the region of the stack."""


class RegionDefaults(pulumi.ComponentResource):
    """The security defaults of one region of an account.

    Creates: EBS encryption by default; the blocks of public sharing of EBS snapshots and of machine images; IMDSv2 as the
    default of instances; with `volume_key_arn` the default KMS key of EBS; with `catalog_key_arn` the encryption of the Glue
    Data Catalog.
    """

    def __init__(
        self, name: str, args: RegionDefaultsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:audit:RegionDefaults", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, protect=protection_option(args.protect))
        region = args.region

        aws.ebs.EncryptionByDefault(f"{name}-volume-encryption", enabled=True, region=region, opts=child)
        if args.volume_key_arn is not None:
            aws.ebs.DefaultKmsKey(
                f"{name}-volume-key", key_arn=args.volume_key_arn, region=region, opts=child
            )
        aws.ebs.SnapshotBlockPublicAccess(
            f"{name}-public-snapshots", state="block-all-sharing", region=region, opts=child
        )
        # AWS has no stricter state for images: it blocks new public sharing, but public images stay public.
        aws.ec2.ImageBlockPublicAccess(
            f"{name}-public-images", state="block-new-sharing", region=region, opts=child
        )
        aws.ec2.InstanceMetadataDefaults(
            f"{name}-instance-metadata",
            http_tokens="required",
            http_put_response_hop_limit=METADATA_HOP_LIMIT,
            region=region,
            opts=child,
        )
        if args.catalog_key_arn is not None:
            aws.glue.DataCatalogEncryptionSettings(
                f"{name}-catalog",
                data_catalog_encryption_settings=aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsArgs(
                    connection_password_encryption=aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsConnectionPasswordEncryptionArgs(
                        aws_kms_key_id=args.catalog_key_arn, return_connection_password_encrypted=True
                    ),
                    encryption_at_rest=aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsEncryptionAtRestArgs(
                        catalog_encryption_mode="SSE-KMS", sse_aws_kms_key_id=args.catalog_key_arn
                    ),
                ),
                region=region,
                opts=child,
            )
        self.register_outputs({})
