"""`server_state`: an encrypted file system for the users and the configuration of the VPN server, which outlives each host.

Only the security group of the server can reach it. Its policy requires TLS and one access point, and allows only the role of
the server. docs/adr/0005-the-vpn-servers-state-on-a-file-system.md explains the choice of a file system.

Maps to 45 CFR 164.312(a)(2)(iv) and 164.312(e)(1) (encryption at rest and in transit) and 164.308(a)(7)(ii)(A) (backup).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.file_system import ACCESS_POINT, CLIENT_ACTIONS, file_system, file_system_policy


@dataclass(frozen=True, kw_only=True)
class ServerState:
    """The file system of the VPN server."""

    file_system_id: pulumi.Output[str]
    file_system_arn: pulumi.Output[str]
    access_point_id: pulumi.Output[str]
    access_point_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    """Id of the security group of the mount targets."""
    targets: Sequence[aws.efs.MountTarget]
    """The mount targets, one per zone."""


def server_state(
    name: str,
    vpc_id: pulumi.Input[str],
    *,
    subnets: Mapping[str, pulumi.Input[str]],
    data_key_arn: pulumi.Input[str],
    protect: bool,
    parent: pulumi.Resource,
) -> ServerState:
    """Create the file system of the VPN server.

    Creates: a security group without rules; an EFS file system with an access point and a mount target per zone.

    Args:
        name: Logical name of the file system.
        vpc_id: Id of the VPC.
        subnets: Ids of the subnets of the mount targets, by zone.
        data_key_arn: ARN of the key that encrypts the file system.
        protect: Whether Pulumi refuses to delete the file system.
        parent: The component of the server.
    """
    files = file_system(
        name,
        description="File system of the VPN server",
        vpc_id=vpc_id,
        subnets=subnets,
        data_key_arn=data_key_arn,
        protect=protect,
        parent=parent,
    )
    # No POSIX user: the files of Access Server have several owners, which root sets.
    point = aws.efs.AccessPoint(
        name,
        file_system_id=files.id,
        root_directory=aws.efs.AccessPointRootDirectoryArgs(
            path="/access-server",
            creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                owner_gid=0, owner_uid=0, permissions="0700"
            ),
        ),
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return ServerState(
        file_system_id=files.id,
        file_system_arn=files.arn,
        access_point_id=point.id,
        access_point_arn=point.arn,
        security_group_id=files.security_group_id,
        targets=files.targets,
    )


def attach_file_system_policy(
    name: str, state: ServerState, role_arn: pulumi.Output[str], *, parent: pulumi.Resource
) -> aws.efs.FileSystemPolicy:
    """Create the file system policy, which allows only this role and only TLS. Call it once for each file system."""
    return aws.efs.FileSystemPolicy(
        name,
        file_system_id=state.file_system_id,
        policy=pulumi.Output.all(state.file_system_arn, state.access_point_arn, role_arn).apply(
            lambda arns: server_policy(*map(str, arns))
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def server_policy(file_system_arn: str, access_point_arn: str, role_arn: str) -> str:
    """Return the file system policy.

    For clients, EFS evaluates only conditions on transport, access point and mount target. A statement that denies all
    principals but one would therefore deny that one too.
    """
    return file_system_policy(
        file_system_arn,
        iam.allow(
            "Server",
            actions=CLIENT_ACTIONS,
            resources=[file_system_arn],
            principals={"AWS": [role_arn]},
            conditions={"StringEquals": {ACCESS_POINT: access_point_arn}},
        ),
        access_point_arn=access_point_arn,
    )
