"""What a person sees and what a script gets from `python -m blueprint`."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hipaa_policies.catalog import controls

from blueprint.__main__ import main
from tests.blueprint.projects import FAULTY_PROGRAM, make_project, write_stack
from tests.repository import PROJECT, ROOT, STACKS
from tests.settings.documents import minimal_document, put

MANY_LOGS = (
    "import pulumi_aws as aws\n"
    "for number in range(300):\n"
    "    aws.cloudwatch.LogGroup(f'log-{number:03}', retention_in_days=30)\n"
)
TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def everything() -> tuple[int, str, str]:
    """The exit code of a preview of every stack, what it shows and what it tells aside."""
    shown, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(told):
        code = main(["preview"], PROJECT)
    return code, shown.getvalue(), told.getvalue()


def test_the_shipped_stacks_are_shown_clean_at_a_hundred_columns(everything: tuple[int, str, str]):
    code, shown, progress = everything
    assert code == 0
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 100
    assert not [line for line in lines if line != line.rstrip() or "\x1b" in line]
    for heading in (
        "What would be built", "Address plan", "Where logs go and how long they stay", "Protected from deletion",
        "Policy",
    ):  # fmt: skip
        assert lines.count(heading) == len(STACKS)
    assert "0 findings" in shown
    # The answer stands before everything else of a stack, and once more where a terminal shows it.
    answers = [line for line in lines if "passes  0 findings · " in line]
    assert len(answers) == 2 * len(STACKS)
    assert lines[-1] == answers[-1]
    assert "not proven" not in shown
    assert progress == ""


def test_one_stack_can_be_named(capsys: pytest.CaptureFixture[str]):
    assert main(["preview", "dev"], PROJECT) == 0
    shown = capsys.readouterr().out
    assert "Pulumi.dev.yaml" in shown
    assert "Pulumi.prod.yaml" not in shown


def test_findings_are_whole_sentences_with_remedy_and_citation(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "__main__.py").write_text(FAULTY_PROGRAM)
    assert main(["preview", "dev"], project) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "high log-group-keeps-six-years cloudwatch/LogGroup short" in shown
    assert "retentionInDays must be at least 2192, but it is 30." in shown
    assert "How to fix it: Set retention_in_days to 2192" in shown
    assert "Maps to 45 CFR 164.316(b)(2)(i)" in shown
    assert re.search(r"fails \d+ findings \([^)]+\) · 0 of 1 log proven", shown)
    assert "not proven log of short: no store keeps it for 2192 days, the longest is 30" in shown


def test_findings_with_one_cause_are_one_entry_that_names_the_setting(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "__main__.py").write_text(MANY_LOGS)
    page, data = project / "page.md", project / "data.json"
    assert main(["preview", "dev", "--markdown", str(page), "--json", str(data)], project) == 1
    policy = capsys.readouterr().out.rpartition("\nPolicy\n")[2]
    assert len(policy.splitlines()) < 100
    shown = " ".join(policy.split())
    assert "high log-group-keeps-six-years 300 resources retentionInDays must be at least 2192" in shown
    assert "cloudwatch/LogGroup log-000, cloudwatch/LogGroup log-001" in shown
    assert "cloudwatch/LogGroup log-004 and 295 more" in shown
    origin = "Parameter min_days = 2192 follows from hipaa:audit.retention_days."
    assert origin in shown
    [row] = [line for line in page.read_text().splitlines() if "| `log-group-keeps-six-years` |" in line]
    assert "`cloudwatch/LogGroup log-004` and 295 more" in row
    assert origin in row
    [stack] = json.loads(data.read_text())["stacks"]
    found = [item for item in stack["verdict"]["findings"] if item["policy"] == "log-group-keeps-six-years"]
    assert len(found) == 300
    assert origin in stack["origins"]["log-group-keeps-six-years"]


def test_a_replaced_parameter_names_its_file(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "__main__.py").write_text(FAULTY_PROGRAM)
    (project / "policy" / "config").mkdir(parents=True)
    entry = {"enforcementLevel": "mandatory", "min_days": 2557}
    (project / "policy" / "config" / "dev.json").write_text(
        json.dumps(
            {"retention-relations": {"enforcementLevel": "mandatory", "log-group-keeps-six-years": entry}}
        )
    )
    assert main(["preview", "dev"], project) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "Parameter min_days = 2557 follows from policy/config/dev.json." in shown
    assert "Parameter min_days_if_archived = 2192 follows from hipaa:audit.retention_days." in shown
    assert "Parameter enforcementLevel" not in shown


def test_mistakes_of_every_stack_are_told_before_anything_is_evaluated(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "__main__.py").write_text("raise SystemExit('must not run')\n")
    document = put(put(minimal_document(), "hipaa:network.zones", 9), "hipaa:audit.retention_days", 365)
    write_stack(project, "dev", {**document, "hipaa:protcet": True})
    write_stack(project, "prod", put(minimal_document(), "hipaa:account", 123))
    (project / "Pulumi.test.yaml").write_text("config: [\n")
    assert main(["preview"], project) == 2
    shown, told = capsys.readouterr()
    assert shown == ""
    for line in (
        "Pulumi.dev.yaml: 3 settings to correct", "hipaa:network.zones", "hipaa:audit.retention_days", "hipaa:protcet",
        "Pulumi.prod.yaml: 1 setting to correct", "hipaa:account", "Pulumi.test.yaml, line 2, column 1",
    ):  # fmt: skip
        assert line in told
    assert "Traceback" not in told


def test_an_overlapping_partner_is_among_the_mistakes_told_at_once(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    document = put(put(minimal_document(), "hipaa:network.zones", 9), "hipaa:audit.retention_days", 365)
    vpc = document["hipaa:network"]["cidr"]
    inside = f"{vpc.split('/')[0]}/24"
    partner = {"mode": "vpn", "cidrs": [inside], "peer_ip": "203.0.113.10"}
    joined: dict[str, Any] = {"transit": {}, "exchange_cidr": "192.168.0.0/20"}
    document["hipaa:connectivity"] = {**joined, "partners": {"mercy": partner}}
    write_stack(project, "dev", {**document, "hipaa:protcet": True})
    assert main(["preview"], project) == 2
    told = capsys.readouterr().err
    assert "Pulumi.dev.yaml: 4 settings to correct" in told
    assert f"does not overlap hipaa:network.cidr ({vpc})" in told


def test_a_stack_without_a_file_is_named_with_those_that_have_one(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["preview", "staging"], project) == 2
    assert (
        "Pulumi.staging.yaml: there is no such file; stacks with a file here: dev" in capsys.readouterr().err
    )


def test_a_project_without_stacks_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["preview"], tmp_path) == 2
    assert "pulumi stack init" in capsys.readouterr().err


def test_json_holds_everything_and_no_secret(project: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["preview", "prod", "--json", "-"], PROJECT) == 0
    [stack] = json.loads(capsys.readouterr().out)["stacks"]
    assert stack["clean"] is True
    assert stack["stack"] == "prod"
    assert {"tree", "subnets", "sinks", "protected", "verdict", "warnings"} <= set(stack)
    assert Counter(subnet["vpc"] for subnet in stack["subnets"]) == {"app": 9, "partners": 3}
    assert all(sink["fault"] == "" for sink in stack["sinks"])
    assert stack["verdict"]["findings"] == []


def test_json_and_markdown_go_to_files_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, page = tmp_path / "out.json", tmp_path / "out.md"
    assert main(["preview", "dev", "--json", str(data), "--markdown", str(page)], PROJECT) == 0
    assert json.loads(data.read_text())["stacks"][0]["stack"] == "dev"
    assert page.read_text().startswith("# Stack `dev`\n")
    assert "What would be built" in capsys.readouterr().out


def exempt(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line.startswith("  exempt  ")]


def test_a_fork_under_another_name_has_the_same_exempt_resources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], everything: tuple[int, str, str]
):
    for name in ("__main__.py", "policy", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "Pulumi.yaml").write_text("name: our-clinic\n")
    assert main(["preview"], tmp_path) == 0
    there = exempt(capsys.readouterr().out)
    assert there == exempt(everything[1])
    # Two in dev, and in prod one for each control with an exemption.
    assert len(there) == 2 + len([item for item in controls() if item.exemption])


def test_help_teaches_the_command_and_its_exit_codes(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["preview", "--help"], PROJECT)
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert "python -m blueprint preview prod" in shown
    assert "2 the settings are wrong, 3 the program failed" in shown


def test_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]):
    assert main(["docs", "--check"], ROOT) == 0
    assert capsys.readouterr().err == ""


def test_a_stale_page_is_named_with_what_differs(project: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["docs"], project) == 0
    page = project / "docs" / "settings.md"
    page.write_text(page.read_text().replace("# Settings", "# Old settings"))
    capsys.readouterr()
    assert main(["docs", "--check"], project) == 1
    told = capsys.readouterr().err
    assert "docs/settings.md is out of date" in told
    assert "-# Old settings" in told
    assert "# Old settings" in page.read_text()


def test_the_preview_of_prod_lists_its_alarms_by_name(everything: tuple[int, str, str]):
    shown = " ".join(everything[1].split())
    for alarm in (
        "alerts-trail-silent",
        "alerts-undelivered-alerts",
        "alerts-delivery-stale",
        "alerts-replication-failed",
    ):
        assert alarm in shown
    assert shown.count("alerts-") >= 14


def test_stacks_that_exclude_each_other_are_refused(project: Path, capsys: pytest.CaptureFixture[str]):
    document = put(minimal_document(), "hipaa:audit.owns", ["account", "region"])
    write_stack(project, "dev", document)
    write_stack(project, "prod", document)
    assert main(["preview", "prod"], project) == 2
    told = capsys.readouterr().err
    assert "Pulumi.dev.yaml, Pulumi.prod.yaml: hipaa:audit.owns contains account in each" in told


def test_a_doubt_about_several_stacks_is_a_note_of_each(project: Path, capsys: pytest.CaptureFixture[str]):
    write_stack(project, "dev", minimal_document())
    write_stack(project, "prod", put(minimal_document(), "hipaa:environment", "prod"))
    main(["preview", "prod", "--json", "-"], project)
    [shown] = json.loads(capsys.readouterr().out)["stacks"]
    assert any(
        note.startswith("Pulumi.dev.yaml, Pulumi.prod.yaml: hipaa:network.cidr 10.10.0.0/16 and")
        for note in shown["warnings"]
    )


def test_a_file_that_cannot_be_written_is_told_before_anything_is_evaluated(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "__main__.py").write_text("raise SystemExit('must not run')\n")
    missing = project / "nowhere" / "out.json"
    assert main(["preview", "--json", str(missing)], project) == 2
    assert capsys.readouterr().err == f"{missing}: No such file or directory\n"


def test_two_results_do_not_mix_on_standard_output(project: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["preview", "--json", "-", "--markdown", "-"], project) == 2
    assert "name a file for one of them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "the file is not JSON: Expecting"), ("[]", "expected an object"), ('{"no-such": {"enforcementLevel": "mandatory"}}', "no-such is not a control")],
)  # fmt: skip
def test_a_broken_policy_configuration_is_told_by_file(
    project: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
):
    (project / "policy" / "config").mkdir(parents=True)
    (project / "policy" / "config" / "dev.json").write_text(content)
    assert main(["preview"], project) == 2
    assert told in capsys.readouterr().err


def test_a_failure_of_the_program_is_told_apart_from_findings(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "__main__.py").write_text("raise ValueError('a mistake of mine')\n")
    assert main(["preview"], project) == 3
    told = capsys.readouterr().err
    assert "__main__.py failed for stack dev" in told
    assert "ValueError: a mistake of mine" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("config:\n  hipaa:protect: true\n  hipaa:protect: false\n", "line 3, column 3: the key hipaa:protect occurs twice"),
        ("config:\n  protect: true\n", "fork:protect"),
        ("config:\n  fork:protect: true\n", "did you mean hipaa:protect?"),
        ("config: []\n", "expected a mapping of keys to values, found a list"),
        ("config:\n  hippa:protect: true\n", "did you mean hipaa:protect?"),
        ("config:\n", "a mapping with the settings of the stack"),
    ],
)  # fmt: skip
def test_a_stack_file_that_would_be_misread_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
):
    (project / "Pulumi.dev.yaml").write_text(content)
    assert main(["preview"], project) == 2
    assert told in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_failure():
    command = f"{sys.executable} -m blueprint preview | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr
