"""Rules on applications and their processes."""

from __future__ import annotations

from collections.abc import Iterator

from facts import tls_proxy
from facts.aws_services import AWS_SERVICES
from facts.stores import DATABASES, PARTNER_PREFIX, STORES
from settings.errors import Mistake, did_you_mean, nearest
from settings.model import AppSettings, Service, Settings
from settings.rules import common
from settings.rules.daemons import has_room

RESERVED_USERS = frozenset(
    {"admin", "dbadmin", "extensions", "mysql", "none", "postgres", "public", "rdsadmin", "root", "sys"}
)
"""Names that a schema cannot have: the administrator's, and those of PostgreSQL, MySQL and the bootstrap task."""

_RESERVED_PREFIXES = ("pg-", "rds-")
"""Beginnings of names that PostgreSQL and RDS reserve."""


_FIRST_OPEN_PORT = 1024
"""Lowest port that a process without capabilities may open."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield processes that the stack cannot run, and names that are taken."""
    if settings.apps and settings.compute is None:
        yield Mistake(
            "hipaa:apps",
            [*settings.apps],
            "applications require hipaa:compute, which runs them",
            "add hipaa:compute, or remove hipaa:apps",
            related_paths=("hipaa:compute",),
        )
    for name, app in (settings.apps or {}).items():
        path = f"hipaa:apps.{name}"
        if app.image:
            yield from common.check_image_digest(settings, f"{path}.image", app.image)
        if not app.processes:
            yield Mistake(f"{path}.processes", {}, "at least one process")
        yield from _uses(path, app, settings)
        yield from _variables(path, app)
        if name == tls_proxy.NAME:
            yield Mistake(path, name, f"another name: {name} is the repository of the TLS proxy")
        yield from _tasks(path, app)
        reserved = name in RESERVED_USERS or name.startswith(_RESERVED_PREFIXES)
        if reserved and DATABASES.keys() & set(app.uses):
            yield Mistake(
                path,
                name,
                "another name for an application with a database: databases use this name themselves",
                related_paths=(f"{path}.uses",),
            )
    for service in settings.services.values():
        yield from _tls(service, settings)
    yield from _sizes(settings)
    image = settings.compute.tls_image if settings.compute else None
    if image is not None and "@sha256:" not in image:
        yield Mistake(
            "hipaa:compute.tls_image",
            image,
            "an image with a digest (name@sha256:…), because a tag can be moved",
        )


def _tasks(path: str, app: AppSettings) -> Iterator[Mistake]:
    """Refuse releases and schedules of processes that the application does not have."""
    tasks = {f"schedules.{name}": schedule for name, schedule in app.schedules.items()}
    for key, task in {**({"release": app.release} if app.release else {}), **tasks}.items():
        if task.process is not None and task.process not in app.processes:
            yield Mistake(
                f"{path}.{key}.process",
                task.process,
                f"a process of {path}: {', '.join(app.processes)}",
                did_you_mean(nearest(task.process, app.processes)),
                related_paths=(f"{path}.processes",),
            )


def _sections(settings: Settings) -> dict[str, tuple[str, bool]]:
    """Return the section behind each value of `uses`, and whether the stack has it."""
    connectivity = settings.connectivity
    return {
        **{name: (store.section, name in settings.stores) for name, store in STORES.items()},
        "partners": ("hipaa:connectivity.partners", bool(connectivity and connectivity.partners)),
        **dict.fromkeys(AWS_SERVICES, ("", True)),
        "ses": ("hipaa:edge", settings.edge is not None),
    }


def _uses(path: str, app: AppSettings, settings: Settings) -> Iterator[Mistake]:
    sections = _sections(settings)
    available = ", ".join(
        name for name, (_, present) in sections.items() if present and name not in AWS_SERVICES
    )
    for index, use in enumerate(app.uses):
        section, present = sections[use]
        if not present:
            allowed = f"one of {available}" if available else "no entry"
            yield Mistake(
                f"{path}.uses[{index}]", use, f"{allowed}; {section} is not set", related_paths=(section,)
            )


