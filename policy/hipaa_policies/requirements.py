"""Checks and messages that the rules share: what a property must be, and what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from hipaa_policies.catalog import Deferred, Exempt, NotApplicable
from hipaa_policies.model import JudgedResource
from hipaa_policies.tokens import DB_INSTANCE
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    format_value,
    is_blank,
    is_false,
    is_list,
    is_mapping,
    is_true,
    peek,
    to_int,
)

SIX_YEARS_DAYS: Final = 2192
"""Six years in days, which is also the smallest CloudWatch Logs retention of at least six years."""


def about(resource: JudgedResource, messages: Iterable[str]) -> Iterator[tuple[JudgedResource, str]]:
    """Yield each message with the resource that a stack control reports it on."""
    return ((resource, message) for message in messages)


def dotted_path(path: Sequence[str | int]) -> str:
    """Return a property path as text, e.g. `rules[0].expiration.days`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def must_be_true(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report a flag that is not true; a missing or unknown one violates."""
    value = peek(resource.props, *path)
    if not is_true(value):
        yield f"{dotted_path(path)} must be true, but it is {format_value(value)}."


def must_not_be_true(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report a flag that is true or unknown; a missing one has the default false."""
    value = peek(resource.props, *path)
    if value is not MISSING and not is_false(value):
        yield f"{dotted_path(path)} must be false, but it is {format_value(value)}."


def must_not_be_false(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report a flag that is false or unknown; a missing one has the default true."""
    value = peek(resource.props, *path)
    if value is not MISSING and not is_true(value):
        yield f"{dotted_path(path)} must be true, but it is {format_value(value)}."


def must_be_at_least(
    resource: JudgedResource, minimum: int, *path: str | int, unit: str = ""
) -> Iterator[str]:
    """Report a number below a minimum; a missing or unknown one violates."""
    value = peek(resource.props, *path)
    number = to_int(value)
    if number is None or number < minimum:
        yield f"{dotted_path(path)} must be at least {minimum}{unit}, but it is {format_value(value)}."


def must_be_within(resource: JudgedResource, maximum: int, *path: str | int) -> Iterator[str]:
    """Report a number that is not between 1 and a maximum; a missing or unknown one violates."""
    value = peek(resource.props, *path)
    number = to_int(value)
    if number is None or not 0 < number <= maximum:
        yield f"{dotted_path(path)} must be from 1 to {maximum}, but it is {format_value(value)}."


def must_be_one_of(resource: JudgedResource, allowed: Sequence[str], *path: str | int) -> Iterator[str]:
    """Report a value outside a closed set; a missing or unknown one violates."""
    value = peek(resource.props, *path)
    if value not in allowed:
        yield f"{dotted_path(path)} must be {' or '.join(allowed)}, but it is {format_value(value)}."


def must_be_present(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report a missing value or an empty text; an unknown value passes."""
    value = peek(resource.props, *path)
    if is_blank(value):
        yield f"{dotted_path(path)} must be present, but it is missing."


def must_name_own_key(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report a key that is missing or managed by AWS; an unknown key passes, because it comes from a resource."""
    value = peek(resource.props, *path)
    if is_blank(value):
        yield f"{dotted_path(path)} must name a customer-managed key, but it is missing."
    elif isinstance(value, str) and ("alias/aws/" in value or value == "AWS_OWNED_KMS_KEY"):
        yield f"{dotted_path(path)} must name a customer-managed key, but it names the AWS-managed key {format_value(value)}."


def must_be_plain(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report an unknown value, if its contents have to be judged before the deployment."""
    if is_unknown(resource, *path):
        yield f"{dotted_path(path)} must have plain values, but they are not known before deployment."


def must_be_empty(resource: JudgedResource, *path: str | int, instead: str) -> Iterator[str]:
    """Report a property that is set; `instead` completes the message with the resource to use instead."""
    value = peek(resource.props, *path)
    if value is MISSING or ((is_list(value) or is_mapping(value)) and not len(value)):
        return
    yield f"{dotted_path(path)} must not be set{instead}, but it is {format_value(value)}."


def must_last_six_years(resource: JudgedResource, days: int, *path: str | int) -> Iterator[str]:
    """Report an expiry before a number of days; a missing one means that nothing expires."""
    value = peek(resource.props, *path)
    number = to_int(value)
    if value is not MISSING and (number is None or number < days):
        yield f"{dotted_path(path)} must be at least {days} days, but it is {format_value(value)}."


def must_not_be_empty(resource: JudgedResource, *path: str | int) -> Iterator[str]:
    """Report a text, a list or an object that is missing or empty; an unknown one passes."""
    value = peek(resource.props, *path)
    if value is MISSING:
        yield f"{dotted_path(path)} must not be empty, but it is missing."
    elif value == "" or ((is_list(value) or is_mapping(value)) and not len(value)):
        yield f"{dotted_path(path)} must not be empty, but it is."


def is_unset(resource: JudgedResource, *path: str | int) -> bool:
    """Return whether a property is missing, an empty text or an empty list."""
    value = peek(resource.props, *path)
    return is_blank(value) or (is_list(value) and not len(value))


PathTable = Mapping[str, tuple[str, ...]]
"""Property paths by type token, such as `disks[].encrypted`."""


def property_paths(table: PathTable, resource: JudgedResource) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each property that a table names for the type of a resource.

    `[]` expands to every element of a list. If there is no list, it expands to element 0, which is then missing.
    """
    for pattern in table[resource.type]:
        yield from _expanded(resource, (), pattern.split("."))


def _expanded(
    resource: JudgedResource, path: tuple[str | int, ...], steps: list[str]
) -> Iterator[tuple[str | int, ...]]:
    if not steps:
        yield path
        return
    step = steps[0]
    here = (*path, step.removesuffix("[]"))
    elements = (list(element_paths(resource, *here)) or [(*here, 0)]) if step.endswith("[]") else [here]
    for element in elements:
        yield from _expanded(resource, element, steps[1:])


def roots(table: PathTable) -> Mapping[str, tuple[str, ...]]:
    """Return the top-level properties of a table by type, as a control declares them."""
    return {
        type_: tuple(dict.fromkeys(pattern.split(".")[0].removesuffix("[]") for pattern in patterns))
        for type_, patterns in table.items()
    }


def merge_tables(*tables: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return one table with the properties of several tables."""
    joined: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for type_, names in table.items():
            joined[type_] = tuple(dict.fromkeys((*joined.get(type_, ()), *names)))
    return joined


def is_replica(resource: JudgedResource) -> bool:
    """Return whether a resource is an RDS instance that replicates another one."""
    return resource.type == DB_INSTANCE and not is_unset(resource, "replicateSourceDb")


def tag(resource: JudgedResource, name: str) -> object:
    """Return the value of a tag; its name may begin with a lower-case or a capital letter."""
    value = peek(resource.props, "tags", name)
    return peek(resource.props, "tags", name.capitalize()) if value is MISSING else value


def deferred(*path: str | int) -> Deferred:
    """Return the message for a value that can only be judged at deployment."""
    return Deferred(f"{dotted_path(path)} is not known before deployment and is judged then.")


def element_paths(resource: JudgedResource, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each element of the list at a path; a single object is its only element."""
    value = peek(resource.props, *path)
    if is_list(value):
        yield from ((*path, position) for position in range(len(value)))
    elif is_mapping(value):
        yield path


def is_unknown(resource: JudgedResource, *path: str | int) -> bool:
    """Return whether the value at a path is unknown before deployment."""
    return peek(resource.props, *path) is UNKNOWN


def not_applicable(reason: str) -> NotApplicable:
    """Return the message that excludes a resource from a control."""
    return NotApplicable(reason)


def unless_exempt(violations: Iterable[str], unmet: Iterable[str] | None) -> Iterator[str]:
    """Yield the violations of a resource, unless the exemption of the control covers the resource.

    A violation then names the first condition that is not met. If the only open question is a value that is not known
    before deployment, the verdict is deferred.

    Args:
        violations: messages about the resource itself.
        unmet: the conditions of the exemption that are not met, each in lower case and with a full stop; a `Deferred` for a
            condition that depends on an unknown value; None if the exemption is not meant for such a resource.
    """
    found = list(violations)
    if unmet is None or all(isinstance(item, Deferred) for item in found):
        yield from found
        return
    conditions = list(unmet)
    refused = next((item for item in conditions if not isinstance(item, Deferred)), None)
    if refused is not None:
        yield from (
            item if isinstance(item, Deferred) else f"{item} For the exemption, {refused}" for item in found
        )
    elif conditions:
        yield conditions[0]
    else:
        yield Exempt("Every condition of the exemption is met.")


def named_region(resource: JudgedResource) -> str | None:
    """Return the region that a resource names; None for the region of its provider."""
    region = peek(resource.props, "region")
    return region if isinstance(region, str) else None
