"""Check that every property that a control claims to read decides a verdict.

A claim is shown by two programs that differ in that property alone: the control accepts one and reports the other. The
programs come from the control's own tests, with one field changed at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Config, Control, Deferred, NotApplicable, controls
from hipaa_policies.model import JudgedResource

from tests.policy.mutation.mutants import Path, changed, changes
from tests.policy.mutation.tracing import traced
from tests.policy.program import findings

IDENTITY: Final = frozenset({"arn", "bucket", "id", "name"})
"""Properties by which the graph resolves references, for every control alike."""


class Claim(NamedTuple):
    """The statement that a control reads one property of one resource type."""

    control: str
    type: str
    property: str

    def is_of(self, resource: JudgedResource) -> bool:
        """Return whether a resource has the claimed type; a type that ends in `*` is a prefix."""
        prefix = self.type.removesuffix("*")
        return resource.type.startswith(prefix) if prefix != self.type else resource.type == self.type


def claims() -> list[Claim]:
    """Return every claim in the catalog."""
    return [
        Claim(control.id, type_, name)
        for control in controls()
        for type_, names in (*control.types.items(), *control.reads.items())
        for name in names
    ]


def properties_read_of(type_: str) -> list[str]:
    """Return the properties of a resource type that some control claims to read, sorted."""
    return sorted(
        {name for item in controls() for name in (*(item.governs(type_) or ()), *item.reads.get(type_, ()))}
    )


def decided(control: Control, programs: Iterable[list[JudgedResource]]) -> set[Claim]:
    """Return the claims of a control for which a change of that property changes the verdict on some program."""
    undecided = {claim for claim in claims() if claim.control == control.id}
    shown: set[Claim] = set()
    for program in programs:
        resources = [canonical(item) for item in program]
        for config in _configs(control):
            accepted = accepts(control, resources, config)
            for claim in undecided - shown:
                if any(
                    accepts(control, other, config) != accepted for other in _neighbours(resources, claim)
                ):
                    shown.add(claim)
    return shown


def _configs(control: Control) -> Iterator[Config]:
    """Yield the control's default settings, then the same with each boolean setting inverted."""
    yield control.settings_of({})
    for name, schema in control.settings.items():
        if schema["type"] == "boolean":
            yield control.settings_of({name: not schema["default"]})


def unclaimed(control: Control, programs: Iterable[list[JudgedResource]]) -> set[Claim]:
    """Return the properties that a control reads without claiming them, except the properties in `IDENTITY`."""
    own = {claim for claim in claims() if claim.control == control.id}
    missing: set[Claim] = set()
    for program in programs:
        read: dict[str, set[Path]] = {item.urn: set() for item in program}
        resources = [
            replace(item, props=traced(item.props, (), read[item.urn])) for item in map(canonical, program)
        ]
        for config in _configs(control):
            accepts(control, resources, config)
        for item in resources:
            names = {str(path[0]) for path in read[item.urn] if len(path) == 1} - IDENTITY
            missing |= {
                Claim(control.id, item.type, name)
                for name in names
                if not any(claim.property == name and claim.is_of(item) for claim in own)
            }
    return missing


def accepts(control: Control, resources: list[JudgedResource], config: Config) -> bool:
    """Return whether a control reports no violation of a program."""
    return all(
        isinstance(item.message, Deferred | NotApplicable) for item in findings(control, resources, config)
    )


def _neighbours(resources: list[JudgedResource], claim: Claim) -> Iterator[list[JudgedResource]]:
    """Yield the programs that differ from this one in the claimed property of one resource."""
    for at, resource in enumerate(resources):
        if claim.is_of(resource) and claim.property in resource.props:
            for path, _, value in changes((claim.property,), resource.props[claim.property]):
                yield [*resources[:at], changed(resource, path, value), *resources[at + 1 :]]
