"""What the settings of services that call each other may be together, told as in `settings.rules`."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import nearest
from settings.model import ServiceSettings, Settings
from settings.rules import Finding

_SECTION = "hipaa:compute.service_connect"


def check(settings: Settings) -> Iterator[Finding]:
    """Yield calls that lead nowhere, and ports by which no name can be had."""
    joined = settings.compute.service_connect if settings.compute else None
    for name, service in (settings.services or {}).items():
        yield from _calls(name, service, settings)
        path, port = f"hipaa:services.{name}.connect_port", service.connect_port
        if port is None:
            continue
        if joined is None:
            yield Finding(path, port, f"a stack with {_SECTION}", also=(_SECTION,))
        elif joined.authority_arn is not None and port == service.port:
            beside = f"hipaa:services.{name}.port"
            yield Finding(
                path,
                port,
                f"another port than {beside} while {_SECTION}.authority_arn is set: its proxy ends TLS itself",
                also=(beside, f"{_SECTION}.authority_arn"),
            )


def _calls(name: str, service: ServiceSettings, settings: Settings) -> Iterator[Finding]:
    others = {other: found for other, found in (settings.services or {}).items() if other != name}
    known = ", ".join(other for other, found in others.items() if found.connect_port is not None)
    allowed = f"other services with a connect_port: {known or 'none yet'}"
    for index, called in enumerate(service.connects_to):
        path, beside = f"hipaa:services.{name}.connects_to[{index}]", f"hipaa:services.{called}"
        if called == name:
            yield Finding(path, called, allowed, "a service needs no leave to call itself: leave it out")
        elif called not in others:
            near = nearest(called, others)
            yield Finding(path, called, allowed, f"did you mean {near}?" if near else "", also=(beside,))
        elif others[called].connect_port is None:
            port = f"{beside}.connect_port"
            yield Finding(path, called, allowed, f"set {port}", also=(port,))


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence where services call each other in a circle, which no order of deployments serves."""
    left = {name: set(service.connects_to) for name, service in (settings.services or {}).items()}
    while ready := [name for name, calls in left.items() if not calls & left.keys()]:
        for name in ready:
            del left[name]
    if left:
        yield (
            f"hipaa:services.<name>.connects_to of {', '.join(left)}: some of these call each other in a circle; "
            "the first of them learns the others' names only when it is deployed again"
        )
