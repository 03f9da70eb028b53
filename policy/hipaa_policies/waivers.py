"""Waivers: accepted exceptions, each for named resources, with a reason, an approver and a last day."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from hipaa_policies.model import Violation, Waiver
from hipaa_policies.values import is_list, is_mapping

POLICY: Final = "waivers-are-in-force"
"""The policy that faults of the waivers themselves are reported under."""

MAX_DAYS: Final = 365
MIN_REASON: Final = 20
_FIELDS: Final = frozenset({"policy", "urn", "reason", "approver", "ticket", "created", "expires", "stacks"})


@dataclass(frozen=True, slots=True)
class Waivers:
    """The readable entries of a waiver file, and a sentence for each one that is not."""

    entries: tuple[Waiver, ...] = ()
    problems: tuple[str, ...] = ()

    def covering(self, violation: Violation, today: datetime.date) -> Waiver | None:
        """Return the waiver that is in force today for a violation."""
        return next(
            (entry for entry in self.entries if in_force(entry, today) and covers(entry, violation)), None
        )

    def faults(
        self, used: Collection[Waiver], stack: str, policies: Collection[str], today: datetime.date
    ) -> Iterator[str]:
        """Yield what is wrong with the file itself.

        Args:
            used: waivers that covered a violation in this judgement.
            stack: name of the judged stack; waivers that list it must have covered something.
            policies: ids of the controls that were judged.
            today: the day of the judgement.
        """
        yield from self.problems
        for entry in self.entries:
            label = f"The waiver of {entry.policy} for {entry.urn}"
            if today > entry.expires:
                yield f"{label} expired on {entry.expires}: fix the resource or have the risk accepted again."
            elif today < entry.created:
                yield f"{label} must be created before it is used, but its day is {entry.created}."
            elif stack in entry.stacks and entry.policy in policies and entry not in used:
                yield f"{label} must match a violation in stack {stack}, but it matches none: remove it."


def in_force(entry: Waiver, today: datetime.date) -> bool:
    """Tell whether a waiver applies on a day; its first and last days count."""
    return entry.created <= today <= entry.expires


def covers(entry: Waiver, violation: Violation) -> bool:
    """Tell whether a waiver names a violation's control and resource."""
    return entry.policy == violation.policy and fnmatchcase(violation.urn, entry.urn)


def load(path: Path, policies: Collection[str] | None = None) -> Waivers:
    """Read a waiver file; what cannot be read becomes a problem, a file that is not there an `OSError`.

    Args:
        path: a YAML file with a list of entries under `waivers`.
        policies: ids of the controls that exist; by default the whole catalog.
    """
    import yaml

    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return Waivers(
            problems=(f"{path.name} must be YAML, but it cannot be read: {' '.join(str(error).split())}",)
        )
    return parse(content, policies, file=path.name)


def parse(content: object, policies: Collection[str] | None = None, *, file: str = "waivers.yaml") -> Waivers:
    """Read waivers from plain data: a mapping whose only key, `waivers`, holds a list of entries."""
    if policies is None:
        from hipaa_policies.catalog import controls

        policies = {item.id for item in controls()}
    listed = content.get("waivers") if is_mapping(content) and set(content) == {"waivers"} else None
    if not is_list(listed):
        return Waivers(problems=(f"{file} must hold one list under the key waivers, but it does not.",))
    entries: list[Waiver] = []
    problems: list[str] = []
    for number, item in enumerate(listed, 1):
        faults = list(_faults(item, policies)) if is_mapping(item) else ["must be a mapping"]
        problems.extend(f"{file}, entry {number}: {fault}." for fault in faults)
        if is_mapping(item) and not faults:
            entries.append(_waiver(item))
    return Waivers(tuple(entries), tuple(problems))


def _waiver(item: Mapping[str, Any]) -> Waiver:
    """Build a waiver from an entry without faults."""
    return Waiver(
        policy=item["policy"],
        urn=item["urn"],
        reason=" ".join(item["reason"].split()),
        approver=item["approver"],
        created=item["created"],
        expires=item["expires"],
        ticket=item.get("ticket"),
        stacks=tuple(item.get("stacks", ())),
    )


def _faults(item: Mapping[str, object], policies: Collection[str]) -> Iterator[str]:
    unknown = sorted(str(key) for key in set(item) - _FIELDS)
    if unknown:
        yield f"{', '.join(unknown)} is not a field of a waiver (it has {', '.join(sorted(_FIELDS))})"
    for key in ("policy", "urn", "reason", "approver", "ticket"):
        if not isinstance(item.get(key, "" if key == "ticket" else None), str):
            yield f"{key} must be text"
    policy, urn, reason, approver = (item.get(key) for key in ("policy", "urn", "reason", "approver"))
    if isinstance(policy, str) and policy not in policies:
        yield f'policy must name one control, but "{policy}" is none (a pattern never is)'
    if isinstance(urn, str) and not _is_specific(urn):
        yield f'urn must be a whole URN with the resource type written out and a name, but it is "{urn}"'
    if isinstance(reason, str) and len(" ".join(reason.split())) < MIN_REASON:
        yield f"reason must have at least {MIN_REASON} characters"
    if isinstance(approver, str) and not approver.strip():
        yield "approver must name a role"
    stacks = item.get("stacks", ())
    if not is_list(stacks) or not all(isinstance(stack, str) for stack in stacks):
        yield "stacks must be a list of stack names"
    yield from _date_faults(item.get("created"), item.get("expires"))


def _date_faults(created: object, expires: object) -> Iterator[str]:
    days = [
        day
        for day in (created, expires)
        if isinstance(day, datetime.date) and not isinstance(day, datetime.datetime)
    ]
    if len(days) != 2:
        yield "created and expires must be dates such as 2026-11-24"
    elif not 0 < (days[1] - days[0]).days <= MAX_DAYS:
        yield f"expires must be 1 to {MAX_DAYS} days after created, but it is {(days[1] - days[0]).days} days after"


def _is_specific(urn: str) -> bool:
    """Tell whether a pattern leaves neither the type nor the whole name open."""
    parts = urn.split("::", 3)
    if len(parts) != 4 or not parts[0].startswith("urn:pulumi:"):
        return False
    return not set(parts[2]) & set("*?[") and bool(parts[3].strip("*?"))
