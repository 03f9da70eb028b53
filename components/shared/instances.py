"""Functions for EC2 hosts: a hardened launch template, and an Auto Scaling group that keeps exactly one instance running.

Maps to 45 CFR 164.312(a)(1) (access control) and 164.312(a)(2)(iv) (encryption).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

DAY_SECONDS: Final = 86_400
IMAGE_PARAMETER: Final = "resolve:ssm:"
"""Prefix of an image that is the name of a Systems Manager parameter; EC2 resolves the parameter at each launch."""
MANAGED_BY_SSM: Final = "AmazonSSMManagedInstanceCore"
"""Name of the AWS managed policy for hosts that Systems Manager manages."""


def check_image(ami: str) -> None:
    """Check the format of an image.

    Raises:
        ValueError: `ami` is neither an image id nor `resolve:ssm:` with the name of a parameter.
    """
    if not ami.startswith(("ami-", IMAGE_PARAMETER)):
        raise ValueError(f"ami must be an image id or resolve:ssm:<parameter>, got {ami!r}")


def check_lifetime(max_lifetime_days: int | None) -> None:
    """Check the maximum lifetime of an instance against the limits of EC2 Auto Scaling.

    Raises:
        ValueError: `max_lifetime_days` is not 1 to 365 or None.
    """
    if max_lifetime_days is not None and not 1 <= max_lifetime_days <= 365:
        raise ValueError(f"max_lifetime_days must be 1 to 365, got {max_lifetime_days}")


@dataclass(frozen=True, kw_only=True)
class RootVolume:
    """The root volume of an instance; always encrypted."""

    device: str
    """Device name of the root volume in the image, e.g. `/dev/xvda`."""
    gib: int
    """Size, in GiB."""
    key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the volume; it must admit the service-linked role of Auto Scaling."""


def hardened_template(
    name: str,
    *,
    description: str,
    image: str,
    instance_type: str,
    profile: aws.iam.InstanceProfile,
    interface: aws.ec2.LaunchTemplateNetworkInterfaceArgs,
    root: RootVolume,
    user_data: pulumi.Input[str],
    tags: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
    launch_tags: Mapping[str, pulumi.Input[str]] | None = None,
    private_dns: aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgs | None = None,
    shutdown: str | None = None,
) -> aws.ec2.LaunchTemplate:
    """Create a launch template with IMDSv2 (one hop), an encrypted root volume, detailed monitoring and no key pair.

    Args:
        name: Logical name.
        description: Description in AWS.
        image: Image id, or `resolve:ssm:` with the name of a parameter.
        instance_type: EC2 instance type.
        profile: Instance profile with the role of the host.
        interface: The first network interface, with its security groups.
        root: The root volume.
        user_data: Script for the first boot, base64-encoded.
        tags: Tags of the template.
        parent: The component that the template belongs to.
        launch_tags: Tags of the instance, its network interface and its volumes, if the group does not set them.
        private_dns: Options for the private DNS names of the instances.
        shutdown: What a shutdown by the host itself does: `stop` or `terminate`; None leaves AWS's default, `stop`.
    """
    return aws.ec2.LaunchTemplate(
        name,
        description=description,
        image_id=image,
        instance_type=instance_type,
        update_default_version=True,
        ebs_optimized="true",
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
        network_interfaces=[interface],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        private_dns_name_options=private_dns,
        instance_initiated_shutdown_behavior=shutdown,
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=root.device,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=root.gib,
                    encrypted="true",
                    kms_key_id=root.key_arn,
                    delete_on_termination="true",
                ),
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=launch_tags)
            for kind in ("instance", "network-interface", "volume")
        ]
        if launch_tags
        else None,
        user_data=user_data,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def single_instance_group(
    name: str,
    template: aws.ec2.LaunchTemplate,
    *,
    subnet_ids: Sequence[pulumi.Input[str]] | None = None,
    zone: str | None = None,
    grace_seconds: int,
    capacity_timeout: str,
    max_lifetime_days: int | None,
    protect: bool,
    tags: Mapping[str, pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.autoscaling.Group:
    """Create an Auto Scaling group of exactly one instance, which terminates the instance before it starts a replacement.

    Pass either `subnet_ids` or `zone`.

    Args:
        name: Logical name.
        template: The launch template of the instance.
        subnet_ids: Subnets of the instance; None if the template refers to an existing network interface, because AWS
            then refuses a subnet.
        zone: Availability zone of that network interface.
        grace_seconds: Seconds from launch during which failed health checks are ignored.
        capacity_timeout: Time that Pulumi waits for the instance, e.g. `10m`.
        max_lifetime_days: Days until the group replaces the instance, 1 to 365; None keeps it running.
        protect: Whether deletion of the group waits until the instance has stopped.
        tags: Tags of the group and the instance.
        after: Resources that the first boot of the instance needs.
        parent: The component that the group belongs to.
    """
    return aws.autoscaling.Group(
        name,
        min_size=1,
        max_size=1,
        vpc_zone_identifiers=subnet_ids,
        availability_zones=None if zone is None else [zone],
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            # With "$Latest", Pulumi would not detect a new version and no instance refresh would start.
            id=template.id,
            version=template.latest_version.apply(str),
        ),
        health_check_type="EC2",
        health_check_grace_period=grace_seconds,
        wait_for_capacity_timeout=capacity_timeout,
        # Only one instance at a time can have the address, the network interface or the stored state.
        instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
            min_healthy_percentage=0, max_healthy_percentage=100
        ),
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(min_healthy_percentage=0),
        ),
        max_instance_lifetime=max_lifetime_days and max_lifetime_days * DAY_SECONDS,
        force_delete=not protect,
        tags=[
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
            for key, value in tags.items()
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )
