"""Mutation: a control reports every weakened field of prod, or a reason states why none has to."""

from __future__ import annotations

from functools import cache

import pytest
from hipaa_policies.judge import judge
from hipaa_policies.model import JudgedResource
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint import verdict
from tests.policy.areas import programs
from tests.policy.mutation.claims import claims, decided
from tests.policy.mutation.judging import JudgedProgram, Outcome
from tests.policy.mutation.mutants import PROTECT, Mutant
from tests.policy.mutation.survivors import REASONS, covers, explanation
from tests.repository import policy_config, recorded


@cache
def prod() -> JudgedProgram:
    return JudgedProgram(verdict.judged_record(recorded("prod")), policy_config("prod"))


@cache
def mutants() -> tuple[Mutant, ...]:
    return tuple(prod().mutants())


@cache
def outcome() -> Outcome:
    return prod().run(mutants())


@cache
def reported_unchanged() -> frozenset[tuple[str, str, str]]:
    return reported(list(prod().graph.resources))


def reported(program: list[JudgedResource]) -> frozenset[tuple[str, str, str]]:
    """Return control, URN and message of everything that the judge reports about a program."""
    report = judge(program, config=policy_config("prod"))
    return frozenset(
        (item.policy, item.urn, item.message)
        for item in (*report.violations, *report.advisories)
        if not item.deferred
    )


def test_prod_has_mutants_of_every_kind() -> None:
    operations = {item.operation for item in mutants()}
    assert len(mutants()) > 900
    assert operations >= {
        "delete",
        "flip",
        "smaller",
        "larger",
        "other",
        "AWS-managed key",
        "whole Internet",
        "every principal",
        "every action",
        "every action on everything",
        "denial allowed",
    }


def test_every_survivor_is_explained() -> None:
    survivors = {(item.field, item.operation) for item in outcome().unexplained}
    assert sorted(survivors) == []
    assert outcome().share > 0.5


def test_every_field_that_a_control_claims_decides_a_verdict() -> None:
    decisive = outcome().claims
    for control in prod().controls:
        decisive |= decided(control, programs(control.id))
    assert [claim for claim in claims() if claim not in decisive] == []


@settings(max_examples=40)
@given(st.data())
def test_the_judge_reports_a_killed_mutant_by_a_control_that_claims_the_field(data: st.DataObject) -> None:
    mutant, ids = data.draw(st.sampled_from(outcome().killed))
    program = [mutant.mutated if item.urn == mutant.resource.urn else item for item in prod().graph.resources]
    added = reported(program) - reported_unchanged()
    assert {policy for policy, _, _ in added} >= ids
    claiming = {
        control.id
        for control in prod().controls
        if mutant.property_ in (control.governs(mutant.resource.type) or ())
        or mutant.property_ in control.reads.get(mutant.resource.type, ())
        or mutant.property_ == PROTECT
    }
    assert ids & claiming


def test_every_reason_covers_survivors_and_no_killed_mutant() -> None:
    survived = {(item.field, item.operation) for item in outcome().survived}
    killed = {(item.field, item.operation) for item, _ in outcome().killed} - survived
    assert [entry for entry in REASONS if not any(covers(entry, *mutant) for mutant in survived)] == []
    assert sorted(mutant for mutant in killed if explanation(*mutant) is not None) == []


@pytest.mark.parametrize(
    ("field", "operation", "explained"),
    [
        ("ec2/NetworkAcl.ingress[]", "delete", True),
        ("ec2/NetworkAcl.ingress[].cidrBlock", "whole Internet", False),
        ("kms/Key.enableKeyRotation", "flip", False),
    ],
)
def test_an_explanation_is_for_one_field_and_operation(field: str, operation: str, explained: bool) -> None:
    assert (explanation(field, operation) is not None) is explained
