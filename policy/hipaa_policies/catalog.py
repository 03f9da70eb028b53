"""The catalog: the declarations of all controls.

A rule module declares a control with `@control(...)` if one resource decides it: Pulumi then judges each resource before
it creates the resource. It uses `@stack_control(...)` if relations between resources decide: Pulumi then judges all
resources together. A check is a pure generator of messages that state what is required and what the value is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, NotRequired, Required, TypedDict, Unpack, cast, get_args

from hipaa_policies.model import Graph, JudgedResource, Severity
from hipaa_policies.values import is_list, to_int

Pack = Literal["encryption", "retention", "isolation", "baseline"]
PACKS: Final[tuple[Pack, ...]] = get_args(Pack)
Unknown = Literal["present", "defer", "fail"]
"""The verdict on a value that is not known before deployment: it passes, it is deferred (advisory), or it violates."""
Level = Literal["mandatory", "advisory"]

Config = Mapping[str, Any]
"""The settings of a control, validated against their schema and complete with defaults."""

LEVEL_KEY: Final = "enforcementLevel"
"""The key of the enforcement level, `mandatory` or `advisory`, among the settings of a control."""


class Deferred(str):
    """A message about a value that is not known before deployment and is judged then."""

    __slots__ = ()


class NotApplicable(str):
    """A message that states why a control does not apply to a resource."""

    __slots__ = ()


ResourceCheck = Callable[[JudgedResource, Config], Iterator[str]]
StackCheck = Callable[[Graph, Config], Iterator[tuple[JudgedResource, str]]]


class ConfigError(ValueError):
    """The policy configuration names an unknown control or setting, or holds a value that is not allowed."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(
            "The policy configuration has faults:\n" + "\n".join(f"- {item}" for item in problems)
        )


class ControlFields(TypedDict):
    """The fields of a declaration; `Control` has the same fields."""

    id: Required[str]
    """Names the compliant state, e.g. `kms-key-rotates-yearly`."""
    title: Required[str]
    description: Required[str]
    """The requirement in one line."""
    citations: Required[tuple[str, ...]]
    """Sections of 45 CFR that the control maps to, the main one first."""
    severity: Required[Severity]
    pack: Required[Pack]
    remediation: Required[str]
    types: Required[Mapping[str, tuple[str, ...]]]
    """Judged types, each with the properties that the control reads; a type that ends in `*` is a prefix."""
    reads: NotRequired[Mapping[str, tuple[str, ...]]]
    """Other types that the control reads, each with the properties; they receive no verdict."""
    sources: NotRequired[tuple[str, ...]]
    """The same check elsewhere, e.g. `cdk-nag:VPCFlowLogsEnabled`, `aws-config:VPC_FLOW_LOGS_ENABLED`, `CKV2_AWS_11`."""
    unknown: NotRequired[Unknown]
    level: NotRequired[Level]
    settings: NotRequired[Mapping[str, Mapping[str, Any]]]
    """JSON schema of each setting; every schema has a `default`, the strictest value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control with its check: exactly one of `resource_check` and `stack_check`."""

    id: str
    title: str
    description: str
    citations: tuple[str, ...]
    severity: Severity
    pack: Pack
    remediation: str
    types: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sources: tuple[str, ...] = ()
    unknown: Unknown = "fail"
    level: Level = "mandatory"
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    resource_check: ResourceCheck | None = None
    stack_check: StackCheck | None = None

    def governs(self, type_: str) -> tuple[str, ...] | None:
        """Return the properties that this control reads of a judged type; None if it does not judge the type."""
        exact = self.types.get(type_)
        if exact is not None:
            return exact
        return next(
            (props for key, props in self.types.items() if key[-1] == "*" and type_.startswith(key[:-1])),
            None,
        )

    def judges(self, resource: JudgedResource) -> bool:
        """Return whether this control judges a resource, by its canonical type or by the type in the program."""
        return self.governs(resource.type) is not None or (
            resource.original_type != "" and self.governs(resource.original_type) is not None
        )

    def settings_of(self, entry: Mapping[str, object]) -> Config:
        """Return the settings of a configuration entry, complete with defaults.

        Raises:
            ConfigError: the entry has unknown settings or values that are not allowed; it names every fault.
        """
        values: dict[str, Any] = {name: schema["default"] for name, schema in self.settings.items()}
        problems: list[str] = []
        for name, value in entry.items():
            schema = self.settings.get(name)
            if name == LEVEL_KEY:
                if value not in ("mandatory", "advisory"):
                    problems.append(
                        f'{self.id}: {name} must be "mandatory" or "advisory"; to accept a fault, waive it'
                    )
            elif schema is None:
                allowed = ", ".join((LEVEL_KEY, *self.settings))
                problems.append(f"{self.id}: {name} is not a setting of this control (it has {allowed})")
            else:
                fault = _fault(value, schema)
                if fault:
                    problems.append(f"{self.id}: {name} {fault}")
                else:
                    values[name] = _normal(value, schema)
        if problems:
            raise ConfigError(tuple(problems))
        return MappingProxyType(values)

    def level_of(self, entry: Mapping[str, object]) -> Level:
        """Return the enforcement level of a configuration entry; the default is the level of the control."""
        return cast("Level", entry.get(LEVEL_KEY, self.level))


