"""ECS Service Connect: names by which services call each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.compute.service.args import MESH_PORT_NAME, PORT_NAME, ServiceArgs, ServiceConnect
from components.shared import containers


class Mesh(pulumi.ComponentResource):
    """The namespace of the service names of a stack. Only the Service Connect proxies resolve them; there is no DNS.

    Creates: a Cloud Map HTTP namespace.

    Outputs:
        namespace_arn: ARN of the Cloud Map namespace.
    """

    namespace_arn: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Mesh", name, None, opts)
        namespace = aws.servicediscovery.HttpNamespace(
            name,
            description="Names of the services of the stack",
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
    name: str, args: ServiceArgs, log: aws.cloudwatch.LogGroup
) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    """Return the Service Connect configuration of an ECS service; None if it has no `service_connect`.

    The configuration has a discovery name if `service_connect.port` is set.
    """
    connect = args.service_connect
    if connect is None:
        return None
    return aws.ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=connect.namespace_arn,
        services=_discovery(name, connect, args),
        log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver="awslogs",
            options=log.name.apply(
                lambda group: containers.log_options(group, args.platform.account.region, f"{name}-proxy")
            ),
        ),
    )


def _discovery(
    name: str, connect: ServiceConnect, args: ServiceArgs
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
        )
    ]