def _variables(path: str, app: AppSettings) -> Iterator[Mistake]:
    """Refuse variables that are set twice, and those that the program sets."""
    sections = {
        f"{path}.environment": app.environment,
        **{f"{path}.processes.{name}.environment": item.environment for name, item in app.processes.items()},
    }
    for section, variables in {**sections, f"{path}.secrets": app.secrets}.items():
        if "PORT" in variables:
            yield Mistake(
                f"{section}.PORT",
                "PORT",
                "no variable PORT: the program sets it, to the port on which the container of a process listens",
            )
    for section, variables in sections.items():
        for variable in variables.keys() & app.secrets.keys():
            yield Mistake(
                f"{path}.secrets.{variable}",
                variable,
                f"a name that {section} does not contain",
                related_paths=(section,),
            )
    reserved = {name: (store.prefix, store.url_variable) for name, store in STORES.items()}
    for use, (prefix, url) in {**reserved, "partners": (PARTNER_PREFIX, "")}.items():
        if use not in app.uses:
            continue
        for section, variables in {**sections, f"{path}.secrets": app.secrets}.items():
            for variable in variables:
                if variable.startswith(prefix):
                    yield Mistake(
                        f"{section}.{variable}",
                        variable,
                        f"a name that does not start with {prefix}: the program sets these variables for {path}.uses",
                        related_paths=(f"{path}.uses",),
                    )
                elif variable == url:
                    yield Mistake(
                        f"{section}.{variable}",
                        variable,
                        f"no variable {variable}: the program sets it for {path}.uses",
                        f"remove it; while the application still uses the cache of another platform, remove {use} from its uses instead",
                        related_paths=(f"{path}.uses",),
                    )


def _tls(service: Service, settings: Settings) -> Iterator[Mistake]:
    """Refuse what the sidecar of `tls: provided` cannot serve."""
    if service.settings.tls == "own":
        return
    path = service.path
    if service.settings.port is None and service.settings.connect_port is None:
        yield Mistake(
            f"{path}.tls",
            service.settings.tls,
            f"own, because {path}.port is not set",
            related_paths=(f"{path}.port",),
        )
    for key in ("port", "connect_port"):
        port = getattr(service.settings, key)
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
            service.settings.tls,
            "provided requires hipaa:compute.tls_image",
            "push the image as docs/runbooks/tls-proxy.md explains, and set hipaa:compute.tls_image",
            related_paths=("hipaa:compute.tls_image",),
        )


def _sizes(settings: Settings) -> Iterator[Mistake]:
    """Refuse a task that no instance can hold: ECS would wait for capacity forever."""
    compute = settings.compute
    limits = compute.limits_of(compute.instance_type) if compute else None
    if compute is None or limits is None or not has_room(limits):
        return
    for service in settings.services.values():
        sizes = {
            "memory_mib": (
                service.settings.memory_mib,
                limits.task_memory_mib - service.settings.sidecar_mib,
            ),
            "cpu": (service.settings.cpu, limits.cpu_units - service.settings.sidecar_cpu),
        }
        for key, (size, most) in sizes.items():
            if size > most:
                yield Mistake(
                    f"{service.path}.{key}",
                    size,
                    f"at most {most}, which one {compute.instance_type} instance has for tasks",
                    related_paths=("hipaa:compute.instance_type",),
                )


def _needed_instances(settings: Settings, *, spot: bool) -> int:
    """Return how many instances all services need at least while each runs its maximum number of tasks; 0 if unknown.

    Args:
        settings: The settings of the stack.
        spot: Whether to count Spot instances, for tasks above the minimum of processes with `spot: true`, or the others.
    """
    limits = settings.compute.limits_of(settings.compute.instance_type) if settings.compute else None
    if limits is None:
        return 0
    tasks = cpu = memory = 0
    for service in settings.services.values():
        if service.image is None:
            continue
        most = max(
            [
                service.settings.tasks.max,
                *(period.max for period in service.settings.scale_on.schedule.values()),
            ]
        )
        above_minimum = max(0, most - service.settings.tasks.min) if service.settings.spot else 0
        most = above_minimum if spot else most - above_minimum
        tasks += most
        cpu += most * (service.settings.cpu + service.settings.sidecar_cpu)
        memory += most * (service.settings.memory_mib + service.settings.sidecar_mib)
    return max(
        -(-cpu // limits.cpu_units),
        -(-memory // limits.task_memory_mib),
        -(-tasks // limits.max_tasks(trunking=True)),
    )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on services that do not run yet or cannot grow to their maximum, and on stores that none uses."""
    services = settings.services
    compute = settings.compute
    fleets = (
        {
            "instances.max": (compute.instances.max, False),
            "max_spot_instances": (compute.max_spot_instances, True),
        }
        if compute
        else {}
    )
    for key, (most, spot) in fleets.items():
        needed = _needed_instances(settings, spot=spot)
        if compute and most is not None and needed > most:
            yield (
                f"hipaa:compute.{key} is {most}, but the services need at least {needed} instances "
                f"of {compute.instance_type} for the maximum of their tasks: tasks beyond that wait for capacity"
            )
    apps = settings.apps or {}
    used = {name for app in apps.values() for name in app.uses}
    for name in settings.stores if apps else ():
        if name not in used:
            yield f"{STORES[name].section}: no application uses it: remove it, or add {name} to the `uses` of an application"
    if without := [service.path for service in services.values() if service.image is None]:
        yield (
            f"{', '.join(without)}: no image, so these processes do not run yet; push an image to the repository of the "
            "application, then set `image`"
        )
