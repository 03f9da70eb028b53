"""Rules on container services."""

from __future__ import annotations

from collections.abc import Iterator

from facts import instances
from facts.quotas import RULE_WILDCARDS
from facts.stores import DATABASES, PARTNER_PREFIX, STORES
from settings.errors import Mistake
from settings.model import ServiceSettings, Settings
from settings.rules import common

_SAMPLE_DIGEST = f"@sha256:{'0' * 64}"

RESERVED_USERS = frozenset(
    {"admin", "dbadmin", "mysql", "none", "postgres", "public", "rdsadmin", "root", "sys"}
)
"""Names that a database user or its schema cannot have: the administrator's, and those of PostgreSQL and MySQL."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield services that the stack cannot run or route to, and names that are taken."""
    for name, service in (settings.services or {}).items():
        path = f"hipaa:services.{name}"
        if service.image:
            yield from common.check_image_digest(settings, f"{path}.image", service.image)
        yield from _uses(path, service, settings)
        yield from _variables(path, service)
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
    """Refuse variables that are set twice, and those that the program sets for the stores and partners of a service."""
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
        has_proxy = service.connect_port is not None or bool(service.connects_to)
        proxy_cpu, proxy_mib = (instances.PROXY_CPU_UNITS, instances.PROXY_MIB) if has_proxy else (0, 0)
        sizes = {
            "memory_mib": (service.memory_mib, limits.task_memory_mib - proxy_mib),
            "cpu": (service.cpu, limits.cpu_units - proxy_cpu),
        }
        for key, (size, most) in sizes.items():
            if size > most:
                yield Mistake(
                    f"hipaa:services.{name}.{key}",
                    size,
                    f"at most {most}, which one {compute.instance_type} instance has for tasks",
                    related_paths=("hipaa:compute.instance_type",),
                )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on services that are not created or cannot run yet."""
    services = settings.services or {}
    if services and settings.compute is None:
        yield f"hipaa:services: {', '.join(services)} are not created because hipaa:compute is not set"
    if without := [name for name in services if name not in settings.images]:
        yield (
            f"hipaa:services: {', '.join(without)} have no image, so only their repositories are created; "
            "push an image to each, then set `image`"
        )
    if samples := [name for name, image in settings.images.items() if image.endswith(_SAMPLE_DIGEST)]:
        yield (
            f"hipaa:services: the images of {', '.join(samples)} have the sample digest of zeros and cannot run; "
            "leave `image` out until you have pushed an image"
        )
