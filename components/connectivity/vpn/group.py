"""The VPN server's launch template, its Auto Scaling group of one, and what Systems Manager installs on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.connectivity.vpn.host import OWN, VpnHost
from components.shared.instances import RootVolume, group_of_one, hardened_template

ROOT_DEVICE: Final = "/dev/sda1"
"""The root volume of Ubuntu's images, on which Access Server's are built."""
ROOT_GIB: Final = 16
GRACE_SECONDS: Final = 1200
"""From launch until a server must be healthy: packages, mount, lock of the server before, start."""

PACKAGES: Final = {"mount": "AmazonEFSUtils", "logs": "AmazonCloudWatchAgent"}
"""What Systems Manager Distributor installs, after checking it against its manifest
(https://docs.aws.amazon.com/systems-manager/latest/userguide/distributor.html). AWS's mount helper is in no archive of
Ubuntu's (https://github.com/aws/efs-utils)."""


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
    """Create the template: a public address until the host has taken its own, and tags by which its role is limited."""
    return hardened_template(
        name,
        description="VPN server",
        image=host.ami,
        instance_type=host.instance_type,
        profile=profile,
        interface=aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            device_index=0,
            # Until the host has asked EC2 for its own: without any address it could not reach EC2 to ask.
            associate_public_ip_address="true",
            delete_on_termination="true",
            security_groups=[security_group_id],
        ),
        root=RootVolume(device=ROOT_DEVICE, gib=ROOT_GIB, key_arn=compute_key_arn),
        launch_tags={"Name": name, OWN: allocation_id},
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
    """Create the group: exactly one server, in any of the subnets."""
    return group_of_one(
        name,
        template,
        subnet_ids=subnet_ids,
        grace_seconds=GRACE_SECONDS,
        capacity_timeout="15m",
        max_lifetime_days=host.max_lifetime_days,
        protect=protect,
        tags={"Name": name, "Tier": "public", OWN: allocation_id},
        after=after,
        parent=parent,
    )


def install_packages(name: str, group: aws.autoscaling.Group, *, parent: pulumi.Resource) -> None:
    """Have State Manager install the packages on every instance of the group, as soon as one has registered."""
    for purpose, package in PACKAGES.items():
        aws.ssm.Association(
            f"{name}-{purpose}",
            name="AWS-ConfigureAWSPackage",
            association_name=f"{name}-{purpose}",
            parameters={"action": "Install", "name": package},
            targets=[aws.ssm.AssociationTargetArgs(key="tag:aws:autoscaling:groupName", values=[group.name])],
            opts=pulumi.ResourceOptions(parent=parent),
        )
