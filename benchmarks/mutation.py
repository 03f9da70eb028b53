"""Whether the controls notice: every governed field of prod's record is deleted, flipped and weakened, one at a time.

`python -m benchmarks.mutation [-v]` prints the share of mutants that some control reports, and each survivor with the
reason why it is no weaker than what it replaces, or why something else has to notice.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Config, Control, Deferred, NotApplicable, controls
from hipaa_policies.judge import check_resource, check_stack
from hipaa_policies.model import Graph, Resource

from benchmarks import ROOT
from benchmarks.claims import Claim, claims, decided
from benchmarks.mutants import Path, changed, changes
from benchmarks.survivors import explanation
from benchmarks.traces import traced
from blueprint import verdict
from blueprint.workspace import Workspace
from tests.policy.areas import programs

PROTECT = "(protect)"
"""Stands for the resource option, which a control claims like a property."""


@dataclass(frozen=True)
class Mutant:
    """One resource with one field changed for the worse."""

    resource: Resource
    path: Path
    operation: str
    """`delete`, `flip`, or what it was weakened to."""
    mutated: Resource

    @property
    def field(self) -> str:
        """The field without positions, e.g. `ec2/LaunchTemplate.blockDeviceMappings[].ebs.encrypted`."""
        module, noun = self.resource.type.split(":")[1].split("/")[0], self.resource.type.rpartition(":")[2]
        steps = "".join("[]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"{module}/{noun}{steps}"

    @property
    def property_(self) -> str:
        """The top-level property."""
        return str(self.path[0])


@dataclass
class Outcome:
    """What became of the mutants."""

    killed: list[tuple[Mutant, frozenset[str]]] = field(default_factory=list[tuple[Mutant, frozenset[str]]])
    """Each with the controls that report it."""
    survived: list[Mutant] = field(default_factory=list[Mutant])

    @property
    def share(self) -> float:
        """The share that some control reports."""
        return len(self.killed) / max(1, len(self.killed) + len(self.survived))

    @property
    def claims(self) -> set[Claim]:
        """The fields whose change for the worse made the control report that claims them."""
        return {Claim(id_, item.resource.type, item.property_) for item, ids in self.killed for id_ in ids}

    @property
    def unexplained(self) -> list[Mutant]:
        """Survivors that nothing accounts for."""
        return [item for item in self.survived if explanation(item.field, item.operation) is None]


class Judged:
    """A program, and what every control says of it unchanged."""

    def __init__(self, resources: list[Resource], config: Mapping[str, Mapping[str, object]]) -> None:
        self.graph = Graph(map(canonical, resources))
        self.controls = controls()
        self._configs: dict[str, Config] = {
            item.id: item.configured(config.get(item.id, {})) for item in self.controls
        }
        self._by_type: dict[str, list[Control]] = {}
        self._before: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
        self._read: dict[str, set[Path]] = {item.urn: set() for item in self.graph.resources}
        self._trace()

    def _trace(self) -> None:
        """Find out which fields the controls read of each resource."""
        graph = Graph(
            replace(item, props=traced(item.props, (), self._read[item.urn])) for item in self.graph.resources
        )
        for control in self.controls:
            config = self._configs[control.id]
            check_stack(control, graph, config)
            for resource in graph.resources:
                if control.judges(resource):
                    check_resource(control, resource, config)

    def fields(self, resource: Resource) -> list[str]:
        """Return the properties of a resource that some control reads, and its protection where one does."""
        names = {
            name
            for control in self.controls
            for names in (control.governs(resource.type), control.reads.get(resource.type))
            for name in names or ()
        }
        present = sorted(name for name in names if name in resource.props)
        guarded = any(
            item.id == "stateful-resource-is-protected" and item.judges(resource) for item in self.controls
        )
        return [*present, PROTECT] if guarded and resource.protect else present

    def mutants(self) -> Iterator[Mutant]:
        """Yield every mutant of the program."""
        for resource in self.graph.resources:
            for name in self.fields(resource):
                yield from self.mutants_of(resource, name)

    def mutants_of(self, resource: Resource, name: str) -> Iterator[Mutant]:
        """Yield every change for the worse of a field, and of what is read inside it."""
        if name == PROTECT:
            yield Mutant(resource, (PROTECT,), "flip", replace(resource, protect=False))
            return
        for path, operation, value in changes((name,), resource.props[name]):
            if self._is_read(resource.urn, path):
                yield Mutant(resource, path, operation, changed(resource, path, value))

    def _is_read(self, urn: str, path: Path) -> bool:
        """Tell whether some control reads a field; of text that is JSON all is read, and a claimed property always."""
        read = self._read[urn]
        return (
            len(path) == 1
            or path in read
            or any(path[:size] in read for size in range(1, len(path)) if self._is_text(urn, path[:size]))
        )

    def _is_text(self, urn: str, path: Path) -> bool:
        value: object = self.graph.by_urn[urn].props
        for step in path:
            value = cast("Any", value)[step]
        return isinstance(value, str)

    def killers(self, mutant: Mutant) -> frozenset[str]:
        """Return the controls that report what a mutant made worse."""
        changed: Graph | None = None
        found: set[str] = set()
        for control in self._concerned(mutant.resource.type):
            if control.stack_check is not None and changed is None:
                changed = Graph(
                    mutant.mutated if item is mutant.resource else item for item in self.graph.resources
                )
            after = self._said(control, mutant.mutated, changed)
            if after - self._said_before(control, mutant.resource):
                found.add(control.id)
        return frozenset(found)

    def _concerned(self, type_: str) -> list[Control]:
        if type_ not in self._by_type:
            self._by_type[type_] = [
                item for item in self.controls if item.governs(type_) is not None or type_ in item.reads
            ]
        return self._by_type[type_]

    def run(self, mutants: Iterator[Mutant] | list[Mutant]) -> Outcome:
        """Judge mutants."""
        outcome = Outcome()
        for mutant in mutants:
            ids = self.killers(mutant)
            if ids:
                outcome.killed.append((mutant, ids))
            else:
                outcome.survived.append(mutant)
        return outcome

    def _said(self, control: Control, resource: Resource, graph: Graph | None) -> Counter[tuple[str, str]]:
        config = self._configs[control.id]
        if control.stack_check is not None and graph is not None:
            findings = check_stack(control, graph, config)
        else:
            findings = check_resource(control, resource, config)
        return Counter(
            (item.urn, str(item.message))
            for item in findings
            if not isinstance(item.message, Deferred | NotApplicable)
        )

    def _said_before(self, control: Control, resource: Resource) -> Counter[tuple[str, str]]:
        key = (control.id, "" if control.stack_check is not None else resource.urn)
        if key not in self._before:
            self._before[key] = self._said(control, resource, self.graph)
        return self._before[key]


def of_stack(stack: str = "prod") -> Judged:
    """Return one of this repository's stacks, with every value known."""
    workspace = Workspace.at(ROOT)
    record = workspace.evaluate(workspace.stack(stack))
    return Judged(verdict.judged_record(record), verdict.config_of(workspace.policy_config_of(stack)))


