"""Rules on the routes of the public load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from facts.listener_rules import Match, priorities
from facts.quotas import LISTENER_RULES, RULE_WILDCARDS
from settings.errors import Mistake
from settings.model import RouteSettings, Service, Settings
from settings.rules import common

_CODES: Final[Mapping[str, tuple[int, int]]] = {"http1": (200, 499), "http2": (200, 499), "grpc": (0, 99)}
"""Lowest and highest status code of a healthy target
(https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html)."""

_OWN_RULES: Final = 1
"""Rules of the load balancer without services: the one for its own health check."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield routes that AWS does not accept, that no request can reach, or that two processes have."""
    for service in settings.services.values():
        route = service.settings.route
        if route is None:
            if service.settings.scale_on.requests_per_task is not None:
                yield Mistake(
                    f"{service.path}.scale_on.requests_per_task",
                    service.settings.scale_on.requests_per_task,
                    f"requests_per_task requires {service.path}.route",
                    related_paths=(f"{service.path}.route",),
                )
            continue
        yield from _requirements(service, route, settings)
        yield from _hosts(service, route, settings)
        yield from _wildcards(service, route)
        yield from _protocol(service, route)
        yield from _sign_in(service, route, settings)
    yield from _unique(settings)


def _requirements(service: Service, route: RouteSettings, settings: Settings) -> Iterator[Mistake]:
    for required, present in (
        (f"{service.path}.port", service.settings.port is not None),
        ("hipaa:edge", settings.edge is not None),
    ):
        if not present:
            yield Mistake(
                f"{service.path}.route",
                [*route.paths],
                f"a route requires {required}",
                related_paths=(required,),
            )


def _hosts(service: Service, route: RouteSettings, settings: Settings) -> Iterator[Mistake]:
    """Refuse hosts that the certificate does not contain, and hosts that redirect."""
    edge = settings.edge
    for index, host in enumerate(route.hosts if edge else ()):
        if edge is None or (edge.covers(host) and host not in edge.redirects):
            continue
        yield Mistake(
            f"{service.path}.route.hosts[{index}]",
            host,
            f"a name of hipaa:edge that does not redirect: {', '.join(name for name in edge.names if name not in edge.redirects)}",
            "add it to hipaa:edge.domains",
            related_paths=("hipaa:edge.domain", "hipaa:edge.domains"),
        )


def _wildcards(service: Service, route: RouteSettings) -> Iterator[Mistake]:
    of_host = int(any(host.startswith("*.") for host in route.hosts))
    most = RULE_WILDCARDS - of_host
    for index, path in enumerate(route.paths):
        if path.count("*") > most:
            yield Mistake(
                f"{service.path}.route.paths[{index}]",
                path,
                f"a path with at most {most} wildcards (*)" + (", because a host has one" if of_host else ""),
                related_paths=(f"{service.path}.route.hosts",),
            )


def _protocol(service: Service, route: RouteSettings) -> Iterator[Mistake]:
    """Refuse what the protocol of the route does not have: status codes, a path of the health check, cookies."""
    path, protocol = f"{service.path}.route.health", f"{service.path}.route.protocol"
    low, high = _CODES[route.protocol]
    codes = route.health.codes
    if codes is not None:
        ranges = [[int(code) for code in part.split("-")] for part in codes.split(",")]
        if any(not low <= item[0] <= item[-1] <= high for item in ranges):
            yield Mistake(
                f"{path}.codes",
                codes,
                f"codes from {low} to {high}, because {protocol} is {route.protocol}",
                related_paths=(protocol,),
            )
    if route.protocol == "grpc" and route.sticky:
        yield Mistake(
            f"{service.path}.route.sticky",
            route.sticky,
            f"false, because {protocol} is grpc, whose clients keep no cookies",
            related_paths=(protocol,),
        )
    if route.protocol == "grpc" and route.health.path is not None and route.health.path.count("/") != 2:
        yield Mistake(
            f"{path}.path",
            route.health.path,
            "/package.service/method, because the protocol is grpc",
            related_paths=(protocol,),
        )


def _sign_in(service: Service, route: RouteSettings, settings: Settings) -> Iterator[Mistake]:
    """Refuse sign-in with a protocol that the load balancer only forwards, and a secret of another account."""
    path, protocol = f"{service.path}.route.sign_in", f"{service.path}.route.protocol"
    if route.sign_in is None:
        return
    if route.protocol != "http1":
        yield Mistake(
            protocol,
            route.protocol,
            f"http1, because {path} is set, and AWS only forwards requests of other protocols",
            related_paths=(path,),
        )
    yield from common.check_own_arn(
        settings,
        f"{path}.client_secret",
        route.sign_in.client_secret,
        service="secretsmanager",
        kind="secret:",
        noun="a secret",
    )


def _unique(settings: Settings) -> Iterator[Mistake]:
    """Refuse two processes with the same host and path, and more rules of one kind than there are priorities."""
    first: dict[Match, str] = {}
    for service in settings.services.values():
        route, path = service.settings.route, f"{service.path}.route"
        if route is None:
            continue
        for match in route.matches:
            other = first.setdefault(match, path)
            if other != path:
                yield Mistake(
                    f"{path}.paths[{route.paths.index(match.path)}]",
                    match.path,
                    f"a path that no other process has for this host; {other} has {match}",
                    related_paths=(other,),
                )
    try:
        priorities(match for match in first if match.wildcards <= RULE_WILDCARDS)
    except ValueError as error:
        yield Mistake("hipaa:apps", f"{len(first)} routes", f"fewer routes: {error}")


def warnings(settings: Settings) -> Iterator[str]:
    """Yield more listener rules than AWS's default."""
    routes = [service.settings.route for service in settings.services.values() if service.settings.route]
    redirects = len(settings.edge.redirects) if settings.edge else 0
    rules = _OWN_RULES + redirects + sum(len(route.matches) for route in routes)
    if rules > LISTENER_RULES:
        yield (
            f"hipaa:apps: the routes need {rules} rules of the load balancer, one for each host and path, and AWS's default is "
            f"{LISTENER_RULES}: aws service-quotas request-service-quota-increase --service-code elasticloadbalancing "
            f"--quota-code L-7EED9B64 --desired-value {rules} --region {settings.region}"
        )
