"""How much several stacks together use of the quotas that AWS gives an account, or a region of it.

A project lists its quotas in `Hooks.quotas`. A count is the number of resources in the records, so it covers only the stacks
that are previewed, and nothing that exists outside these programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint.values import text

if TYPE_CHECKING:
    from blueprint.record import Record, Resource

WHOLE_ACCOUNT: Final = ""
"""The region of a quota that counts all regions of an account together."""


def one(_resource: Resource, _record: Record) -> int:
    """Count a resource once."""
    return 1


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of an account, or of each of its regions, and how a program uses it."""

    name: str
    limit: int
    """AWS's default, which may be raised already."""
    service: str
    """Service code in Service Quotas."""
    code: str
    """Quota code in Service Quotas; empty if AWS does not raise the quota."""
    types: tuple[str, ...]
    """Types of the resources that count."""
    count: Callable[[Resource, Record], int] = one
    """How much of the quota one resource uses."""
    whole_account: bool = False
    """Whether all regions count together."""


@dataclass(frozen=True, slots=True)
class Use:
    """How much the previewed stacks of one account use of a quota."""

    quota: Quota
    account: str
    region: str
    """Region of the quota, or `WHOLE_ACCOUNT`."""
    used: int
    stacks: tuple[str, ...]
    """The stacks that use it."""

    @property
    def is_near(self) -> bool:
        """Whether the stacks use half of AWS's default or more."""
        return 2 * self.used >= self.quota.limit

    @property
    def exceeds(self) -> bool:
        """Whether the stacks need more than AWS's default."""
        return self.used > self.quota.limit

    def as_data(self) -> dict[str, object]:
        """Return the use as plain data for JSON."""
        return {
            "quota": self.quota.name,
            "account": self.account,
            "region": self.region,
            "used": self.used,
            "default": self.quota.limit,
            "stacks": list(self.stacks),
            "command": self.command if self.exceeds else "",
        }

    @property
    def command(self) -> str:
        """The command that requests a higher quota; empty if AWS does not raise it."""
        if not self.quota.code:
            return ""
        region = f" --region {self.region}" if self.region else ""
        return (
            f"aws service-quotas request-service-quota-increase --service-code {self.quota.service} "
            f"--quota-code {self.quota.code} --desired-value {self.used}{region}"
        )


@dataclass(frozen=True, slots=True)
class Count:
    """How much one stack uses of a quota."""

    quota: str
    """Name of the quota."""
    region: str
    """Region of the quota, or `WHOLE_ACCOUNT`."""
    used: int


def counted(record: Record, quotas: Iterable[Quota], home: str) -> Iterator[Count]:
    """Yield what one stack uses of each quota, by quota and region; what it does not use is left out.

    Args:
        record: The record of the stack.
        quotas: The quotas to count.
        home: Region of the stack, for resources that name no region.
    """
    for quota in quotas:
        regions: Counter[str] = Counter()
        for item in record.of_type(*quota.types):
            region = WHOLE_ACCOUNT if quota.whole_account else text(item.inputs.get("region")) or home
            regions[region] += quota.count(item, record)
        for region, used in sorted(regions.items()):
            if used:
                yield Count(quota.name, region, used)


def uses(stacks: Iterable[tuple[str, str, Sequence[Count]]], quotas: Iterable[Quota]) -> Iterator[Use]:
    """Yield what all stacks of each account use together, by account, region and quota.

    Args:
        stacks: Account and name of each stack, and what it uses.
        quotas: The quotas that were counted.
    """
    by_name = {quota.name: quota for quota in quotas}
    counts: dict[tuple[str, str, str], dict[str, int]] = {}
    for account, stack, used in stacks:
        for item in used:
            counts.setdefault((account, item.region, item.quota), {})[stack] = item.used
    order = list(by_name)
    for account, region, name in sorted(counts, key=lambda key: (key[0], key[1], order.index(key[2]))):
        by_stack = counts[account, region, name]
        yield Use(by_name[name], account, region, sum(by_stack.values()), tuple(sorted(by_stack)))
