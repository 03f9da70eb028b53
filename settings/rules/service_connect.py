"""Rules on calls between services."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake, did_you_mean, nearest
from settings.model import ServiceSettings, Settings


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield calls to services that cannot be called."""
    for name, service in (settings.services or {}).items():
        yield from _calls(name, service, settings)


def _calls(name: str, service: ServiceSettings, settings: Settings) -> Iterator[Mistake]:
    others = {other: item for other, item in (settings.services or {}).items() if other != name}
    callable_names = ", ".join(other for other, item in others.items() if item.connect_port is not None)
    allowed = f"other services with a connect_port: {callable_names or 'there are none'}"
    for index, callee in enumerate(service.connects_to):
        path, section = f"hipaa:services.{name}.connects_to[{index}]", f"hipaa:services.{callee}"
        if callee == name:
            yield Mistake(path, callee, allowed, "a service may always call itself: leave it out")
        elif callee not in others:
            yield Mistake(
                path, callee, allowed, did_you_mean(nearest(callee, others)), related_paths=(section,)
            )
        elif others[callee].connect_port is None:
            port = f"{section}.connect_port"
            yield Mistake(path, callee, allowed, f"set {port}", related_paths=(port,))


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning if services call each other in a cycle, so that no order of deployments suits all of them."""
    calls = {name: set(service.connects_to) for name, service in (settings.services or {}).items()}
    while leaves := [name for name, callees in calls.items() if not callees & calls.keys()]:
        for name in leaves:
            del calls[name]
    if calls:
        yield (
            f"hipaa:services.<name>.connects_to: {', '.join(calls)} contain a cycle of calls; "
            "the service that is deployed first learns the names of the others only when it is deployed again"
        )
