"""Every key that a stack file may have, for the generated reference."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.location import Location
from settings.model import Section, Settings

_ALLOWED: Final[Mapping[str, str]] = {
    "hipaa:network.zones": "a count, or a list of zone names; at least 2, at most the number of zones in the region",
}
"""Allowed values of settings whose type cannot describe them because they depend on other settings."""

_NOT_IN_FILES: Final = frozenset({"warnings"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a stack file, or one section that contains keys."""

    path: str
    """Path in the file; `<name>` stands for a name that the user chooses, `[…]` for an entry of a list."""
    section: bool
    allowed: str
    """The allowed values in words; empty for a section."""
    default: str
    """The default as it would be written in the file; empty for a section and for a required key."""
    meaning: str


def entries() -> Iterator[Entry]:
    """Yield every key in the order of the models; a section comes before its keys, plain keys before sections."""
    plain: list[Entry] = []
    nested: list[Entry] = []
    for entry in _walk(Settings, "", ()):
        (nested if nested or entry.section else plain).append(entry)
    yield Entry("config", section=True, allowed="", default="", meaning="Settings of the stack as a whole.")
    yield from plain
    yield from nested


def _walk(section: type[BaseModel], prefix: str, steps: tuple[str | int, ...]) -> Iterator[Entry]:
    """Yield the keys of a section, then the sections within it."""
    texts = meanings(section)
    nested: list[Iterator[Entry]] = []
    for name, field in section.model_fields.items():
        if name in _NOT_IN_FILES:
            continue
        key = field.alias or name
        path = f"{prefix}.{key}" if prefix else key
        sections, suffix, inner_steps = _sections(field.annotation)
        if not sections:
            yield Entry(
                path,
                section=False,
                allowed=_ALLOWED.get(path) or _allowed((*steps, key)),
                default=_default(field),
                meaning=texts.get(name, ""),
            )
        for inner in sections:
            mode = get_args(inner.model_fields["mode"].annotation) if len(sections) > 1 else ()
            label = f"{path}{suffix}" + (f" (mode: {mode[0]})" if mode else "")
            optional = "Optional. " if field.default is None else ""
            meaning = optional + (inspect.getdoc(inner) or texts.get(name, ""))
            nested.append(iter([Entry(label, section=True, allowed="", default="", meaning=meaning)]))
            nested.append(_walk(inner, f"{path}{suffix}", (*steps, key, *inner_steps, *mode)))
    for part in nested:
        yield from part


def _sections(annotation: Any) -> tuple[list[type[BaseModel]], str, tuple[str | int, ...]]:
    """Return the sections that a type contains, the suffix of their path, and the steps that lead into them."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _sections(inner[0])
    if origin in (Union, UnionType):
        parts = [_sections(item) for item in inner if item is not NoneType]
        return [section for sections, _, _ in parts for section in sections], parts[0][1], parts[0][2]
    if origin is tuple:
        sections, suffix, steps = _sections(inner[0])
        return sections, f"[…]{suffix}", (0, *steps)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        sections, suffix, steps = _sections(inner[-1])
        return sections, f".<name>{suffix}", ("name", *steps)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation], "", ()
    return [], "", ()


def _allowed(steps: tuple[str | int, ...]) -> str:
    allowed = Location.from_steps(steps).allowed()
    if allowed == "a list":
        return f"a list; each entry {_allowed((*steps, 0))}"
    if allowed == "a mapping":
        return f"a mapping; each value {_allowed((*steps, 'name'))}"
    return allowed


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    if field.default_factory is not None:
        return "see meaning"
    default: object = field.default
    if isinstance(default, Enum):
        default = default.value
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return f"`[{', '.join(str(item) for item in cast('tuple[object, ...]', default))}]`"
    if isinstance(default, Mapping):
        return "`{}`"
    return f"`{json.dumps(default) if isinstance(default, bool) else default}`"


def meanings(section: type[BaseModel]) -> dict[str, str]:
    """Return the docstring of each field of a section by its name, including those of its base classes."""
    bases = [base for base in reversed(section.__mro__) if issubclass(base, Section) and base is not Section]
    return {name: text for base in bases for name, text in _docstrings(base).items()}


@cache
def _docstrings(section: type[Section]) -> dict[str, str]:
    """Return the string literals below the fields of a class, which Python itself does not keep."""
    [definition] = ast.parse(inspect.getsource(section)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - the source of a class is a class definition
    docstrings: dict[str, str] = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            docstrings[field.target.id] = " ".join(str(text.value.value).split())
    return docstrings
