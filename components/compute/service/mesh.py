"""Names for services by ECS Service Connect, and encryption between them where an AWS Private CA is given.

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
    """What `Mesh` needs to know."""

    authority_arn: pulumi.Input[str] | None = None
    """The AWS Private CA with which proxies encrypt; none leaves TLS to the services."""


class Mesh(pulumi.ComponentResource):
    """The namespace in which a stack's services have names. No DNS: only the proxies of its members know them.

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

    def member(
        self, port: int | None, calls: Mapping[str, int], after: Sequence[pulumi.Resource] = ()
    ) -> ServiceConnect | None:
        """Return what a service is told of the mesh; None if it neither has a name nor calls one.

        Args:
            port: Port of its name; None for a service that only calls others.
            calls: Port of every service it calls, by name.
            after: ECS services that it calls, as far as they are made before it.
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
    """Return the services so that each comes after those it calls, but for calls that close a circle. Pure.

    A task knows the names that were there when its service was last deployed
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html).

    Args:
        calls: Names of the services that each service calls, in the order to keep where calls do not demand another.
    """
    ordered: list[str] = []
    seen: set[str] = set()

    def place(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for callee in calls[name]:
                place(callee)
            ordered.append(name)

    for name in calls:
        place(name)
    return ordered


def call_labels(connect: ServiceConnect) -> dict[str, str]:
    """Return the labels of a container that calls others, so that another list of calls is another revision."""
    calls = " ".join(f"{name}:{port}" for name, port in sorted(connect.calls.items()))
    return {"connects-to": calls} if calls else {}


def named(
    name: str, args: ServiceArgs, log: aws.cloudwatch.LogGroup, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    """Return a service's part in the mesh, with a name if others reach it by one; None if it has no part."""
    connect, platform = args.service_connect, args.platform
    if connect is None:
        return None
    return aws.ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=connect.namespace_arn,
        services=_served(name, connect, args, parent),
        log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver="awslogs",
            options=log.name.apply(
                lambda group: task.log_options(group, platform.account.region, f"{name}-proxy")
            ),
        ),
    )


def _served(
    name: str, connect: ServiceConnect, args: ServiceArgs, parent: pulumi.Resource
) -> list[aws.ecs.ServiceServiceConnectConfigurationServiceArgs] | None:
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
            tls=_encryption(name, connect, args.platform, parent),
        )
    ]


def _encryption(
    name: str, connect: ServiceConnect, platform: Platform, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceConnectConfigurationServiceTlsArgs | None:
    """Return the proxies' TLS and make the role with which ECS gets and renews certificates; None without an authority.

    AWS's own policy for this one purpose
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity.html)
    admits only an authority with the tag `AmazonECSManaged=true`, and says nothing of a key of one's own.
    """
    if connect.authority_arn is None:
        return None
    account = platform.account
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-mesh",
        description="Lets ECS get and renew the certificates of one service",
        # By its path the key's policy knows the role.
        path=CERTIFICATE_ROLES,
        assume_role_policy=iam.assume_role("ecs.amazonaws.com", account=account),
        opts=child,
    )
    key_use = aws.iam.Policy(
        f"{name}-mesh-key",
        description="Use the key that encrypts the certificates' private keys",
        policy=pulumi.Output.from_input(platform.secrets_key_arn).apply(
            lambda key: iam.document(iam.allow("Key", actions=CERTIFICATE_ACTIONS, resources=[key]))
        ),
        opts=child,
    )
    may_use_key = aws.iam.RolePolicyAttachment(
        f"{name}-mesh-key", role=role.name, policy_arn=key_use.arn, opts=child
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
        role_arn=pulumi.Output.all(role.arn, attachment.id, may_use_key.id).apply(
            lambda known: str(known[0])
        ),
    )
