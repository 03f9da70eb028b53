"""The services of a stack: one ECS service for each process that has an image."""

from __future__ import annotations

from collections.abc import Mapping

from components.compute import (
    Application,
    ApplicationArgs,
    Bounds,
    Container,
    Job,
    LoadBalancerRoute,
    Mesh,
    Platform,
    Scaling,
    Service,
    ServiceArgs,
    ServiceConnect,
    callees_first,
    priorities,
)
from components.data import destinations
from components.shared.destination import Destination
from settings import Service as ServiceOfProcess
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
    rule_priorities = priorities(
        {name: service.settings.route.path for name, service in services.items() if service.settings.route}
    )
    called = any(service.settings.connect_port is not None for service in services.values())
    mesh = Mesh("mesh") if called else None
    running = {services[name].app for name in images}
    uses = {
        name: destinations(name, app.uses, stores.app_destinations)
        for name, app in (base.settings.apps or {}).items()
        if name in running
    }
    applications = {
        name: Application(
            name,
            ApplicationArgs(
                platform=platform, uses=items.values(), permissions=permissions(base.settings, name)
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
                priority=rule_priorities.get(name, 0),
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
    priority: int,
    connect: ServiceConnect | None,
) -> ServiceArgs:
    """Return the arguments of a service from its settings."""
    return ServiceArgs(
        platform=platform,
        application=application,
        port=service.settings.port,
        tls_image=tls_image if service.settings.tls == "provided" else None,
        container=Container(
            name=name,
            image=image,
            command=service.settings.command,
            cpu=service.settings.cpu,
            memory_mib=service.settings.memory_mib,
            environment=service.environment,
        ),
        scaling=Scaling(
            min=service.settings.tasks.min,
            max=service.settings.tasks.max,
            cpu_percent=service.settings.scale_on.cpu_percent,
            memory_percent=service.settings.scale_on.memory_percent,
            requests_per_task=service.settings.scale_on.requests_per_task,
            schedule={
                key: Bounds(cron=bounds.cron, min=bounds.min, max=bounds.max, timezone=bounds.timezone)
                for key, bounds in service.settings.scale_on.schedule.items()
            },
        ),
        route=service.settings.route
        and LoadBalancerRoute(
            path=service.settings.route.path,
            priority=priority,
            health=service.settings.route.health,
            sticky=service.settings.route.sticky,
            drain_seconds=service.settings.route.drain_seconds,
        ),
        uses=uses,
        secrets=service.application.secrets,
        secret_key_arns=service.application.secret_keys,
        release_command=service.release.command if service.release else (),
        schedules={key: Job(cron=job.cron, command=job.command) for key, job in service.schedules.items()},
        service_connect=connect,
    )
