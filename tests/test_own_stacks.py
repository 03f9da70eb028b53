"""The stacks of this repository, whatever a fork makes of them: no findings, and everything proven.

Every other test uses stacks of its own or the sample stacks, so a changed stack file cannot fail it.
"""

from __future__ import annotations

import datetime
from functools import cache

import pytest
from hipaa_policies import judge

from blueprint import stacks
from blueprint.preview import preview_record
from blueprint.record import Record
from blueprint.workspace import Workspace
from tests.repository import ROOT

WORKSPACE = Workspace.at(ROOT)


@cache
def recorded(name: str) -> Record:
    return WORKSPACE.evaluate(WORKSPACE.stack(name))


@pytest.mark.parametrize("name", stacks.names(ROOT))
def test_a_stack_has_no_findings_and_its_logs_and_its_network_are_proven(name: str) -> None:
    preview = preview_record(recorded(name), WORKSPACE, WORKSPACE.stack(name))
    assert [f"{item.policy} {item.name}: {item.message}" for item in preview.verdict.findings] == []
    assert preview.unproven_logs == {}
    assert [f"{item.text} {item.faults}" for item in preview.claims if not item.proven] == []
    assert preview.resources > 0


@pytest.mark.parametrize("name", stacks.names(ROOT))
def test_a_stack_passes_in_later_years_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_today", lambda: datetime.date(2028, 12, 1))
    assert preview_record(recorded(name), WORKSPACE, WORKSPACE.stack(name)).clean


def test_no_two_stacks_exclude_each_other() -> None:
    conflicts = WORKSPACE.hooks.conflicts(WORKSPACE.files())
    assert [item.message for item in conflicts if item.is_error] == []
