"""The record of one evaluation of a Pulumi program: every registered resource, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

STACK_TYPE: Final = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One registration, as the engine would receive it."""

    urn: str
    type: str
    """Type token, e.g. `aws:s3/bucket:Bucket`."""
    name: str
    """Logical name."""
    parent: str | None = None
    """URN of the parent; None for the stack itself."""
    custom: bool = True
    """False for components."""
    remote: bool = False
    """True for components that a provider plugin builds."""
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    """Inputs by their wire (camelCase) names; values may be `Secret`, `Reference` or `UNKNOWN`."""
    outputs: Mapping[str, object] = field(default_factory=dict[str, object])
    """Outputs by their wire names: inputs, and what the provider would compute."""
    dependencies: tuple[str, ...] = ()
    """URNs of the resources that must exist before this one."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """For each top-level input, the URNs of the resources that its value comes from."""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = field(default_factory=dict[str, str])
    provider: str = ""

    @property
    def label(self) -> str:
        """The type without package and duplicate word, e.g. `s3/Bucket` for `aws:s3/bucket:Bucket`."""
        package, module, noun = self.type.split(":", 2)
        prefix = "" if package == "aws" else f"{package}:"
        return f"{prefix}{module.split('/', 1)[0]}/{noun}"


@dataclass(frozen=True)
class Record:
    """Everything that one evaluation of a program registered, sorted by URN."""

    project: str
    stack: str
    config: Mapping[str, object]
    """The stack's configuration by full key, e.g. `aws:region`."""
    resources: tuple[Resource, ...]
    outputs: Mapping[str, object]
    """Outputs of the stack."""
    warnings: tuple[str, ...] = ()
    """Warnings and errors that the program logged."""

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Every resource by its URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        by_type: dict[str, list[Resource]] = {}
        for resource in self.resources:
            by_type.setdefault(resource.type, []).append(resource)
        return {type_: tuple(resources) for type_, resources in by_type.items()}

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[Resource, ...]]:
        children: dict[str | None, list[Resource]] = {}
        for resource in self.resources:
            children.setdefault(resource.parent, []).append(resource)
        return {parent: tuple(resources) for parent, resources in children.items()}

    def children(self, parent: Resource | None) -> tuple[Resource, ...]:
        """Return the direct children of a resource; `None` returns the resources without a parent."""
        return self._children.get(parent.urn if parent else None, ())

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """Return every resource of these type tokens, e.g. `aws:kms/key:Key`, sorted by URN."""
        if len(types) == 1:
            return self._by_type.get(types[0], ())
        wanted = frozenset(types)
        return tuple(resource for resource in self.resources if resource.type in wanted)

    def one(self, type_: str, name: str | None = None) -> Resource:
        """Return the single resource of a type (and logical name).

        Raises:
            LookupError: No resource matches, or more than one does.
        """
        matching = [item for item in self.of_type(type_) if name is None or item.name == name]
        if len(matching) != 1:
            names = [item.name for item in self.of_type(type_)]
            raise LookupError(f"expected one {type_} named {name or 'anything'}, the record has {names}")
        return matching[0]

    def descendants(self, parent: Resource) -> Iterator[Resource]:
        """Yield everything below a resource, depth first."""
        for child in self.children(parent):
            yield child
            yield from self.descendants(child)

    def sources(self, resource: Resource, *properties: str) -> tuple[Resource, ...]:
        """Return the recorded resources that top-level inputs take their values from."""
        urns = (urn for name in properties for urn in resource.property_dependencies.get(name, ()))
        return tuple(self.by_urn[urn] for urn in dict.fromkeys(urns) if urn in self.by_urn)

    def owner(self, resource: Resource) -> Resource:
        """Return the outermost component that holds a resource (itself when the stack is its parent)."""
        parent = self.by_urn.get(resource.parent or "")
        return resource if parent is None or parent.type == STACK_TYPE else self.owner(parent)
