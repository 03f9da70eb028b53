"""A container service: task definition, load balancer target, permissions, scaling and alarms.

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
from components.compute.service.args import PORT, ServiceArgs
from components.compute.service.definition import command_definition, task_definition
from components.compute.service.deployment import moving_role
from components.compute.service.jobs import Command, JobTask, schedule
from components.compute.service.mesh import call_labels, connect_configuration
from components.compute.service.replacement import replace_tasks
from components.compute.service.roles import execution_role
from components.compute.service.rollback import fail_if_rolled_back
from components.compute.service.scaling import scale_tasks
from components.compute.service.sidecar import tls_sidecar
from components.compute.service.target import load_balancer_target
from components.compute.service.wiring import allow_client_traffic, task_security_group
from components.shared.alarms import expression_alarm
from components.shared.logs import log_group
from components.shared.names import check_name
from components.shared.task import APPLICATION_TAG

_DEPLOY_MINUTES: Final = 30
_DELETE_MINUTES: Final = 20


class Service(pulumi.ComponentResource):
    """An ECS service on EC2 whose tasks run without root, without Linux capabilities and on a read-only file system.

    Each task has its own network interface, and the service its own security group. The load balancer also uses TLS to the
    tasks, so requests are encrypted end to end: the container terminates it, or a sidecar in the same task. ECS rolls a
    deployment back if tasks do not start or an alarm on errors is raised. It spreads tasks over zones, and packs them by
    memory within a zone.

    Creates: an ECS service; a task definition, and one for the release command and each job; a log group; the resources of
    `task_security_group`; the execution role; an Application Auto Scaling target with its policies and scheduled actions;
    CloudWatch alarms. With a route also a target group, and listener rules as children of the load balancer; two target groups
    and a role for ECS if a deployment moves requests between them. With jobs also schedules of EventBridge Scheduler and their
    role. With passwords that rotate also a schedule that replaces the tasks, and its role.

    Outputs:
        security_group_id: Security group of the tasks.
        service_name: Physical name of the ECS service; fails if ECS rolled the deployment back.
        target_group_suffixes: ARN suffixes of the target groups, dimensions of their metrics; empty without a route.
        release_task_arn: ARN of the task definition of the release command; empty without one.
    """

    security_group_id: pulumi.Output[str]
    service_name: pulumi.Output[str]
    target_group_suffixes: pulumi.Output[list[str]]
    release_task_arn: pulumi.Output[str]
    resource: aws.ecs.Service
    """The ECS service, for services that must be deployed after it."""

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Service", name, None, opts)
        check_name(name)
        self._name, self._args = name, args
        platform = args.platform
        connect = args.service_connect
        tls = None
        if args.tls_image is not None:
            health_host = args.route.health.host if args.route else None
            tls = tls_sidecar(args.tls_image, args.ports, health_host=health_host)
        port = args.application_port
        container = replace(
            args.container,
            ports={} if tls else args.ports,
            labels={**args.container.labels, **(call_labels(connect) if connect else {})},
            environment={**args.container.environment, **({} if port is None else {PORT: str(port)})},
        )

        group = task_security_group(name, platform.vpc_id, args.uses, parent=self)
        rules = [*group.rules]
        if args.route and platform.edge and args.port is not None:
            rules += allow_client_traffic(
                name,
                "edge",
                client_group_id=platform.edge.security_group_id,
                tasks_group_id=group.security_group_id,
                port=args.port,
                parent=self,
            )
        containers = [container, *args.sidecars, *([tls] if tls else [])]
        log = log_group(name, platform.logs, kind="application", parent=self, masked=True)
        execution = execution_role(
            name,
            platform,
            images=[item.image for item in containers],
            log_group=log,
            secrets=[
                *args.all_secrets.values(),
                *(arn for item in args.sidecars for arn in item.secrets.values()),
            ],
            secret_key_arns=args.secret_key_arns,
            parent=self,
        )
        definition = task_definition(
            name,
            args,
            containers,
            proxied=connect is not None,
            execution=execution,
            log=log,
            parent=self,
        )

        def command_task(task: str, command: Command) -> aws.ecs.TaskDefinition:
            return command_definition(
                f"{name}-{task}", command, args, container, execution=execution, log=log, parent=self
            )

        release = command_task("release", args.release) if args.release else None

        target = load_balancer_target(name, args, parent=self)
        # The dimensions of each target group, by the name of its alarms.
        of_targets: dict[str, Mapping[str, pulumi.Input[str]]] = {}
        load_balancers: list[aws.ecs.ServiceLoadBalancerArgs] = []
        listener_rules: Sequence[aws.lb.ListenerRule] = ()
        resource_label = None
        traffic = None
        if target and platform.edge:
            listener_rules = target.rules
            balancer, groups = platform.edge.load_balancer_suffix, target.groups
            of_targets = {
                name if group is groups[0] else f"{name}-2": {
                    "LoadBalancer": balancer,
                    "TargetGroup": group.arn_suffix,
                }
                for group in groups
            }
            resource_label = pulumi.Output.concat(balancer, "/", groups[0].arn_suffix)
            advanced = None
            if args.deployment.moves_requests:
                traffic = moving_role(name, platform, groups, target.rules[0], parent=self)
                advanced = aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
                    alternate_target_group_arn=groups[1].arn,
                    production_listener_rule=target.rules[0].arn,
                    role_arn=traffic.arn,
                )
            load_balancers = [
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=groups[0].arn,
                    container_name=(tls or container).name,
                    container_port=target.port,
                    advanced_configuration=advanced,
                )
            ]

        def alarm(
            name: str, alert: ServiceAlert, dimensions: Mapping[str, pulumi.Input[str]]
        ) -> aws.cloudwatch.MetricAlarm:
            return expression_alarm(
                name,
                alert,
                dimensions=dict.fromkeys(alert.metrics, dimensions),
                topic_arn=platform.alarm_topic_arn,
                parent=self,
            )

        alerts = service_alerts(routed=target is not None, limits=args.limits)
        rollback_alarms = [
            alarm(of, alert, dimensions)
            for alert in alerts
            if alert.rolls_back
            for of, dimensions in of_targets.items()
        ]
        drain_seconds = args.route.drain_seconds if args.route else 0
        deployment = args.deployment
        service = self.resource = aws.ecs.Service(
            name,
            cluster=platform.cluster_arn,
            task_definition=definition.arn,
            desired_count=args.scaling.min,
            scheduling_strategy="REPLICA",
            capacity_provider_strategies=_capacity(args),
            # The provider refuses another capacity provider without it. Alone it starts no deployment: without `triggers`, the
            # provider only adds it to an update of the service that has another cause.
            force_new_deployment=True,
            # Rebalancing between zones requires that zones come first
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
                security_groups=[group.security_group_id],
            ),
            load_balancers=load_balancers or None,
            health_check_grace_period_seconds=args.route.health.grace_seconds if args.route else None,
            deployment_configuration=deployment.configuration,
            deployment_minimum_healthy_percent=deployment.min_healthy_percent,
            deployment_maximum_percent=deployment.max_healthy_percent,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=True, rollback=True
            ),
            alarms=aws.ecs.ServiceAlarmsArgs(
                alarm_names=[item.name for item in rollback_alarms], enable=True, rollback=True
            )
            if rollback_alarms
            else None,
            service_connect_configuration=connect_configuration(name, args, log),
            enable_execute_command=args.application.has_exec,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=True,
            tags={APPLICATION_TAG: args.application.name},
            opts=pulumi.ResourceOptions(
                parent=self,
                # Application Auto Scaling sets the number of tasks.
                ignore_changes=["desiredCount"],
                # Without the policies of its roles, a service that is being deleted hangs in DRAINING.
                depends_on=[
                    execution.ready,
                    args.application.ready,
                    *rules,
                    *listener_rules,
                    *([traffic.ready] if traffic else []),
                    *(connect.after if connect else []),
                ],
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{_DEPLOY_MINUTES}m",
                    update=f"{_DEPLOY_MINUTES + drain_seconds // 60 + deployment.waiting_minutes}m",
                    delete=f"{max(_DELETE_MINUTES, drain_seconds // 60 + 6)}m",
                ),
            ),
        )
        scale_tasks(
            name,
            args.scaling,
            cluster_name=platform.cluster_name,
            service_name=service.name,
            resource_label=resource_label,
            parent=self,
            after=listener_rules,
        )
        service_dimensions = {"ClusterName": platform.cluster_name, "ServiceName": service.name}
        for alert in alerts:
            if not alert.rolls_back:
                for of, dimensions in (
                    of_targets if alert.on_target_group else {name: service_dimensions}
                ).items():
                    alarm(of, alert, dimensions)
        if args.schedules:
            schedule(
                name,
                {key: (job, command_task(key, job)) for key, job in args.schedules.items()},
                JobTask(
                    account=platform.account,
                    cluster_arn=platform.cluster_arn,
                    capacity_provider=platform.capacity_provider,
                    role_arns=[execution.arn, args.application.task_role_arn],
                    subnet_ids=platform.subnet_ids,
                    security_group_id=group.security_group_id,
                ),
                parent=self,
            )
        replace_tasks(name, args.uses.values(), service, account=platform.account, parent=self)

        self.security_group_id = group.security_group_id
        self.service_name = pulumi.Output.all(service.name, service.task_definition, definition.arn).apply(
            lambda values: fail_if_rolled_back(*values)
        )
        self.target_group_suffixes = pulumi.Output.all(
            *(group.arn_suffix for group in (target.groups if target else ()))
        )
        self.release_task_arn = release.arn if release else pulumi.Output.from_input("")
        self.register_outputs(
            {
                "security_group_id": self.security_group_id,
                "service_name": self.service_name,
                "target_group_suffixes": self.target_group_suffixes,
                "release_task_arn": self.release_task_arn,
            }
        )

    def allow_client(self, client: str, caller: Service) -> None:
        """Allow another service to call this one through Service Connect.

        Args:
            client: Name of the calling service.
            caller: The calling service; it may be created before or after this one.

        Raises:
            ValueError: This service has no `service_connect.port`.
        """
        connect = self._args.service_connect
        if connect is None or connect.port is None:
            raise ValueError(f"{self._name} requires service_connect.port, because {client} calls it")
        # The prefix separates a service named `edge` from the load balancer.
        allow_client_traffic(
            self._name,
            f"service-{client}",
            client_group_id=caller.security_group_id,
            tasks_group_id=self.security_group_id,
            port=connect.port,
            parent=self,
        )


def _capacity(args: ServiceArgs) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs]:
    """Return where the tasks run: on On-Demand instances, or only the fewest tasks there and the others on Spot instances.

    The service keeps its fewest tasks if AWS takes all Spot instances back.
    """
    platform, spot = args.platform, args.platform.spot_capacity_provider
    if not args.spot or spot is None:
        return [
            aws.ecs.ServiceCapacityProviderStrategyArgs(
                capacity_provider=platform.capacity_provider, weight=1
            )
        ]
    return [
        aws.ecs.ServiceCapacityProviderStrategyArgs(
            capacity_provider=platform.capacity_provider, base=args.scaling.min, weight=0
        ),
        aws.ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=spot, weight=1),
    ]
