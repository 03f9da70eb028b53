"""Read waivers: accepted exceptions for named resources, each with a reason, an approver and a last day."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, TypeGuard

from hipaa_policies.model import Violation, Waiver
from hipaa_policies.values import format_value, is_list, is_mapping

POLICY: Final = "waivers-are-in-force"
"""The policy name under which a pack reports malformed waivers."""

MAX_DAYS: Final = 365
MIN_REASON: Final = 20
WARNING_DAYS: Final = 60
"""A note announces the end of a waiver this many days before its last day."""
_FIELDS: Final = ("policy", "urn", "reason", "approver", "ticket", "created", "expires")
_URN: Final = "urn:pulumi:prod::clinic::aws:s3/bucket:Bucket::archive"


class WaiverError(ValueError):
    """A waiver file is malformed; the message names the file and every mistake."""


@dataclass(frozen=True, slots=True)
class Waivers:
    """The valid entries of a waiver file, and a message for each mistake in the others."""

    entries: tuple[Waiver, ...] = ()
    problems: tuple[str, ...] = ()

    def covering(self, violation: Violation, today: datetime.date) -> Waiver | None:
        """Return the waiver that covers a violation today, the one with the latest last day; None if there is none."""
        covering = [entry for entry in self.entries if in_force(entry, today) and covers(entry, violation)]
        return max(covering, key=lambda entry: entry.expires, default=None)

    def notes(
        self, used: Collection[Waiver], stack_urn: str, policies: Collection[str], today: datetime.date
    ) -> Iterator[str]:
        """Yield a sentence for each waiver of a stack that does not apply, applies to nothing or expires soon.

        Args:
            used: waivers that covered a violation of the judged stack.
            stack_urn: URN of the judged stack; waivers whose pattern names another stack or project are left out.
            policies: ids of the judged controls; waivers of other controls are left out.
            today: the date for which the waivers are judged.
        """
        for entry in self.entries:
            if entry.policy not in policies or not names_stack(entry, stack_urn):
                continue
            label = f"The waiver of {entry.policy} for {entry.urn}"
            if today > entry.expires:
                yield (
                    f"{label} expired on {entry.expires} and no longer applies: remove it, or have the risk accepted "
                    "again."
                )
            elif today < entry.created:
                yield f"{label} does not apply before {entry.created}, its first day."
            elif entry not in used:
                yield (
                    f"{label} covers no violation in stack {_stack_name(stack_urn)}: correct it, or remove it if no "
                    "other stack needs it."
                )
            elif (entry.expires - today).days <= WARNING_DAYS:
                yield (
                    f"{label} expires on {entry.expires}. After this day the violation stops a deployment: fix the "
                    "resource, or have the risk accepted again."
                )


def in_force(entry: Waiver, today: datetime.date) -> bool:
    """Return whether a waiver applies on a day, from its first to its last day inclusive."""
    return entry.created <= today <= entry.expires


def covers(entry: Waiver, violation: Violation) -> bool:
    """Return whether a waiver names the control and the resource of a violation."""
    return entry.policy == violation.policy and fnmatchcase(violation.urn, entry.urn)


def names_stack(entry: Waiver, stack_urn: str) -> bool:
    """Return whether the URN pattern of a waiver matches the name and the project of a stack."""
    judged, pattern = stack_urn.split("::"), entry.urn.split("::")
    return all(fnmatchcase(name, part) for name, part in zip(judged[:2], pattern[:2], strict=False))


def _stack_name(urn: str) -> str:
    return urn.partition("::")[0].rpartition(":")[2]


def read(path: Path) -> Waivers:
    """Read a waiver file without mistakes.

    Raises:
        WaiverError: the file is malformed; the message lists every mistake.
        OSError: the file cannot be opened.
    """
    waivers = load(path)
    if waivers.problems:
        listed = "\n".join(f"- {problem}" for problem in waivers.problems)
        raise WaiverError(f"The waiver file {path} has mistakes:\n{listed}")
    return waivers


def load(path: Path, policies: Collection[str] | None = None) -> Waivers:
    """Read a waiver file; mistakes in its content become problems.

    Args:
        path: a YAML file with a list of entries under `waivers`.
        policies: ids of the controls that a waiver may name; by default the whole catalog.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        content = _content(path)
    except ValueError as error:
        return Waivers(
            problems=(f"{path.name} must be YAML, but it cannot be read: {' '.join(str(error).split())}",)
        )
    return parse(content, policies, file=path.name)


