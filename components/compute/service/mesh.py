"""ECS Service Connect: names of services, and encryption between them if an AWS Private CA is configured.

Maps to 45 CFR 164.312(e)(2)(ii) (encryption in transit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.service.args import ServiceArgs, ServiceConnect
from components.compute.service.platform import Platform
from components.encryption.policies import CERTIFICATE_ACTIONS, CERTIFICATE_ROLES
from components.shared import iam, task

PORT_NAME: Final = "app"
MESH_PORT_NAME: Final = "mesh"


@dataclass(frozen=True, kw_only=True)
class MeshArgs:
    """Arguments of `Mesh`."""

    authority_arn: pulumi.Input[str] | None = None
    """ARN of the AWS Private CA that issues the certificates of the proxies; None leaves TLS to the services."""


class Mesh(pulumi.ComponentResource):
    """The namespace of the service names of a stack. Only the Service Connect proxies resolve them; there is no DNS.

    Creates: a Cloud Map HTTP namespace.

    Outputs:
        namespace_arn: ARN of the Cloud Map namespace.
    """

    namespace_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MeshArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Mesh", name, None, opts)
        self._authority_arn = args.authority_arn
        namespace = aws.servicediscovery.HttpNamespace(
            name,
            description="Names of the stack's services",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.namespace_arn = namespace.arn
        self.register_outputs({"namespace_arn": self.namespace_arn})

    def service_connect(
        self, port: int | None, calls: Mapping[str, int], after: Sequence[pulumi.Resource] = ()
    ) -> ServiceConnect | None:
        """Return the Service Connect arguments of a service; None if it has no port and calls no other service.

        Args:
            port: Port on which other services reach it; None for a service that only calls others.
            calls: Port of each service that it calls, by service name.
            after: The ECS services that it calls and that are created before it.
        """
        if port is None and not calls:
            return None
        return ServiceConnect(
            namespace_arn=self.namespace_arn,
            port=port,
            authority_arn=self._authority_arn,
            calls=calls,
            after=after,
        )


def callees_first(calls: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the services, each after those that it calls, except for calls that close a cycle.

    A task knows only the names that existed when its service was last deployed
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html).

    Args:
        calls: Names of the services that each service calls, by service. The result keeps this order unless a call
            requires another one.
    """
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for callee in calls[name]:
                visit(callee)
            ordered.append(name)

    for name in calls:
        visit(name)
    return ordered


def call_labels(connect: ServiceConnect) -> dict[str, str]:
    """Return container labels that list the calls of a service, so that a change of the list creates a new revision."""
    calls = " ".join(f"{name}:{port}" for name, port in sorted(connect.calls.items()))
    return {"connects-to": calls} if calls else {}


def connect_configuration(
    name: str, args: ServiceArgs, log: aws.cloudwatch.LogGroup, *, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    """Return the Service Connect configuration of an ECS service; None if it has no `service_connect`.

    The configuration has a discovery name if `service_connect.port` is set.
    """
    connect, platform = args.service_connect, args.platform
    if connect is None:
        return None
    return aws.ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=connect.namespace_arn,
        services=_discovery(name, connect, args, parent=parent),
        log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver="awslogs",
            options=log.name.apply(
                lambda group: task.log_options(group, platform.account.region, f"{name}-proxy")
            ),
        ),
    )


def _discovery(
    name: str, connect: ServiceConnect, args: ServiceArgs, *, parent: pulumi.Resource
) -> list[aws.ecs.ServiceServiceConnectConfigurationServiceArgs] | None:
    """Return the discovery name and port of a service; None for a service that only calls others."""
    if connect.port is None:
        return None
    return [
        aws.ecs.ServiceServiceConnectConfigurationServiceArgs(
            port_name=PORT_NAME if connect.port == args.port else MESH_PORT_NAME,
            discovery_name=name,
            client_alias=[
                aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(
                    dns_name=name, port=connect.port
                )
            ],
            tls=_encryption(name, connect, args.platform, parent=parent),
        )
    ]


def _encryption(
    name: str, connect: ServiceConnect, platform: Platform, *, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceConnectConfigurationServiceTlsArgs | None:
    """Return the TLS configuration of the proxies, and create its IAM role; None without a certificate authority.

    ECS uses the role to request and renew certificates. The AWS managed policy for this purpose
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity.html)
    allows only an authority with the tag `AmazonECSManaged=true`, and does not allow the use of a customer managed key.
    """
    if connect.authority_arn is None:
        return None
    account = platform.account
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-mesh",
        description="Lets ECS get and renew the certificates of one service",
        # The key policy identifies the role by its path.
        path=CERTIFICATE_ROLES,
        assume_role_policy=iam.assume_role("ecs.amazonaws.com", account=account),
        opts=child,
    )
    key_policy = aws.iam.Policy(
        f"{name}-mesh-key",
        description="Use the key that encrypts the certificates' private keys",
        policy=pulumi.Output.from_input(platform.secrets_key_arn).apply(
            lambda key: iam.document(iam.allow("Key", actions=CERTIFICATE_ACTIONS, resources=[key]))
        ),
        opts=child,
    )
    key_attachment = aws.iam.RolePolicyAttachment(
        f"{name}-mesh-key", role=role.name, policy_arn=key_policy.arn, opts=child
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
        # The ARN also depends on the permissions: ECS needs them to release the certificate when the service is deleted.
        role_arn=pulumi.Output.all(role.arn, attachment.id, key_attachment.id).apply(
            lambda values: str(values[0])
        ),
    )
