"""What settings may be together. Each rule yields findings; the reader turns them into one error.

A rule names every path that it looked at, so that nothing is said about a value that is itself refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations
from typing import cast

from facts import instances
from facts.quotas import BUDGET_EMAILS
from settings import regions
from settings.model import (
    ComputeSettings,
    Nat,
    NatInstanceSettings,
    Settings,
    TransitPartner,
    VpnPartner,
    nodes,
)
from settings.types import architecture_of, architecture_of_image

_PREFIXES = {"aurora": "AURORA_", "rds": "RDS_", "cache": "CACHE_", "partners": "PARTNER_"}
"""How the variables begin that tell a service where to find what it uses."""

_ZEROS = f"@sha256:{'0' * 64}"

_UNROUTED = "mode privatelink or endpoint routes no range, so two partners may have the same"

_DOCKER = IPv4Network("172.17.0.0/16")

_ECS_NEEDS = ("ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs")
"""What ECS on EC2 calls: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html"""


@dataclass(frozen=True)
class Finding:
    """Something wrong at `path`, seen by looking at `also` as well."""

    path: str
    value: object
    allowed: str
    hint: str = ""
    also: tuple[str, ...] = ()


def check(settings: Settings) -> Iterator[Finding]:
    """Yield everything that is wrong between settings that are each valid."""
    for rule in (
        _account,
        _locks,
        _ranges,
        _spans,
        _lists,
        _images,
        _services,
        _sizes,
        _targets,
        _backup_region,
        _budget,
    ):
        yield from rule(settings)


def _account(settings: Settings) -> Iterator[Finding]:
    allowed, account = settings.allowed_account_ids, settings.account_id
    if allowed and account not in allowed:
        yield Finding(
            "aws:allowedAccountIds",
            allowed,
            f'a list with hipaa:account ("{account}") in it',
            also=("hipaa:account",),
        )


def _locks(settings: Settings) -> Iterator[Finding]:
    locks = {"hipaa:audit.object_lock": settings.audit.object_lock}
    if settings.data and settings.data.backup:
        locks["hipaa:data.backup.vault_lock"] = settings.data.backup.vault_lock
    for path, lock in locks.items():
        if lock == "compliance" and not settings.protect:
            yield Finding(
                path,
                lock,
                "none or governance while hipaa:protect is false",
                "nobody can undo compliance: set hipaa:protect to true if it is meant",
                also=("hipaa:protect",),
            )
        if lock == "none" and settings.protect:
            yield Finding(
                path,
                lock,
                "governance or compliance while hipaa:protect is true",
                "did you mean governance?",
                also=("hipaa:protect",),
            )


def _budget(settings: Settings) -> Iterator[Finding]:
    if settings.budget is None:
        return
    path, emails = "hipaa:audit.alert_emails", settings.audit.alert_emails
    if not 1 <= len(emails) <= BUDGET_EMAILS:
        allowed = f"1 to {BUDGET_EMAILS} addresses while there is hipaa:budget, which tells them"
        yield Finding(path, emails, allowed, also=("hipaa:budget",))
    if settings.partition != "aws":
        yield Finding(
            "hipaa:budget",
            f"monthly_usd: {settings.budget.monthly_usd}",
            f"no budget in {settings.region}",
            "GovCloud accounts are billed to a standard account, and its budgets count them",
            also=("aws:region",),
        )


def _ranges(settings: Settings) -> Iterator[Finding]:
    ranges = {"hipaa:network.cidr": settings.network.cidr}
    if settings.connectivity and settings.connectivity.exchange_cidr:
        ranges["hipaa:connectivity.exchange_cidr"] = settings.connectivity.exchange_cidr
    for path, partner in _routed(settings):
        ranges |= {f"{path}.cidrs[{i}]": cidr for i, cidr in enumerate(partner.cidrs)}
    if settings.connectivity and settings.connectivity.vpn:
        ranges["hipaa:connectivity.vpn.client_cidr"] = settings.connectivity.vpn.client_cidr
    for (first, taken), (path, cidr) in combinations(ranges.items(), 2):
        if cidr.overlaps(taken):
            hint = _UNROUTED if path.startswith("hipaa:connectivity.partners.") else ""
            yield Finding(path, cidr, f"a range that does not overlap {first} ({taken})", hint, also=(first,))


def _routed(settings: Settings) -> Iterator[tuple[str, VpnPartner | TransitPartner]]:
    """Yield the partners whose ranges are routed, with their paths."""
    if settings.connectivity:
        for name, partner in settings.connectivity.partners.items():
            if isinstance(partner, VpnPartner | TransitPartner):
                yield f"hipaa:connectivity.partners.{name}", partner


def _spans(settings: Settings) -> Iterator[Finding]:
    for path, node in nodes(settings):
        low, high = getattr(node, "min", None), getattr(node, "max", None)
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            yield Finding(f"{path}.min", low, f"at most {path}.max ({high:g})", also=(f"{path}.max",))


def _lists(settings: Settings) -> Iterator[Finding]:
    for path, node in nodes(settings):
        # A command may well say a word twice.
        if isinstance(node, tuple) and not path.endswith("command"):
            items = cast("tuple[object, ...]", node)
            for index, item in enumerate(items):
                if isinstance(item, str) and item in items[:index]:
                    yield Finding(
                        f"{path}[{index}]", item, f"each entry once; {path}[{items.index(item)}] is the same"
                    )


def _images(settings: Settings) -> Iterator[Finding]:
    for path, node in nodes(settings):
        if isinstance(node, NatInstanceSettings | ComputeSettings):
            wanted, found = architecture_of(node.instance_type), architecture_of_image(node.ami)
            if found and found != wanted:
                yield Finding(
                    f"{path}.ami",
                    node.ami,
                    f"an image for {wanted}, which {path}.instance_type ({node.instance_type}) runs",
                    f"leave it out to get the newest for {wanted}",
                    also=(f"{path}.instance_type",),
                )


def _services(settings: Settings) -> Iterator[Finding]:
    data, joined = settings.data, settings.connectivity
    has = {
        "aurora": ("hipaa:data.aurora", bool(data and data.aurora)),
        "rds": ("hipaa:data.rds", bool(data and data.rds)),
        "cache": ("hipaa:data.cache", bool(data and data.cache)),
        "partners": ("hipaa:connectivity.partners", bool(joined and joined.partners)),
    }
    routes: dict[str, str] = {}
    for name, service in (settings.services or {}).items():
        path = f"hipaa:services.{name}"
        if settings.protect and service.image and "@sha256:" not in service.image:
            yield Finding(
                f"{path}.image",
                service.image,
                "an image by digest (name@sha256:…) while hipaa:protect is true: a tag can be moved",
                also=("hipaa:protect",),
            )
        for index, used in enumerate(service.uses):
            section, present = has[used]
            if not present:
                rest = ", ".join(other for other, (_, there) in has.items() if there)
                yield Finding(
                    f"{path}.uses[{index}]",
                    used,
                    f"what the stack has: {rest or 'nothing yet'}; {section} is not set",
                    also=(section,),
                )
            prefix = _PREFIXES[used]
            for key in ("environment", "secrets"):
                for variable in getattr(service, key):
                    if variable.startswith(prefix):
                        yield Finding(
                            f"{path}.{key}.{variable}",
                            variable,
                            f"a variable that does not begin with {prefix}: {path}.uses sets those",
                            also=(f"{path}.uses",),
                        )
        if not service.route:
            continue
        if service.port is None:
            yield Finding(
                f"{path}.route", service.route.path, f"a service with {path}.port", also=(f"{path}.port",)
            )
        if not settings.edge:
            yield Finding(
                f"{path}.route", service.route.path, "a stack with hipaa:edge", also=("hipaa:edge",)
            )
        first = routes.setdefault(service.route.path, f"{path}.route.path")
        if first != f"{path}.route.path":
            yield Finding(
                f"{path}.route.path",
                service.route.path,
                f"a path of its own; {first} has the same",
                also=(first,),
            )


def _sizes(settings: Settings) -> Iterator[Finding]:
    """A task that no instance can hold would wait for a place for ever."""
    compute = settings.compute
    known = instances.limits_of(compute.instance_type) if compute else None
    if compute is None or known is None:
        return
    for name, service in (settings.services or {}).items():
        joined = service.connect_port is not None or bool(service.connects_to)
        proxy_cpu, proxy_mib = (instances.PROXY_CPU_UNITS, instances.PROXY_MIB) if joined else (0, 0)
        wanted = {
            "memory_mib": (service.memory_mib, known.task_memory_mib - proxy_mib),
            "cpu": (service.cpu, known.cpu_units - proxy_cpu),
        }
        for key, (value, most) in wanted.items():
            if value > most:
                yield Finding(
                    f"hipaa:services.{name}.{key}",
                    value,
                    f"at most {most}, which a {compute.instance_type} has for tasks",
                    also=("hipaa:compute.instance_type",),
                )


def _targets(settings: Settings) -> Iterator[Finding]:
    for path, partner in _routed(settings):
        known = ", ".join(map(str, partner.cidrs))
        for s, service in enumerate(partner.services):
            for t, target in enumerate(service.targets):
                if not any(target in cidr for cidr in partner.cidrs):
                    yield Finding(
                        f"{path}.services[{s}].targets[{t}]",
                        target,
                        f"an address within {path}.cidrs ({known})",
                        also=(f"{path}.cidrs",),
                    )


def _backup_region(settings: Settings) -> Iterator[Finding]:
    other = settings.data and settings.data.backup and settings.data.backup.copy_to_region
    if other and (other == settings.region or regions.partition(other) != settings.partition):
        yield Finding(
            "hipaa:data.backup.copy_to_region",
            other,
            f"another region of the partition of aws:region ({settings.region})",
            also=("aws:region",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for everything that is legal but worth a second look."""
    network, audit = settings.network, settings.audit
    if settings.protect and network.nat in (Nat.SINGLE_GATEWAY, Nat.INSTANCE):
        yield (
            f"hipaa:network.nat is {network.nat} while hipaa:protect is true: "
            "if its zone fails, no zone reaches the internet"
        )
    missing = [name for name in _ECS_NEEDS if name not in network.interface_endpoints]
    if network.nat is Nat.NONE and missing:
        yield (
            "hipaa:network.nat is none, but hipaa:network.interface_endpoints lacks "
            f"{', '.join(missing)}: ECS instances could not register or pull images"
        )
    if network.cidr.overlaps(_DOCKER):
        yield f"hipaa:network.cidr ({network.cidr}) overlaps {_DOCKER}, Docker's bridge on every instance"
    if settings.region in regions.BY_ACCOUNT:
        yield (
            f"hipaa:network.zones: {settings.region} shows an account only some of its zones; "
            "name those that yours has"
        )
    if audit.owns_account and not audit.alert_emails:
        yield "hipaa:audit.owns_account is true, but hipaa:audit.alert_emails is empty: findings reach nobody"
    services = settings.services or {}
    if services and settings.compute is None:
        yield f"hipaa:services: {', '.join(services)} are not built without hipaa:compute, which they run on"
    if waiting := [name for name in services if name not in settings.images]:
        yield (
            f"hipaa:services: without an image only the repositories of {', '.join(waiting)} are made; "
            "push an image to each, then set `image`"
        )
    if samples := [name for name, image in settings.images.items() if image.endswith(_ZEROS)]:
        yield (
            f"hipaa:services: the images of {', '.join(samples)} have the sample's digest of zeros, which cannot run; "
            "leave `image` out until the first one is pushed"
        )
    if settings.protect and (data := settings.data):
        single = {
            "hipaa:data.aurora.readers.min is 0": bool(data.aurora and not data.aurora.readers.min),
            "hipaa:data.rds.multi_az is false": bool(data.rds and not data.rds.multi_az),
            "hipaa:data.cache.replicas is 0": bool(data.cache and not data.cache.replicas),
        }
        for text, applies in single.items():
            if applies:
                yield f"{text} while hipaa:protect is true: it stops when its zone fails"
