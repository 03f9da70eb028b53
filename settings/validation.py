"""Validation of single values: runs the model and turns pydantic's errors into mistakes in plain words."""

from __future__ import annotations

import copy
from typing import Any, cast, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from facts.regions import ZONES
from settings.errors import Mistake, did_you_mean, nearest
from settings.location import Location, keys, modes
from settings.model import Settings
from settings.showing import MISSING
from settings.values import REFUSED

_MOST_PASSES = 12

_PLACEHOLDERS: dict[str, object] = {
    "aws:region": "us-east-1",
    "hipaa:environment": "unknown",
    "hipaa:account": "000000000000",
    "aws:allowedAccountIds": ["000000000000"],
}
"""Values that replace required keys that were refused, so that the rules can check the rest."""


def validate(document: dict[str, object]) -> tuple[Settings | None, list[Mistake]]:
    """Return the mistakes in single values, and the settings without the values that were refused.

    The first pass finds every mistake. Each further pass leaves out what the previous one refused.
    """
    rest = copy.deepcopy(document)
    region = rest.get("aws:region")
    context = {"region": region if isinstance(region, str) and region in ZONES else None}
    mistakes: list[Mistake] = []
    for attempt in range(_MOST_PASSES):
        try:
            return Settings.model_validate(rest, context=context), mistakes
        except ValidationError as error:
            # A list whose only entry is refused counts as empty too; one mistake must not be reported twice.
            details = [
                d for d in error.errors(include_url=False) if not (d["type"] == "too_short" and d["input"])
            ]
            if attempt == 0:
                mistakes = _without_duplicates([_mistake(detail) for detail in details])
            for detail in details:
                _remove(rest, Location.from_steps(detail["loc"]).steps, missing=detail["type"] == "missing")
    return None, mistakes


def _without_duplicates(mistakes: list[Mistake]) -> list[Mistake]:
    """Drop repeated reports of a path, and missing keys for which a misspelt key beside them is reported."""
    misspelt = {path for mistake in mistakes for path in mistake.related_paths}
    by_path = {
        mistake.path: mistake
        for mistake in mistakes
        if mistake.value is not MISSING or mistake.path not in misspelt
    }
    return list(by_path.values())


def _remove(document: dict[str, object], steps: list[str | int], *, missing: bool) -> None:
    """Remove a refused value; if it is missing or in a list, remove the section or list that contains it."""
    steps = steps[:-1] if missing and len(steps) > 1 else steps
    while any(isinstance(step, int) for step in steps):
        steps = steps[:-1]
    holder: Any = document
    for step in steps[:-1]:
        holder = cast("dict[str | int, object]", holder).get(step) if isinstance(holder, dict) else None
    if isinstance(holder, dict):
        holder = cast("dict[str | int, object]", holder)
        holder.pop(steps[-1], None)
        if holder is document and steps[0] in _PLACEHOLDERS:
            document[str(steps[0])] = copy.deepcopy(_PLACEHOLDERS[str(steps[0])])


def _mistake(detail: ErrorDetails) -> Mistake:
    """Turn one of pydantic's errors into a mistake."""
    location, value = Location.from_steps(detail["loc"]), cast(object, detail["input"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case kind if kind == REFUSED:
            return Mistake(location.path, value, context["allowed"], context["hint"])
        case "extra_forbidden" | "invalid_key":
            return _unknown_key(location, value)
        case "union_tag_invalid" | "union_tag_not_found":
            choices = modes(location.expected)
            mode = cast("dict[str, object]", value).get("mode", MISSING)
            hint = did_you_mean(nearest(str(mode), choices))
            return Mistake(f"{location.path}.mode", mode, f"one of {', '.join(choices)}", hint)
        case "missing":
            return Mistake(location.path, MISSING, location.allowed())
        case "too_short":
            return Mistake(location.path, value, "a list with at least one entry")
        case _:
            return Mistake(location.path, value, location.allowed(), _hint(location, value))


def _unknown_key(location: Location, value: object) -> Mistake:
    section_keys = keys(location.section)
    key = str(location.steps[-1])
    near = nearest(key, section_keys)
    parent = location.path[: len(location.path) - len(key)]
    return Mistake(
        location.path,
        value,
        f"one of the keys {', '.join(section_keys)}",
        did_you_mean(near),
        related_paths=(parent + near,) if near else (),
    )


def _hint(location: Location, value: object) -> str:
    """Return how to correct a value of the wrong type."""
    if get_origin(location.expected) is tuple and isinstance(value, str | int):
        return f'write it as a list: ["{value}"]'
    if not isinstance(value, str):
        return ""
    if location.expected is bool:
        words = {"yes": "true", "on": "true", "no": "false", "off": "false"}
        if value.lower() in words:
            return f"write {words[value.lower()]}"
        return f"write it without quotes: {value.lower()}" if value.lower() in ("true", "false") else ""
    return did_you_mean(nearest(value, location.choices()))
