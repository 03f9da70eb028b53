"""Records of both stacks in which every governed field is weakened, or nothing is known, or everything is secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from hipaa_policies.values import UNKNOWN as POLICY_UNKNOWN

from blueprint import verdict
from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN, Secret
from tests.policy.engine import deployed, with_outputs_of
from tests.policy.mutation.judging import JudgedProgram
from tests.policy.mutation.mutants import Mutant
from tests.repository import STACKS, recorded

CHANGES: Final = ("first", "middle", "last")
"""Which of the ways to weaken a field is applied; together they cover the different kinds of weakening."""


@cache
def mutants(stack: str, existing: bool) -> tuple[Mutant, ...]:
    """Return every mutant of a stack: of its deployed state if it exists, otherwise of the record of its program."""
    record = deployed(stack) if existing else recorded(stack)
    return tuple(JudgedProgram(verdict.judged_record(record), {}).mutants())


def few(record: Record) -> Record:
    """Return a record with at most three resources of each type, and every component."""
    seen: Counter[str] = Counter()
    kept: list[Resource] = []
    for item in record.resources:
        seen[item.type] += 1
        if not item.custom or seen[item.type] <= 3:
            kept.append(item)
    urns_kept = {item.urn for item in kept}
    alone = (
        replace(
            item,
            dependencies=tuple(urn for urn in item.dependencies if urn in urns_kept),
            property_dependencies={
                name: tuple(urn for urn in urns if urn in urns_kept)
                for name, urns in item.property_dependencies.items()
            },
        )
        for item in kept
    )
    return replace(record, resources=tuple(alone))


@cache
def weakened(stack: str, change: str, existing: bool = False) -> Record:
    """Return a stack without protection in which every field that a control reads is weakened, in one of its ways.

    Args:
        stack: name of the stack.
        change: one of `CHANGES`.
        existing: weaken the deployed state, and let its outputs follow the inputs.
    """
    record = deployed(stack) if existing else recorded(stack)
    by_field: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants(stack, existing):
        by_field.setdefault((mutant.resource.urn, mutant.property_), []).append(mutant)
    inputs = {item.urn: dict(item.inputs) for item in record.resources}
    for (urn, name), ways in by_field.items():
        position = CHANGES.index(change) * (len(ways) - 1) // (len(CHANGES) - 1)
        changed = _recordable(ways[position].mutated.props)
        if name not in changed:
            inputs[urn].pop(name, None)
        elif name in inputs[urn]:
            inputs[urn][name] = changed[name]
    resources = tuple(replace(item, inputs=inputs[item.urn], protect=False) for item in record.resources)
    changed_record = replace(record, resources=resources)
    return with_outputs_of(record, changed_record) if existing else changed_record


def _recordable(value: Any) -> Any:
    """Return a value with the unknown marker of the recorder in place of the marker of the policies."""
    if value is POLICY_UNKNOWN:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _recordable(item) for key, item in value.items()}
    return [_recordable(item) for item in value] if isinstance(value, list) else value


def nothing_known(record: Record) -> Record:
    """Return a record in which every input is unknown."""
    return replace(
        record,
        resources=tuple(
            replace(item, inputs=dict.fromkeys(item.inputs, UNKNOWN)) for item in record.resources
        ),
    )


def all_secret(record: Record) -> Record:
    """Return a record in which every input is a secret."""
    return replace(
        record,
        resources=tuple(
            replace(item, inputs={name: Secret(value) for name, value in item.inputs.items()})
            for item in record.resources
        ),
    )


CASES: Final[Mapping[str, Callable[[], Record]]] = {
    **{f"{stack} at its first preview": lambda stack=stack: recorded(stack, known=False) for stack in STACKS},
    **{f"{stack} with every value": lambda stack=stack: recorded(stack) for stack in STACKS},
    **{
        f"prod with the {change} change": lambda change=change: few(weakened("prod", change))
        for change in CHANGES
    },
    "prod with nothing known": lambda: nothing_known(few(recorded("prod"))),
    "prod with secrets": lambda: all_secret(few(recorded("prod"))),
    **{
        f"an existing prod with the {change} change": lambda change=change: few(
            weakened("prod", change, existing=True)
        )
        for change in CHANGES
    },
}
"""Records by a name for test ids."""


@cache
def record_of(case: str) -> Record:
    """Return the record of one of the `CASES`."""
    return CASES[case]()
