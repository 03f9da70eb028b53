"""Judge the mutants of a whole program: which controls report each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Config, Control, Deferred, NotApplicable, controls
from hipaa_policies.judge import check_resource, check_stack
from hipaa_policies.model import Graph, JudgedResource

from tests.policy.mutation.claims import Claim
from tests.policy.mutation.mutants import PROTECT, Mutant, Path, changed, changes
from tests.policy.mutation.survivors import explanation
from tests.policy.mutation.tracing import traced


@dataclass
class Outcome:
    """The mutants of a program, divided into those that a control reports and those that none reports."""

    killed: list[tuple[Mutant, frozenset[str]]] = field(default_factory=list[tuple[Mutant, frozenset[str]]])
    """Each mutant with the ids of the controls that report it."""
    survived: list[Mutant] = field(default_factory=list[Mutant])

    @property
    def share(self) -> float:
        """The share of killed mutants, 0 to 1."""
        return len(self.killed) / max(1, len(self.killed) + len(self.survived))

    @property
    def claims(self) -> set[Claim]:
        """The claims that some killed mutant shows: the control reports the mutant of that property."""
        return {Claim(id_, item.resource.type, item.property_) for item, ids in self.killed for id_ in ids}

    @property
    def unexplained(self) -> list[Mutant]:
        """The survivors for which `survivors.REASONS` has no entry."""
        return [item for item in self.survived if explanation(item.field, item.operation) is None]


class JudgedProgram:
    """A program with the verdict of every control on it, to compare the verdicts on its mutants with."""

    def __init__(self, resources: list[JudgedResource], config: Mapping[str, Mapping[str, object]]) -> None:
        self.graph = Graph(map(canonical, resources))
        self.controls = controls()
        self._configs: dict[str, Config] = {
            item.id: item.settings_of(config.get(item.id, {})) for item in self.controls
        }
        self._by_type: dict[str, list[Control]] = {}
        self._before: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
        self._read: dict[str, set[Path]] = {item.urn: set() for item in self.graph.resources}
        self._trace()

    def _trace(self) -> None:
        """Record which fields of each resource the controls read."""
        graph = Graph(
            replace(item, props=traced(item.props, (), self._read[item.urn])) for item in self.graph.resources
        )
        for control in self.controls:
            config = self._configs[control.id]
            check_stack(control, graph, config)
            for resource in graph.resources:
                if control.judges(resource):
                    check_resource(control, resource, config)

    def fields(self, resource: JudgedResource) -> list[str]:
        """Return the properties of a resource that a control reads, and `PROTECT` if its protection is judged."""
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

    def mutants_of(self, resource: JudgedResource, name: str) -> Iterator[Mutant]:
        """Yield every mutant of one property and of the fields inside it that a control reads."""
        if name == PROTECT:
            yield Mutant(resource, (PROTECT,), "flip", replace(resource, protect=False))
            return
        for path, operation, value in changes((name,), resource.props[name]):
            if self._is_read(resource.urn, path):
                yield Mutant(resource, path, operation, changed(resource, path, value))

    def _is_read(self, urn: str, path: Path) -> bool:
        """Return whether a control reads a field.

        A claimed property counts as read, and so does every field inside a text that holds JSON.
        """
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
        """Return the ids of the controls that report a mutant and do not report the unchanged program."""
        mutated: Graph | None = None
        ids: set[str] = set()
        for control in self._concerned(mutant.resource.type):
            if control.stack_check is not None and mutated is None:
                mutated = Graph(
                    mutant.mutated if item is mutant.resource else item for item in self.graph.resources
                )
            after = self._violations(control, mutant.mutated, mutated)
            if after - self._violations_before(control, mutant.resource):
                ids.add(control.id)
        return frozenset(ids)

    def _concerned(self, type_: str) -> list[Control]:
        """Return the controls that judge or read a resource type."""
        if type_ not in self._by_type:
            self._by_type[type_] = [
                item for item in self.controls if item.governs(type_) is not None or type_ in item.reads
            ]
        return self._by_type[type_]

    def run(self, mutants: Iterable[Mutant]) -> Outcome:
        """Judge mutants."""
        outcome = Outcome()
        for mutant in mutants:
            ids = self.killers(mutant)
            if ids:
                outcome.killed.append((mutant, ids))
            else:
                outcome.survived.append(mutant)
        return outcome

    def _violations(
        self, control: Control, resource: JudgedResource, graph: Graph | None
    ) -> Counter[tuple[str, str]]:
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

    def _violations_before(self, control: Control, resource: JudgedResource) -> Counter[tuple[str, str]]:
        key = (control.id, "" if control.stack_check is not None else resource.urn)
        if key not in self._before:
            self._before[key] = self._violations(control, resource, self.graph)
        return self._before[key]
