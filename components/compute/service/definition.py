"""The task definitions of a service: of its tasks, and of commands that run in separate tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.compute.service.args import ServiceArgs
from components.compute.service.jobs import Command
from components.compute.service.roles import ReadyRole
from components.shared import containers
from components.shared.containers import Container
from components.shared.destination import FileMount
from facts.instances import PROXY_CPU_UNITS, PROXY_MIB


def task_definition(
    name: str,
    args: ServiceArgs,
    containers_of_task: Sequence[Container],
    *,
    proxied: bool,
    execution: ReadyRole,
    log: aws.cloudwatch.LogGroup,
    parent: pulumi.Resource,
) -> aws.ecs.TaskDefinition:
    """Create a task definition.

    Args:
        name: Logical name, part of the family and prefix of the log streams.
        args: Arguments of the service.
        containers_of_task: The container of the application, then its sidecars.
        proxied: Whether ECS adds the proxy of Service Connect.
        execution: The execution role.
        log: The log group.
        parent: The component that the resource belongs to.
    """
    first, *sidecars = containers_of_task
    mounts = args.mounts
    first = replace(first, volumes={mount.path: volume for volume, mount in mounts.items()})
    account = args.platform.account
    return aws.ecs.TaskDefinition(
        name,
        # All stacks of an account share the names of families, and Pulumi does not auto-name them.
        family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
        requires_compatibilities=["EC2"],
        network_mode="awsvpc",
        cpu=str(sum(item.cpu for item in containers_of_task) + (PROXY_CPU_UNITS if proxied else 0)),
        memory=str(sum(item.memory_mib for item in containers_of_task) + (PROXY_MIB if proxied else 0)),
        execution_role_arn=execution.arn,
        task_role_arn=args.application.task_role_arn,
        volumes=[_volume(volume, mount) for volume, mount in mounts.items()] or None,
        # A rollback, by ECS or by a person, needs the previous revision.
        skip_destroy=True,
        container_definitions=pulumi.Output.all(
            log=log.name, secrets=args.all_secrets, environment=args.destination_environment
        ).apply(
            lambda values: containers.definitions(
                first,
                log_group=values["log"],
                region=account.region,
                stream=name,
                secrets=values["secrets"],
                # ECS sets this variable only on Fargate.
                environment={"AWS_REGION": account.region, **values["environment"]},
                sidecars=sidecars,
                has_exec=args.application.has_exec,
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _volume(name: str, mount: FileMount) -> aws.ecs.TaskDefinitionVolumeArgs:
    """Return a volume that ECS mounts over TLS, with the task role of the application."""
    return aws.ecs.TaskDefinitionVolumeArgs(
        name=name,
        efs_volume_configuration=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
            file_system_id=mount.file_system_id,
            transit_encryption="ENABLED",
            authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
                access_point_id=mount.access_point_id, iam="ENABLED"
            ),
        ),
    )


def command_definition(
    name: str,
    command: Command,
    args: ServiceArgs,
    container: Container,
    *,
    execution: ReadyRole,
    log: aws.cloudwatch.LogGroup,
    parent: pulumi.Resource,
) -> aws.ecs.TaskDefinition:
    """Create the task definition of a command: the service without its ports, its health check and its proxies.

    The sidecars of the service run beside the command. ECS stops them when the command ends.

    Args:
        name: Logical name.
        command: The command.
        args: Arguments of the service.
        container: The container of the service.
        execution: The execution role.
        log: The log group.
        parent: The component that the resource belongs to.
    """
    container = replace(
        container,
        command=command.command,
        entry_point=command.entry_point or container.entry_point,
        ports={},
        health_check=None,
    )
    return task_definition(
        name,
        args,
        [container, *args.sidecars],
        proxied=False,
        execution=execution,
        log=log,
        parent=parent,
    )
