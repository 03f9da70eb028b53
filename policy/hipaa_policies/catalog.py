"""The catalog: every control, declared with its check in one place.

A rule module declares a control with `@control(...)` (one resource at a time, so it blocks before a create) or
`@stack_control(...)` (relations between resources, judged when all are known). A check is a pure generator of
sentences that say what the resource must have and what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, NotRequired, Required, TypedDict, Unpack, cast, get_args

from hipaa_policies.model import Graph, Resource, Severity
from hipaa_policies.values import is_list, to_int

Pack = Literal["encryption", "retention", "isolation", "baseline"]
PACKS: Final[tuple[Pack, ...]] = get_args(Pack)
Unknown = Literal["present", "defer", "fail"]
"""What a value that is not known before deployment means: enough, not judged yet (advisory), or a violation."""
Level = Literal["mandatory", "advisory"]

Config = Mapping[str, Any]
"""A control's configuration with every default filled in; its schema vouches for the types."""

LEVEL_KEY: Final = "enforcementLevel"
"""The key beside a control's own settings with which a stack's configuration lowers it to `advisory`."""


class Deferred(str):
    """A sentence about a value that is not known before deployment and will be judged then."""

    __slots__ = ()


class NotApplicable(str):
    """A sentence that says why a control does not apply to a resource."""

    __slots__ = ()


ResourceCheck = Callable[[Resource, Config], Iterator[str]]
StackCheck = Callable[[Graph, Config], Iterator[tuple[Resource, str]]]


class ConfigError(ValueError):
    """The policy configuration names what does not exist or gives a value that is not allowed."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(
            "The policy configuration has faults:\n" + "\n".join(f"- {item}" for item in problems)
        )


class Facts(TypedDict):
    """What a declaration states about a control."""

    id: Required[str]
    """Named for the good state, e.g. `kms-key-rotates-yearly`."""
    title: Required[str]
    description: Required[str]
    """One line: what the control asks for."""
    citations: Required[tuple[str, ...]]
    """Sections of 45 CFR the control maps to; the main one first."""
    severity: Required[Severity]
    pack: Required[Pack]
    remediation: Required[str]
    types: Required[Mapping[str, tuple[str, ...]]]
    """The resources judged: type token (a final `*` matches a prefix) and the properties the control reads on it."""
    reads: NotRequired[Mapping[str, tuple[str, ...]]]
    """Properties read on other resources, the satellites of a stack control."""
    sources: NotRequired[tuple[str, ...]]
    """Who else has it, e.g. `cdk-nag:VPCFlowLogsEnabled`, `aws-config:VPC_FLOW_LOGS_ENABLED`, `CKV2_AWS_11`."""
    unknown: NotRequired[Unknown]
    level: NotRequired[Level]
    settings: NotRequired[Mapping[str, Mapping[str, Any]]]
    """JSON schema of each setting, always with a `default`, which is the strict value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control and the check that decides it."""

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
        """Return the properties this control judges on a type, or None where it does not judge that type."""
        found = self.types.get(type_)
        if found is not None:
            return found
        return next(
            (props for key, props in self.types.items() if key[-1] == "*" and type_.startswith(key[:-1])),
            None,
        )

    def judges(self, resource: Resource) -> bool:
        """Tell whether this control judges a resource, under the type the rules know or the one it was written as."""
        return self.governs(resource.type) is not None or (
            resource.written != "" and self.governs(resource.written) is not None
        )

    def configured(self, given: Mapping[str, object]) -> Config:
        """Return the settings with defaults filled in, or raise `ConfigError` with every fault."""
        values: dict[str, Any] = {name: schema["default"] for name, schema in self.settings.items()}
        problems: list[str] = []
        for name, value in given.items():
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

    def enforced(self, given: Mapping[str, object]) -> Level:
        """Return the level at which a stack's configuration enforces this control."""
        return cast("Level", given.get(LEVEL_KEY, self.level))


_registry: Final[dict[str, Control]] = {}


def control(**facts: Unpack[Facts]) -> Callable[[ResourceCheck], Control]:
    """Declare a control that is decided by looking at one resource."""
    return lambda check: _register(Control(**facts, resource_check=check))


def stack_control(**facts: Unpack[Facts]) -> Callable[[StackCheck], Control]:
    """Declare a control that is decided by how resources relate."""
    return lambda check: _register(Control(**facts, stack_check=check))


def _register(declared: Control) -> Control:
    if declared.id in _registry:
        raise ValueError(f"control {declared.id} is declared twice")
    _registry[declared.id] = declared
    return declared


@cache
def controls(pack: Pack | None = None) -> tuple[Control, ...]:
    """Return every control, or those of one pack, in reading order."""
    from hipaa_policies import rules

    rules.load()
    return tuple(item for item in _registry.values() if pack in (None, item.pack))


@cache
def governed() -> Mapping[str, frozenset[str]]:
    """Return, for each type, every property that some control reads."""
    found: dict[str, set[str]] = {}
    for item in controls():
        for type_, props in (*item.types.items(), *item.reads.items()):
            found.setdefault(type_, set()).update(props)
    return {type_: frozenset(props) for type_, props in found.items()}


def _normal(value: object, schema: Mapping[str, Any]) -> object:
    """Return a value as the checks read it: whole numbers as int, lists as tuples."""
    if is_list(value):
        return tuple(_normal(item, schema.get("items", {})) for item in value)
    return to_int(value) if schema.get("type") == "integer" else value


def _fault(value: object, schema: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a configured value, or None."""
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
