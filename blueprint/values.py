"""Values of a record: to and from the SDK's wire format, and typed reading of values of unknown form."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

# The wire format's markers, as the SDK names them.
_SIGNATURE: Final[str] = rpc._special_sig_key  # pyright: ignore[reportPrivateUsage]
_SECRET: Final[str] = rpc._special_secret_sig  # pyright: ignore[reportPrivateUsage]
_RESOURCE: Final[str] = rpc._special_resource_sig  # pyright: ignore[reportPrivateUsage]
_UNKNOWN: Final[str] = rpc.UNKNOWN


class Unknown(enum.Enum):
    """The type of `UNKNOWN`, a value that is only known after a deployment."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the program marked as secret. Its `repr` does not contain the text."""

    value: object

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource passed as a value."""

    urn: str
    id: object


def to_plain(value: struct_pb2.Value) -> object:
    """Return a protobuf value as plain Python; whole numbers come back as `int`."""
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == _UNKNOWN else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [to_plain(item) for item in value.list_value.values]
        case "struct_value":
            return _struct_to_plain(value.struct_value)
        case _:
            return None


def _struct_to_plain(struct: struct_pb2.Struct) -> object:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else None
    if signature == _SECRET:
        return Secret(to_plain(fields["value"]))
    if signature == _RESOURCE:
        return Reference(fields["urn"].string_value, to_plain(fields["id"]) if "id" in fields else UNKNOWN)
    return {key: to_plain(item) for key, item in fields.items()}


def object_to_plain(struct: struct_pb2.Struct) -> dict[str, object]:
    """Return a resource's property bag as plain Python, without absent (null) properties."""
    return {
        key: to_plain(item) for key, item in struct.fields.items() if item.WhichOneof("kind") != "null_value"
    }


def to_struct(properties: Mapping[str, object]) -> struct_pb2.Struct:
    """Return plain properties in the wire format."""
    struct = struct_pb2.Struct()
    wire: dict[str, Any] = {key: _to_wire(value) for key, value in properties.items()}
    struct.update(wire)
    return struct


def without_secrets(value: object) -> object:
    """Return a value as JSON can hold it, with the markers of the wire format; a secret has the marker but no text."""
    return _to_wire(value, hide=True)


def _to_wire(value: object, *, hide: bool = False) -> object:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, **({} if hide else {"value": _to_wire(value.value)})}
    if isinstance(value, Reference):
        return {_SIGNATURE: _RESOURCE, "urn": value.urn, "id": _to_wire(value.id, hide=hide)}
    if isinstance(value, Mapping):
        return {key: _to_wire(item, hide=hide) for key, item in cast(Mapping[str, object], value).items()}
    if isinstance(value, list | tuple):
        return [_to_wire(item, hide=hide) for item in cast(Sequence[object], value)]
    return value


# Typed reading: each function returns an empty value for anything of another form. Secrets are unwrapped.


def plain(value: object) -> object:
    """Return a value without its marking as a secret."""
    return value.value if isinstance(value, Secret) else value


def text(value: object) -> str:
    """Return a text, or an empty one."""
    value = plain(value)
    return value if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """Return a whole number, or None."""
    value = plain(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(value: object) -> Mapping[str, object]:
    """Return a mapping, or an empty one."""
    value = plain(value)
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[object]:
    """Return the items of a list, or none."""
    value = plain(value)
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()


def texts(value: object) -> list[str]:
    """Return the texts in a list; other items are left out."""
    return [item for item in items(value) if isinstance(item, str)]


def blocks(value: object) -> list[Mapping[str, object]]:
    """Return the mappings in a list; other items are left out."""
    return [cast("Mapping[str, object]", item) for item in items(value) if isinstance(item, Mapping)]
