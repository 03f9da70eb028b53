"""The pull request's workflow: pinned, without secrets, and the same checks as anywhere else."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.repository import ROOT

TEXT = (ROOT / ".github" / "workflows" / "check.yml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["check"]["steps"]


def test_actions_are_pinned_to_commits() -> None:
    used = [step["uses"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "uses" in step]
    assert len(used) == 5
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name)] == []


def test_it_may_read_and_knows_no_secret() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets." not in TEXT
    # A pull request of a stranger runs with what the stranger wrote.
    assert set(WORKFLOW[True]) == {"pull_request", "push"}  # YAML reads `on` as true


def test_a_separate_job_runs_the_whole_suite_in_a_fork() -> None:
    commands = [step["run"] for step in WORKFLOW["jobs"]["fork"]["steps"] if "run" in step]
    assert commands == ["make fork"]


def test_it_runs_what_everybody_runs() -> None:
    commands = [step["run"] for step in STEPS if "run" in step]
    assert commands[0].endswith("haproxy redis-server && make servers")
    assert commands[1] == "bash .ci/run"
    assert commands[2].startswith(".venv/bin/python -m blueprint preview --markdown")
    assert commands[3] == ".venv/bin/python -m blueprint evidence"
    assert set(WORKFLOW["jobs"]["check"]["strategy"]["matrix"]["python"]) == {"3.11", "3.13"}
