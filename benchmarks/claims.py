"""Whether each field that a control claims decides something.

It does where two programs differ in that field alone and the control accepts the one and reports the other. The
programs are those of the controls' own tests, each changed one field at a time, in either direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Config, Control, Deferred, NotApplicable, controls
from hipaa_policies.judge import Finding, check_resource, check_stack
from hipaa_policies.model import Graph, Resource

from benchmarks.mutants import Path, changed, changes
from benchmarks.traces import traced

IDENTITY: Final = frozenset({"arn", "bucket", "id", "name"})
"""What the graph of a program finds resources by, for every control alike."""


class Claim(NamedTuple):
    """A control says that it reads a property of a type of resource."""

    control: str
    type: str
    property: str

    def is_of(self, resource: Resource) -> bool:
        """Tell whether a resource is of the claimed type."""
        prefix = self.type.removesuffix("*")
        return resource.type.startswith(prefix) if prefix != self.type else resource.type == self.type


def claims() -> list[Claim]:
    """Return all that the catalog claims."""
    return [
        Claim(control.id, type_, name)
        for control in controls()
        for type_, names in (*control.types.items(), *control.reads.items())
        for name in names
    ]


def decided(control: Control, programs: Iterable[list[Resource]]) -> set[Claim]:
    """Return the claims of a control that decide whether it accepts some program."""
    open_ = {claim for claim in claims() if claim.control == control.id}
    found: set[Claim] = set()
    for program in programs:
        resources = [canonical(item) for item in program]
        for config in _configs(control):
            accepted = accepts(control, resources, config)
            for claim in open_ - found:
                if any(
                    accepts(control, other, config) != accepted for other in _neighbours(resources, claim)
                ):
                    found.add(claim)
    return found


def _configs(control: Control) -> Iterator[Config]:
    """Yield a control's settings as strict as they come, then with each switch turned."""
    yield control.configured({})
    for name, schema in control.settings.items():
        if schema["type"] == "boolean":
            yield control.configured({name: not schema["default"]})


def unclaimed(control: Control, programs: Iterable[list[Resource]]) -> set[Claim]:
    """Return what a control reads of some program and does not claim, the names by which resources refer to each other aside."""
    mine = {claim for claim in claims() if claim.control == control.id}
    found: set[Claim] = set()
    for program in programs:
        read: dict[str, set[Path]] = {item.urn: set() for item in program}
        resources = [
            replace(item, props=traced(item.props, (), read[item.urn])) for item in map(canonical, program)
        ]
        for config in _configs(control):
            accepts(control, resources, config)
        for item in resources:
            names = {str(path[0]) for path in read[item.urn] if len(path) == 1} - IDENTITY
            found |= {
                Claim(control.id, item.type, name)
                for name in names
                if not any(claim.property == name and claim.is_of(item) for claim in mine)
            }
    return found


def accepts(control: Control, resources: list[Resource], config: Config) -> bool:
    """Tell whether a control reports nothing of a program."""
    return all(
        isinstance(item.message, Deferred | NotApplicable) for item in findings(control, resources, config)
    )


def findings(control: Control, resources: list[Resource], config: Config) -> tuple[Finding, ...]:
    """Return all that a control says of a program, of each resource and of the whole."""
    judged = (item for item in resources if control.judges(item))
    alone = (found for item in judged for found in check_resource(control, item, config))
    return (*alone, *check_stack(control, Graph(resources), config))


def _neighbours(resources: list[Resource], claim: Claim) -> Iterator[list[Resource]]:
    """Yield the programs that differ from one in the claimed field of one resource."""
    for at, resource in enumerate(resources):
        if claim.is_of(resource) and claim.property in resource.props:
            for path, _, value in changes((claim.property,), resource.props[claim.property]):
                yield [*resources[:at], changed(resource, path, value), *resources[at + 1 :]]
