"""Whether the controls notice: every governed field of prod's record is deleted, flipped and weakened, one at a time.

`python -m benchmarks.mutation [-v]` prints the share of mutants that some control reports, and each survivor with the
reason why it is no weaker than what it replaces, or why something else has to notice.
"""

from __future__ import annotations

import ipaddress
import json
import re
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

from benchmarks.survivors import claim_explanation, explanation
from blueprint import ROOT, stacks, verdict
from blueprint.record import evaluate

Path = tuple[str | int, ...]
GONE: Any = object()
PROTECT = "(protect)"
"""Stands for the resource option, which a control claims like a property."""
LARGER_IS_WEAKER = re.compile(
    r"toPort|hopLimit|rotationPeriodInDays|automaticallyAfterDays|maxPasswordAge|startWindow|interval|Age",
    re.I,
)
_KEY = re.compile(r"kms|^keyArn$|^keyId$|encryptionKey$", re.I)
_ELSEWHERE = "something-else"
_WEAKER = {
    "HTTPS": "HTTP", "https": "http", "TLS": "TCP", "required": "optional", "Enabled": "Suspended", "aws:kms": "AES256",
    "COMPLIANCE": "GOVERNANCE", "IMMUTABLE": "MUTABLE", "ENABLED": "DISABLED", "enabled": "disabled", "KMS": "AES256",
    "disable": "enable", "ALL": "ACCEPT", "BucketOwnerEnforced": "ObjectWriter", "OVERRIDE": "DEFAULT", "enabledV2": "disabled",
    "awsvpc": "bridge", "block-all-sharing": "unblocked", "OK": "ALARM", "enhanced": "disabled",
}  # fmt: skip
"""Enumerated values and a legal one that asks for less."""


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
    def unexplained(self) -> list[Mutant]:
        """Survivors that nothing accounts for."""
        return [item for item in self.survived if explanation(item.field, item.operation) is None]


