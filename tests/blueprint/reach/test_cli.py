"""What a person sees and what a pipeline gets from `python -m blueprint reach`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from blueprint.__main__ import main
from blueprint.workspace import Workspace
from tests.repository import PROJECT, recorded


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is the shipped dev stack with a program of its own."""
    (tmp_path / "Pulumi.yaml").write_text("name: hipaa\n")
    (tmp_path / "Pulumi.dev.yaml").write_text((PROJECT / "Pulumi.dev.yaml").read_text())
    return tmp_path


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a test the evaluation of the shipped prod stack, whose record others have."""
    monkeypatch.setattr(Workspace, "evaluate", lambda _, stack: recorded(stack.name))


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["reach", *arguments], PROJECT)
    return code, capsys.readouterr().out


def test_the_whole_table_fits_a_hundred_columns_and_groups_like_ones(capsys: pytest.CaptureFixture[str]):
    code, shown = answer(capsys, "prod")
    assert code == 0
    assert max(map(len, shown.splitlines())) <= 100
    assert "endpoint:*" in shown
    assert "nat:* (3)" in shown
    row = next(line for line in shown.splitlines() if line.startswith("entry-county "))
    assert row.split() == ["entry-county", "edge", "tcp", "443"]


@pytest.mark.usefixtures("evaluated")
def test_a_path_is_told_step_by_step_through_the_load_balancer(capsys: pytest.CaptureFixture[str]):
    code, shown = answer(capsys, "prod", "internet", "api-web:8443")
    assert code == 0
    assert "internet → api-web on tcp 8443: yes, through edge" in shown
    for step in (
        "internet gateway app",
        "ACL app-public in by allow 201",
        "security group api-web in by api-web-from-edge-8443",
    ):
        assert step in shown
    assert "not directly: internet gateway app has no public address for it" in shown


@pytest.mark.usefixtures("evaluated")
def test_a_refusal_names_what_stops_it_first(capsys: pytest.CaptureFixture[str]):
    code, shown = answer(capsys, "prod", "internet", "app:data:5432")
    assert code == 0
    assert "internet → app:data on tcp 5432: no" in shown
    assert "stopped: internet gateway app has no public address for it" in shown


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize(
    ("source", "target", "expected", "code"),
    [
        ("internet", "app:data", "no", 0), ("internet", "app:data", "yes", 1), ("internet", "api-web", "yes", 0),
        ("internet", "api-web", "no", 1), ("app-private-1", "app:data:5432", "yes", 0),
        ("10.20.0.7", "10.20.16.9:5432/tcp", "yes", 0), ("10.20.24.0/24", "app:data:22", "no", 0),
        ("10.90.0.0/20", "app:data:5432", "no", 0), ("vpn:engineers", "aurora:5432", "yes", 0), ("vpn:support", "aurora:5432", "no", 0),
        ("worker-jobs", "1.1.1.1:443", "yes", 0), ("worker-jobs", "1.1.1.1:53/udp", "no", 0),
    ],
)  # fmt: skip
def test_expectations_decide_the_exit_code(
    source: str, target: str, expected: str, code: int, capsys: pytest.CaptureFixture[str]
):
    assert answer(capsys, "prod", source, target, "--expect", expected)[0] == code


@pytest.mark.usefixtures("evaluated")
def test_an_answer_as_data(capsys: pytest.CaptureFixture[str]):
    code, shown = answer(capsys, "prod", "worker-jobs", "internet:443", "--json")
    found = json.loads(shown)
    assert (code, found["reaches"], found["direct"][0]["traffic"]) == (0, "yes", "tcp 443")
    assert found["direct"][0]["path"][-2] == "internet gateway app"


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["prod", "internt", "api-web"], "internt: there is no such place; did you mean internet?"),
        (["prod", "api-web", "app:dat"], "did you mean app:data?"),
        (["prod", "api-web"], "name both SOURCE and DEST"),
        (["prod", "--expect", "no"], "--expect needs SOURCE and DEST"),
        (["prod", "api-web", "edge:70000"], "a port is 0 to 65535"),
        (["prod", "api-web", "203.0.113"], "there is no such place"),
        (["prd"], "Pulumi.prd.yaml: there is no such file; stacks with a file here: dev, prod"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["reach", *arguments], PROJECT) == 2
    shown, error = capsys.readouterr()
    assert shown == ""
    assert told in error
    assert "Traceback" not in error


def test_a_program_that_fails_is_no_answer(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "__main__.py").write_text("raise RuntimeError('broken')\n")
    assert main(["reach", "dev"], project) == 3
    assert "__main__.py failed for stack dev" in capsys.readouterr().err


@pytest.mark.usefixtures("evaluated")
def test_the_inventory_lists_assets_and_flows_with_their_encryption(capsys: pytest.CaptureFixture[str]):
    code, shown = answer(capsys, "prod", "--inventory", "csv")
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert code == 0
    archive = next(row for row in rows if (row["kind"], row["name or from"]) == ("asset", "logs"))
    assert (archive["encryption"], archive["protection"]) == ("keys-logs", "Pulumi, Object Lock, compliance")
    flow = next(row for row in rows if (row["name or from"], row["type or to"]) == ("edge", "api-web"))
    assert (flow["kind"], flow["location or ports"], flow["encryption"]) == ("flow", "tcp 8443", "TLS")
    _, shown = answer(capsys, "prod", "--inventory", "json")
    assert {item["name"] for item in json.loads(shown)["assets"]} == {
        row["name or from"] for row in rows if row["kind"] == "asset"
    }
    assert "| edge | api-web | tcp 8443 | TLS |" in answer(capsys, "prod", "--inventory", "markdown")[1]


def test_a_preview_fails_on_a_path_that_must_not_be_and_shows_it(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "__main__.py").write_text(
        "import pulumi_aws as aws\n"
        "vpc = aws.ec2.Vpc('app', cidr_block='10.10.0.0/16')\n"
        "aws.ec2.VpcPeeringConnection('side', vpc_id=vpc.id, peer_vpc_id='vpc-0123456789abcdef0')\n"
    )
    assert main(["preview", "dev"], project) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "not proven The model follows everything that may carry traffic." in shown
    assert "ec2/VpcPeeringConnection side: carries traffic, and the model does not follow this type" in shown


def test_previews_show_what_is_proven_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, page = tmp_path / "p.json", tmp_path / "p.md"
    assert main(["preview", "prod", "--json", str(data), "--markdown", str(page)], PROJECT) == 0
    claim = "Only the edge and the VPN server accept connections from the internet."
    assert f"proven  {claim}" in capsys.readouterr().out
    assert f"| {claim} | yes |" in page.read_text()
    found = json.loads(data.read_text())["stacks"][0]["claims"]
    assert [item["faults"] for item in found if item["text"] == claim] == [[]]
