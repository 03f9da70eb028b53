"""Rules on container services."""

from __future__ import annotations

from collections.abc import Iterator

from facts import instances, tls_proxy
from facts.quotas import RULE_WILDCARDS
from facts.stores import DATABASES, PARTNER_PREFIX, STORES
from settings.errors import Mistake
from settings.model import ServiceSettings, Settings
from settings.rules import common

RESERVED_USERS = frozenset(
    {"admin", "dbadmin", "mysql", "none", "postgres", "public", "rdsadmin", "root", "sys"}
)
"""Names that a database user or its schema cannot have: the administrator's, and those of PostgreSQL and MySQL."""

_FIRST_OPEN_PORT = 1024
"""Lowest port that a process without capabilities may open."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield services that the stack cannot run or route to, and names that are taken."""
    if settings.services and settings.compute is None:
        yield Mistake(
            "hipaa:services",
            [*settings.services],
            "services require hipaa:compute, which runs them",
            "add hipaa:compute, or remove hipaa:services",
            related_paths=("hipaa:compute",),
        )
    for name, service in (settings.services or {}).items():
        path = f"hipaa:services.{name}"
        if service.image:
            yield from common.check_image_digest(settings, f"{path}.image", service.image)
        yield from _uses(path, service, settings)
        yield from _variables(path, service)
        yield from _tls(path, name, service, settings)
        yield from _route(path, service, settings)
        if name in RESERVED_USERS and DATABASES.keys() & set(service.uses):
            yield Mistake(
                path,
                name,
                f"another name for a service with a database: the database user {name} exists already",
                related_paths=(f"{path}.uses",),
            )
    yield from _paths(settings)
    yield from _sizes(settings)
    image = settings.compute.tls_image if settings.compute else None
    if image is not None and "@sha256:" not in image:
        yield Mistake(
            "hipaa:compute.tls_image",
            image,
            "an image with a digest (name@sha256:…), because a tag can be moved",
        )


def _sections(settings: Settings) -> dict[str, tuple[str, bool]]:
    """Return the section behind each value of `uses`, and whether the stack has it."""
    connectivity = settings.connectivity
    return {
        **{name: (store.section, name in settings.stores) for name, store in STORES.items()},
        "partners": ("hipaa:connectivity.partners", bool(connectivity and connectivity.partners)),
    }


def _uses(path: str, service: ServiceSettings, settings: Settings) -> Iterator[Mistake]:
    sections = _sections(settings)
    available = ", ".join(name for name, (_, present) in sections.items() if present)
    for index, use in enumerate(service.uses):
        section, present = sections[use]
        if not present:
            allowed = f"one of {available}" if available else "no entry"
            yield Mistake(
                f"{path}.uses[{index}]", use, f"{allowed}; {section} is not set", related_paths=(section,)
            )


def _variables(path: str, service: ServiceSettings) -> Iterator[Mistake]:
    """Refuse variables that are set twice, and those that the program sets."""
    for key in ("environment", "secrets"):
        if "PORT" in getattr(service, key):
            yield Mistake(
                f"{path}.{key}.PORT",
                "PORT",
                f"no variable PORT: the program sets it, to the port on which the container listens ({path}.port)",
                related_paths=(f"{path}.port",),
            )
    for variable in service.environment.keys() & service.secrets.keys():
        yield Mistake(
            f"{path}.secrets.{variable}",
            variable,
            f"a name that {path}.environment does not contain",
            related_paths=(f"{path}.environment",),
        )
    for use in service.uses:
        prefix = PARTNER_PREFIX if use == "partners" else STORES[use].prefix
        for key in ("environment", "secrets"):
            for variable in getattr(service, key):
                if variable.startswith(prefix):
                    yield Mistake(
                        f"{path}.{key}.{variable}",
                        variable,
                        f"a name that does not start with {prefix}: the program sets these variables for {path}.uses",
                        related_paths=(f"{path}.uses",),
                    )


