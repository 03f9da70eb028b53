"""Conflicts of several stacks: what only one of them may have, and what none of them has although it is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations

from blueprint.workspace import Conflict
from settings import Settings
from settings.model import DomainSettings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stack that is compared with the others."""

    stack: str
    """Name of the stack."""
    file: str
    """Name of its file."""
    settings: Settings


def find(candidates: Sequence[Candidate]) -> Iterator[Conflict]:
    """Yield every conflict of these stacks; each names the files.

    Two owners of one thing and equal names are errors, because AWS refuses the second resource or one stack changes the
    resource of the other. Overlapping networks and missing owners are warnings, because another project may own something,
    and because networks that are never connected may overlap.
    """
    yield from _shared(candidates)
    yield from _overlapping(candidates)
    yield from _unowned(candidates)


def _shared(candidates: Sequence[Candidate]) -> Iterator[Conflict]:
    """Yield what several stacks claim although only one may have it."""
    claims: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        for reason in _claims(candidate.settings):
            claims[reason].append(candidate)
    for reason, several in claims.items():
        if len(several) > 1:
            yield _conflict(several, reason)


def _claims(settings: Settings) -> Iterator[str]:
    """Yield what no other stack may have, as the reason why two stacks that have it conflict."""
    account, audit = f"account {settings.account_id}", settings.audit
    if audit.owns_account:
        yield (
            f"hipaa:audit.owns contains account in each, but {account} has one trail and one password policy: let one stack "
            "own the account"
        )
    for region in _owned_regions(settings):
        yield (
            f"hipaa:audit.owns covers {region} of {account} in each (as region or copy_region), but AWS refuses a second "
            "AWS Config recorder and GuardDuty detector: let one stack own the region"
        )
    backup = settings.data.backup if settings.data else None
    if audit.owns_region and backup and backup.create_reports_role:
        yield (
            f"hipaa:data.backup.create_reports_role is true in each, but {account} has this service-linked role once: set it "
            "to false in all stacks except the first"
        )
    yield f"hipaa:environment is {settings.environment} in each, but names of resources of {account} contain it"
    for zone_id, name in sorted(
        {(item.zone_id, item.name.removeprefix("*.")) for item in _domains(settings)}
    ):
        yield (
            f"hipaa:edge has the domain name {name}, or the wildcard below it, in each, but hosted zone {zone_id} has one "
            "record of each name, and one that proves control of both"
        )


def _domains(settings: Settings) -> tuple[DomainSettings, ...]:
    return settings.edge.complete_domains if settings.edge else ()


def _owned_regions(settings: Settings) -> Iterator[str]:
    if settings.audit.owns_region:
        yield settings.region
    if settings.audit.owns_copy_region and settings.copy_region:
        yield settings.copy_region


def _overlapping(candidates: Sequence[Candidate]) -> Iterator[Conflict]:
    """Yield pairs of stacks whose networks overlap: no route, VPN or peering connection can ever join them."""
    networks = {item.stack: _networks(item.settings) for item in candidates}
    for one, other in combinations(candidates, 2):
        overlaps = [
            f"{path} {cidr} and {other_path} {other_cidr}"
            for path, cidr in networks[one.stack].items()
            for other_path, other_cidr in networks[other.stack].items()
            if cidr.overlaps(other_cidr)
        ]
        if overlaps:
            yield _conflict(
                [one, other],
                f"{'; '.join(overlaps)} overlap, so the two networks can never be connected: give each its own range",
                is_error=False,
            )


def _networks(settings: Settings) -> Mapping[str, IPv4Network]:
    """Return the ranges of addresses that a stack uses, by the path of the setting."""
    networks = {"hipaa:network.cidr": settings.network.cidr}
    connectivity = settings.connectivity
    if connectivity and connectivity.exchange_cidr:
        networks["hipaa:connectivity.exchange_cidr"] = connectivity.exchange_cidr
    if connectivity and connectivity.vpn:
        networks["hipaa:connectivity.vpn.client_cidr"] = connectivity.vpn.client_cidr
    return networks


def _unowned(candidates: Sequence[Candidate]) -> Iterator[Conflict]:
    """Yield accounts and regions that no stack of the folder owns."""
    accounts = {item.settings.account_id for item in candidates if item.settings.audit.owns_account}
    regions = {
        (item.settings.account_id, region) for item in candidates for region in _owned_regions(item.settings)
    }
    missing: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        settings = candidate.settings
        account = settings.account_id
        if account not in accounts:
            missing[
                f"no stack in this folder owns account {account}, which then has no CloudTrail trail unless another project "
                "creates it: add account and region to hipaa:audit.owns of one stack"
            ].append(candidate)
        elif (account, settings.region) not in regions:
            missing[
                f"no stack in this folder owns {settings.region} of account {account}, which then has no AWS Config and no "
                "GuardDuty unless another project creates them: add region to hipaa:audit.owns of one stack"
            ].append(candidate)
        if settings.copy_region and (account, settings.copy_region) not in regions:
            missing[
                f"no stack in this folder owns {settings.copy_region} of account {account}, to which backups are copied: add "
                "copy_region to hipaa:audit.owns of one stack, unless another project owns the region"
            ].append(candidate)
    for reason, several in missing.items():
        yield _conflict(several, reason, is_error=False)


def _conflict(several: Sequence[Candidate], reason: str, *, is_error: bool = True) -> Conflict:
    files = ", ".join(item.file for item in several)
    return Conflict(
        stacks=frozenset(item.stack for item in several), message=f"{files}: {reason}", is_error=is_error
    )
