"""From the raw configuration of a stack to `Settings`, or to one error that holds every mistake."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from itertools import chain
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import pulumi
from pulumi.runtime import config as store
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from settings import cache_rules, connect_rules, rules
from settings.errors import Problem, SettingsError, hidden, nearest, show
from settings.model import Settings
from settings.regions import ZONES
from settings.rules import Finding
from settings.types import REFUSED, Reads

_FIELDS = {field.alias: field for field in Settings.model_fields.values() if field.alias}
_MISSING = object()

# Stand in for required keys that are refused, so that the rest can still be checked against each other.
_STAND_INS: dict[str, object] = {
    "aws:region": "us-east-1",
    "hipaa:environment": "unknown",
    "hipaa:account": "000000000000",
    "hipaa:network": {"cidr": "10.0.0.0/16"},
    "hipaa:audit": {},
}


def parse(config: Mapping[str, object], *, file: str, secrets: Collection[str] = ()) -> Settings:
    """Check the configuration of a stack.

    Args:
        config: The keys and values under `config:` of the stack file. Of other namespaces than `hipaa:`, only
            `aws:region`, `aws:allowedAccountIds` and `aws:defaultTags` are looked at.
        file: Name of the stack file, for messages.
        secrets: Keys whose values must not be shown.

    Raises:
        SettingsError: Something is not allowed; the error holds all of it.
    """
    document = {key: value for key, value in config.items() if key.startswith("hipaa:") or key in _FIELDS}
    settings, findings = _validate(document)
    findings.extend(_misspelt(config))
    if settings:
        refused = {path for finding in findings for path in (finding.path, *finding.also)}
        for finding in chain(
            rules.check(settings), connect_rules.check(settings), cache_rules.check(settings)
        ):
            if not any(_related(path, other) for path in (finding.path, *finding.also) for other in refused):
                findings.append(finding)
    if findings or not settings:
        order = {key: position for position, key in enumerate(document)}
        findings.sort(key=lambda finding: order.get(_top(finding.path), -1))
        raise SettingsError(_problem(finding, file, secrets) for finding in findings)
    warnings = (*rules.warnings(settings), *connect_rules.warnings(settings), *cache_rules.warnings(settings))
    return settings.model_copy(update={"warnings": warnings})


def _misspelt(config: Mapping[str, object]) -> Iterator[Finding]:
    """Yield keys of no namespace that is in use here, but almost of this project's: they would be lost in silence."""
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if namespace not in ("aws", "hipaa", "pulumi") and nearest(namespace, ["hipaa"]):
            yield Finding(key, value, "a key of the namespace hipaa", f"did you mean hipaa:{name}?")


def load() -> Settings:
    """Read and check the configuration of the running stack; nothing else reads Pulumi's configuration.

    Raises:
        SettingsError: Something is not allowed; the error holds all of it.
    """
    keys = {**store.get_config_env(), **store.CONFIG.get()}.keys() | _FIELDS.keys()
    found = {key: store.get_config(key) for key in sorted(keys)}
    config = {key: _decode(key, value) for key, value in found.items() if value is not None}
    secrets = [key for key in config if store.is_config_secret(key)] + store.get_config_secret_keys_env()
    return parse(config, file=f"Pulumi.{pulumi.get_stack()}.yaml", secrets=secrets)


def _decode(key: str, value: object) -> object:
    """Undo what Pulumi does to values on their way to the program: all of them arrive as strings."""
    field = _FIELDS.get(key)
    if field is None or not isinstance(value, str) or field.annotation is str:
        return value
    if field.annotation is bool:
        return {"true": True, "false": False}.get(value, value)
    with contextlib.suppress(ValueError):
        return json.loads(value)
    return value


def _validate(document: dict[str, object]) -> tuple[Settings | None, list[Finding]]:
    """Return what is wrong with single values, and the settings without what is wrong."""
    rest = copy.deepcopy(document)
    region = rest.get("aws:region")
    context = {"region": region if isinstance(region, str) and region in ZONES else None}
    findings: list[Finding] = []
    # The first pass finds every mistake. Each further one does without what the one before refused.
    for attempt in range(12):
        try:
            return Settings.model_validate(rest, context=context), findings
        except ValidationError as error:
            # A list whose only entry is refused counts as empty, which would be one mistake told twice.
            details = [
                d for d in error.errors(include_url=False) if not (d["type"] == "too_short" and d["input"])
            ]
            if attempt == 0:
                findings = _without_echoes([_finding(detail) for detail in details])
            for detail in details:
                _remove(rest, Place.of(detail["loc"]).steps, missing=detail["type"] == "missing")
    return None, findings


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Drop "missing" where a misspelt key beside it is reported already, and repeated reports of one path."""
    meant = {path for finding in findings for path in finding.also}
    kept = {
        finding.path: finding
        for finding in findings
        if finding.value is not _MISSING or finding.path not in meant
    }
    return list(kept.values())


def _remove(document: dict[str, object], steps: list[str | int], *, missing: bool) -> None:
    """Take a refused value away; where that can't be, because it is missing or in a list, what holds it."""
    steps = steps[:-1] if missing and len(steps) > 1 else steps
    while any(isinstance(step, int) for step in steps):
        steps = steps[:-1]
    holder: Any = document
    for step in steps[:-1]:
        holder = cast("dict[str | int, object]", holder).get(step) if isinstance(holder, dict) else None
    if isinstance(holder, dict):
        holder = cast("dict[str | int, object]", holder)
        holder.pop(steps[-1], None)
        if holder is document and steps[0] in _STAND_INS:
            document[str(steps[0])] = copy.deepcopy(_STAND_INS[str(steps[0])])


