"""`file_system`: an encrypted EFS file system with a mount target in each zone, and its policy.

Maps to 45 CFR 164.312(a)(2)(iv) and 164.312(e)(1) (encryption at rest and in transit) and 164.308(a)(7)(ii)(A) (backup).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.iam import Statement
from components.shared.names import backup_tags
from components.shared.options import protection_option

# https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
MOUNT_ACTIONS: Final = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")
"""Actions of a client that reads and writes files as the user of its access point."""
CLIENT_ACTIONS: Final = (*MOUNT_ACTIONS, "elasticfilesystem:ClientRootAccess")
"""All actions of clients."""
ACCESS_POINT: Final = "elasticfilesystem:AccessPointArn"
"""Condition key with the ARN of the access point through which a client mounts."""


@dataclass(frozen=True, kw_only=True)
class FileSystem:
    """A file system and its mount targets."""

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    """Id of the security group of the mount targets."""
    targets: Sequence[aws.efs.MountTarget]
    """The mount targets, one per zone."""


def file_system(
    name: str,
    *,
    description: str,
    vpc_id: pulumi.Input[str],
    subnets: Mapping[str, pulumi.Input[str]],
    data_key_arn: pulumi.Input[str],
    protect: bool,
    lifecycle: Sequence[aws.efs.FileSystemLifecyclePolicyArgs] | None = None,
    parent: pulumi.Resource,
) -> FileSystem:
    """Create a file system that AWS Backup backs up.

    Creates: a security group without rules; an EFS file system; a mount target per zone.

    Args:
        name: Logical name of the file system.
        description: Description of the security group.
        vpc_id: Id of the VPC.
        subnets: Ids of the subnets of the mount targets, by zone.
        data_key_arn: ARN of the key that encrypts the file system.
        protect: Whether Pulumi refuses to delete the file system.
        lifecycle: When files move between storage classes; None if they never move.
        parent: The component that the resources belong to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        name, description=description, vpc_id=vpc_id, tags={"Name": name}, opts=child
    )
    files = aws.efs.FileSystem(
        name,
        encrypted=True,
        kms_key_id=data_key_arn,
        performance_mode="generalPurpose",
        # A file system with little data would earn almost no burst credits.
        throughput_mode="elastic",
        lifecycle_policies=lifecycle,
        tags={"Name": name, **backup_tags()},
        opts=pulumi.ResourceOptions(parent=parent, protect=protection_option(protect)),
    )
    targets = [
        aws.efs.MountTarget(
            f"{name}-{zone}",
            file_system_id=files.id,
            subnet_id=subnet,
            security_groups=[group.id],
            opts=child,
        )
        for zone, subnet in subnets.items()
    ]
    return FileSystem(id=files.id, arn=files.arn, security_group_id=group.id, targets=targets)


def file_system_policy(file_system_arn: str, *further: Statement, access_point_arn: str | None = None) -> str:
    """Return a policy of a file system, which refuses clients without TLS, without a signature and without an access point.

    It denies only client actions, so the deploying role can still change the policy. A client that does not sign its requests
    matches no statement that allows access, because the policy replaces the default one of EFS.

    Args:
        file_system_arn: ARN of the file system.
        further: Further statements.
        access_point_arn: ARN of the only access point through which clients may mount; None for any.
    """
    return iam.document(
        *further,
        iam.deny(
            "TlsOnly",
            actions=CLIENT_ACTIONS,
            resources=[file_system_arn],
            principals=iam.EVERYONE,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        iam.deny(
            "AccessPointOnly",
            actions=CLIENT_ACTIONS,
            resources=[file_system_arn],
            principals=iam.EVERYONE,
            # A negated condition also matches a client without an access point.
            conditions={"StringNotEquals": {ACCESS_POINT: access_point_arn}}
            if access_point_arn is not None
            else {"Null": {ACCESS_POINT: "true"}},
        ),
    )
