"""Exemptions: a control exempts a resource while every condition is met, and no longer if one of them is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Control, Deferred, Exempt, NotApplicable, controls
from hipaa_policies.judge import CheckFinding, judge
from hipaa_policies.model import JudgedResource

from tests.policy.exemptions import EXEMPTED
from tests.policy.exemptions.cases import Exempted
from tests.policy.program import Edits, edited, findings, proxied

CONTROLS = {item.id: item for item in controls()}
NO_EDIT: Edits = {}


@dataclass(frozen=True)
class Case:
    """A program, and what the control must say about its subject."""

    exempted: Exempted
    edits: Edits
    message: str = ""

    @property
    def control(self) -> Control:
        return CONTROLS[self.exempted.control]

    def found(self) -> list[CheckFinding]:
        """Return the findings about the subject, which are the same for the property proxies of the SDK."""
        program = edited(self.exempted.good, self.edits)
        plain, proxies = (self._judged(items) for items in (program, map(proxied, program)))
        assert [(item.urn, item.message) for item in proxies] == [(item.urn, item.message) for item in plain]
        return plain

    def _judged(self, program: Iterable[JudgedResource]) -> list[CheckFinding]:
        found = findings(self.control, [canonical(item) for item in program], self.control.settings_of({}))
        assert [item for item in found if item.broken] == []
        return [item for item in found if item.urn.rpartition("::")[2] == self.exempted.subject]


def cases(of: Callable[[Exempted], Iterable[tuple[Edits, str]]]) -> list[Any]:
    return [
        pytest.param(Case(exempted, edits, message), id=f"{exempted.control}-{number}")
        for exempted in EXEMPTED
        for number, (edits, message) in enumerate(of(exempted), 1)
    ]


def without_message(edits: Iterable[Edits]) -> list[tuple[Edits, str]]:
    return [(item, "") for item in edits]


def violations(found: Iterable[CheckFinding]) -> list[str]:
    return [item.message for item in found if not isinstance(item.message, Deferred | NotApplicable)]


@pytest.mark.parametrize("case", cases(lambda item: without_message([NO_EDIT, *item.also])))
def test_a_resource_that_meets_every_condition_is_exempt(case: Case) -> None:
    assert [type(item.message) for item in case.found()] == [Exempt]


@pytest.mark.parametrize("case", cases(lambda item: item.refused))
def test_without_one_condition_the_violation_is_back_and_names_the_condition(case: Case) -> None:
    found = violations(case.found())
    assert found
    assert [item for item in found if case.message not in item] == []


@pytest.mark.parametrize("case", cases(lambda item: without_message(item.unknown)))
def test_a_condition_on_an_unknown_value_defers_the_verdict(case: Case) -> None:
    assert [type(item.message) for item in case.found()] == [Deferred]


@pytest.mark.parametrize("case", cases(lambda item: without_message(item.ordinary)))
def test_a_resource_of_another_kind_is_reported_without_the_exemption(case: Case) -> None:
    found = violations(case.found())
    assert found
    assert [item for item in found if "exemption" in item] == []


@pytest.mark.parametrize("exempted", EXEMPTED, ids=lambda item: item.control)
def test_the_report_lists_an_exempt_resource_and_does_not_count_it_as_passed(exempted: Exempted) -> None:
    report = judge(exempted.good.values())
    (urn,) = (item.urn for item in exempted.good.values() if item.name == exempted.subject)
    assert report.exempt[exempted.control] == (urn,)
    assert urn not in report.passing_urns.get(exempted.control, ())
    tally = next(item for item in report.tallies if item.control == exempted.control)
    assert tally.not_applicable >= 1


def test_every_exemption_has_a_program_with_edits_of_all_kinds() -> None:
    declared = {item.id for item in controls() if item.exemption is not None}
    assert {case.control for case in EXEMPTED} == declared
    assert [case.control for case in EXEMPTED if not (case.refused and case.also and case.ordinary)] == []


@pytest.mark.parametrize(
    "control", [item for item in controls() if item.exemption is not None], ids=lambda item: item.id
)
def test_an_exemption_states_its_conditions_and_cites_pages_of_aws(control: Control) -> None:
    exemption = control.exemption
    assert exemption is not None
    assert "\n" not in exemption.text
    assert exemption.text.endswith(".")
    assert all(item.startswith("https://docs.aws.amazon.com/") for item in exemption.sources)
    assert len(set(exemption.sources)) == len(exemption.sources) > 0
