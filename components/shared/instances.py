"""EC2 instances: the hardened launch template of every host, and the group of one that replaces its instance.

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
"""How an image starts that each launch looks up in Systems Manager."""
MANAGED_BY_SSM: Final = "AmazonSSMManagedInstanceCore"
"""AWS's policy for hosts that Systems Manager manages."""


def check_image(ami: str) -> None:
    """Refuse an image that is neither an id nor a parameter.

    Raises:
        ValueError: `ami` has another form.
    """
    if not ami.startswith(("ami-", IMAGE_PARAMETER)):
        raise ValueError(f"ami must be an image id or resolve:ssm:<parameter>, got {ami!r}")


def check_lifetime(max_lifetime_days: int | None) -> None:
    """Refuse a lifetime that EC2 Auto Scaling does not accept.

    Raises:
        ValueError: The lifetime is not 1 to 365 days; None is accepted.
    """
    if max_lifetime_days is not None and not 1 <= max_lifetime_days <= 365:
        raise ValueError(f"max_lifetime_days must be 1 to 365, got {max_lifetime_days}")


@dataclass(frozen=True, kw_only=True)
class RootVolume:
    """The root volume of an instance; always encrypted."""

    device: str
    """Device name, which the image fixes, e.g. `/dev/xvda`."""
    gib: int
    """Size, in GiB."""
    key_arn: pulumi.Input[str]
    """The key that encrypts it; it must admit the Auto Scaling service's role."""


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
) -> aws.ec2.LaunchTemplate:
    """Create a launch template: IMDSv2 for the host alone, an encrypted root volume, detailed monitoring, no key pair.

    Args:
        name: Logical name.
        description: Description in AWS.
        image: Image id, or `resolve:ssm:` and the name of a parameter.
        instance_type: EC2 instance type.
        profile: Profile with the host's role.
        interface: The first network interface, with its security groups.
        root: The root volume.
        user_data: Script of the first boot, in base64.
        tags: Tags of the template.
        parent: The component that the template belongs to.
        launch_tags: Tags of instance, interface and volumes, if the group does not set them.
        private_dns: Private DNS names of the instances.
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


def group_of_one(
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
    """Create an Auto Scaling group of exactly one instance, which ends before its replacement starts.

    Args:
        name: Logical name.
        template: What the instance is launched from.
        subnet_ids: Subnets that the instance may start in, or
        zone: its availability zone, where the template names a network interface: AWS then refuses a subnet.
        grace_seconds: Seconds from launch until a failed health check counts.
        capacity_timeout: How long Pulumi waits for the instance, e.g. `10m`.
        max_lifetime_days: Days after which the instance is replaced, 1 to 365; None leaves it running.
        protect: Whether deleting the group waits until the instance has stopped.
        tags: Tags of group and instance.
        after: Resources that the first boot needs.
        parent: The component that the group belongs to.
    """
    return aws.autoscaling.Group(
        name,
        min_size=1,
        max_size=1,
        vpc_zone_identifiers=subnet_ids,
        availability_zones=None if zone is None else [zone],
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            # "$Latest" would hide a new version from Pulumi, and no refresh would start.
            id=template.id,
            version=template.latest_version.apply(str),
        ),
        health_check_type="EC2",
        health_check_grace_period=grace_seconds,
        wait_for_capacity_timeout=capacity_timeout,
        # Address, interface or state can belong to one instance at a time.
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
