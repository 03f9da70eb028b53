"""Rules on calls between processes."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake, did_you_mean, nearest
from settings.model import Service, Settings


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield calls to services that cannot be called."""
    for name, service in settings.services.items():
        yield from _calls(name, service, settings)


def _calls(name: str, service: Service, settings: Settings) -> Iterator[Mistake]:
    others = {other: item for other, item in settings.services.items() if other != name}
    callable_names = ", ".join(
        other for other, item in others.items() if item.settings.connect_port is not None
    )
    allowed = f"other processes with a connect_port: {callable_names or 'there are none'}"
    for index, callee in enumerate(service.settings.connects_to):
        path = f"{service.path}.connects_to[{index}]"
        section = others[callee].path if callee in others else "hipaa:apps"
        if callee == name:
            yield Mistake(path, callee, allowed, "a process may always call itself: leave it out")
        elif callee not in others:
            yield Mistake(
                path, callee, allowed, did_you_mean(nearest(callee, others)), related_paths=(section,)
            )
        elif others[callee].settings.connect_port is None:
            port = f"{section}.connect_port"
            yield Mistake(path, callee, allowed, f"set {port}", related_paths=(port,))


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning if services call each other in a cycle, so that no order of deployments suits all of them."""
    calls = {name: set(service.settings.connects_to) for name, service in settings.services.items()}
    while leaves := [name for name, callees in calls.items() if not callees & calls.keys()]:
        for name in leaves:
            del calls[name]
    if calls:
        yield (
            f"connects_to of hipaa:apps: {', '.join(calls)} contain a cycle of calls; "
            "the service that is deployed first learns the names of the others only when it is deployed again"
        )
