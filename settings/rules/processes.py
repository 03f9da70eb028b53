"""Rules on the containers, the deployments and the names of processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from facts import tls_proxy
from settings.errors import Mistake
from settings.model import AgentSettings, Service, Settings, WritableSettings, daemon_name, service_name
from settings.rules import common

LONGEST_NAME: Final = 24
"""Longest name of a service, which leaves room for the suffix of a target group (`components.shared.names`)."""

_RELEASE: Final = "release"
_SECOND: Final = "-2"
"""What the name of the second target group of a service ends in."""
_SYSTEM_DIRECTORIES: Final = ("/dev", "/proc", "/sys")


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield names that are taken, and containers and deployments that ECS would refuse."""
    yield from _names(settings)
    for service in settings.services.values():
        process, path = service.settings, service.path
        if process.image:
            yield from common.check_image_digest(settings, f"{path}.image", process.image)
        yield from _writable(f"{path}.writable", process.writable, process.memory_mib)
        yield from _sidecars(service, settings)
        yield from _deployment(service)


def _names(settings: Settings) -> Iterator[Mistake]:
    """Refuse two task definitions with the same name, and service names that are too long for a target group."""
    first_by_name: dict[str, str] = {}
    for path, name in _task_definitions(settings):
        first = first_by_name.setdefault(name, path)
        if first != path:
            yield Mistake(
                path,
                path.rpartition(".")[2],
                f"another name: {first} also has the task definition {name}",
                related_paths=(first,),
            )
    for name, service in settings.services.items():
        if len(name) > LONGEST_NAME:
            yield Mistake(
                service.path,
                service.process,
                f"a name with which {service.app}-<process> has at most {LONGEST_NAME} characters; {name} has {len(name)}",
            )


def _task_definitions(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the path and the name of each task definition."""
    apps = settings.apps or {}
    for name, app in apps.items():
        for process in app.processes:
            yield f"hipaa:apps.{name}.processes.{process}", service_name(name, process)
    for name, app in apps.items():
        if app.release and app.processes:
            yield (
                f"hipaa:apps.{name}.release",
                f"{service_name(name, app.process_of(app.release))}-{_RELEASE}",
            )
        for key, schedule in app.schedules.items():
            if app.processes:
                yield (
                    f"hipaa:apps.{name}.schedules.{key}",
                    f"{service_name(name, app.process_of(schedule))}-{key}",
                )
    for name in settings.compute.daemons if settings.compute else ():
        yield f"hipaa:compute.daemons.{name}", daemon_name(name)


def _writable(path: str, writable: Mapping[str, WritableSettings], memory_mib: int) -> Iterator[Mistake]:
    """Refuse directories of the kernel, and more directories in memory than the container has memory."""
    for directory in writable:
        if f"{directory}/".startswith(tuple(f"{system}/" for system in _SYSTEM_DIRECTORIES)):
            yield Mistake(
                path,
                directory,
                f"directories outside {', '.join(_SYSTEM_DIRECTORIES)}, which belong to the kernel",
            )
    size = sum(item.mib for item in writable.values())
    if size >= memory_mib:
        yield Mistake(
            path,
            f"{size} MiB",
            f"directories of less than {memory_mib} MiB in total, because their files are in the memory of the container",
            "make the directories smaller, or memory_mib larger",
            related_paths=(f"{path.rpartition('.')[0]}.memory_mib",),
        )


def _sidecars(service: Service, settings: Settings) -> Iterator[Mistake]:
    taken = {service_name(service.app, service.process), tls_proxy.NAME}
    for name, sidecar in service.settings.sidecars.items():
        path = f"{service.path}.sidecars.{name}"
        if name in taken:
            yield Mistake(path, name, f"another name: a container of the task is named {name}")
        yield from check_agent(path, sidecar, settings)


def check_agent(path: str, agent: AgentSettings, settings: Settings) -> Iterator[Mistake]:
    """Refuse a sidecar or a daemon that ECS would refuse, and one whose image can change without a deployment."""
    yield from common.check_image_digest(settings, f"{path}.image", agent.image)
    yield from _writable(f"{path}.writable", agent.writable, agent.memory_mib)
    for variable in agent.environment.keys() & agent.secrets.keys():
        yield Mistake(
            f"{path}.secrets.{variable}",
            variable,
            f"a name that {path}.environment does not contain",
            related_paths=(f"{path}.environment",),
        )


def _deployment(service: Service) -> Iterator[Mistake]:
    """Refuse strategies that move requests for a process without requests, or whose number of tasks follows requests."""
    strategy, path = service.settings.deployment.strategy, f"{service.path}.deployment.strategy"
    if strategy == "rolling":
        return
    route, name = service.settings.route, service_name(service.app, service.process)
    if route is None or len(route.matches) != 1:
        missing = "is not set" if route is None else "has more than one host and path"
        yield Mistake(
            path,
            strategy,
            f"rolling, because {service.path}.route {missing}",
            related_paths=(f"{service.path}.route",),
        )
    if route and route.sign_in:
        yield Mistake(
            path,
            strategy,
            f"rolling, because {service.path}.route.sign_in is set",
            "ECS cannot move the requests of a listener rule that has other actions than forwarding",
            related_paths=(f"{service.path}.route.sign_in",),
        )
    if len(name) > LONGEST_NAME - len(_SECOND):
        yield Mistake(
            path,
            strategy,
            f"rolling, because the name of the second target group, {name}{_SECOND}, has more than {LONGEST_NAME} characters",
            "shorten the name of the application or of the process",
            related_paths=(service.path,),
        )
    if service.settings.scale_on.requests_per_task is not None:
        yield Mistake(
            path,
            strategy,
            f"rolling, because {service.path}.scale_on.requests_per_task is set",
            "the metric belongs to one target group, but these strategies use two in turn: scale on CPU instead",
            related_paths=(f"{service.path}.scale_on.requests_per_task",),
        )
