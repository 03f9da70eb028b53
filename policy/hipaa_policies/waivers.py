"""Read waivers: accepted exceptions for named resources, each with a reason, an approver and a last day."""

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
"""The policy name under which faults of waivers are reported."""

MAX_DAYS: Final = 365
MIN_REASON: Final = 20
_FIELDS: Final = frozenset({"policy", "urn", "reason", "approver", "ticket", "created", "expires", "stacks"})


@dataclass(frozen=True, slots=True)
class Waivers:
    """The valid entries of a waiver file, and a message for each fault of the others."""

    entries: tuple[Waiver, ...] = ()
    problems: tuple[str, ...] = ()

    def covering(self, violation: Violation, today: datetime.date) -> Waiver | None:
        """Return the first waiver that covers a violation and applies today; None if there is none."""
        return next(
            (entry for entry in self.entries if in_force(entry, today) and covers(entry, violation)), None
        )

    def faults(
        self, used: Collection[Waiver], stack: str, policies: Collection[str], today: datetime.date
    ) -> Iterator[str]:
        """Yield a message for each fault of the waivers: malformed, expired, not yet valid or unmatched.

        Args:
            used: waivers that covered a violation of the judged stack.
            stack: name of the judged stack; a waiver that lists it must be in `used`.
            policies: ids of the judged controls.
            today: the date for which the waivers are judged.
        """
        yield from self.problems
        for entry in self.entries:
            label = f"The waiver of {entry.policy} for {entry.urn}"
            if today > entry.expires:
                yield f"{label} expired on {entry.expires}: fix the resource or have the risk accepted again."
            elif today < entry.created:
                yield f"{label} must be created before it is used, but its first day is {entry.created}."
            elif stack in entry.stacks and entry.policy in policies and entry not in used:
                yield f"{label} must match a violation in stack {stack}, but it matches none: remove it."


def in_force(entry: Waiver, today: datetime.date) -> bool:
    """Return whether a waiver applies on a day, from its first to its last day inclusive."""
    return entry.created <= today <= entry.expires


def covers(entry: Waiver, violation: Violation) -> bool:
    """Return whether a waiver names the control and the resource of a violation."""
    return entry.policy == violation.policy and fnmatchcase(violation.urn, entry.urn)


def load(path: Path, policies: Collection[str] | None = None) -> Waivers:
    """Read a waiver file; faults of its content become problems.

    Args:
        path: a YAML file with a list of entries under `waivers`.
        policies: ids of the controls that a waiver may name; by default the whole catalog.

    Raises:
        OSError: the file cannot be opened.
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
    """Read waivers from plain data: a mapping with the single key `waivers`, which holds a list of entries."""
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
        yield f'policy must name one control, but "{policy}" is not the id of a control'
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
    """Return whether a URN pattern has no wildcard in the type, and a name that is more than wildcards."""
    parts = urn.split("::", 3)
    if len(parts) != 4 or not parts[0].startswith("urn:pulumi:"):
        return False
    return not set(parts[2]) & set("*?[") and bool(parts[3].strip("*?"))
