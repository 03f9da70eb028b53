"""Private ways to AWS services: gateway endpoints for S3 and DynamoDB, interface endpoints for the rest.

Traffic to these services never leaves Amazon's network, and every endpoint's policy admits only this
account's principals, so stolen credentials of another account cannot carry data out through them. The data
tier has no endpoint: its route tables lead nowhere.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.ports import HTTPS

GATEWAYS: Final = ("dynamodb", "s3")
"""Services reached by a route; these endpoints cost nothing."""

WITHOUT_POLICY: Final = frozenset({"ecs-agent", "ecs-telemetry", "email-smtp"})
"""Services that refuse an endpoint policy (https://github.com/awsdocs/amazon-ecs-developer-guide/issues/55,
https://github.com/prowler-cloud/prowler/issues/12841).
"""

AWS_BUCKETS: Final = (
    # Image layers (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
    "prod-{region}-starport-layer-bucket",
    # Amazon Linux 2023 packages (https://repost.aws/knowledge-center/ec2-al1-al2-update-yum-without-internet)
    "al2023-repos-{region}-de612dc2",
    # The ECS agent (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html)
    "amazon-ecs-agent-{region}",
    # Systems Manager and its patching
    # (https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html)
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "aws-ssm-{region}",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    "{region}-birdwatcher-prod",
)
"""Buckets of AWS itself that hosts of the private tier read from."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """What `Endpoints` needs to know."""

    account: iam.Account
    """The account whose principals may use the endpoints."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    services: Sequence[str]
    """Short names of the services to reach by an interface endpoint, e.g. `ecr.api`."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets of the private tier, where the interfaces live."""
    route_table_ids: Sequence[pulumi.Input[str]]
    """Route tables of the private tier, which get the gateways' routes."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges that may open connections to the interfaces, by a name for each."""

    def __post_init__(self) -> None:
        """Refuse services that are named twice or have a gateway."""
        if len(set(self.services)) < len(self.services):
            raise ValueError(f"services names an endpoint twice: {', '.join(self.services)}")
        if gateways := set(GATEWAYS).intersection(self.services):
            raise ValueError(
                f"services must leave out {', '.join(sorted(gateways))}: a gateway endpoint serves it"
            )


class Endpoints(pulumi.ComponentResource):
    """Gateway endpoints for S3 and DynamoDB, and one interface endpoint for each named service."""

    interface_ids: Mapping[str, pulumi.Output[str]]
    """Interface endpoints by service, for policies that admit what comes through them."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:network:Endpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        prefix = f"com.amazonaws.{args.account.region}"

        for service in GATEWAYS:
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc_id,
                service_name=f"{prefix}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=args.route_table_ids,
                policy=gateway_policy(service, args.account),
                tags={"Name": f"{name}-{service}"},
                opts=child,
            )

        interfaces: dict[str, pulumi.Output[str]] = {}
        if args.services:
            group = aws.ec2.SecurityGroup(
                f"{name}-interfaces",
                description="Interface endpoints of AWS services",
                vpc_id=args.vpc_id,
                tags={"Name": f"{name}-interfaces"},
                opts=child,
            )
            for client, cidr in args.client_cidrs.items():
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-from-{client}",
                    security_group_id=group.id,
                    description="HTTPS from the VPC",
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    cidr_ipv4=str(cidr),
                    opts=child,
                )
            for service in args.services:
                interfaces[service] = aws.ec2.VpcEndpoint(
                    f"{name}-{service}",
                    vpc_id=args.vpc_id,
                    service_name=f"{prefix}.{service}",
                    vpc_endpoint_type="Interface",
                    private_dns_enabled=True,
                    subnet_ids=args.subnet_ids,
                    security_group_ids=[group.id],
                    policy=None if service in WITHOUT_POLICY else interface_policy(args.account),
                    tags={"Name": f"{name}-{service}"},
                    opts=child,
                ).id
        self.interface_ids = interfaces
        self.register_outputs({})


def gateway_policy(service: str, account: iam.Account) -> str:
    """Admit this account's principals to its resources and, for S3, everyone to AWS's own downloads."""
    own = iam.endpoint_own_account(
        "OwnAccount", account=account, actions=[f"{service}:*"], own_resources=True
    )
    if service != "s3":
        return iam.document(own)
    published = [
        account.arn("s3", f"{bucket.format(region=account.region)}/*", regional=False, account=False)
        for bucket in AWS_BUCKETS
    ]
    return iam.document(own, iam.endpoint_downloads("AwsDownloads", resources=published))


def interface_policy(account: iam.Account) -> str:
    """Admit this account's principals to the service behind an interface endpoint."""
    return iam.document(
        iam.endpoint_own_account("OwnPrincipals", account=account, actions=["*"], own_resources=False)
    )
