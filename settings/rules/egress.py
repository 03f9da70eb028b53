"""Rules on connections of applications to hosts on the internet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Final

from facts.network import NOT_PUBLIC
from facts.quotas import SECURITY_GROUP_RULES
from settings import clock
from settings.errors import Mistake
from settings.model import AppSettings, EgressSettings, NatMode, RoutedPartnerSettings, Settings
from settings.model.access import ANYWHERE, HTTPS

_OTHER_RULES: Final = 20
"""Rules of a service's security group that remain for AWS services, data stores, partners and other services."""
_SMTP: Final = 25


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield connections without a destination, without NAT, to private ranges, and those that AWS would refuse."""
    for name, app in (settings.apps or {}).items():
        path = f"hipaa:apps.{name}.egress"
        if app.egress and settings.network.nat is NatMode.NONE:
            yield Mistake(
                path,
                [*app.egress],
                "no egress while hipaa:network.nat is none: there is no way to the internet",
                "set hipaa:network.nat, or remove the egress",
                related_paths=("hipaa:network.nat",),
            )
        for key, egress in app.egress.items():
            yield from _destination(f"{path}.{key}", egress)
        yield from _rules(path, app)
        if "partners" not in app.uses:
            yield from _partners(path, app, settings)


def _destination(path: str, egress: EgressSettings) -> Iterator[Mistake]:
    if not egress.cidrs and not egress.hosts:
        yield Mistake(
            path,
            {"port": egress.port},
            "cidrs, hosts or both",
            "name the hosts; if their addresses are fixed, also give cidrs",
        )
    if egress.port == HTTPS and egress.cidrs:
        yield Mistake(
            f"{path}.cidrs",
            [*map(str, egress.cidrs)],
            f"only hosts with port {HTTPS}, on which every address is allowed already",
            related_paths=(f"{path}.port",),
        )
    for index, cidr in enumerate(egress.cidrs):
        if cidr != ANYWHERE and any(cidr.overlaps(space) for space in NOT_PUBLIC):
            yield Mistake(
                f"{path}.cidrs[{index}]",
                cidr,
                "a public range, or 0.0.0.0/0",
                "connect private networks in hipaa:connectivity.partners, and add partners to the uses of the application",
            )


def _rules(path: str, app: AppSettings) -> Iterator[Mistake]:
    """Refuse two rules for the same port and range, which AWS does not accept, and more rules than a group can have."""
    first_by_rule: dict[tuple[int, IPv4Network], str] = {}
    for key, egress in _beyond_https(app).items():
        for cidr in egress.ranges:
            first = first_by_rule.setdefault((egress.port, cidr), key)
            if first != key:
                yield Mistake(
                    f"{path}.{key}",
                    f"port {egress.port}, {cidr}",
                    f"one entry for each port and range; {path}.{first} has the same",
                    f"add the hosts to {path}.{first}",
                    related_paths=(f"{path}.{first}",),
                )
    most = SECURITY_GROUP_RULES - _OTHER_RULES
    if len(first_by_rule) > most:
        yield Mistake(
            path,
            f"{len(first_by_rule)} ranges",
            f"at most {most} ranges, because AWS allows {SECURITY_GROUP_RULES} rules in a security group",
            "join neighbouring ranges",
        )


def _partners(path: str, app: AppSettings, settings: Settings) -> Iterator[Mistake]:
    """Refuse ports of partners for every address: the rule would also open the systems of the partners."""
    listeners = {
        service.listener: f"hipaa:connectivity.partners.{name}.services"
        for name, partner in (settings.connectivity.partners.items() if settings.connectivity else ())
        if isinstance(partner, RoutedPartnerSettings)
        for service in partner.services
    }
    for key, egress in app.egress.items():
        if ANYWHERE in egress.ranges and egress.port in listeners:
            yield Mistake(
                f"{path}.{key}.port",
                egress.port,
                f"the port of no service in {listeners[egress.port]}, because the application would reach that too",
                f"set {path}.{key}.cidrs, or another listen_port",
                related_paths=(listeners[egress.port], f"{path}.{key}.cidrs"),
            )


def _beyond_https(app: AppSettings) -> Mapping[str, EgressSettings]:
    return {key: egress for key, egress in app.egress.items() if egress.port != HTTPS}


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on connections whose last day has passed, and on the port that AWS blocks by default."""
    today = clock.today()
    for name, app in (settings.apps or {}).items():
        for key, egress in app.egress.items():
            path = f"hipaa:apps.{name}.egress.{key}"
            if egress.until and today > egress.until:
                yield f"{path}: its last day, {egress.until}, has passed: remove it, or set a later day in `until`"
            if egress.port == _SMTP:
                yield (
                    f"{path}: AWS blocks port {_SMTP} by default: use port 587, or ask AWS to remove the restriction "
                    "(https://repost.aws/knowledge-center/ec2-port-25-throttle)"
                )