_registry: Final[dict[str, Control]] = {}


def control(**facts: Unpack[ControlFields]) -> Callable[[ResourceCheck], Control]:
    """Declare a control that one resource decides."""
    return lambda check: _register(Control(**facts, resource_check=check))


def stack_control(**facts: Unpack[ControlFields]) -> Callable[[StackCheck], Control]:
    """Declare a control that relations between resources decide."""
    return lambda check: _register(Control(**facts, stack_check=check))


def _register(declared: Control) -> Control:
    if declared.id in _registry:
        raise ValueError(f"control {declared.id} is declared twice")
    _registry[declared.id] = declared
    return declared


@cache
def controls(pack: Pack | None = None) -> tuple[Control, ...]:
    """Return the controls of one pack, or all controls, in the order of their declaration."""
    from hipaa_policies import rules

    rules.load()
    return tuple(item for item in _registry.values() if pack in (None, item.pack))


@cache
def properties_read() -> Mapping[str, frozenset[str]]:
    """Return, by type, every property that some control reads."""
    by_type: dict[str, set[str]] = {}
    for item in controls():
        for type_, props in (*item.types.items(), *item.reads.items()):
            by_type.setdefault(type_, set()).update(props)
    return {type_: frozenset(props) for type_, props in by_type.items()}


def _normal(value: object, schema: Mapping[str, Any]) -> object:
    """Return a configured value as the checks read it: whole numbers as int, lists as tuples."""
    if is_list(value):
        return tuple(_normal(item, schema.get("items", {})) for item in value)
    return to_int(value) if schema.get("type") == "integer" else value


def _fault(value: object, schema: Mapping[str, Any]) -> str | None:
    """Return the fault of a configured value; None if the schema allows it."""
    match schema.get("type"):
        case "boolean":
            return None if isinstance(value, bool) else "must be true or false"
        case "integer":
            number = to_int(value) if isinstance(value, int | float) else None
            low, high = schema.get("minimum"), schema.get("maximum")
            if number is None or (low is not None and number < low) or (high is not None and number > high):
                return f"must be a whole number{_range(low, high)}"
            return None
        case "array":
            if not is_list(value):
                return "must be a list"
            return next(
                (f"has an item that {fault}" for item in value if (fault := _fault(item, schema["items"]))),
                None,
            )
        case _:
            allowed = schema.get("enum")
            if not isinstance(value, str) or (allowed is not None and value not in allowed):
                return f"must be one of {', '.join(allowed)}" if allowed else "must be text"
            return None


def _range(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of at least {low}" if low is not None else f" of at most {high}" if high is not None else ""
