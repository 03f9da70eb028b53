"""Every key that a stack file may have, for the generated reference."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings import model
from settings.reader import Place

# Settings whose form depends on other values, which their type cannot tell.
_ALLOWED: Final[Mapping[str, str]] = {
    "hipaa:network.zones": "a count, or a list of zone names; at least 2, at most what the region has",
}
_NOT_IN_FILES: Final = frozenset({"warnings"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One key, or one section that holds keys."""

    path: str
    """Where it stands in the file; `<name>` and `[…]` stand for the entries of a mapping or a list."""
    section: bool
    allowed: str
    default: str
    """As it would be written; empty where the key is required or, for a section, where leaving it out is an option."""
    meaning: str


def entries() -> Iterator[Entry]:
    """Yield every key in the order of the models, each section before its keys."""
    meanings = _meanings()
    plain: list[Entry] = []
    nested: list[Entry] = []
    for found in _walk(model.Settings, "", (), meanings):
        (nested if nested or found.section else plain).append(found)
    yield Entry("config", section=True, allowed="", default="", meaning="The stack as a whole.")
    yield from plain
    yield from nested


def _walk(
    section: type[BaseModel],
    prefix: str,
    steps: tuple[str | int, ...],
    meanings: Mapping[tuple[str, str], str],
) -> Iterator[Entry]:
    """Yield a section's own keys first, then what its keys hold."""
    deeper: list[Iterator[Entry]] = []
    for name, field in section.model_fields.items():
        if name in _NOT_IN_FILES:
            continue
        key = field.alias or name
        path = f"{prefix}.{key}" if prefix else key
        inner, suffix, below = _held(field.annotation)
        meaning = meanings.get((section.__name__, name), "")
        if not inner:
            allowed = _ALLOWED.get(path) or _allowed((*steps, key))
            yield Entry(path, section=False, allowed=allowed, default=_default(field), meaning=meaning)
            continue
        for variant in inner:
            mode = next(iter(get_args(variant.model_fields["mode"].annotation)), "") if len(inner) > 1 else ""
            label = f"{path}{suffix}" + (f" (mode: {mode})" if mode else "")
            about = _note(key, field) + (inspect.getdoc(variant) or meaning)
            deeper.append(iter([Entry(label, section=True, allowed="", default="", meaning=about)]))
            deeper.append(
                _walk(variant, f"{path}{suffix}", (*steps, key, *below, *([mode] if mode else [])), meanings)
            )
    for found in deeper:
        yield from found


def _held(annotation: Any) -> tuple[list[type[BaseModel]], str, tuple[str | int, ...]]:
    """Return the sections that a type holds, how their place is written, and the steps into it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _held(inner[0])
    if origin in (Union, UnionType):
        found = [item for item in inner if item is not NoneType]
        held = [_held(item) for item in found]
        sections = [section for part, _, _ in held for section in part]
        return sections, held[0][1], held[0][2]
    if origin is tuple:
        sections, suffix, below = _held(inner[0])
        return sections, f"[…]{suffix}", (0, *below)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        sections, suffix, below = _held(inner[-1])
        return sections, f".<name>{suffix}", ("name", *below)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation], "", ()
    return [], "", ()


def _allowed(steps: tuple[str | int, ...]) -> str:
    allowed = Place.of(steps).allowed()
    return f"a list; each entry {Place.of((*steps, 0)).allowed()}" if allowed == "a list" else allowed


def _note(key: str, field: FieldInfo) -> str:
    return "Optional. " if field.default is None else ""


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
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _meanings() -> dict[tuple[str, str], str]:
    """Return the docstring under each field, which Python itself does not keep."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(inspect.getsource(model)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, text in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
            ):
                found[node.name, field.target.id] = " ".join(str(text.value.value).split())
    return found