def main() -> None:
    """Print the share killed, then survivors by field."""
    judged = of_stack()
    start = time.perf_counter()
    outcome = judged.run(judged.mutants())
    seconds = time.perf_counter() - start
    total = len(outcome.killed) + len(outcome.survived)
    print(
        f"{total} mutants of {len(judged.graph.resources)} resources of prod, {len(judged.controls)} controls, {seconds:.1f} s"
    )
    print(f"killed     {len(outcome.killed):5}  {outcome.share:6.1%}")
    explained = len(outcome.survived) - len(outcome.unexplained)
    print(f"explained  {explained:5}  {explained / total:6.1%}")
    print(f"unexplained{len(outcome.unexplained):5}")
    lines = Counter((item.field, item.operation) for item in outcome.survived)
    for (name, operation), number in sorted(lines.items()):
        reason = explanation(name, operation)
        if reason is None or "-v" in sys.argv:
            print(f"  {number:4} {name}  {operation}: {reason or 'UNEXPLAINED'}")
    here = outcome.claims
    elsewhere = {claim for control in judged.controls for claim in decided(control, programs(control.id))}
    everything = claims()
    undecided = [claim for claim in everything if claim not in here and claim not in elsewhere]
    print(
        f"{len(everything)} claims of a control to read a field: {sum(item in here for item in everything)} decide in prod, "
        f"{sum(item in elsewhere and item not in here for item in everything)} more in the controls' own programs, "
        f"{len(undecided)} nowhere"
    )
    for claim in undecided:
        print(f"       {claim.control}: {claim.type} {claim.property}")


if __name__ == "__main__":
    main()
