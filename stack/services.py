"""The services of a stack: one ECS service for each process that has an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from components.compute import (
    AlarmLimits,
    Application,
    ApplicationArgs,
    Command,
    Deployment,
    Job,
    LoadBalancerRoute,
    Mesh,
    Metric,
    Period,
    Platform,
    Scaling,
    Service,
    ServiceArgs,
    ServiceConnect,
    SignIn,
    TargetHealthCheck,
    callees_first,
)
from components.data import destinations
from components.shared.containers import Container, HealthCheck, Writable
from components.shared.destination import Destination
from facts.listener_rules import Match, priorities
from settings import Service as ServiceOfProcess
from settings.model import (
    AgentSettings,
    HealthCheckSettings,
    RouteSettings,
    SidecarSettings,
    SignInSettings,
    WritableSettings,
)
from stack.access import egress, permissions
from stack.data import Stores
from stack.foundation import Foundation


def create_services(
    base: Foundation,
    platform: Platform,
    stores: Stores,
    partners: Mapping[str, Destination],
) -> dict[str, Service]:
    """Create every service that has an image, in an order in which called services come first."""
    services, images = base.settings.services, base.settings.images
    routes = {name: service.settings.route for name, service in services.items() if service.settings.route}
    rule_priorities = priorities(match for route in routes.values() for match in route.matches)
    domain = base.settings.edge.domain if base.settings.edge else ""
    called = any(service.settings.connect_port is not None for service in services.values())
    mesh = Mesh("mesh") if called else None
    apps = base.settings.apps or {}
    running = {services[name].app for name in images}
    uses = {
        name: destinations(name, app.uses, stores.app_destinations)
        for name, app in apps.items()
        if name in running
    }
    applications = {
        name: Application(
            name,
            ApplicationArgs(
                platform=platform,
                uses=items.values(),
                has_exec=base.settings.has_shell(apps[name]),
                protects_tasks=apps[name].protects_tasks,
                permissions=permissions(base.settings, name),
            ),
        )
        for name, items in uses.items()
    }
    created: dict[str, Service] = {}
    # A service without an image only has a repository. Its callers are configured for it once it has an image.
    calls = {
        name: [other for other in services[name].settings.connects_to if other in images] for name in images
    }
    for name in callees_first(calls):
        service = services[name]
        ports = {other: services[other].settings.connect_port for other in calls[name]}
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
                    **egress(service.application),
                },
                route=_route(routes[name], rule_priorities, domain) if name in routes else None,
                connect=mesh
                and mesh.service_connect(
                    service.settings.connect_port,
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
    route: LoadBalancerRoute | None,
    connect: ServiceConnect | None,
) -> ServiceArgs:
    """Return the arguments of a service from its settings."""
    process = service.settings
    return ServiceArgs(
        platform=platform,
        application=application,
        port=process.port,
        tls_image=tls_image if process.tls == "provided" else None,
        container=Container(
            name=name,
            image=image,
            entry_point=process.entry_point,
            command=process.command,
            user=process.user,
            writable=_directories(process.writable),
            health_check=_health_check(process.health_check),
            stop_seconds=process.stop_seconds,
            cpu=process.cpu,
            memory_mib=process.memory_mib,
            environment=service.environment,
        ),
        scaling=Scaling(
            min=process.tasks.min,
            max=process.tasks.max,
            cpu_percent=process.scale_on.cpu_percent,
            memory_percent=process.scale_on.memory_percent,
            requests_per_task=process.scale_on.requests_per_task,
            metrics={
                key: Metric(
                    namespace=metric.namespace,
                    name=metric.name,
                    dimensions=metric.dimensions,
                    statistic=metric.statistic.capitalize(),
                    target=metric.target,
                    per_task=metric.per_task,
                )
                for key, metric in process.scale_on.metrics.items()
            },
            schedule={
                key: Period(
                    start=period.start,
                    end=period.end,
                    min=period.min,
                    max=period.max,
                    timezone=period.timezone,
                )
                for key, period in process.scale_on.schedule.items()
            },
        ),
        spot=process.spot,
        route=route,
        uses=uses,
        secrets=service.application.secrets,
        secret_key_arns=service.application.secret_keys,
        sidecars=[_sidecar(key, sidecar) for key, sidecar in process.sidecars.items()],
        limits=AlarmLimits(
            error_percent=process.alarms.error_percent,
            latency_seconds=process.alarms.latency_seconds,
            latency_rolls_back=process.alarms.latency_rolls_back,
            memory_percent=process.alarms.memory_percent,
        ),
        deployment=Deployment(
            strategy=process.deployment.strategy,
            min_healthy_percent=process.deployment.min_healthy_percent,
            max_healthy_percent=process.deployment.max_percent,
            bake_minutes=process.deployment.bake_minutes,
            canary_percent=process.deployment.canary_percent,
            canary_minutes=process.deployment.canary_minutes,
        ),
        release=service.release
        and Command(command=service.release.command, entry_point=service.release.entry_point),
        schedules={
            key: Job(cron=job.cron, timezone=job.timezone, command=job.command, entry_point=job.entry_point)
            for key, job in service.schedules.items()
        },
        service_connect=connect,
    )


def _directories(settings: Mapping[str, WritableSettings]) -> dict[str, Writable]:
    return {path: Writable(mib=item.mib, executable=item.executable) for path, item in settings.items()}


def _health_check(settings: HealthCheckSettings | None) -> HealthCheck | None:
    return settings and HealthCheck(
        command=settings.command,
        interval_seconds=settings.interval_seconds,
        timeout_seconds=settings.timeout_seconds,
        retries=settings.retries,
        start_seconds=settings.start_seconds,
    )


def _sidecar(name: str, settings: SidecarSettings) -> Container:
    return replace(agent(name, settings), essential=settings.essential)


def agent(name: str, settings: AgentSettings) -> Container:
    """Return the container of a sidecar or a daemon."""
    return Container(
        name=name,
        image=settings.image,
        entry_point=settings.entry_point,
        command=settings.command,
        cpu=settings.cpu,
        memory_mib=settings.memory_mib,
        user=settings.user,
        writable=_directories(settings.writable),
        environment=settings.environment,
        secrets=settings.secrets,
        health_check=_health_check(settings.health_check),
    )


def _route(settings: RouteSettings, rule_priorities: Mapping[Match, int], domain: str) -> LoadBalancerRoute:
    """Return the route of a process.

    Args:
        settings: Settings of the route.
        rule_priorities: Priority of every listener rule of the stack.
        domain: First domain name of the load balancer.
    """
    grpc = settings.protocol == "grpc"
    return LoadBalancerRoute(
        rules={match: rule_priorities[match] for match in settings.matches},
        protocol=settings.protocol,
        health=TargetHealthCheck(
            path=settings.health.path or ("/grpc.health.v1.Health/Check" if grpc else "/healthz"),
            codes=settings.health.codes or ("0" if grpc else "200"),
            host=next((host for host in settings.hosts if not host.startswith("*")), domain),
            grace_seconds=settings.health.grace_seconds,
        ),
        sticky=settings.sticky,
        drain_seconds=settings.drain_seconds,
        slow_start_seconds=settings.slow_start_seconds,
        sign_in=settings.sign_in and _sign_in(settings.sign_in),
    )


def _sign_in(settings: SignInSettings) -> SignIn:
    return SignIn(
        issuer=settings.issuer,
        authorization_endpoint=settings.authorization_endpoint,
        token_endpoint=settings.token_endpoint,
        user_info_endpoint=settings.user_info_endpoint,
        client_id=settings.client_id,
        client_secret_arn=settings.client_secret,
        scope=settings.scope,
        unauthenticated=settings.unauthenticated,
        session_seconds=settings.session_seconds,
    )
