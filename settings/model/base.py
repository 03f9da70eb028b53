"""The base class of every section, the types of lists and mappings, and a walk over nested sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from settings import types as t
from settings.values import freeze

T = TypeVar("T")

ListOf = Annotated[tuple[T, ...], Strict(False)]
"""A list, which may be empty."""
NonEmptyListOf = Annotated[tuple[T, ...], Strict(False), Field(min_length=1)]
"""A list with at least one entry."""
ByName = Annotated[Mapping[t.Slug, T], AfterValidator(freeze)]
"""A mapping whose keys are names that the user chooses."""
ByPath = Annotated[Mapping[t.Directory, T], AfterValidator(freeze)]
"""A mapping whose keys are paths of directories."""
ByVariable = Annotated[Mapping[t.Variable, T], AfterValidator(freeze)]
"""A mapping whose keys are names of environment variables."""

LockMode: TypeAlias = Literal["none", "governance", "compliance"]
"""Mode of a lock on stored data. No user can shorten or remove a lock in compliance mode."""


class Section(BaseModel):
    """A section of the settings: frozen, with strict types, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def nodes(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value within a section with its path in the stack file; outer values come first."""
    if path:
        yield path, value
    for key, item in children(value):
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
        yield from nodes(item, path + step)


def plain(value: object) -> object:
    """Return a section as mappings, lists and scalars, with the keys of the stack file and without absent values."""
    if isinstance(value, tuple):
        return [plain(item) for _, item in children(cast("tuple[object, ...]", value))]
    if isinstance(value, BaseModel | Mapping):
        items = children(cast("BaseModel | Mapping[str, object]", value))
        return {key: plain(item) for key, item in items if item is not None}
    return value if isinstance(value, bool | int | float) else str(value)


def children(value: object) -> Iterator[tuple[str | int, object]]:
    """Yield the direct contents of a section, mapping or tuple, with their keys in the stack file."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield field.alias or name, getattr(value, name)
    elif isinstance(value, Mapping):
        yield from cast("Mapping[str, object]", value).items()
    elif isinstance(value, tuple):
        yield from enumerate(cast("tuple[object, ...]", value))
