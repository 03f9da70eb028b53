"""What the command line tells about waivers."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
import yaml

from blueprint.__main__ import main
from blueprint.stacks import StackError
from blueprint.verdict import waivers_of
from blueprint.workspace import Workspace
from tests.blueprint.projects import FAULTY_PROGRAM, SETTINGS, make_project, write_stack
from tests.settings.documents import minimal_document, put

TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def write_waivers(project: Path, *entries: object) -> None:
    (project / "pyproject.toml").write_text(f'{SETTINGS}waivers = "waivers.yaml"\n')
    (project / "waivers.yaml").write_text(yaml.safe_dump({"waivers": entries}))


def waiver(days: int, **changes: object) -> dict[str, object]:
    """Return a waiver of the log group of the faulty program that ends in some days."""
    return {
        "policy": "log-group-keeps-six-years",
        "urn": "urn:pulumi:dev::fork::aws:cloudwatch/logGroup:LogGroup::short",
        "reason": "The log of a public web page holds no record.",
        "approver": "privacy officer",
        "created": TODAY - datetime.timedelta(days=100),
        "expires": TODAY + datetime.timedelta(days=days),
        **changes,
    }


@pytest.mark.parametrize(
    ("days", "note", "reported"),
    [(60, "expires on", False), (61, "", False), (-1, "expired on", True)],
)
def test_the_end_of_a_waiver_is_announced(
    project: Path, capsys: pytest.CaptureFixture[str], days: int, note: str, reported: bool
):
    (project / "__main__.py").write_text(FAULTY_PROGRAM)
    write_waivers(project, waiver(days))
    page, data = project / "page.md", project / "data.json"
    assert main(["preview", "dev", "--markdown", str(page), "--json", str(data)], project) == 1
    [stack] = json.loads(data.read_text())["stacks"]
    policies = {item["policy"] for item in stack["verdict"]["findings"]}
    assert ("log-group-keeps-six-years" in policies) is reported
    assert not {item for item in policies if "waiver" in item}
    notes = [item for item in stack["warnings"] if "The waiver of" in item]
    assert len(notes) == (1 if note else 0)
    shown = " ".join(capsys.readouterr().out.split())
    for sentence in notes:
        assert f"{note} {TODAY + datetime.timedelta(days=days)}" in sentence
        assert f"Note: {sentence}" in shown
        assert f"> {sentence}\n" in page.read_text()


def test_a_waiver_that_nothing_needs_does_not_fail_a_stack(project: Path, capsys: pytest.CaptureFixture[str]):
    write_waivers(project, waiver(-1), waiver(90))
    assert main(["preview", "dev"], project) == 0
    assert capsys.readouterr().out.count("Note: The waiver of") == 2


@pytest.mark.parametrize("command", [["preview"], ["evidence"], ["reach", "dev"]])
def test_every_mistake_in_the_waivers_is_told_before_anything_is_evaluated(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str]
):
    (project / "__main__.py").write_text("raise SystemExit('must not run')\n")
    write_waivers(project, waiver(30, policy="*", reason="fine"), 7)
    assert main(command, project) == 2
    shown, told = capsys.readouterr()
    assert shown == ""
    assert told.splitlines() == [
        f"The waiver file {project / 'waivers.yaml'} has mistakes:",
        '- waivers.yaml, entry 1, policy: must be the id of one control (see hipaa-policies list), but it is "*".',
        '- waivers.yaml, entry 1, reason: must be text of at least 20 characters, but it is "fine".',
        "- waivers.yaml, entry 2: must be a mapping of fields, but it is 7.",
    ]


def test_mistakes_in_the_waivers_and_in_a_stack_are_told_at_once(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    write_stack(project, "dev", put(minimal_document(), "hipaa:network.zones", 9))
    write_waivers(project, 7)
    assert main(["preview"], project) == 2
    told = capsys.readouterr().err
    assert "hipaa:network.zones" in told
    assert "waivers.yaml, entry 1" in told


def test_waivers_that_cannot_be_read_are_wrong_usage(project: Path):
    write_waivers(project)
    workspace = Workspace.at(project)
    workspace.root.joinpath("waivers.yaml").unlink()
    with pytest.raises(StackError, match=re.escape("waivers.yaml: No such file or directory")):
        waivers_of(workspace.waivers_file)