def _tls(path: str, name: str, service: ServiceSettings, settings: Settings) -> Iterator[Mistake]:
    """Refuse what the sidecar of `tls: provided` cannot serve, and the name of its repository."""
    if name == tls_proxy.NAME:
        yield Mistake(
            path, name, f"another name: {name} is the repository and the container of the TLS proxy"
        )
    if service.tls == "own":
        return
    if service.port is None and service.connect_port is None:
        yield Mistake(
            f"{path}.tls",
            service.tls,
            f"own, because {path}.port is not set",
            related_paths=(f"{path}.port",),
        )
    for key in ("port", "connect_port"):
        port = getattr(service, key)
        if port is not None and port < _FIRST_OPEN_PORT:
            yield Mistake(
                f"{path}.{key}",
                port,
                f"a port from {_FIRST_OPEN_PORT}, such as 8443: the sidecar of tls: provided may not open lower ports",
                related_paths=(f"{path}.tls",),
            )
        if port == tls_proxy.APPLICATION_PORT:
            yield Mistake(
                f"{path}.{key}",
                tls_proxy.APPLICATION_PORT,
                f"another port, such as 8443: with tls: provided the container itself listens on {tls_proxy.APPLICATION_PORT}",
                related_paths=(f"{path}.tls",),
            )
    if service.image and settings.compute and settings.compute.tls_image is None:
        yield Mistake(
            f"{path}.tls",
            service.tls,
            "provided requires hipaa:compute.tls_image",
            "push the image as docs/runbooks/tls-proxy.md explains, and set hipaa:compute.tls_image",
            related_paths=("hipaa:compute.tls_image",),
        )


def _route(path: str, service: ServiceSettings, settings: Settings) -> Iterator[Mistake]:
    if service.route is None:
        if service.scale_on.requests_per_task is not None:
            yield Mistake(
                f"{path}.scale_on.requests_per_task",
                service.scale_on.requests_per_task,
                f"requests_per_task requires {path}.route",
                related_paths=(f"{path}.route",),
            )
        return
    route = service.route.path
    wildcards = route.count("*") + route.count("?")
    if wildcards > RULE_WILDCARDS:
        yield Mistake(
            f"{path}.route.path", route, f"a path with at most {RULE_WILDCARDS} wildcards (* and ?)"
        )
    for required, present in (
        (f"{path}.port", service.port is not None),
        ("hipaa:edge", settings.edge is not None),
    ):
        if not present:
            yield Mistake(f"{path}.route", route, f"a route requires {required}", related_paths=(required,))


def _paths(settings: Settings) -> Iterator[Mistake]:
    first_by_route: dict[str, str] = {}
    for name, service in (settings.services or {}).items():
        if service.route is None:
            continue
        path = f"hipaa:services.{name}.route.path"
        first = first_by_route.setdefault(service.route.path, path)
        if first != path:
            yield Mistake(
                path,
                service.route.path,
                f"a path that is unique; {first} is the same",
                related_paths=(first,),
            )


def _sizes(settings: Settings) -> Iterator[Mistake]:
    """Refuse a task that no instance can hold: ECS would wait for capacity forever."""
    compute = settings.compute
    limits = instances.limits_of(compute.instance_type) if compute else None
    if compute is None or limits is None:
        return
    for name, service in (settings.services or {}).items():
        sizes = {
            "memory_mib": (service.memory_mib, limits.task_memory_mib - service.sidecar_mib),
            "cpu": (service.cpu, limits.cpu_units - service.sidecar_cpu),
        }
        for key, (size, most) in sizes.items():
            if size > most:
                yield Mistake(
                    f"hipaa:services.{name}.{key}",
                    size,
                    f"at most {most}, which one {compute.instance_type} instance has for tasks",
                    related_paths=("hipaa:compute.instance_type",),
                )


def _needed_instances(settings: Settings) -> int:
    """Return how many instances all services need at least while each runs its maximum number of tasks; 0 if unknown."""
    limits = instances.limits_of(settings.compute.instance_type) if settings.compute else None
    if limits is None:
        return 0
    tasks = cpu = memory = 0
    for name in settings.images:
        service = (settings.services or {})[name]
        most = max([service.tasks.max, *(bounds.max for bounds in service.scale_on.schedule.values())])
        tasks += most
        cpu += most * (service.cpu + service.sidecar_cpu)
        memory += most * (service.memory_mib + service.sidecar_mib)
    return max(
        -(-cpu // limits.cpu_units),
        -(-memory // limits.task_memory_mib),
        -(-tasks // limits.max_tasks(trunking=True)),
    )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on services that do not run yet or cannot grow to their maximum, and on stores that none uses."""
    services = settings.services or {}
    needed, compute = _needed_instances(settings), settings.compute
    if compute and needed > compute.instances.max:
        yield (
            f"hipaa:compute.instances.max is {compute.instances.max}, but the services need at least {needed} instances "
            f"of {compute.instance_type} for the maximum of their tasks: tasks beyond that wait for capacity"
        )
    used = {name for service in services.values() for name in service.uses}
    for name in settings.stores if services else ():
        if name not in used:
            yield f"{STORES[name].section}: no service uses it: remove it, or add {name} to the `uses` of a service"
    if without := [name for name in services if name not in settings.images]:
        yield (
            f"hipaa:services: {', '.join(without)} have no image, so only their repositories are created; "
            "push an image to each, then set `image`"
        )
