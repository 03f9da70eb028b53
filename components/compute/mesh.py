"""Names for services by ECS Service Connect, and encryption between them where an AWS Private CA is given.

Maps to 45 CFR 164.312(e)(2)(ii) (encryption in transit).
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.compute import task
from components.compute.platform import Platform
from components.compute.service_args import ServiceArgs, ServiceConnect

PORT_NAME: Final = "app"
MESH_PORT_NAME: Final = "mesh"

PROXY_CPU: Final = 256
PROXY_MEMORY_MIB: Final = 64
"""What Service Connect's proxy adds to a task
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html).
"""


def named(
    name: str, args: ServiceArgs, log: aws.cloudwatch.LogGroup, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    """Return the name by which other services reach this one; None if it has none."""
    connect, platform = args.service_connect, args.platform
    if connect is None:
        return None
    mesh = connect.port != args.port
    return aws.ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=connect.namespace_arn,
        services=[
            aws.ecs.ServiceServiceConnectConfigurationServiceArgs(
                port_name=MESH_PORT_NAME if mesh else PORT_NAME,
                discovery_name=name,
                client_alias=[
                    aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(
                        dns_name=name, port=connect.port
                    )
                ],
                tls=_encryption(name, connect, platform, parent),
            )
        ],
        log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver="awslogs",
            options=log.name.apply(
                lambda group: task.log_options(group, platform.account.region, f"{name}-proxy")
            ),
        ),
    )


def _encryption(
    name: str, connect: ServiceConnect, platform: Platform, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceConnectConfigurationServiceTlsArgs | None:
    """Return the proxies' TLS and make the role with which ECS gets and renews certificates; None without an authority.

    The policy is AWS's own for this one purpose
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity.html).
    """
    if connect.authority_arn is None:
        return None
    account = platform.account
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-mesh",
        description="Lets ECS get and renew the certificates of one service",
        assume_role_policy=iam.assume_role(
            "ecs.amazonaws.com", account=account, source_arn=account.arn("ecs", "*")
        ),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-mesh",
        role=role.name,
        policy_arn=account.managed_policy(
            "service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity"
        ),
        opts=child,
    )
    return aws.ecs.ServiceServiceConnectConfigurationServiceTlsArgs(
        issuer_cert_authority=aws.ecs.ServiceServiceConnectConfigurationServiceTlsIssuerCertAuthorityArgs(
            aws_pca_authority_arn=connect.authority_arn
        ),
        kms_key=platform.secrets_key_arn,
        # Waits for the rights too: a service that goes before it could not give its certificate back.
        role_arn=pulumi.Output.all(role.arn, attachment.id).apply(lambda known: str(known[0])),
    )
