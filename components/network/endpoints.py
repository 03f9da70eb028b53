"""`Endpoints`: VPC endpoints, the private connections from a VPC to AWS services.

S3 and DynamoDB have gateway endpoints, other services have interface endpoints.
Traffic to these services stays in the network of AWS. The policy of each endpoint admits only principals of this account, so
that nobody can move data out with credentials of another account. The data tier has no endpoint, and its route tables have
no routes to one.

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
"""Services with a gateway endpoint, which is free of charge."""

WITHOUT_POLICY: Final = frozenset({"ecs-agent", "ecs-telemetry", "email-smtp"})
"""Services that do not support an endpoint policy (https://github.com/awsdocs/amazon-ecs-developer-guide/issues/55,
https://github.com/prowler-cloud/prowler/issues/12841).
"""

AWS_BUCKETS: Final = (
    # Image layers (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
    "prod-{region}-starport-layer-bucket",
    # Amazon Linux 2023 packages (https://repost.aws/knowledge-center/ec2-al1-al2-update-yum-without-internet)
    "al2023-repos-{region}-de612dc2",
    # The ECS agent (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html)
    "amazon-ecs-agent-{region}",
    # Systems Manager and its patch baselines
    # (https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html)
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "aws-ssm-{region}",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    "{region}-birdwatcher-prod",
)
"""Buckets of AWS that hosts in the private tier download from."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Arguments of `Endpoints`."""

    account: iam.Account
    """The account whose principals may use the endpoints."""
    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    services: Sequence[str]
    """Short names of the services that get an interface endpoint, e.g. `ecr.api`."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Ids of the subnets for the network interfaces: those of the private tier."""
    route_table_ids: Sequence[pulumi.Input[str]]
    """Ids of the route tables that get routes to the gateway endpoints: those of the private tier."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges that may connect to the interface endpoints, by a name that becomes part of the name of their rule."""

    def __post_init__(self) -> None:
        """Check the services.

        Raises:
            ValueError: A service is repeated, or has a gateway endpoint.
        """
        if len(set(self.services)) < len(self.services):
            raise ValueError(f"services must not repeat, got {', '.join(self.services)}")
        if gateways := set(GATEWAYS).intersection(self.services):
            raise ValueError(
                f"services must leave out {', '.join(sorted(gateways))}, which always has a gateway endpoint"
            )


class Endpoints(pulumi.ComponentResource):
    """The VPC endpoints of a network.

    Creates: gateway endpoints for S3 and DynamoDB; one interface endpoint per service in `services`; if there are any, a
    security group with an ingress rule for HTTPS per range in `client_cidrs`.
    """

    interface_ids: Mapping[str, pulumi.Output[str]]
    """Ids of the interface endpoints by service, for policies with a condition on the endpoint."""

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
    """Return the policy of a gateway endpoint.

    It admits principals of this account to resources of this account and, for S3, everyone to the downloads of AWS.
    """
    own_account = iam.endpoint_own_account(
        "OwnAccount", account=account, actions=[f"{service}:*"], own_resources=True
    )
    if service != "s3":
        return iam.document(own_account)
    downloads = [
        account.arn("s3", f"{bucket.format(region=account.region)}/*", regional=False, account=False)
        for bucket in AWS_BUCKETS
    ]
    return iam.document(own_account, iam.endpoint_downloads("AwsDownloads", resources=downloads))


def interface_policy(account: iam.Account) -> str:
    """Return the policy of an interface endpoint, which admits principals of this account."""
    return iam.document(
        iam.endpoint_own_account("OwnPrincipals", account=account, actions=["*"], own_resources=False)
    )
