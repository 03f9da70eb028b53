"""The data model: resources as the rules judge them, their references, violations and waivers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hipaa_policies.values import items, peek

Severity = Literal["critical", "high", "medium", "low"]

STACK_TYPE: Final = "pulumi:pulumi:Stack"
NAMING_PROPERTIES: Final = ("id", "arn", "name", "bucket")
"""Properties by whose value another resource can refer to a resource."""


@dataclass(frozen=True, slots=True)
class JudgedResource:
    """One resource as the rules judge it.

    `props` holds properties by their wire (camelCase) names, with `values.UNKNOWN` for unknown values;
    `reading.judged_properties` selects them. `property_dependencies` maps a top-level input to the URNs of the
    resources that its value comes from.
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
    original_type: str = ""
    """The type token in the program, if `aliases.canonical` replaced it; otherwise empty."""
    provider_region: object = None
    """Region of the provider; `aliases.region_of` returns the region that applies to the resource."""
    has_outputs_only: bool = False
    """True if `props` holds outputs because the inputs are not known."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted exception: the named resources may violate the control until the last day."""

    policy: str
    urn: str
    """Pattern (`*`, `?`, `[…]`) for the whole URN, including the name of the stack."""
    reason: str
    approver: str
    """The role that accepted the risk, not a person."""
    created: datetime.date
    expires: datetime.date
    """The last day on which the waiver applies."""
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One message of a control about one resource."""

    policy: str
    urn: str
    message: str
    severity: Severity
    waived_by: Waiver | None = None
    deferred: bool = False
    """True if the value is not known before deployment and is judged then; nothing is wrong yet."""
    broken: bool = field(default=False, compare=False)
    """True if the rule itself failed. Neither a level nor a waiver can accept that."""
    of_stack: bool = field(default=False, compare=False)
    """True if the whole stack decides; the policy of the resource reports all other violations."""


class Graph:
    """All resources of a program and the references between them."""

    def __init__(self, resources: Iterable[JudgedResource]) -> None:
        self.resources: Final = tuple(resources)
        self.by_urn: Final[Mapping[str, JudgedResource]] = {
            resource.urn: resource for resource in self.resources
        }
        by_type: dict[str, list[JudgedResource]] = {}
        for resource in self.resources:
            by_type.setdefault(resource.type, []).append(resource)
        self._by_type: Final[Mapping[str, tuple[JudgedResource, ...]]] = {
            type_: tuple(group) for type_, group in by_type.items()
        }
        self._named: Final[dict[str, dict[str, JudgedResource]]] = {}
        self._referrers: Final[dict[tuple[str, str, str], dict[str, list[JudgedResource]]]] = {}

    def by_type(self, *types: str) -> Iterator[JudgedResource]:
        """Yield every resource of these types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def references(self, resource: JudgedResource, property_: str, *types: str) -> tuple[JudgedResource, ...]:
        """Return the resources of these types that the value of a top-level property refers to.

        A single dependency on a resource of these types decides, because it is known even if ids are not. Otherwise
        known values are compared with known ids, ARNs and names. If that fails, the result is all dependencies of these
        types (see `is_ambiguous`), or the resources inside the components that the property depends on.
        """
        urns = resource.property_dependencies.get(property_, ())
        dependencies = [self.by_urn[urn] for urn in urns if urn in self.by_urn]
        direct = tuple(item for item in dependencies if item.type in types)
        if len(direct) == 1:
            return direct
        elements = tuple(items(resource.props, property_))
        values = [value for value in elements if isinstance(value, str)]
        if values:
            tables = [self._names(type_) for type_ in types]
            named = tuple(table[value] for value in values for table in tables if value in table)
            if named and (not direct or len(values) == len(elements)):
                return named
        if direct:
            return direct
        if not dependencies:
            return ()
        components = {item.urn for item in dependencies}
        return tuple(item for item in self.by_type(*types) if components & set(self.ancestors(item)))

    def is_ambiguous(self, resource: JudgedResource, property_: str, *types: str) -> bool:
        """Return whether a property depends on more resources than it has values.

        An output of a component of another package, such as the subnet ids of awsx, depends on every resource inside
        the component (measured with pulumi 3.274 and awsx 3.11). Only known ids say which of them are meant.
        """
        referents = self.references(resource, property_, *types)
        return len(referents) > max(1, sum(1 for _ in items(resource.props, property_)))

    def referrers(self, urn: str, type_: str, property_: str) -> tuple[JudgedResource, ...]:
        """Return the resources of a type whose property refers to the resource with this URN."""
        target = self.by_urn.get(urn)
        if target is None:
            return ()
        key = (target.type, type_, property_)
        if key not in self._referrers:
            index: dict[str, list[JudgedResource]] = {}
            for resource in self.by_type(type_):
                for referent in self.references(resource, property_, target.type):
                    index.setdefault(referent.urn, []).append(resource)
            self._referrers[key] = index
        return tuple(self._referrers[key].get(urn, ()))

    def ancestors(self, resource: JudgedResource) -> Iterator[str]:
        """Yield the URNs of the parents of a resource, nearest first, without the stack."""
        seen: set[str] = set()
        urn = resource.parent
        while urn is not None and urn not in seen:
            parent = self.by_urn.get(urn)
            if parent is None or parent.type == STACK_TYPE:
                return
            seen.add(urn)
            yield urn
            urn = parent.parent

    def _names(self, type_: str) -> Mapping[str, JudgedResource]:
        if type_ not in self._named:
            self._named[type_] = {
                value: resource
                for resource in self.by_type(type_)
                for naming in NAMING_PROPERTIES
                if isinstance(value := peek(resource.props, naming), str)
            }
        return self._named[type_]
