"""Rules on the daemons, which run once on every instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts import instances
from settings.errors import Mistake
from settings.model import ComputeSettings, Settings
from settings.rules import common, processes

_DAEMONS: Final = "hipaa:compute.daemons"
_DEFAULT_USER: Final = "65532"
"""User of the containers that the program adds, such as the TLS proxy."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield daemons that ECS would refuse, that leave no room for tasks, and that could read secrets of other containers."""
    compute = settings.compute
    if compute is None:
        return
    for name, daemon in compute.daemons.items():
        path = f"{_DAEMONS}.{name}"
        yield from processes.check_agent(path, daemon, settings)
        for variable, arn in daemon.secrets.items():
            yield from common.check_secret(settings, f"{path}.secrets.{variable}", arn)
        if daemon.host_metrics:
            yield from _user(path, name, settings, compute)
    yield from _room(compute)


def has_room(limits: instances.Limits) -> bool:
    """Return whether an instance has CPU, memory and a network interface for a task."""
    return limits.cpu_units > 0 and limits.task_memory_mib > 0 and limits.max_tasks(trunking=True) > 0


def _user(path: str, name: str, settings: Settings, compute: ComputeSettings) -> Iterator[Mistake]:
    """Refuse a daemon that sees `/proc` of the host and has the user of another container.

    The kernel lets a process read the environment of another process of the same user, which contains its secrets
    (https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html).
    """
    user = _number(compute.daemons[name].user)
    others = {"the containers that the program adds": _DEFAULT_USER}
    for service in settings.services.values():
        others[service.path] = _number(service.settings.user)
        others |= {
            f"{service.path}.sidecars.{key}": _number(sidecar.user)
            for key, sidecar in service.settings.sidecars.items()
        }
    others |= {
        f"{_DAEMONS}.{key}": _number(daemon.user) for key, daemon in compute.daemons.items() if key != name
    }
    same = [other for other, its_user in others.items() if its_user == user]
    if user.isdecimal() and not same:
        return
    yield Mistake(
        f"{path}.user",
        compute.daemons[name].user,
        "a user as a number that no other container has, because with host_metrics a daemon can read the secrets in the "
        "environment of processes of its own user",
        f"{same[0]} has the same user" if same else "",
        related_paths=(f"{path}.host_metrics",),
    )


def _number(user: str) -> str:
    """Return the user without its group; a number without leading zeros."""
    first = user.partition(":")[0]
    return str(int(first)) if first.isdecimal() else first


def _room(compute: ComputeSettings) -> Iterator[Mistake]:
    limits = compute.limits_of(compute.instance_type)
    if compute.daemons and limits and not has_room(limits):
        yield Mistake(
            _DAEMONS,
            [*compute.daemons],
            f"daemons that leave CPU, memory and a network interface for tasks on one {compute.instance_type} instance",
            "remove a daemon, make the daemons smaller, or choose a larger instance_type",
            related_paths=("hipaa:compute.instance_type",),
        )
