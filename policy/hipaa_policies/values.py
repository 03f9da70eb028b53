"""Read property values, which have three states: a value, missing, or not known before deployment.

The functions accept plain Python data and the proxies of the policy SDK. This module does not import the SDK; it
recognises proxies by their behaviour: access to an unknown value raises an error with the attribute
`unknown_type_sentinel`, mappings and lists are not `dict` and `list`, numbers are floats, and `in` raises for unknowns.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Final, Literal, TypeGuard, cast


class Absent(enum.Enum):
    """The two states in which a property has no value to judge."""

    MISSING = "missing"
    UNKNOWN = "not known before deployment"

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Absent.MISSING
"""The property is not set (or is null): the provider's default applies."""
UNKNOWN: Final = Absent.UNKNOWN
"""The property is set, and its value is computed during the deployment."""

BOOKKEEPING: Final = frozenset({"__defaults", "__meta"})
"""Keys that Pulumi's Terraform bridge adds to objects; the program does not set them."""

# The texts by which the engine and pulumi_policy mark a value that is unknown at preview.
_WIRE_UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def peek(props: object, *path: str | int) -> object:
    """Return the value at a path of keys and list positions, or `MISSING`, or `UNKNOWN`.

    The result is `UNKNOWN` if any container on the path is unknown, and `MISSING` if the path leads through a scalar.
    Secrets are unwrapped.
    """
    value = _unwrapped(props)
    for step in path:
        if value is UNKNOWN or value is MISSING:
            return value
        value = _child(value, step)
    return value


def _child(container: object, step: str | int) -> object:
    if isinstance(step, str):
        if not is_mapping(container):
            return MISSING
        keyed = container.get(step) if isinstance(container, dict) else _guarded(container, step)
        return _unwrapped(keyed)
    if not is_list(container) or not -len(container) <= step < len(container):
        return MISSING
    return _unwrapped(container[step] if isinstance(container, list | tuple) else _guarded(container, step))


def _guarded(container: Mapping[str, object] | Sequence[object], step: str | int) -> object:
    """Return one element of a proxy; the proxy raises if the element is unknown."""
    try:
        return cast("Mapping[str | int, object]", container)[step]
    except KeyError:
        return MISSING
    except Exception as error:
        if hasattr(error, "unknown_type_sentinel"):
            return UNKNOWN
        raise


def _unwrapped(value: object) -> object:
    """Return the value inside a secret; `MISSING` for None, and `UNKNOWN` for every marker of an unknown value."""
    while type(value).__name__ == "Secret" and hasattr(value, "value"):
        value = cast("object", value.value)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    if value is None:
        return MISSING
    if isinstance(value, str) and value in _WIRE_UNKNOWNS:
        return UNKNOWN
    return value


def is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether a value is a mapping: a dict or a proxy of one."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Return whether a value is a list, a tuple or a proxy of one."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def items(props: object, *path: str | int) -> Iterator[object]:
    """Yield the elements of the list at a path; a single value is yielded itself, missing and unknown yield nothing."""
    value = peek(props, *path)
    if is_list(value):
        for position in range(len(value)):
            yield _child(value, position)
    elif value is not MISSING and value is not UNKNOWN:
        yield value


def texts(props: object, *path: str | int) -> set[object]:
    """Return the texts in the list at a path, and `UNKNOWN` if the list or an element is unknown."""
    if peek(props, *path) is UNKNOWN:
        return {UNKNOWN}
    return {item for item in items(props, *path) if isinstance(item, str) or item is UNKNOWN}


def plain(value: object) -> object:
    """Return a value as dicts, lists and scalars, with `UNKNOWN` for unknown values.

    Nulls, the wrappers of secrets and the keys in `BOOKKEEPING` are left out.
    """
    unwrapped = _unwrapped(value)
    if is_mapping(unwrapped):
        fields = {str(key): plain(_child(unwrapped, key)) for key in unwrapped if key not in BOOKKEEPING}
        return {key: item for key, item in fields.items() if item is not MISSING}
    if is_list(unwrapped):
        return [plain(_child(unwrapped, position)) for position in range(len(unwrapped))]
    return unwrapped


def holds_unknown(value: object) -> bool:
    """Return whether plain data is unknown or contains an unknown value."""
    if is_mapping(value):
        return any(holds_unknown(item) for item in value.values())
    return any(map(holds_unknown, value)) if is_list(value) else value is UNKNOWN


def to_int(value: object) -> int | None:
    """Return a whole number from an int, a float or a text of digits; None for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20:
        return int(value)
    return None


def is_blank(value: object) -> bool:
    """Return whether a value is missing or an empty text; providers treat both alike."""
    return value is MISSING or value == ""


def is_true(value: object) -> bool:
    """Return whether a value is true, as a boolean or as the text "true" of launch templates."""
    return value is True or value == "true"


def is_false(value: object) -> bool:
    """Return whether a value is false, as a boolean or as the text "false" of launch templates."""
    return value is False or value == "false"


def is_internet(value: object) -> bool:
    """Return whether a CIDR block is the whole Internet or a large part of it.

    That is an IPv4 block larger than /8 or an IPv6 block larger than /16. Parts count because a few of them cover the
    whole address space.
    """
    try:
        network = ip_network(str(value), strict=False)
    except ValueError:
        return False
    return network.prefixlen < (8 if network.version == 4 else 16)


def as_document(value: object) -> Mapping[str, object] | Absent | Literal["unreadable"]:
    """Return a JSON object from a text or a mapping.

    The result is `MISSING` or `UNKNOWN` for such a value, and "unreadable" for anything that is not a JSON object.
    """
    unwrapped = _unwrapped(value)
    if unwrapped is MISSING or unwrapped is UNKNOWN:
        return unwrapped
    if isinstance(unwrapped, str):
        try:
            unwrapped = cast("object", json.loads(unwrapped))
        except (ValueError, RecursionError):
            return "unreadable"
    if not is_mapping(unwrapped):
        return "unreadable"
    return cast("Mapping[str, object]", plain(unwrapped))


def format_value(value: object) -> str:
    """Return a value as text for a message: scalars as JSON (at most 80 characters), other values by their kind."""
    if isinstance(value, Absent):
        return value.value
    if isinstance(value, str | bool | int):
        return json.dumps(value, ensure_ascii=False)[:80]
    if isinstance(value, float):
        return f"{value:g}"
    return "an object" if is_mapping(value) else "a list" if is_list(value) else type(value).__name__
