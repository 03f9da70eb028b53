"""The VPN server's launch template, its Auto Scaling group of one, and what Systems Manager installs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.connectivity.vpn_host import OWN, VpnHost

ROOT_DEVICE: Final = "/dev/sda1"
"""The root volume of Ubuntu's images, on which Access Server's are built."""
ROOT_GIB: Final = 16
GRACE_SECONDS: Final = 1200
"""From launch until a server must be healthy: packages, mount, lock of the server before, start."""

PACKAGES: Final = {"mount": "AmazonEFSUtils", "logs": "AmazonCloudWatchAgent"}
"""What Systems Manager Distributor installs, after checking it against its manifest
(https://docs.aws.amazon.com/systems-manager/latest/userguide/distributor.html). AWS's mount helper is in no archive of
Ubuntu's (https://github.com/aws/efs-utils)."""

_DAY_SECONDS: Final = 86_400


def launch_template(
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
    """Create the template: IMDSv2 for the host alone, an encrypted root volume, no key pair."""
    tags: Mapping[str, pulumi.Input[str]] = {"Name": name, OWN: allocation_id}
    return aws.ec2.LaunchTemplate(
        name,
        description="VPN server",
        image_id=host.ami,
        instance_type=host.instance_type,
        update_default_version=True,
        ebs_optimized="true",
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0,
                # Until the host has asked EC2 for its own: without any, it could not reach EC2 to ask.
                associate_public_ip_address="true",
                delete_on_termination="true",
                security_groups=[security_group_id],
            )
        ],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=ROOT_DEVICE,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=ROOT_GIB,
                    encrypted="true",
                    kms_key_id=compute_key_arn,
                    delete_on_termination="true",
                ),
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
            for kind in ("instance", "network-interface", "volume")
        ],
        user_data=user_data,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def instance_group(
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
    """Create the group: exactly one server, in any of the subnets, and never two at a time by intention."""
    tags: Mapping[str, pulumi.Input[str]] = {"Name": name, "Tier": "public", OWN: allocation_id}
    return aws.autoscaling.Group(
        name,
        min_size=1,
        max_size=1,
        vpc_zone_identifiers=list(subnet_ids),
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            # "$Latest" would hide a new version from Pulumi, and no refresh would start.
            id=template.id,
            version=template.latest_version.apply(str),
        ),
        health_check_type="EC2",
        health_check_grace_period=GRACE_SECONDS,
        wait_for_capacity_timeout="15m",
        # The old server goes first: one address, one set of databases.
        instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
            min_healthy_percentage=0, max_healthy_percentage=100
        ),
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(min_healthy_percentage=0),
        ),
        max_instance_lifetime=host.max_lifetime_days and host.max_lifetime_days * _DAY_SECONDS,
        force_delete=not protect,
        tags=[
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
            for key, value in tags.items()
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
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
