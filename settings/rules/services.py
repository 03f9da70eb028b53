"""Rules on applications and their processes."""

from __future__ import annotations

from collections.abc import Iterator

from facts import instances, tls_proxy
from facts.aws_services import AWS_SERVICES
from facts.quotas import RULE_WILDCARDS
from facts.stores import DATABASES, PARTNER_PREFIX, STORES
from settings.errors import Mistake, did_you_mean, nearest
from settings.model import AppSettings, Service, Settings, service_name
from settings.rules import common

LONGEST_NAME = 24
"""Longest name of a service, which leaves room for the suffix of a target group (`components.shared.names`)."""

RESERVED_USERS = frozenset(
    {"admin", "dbadmin", "extensions", "mysql", "none", "postgres", "public", "rdsadmin", "root", "sys"}
)
"""Names that a schema cannot have: the administrator's, and those of PostgreSQL, MySQL and the bootstrap task."""

_RESERVED_PREFIXES = ("pg-", "rds-")
"""Beginnings of names that PostgreSQL and RDS reserve."""


_FIRST_OPEN_PORT = 1024
"""Lowest port that a process without capabilities may open."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield processes that the stack cannot run or route to, and names that are taken."""
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
        process = (settings.apps or {})[service.app].processes[service.process]
        if process.image:
            yield from common.check_image_digest(settings, f"{service.path}.image", process.image)
        yield from _tls(service, settings)
        yield from _route(service, settings)
    yield from _names(settings)
    yield from _paths(settings)
    yield from _sizes(settings)
    image = settings.compute.tls_image if settings.compute else None
    if image is not None and "@sha256:" not in image:
        yield Mistake(
            "hipaa:compute.tls_image",
            image,
            "an image with a digest (name@sha256:…), because a tag can be moved",
        )


def _names(settings: Settings) -> Iterator[Mistake]:
    """Refuse two processes with the same service name, and names that are too long for a target group."""
    first_by_name: dict[str, str] = {}
    for app, item in (settings.apps or {}).items():
        for process in item.processes:
            name, path = service_name(app, process), f"hipaa:apps.{app}.processes.{process}"
            if len(name) > LONGEST_NAME:
                yield Mistake(
                    path,
                    process,
                    f"a name with which {app}-<process> has at most {LONGEST_NAME} characters; {name} has {len(name)}",
                )
            first = first_by_name.setdefault(name, path)
            if first != path:
                yield Mistake(
                    path, process, f"another name: {first} is the service {name} too", related_paths=(first,)
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
    prefixes: dict[str, str] = {"partners": PARTNER_PREFIX} | {
        key: store.prefix for key, store in STORES.items()
    }
    for prefix in (prefixes[use] for use in app.uses if use in prefixes):
        for section, variables in {**sections, f"{path}.secrets": app.secrets}.items():
            for variable in variables:
                if variable.startswith(prefix):
                    yield Mistake(
                        f"{section}.{variable}",
                        variable,
                        f"a name that does not start with {prefix}: the program sets these variables for {path}.uses",
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


def _route(service: Service, settings: Settings) -> Iterator[Mistake]:
    path = service.path
    if service.settings.route is None:
        if service.settings.scale_on.requests_per_task is not None:
            yield Mistake(
                f"{path}.scale_on.requests_per_task",
                service.settings.scale_on.requests_per_task,
                f"requests_per_task requires {path}.route",
                related_paths=(f"{path}.route",),
            )
        return
    route = service.settings.route.path
    wildcards = route.count("*") + route.count("?")
    if wildcards > RULE_WILDCARDS:
        yield Mistake(
            f"{path}.route.path", route, f"a path with at most {RULE_WILDCARDS} wildcards (* and ?)"
        )
    for required, present in (
        (f"{path}.port", service.settings.port is not None),
        ("hipaa:edge", settings.edge is not None),
    ):
        if not present:
            yield Mistake(f"{path}.route", route, f"a route requires {required}", related_paths=(required,))


def _paths(settings: Settings) -> Iterator[Mistake]:
    first_by_route: dict[str, str] = {}
    for service in settings.services.values():
        if service.settings.route is None:
            continue
        path = f"{service.path}.route.path"
        first = first_by_route.setdefault(service.settings.route.path, path)
        if first != path:
            yield Mistake(
                path,
                service.settings.route.path,
                f"a path that is unique; {first} is the same",
                related_paths=(first,),
            )


def _sizes(settings: Settings) -> Iterator[Mistake]:
    """Refuse a task that no instance can hold: ECS would wait for capacity forever."""
    compute = settings.compute
    limits = instances.limits_of(compute.instance_type) if compute else None
    if compute is None or limits is None:
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


def _needed_instances(settings: Settings) -> int:
    """Return how many instances all services need at least while each runs its maximum number of tasks; 0 if unknown."""
    limits = instances.limits_of(settings.compute.instance_type) if settings.compute else None
    if limits is None:
        return 0
    tasks = cpu = memory = 0
    for service in settings.services.values():
        if service.image is None:
            continue
        most = max(
            [
                service.settings.tasks.max,
                *(bounds.max for bounds in service.settings.scale_on.schedule.values()),
            ]
        )
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
    needed, compute = _needed_instances(settings), settings.compute
    if compute and needed > compute.instances.max:
        yield (
            f"hipaa:compute.instances.max is {compute.instances.max}, but the services need at least {needed} instances "
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
