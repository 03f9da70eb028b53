"""Strategy of container services."""

from __future__ import annotations

from hypothesis import strategies as st

from facts import instances, tls_proxy
from facts.stores import STORES
from tests.settings.documents import DIGEST, Document
from tests.settings.strategies.common import arn, slugs, some, span

_crons = st.sampled_from(["cron(0 1 * * ? *)", "cron(30 8 ? * MON-FRI *)", "rate(12 hours)"])
_ports = st.integers(1, 65535).filter(lambda port: port != tls_proxy.APPLICATION_PORT)
_commands = st.sampled_from([["./serve"], ["bin/rails", "db:migrate"]])


@st.composite
def _scaling(draw: st.DrawFn) -> Document:
    bounds = {"cron": draw(_crons), **draw(span(1, 5000)), "timezone": "America/New_York"}
    return draw(
        some(
            {
                "cpu_percent": st.integers(1, 100),
                "memory_percent": st.integers(1, 100),
                "requests_per_task": st.integers(1, 1_000_000),
                "schedule": st.just({"night": bounds}),
            }
        )
    )


def _images(name: str, protect: bool) -> st.SearchStrategy[str]:
    suffixes = [DIGEST] if protect else ["", ":latest", DIGEST]
    return st.sampled_from([f"registry.example.org/{name}{suffix}" for suffix in suffixes])


@st.composite
def _service(draw: st.DrawFn, name: str, document: Document, available: list[str]) -> Document:
    limits = instances.limits_of(document.get("hipaa:compute", {}).get("instance_type", "t3.medium"))
    cpu = limits.cpu_units - instances.PROXY_CPU_UNITS if limits else 196_608
    memory = limits.task_memory_mib - instances.PROXY_MIB if limits else 1_048_576
    provided = memory >= 64 + tls_proxy.MIB and draw(st.booleans())
    if provided:
        cpu, memory = cpu - tls_proxy.CPU_UNITS, memory - tls_proxy.MIB
    service: Document = {
        "image": draw(_images(name, document["hipaa:protect"])),
        "cpu": draw(st.integers(128, cpu)),
        "memory_mib": draw(st.integers(64, memory)),
        "tasks": draw(span(1, 5000)),
        "tls": "provided" if provided else "own",
        "uses": [name for name in available if draw(st.booleans())],
        **draw(
            some(
                {
                    "command": _commands,
                    "scale_on": _scaling(),
                    "environment": st.just({"LOG_LEVEL": "info"}),
                    "secrets": st.just({"TOKEN": arn(document, "secretsmanager", "secret:token-AbCdEf")}),
                    "release_command": _commands,
                    "schedules": st.builds(
                        lambda cron, command: {"nightly": {"cron": cron, "command": command}},
                        _crons,
                        _commands,
                    ),
                }
            )
        ),
    }
    if draw(st.booleans()):
        service["port"] = draw(_ports)
        if "hipaa:edge" in document:
            optional: Document = {
                "health": st.just("/health"),
                "idle_timeout_seconds": st.integers(1, 4000),
                "sticky": st.booleans(),
            }
            service["route"] = {"path": f"/{name}/*", **draw(some(optional))}
    if "route" not in service:
        service.get("scale_on", {}).pop("requests_per_task", None)
    if draw(st.integers(0, 3)) == 0:
        del service["image"]
    return service


@st.composite
def services(draw: st.DrawFn, document: Document) -> Document:
    """Draw services that use only parts that the rest of the document has."""
    available: list[str] = [name for name in STORES if name in document.get("hipaa:data", {})]
    available += ["partners"] if document.get("hipaa:connectivity", {}).get("partners") else []
    drawn = {
        name: draw(_service(name, document, available))
        for name in sorted(draw(st.sets(slugs, min_size=1, max_size=3)))
    }
    for service in drawn.values():
        if draw(st.booleans()):
            service["connect_port"] = draw(_ports)
        if not {"port", "connect_port"} & service.keys():
            service["tls"] = "own"
        if service["tls"] == "provided":
            service |= {key: max(1024, service[key]) for key in ("port", "connect_port") if key in service}
            document["hipaa:compute"]["tls_image"] = f"registry.example.org/haproxy{DIGEST}"
    for name, service in drawn.items():
        callees = [other for other in drawn if other != name and "connect_port" in drawn[other]]
        service["connects_to"] = [other for other in callees if draw(st.booleans())]
    return drawn