def _content(path: Path) -> object:
    """Return the content of a YAML file; a date that does not exist stays text.

    Raises:
        ValueError: the file is not YAML.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads plain data."""

    def date(loader: Loader, node: yaml.ScalarNode) -> object:
        try:
            return loader.construct_yaml_timestamp(node)
        except ValueError:
            return node.value

    Loader.add_constructor("tag:yaml.org,2002:timestamp", date)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506, a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{place}{error.problem}") from error
    except RecursionError as error:
        raise ValueError("its lists are nested too deeply") from error
    except (yaml.YAMLError, AttributeError, LookupError) as error:  # PyYAML lets errors of wrong tags pass.
        raise ValueError(str(error)) from error


def parse(content: object, policies: Collection[str] | None = None, *, file: str = "waivers.yaml") -> Waivers:
    """Read waivers from plain data: a mapping with the single key `waivers`, which holds a list of entries."""
    listed = content.get("waivers") if is_mapping(content) and set(content) == {"waivers"} else None
    if not is_list(listed):
        return Waivers(
            problems=(
                f"{file} must hold one list under the key waivers (waivers: [] without any), but it does not.",
            )
        )
    if listed and policies is None:
        from hipaa_policies.catalog import controls

        policies = {item.id for item in controls()}
    entries: list[Waiver] = []
    problems: list[str] = []
    for number, item in enumerate(listed, 1):
        if not is_mapping(item):
            problems.append(f"{file}, entry {number}: must be a mapping of fields, but it is {_shown(item)}.")
        elif mistakes := [*_mistakes(item, policies or ())]:
            problems.extend(f"{file}, entry {number}, {mistake}." for mistake in mistakes)
        else:
            entries.append(_waiver(item))
    return Waivers(tuple(entries), tuple(problems))


def _waiver(item: Mapping[str, Any]) -> Waiver:
    """Build a waiver from an entry without mistakes."""
    return Waiver(
        policy=item["policy"],
        urn=item["urn"],
        reason=" ".join(item["reason"].split()),
        approver=item["approver"],
        created=item["created"],
        expires=item["expires"],
        ticket=item.get("ticket"),
    )


def _mistakes(item: Mapping[str, object], policies: Collection[str]) -> Iterator[str]:
    """Yield each mistake in an entry: the field, what is allowed, and the value."""
    for key in item:
        if key not in _FIELDS:
            yield f"{key}: is not a field of a waiver; the fields are {', '.join(_FIELDS)}"
    policy, urn, reason, approver = (item.get(key) for key in ("policy", "urn", "reason", "approver"))
    if not isinstance(policy, str) or policy not in policies:
        yield f"policy: must be the id of one control (see hipaa-policies list), but it is {_shown(policy)}"
    if not isinstance(urn, str) or not _is_specific(urn):
        yield (
            f"urn: must be a whole URN with the resource type written out and a name, such as {_URN}, but it is "
            f"{_shown(urn)}"
        )
    if not isinstance(reason, str) or len(" ".join(reason.split())) < MIN_REASON:
        yield f"reason: must be text of at least {MIN_REASON} characters, but it is {_shown(reason)}"
    if not isinstance(approver, str) or not approver.strip():
        yield f"approver: must be text that names a role, but it is {_shown(approver)}"
    if not isinstance(item.get("ticket", ""), str):
        yield f"ticket: must be text or left out, but it is {_shown(item['ticket'])}"
    yield from _date_mistakes(item.get("created"), item.get("expires"))


def _date_mistakes(created: object, expires: object) -> Iterator[str]:
    for name, day in (("created", created), ("expires", expires)):
        if not _is_date(day):
            yield f"{name}: must be a date such as 2026-11-24, but it is {_shown(day)}"
    if _is_date(created) and _is_date(expires) and not 0 < (days := (expires - created).days) <= MAX_DAYS:
        yield (
            f"expires: must be 1 to {MAX_DAYS} days after created ({created}), but it is {expires}, {days} days after"
        )


def _is_date(value: object) -> TypeGuard[datetime.date]:
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


def _shown(value: object) -> str:
    """Return a value of an entry for a message."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "missing" if value is None else format_value(value)


def _is_specific(urn: str) -> bool:
    """Return whether a URN pattern has no wildcard in the type, and a name that is more than wildcards."""
    parts = urn.split("::", 3)
    if len(parts) != 4 or not parts[0].startswith("urn:pulumi:"):
        return False
    return not set(parts[2]) & set("*?[") and bool(parts[3].strip("*?"))