class Place:
    """Where an error is: its path as a user writes it, and what the model wants there."""

    @classmethod
    def of(cls, steps: tuple[str | int, ...]) -> Place:
        """Return the place that these steps lead to."""
        place = cls()
        for step in steps:
            if step != "[key]":
                place.enter(step)
        return place

    def __init__(self) -> None:
        self.path = ""
        self.steps: list[str | int] = []
        self.wanted: Any = Settings
        self.reads: Reads | None = None
        self.parent: type[BaseModel] = Settings

    def enter(self, step: str | int) -> None:
        """Go one step down, if `step` isn't just the name of a variant, which no file has."""
        wanted = self.wanted
        if get_origin(wanted) in (Union, UnionType):
            variants: tuple[type[BaseModel], ...] = get_args(wanted)
            self.wanted = next(v for v in variants if step in get_args(v.model_fields["mode"].annotation))
            return
        self.path += f"[{step}]" if get_origin(wanted) is tuple else f".{step}" if self.path else str(step)
        self.steps.append(step)
        if isinstance(wanted, type) and issubclass(wanted, BaseModel):
            self.parent = wanted
            field = _keys(wanted).get(str(step))
            self._want(field.annotation if field else None, field.metadata if field else ())
        else:
            inner = get_args(wanted)
            self._want(inner[0 if get_origin(wanted) is tuple else -1] if inner else None, ())

    def _want(self, annotation: Any, metadata: Collection[object]) -> None:
        self.reads = next((item for item in metadata if isinstance(item, Reads)), None)
        if get_origin(annotation) is Annotated:
            inner, *more = get_args(annotation)
            self._want(inner, [*metadata, *more])
        elif get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
            inner = [item for item in get_args(annotation) if item is not NoneType]
            self._want(inner[0], metadata)
        else:
            self.wanted = annotation

    def allowed(self) -> str:
        """Say in words what the model wants."""
        wanted, origin = self.wanted, get_origin(self.wanted)
        if self.reads:
            return self.reads.allowed
        if choices := self.choices():
            return f"one of {', '.join(choices)}"
        if wanted is bool:
            return "true or false"
        if origin is tuple:
            return "a list"
        if origin in (Union, UnionType):
            return f"a mapping with mode: {', '.join(_modes(wanted))}"
        if isinstance(wanted, type) and issubclass(wanted, BaseModel):
            return f"a mapping with the keys {', '.join(_keys(wanted))}"
        return "a mapping of names to settings" if origin else "text in quotes"

    def choices(self) -> list[str]:
        """Return the values of a closed list, or none."""
        if get_origin(self.wanted) is Literal:
            return [str(choice) for choice in get_args(self.wanted)]
        is_enum = isinstance(self.wanted, type) and issubclass(self.wanted, Enum)
        return [str(member.value) for member in cast("type[Enum]", self.wanted)] if is_enum else []


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    fields = _FIELDS if model is Settings else model.model_fields
    return {str(key): field for key, field in fields.items()}


def _modes(union: Any) -> list[str]:
    return [
        choice for variant in get_args(union) for choice in get_args(variant.model_fields["mode"].annotation)
    ]


def _finding(detail: ErrorDetails) -> Finding:
    """Say in our own words what pydantic found."""
    place, value, context = Place.of(detail["loc"]), cast(object, detail["input"]), detail.get("ctx", {})
    match detail["type"]:
        case kind if kind == REFUSED:
            return Finding(place.path, value, context["allowed"], context["hint"])
        case "extra_forbidden" | "invalid_key":
            keys = _keys(place.parent)
            near = nearest(str(place.steps[-1]), keys)
            beside = place.path[: len(place.path) - len(str(place.steps[-1]))]
            allowed = f"one of the keys {', '.join(keys)}"
            return Finding(
                place.path,
                value,
                allowed,
                f"did you mean {near}?" if near else "",
                (beside + near,) * bool(near),
            )
        case "union_tag_invalid" | "union_tag_not_found":
            modes = _modes(place.wanted)
            mode = cast("dict[str, object]", value).get("mode", _MISSING)
            near = nearest(str(mode), modes)
            return Finding(
                f"{place.path}.mode",
                mode,
                f"one of {', '.join(modes)}",
                f"did you mean {near}?" if near else "",
            )
        case "missing":
            return Finding(place.path, _MISSING, place.allowed())
        case "too_short":
            return Finding(place.path, value, "a list with at least one entry")
        case _:
            return Finding(place.path, value, place.allowed(), _hint(place, value))


def _hint(place: Place, value: object) -> str:
    if not isinstance(value, str):
        return ""
    if get_origin(place.wanted) is tuple:
        return f"write it as a list: [{value}]"
    if place.wanted is bool:
        near = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(value.lower(), value.lower())
        return f"write it without quotes: {near}" if near in ("true", "false") else ""
    near = nearest(value, place.choices())
    return f"did you mean {near}?" if near else ""


def _problem(finding: Finding, file: str, secrets: Collection[str]) -> Problem:
    conceal = hidden(finding.path) or _top(finding.path) in secrets
    value = "(missing)" if finding.value is _MISSING else show(finding.value, conceal=conceal)
    hint = "" if conceal else finding.hint  # a hint may repeat the value
    return Problem(file=file, path=finding.path, value=value, allowed=finding.allowed, hint=hint)


def _top(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]


def _related(path: str, other: str) -> bool:
    """Say whether one path is the other or lies within it."""
    short, long = sorted((path, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")
