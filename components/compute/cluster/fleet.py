"""The cluster's instances: what they run on, their role, security group, launch template and Auto Scaling group."""

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
    check_lifetime,
    hardened_template,
)
from components.shared.ports import ANYWHERE, HTTPS
from facts import instances as limits

USER_DATA: Final = Path(__file__).with_name("container_instance.sh")
"""The script that configures the ECS agent at an instance's first boot."""

MANAGED_POLICIES: Final = {
    "agent": "service-role/AmazonEC2ContainerServiceforEC2Role",
    "ssm": MANAGED_BY_SSM,
}
"""AWS's policies for what the ECS agent and Systems Manager do; tasks cannot use them, they have roles of their own."""

ROOT_DEVICE: Final = "/dev/xvda"
ROOT_GIB: Final = 30
"""The root volume of ECS-optimized Amazon Linux 2023 images; a smaller one is refused
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html)."""

WARMUP_SECONDS: Final = 300
"""From launch until an instance counts; ECS's own default for managed scaling."""


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Further instance types, and spare capacity at a lower price."""

    instance_types: Sequence[str]
    """Types besides the fleet's own, in order of preference, of the same architecture."""
    on_demand_base: int = 1
    """Fewest instances that are not Spot, which AWS may take back with two minutes' notice."""
    on_demand_percent: int = 100
    """Share of the instances above the base that are not Spot, in percent."""

    def __post_init__(self) -> None:
        """Refuse an empty or repeated list and figures AWS does not have."""
        if not self.instance_types or len(set(self.instance_types)) < len(self.instance_types):
            raise ValueError(
                f"instance_types must name types, each once, got {', '.join(self.instance_types) or 'none'}"
            )
        if self.on_demand_base < 0:
            raise ValueError(f"on_demand_base must be 0 or more, got {self.on_demand_base}")
        if not 0 <= self.on_demand_percent <= 100:
            raise ValueError(f"on_demand_percent must be 0 to 100, got {self.on_demand_percent}")


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """What the cluster runs on, and how much of it."""

    instance_type: str
    """EC2 instance type of `ami`'s architecture, e.g. `c5.2xlarge`."""
    ami: str
    """ECS-optimized Amazon Linux 2023 image: an id, or `resolve:ssm:` and a parameter's name. Each launch looks the
    parameter up, so no change shows in a preview and none can be rolled back: protected stacks name an id."""
    min_instances: int = 2
    """Fewest instances."""
    max_instances: int = 4
    """Most instances."""
    target_capacity_percent: int = 85
    """Share of the fleet that tasks are to use, in percent; the rest waits for tasks to come."""
    mix: Mix | None = None
    """Further types and Spot; None runs the one type on demand."""
    root_gib: int = ROOT_GIB
    """Size of the root volume, in GiB; it holds the images and what containers write."""
    max_lifetime_days: int | None = None
    """Days after which an instance is replaced by a fresh one, 1 to 365; None leaves it running."""

    def __post_init__(self) -> None:
        """Refuse what AWS would refuse, and a mix of two architectures."""
        check_image(self.ami)
        if not 0 <= self.min_instances <= self.max_instances or self.max_instances < 1:
            raise ValueError(
                "min_instances must be 0 or more and max_instances at least that and 1, "
                f"got {self.min_instances} and {self.max_instances}"
            )
        if not 1 <= self.target_capacity_percent <= 100:
            raise ValueError(f"target_capacity_percent must be 1 to 100, got {self.target_capacity_percent}")
        if self.root_gib < ROOT_GIB:
            raise ValueError(f"root_gib must be {ROOT_GIB} or more, got {self.root_gib}")
        check_lifetime(self.max_lifetime_days)
        own = limits.architecture(self.instance_type)
        for other in self.mix.instance_types if self.mix else ():
            if other == self.instance_type or limits.architecture(other) != own:
                raise ValueError(
                    f"mix.instance_types must be other types than {self.instance_type} for {own}, got {other}"
                )

    @property
    def rolls_back(self) -> bool:
        """Whether a failed replacement of the instances can be undone.

        AWS refuses where it looks the image up
        (https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html).
        """
        return not self.ami.startswith(IMAGE_PARAMETER)


def user_data(cluster_name: str) -> str:
    """Return the instances' script for a cluster, as EC2 takes it."""
    script = USER_DATA.read_text(encoding="utf-8")
    script = script.replace("@CLUSTER_NAME@", cluster_name).replace(
        "@RESERVED_MIB@", str(limits.RESERVED_MIB)
    )
    return base64.b64encode(script.encode()).decode()


def instance_role(
    name: str, account: iam.Account, parent: pulumi.Resource
) -> tuple[aws.iam.InstanceProfile, Sequence[pulumi.Resource]]:
    """Create the instances' role; return its profile and what an instance must wait for to have its rights."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description="ECS container instances: the ECS agent and Systems Manager, nothing else",
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
    name: str, vpc_id: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[aws.ec2.SecurityGroup, pulumi.Resource]:
    """Create the instances' group, which nothing may reach; return it and its one rule.

    HTTPS is all that the agent, image pulls, Systems Manager and packages need. It leads anywhere, because S3's
    gateway has no address of its own; Amazon's DNS and time pass no security group. Tasks have groups of their own.
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
    """Create the template: no public address, and the ECS agent's configuration as its first script."""
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
        # Instances with such a record get no trunk interface
        # (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html).
        private_dns=aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgs(enable_resource_name_dns_a_record=False),
        root=RootVolume(device=ROOT_DEVICE, gib=fleet.root_gib, key_arn=compute_key_arn),
        # The name is the cluster's output and not a plain string, so that template and group are deleted before the cluster.
        user_data=cluster_name.apply(user_data),
        tags={"Name": name},
        parent=parent,
    )
