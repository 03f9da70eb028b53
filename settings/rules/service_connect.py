"""Rules on calls between services."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake, did_you_mean, nearest
from settings.model import ServiceConnectSettings, ServiceSettings, Settings

_SECTION = "hipaa:compute.service_connect"


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield calls to services that cannot be called, and ports that cannot be used."""
    connect = settings.compute.service_connect if settings.compute else None
    for name, service in (settings.services or {}).items():
        yield from _calls(name, service, settings)
        yield from _port(f"hipaa:services.{name}", service, connect)


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


def _port(path: str, service: ServiceSettings, connect: ServiceConnectSettings | None) -> Iterator[Mistake]:
    port = service.connect_port
    if port is None:
        return
    if connect is None:
        yield Mistake(
            f"{path}.connect_port", port, f"a connect_port requires {_SECTION}", related_paths=(_SECTION,)
        )
    elif connect.authority_arn is not None and port == service.port:
        yield Mistake(
            f"{path}.connect_port",
            port,
            f"a port other than {path}.port while {_SECTION}.authority_arn is set: the proxy terminates TLS there",
            related_paths=(f"{path}.port", f"{_SECTION}.authority_arn"),
        )


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
