"""The plain-data view of a program that the rules judge, and what they find in it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hipaa_policies.values import items, peek

Severity = Literal["critical", "high", "medium", "low"]

STACK_TYPE: Final = "pulumi:pulumi:Stack"
NAMING_PROPERTIES: Final = ("id", "arn", "name", "bucket")
"""Properties whose value another resource may use to refer to this one."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the rules see it.

    `props` holds properties by their wire (camelCase) names, with `values.UNKNOWN` for unknown values; which ones is
    decided by `reading.judged_properties`. `property_dependencies` maps a top-level input to the URNs that its value
    comes from.
    """

    urn: str
    type: str
    name: str
    props: Mapping[str, object]
    parent: str | None = None
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    dependencies: tuple[str, ...] = ()
    written: str = ""
    """The type token the program used, where `aliases.canonical` gave the resource another."""
    provider_region: object = None
    """Region of the provider that makes it; `aliases.region_of` says which region counts."""
    read_back: bool = False
    """True where `props` comes from outputs, because the inputs are not known."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted exception: this control may be violated by these resources until this day."""

    policy: str
    urn: str
    """Pattern (`*`, `?`, `[…]`) over the whole URN, the stack's name included."""
    reason: str
    approver: str
    """The role that accepted the risk, not a person."""
    created: datetime.date
    expires: datetime.date
    """The last day on which it applies."""
    ticket: str | None = None
    stacks: tuple[str, ...] = ()
    """Stacks in which it must match something; elsewhere an unmatched waiver is no fault."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One sentence that a control has about one resource."""

    policy: str
    urn: str
    message: str
    severity: Severity
    waived_by: Waiver | None = None
    deferred: bool = False
    """True where nothing is wrong yet: the value is not known before deployment and is judged again then."""
    broken: bool = field(default=False, compare=False)
    """True where the rule itself failed; no level and no waiver makes that pass."""


class Graph:
    """All resources of a program, and which of them refer to which."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources: Final = tuple(resources)
        self.by_urn: Final[Mapping[str, Resource]] = {resource.urn: resource for resource in self.resources}
        by_type: dict[str, list[Resource]] = {}
        for resource in self.resources:
            by_type.setdefault(resource.type, []).append(resource)
        self._by_type: Final[Mapping[str, tuple[Resource, ...]]] = {
            type_: tuple(found) for type_, found in by_type.items()
        }
        self._named: Final[dict[str, dict[str, Resource]]] = {}
        self._referrers: Final[dict[tuple[str, str, str], dict[str, list[Resource]]]] = {}

    def by_type(self, *types: str) -> Iterator[Resource]:
        """Yield every resource of these types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def references(self, resource: Resource, property_: str, *types: str) -> tuple[Resource, ...]:
        """Return the resources of these types that a top-level property takes its value from.

        Dependencies decide, because they hold when ids are unknown; of several, known values say which are meant (see
        `is_ambiguous`). Without one to such a resource, a known value is compared with known ids, ARNs and names; a
        dependency on a component stands for what is inside it.
        """
        urns = resource.property_dependencies.get(property_, ())
        wanted = [self.by_urn[urn] for urn in urns if urn in self.by_urn]
        direct = tuple(found for found in wanted if found.type in types)
        if len(direct) == 1:
            return direct
        given = tuple(items(resource.props, property_))
        values = [value for value in given if isinstance(value, str)]
        if values:
            tables = [self._names(type_) for type_ in types]
            named = tuple(table[value] for value in values for table in tables if value in table)
            if named and (not direct or len(values) == len(given)):
                return named
        if direct:
            return direct
        if not wanted:
            return ()
        components = {found.urn for found in wanted}
        return tuple(found for found in self.by_type(*types) if components & set(self.ancestors(found)))

    def is_ambiguous(self, resource: Resource, property_: str, *types: str) -> bool:
        """Tell whether a property depends on more resources than it has values, so that nobody can say which are meant.

        An output of a component of another package, such as awsx's subnet ids, depends on all that is inside the component
        (measured with pulumi 3.274 and awsx 3.11), until a deployment makes the ids known.
        """
        found = self.references(resource, property_, *types)
        return len(found) > max(1, sum(1 for _ in items(resource.props, property_)))

    def referrers(self, urn: str, type_: str, property_: str) -> tuple[Resource, ...]:
        """Return the resources of a type whose property refers to a resource."""
        target = self.by_urn.get(urn)
        if target is None:
            return ()
        key = (target.type, type_, property_)
        if key not in self._referrers:
            index: dict[str, list[Resource]] = {}
            for resource in self.by_type(type_):
                for found in self.references(resource, property_, target.type):
                    index.setdefault(found.urn, []).append(resource)
            self._referrers[key] = index
        return tuple(self._referrers[key].get(urn, ()))

    def ancestors(self, resource: Resource) -> Iterator[str]:
        """Yield the URNs of a resource's parents, nearest first, up to (not including) the stack."""
        seen: set[str] = set()
        parent = resource.parent
        while parent is not None and parent not in seen:
            found = self.by_urn.get(parent)
            if found is None or found.type == STACK_TYPE:
                return
            seen.add(parent)
            yield parent
            parent = found.parent

    def _names(self, type_: str) -> Mapping[str, Resource]:
        if type_ not in self._named:
            self._named[type_] = {
                value: resource
                for resource in self.by_type(type_)
                for naming in NAMING_PROPERTIES
                if isinstance(value := peek(resource.props, naming), str)
            }
        return self._named[type_]
