"""Where a value is in a stack file, and which values the model accepts there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.model import Settings
from settings.values import ValueReader

FIELDS: Final[Mapping[str, FieldInfo]] = {
    field.alias: field for field in Settings.model_fields.values() if field.alias
}
"""The fields of `Settings` by their key in the stack file."""


def keys(section: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return the fields of a section by their key in the stack file."""
    return FIELDS if section is Settings else section.model_fields


def modes(union: Any) -> list[str]:
    """Return the values of `mode` that select one of several sections."""
    return [
        str(mode) for variant in get_args(union) for mode in get_args(variant.model_fields["mode"].annotation)
    ]


class Location:
    """A location in a stack file: its path as a user writes it, and the type that the model expects there."""

    @classmethod
    def from_steps(cls, steps: tuple[str | int, ...]) -> Location:
        """Return the location at the end of these steps, which are keys, indexes and pydantic's names of variants."""
        location = cls()
        for step in steps:
            if step != "[key]":
                location.enter(step)
        return location

    def __init__(self) -> None:
        self.path = ""
        self.steps: list[str | int] = []
        self.expected: Any = Settings
        """Type of the value, without annotations and None."""
        self.reader: ValueReader | None = None
        """Reader of the value, if its type has one."""
        self.section: type[BaseModel] = Settings
        """The innermost section that contains the value."""

    def enter(self, step: str | int) -> None:
        """Move one step down. The name of a variant changes the expected type but not the path."""
        expected = self.expected
        if get_origin(expected) in (Union, UnionType):
            variants: tuple[type[BaseModel], ...] = get_args(expected)
            self.expected = next(v for v in variants if step in get_args(v.model_fields["mode"].annotation))
            return
        in_list = get_origin(expected) is tuple
        self.path += f"[{step}]" if in_list else f".{step}" if self.path else str(step)
        self.steps.append(step)
        if isinstance(expected, type) and issubclass(expected, BaseModel):
            self.section = expected
            field = keys(expected).get(str(step))
            self._expect(field.annotation if field else None, field.metadata if field else ())
        else:
            inner = get_args(expected)
            self._expect(inner[0 if in_list else -1] if inner else None, ())

    def _expect(self, annotation: Any, metadata: Collection[object]) -> None:
        self.reader = next((item for item in metadata if isinstance(item, ValueReader)), None)
        if get_origin(annotation) is Annotated:
            inner, *more = get_args(annotation)
            self._expect(inner, [*metadata, *more])
        elif get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
            inner = [item for item in get_args(annotation) if item is not NoneType]
            self._expect(inner[0], metadata)
        else:
            self.expected = annotation

    def allowed(self) -> str:
        """Return the allowed values in words."""
        expected, origin = self.expected, get_origin(self.expected)
        if self.reader:
            return self.reader.allowed
        if choices := self.choices():
            return f"one of {', '.join(choices)}"
        if expected is bool:
            return "true or false"
        if origin is tuple:
            return "a list"
        if origin in (Union, UnionType):
            return f"a mapping with mode: {', '.join(modes(expected))}"
        if isinstance(expected, type) and issubclass(expected, BaseModel):
            return f"a mapping with the keys {', '.join(keys(expected))}"
        return "a mapping" if origin else "text in quotes"

    def choices(self) -> list[str]:
        """Return the allowed values of an enumeration, or an empty list for other types."""
        if get_origin(self.expected) is Literal:
            return [str(choice) for choice in get_args(self.expected)]
        is_enum = isinstance(self.expected, type) and issubclass(self.expected, Enum)
        return [str(member.value) for member in cast("type[Enum]", self.expected)] if is_enum else []
