"""Mutation: making prod worse, one field at a time, is noticed, or somebody has said why it need not be."""

from __future__ import annotations

from functools import cache

import pytest
from hipaa_policies.catalog import Control, controls
from hipaa_policies.judge import judge
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import mutation
from benchmarks.claims import claims, decided, unclaimed
from benchmarks.mutation import Judged, Mutant, Outcome
from benchmarks.survivors import REASONS, covers, explanation
from blueprint import verdict
from tests.policy.areas import programs
from tests.repository import policy_config, recorded


@cache
def prod() -> Judged:
    return Judged(verdict.judged_record(recorded("prod")), policy_config("prod"))


@cache
def mutants() -> tuple[Mutant, ...]:
    return tuple(prod().mutants())


@cache
def outcome() -> Outcome:
    return prod().run(list(mutants()))


def test_prod_has_mutants_of_every_kind() -> None:
    operations = {item.operation for item in mutants()}
    assert len(mutants()) > 900
    assert operations >= {
        "delete", "flip", "smaller", "larger", "other", "AWS-managed key", "whole Internet", "every principal",
        "every action", "every action on everything", "denial allowed",
    }  # fmt: skip


def test_every_survivor_is_explained() -> None:
    survivors = {(item.field, item.operation) for item in outcome().unexplained}
    assert sorted(survivors) == []
    assert outcome().share > 0.5


def test_every_field_that_a_control_claims_decides_a_verdict() -> None:
    shown = outcome().claims
    for control in prod().controls:
        shown |= decided(control, programs(control.id))
    assert [claim for claim in claims() if claim not in shown] == []


@pytest.mark.parametrize("control", controls(), ids=lambda control: control.id)
def test_a_control_reads_what_it_claims(control: Control) -> None:
    assert sorted(unclaimed(control, [*programs(control.id), list(prod().graph.resources)])) == []


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_killed_mutant_is_a_violation_of_the_control_that_claims_its_field(data: st.DataObject) -> None:
    mutant, ids = data.draw(st.sampled_from(outcome().killed))
    program = [mutant.mutated if item.urn == mutant.resource.urn else item for item in prod().graph.resources]
    report = judge(program, config=policy_config("prod"))
    before = judge(prod().graph.resources, config=policy_config("prod"))
    found = {
        (item.policy, item.urn, item.message)
        for item in (*report.violations, *report.advisories)
        if not item.deferred
    }
    found -= {(item.policy, item.urn, item.message) for item in (*before.violations, *before.advisories)}
    assert {policy for policy, _, _ in found} >= ids
    claiming = {
        control.id
        for control in prod().controls
        if mutant.property_ in (control.governs(mutant.resource.type) or ())
        or mutant.property_ in control.reads.get(mutant.resource.type, ())
        or mutant.property_ == mutation.PROTECT
    }
    assert ids & claiming


def test_no_reason_is_wider_than_what_survives() -> None:
    survived = {(item.field, item.operation) for item in outcome().survived}
    noticed = {(item.field, item.operation) for item, _ in outcome().killed} - survived
    assert [entry for entry in REASONS if not any(covers(entry, *found) for found in survived)] == []
    assert sorted(found for found in noticed if explanation(*found) is not None) == []


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
