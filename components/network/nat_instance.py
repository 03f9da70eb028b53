"""A NAT instance: a small host in a public subnet. Private subnets reach out through it, nothing reaches in.

Its address and its place in the route tables belong to a network interface that outlives the host. An Auto
Scaling group of exactly one launches the host onto that interface, so a replacement takes over without any
IAM right. While a host is replaced, for a few minutes, open connections drop and new ones fail: this is for
development. Production stacks use NAT gateways.

The pattern is AWS's own: a launch template with an existing interface limits a group to one instance
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/examples-launch-templates-aws-cli.html), and the group
then names a zone and no subnet (https://github.com/hashicorp/terraform-provider-aws/pull/7615). Maps to 45
CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.instances import (
    MANAGED_BY_SSM,
    RootVolume,
    check_image,
    check_lifetime,
    group_of_one,
    hardened_template,
)
from components.shared.ports import ANYWHERE

USER_DATA: Final = Path(__file__).with_name("nat_instance.sh")
"""The script that makes a router of the host at its first boot."""

LATEST_AMI: Final = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
"""AWS's parameter for the newest Amazon Linux 2023 image; each launch looks it up."""

ROOT_DEVICE: Final = "/dev/xvda"
ROOT_GIB: Final = 8
"""The root volume of Amazon Linux 2023's images."""


@dataclass(frozen=True, kw_only=True)
class NatHost:
    """What a NAT instance runs on, and where."""

    instance_type: str = "t4g.micro"
    """EC2 instance type of `ami`'s architecture, with 1 GiB of memory or more: half of that is too little to
    install a package (https://github.com/amazonlinux/amazon-linux-2023/issues/404)."""
    ami: str = LATEST_AMI
    """Amazon Linux 2023 image: an id, or `resolve:ssm:` and the name of a parameter."""
    zones: tuple[str, ...] = ()
    """Zones with an instance of their own; others use the first one's. Empty: the VPC's first zone only."""
    max_lifetime_days: int | None = None
    """Days after which a host is replaced by a fresh one, 1 to 365; None leaves it running."""

    def __post_init__(self) -> None:
        """Refuse an image that is neither an id nor a parameter, and a lifetime AWS does not have."""
        check_image(self.ami)
        check_lifetime(self.max_lifetime_days)


@dataclass(frozen=True, kw_only=True)
class NatInstanceArgs:
    """What `NatInstance` needs to know."""

    account: iam.Account
    """The account the instance runs in."""
    host: NatHost
    """What it runs on."""
    zone: str
    """Its availability zone."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_id: pulumi.Input[str]
    """The zone's public subnet."""
    internet_gateway: pulumi.Input[pulumi.Resource]
    """The VPC's gateway; it must exist before an address is mapped, and outlast it."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges that may send through the instance, by a name for each."""
    compute_key_arn: pulumi.Input[str]
    """The key that encrypts the root volume; it must admit the Auto Scaling service's role."""
    launch_after: Sequence[pulumi.Resource] = ()
    """What the host's first boot needs besides: its subnet's ACL."""
    protect: bool
    """Whether deleting the group waits for its instance to stop by itself."""


class NatInstance(pulumi.ComponentResource):
    """One NAT instance: interface, address, launch template, group of one.

    Outputs:
        interface_id: The network interface that routes lead to.
        public_ip: The address that the private subnets are seen with.
    """

    interface_id: pulumi.Output[str]
    public_ip: pulumi.Output[str]

    def __init__(self, name: str, args: NatInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:network:NatInstance", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = {"Name": name, "Tier": "public"}

        group = aws.ec2.SecurityGroup(
            name, description="NAT instance", vpc_id=args.vpc_id, tags=tags, opts=child
        )
        for client, cidr in args.client_cidrs.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{client}",
                security_group_id=group.id,
                description="Traffic of the private tier to the Internet",
                ip_protocol="-1",
                cidr_ipv4=str(cidr),
                opts=child,
            )
        egress = aws.vpc.SecurityGroupEgressRule(
            f"{name}-out",
            security_group_id=group.id,
            description="To the Internet",
            ip_protocol="-1",
            cidr_ipv4=ANYWHERE,
            opts=child,
        )
        interface = aws.ec2.NetworkInterface(
            name,
            description="NAT instance",
            subnet_id=args.subnet_id,
            security_groups=[group.id],
            # A router sends and receives for others.
            source_dest_check=False,
            tags=tags,
            opts=child,
        )
        address = aws.ec2.Eip(
            name,
            domain="vpc",
            network_interface=interface.id,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.internet_gateway]),
        )

        role = aws.iam.Role(
            name,
            description="NAT instance: managed by Systems Manager, nothing else",
            assume_role_policy=iam.assume_role("ec2.amazonaws.com", account=args.account),
            opts=child,
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-ssm",
            role=role.name,
            policy_arn=args.account.managed_policy(MANAGED_BY_SSM),
            opts=child,
        )
        profile = aws.iam.InstanceProfile(name, role=role.name, opts=child)
        template = hardened_template(
            name,
            description="NAT instance",
            image=args.host.ami,
            instance_type=args.host.instance_type,
            profile=profile,
            # Subnet, security group and address come with the interface; a template may not repeat them.
            interface=aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0, network_interface_id=interface.id, delete_on_termination="false"
            ),
            root=RootVolume(device=ROOT_DEVICE, gib=ROOT_GIB, key_arn=args.compute_key_arn),
            user_data=base64.b64encode(USER_DATA.read_bytes()).decode(),
            tags=tags,
            parent=self,
        )
        group_of_one(
            name,
            template,
            zone=args.zone,
            grace_seconds=120,
            capacity_timeout="10m",
            max_lifetime_days=args.host.max_lifetime_days,
            protect=args.protect,
            tags=tags,
            # At first boot the host installs a package and reports to Systems Manager, for which it needs its address. It
            # does not try again later, and EC2 considers it healthy even if that failed.
            after=[address, attachment, egress, *args.launch_after],
            parent=self,
        )

        self.interface_id = interface.id
        self.public_ip = address.public_ip
        self.register_outputs({"interface_id": self.interface_id, "public_ip": self.public_ip})
