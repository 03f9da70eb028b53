"""The packs judge over gRPC, as Pulumi runs them, exactly as the judge does in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from hipaa_policies import waivers
from hipaa_policies.catalog import PACKS, Pack, controls
from hipaa_policies.config import for_engine
from hipaa_policies.judge import judge
from hipaa_policies.sentences import deferrals, full_message

from blueprint import verdict
from blueprint.record import Record
from tests.policy.changes import CASES, CHANGES, record_of, weakened
from tests.policy.engine import deployed, refreshed, state_config
from tests.policy.servers import Diagnostic
from tests.repository import POLICY, STACKS, policy_config, recorded
from tests.repository import judge as judge_record

BY_ID = {item.id: item for item in controls()}
DATA_TIER = "database-sits-in-the-data-tier"
READ_BACK: dict[str, Callable[[Record], Record]] = {
    "as pulumi up and the preview after it send it": lambda record: record,
    "after a refresh": refreshed,
}
"""The outputs with which a deployed stack reaches a policy over the whole stack."""


def parameters_of(stack: str, *, existing: bool) -> Mapping[str, Mapping[str, object]]:
    """Return the parameters of the controls for a stack of the repository, or for one of the recorded states."""
    return state_config(stack) if existing else policy_config(stack)


def sentences(diagnostics: tuple[Diagnostic, ...]) -> set[tuple[str, str, str]]:
    """Return level, URN and sentence; the SDK puts the description of the policy on a line before the sentence."""
    return {(item.level, item.urn, item.message.partition("\n")[2]) for item in diagnostics}


def expected(record: Record, name: Pack, *, existing: bool = False) -> set[tuple[str, str, str]]:
    """Return level, URN and sentence of everything that the judge in this process reports for one pack."""
    report = judge(
        verdict.judged_record(record),
        config=parameters_of(record.stack, existing=existing),
        waivers=waivers.load(POLICY / "waivers.yaml"),
        pack=name,
    )
    violations = {
        ("mandatory", item.urn, full_message(item, BY_ID.get(item.policy))) for item in report.violations
    }
    advisories = {
        ("advisory", item.urn, full_message(item, BY_ID[item.policy]))
        for item in (*report.waived, *report.advisories)
        if not item.deferred
    }
    return violations | advisories | {("advisory", "", note) for note in (*deferrals(report), *report.notes)}


@pytest.fixture(scope="module")
def diagnosed(serving: Any) -> Callable[[str, str], tuple[Diagnostic, ...]]:
    """Return a function that gives the diagnostics of one pack for one of the cases."""

    @cache
    def diagnostics(name: str, case: str) -> tuple[Diagnostic, ...]:
        record = record_of(case)
        pack = serving(name)
        pack.configure(for_engine(parameters_of(record.stack, existing="existing" in case)))
        return pack.judge(record, deployed="existing" in case)

    return diagnostics


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("case", CASES)
def test_the_server_reports_what_the_judge_reports(diagnosed: Any, name: Pack, case: str) -> None:
    assert sentences(diagnosed(name, case)) == expected(record_of(case), name, existing="existing" in case)


@pytest.mark.parametrize("name", PACKS)
def test_every_pack_reports_violations_of_a_weakened_stack(name: Pack) -> None:
    levels = [level for level, _, _ in expected(weakened("prod", "first"), name)]
    assert levels.count("mandatory") >= 3


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("stack", STACKS)
def test_a_deployed_stack_is_judged_by_its_inputs(serving: Any, name: Pack, stack: str) -> None:
    record = deployed(stack)
    in_process = expected(record, name, existing=True)
    assert [item for item in in_process if item[0] == "mandatory"] == []
    pack = serving(name)
    pack.configure(for_engine(state_config(stack)))
    region = record.config["aws:region"]
    alone = tuple(diagnostic for item in record.resources for diagnostic in pack.analyze(item, region))
    for case, read_back in READ_BACK.items():
        resources = read_back(record).resources
        whole = tuple(pack.analyze_stack(resources, region, deployed=True))
        assert sentences((*alone, *whole)) == in_process, case


@pytest.mark.parametrize("name", PACKS)
def test_every_weakening_of_a_deployed_stack_is_reported(diagnosed: Any, name: Pack) -> None:
    clean = diagnosed(name, "prod with every value")
    before = Counter(item.policy for item in clean if item.level == "mandatory")
    for change in CHANGES:
        diagnostics = diagnosed(name, f"an existing prod with the {change} change")
        after = Counter(item.policy for item in diagnostics if item.level == "mandatory")
        assert len(after - before) >= 5, change


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("stack", STACKS)
def test_a_first_preview_has_no_violation_and_no_rule_fails(diagnosed: Any, name: Pack, stack: str) -> None:
    diagnostics = diagnosed(name, f"{stack} at its first preview")
    assert [item for item in diagnostics if item.level == "mandatory"] == []
    assert [
        item for item in diagnostics if "stopped with" in item.message or "can't run policy" in item.message
    ] == []


@pytest.mark.parametrize("stack", STACKS)
def test_subnets_that_are_ambiguous_before_ids_are_known_are_deferred(stack: str) -> None:
    """An output of `awsx.ec2.Vpc` depends on all its subnets, in the engine and in the record."""
    report = judge_record(recorded(stack, known=False))
    assert report.findings == ()
    assert DATA_TIER in {item.policy for item in report.advisories}
    assert DATA_TIER not in {item.policy for item in judge_record(recorded(stack)).advisories}


def test_the_defaults_without_a_configuration_are_the_strictest(serving: Any) -> None:
    """Without a configuration file the exceptions of dev are violations."""
    pack = serving("retention")
    pack.configure({})
    violations = {item.message for item in pack.judge(recorded("dev")) if item.level == "mandatory"}
    assert any("s3-log-bucket-is-locked-six-years" in item for item in violations)
    assert any("stateful-resource-is-protected" in item for item in violations)
