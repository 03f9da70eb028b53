"""How a single value is read and refused: the building blocks of `settings.types`.

A refusal is a pydantic error that says in words what is allowed. No value is converted: `"3"` is not a number, and an
account id without quotes is a number and not an id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from settings.errors import did_you_mean, nearest

V = TypeVar("V", covariant=True)

_EXAMPLE = re.compile(r"(?:such as|or) ([^\s,]+(?: \d[^)]*\))?)")
"""A value after `such as` or `or` in the description of what is allowed."""

REFUSED = "setting_refused"
"""Type of the pydantic errors that `refusal` returns; their context holds `allowed` and `hint`."""


def refusal(allowed: str, hint: str = "") -> PydanticCustomError:
    """Return the error that a validator raises: what is allowed, and how to correct the value."""
    return PydanticCustomError(REFUSED, "refused", {"allowed": allowed, "hint": hint})


class FrozenMap(Mapping[str, V]):
    """An immutable mapping that, unlike `MappingProxyType`, can be hashed, copied and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def freeze(items: Mapping[str, V]) -> FrozenMap[V]:
    """Return an immutable copy of a mapping."""
    return FrozenMap(items)


@dataclass(frozen=True)
class ValueReader:
    """Annotation of a type: turns the raw value into a typed one, or refuses it."""

    allowed: str
    """The allowed values, in words."""
    read: Callable[[object], object]
    """Returns the typed value; raises a `ValueError` whose text is a hint, or empty."""
    schema: Mapping[str, object] = field(compare=False)
    """JSON Schema of the values; it may allow more than `read`."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Replace pydantic's own validation, whose messages address programmers."""
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON Schema, with the examples in `allowed`."""
        examples = [example for example in _EXAMPLE.findall(self.allowed) if self._accepts(example)]
        return {**self.schema, **({"examples": examples} if examples else {})}

    def _accepts(self, raw: object) -> bool:
        try:
            self.read(raw)
        except ValueError:
            return False
        return True

    def _validate(self, raw: object) -> object:
        try:
            return self.read(raw)
        except ValueError as error:
            raise refusal(self.allowed, str(error)) from None


def is_number(raw: object) -> TypeGuard[int | float]:
    """Return whether a raw value is a number; YAML's true and false are not, although Python counts them as integers."""
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def whole_number(low: int, high: int, unit: str = "") -> ValueReader:
    """Return a reader of whole numbers from `low` to `high`, both included."""

    def read(raw: object) -> int:
        if isinstance(raw, str) and raw.strip().isdecimal():
            raise ValueError(f"write it without quotes: {raw.strip()}")
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise ValueError("")
        if not low <= raw <= high:
            raise ValueError(f"the nearest is {min(max(raw, low), high)}")
        return raw

    return ValueReader(
        f"a whole number {f'of {unit} ' if unit else ''}from {low} to {high}",
        read,
        {"type": "integer", "minimum": low, "maximum": high},
    )


def one_of_numbers(choices: tuple[int, ...], allowed: str) -> ValueReader:
    """Return a reader of whole numbers out of a list in ascending order."""

    def read(raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise ValueError("")
        if raw > choices[-1]:
            raise ValueError(f"the highest is {choices[-1]}")
        if raw not in choices:
            raise ValueError(f"the next higher is {next(choice for choice in choices if choice > raw)}")
        return raw

    return ValueReader(allowed, read, {"enum": [*choices]})


def _in_quotes(raw: float) -> str:
    """Return the hint on text that YAML has read as a number or as true or false."""
    # The loader of stack files keeps the text of a number. A program has only the number.
    written, number = str(raw), json.dumps(raw)
    if type(raw) is float:
        return f'put it in quotes as it is in the file, such as "{number}" or "{number}0": they are the same number in YAML'
    hint = f'put it in quotes: "{number if isinstance(raw, bool) else written}"'
    return (
        hint
        if isinstance(raw, bool) or written == number
        else f"{hint}; without them, YAML reads the number {number}"
    )


def text(allowed: str, pattern: str, schema: Mapping[str, object] | None = None) -> ValueReader:
    """Return a reader of strings that match `pattern` as a whole. The schema must be given if JavaScript lacks the pattern."""
    compiled = re.compile(pattern)

    def read(raw: object) -> str:
        if is_number(raw) or isinstance(raw, bool):
            raise ValueError(_in_quotes(raw))
        if not isinstance(raw, str):
            raise ValueError("")
        if not compiled.fullmatch(raw):
            corrected = raw.strip().lower()
            matches = corrected != raw and compiled.fullmatch(corrected)
            raise ValueError(did_you_mean(corrected) if matches else "")
        return raw

    return ValueReader(allowed, read, schema or {"type": "string", "pattern": f"^({pattern})$"})


def one_of(choices: tuple[str, ...], allowed: str) -> ValueReader:
    """Return a reader of strings out of a list that is too long for a message."""

    def read(raw: object) -> str:
        if isinstance(raw, str) and raw in choices:
            return raw
        raise ValueError(did_you_mean(nearest(raw, choices)) if isinstance(raw, str) else "")

    return ValueReader(allowed, read, {"enum": [*choices]})
