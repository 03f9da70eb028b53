"""`NatInstance`: a small EC2 host in a public subnet, through which private subnets open connections to the Internet.

The Elastic IP address and the routes belong to a network interface that persists when the host is replaced. An Auto Scaling
group of exactly one instance launches the host with this interface, so that a replacement needs no IAM permission to take
over. A replacement takes a few minutes, during which open connections drop and new ones fail. NAT instances are therefore
for development; production stacks use NAT gateways.

AWS documents this design: a launch template with an existing interface limits a group to one instance
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/examples-launch-templates-aws-cli.html). Such a group has an
availability zone and no subnet (https://github.com/hashicorp/terraform-provider-aws/pull/7615). Maps to 45 CFR
164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
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
    hardened_template,
    single_instance_group,
)
from components.shared.ports import ANYWHERE

USER_DATA: Final = Path(__file__).with_name("nat_instance.sh")
"""The script that configures the host as a NAT router at its first boot."""

LATEST_AMI: Final = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
"""The Systems Manager parameter of AWS for the latest Amazon Linux 2023 image. EC2 resolves it at each launch."""

ROOT_DEVICE: Final = "/dev/xvda"
"""Device name of the root volume in Amazon Linux 2023 images."""
ROOT_GIB: Final = 8
"""Size of this volume, in GiB."""


@dataclass(frozen=True, kw_only=True)
class NatHost:
    """Settings of NAT instances: instance type, image, zones and lifetime."""

    instance_type: str = "t4g.micro"
    """EC2 instance type with the architecture of `ami` and at least 1 GiB of memory; 0.5 GiB is too little to install a
    package (https://github.com/amazonlinux/amazon-linux-2023/issues/404)."""
    ami: str = LATEST_AMI
    """Amazon Linux 2023 image: an id, or `resolve:ssm:` with the name of a parameter."""
    zones: tuple[str, ...] = ()
    """Zones that get an instance; the other zones use the first instance. Empty means the first zone of the VPC only."""
    max_lifetime_days: int | None = None
    """Days until a host is replaced by a new one, 1 to 365; None keeps it running."""

    def __post_init__(self) -> None:
        """Check image and lifetime.

        Raises:
            ValueError: `ami` is neither an id nor a parameter, or `max_lifetime_days` is not 1 to 365.
        """
        check_image(self.ami)
        check_lifetime(self.max_lifetime_days)


@dataclass(frozen=True, kw_only=True)
class NatInstanceArgs:
    """Arguments of `NatInstance`."""

    account: iam.Account
    """The account of the instance."""
    host: NatHost
    """Instance type, image and lifetime."""
    zone: str
    """Availability zone of the instance."""
    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    subnet_id: pulumi.Input[str]
    """Id of the public subnet of the zone."""
    internet_gateway: pulumi.Input[pulumi.Resource]
    """The Internet gateway of the VPC. It must be created before the Elastic IP address and deleted after it."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges that may send traffic through the instance, by a name that becomes part of the name of their rule."""
    compute_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the root volume; it must admit the service-linked role of Auto Scaling."""
    launch_after: Sequence[pulumi.Resource] = ()
    """Further resources that the first boot of the host needs, such as the ACL of its subnet."""
    protect: bool
    """Whether deletion of the Auto Scaling group waits until its instance has stopped."""


class NatInstance(pulumi.ComponentResource):
    """One NAT instance, which Auto Scaling replaces when it fails.

    Creates: a security group with its rules; a network interface with an Elastic IP address; an IAM role with the AWS
    managed policy for Systems Manager, and its instance profile; a launch template; an Auto Scaling group of one instance.

    Outputs:
        interface_id: Id of the network interface, the target of routes.
        public_ip: Public address from which the connections of the private subnets come.
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
            # A router forwards packets with addresses of other hosts.
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
            # The interface determines subnet, security group and address; AWS refuses these in the template.
            interface=aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0, network_interface_id=interface.id, delete_on_termination="false"
            ),
            root=RootVolume(device=ROOT_DEVICE, gib=ROOT_GIB, key_arn=args.compute_key_arn),
            user_data=base64.b64encode(USER_DATA.read_bytes()).decode(),
            tags=tags,
            parent=self,
        )
        single_instance_group(
            name,
            template,
            zone=args.zone,
            grace_seconds=120,
            capacity_timeout="10m",
            max_lifetime_days=args.host.max_lifetime_days,
            protect=args.protect,
            tags=tags,
            # At first boot, the host needs Internet access to install a package and to register with Systems Manager. It
            # does not retry, and the EC2 health check passes even if this fails.
            after=[address, attachment, egress, *args.launch_after],
            parent=self,
        )

        self.interface_id = interface.id
        self.public_ip = address.public_ip
        self.register_outputs({"interface_id": self.interface_id, "public_ip": self.public_ip})
