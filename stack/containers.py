"""The ECS cluster, the container registry, the public load balancer and the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.compute import (
    Application,
    ApplicationArgs,
    Bounds,
    Cluster,
    ClusterArgs,
    ComputeAlarms,
    ComputeAlarmsArgs,
    Container,
    Edge,
    EdgeArgs,
    Fleet,
    Job,
    LoadBalancerRoute,
    Mesh,
    Platform,
    Registry,
    RegistryArgs,
    Scaling,
    Service,
    ServiceArgs,
    ServiceConnect,
    callees_first,
    priorities,
)
from components.data import destinations
from components.shared.destination import Destination
from facts import tls_proxy
from settings import ComputeSettings, Settings
from settings import Service as ServiceOfProcess
from stack.data import Stores
from stack.foundation import Foundation
from stack.partners import create_private_entries


@dataclass(frozen=True, kw_only=True)
class Containers:
    """The cluster and the services of a stack. Without `hipaa:compute` there is no cluster."""

    cluster: Cluster | None = None
    services: Mapping[str, Service] = field(default_factory=dict[str, Service])
    """Services by name; only those that have an image."""


def create_containers(base: Foundation, stores: Stores, partners: Mapping[str, Destination]) -> Containers:
    """Create the cluster, the registry, the public load balancer and the services, and export their outputs.

    Args:
        base: The foundation of the stack.
        stores: Data stores that services may use.
        partners: Destinations for services that use partners, by name.

    Returns:
        The cluster and the services; empty if the stack has no `hipaa:compute`.
    """
    settings, keys, network = base.settings, base.keys, base.network
    if settings.compute is None:
        return Containers()
    cluster = _cluster(base, settings.compute)
    base.alerts.watch_cluster(cluster.cluster_arn)
    registry = Registry(
        "images",
        RegistryArgs(
            account=base.account,
            prefix=f"hipaa-{settings.environment}",
            apps=[*(settings.apps or {}), *([tls_proxy.NAME] if _provides_tls(settings) else [])],
            compute_key_arn=keys.compute,
            protect=settings.protect,
            pull_endpoint_ids=network.image_endpoint_ids,
        ),
    )
    edge = _edge(base)
    if edge:
        create_private_entries(base, edge)
    platform = Platform(
        account=base.account,
        vpc_id=network.vpc_id,
        subnet_ids=network.subnet_ids("private"),
        cluster_arn=cluster.cluster_arn,
        cluster_name=cluster.cluster_name,
        capacity_provider=cluster.capacity_provider_name,
        exec_log_group_arn=cluster.exec_log_group_arn,
        compute_key_arn=keys.compute,
        secrets_key_arn=keys.secrets,
        logs=base.logs,
        alarm_topic_arn=base.alerts.topic_arn,
        edge=edge,
    )
    services = _services(base, platform, stores, partners)
    ComputeAlarms(
        "capacity",
        ComputeAlarmsArgs(
            account=base.account,
            cluster_name=cluster.cluster_name,
            capacity_provider=cluster.capacity_provider_name,
            alarm_topic_arn=base.alerts.topic_arn,
            edge=edge,
            services=services,
        ),
    )
    pulumi.export("cluster_arn", cluster.cluster_arn)
    pulumi.export("exec_log_group_name", cluster.exec_log_group_name)
    pulumi.export("repository_urls", registry.repository_urls)
    pulumi.export(
        "release_task_arns",
        {
            process.app: services[name].release_task_arn
            for name, process in settings.services.items()
            if name in services and process.release_command
        },
    )
    return Containers(cluster=cluster, services=services)


def _cluster(base: Foundation, compute: ComputeSettings) -> Cluster:
    settings = base.settings
    return Cluster(
        "compute",
        ClusterArgs(
            account=base.account,
            vpc_id=base.network.vpc_id,
            subnet_ids=base.network.subnet_ids("private"),
            fleet=Fleet(
                instance_type=compute.instance_type,
                ami=compute.ami,
                min_instances=compute.instances.min,
                max_instances=compute.instances.max,
                target_capacity_percent=compute.instances.target_capacity_percent,
            ),
            compute_key_arn=base.keys.compute,
            logs=base.logs.without_delivery,
            protect=settings.protect,
            launch_after=[base.network, *base.account_settings],
        ),
    )


def _provides_tls(settings: Settings) -> bool:
    """Return whether a process has a sidecar that terminates TLS."""
    return any(service.tls == "provided" for service in settings.services.values())


def _edge(base: Foundation) -> Edge | None:
    settings = base.settings
    return settings.edge and Edge(
        "edge",
        EdgeArgs(
            account=base.account,
            vpc_id=base.network.vpc_id,
            subnet_ids=base.network.subnet_ids("public"),
            domain=settings.edge.domain,
            zone_id=settings.edge.zone_id,
            allowed_cidrs=settings.edge.allowed_cidrs,
            access_logs_bucket=base.archive.intake_bucket_name,
            logs=base.logs,
            protect=settings.protect,
            idle_timeout_seconds=settings.idle_timeout_seconds,
            rate_limit_per_5_min=settings.edge.waf.rate_limit_per_5_min,
        ),
    )


def _services(
    base: Foundation,
    platform: Platform,
    stores: Stores,
    partners: Mapping[str, Destination],
) -> dict[str, Service]:
    """Create every service that has an image, in an order in which called services come first."""
    services, images = base.settings.services, base.settings.images
    rule_priorities = priorities(
        {name: service.route.path for name, service in services.items() if service.route}
    )
    called = any(service.connect_port is not None for service in services.values())
    mesh = Mesh("mesh") if called else None
    running = {services[name].app for name in images}
    uses = {
        name: destinations(name, app.uses, stores.app_destinations)
        for name, app in (base.settings.apps or {}).items()
        if name in running
    }
    applications = {
        name: Application(name, ApplicationArgs(platform=platform, uses=items.values()))
        for name, items in uses.items()
    }
    created: dict[str, Service] = {}
    # A service without an image only has a repository. Its callers are configured for it once it has an image.
    calls = {name: [other for other in services[name].connects_to if other in images] for name in images}
    for name in callees_first(calls):
        service = services[name]
        ports = {other: services[other].connect_port for other in calls[name]}
        created[name] = Service(
            name,
            _arguments(
                name,
                service,
                image=images[name],
                tls_image=base.settings.compute.tls_image if base.settings.compute else None,
                platform=platform,
                application=applications[service.app],
                uses={
                    **uses[service.app],
                    **(partners if "partners" in service.uses else {}),
                },
                priority=rule_priorities.get(name, 0),
                connect=mesh
                and mesh.service_connect(
                    service.connect_port,
                    calls={other: port for other, port in ports.items() if port is not None},
                    after=[created[other].resource for other in ports if other in created],
                ),
            ),
        )
    # These rules need both services, and services may call each other, so they are created last.
    for name, others in calls.items():
        for other in others:
            created[other].allow_client(name, created[name])
    return created


def _arguments(
    name: str,
    service: ServiceOfProcess,
    *,
    image: str,
    tls_image: str | None,
    platform: Platform,
    application: Application,
    uses: Mapping[str, Destination],
    priority: int,
    connect: ServiceConnect | None,
) -> ServiceArgs:
    """Return the arguments of a service from its settings."""
    return ServiceArgs(
        platform=platform,
        application=application,
        port=service.port,
        tls_image=tls_image if service.tls == "provided" else None,
        container=Container(
            name=name,
            image=image,
            command=service.command,
            cpu=service.cpu,
            memory_mib=service.memory_mib,
            environment=service.environment,
        ),
        scaling=Scaling(
            min=service.tasks.min,
            max=service.tasks.max,
            cpu_percent=service.scale_on.cpu_percent,
            memory_percent=service.scale_on.memory_percent,
            requests_per_task=service.scale_on.requests_per_task,
            schedule={
                key: Bounds(cron=bounds.cron, min=bounds.min, max=bounds.max, timezone=bounds.timezone)
                for key, bounds in service.scale_on.schedule.items()
            },
        ),
        route=service.route
        and LoadBalancerRoute(
            path=service.route.path,
            priority=priority,
            health=service.route.health,
            sticky=service.route.sticky,
            drain_seconds=service.route.drain_seconds,
        ),
        uses=uses,
        secrets=service.secrets,
        release_command=service.release_command,
        schedules={key: Job(cron=job.cron, command=job.command) for key, job in service.schedules.items()},
        service_connect=connect,
    )
