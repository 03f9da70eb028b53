"""Sentences shared by the rules: what a property must be, and what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_policies.catalog import Deferred, NotApplicable
from hipaa_policies.model import Resource
from hipaa_policies.tokens import DB_INSTANCE
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    is_blank,
    is_false,
    is_list,
    is_mapping,
    is_true,
    peek,
    shown,
    to_int,
)

SIX_YEARS_DAYS: Final = 2192
"""Six years in days, and the smallest CloudWatch Logs retention that covers them."""


def dotted(path: Sequence[str | int]) -> str:
    """Return a property path as text, e.g. `rules[0].expiration.days`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def must_be_true(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a flag that is not true; missing and unknown violate."""
    value = peek(resource.props, *path)
    if not is_true(value):
        yield f"{dotted(path)} must be true, but it is {shown(value)}."


def must_not_be_true(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a flag that may be true; missing is the provider's default, false."""
    value = peek(resource.props, *path)
    if value is not MISSING and not is_false(value):
        yield f"{dotted(path)} must be false, but it is {shown(value)}."


def must_not_be_false(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a flag that may be false; missing is the provider's default, true."""
    value = peek(resource.props, *path)
    if value is not MISSING and not is_true(value):
        yield f"{dotted(path)} must be true, but it is {shown(value)}."


def must_be_at_least(resource: Resource, floor: int, *path: str | int, unit: str = "") -> Iterator[str]:
    """Report a number below a floor; missing and unknown violate."""
    value = peek(resource.props, *path)
    number = to_int(value)
    if number is None or number < floor:
        yield f"{dotted(path)} must be at least {floor}{unit}, but it is {shown(value)}."


def must_be_within(resource: Resource, most: int, *path: str | int) -> Iterator[str]:
    """Report a number that is not from 1 to a ceiling; missing and unknown violate."""
    value = peek(resource.props, *path)
    number = to_int(value)
    if number is None or not 0 < number <= most:
        yield f"{dotted(path)} must be from 1 to {most}, but it is {shown(value)}."


def must_be_one_of(resource: Resource, allowed: Sequence[str], *path: str | int) -> Iterator[str]:
    """Report a value outside a closed set; missing and unknown violate."""
    value = peek(resource.props, *path)
    if value not in allowed:
        yield f"{dotted(path)} must be {' or '.join(allowed)}, but it is {shown(value)}."


def must_be_present(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a missing or empty value; an unknown one will be there."""
    value = peek(resource.props, *path)
    if is_blank(value):
        yield f"{dotted(path)} must be present, but it is missing."


def must_name_own_key(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a key that is missing or that AWS manages; an unknown one will be the program's own."""
    value = peek(resource.props, *path)
    if is_blank(value):
        yield f"{dotted(path)} must name a customer-managed key, but it is missing."
    elif isinstance(value, str) and ("alias/aws/" in value or value == "AWS_OWNED_KMS_KEY"):
        yield f"{dotted(path)} must name a customer-managed key, but it names the AWS-managed key {shown(value)}."


def must_be_plain(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a value that only the deployment decides, though what is in it has to be judged before."""
    if is_unknown(resource, *path):
        yield f"{dotted(path)} must be plain values, but they are not known before deployment."


def must_be_empty(resource: Resource, *path: str | int, instead: str) -> Iterator[str]:
    """Report a property that holds anything; `instead` says where it belongs."""
    value = peek(resource.props, *path)
    if value is MISSING or ((is_list(value) or is_mapping(value)) and not len(value)):
        return
    yield f"{dotted(path)} must not be set{instead}, but it is {shown(value)}."


def must_last_six_years(resource: Resource, days: int, *path: str | int) -> Iterator[str]:
    """Report an expiry before the floor; missing means that nothing expires."""
    value = peek(resource.props, *path)
    number = to_int(value)
    if value is not MISSING and (number is None or number < days):
        yield f"{dotted(path)} must be at least {days} days, but it is {shown(value)}."


def must_be_filled(resource: Resource, *path: str | int) -> Iterator[str]:
    """Report a value, a list or a block that is missing or empty; an unknown one will be there."""
    value = peek(resource.props, *path)
    if value is MISSING:
        yield f"{dotted(path)} must hold something, but it is missing."
    elif value == "" or ((is_list(value) or is_mapping(value)) and not len(value)):
        yield f"{dotted(path)} must hold something, but it is empty."


def lacks(resource: Resource, *path: str | int) -> bool:
    """Tell whether nothing is set: missing, an empty text or an empty list."""
    value = peek(resource.props, *path)
    return is_blank(value) or (is_list(value) and not len(value))


Places = Mapping[str, tuple[str, ...]]
"""Type token to the places of properties in it, such as `disks[].encrypted`."""


def places(table: Places, resource: Resource) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each property that a table names for a resource's type.

    `[]` stands for every element of a list, and for its first one where there is no list: that one is missing.
    """
    for place in table[resource.type]:
        yield from _expanded(resource, (), place.split("."))


def _expanded(
    resource: Resource, path: tuple[str | int, ...], steps: list[str]
) -> Iterator[tuple[str | int, ...]]:
    if not steps:
        yield path
        return
    step = steps[0]
    here = (*path, step.removesuffix("[]"))
    elements = (list(positions(resource, *here)) or [(*here, 0)]) if step.endswith("[]") else [here]
    for element in elements:
        yield from _expanded(resource, element, steps[1:])


def roots(table: Places) -> Mapping[str, tuple[str, ...]]:
    """Return the top-level properties of each type of a table, as a control declares them."""
    return {
        type_: tuple(dict.fromkeys(place.split(".")[0].removesuffix("[]") for place in found))
        for type_, found in table.items()
    }


def merged(*tables: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return one table with the properties of several."""
    found: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for type_, names in table.items():
            found[type_] = tuple(dict.fromkeys((*found.get(type_, ()), *names)))
    return found


def replicates(resource: Resource) -> bool:
    """Tell whether a resource is an RDS instance that replicates another; no other type says so by this property."""
    return resource.type == DB_INSTANCE and not lacks(resource, "replicateSourceDb")


def tag(resource: Resource, name: str) -> object:
    """Return a tag's value; the first letter of its name may be a capital."""
    value = peek(resource.props, "tags", name)
    return peek(resource.props, "tags", name.capitalize()) if value is MISSING else value


def deferred(*path: str | int) -> Deferred:
    """Return the sentence for a value that can only be judged at deployment."""
    return Deferred(f"{dotted(path)} is not known before deployment and is judged then.")


def positions(resource: Resource, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each element of the list at a path; a lone object counts as its own only element."""
    value = peek(resource.props, *path)
    if is_list(value):
        yield from ((*path, position) for position in range(len(value)))
    elif is_mapping(value):
        yield path


def is_unknown(resource: Resource, *path: str | int) -> bool:
    """Tell whether the value at a path is only known after deployment."""
    return peek(resource.props, *path) is UNKNOWN


def not_applicable(reason: str) -> NotApplicable:
    """Return the sentence that takes a resource out of a control."""
    return NotApplicable(reason)
