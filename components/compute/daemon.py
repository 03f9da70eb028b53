"""A daemon: one task on every instance of the cluster, for example for telemetry of the hosts.

Maps to 45 CFR 164.312(a)(1) (access control), 164.312(b) (audit controls) and 164.312(e)(1) (transmission security).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.compute.service.platform import Platform
from components.compute.service.roles import execution_role
from components.compute.service.wiring import task_security_group
from components.shared import containers
from components.shared.containers import Container
from components.shared.logs import log_group


@dataclass(frozen=True, kw_only=True)
class DaemonArgs:
    """Arguments of `Daemon`."""

    platform: Platform
    """Cluster, network, keys and logs."""
    container: Container
    """The container."""


class Daemon(pulumi.ComponentResource):
    """An ECS service with one task on each instance. Its tasks have no role and no port, and reach HTTPS only.

    Each task has its own network interface, so that it is not in the network of the host and cannot reach the credentials of
    the instance. For the same reason other tasks do not reach it.

    Creates: an ECS service; a task definition; a log group; a security group with one outbound rule; the execution role.
    """

    def __init__(self, name: str, args: DaemonArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Daemon", name, None, opts)
        platform, container = args.platform, args.container
        region = platform.account.region
        group = task_security_group(name, platform.vpc_id, {}, parent=self)
        log = log_group(name, platform.logs, kind="application", parent=self, masked=True)
        execution = execution_role(
            name,
            platform,
            images=[container.image],
            log_group=log,
            secrets=[*container.secrets.values()],
            parent=self,
        )
        definition = aws.ecs.TaskDefinition(
            name,
            family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            requires_compatibilities=["EC2"],
            network_mode="awsvpc",
            cpu=str(container.cpu),
            memory=str(container.memory_mib),
            execution_role_arn=execution.arn,
            skip_destroy=True,
            volumes=[
                aws.ecs.TaskDefinitionVolumeArgs(name=containers.host_volume(path), host_path=path)
                for path in container.host_paths
            ],
            container_definitions=log.name.apply(
                lambda log_name: containers.definitions(
                    container,
                    log_group=log_name,
                    region=region,
                    stream=name,
                    environment={"AWS_REGION": region},
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.ecs.Service(
            name,
            cluster=platform.cluster_arn,
            task_definition=definition.arn,
            # ECS refuses a desired count, placement strategies, capacity providers and a maximum over 100 percent. Without a
            # launch type it takes the capacity provider of the cluster (https://github.com/aws/containers-roadmap/issues/692).
            scheduling_strategy="DAEMON",
            launch_type="EC2",
            # The old task stops before the new one starts, because an instance runs one at a time.
            deployment_minimum_healthy_percent=0,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=True, rollback=True
            ),
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                assign_public_ip=False,
                subnets=platform.subnet_ids,
                security_groups=[group.security_group_id],
            ),
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            # An instance without room for the daemon must not hold up the deployment of the applications.
            wait_for_steady_state=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[execution.ready, *group.rules]),
        )
        self.register_outputs({})
