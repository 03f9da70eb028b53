"""The instances of the cluster: type and image, IAM role, security group and launch template."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.instances import (
    IMAGE_PARAMETER,
    MANAGED_BY_SSM,
    RootVolume,
    check_image,
    hardened_template,
)
from components.shared.ports import ANYWHERE, HTTPS
from facts import instances as limits

USER_DATA: Final = Path(__file__).with_name("container_instance.sh")
"""The script that configures the ECS agent at the first boot of an instance."""

MANAGED_POLICIES: Final = {
    "agent": "service-role/AmazonEC2ContainerServiceforEC2Role",
    "ssm": MANAGED_BY_SSM,
}
"""AWS managed policies for the ECS agent and Systems Manager. Tasks cannot use them, because each task has its own role."""

ROOT_DEVICE: Final = "/dev/xvda"
WARMUP_SECONDS: Final = 300
"""Seconds from the launch of an instance until scaling counts its capacity; the default of ECS managed scaling."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Type, image and number of the instances of a cluster."""

    instance_type: str
    """EC2 instance type of the architecture of `ami`, e.g. `c5.2xlarge`."""
    ami: str
    """ECS-optimized Amazon Linux 2023 image: an image id, or `resolve:ssm:` and the name of a parameter.

    Protected stacks use an id: EC2 reads the parameter at each launch, so a preview does not show a new image, and AWS
    cannot roll it back.
    """
    other_instance_types: Sequence[str] = ()
    """Instance types of the same architecture that AWS starts if it has no capacity of the first one, in order of preference."""
    min_instances: int = 2
    """Fewest On-Demand instances, 0 or more."""
    max_instances: int = 4
    """Most On-Demand instances, 1 or more."""
    max_spot_instances: int | None = None
    """Most Spot instances, 1 or more; None creates no capacity provider for them."""
    target_capacity_percent: int = 85
    """Percentage of the capacity that tasks use, 1 to 100; the rest is a reserve for new tasks."""
    root_gib: int = limits.ROOT_GIB
    """Size of the root volume, in GiB; it holds the images and the files that containers write."""
    replace: str = "cron(0 8 ? * SUN *)"
    """Schedule expression in UTC: when all instances are replaced."""

    def __post_init__(self) -> None:
        """Refuse values that AWS does not accept, and types of two architectures."""
        check_image(self.ami)
        if not 0 <= self.min_instances <= self.max_instances or self.max_instances < 1:
            raise ValueError(
                "min_instances must be 0 or more, and max_instances must be 1 or more and not less than "
                "min_instances, "
                f"got {self.min_instances} and {self.max_instances}"
            )
        if not 1 <= self.target_capacity_percent <= 100:
            raise ValueError(f"target_capacity_percent must be 1 to 100, got {self.target_capacity_percent}")
        if self.root_gib < limits.ROOT_GIB:
            raise ValueError(f"root_gib must be {limits.ROOT_GIB} or more, got {self.root_gib}")
        if self.max_spot_instances is not None and self.max_spot_instances < 1:
            raise ValueError(f"max_spot_instances must be 1 or more, got {self.max_spot_instances}")
        architecture = limits.architecture(self.instance_type)
        for other in self.other_instance_types:
            if self.instance_types.count(other) > 1 or limits.architecture(other) != architecture:
                raise ValueError(
                    f"other_instance_types must be {architecture} types other than {self.instance_type}, each once, "
                    f"got {other}"
                )

    @property
    def instance_types(self) -> tuple[str, ...]:
        """All instance types, in order of preference."""
        return (self.instance_type, *self.other_instance_types)

    @property
    def rolls_back(self) -> bool:
        """Whether AWS can roll back a failed instance refresh.

        AWS cannot do so if it reads the image from a parameter
        (https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html).
        """
        return not self.ami.startswith(IMAGE_PARAMETER)


def user_data(cluster_name: str) -> str:
    """Return the boot script of the instances of a cluster, encoded in base64."""
    script = USER_DATA.read_text(encoding="utf-8")
    script = script.replace("@CLUSTER_NAME@", cluster_name).replace(
        "@RESERVED_MIB@", str(limits.RESERVED_MIB)
    )
    return base64.b64encode(script.encode()).decode()


def instance_role(
    name: str, account: iam.Account, *, parent: pulumi.Resource
) -> tuple[aws.iam.InstanceProfile, Sequence[pulumi.Resource]]:
    """Create the role of the instances; return its instance profile and the policy attachments that instances need."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description="ECS container instances: ECS agent and Systems Manager only",
        assume_role_policy=iam.assume_role("ec2.amazonaws.com", account=account),
        opts=child,
    )
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{purpose}", role=role.name, policy_arn=account.managed_policy(policy), opts=child
        )
        for purpose, policy in MANAGED_POLICIES.items()
    ]
    return aws.iam.InstanceProfile(name, role=role.name, opts=child), attachments


def security_group(
    name: str, vpc_id: pulumi.Input[str], *, parent: pulumi.Resource
) -> tuple[aws.ec2.SecurityGroup, pulumi.Resource]:
    """Create the security group of the instances; return it and its only rule, which allows outbound HTTPS.

    The ECS agent, image pulls, Systems Manager and package updates need HTTPS only. The rule allows any address, because
    the gateway endpoint of S3 has none. Security groups do not filter the DNS and time services of a VPC. Tasks have
    their own security groups.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        name, description="ECS container instances", vpc_id=vpc_id, tags={"Name": name}, opts=child
    )
    rule = aws.vpc.SecurityGroupEgressRule(
        f"{name}-https",
        security_group_id=group.id,
        description="HTTPS to AWS services",
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
        cidr_ipv4=ANYWHERE,
        opts=child,
    )
    return group, rule


def launch_template(
    name: str,
    fleet: Fleet,
    *,
    cluster_name: pulumi.Output[str],
    group: aws.ec2.SecurityGroup,
    profile: aws.iam.InstanceProfile,
    compute_key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.ec2.LaunchTemplate:
    """Create the launch template: no public address, and the configuration of the ECS agent as user data."""
    return hardened_template(
        name,
        description="ECS container instance",
        image=fleet.ami,
        instance_type=fleet.instance_type,
        profile=profile,
        interface=aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            device_index=0,
            associate_public_ip_address="false",
            delete_on_termination="true",
            security_groups=[group.id],
        ),
        # An instance with such a DNS record gets no trunk interface
        # (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html).
        private_dns=aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgs(enable_resource_name_dns_a_record=False),
        # A host without a working ECS agent shuts itself down.
        shutdown="terminate",
        root=RootVolume(device=ROOT_DEVICE, gib=fleet.root_gib, key_arn=compute_key_arn),
        # The cluster name is an output, so that Pulumi deletes the template and the group before the cluster.
        user_data=cluster_name.apply(user_data),
        tags={"Name": name},
        parent=parent,
    )