class _Fields(dict[str, object]):
    """A property bag that notes what is read of it."""

    def __init__(self, bag: Mapping[str, object], path: Path, read: set[Path]) -> None:
        super().__init__({key: _traced(item, (*path, key), read) for key, item in bag.items()})
        self._path, self._read = path, read

    def get(self, key: str, default: object = None) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return a field, and note that it was asked for."""
        self._read.add((*self._path, key))
        return super().get(key, default)

    def __getitem__(self, key: str) -> object:
        self._read.add((*self._path, key))
        return super().__getitem__(key)

    def values(self) -> Any:
        """Return every field, and note that all were asked for."""
        self._read.update((*self._path, key) for key in self)
        return super().values()

    def items(self) -> Any:
        """Return every field with its name, and note that all were asked for."""
        self._read.update((*self._path, key) for key in self)
        return super().items()


class _Elements(list[object]):
    """A list whose elements note what is read of them."""

    def __init__(self, elements: list[object], path: Path, read: set[Path]) -> None:
        super().__init__(_traced(item, (*path, at), read) for at, item in enumerate(elements))
        self._path, self._read = path, read

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, int):
            self._read.add((*self._path, at % max(1, len(self))))
        return super().__getitem__(at)

    def __iter__(self) -> Iterator[object]:
        self._read.update((*self._path, at) for at in range(len(self)))
        return super().__iter__()


def _traced(value: object, path: Path, read: set[Path]) -> object:
    if isinstance(value, Mapping):
        return _Fields(cast("Mapping[str, object]", value), path, read)
    return _Elements(cast("list[object]", value), path, read) if isinstance(value, list) else value


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
        traced = Graph(
            replace(item, props=_traced(item.props, (), self._read[item.urn]))
            for item in self.graph.resources
        )
        for control in self.controls:
            config = self._configs[control.id]
            check_stack(control, traced, config)
            for resource in traced.resources:
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

    def claims(self) -> list[tuple[str, str, str]]:
        """Return each control with a type and a property that it claims to read and that the program has."""
        present = {(item.type, name) for item in self.graph.resources for name in item.props}
        return [
            (control.id, type_, name)
            for control in self.controls
            for type_, names in (*control.types.items(), *control.reads.items())
            for name in names
            if (type_, name) in present
        ]

    def unnoticed_claims(self, outcome: Outcome) -> list[str]:
        """Return the claimed fields on which the claiming control's verdict does not depend.

        It depends on a field if a mutant of it makes the control report; or, where one thing in prod makes up for
        another, if changing the field in all resources at once changes what the control says of prod, of prod with
        another field that it claims changed everywhere, or of prod without any other such field.
        """
        noticed = {
            (control, item.resource.type, item.property_) for item, ids in outcome.killed for control in ids
        }
        return [
            f"{id_}: {type_} {name}"
            for id_, type_, name in self.claims()
            if (id_, type_, name) not in noticed and not self._depends(id_, (type_, name))
        ]

    def _depends(self, id_: str, claim: tuple[str, str]) -> bool:
        control = next(item for item in self.controls if item.id == id_)
        others = [
            (type_, name) for other, type_, name in self.claims() if other == id_ and (type_, name) != claim
        ]
        whole = list(self.graph.resources)
        alone = whole
        for other in others:
            alone = next(_everywhere(alone, other))
        bases = (whole, *(changed for other in others for changed in _everywhere(whole, other)), alone)
        return any(
            self._verdicts(control, base) != self._verdicts(control, changed)
            for base in bases
            for changed in _everywhere(base, claim)
        )

    def _verdicts(self, control: Control, resources: list[Resource]) -> Counter[tuple[str, str]]:
        """Return all that a control says of a program, what does not apply included."""
        config = self._configs[control.id]
        if control.stack_check is not None:
            findings = check_stack(control, Graph(resources), config)
        else:
            judged = (item for item in resources if control.judges(item))
            findings = tuple(found for item in judged for found in check_resource(control, item, config))
        return Counter((item.urn, str(item.message)) for item in findings)

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
        for path, operation, value in _changes((name,), resource.props[name]):
            if self._is_read(resource.urn, path):
                yield Mutant(resource, path, operation, _changed(resource, path, value))

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
    file = stacks.read(ROOT, stack)
    record = evaluate(ROOT / "__main__.py", file.config, stack=stack, project=file.project)
    return Judged(verdict.judged_record(record), verdict.config_for(stack))


def _changes(path: Path, value: object) -> Iterator[tuple[Path, str, object]]:
    """Yield paths with the operation and the value that takes the place of what is there."""
    # Removing an element of a list of rules or statements is a mutant; removing one of many names is none by itself.
    yield path, "delete", GONE
    if isinstance(value, bool):
        yield path, "flip", not value
    elif isinstance(value, int | float):
        larger = LARGER_IS_WEAKER.search(str(path[-1])) is not None
        yield path, "larger" if larger else "smaller", int(value) * 2 + 1 if larger else int(value) // 2
    elif isinstance(value, str):
        yield from _changed_text(path, value)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield from _changes((*path, key), item)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(cast("list[object]", value)):
            yield from _changes((*path, position), item)
    else:
        yield path, "other", _ELSEWHERE


def _everywhere(resources: list[Resource], field_: tuple[str, str]) -> Iterator[list[Resource]]:
    """Yield the program with one field changed in every resource that has it, in each way; first of all deleted."""
    type_, name = field_
    concerned = [item for item in resources if item.type == type_ and name in item.props]
    ways: dict[str, dict[str, Resource]] = {}
    for item in concerned:
        for path, operation, value in _changes((name,), item.props[name]):
            ways.setdefault(operation, {}).setdefault(item.urn, _changed(item, path, value))
    for changed in ways.values():
        yield [changed.get(item.urn, item) for item in resources]
    if not ways:
        yield resources


def _changed_text(path: Path, value: str) -> Iterator[tuple[Path, str, object]]:
    if value in ("true", "false"):
        yield path, "flip", "false" if value == "true" else "true"
    elif value[:1] in ("{", "["):
        document: Any = json.loads(value)
        if isinstance(document, dict) and "Statement" in document:
            policy = cast("dict[str, Any]", document)
            yield from ((path, operation, text) for operation, text in _changed_documents(policy))
        else:
            whole = cast("object", document)
            yield from (change for change in _changes(path, whole) if change[0] != path)
    elif _KEY.search(str(path[-1])):
        yield path, "AWS-managed key", "alias/aws/x"
    elif _is_block(value):
        yield path, "whole Internet", "::/0" if ":" in value else "0.0.0.0/0"
    else:
        yield path, "other", _ELSEWHERE
        if value in _WEAKER:
            yield path, "weaker value", _WEAKER[value]


def _changed_documents(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a policy document with each statement widened in each way."""
    statements: list[dict[str, Any]] = document["Statement"]
    for position, statement in enumerate(statements):

        def with_(position: int = position, statement: dict[str, Any] = statement, **parts: Any) -> str:
            changed = {key: item for key, item in {**statement, **parts}.items() if item is not GONE}
            return json.dumps(
                {
                    **document,
                    "Statement": [changed if at == position else item for at, item in enumerate(statements)],
                }
            )

        if statement.get("Effect") == "Deny":
            yield "denial allowed", with_(Effect="Allow")
        else:
            yield "every action", with_(Action="*")
            if "Resource" in statement and statement["Resource"] != "*":
                yield "every action on everything", with_(Action="*", Resource="*")
            if "Principal" in statement:
                yield "every principal", with_(Principal="*", Condition=GONE)


def _changed(resource: Resource, path: Path, value: object) -> Resource:
    """Return a resource with one field changed; a literal in the place of a reference refers to nothing."""
    props = {
        name: _replaced(item, path[1:], value) if name == path[0] else item
        for name, item in resource.props.items()
    }
    if len(path) == 1 and value is GONE:
        del props[str(path[0])]
    dependencies = {
        name: urns
        for name, urns in resource.property_dependencies.items()
        if name != path[0] or (len(path) > 1 and value is GONE)
    }
    return replace(resource, props=props, property_dependencies=dependencies)


def _replaced(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    if isinstance(value, str):
        return json.dumps(_replaced(json.loads(value), path, new))
    if isinstance(value, Mapping):
        copied = dict(cast("Mapping[str, object]", value))
        if len(path) == 1 and new is GONE:
            del copied[str(path[0])]
        else:
            copied[str(path[0])] = _replaced(copied[str(path[0])], path[1:], new)
        return copied
    items = list(cast("list[object]", value))
    position = int(path[0])
    items[position : position + 1] = (
        [] if len(path) == 1 and new is GONE else [_replaced(items[position], path[1:], new)]
    )
    return items


def _is_block(value: str) -> bool:
    try:
        return ipaddress.ip_network(value, strict=False).prefixlen > 0 and "/" in value
    except ValueError:
        return False


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
    claims, unnoticed = judged.claims(), judged.unnoticed_claims(outcome)
    print(
        f"{len(claims)} pairs of a control and a field of prod it claims, {len(claims) - len(unnoticed)} on which its verdict depends"
    )
    for claim in unnoticed:
        reason = claim_explanation(claim)
        if reason is None or "-v" in sys.argv:
            print(f"       {claim}: {reason or 'UNEXPLAINED'}")


if __name__ == "__main__":
    main()
