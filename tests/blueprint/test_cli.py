"""What a person sees and what a script gets from `python -m blueprint`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from blueprint import ROOT
from blueprint.__main__ import main
from tests.settings.strategies import minimal_document, put

CLEAN_PROGRAM = "import pulumi\nimport settings\npulumi.export('environment', settings.load().environment)\n"
FAULTY_PROGRAM = (
    "import pulumi_aws as aws\n"
    "aws.cloudwatch.LogGroup('short', retention_in_days=30)\n"
    "aws.kms.Key('still', enable_key_rotation=False)\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: fork\n")
    (tmp_path / "__main__.py").write_text(CLEAN_PROGRAM)
    write_stack(tmp_path, "dev", minimal_document())
    return tmp_path


def write_stack(root: Path, stack: str, config: dict[str, object]) -> None:
    (root / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))


def test_the_shipped_stacks_are_shown_clean_at_a_hundred_columns(capsys: pytest.CaptureFixture[str]):
    assert main(["preview"]) == 0
    shown, progress = capsys.readouterr()
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 100
    assert not [line for line in lines if line != line.rstrip() or "\x1b" in line]
    for heading in (
        "What would be built", "Address plan", "Where logs go and how long they stay", "Protected from deletion",
        "Policy",
    ):  # fmt: skip
        assert lines.count(heading) == 2
    assert "0 findings" in shown
    assert "not proven" not in shown
    assert progress == ""


def test_one_stack_can_be_named(capsys: pytest.CaptureFixture[str]):
    assert main(["preview", "dev"]) == 0
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
    assert "To mend it: Set retention_in_days to 2192" in shown
    assert "Maps to 45 CFR 164.316(b)(2)(i)" in shown
    assert "not proven log of short: no store keeps it for 2192 days, the longest is 30" in shown


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
    document["hipaa:connectivity"] = {"exchange_cidr": "192.168.0.0/20", "partners": {"mercy": partner}}
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
    assert main(["preview", "prod", "--json", "-"]) == 0
    [stack] = json.loads(capsys.readouterr().out)["stacks"]
    assert stack["clean"] is True
    assert stack["stack"] == "prod"
    assert {"tree", "subnets", "sinks", "protected", "verdict", "warnings"} <= set(stack)
    assert len(stack["subnets"]) == 9
    assert all(sink["fault"] == "" for sink in stack["sinks"])
    assert stack["verdict"]["findings"] == []


def test_json_and_markdown_go_to_files_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, page = tmp_path / "out.json", tmp_path / "out.md"
    assert main(["preview", "dev", "--json", str(data), "--markdown", str(page)]) == 0
    assert json.loads(data.read_text())["stacks"][0]["stack"] == "dev"
    assert page.read_text().startswith("# Stack `dev`\n")
    assert "What would be built" in capsys.readouterr().out


def test_a_fork_under_another_name_is_judged_by_the_same_waivers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name in ("__main__.py", "Pulumi.prod.yaml", "policy"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "Pulumi.yaml").write_text("name: our-clinic\n")
    assert main(["preview", "prod"], tmp_path) == 0
    assert "3 waivers in force" in capsys.readouterr().out


def test_help_teaches_the_command_and_its_exit_codes(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["preview", "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert "python -m blueprint preview prod" in shown
    assert "exit code: 0 nothing found, 1 a control has findings, 2 the settings are wrong" in shown


def test_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]):
    assert main(["docs", "--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_stale_page_is_named_with_what_differs(project: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["docs"], project) == 0
    page = project / "docs" / "stacks" / "dev.md"
    page.write_text(page.read_text().replace("# Stack", "# Old stack"))
    capsys.readouterr()
    assert main(["docs", "--check"], project) == 1
    told = capsys.readouterr().err
    assert "docs/stacks/dev.md is out of date" in told
    assert "-# Old stack `dev`" in told
    assert "# Old stack" in page.read_text()
