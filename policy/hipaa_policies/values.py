"""Property values in three states: a value, missing, or not known before deployment.

The rules read plain Python data and the policy SDK's proxies alike. The proxies are recognised by what they do, not
by import: they raise an error that carries `unknown_type_sentinel`, they are neither `dict` nor `list`, their numbers
are floats, and `in` raises where the value is unknown.
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
"""The property is set, to something that only the deployment decides."""

# What pulumi_policy and the engine write in place of a value that is unknown at preview.
_WIRE_UNKNOWNS: Final = frozenset({
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
})  # fmt: skip


def peek(props: object, *path: str | int) -> object:
    """Return the value at a path of keys and list positions, `MISSING` or `UNKNOWN`.

    An unknown anywhere on the way makes the value unknown; a path through a scalar is missing. Secrets are opened.
    """
    value = _settle(props)
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
        return _settle(keyed)
    if not is_list(container) or not -len(container) <= step < len(container):
        return MISSING
    return _settle(container[step] if isinstance(container, list | tuple) else _guarded(container, step))


def _guarded(container: Mapping[str, object] | Sequence[object], step: str | int) -> object:
    """Read one element of a proxy, which raises where the element is unknown."""
    try:
        return cast("Mapping[str | int, object]", container)[step]
    except KeyError:
        return MISSING
    except Exception as error:
        if hasattr(error, "unknown_type_sentinel"):
            return UNKNOWN
        raise


def _settle(value: object) -> object:
    """Open secrets and give every spelling of missing and unknown its sentinel."""
    while type(value).__name__ == "Secret" and hasattr(value, "value"):
        value = cast("object", value.value)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    if value is None:
        return MISSING
    if isinstance(value, str) and value in _WIRE_UNKNOWNS:
        return UNKNOWN
    return value


def is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    """Tell whether a value has named fields (a dict or the SDK's proxy for one)."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Tell whether a value is a list, a tuple or the SDK's proxy for one."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def items(props: object, *path: str | int) -> Iterator[object]:
    """Yield the elements of the list at a path; a lone value counts as a list of one, missing and unknown as none."""
    value = peek(props, *path)
    if is_list(value):
        for position in range(len(value)):
            yield _child(value, position)
    elif value is not MISSING and value is not UNKNOWN:
        yield value


def texts(props: object, *path: str | int) -> set[object]:
    """Return the elements of the list at a path that are text, and `UNKNOWN` where it may hold others; the rest is left out."""
    if peek(props, *path) is UNKNOWN:
        return {UNKNOWN}
    return {item for item in items(props, *path) if isinstance(item, str) or item is UNKNOWN}


def plain(value: object) -> object:
    """Return a value as dicts, lists and scalars, with `UNKNOWN` for unknowns, without nulls and secrets' wrappers."""
    settled = _settle(value)
    if is_mapping(settled):
        found = {str(key): plain(_child(settled, key)) for key in settled}
        return {key: item for key, item in found.items() if item is not MISSING}
    if is_list(settled):
        return [plain(_child(settled, position)) for position in range(len(settled))]
    return settled


def holds_unknown(value: object) -> bool:
    """Tell whether plain data is unknown or has an unknown anywhere in it."""
    if is_mapping(value):
        return any(holds_unknown(item) for item in value.values())
    return any(map(holds_unknown, value)) if is_list(value) else value is UNKNOWN


def to_int(value: object) -> int | None:
    """Return a whole number given as int, float or digits; None for anything else."""
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
    """Tell whether a value is missing or an empty text, which a provider treats alike."""
    return value is MISSING or value == ""


def is_true(value: object) -> bool:
    """Tell whether a value is true; launch templates spell it as the string "true"."""
    return value is True or value == "true"


def is_false(value: object) -> bool:
    """Tell whether a value is false; launch templates spell it as the string "false"."""
    return value is False or value == "false"


def reaches_the_world(value: object) -> bool:
    """Tell whether a CIDR block is the Internet or so large a part of it that it names nobody.

    Halves and quarters count, because two of them spell the whole.
    """
    try:
        network = ip_network(str(value), strict=False)
    except ValueError:
        return False
    return network.prefixlen < (8 if network.version == 4 else 16)


def as_document(value: object) -> Mapping[str, object] | Absent | Literal["unreadable"]:
    """Return a JSON document given as text or as a mapping.

    Missing and unknown pass through; text that is not a JSON object is "unreadable".
    """
    settled = _settle(value)
    if settled is MISSING or settled is UNKNOWN:
        return settled
    if isinstance(settled, str):
        try:
            settled = cast("object", json.loads(settled))
        except (ValueError, RecursionError):
            return "unreadable"
    if not is_mapping(settled):
        return "unreadable"
    return cast("Mapping[str, object]", plain(settled))


def shown(value: object) -> str:
    """Return a value for a sentence: JSON for scalars, words for everything else."""
    if isinstance(value, Absent):
        return value.value
    if isinstance(value, str | bool | int):
        return json.dumps(value, ensure_ascii=False)[:80]
    if isinstance(value, float):
        return f"{value:g}"
    return "an object" if is_mapping(value) else "a list" if is_list(value) else type(value).__name__
