"""Launch template and Auto Scaling group of the VPN server, and the packages that Systems Manager installs on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.connectivity.vpn.host import SERVER_TAG, VpnHost
from components.shared.instances import RootVolume, hardened_template, single_instance_group

ROOT_DEVICE: Final = "/dev/sda1"
"""Device name of the root volume in Ubuntu images, which the images of Access Server are based on."""
ROOT_GIB: Final = 16
GRACE_SECONDS: Final = 1200
"""Seconds from launch until health checks count: installation, mount, lock of the previous server, start."""

PACKAGES: Final = {"mount": "AmazonEFSUtils", "logs": "AmazonCloudWatchAgent"}
"""Packages by purpose. Systems Manager Distributor verifies each against its manifest and installs it
(https://docs.aws.amazon.com/systems-manager/latest/userguide/distributor.html). Ubuntu does not package
the EFS mount helper (https://github.com/aws/efs-utils)."""


def server_template(
    name: str,
    host: VpnHost,
    *,
    security_group_id: pulumi.Input[str],
    profile: aws.iam.InstanceProfile,
    allocation_id: pulumi.Output[str],
    compute_key_arn: pulumi.Input[str],
    user_data: pulumi.Output[str],
    parent: pulumi.Resource,
) -> aws.ec2.LaunchTemplate:
    """Create the launch template of the server.

    Instances start with a temporary public address. They have the tag that the IAM policy of the server requires.

    Args:
        name: Logical name.
        host: Image, instance type and lifetime.
        security_group_id: Security group of the server.
        profile: Instance profile of the server.
        allocation_id: Allocation id of the Elastic IP; the value of the tag.
        compute_key_arn: ARN of the key that encrypts the root volume.
        user_data: Base64-encoded script for the first boot.
        parent: The component that owns the template.
    """
    return hardened_template(
        name,
        description="VPN server",
        image=host.ami,
        instance_type=host.instance_type,
        profile=profile,
        interface=aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            device_index=0,
            # The host needs Internet access to call EC2, which assigns the Elastic IP to it.
            associate_public_ip_address="true",
            delete_on_termination="true",
            security_groups=[security_group_id],
        ),
        root=RootVolume(device=ROOT_DEVICE, gib=ROOT_GIB, key_arn=compute_key_arn),
        launch_tags={"Name": name, SERVER_TAG: allocation_id},
        user_data=user_data,
        tags={"Name": name},
        parent=parent,
    )


def server_group(
    name: str,
    host: VpnHost,
    *,
    template: aws.ec2.LaunchTemplate,
    subnet_ids: Sequence[pulumi.Input[str]],
    allocation_id: pulumi.Output[str],
    protect: bool,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.autoscaling.Group:
    """Create the Auto Scaling group, which runs exactly one server in one of the subnets."""
    return single_instance_group(
        name,
        template,
        subnet_ids=subnet_ids,
        grace_seconds=GRACE_SECONDS,
        capacity_timeout="15m",
        max_lifetime_days=host.max_lifetime_days,
        protect=protect,
        tags={"Name": name, "Tier": "public", SERVER_TAG: allocation_id},
        after=after,
        parent=parent,
    )


def install_packages(name: str, group: aws.autoscaling.Group, *, parent: pulumi.Resource) -> None:
    """Create a State Manager association per package, which installs it on every new instance of the group."""
    for purpose, package in PACKAGES.items():
        aws.ssm.Association(
            f"{name}-{purpose}",
            name="AWS-ConfigureAWSPackage",
            association_name=f"{name}-{purpose}",
            parameters={"action": "Install", "name": package},
            targets=[aws.ssm.AssociationTargetArgs(key="tag:aws:autoscaling:groupName", values=[group.name])],
            opts=pulumi.ResourceOptions(parent=parent),
        )
