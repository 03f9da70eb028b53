"""A container service: its task, its place behind the load balancer, its rights, its size and its alarms.

Maps to 45 CFR 164.312(a)(1) (access control), 164.312(b) (audit controls), 164.312(e)(1) and (e)(2)(ii) (transmission
security) and 164.308(a)(7)(ii)(C) (emergency mode operation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.service.alarms import ServiceAlert, service_alerts
from components.compute.service.args import ServiceArgs
from components.compute.service.deployed import deployed
from components.compute.service.jobs import Target, schedule
from components.compute.service.mesh import MESH_PORT_NAME, PORT_NAME, call_labels, named
from components.compute.service.roles import Roles
from components.compute.service.scaling import scale_tasks
from components.compute.service.target import behind_load_balancer
from components.compute.service.wiring import Wiring
from components.shared import task
from components.shared.alarms import expression_alarm
from components.shared.logs import log_group
from components.shared.names import check_name
from facts.instances import PROXY_CPU_UNITS, PROXY_MIB

_GRACE_SECONDS: Final = 60  # in which a new task may fail the load balancer's health checks
_DEPLOY_MINUTES: Final = 30
_DELETE_MINUTES: Final = 20


class Service(pulumi.ComponentResource):
    """An ECS service on EC2 whose tasks run as nobody, on a read-only file system, with no Linux capability.

    Every task has an interface and a security group of its own. The load balancer speaks TLS to it too, so requests are
    encrypted all the way. Deployments roll back by themselves, when tasks do not come up or users see errors. Tasks are
    spread over zones first and packed by memory within one.

    Outputs:
        security_group_id: Group of its tasks.
        service_name: Physical name of the ECS service; fails if ECS has rolled back what was deployed.
        task_role_arn: What the application may do.
        target_group_suffix: Dimension of the target group's metrics; empty without a route.
        release_task_arn: Task definition of the release command; empty without one.
    """

    security_group_id: pulumi.Output[str]
    service_name: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    target_group_suffix: pulumi.Output[str]
    release_task_arn: pulumi.Output[str]
    wiring: Wiring
    """Its security group, for services that may call it: `service.wiring.admit(...)`."""
    resource: aws.ecs.Service
    """The ECS service, for those that must be deployed after it."""

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Service", name, None, opts)
        check_name(name)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        platform = args.platform
        ports = {PORT_NAME: args.port} if args.port is not None else {}
        connect = args.service_connect
        if connect and connect.port is not None and connect.port != args.port:
            ports[MESH_PORT_NAME] = connect.port
        labels = {**args.container.labels, **(call_labels(connect) if connect else {})}
        self._container = replace(args.container, ports=ports, labels=labels)

        self.wiring = Wiring(name, platform.vpc_id, args.uses, parent=self)
        if args.route and platform.edge and args.port is not None:
            self.wiring.admit("edge", platform.edge.security_group_id, args.port)
        self._log = log_group(name, platform.logs, kind="application", parent=self, masked=True)
        self._roles = Roles(
            name,
            platform,
            image=args.container.image,
            log_group=self._log,
            secrets=args.all_secrets,
            uses=args.uses,
            parent=self,
        )
        definition = self._definition(name)
        release = self._definition(f"{name}-release", args.release_command) if args.release_command else None

        behind = behind_load_balancer(name, args, parent=self)
        of_target: dict[str, pulumi.Input[str]] = {}
        label = None
        if behind and platform.edge:
            suffixes = platform.edge.load_balancer_suffix, behind.target_group.arn_suffix
            of_target = {"LoadBalancer": suffixes[0], "TargetGroup": suffixes[1]}
            label = pulumi.Output.concat(suffixes[0], "/", suffixes[1])

        def alarm(
            alert: ServiceAlert, dimensions: Mapping[str, pulumi.Input[str]]
        ) -> aws.cloudwatch.MetricAlarm:
            return expression_alarm(
                name,
                alert,
                dimensions=dict.fromkeys(alert.metrics, dimensions),
                topic_arn=platform.alarm_topic_arn,
                parent=self,
            )

        rows = service_alerts(routed=behind is not None, limits=args.limits)
        rollback = [alarm(row, of_target) for row in rows if row.rolls_back]
        waits = [behind.rule] if behind else []
        drain = args.route.drain_seconds if args.route else 0
        service = self.resource = aws.ecs.Service(
            name,
            cluster=platform.cluster_arn,
            task_definition=definition.arn,
            desired_count=args.scaling.min,
            scheduling_strategy="REPLICA",
            capacity_provider_strategies=[
                aws.ecs.ServiceCapacityProviderStrategyArgs(
                    capacity_provider=platform.capacity_provider, weight=1
                )
            ],
            # Zones first: rebalancing asks for it
            # (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html).
            ordered_placement_strategies=[
                aws.ecs.ServiceOrderedPlacementStrategyArgs(
                    type="spread", field="attribute:ecs.availability-zone"
                ),
                aws.ecs.ServiceOrderedPlacementStrategyArgs(type="binpack", field="memory"),
            ],
            availability_zone_rebalancing="ENABLED",
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                assign_public_ip=False,
                subnets=platform.subnet_ids,
                security_groups=[self.wiring.security_group_id],
            ),
            load_balancers=[
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=behind.target_group.arn,
                    container_name=self._container.name,
                    container_port=behind.port,
                )
            ]
            if behind
            else None,
            health_check_grace_period_seconds=_GRACE_SECONDS if behind else None,
            deployment_minimum_healthy_percent=args.min_healthy_percent,
            deployment_maximum_percent=args.max_healthy_percent,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=True, rollback=True
            ),
            alarms=aws.ecs.ServiceAlarmsArgs(
                alarm_names=[known.name for known in rollback], enable=True, rollback=True
            )
            if rollback
            else None,
            service_connect_configuration=named(name, args, self._log, parent=self),
            enable_execute_command=True,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Scaling owns the number; without the roles' policies a service that goes hangs in DRAINING.
                ignore_changes=["desiredCount"],
                depends_on=[
                    *self._roles.ready,
                    *self.wiring.ready,
                    *waits,
                    *(connect.after if connect else []),
                ],
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{_DEPLOY_MINUTES}m",
                    update=f"{_DEPLOY_MINUTES + drain // 60}m",
                    delete=f"{max(_DELETE_MINUTES, drain // 60 + 6)}m",
                ),
            ),
        )
        scale_tasks(
            name,
            args.scaling,
            cluster_name=platform.cluster_name,
            service_name=service.name,
            resource_label=label,
            parent=self,
            depends_on=waits,
        )
        of_service = {"ClusterName": platform.cluster_name, "ServiceName": service.name}
        for row in rows:
            if not row.rolls_back:
                alarm(row, of_target if row.of_target else of_service)
        if args.schedules:
            schedule(
                name,
                args.schedules,
                Target(
                    account=platform.account,
                    cluster_arn=platform.cluster_arn,
                    capacity_provider=platform.capacity_provider,
                    task_definition=definition,
                    container_name=self._container.name,
                    role_arns=[self._roles.execution_arn, self._roles.task_arn],
                    subnet_ids=platform.subnet_ids,
                    security_group_id=self.wiring.security_group_id,
                ),
                parent=self,
            )

        self.security_group_id = self.wiring.security_group_id
        self.service_name = pulumi.Output.all(service.name, service.task_definition, definition.arn).apply(
            lambda known: deployed(*known)
        )
        self.task_role_arn = self._roles.task_arn
        self.target_group_suffix = behind.target_group.arn_suffix if behind else pulumi.Output.from_input("")
        self.release_task_arn = release.arn if release else pulumi.Output.from_input("")
        self.register_outputs(
            {
                "security_group_id": self.security_group_id,
                "service_name": self.service_name,
                "task_role_arn": self.task_role_arn,
                "target_group_suffix": self.target_group_suffix,
                "release_task_arn": self.release_task_arn,
            }
        )

    def serve(self, client: str, caller: Service) -> None:
        """Let another service call this one by its name.

        Args:
            client: Name of the caller.
            caller: The caller; the order in which the two are made does not matter.

        Raises:
            ValueError: This service has no name.
        """
        connect = self._args.service_connect
        if connect is None or connect.port is None:
            raise ValueError(f"{self._name} must have service_connect.port for {client} to call it")
        # The prefix keeps a service called edge apart from the load balancer.
        self.wiring.admit(f"service-{client}", caller.security_group_id, connect.port)

    def _definition(self, name: str, command: Sequence[str] = ()) -> aws.ecs.TaskDefinition:
        args, account = self._args, self._args.platform.account
        container = self._container
        proxied = args.service_connect is not None and not command
        return aws.ecs.TaskDefinition(
            name,
            # Families are shared by an account's stacks and have no auto-naming.
            family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            requires_compatibilities=["EC2"],
            network_mode="awsvpc",
            cpu=str(container.cpu + (PROXY_CPU_UNITS if proxied else 0)),
            memory=str(container.memory_mib + (PROXY_MIB if proxied else 0)),
            execution_role_arn=self._roles.execution_arn,
            task_role_arn=self._roles.task_arn,
            # A rollback, of ECS or by hand, needs the revision before.
            skip_destroy=True,
            container_definitions=pulumi.Output.all(
                log=self._log.name, secrets=args.all_secrets, environment=args.found_at
            ).apply(
                lambda known: task.definitions(
                    container,
                    log_group=known["log"],
                    region=account.region,
                    stream=name,
                    secrets=known["secrets"],
                    environment=known["environment"],
                    command=command,
                )
            ),
            opts=self._child,
        )
