"""The files that `python -m blueprint evidence` writes about a stack."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from blueprint.__main__ import main
from blueprint.evidence import files
from tests.repository import PROJECT, STACKS, recorded, workspace
from tests.settings.documents import minimal_document


@cache
def written(stack: str) -> dict[str, str]:
    return dict(files(recorded(stack), workspace(), workspace().stack(stack)))


@pytest.mark.parametrize("stack", STACKS)
def test_each_file_has_its_format_and_speaks_of_the_stack(stack: str) -> None:
    evidence = written(stack)
    assert set(evidence) == {
        "stack.md", "network.svg", "inventory.csv", "controls.md", "controls.json", "state.json",
    }  # fmt: skip
    assert evidence["stack.md"].startswith(f"# Stack `{stack}`\n")
    assert "![Network of the stack](network.svg)" in evidence["stack.md"]
    assert f"- In `{stack}`: satisfied by " in evidence["controls.md"]
    assert ElementTree.fromstring(evidence["network.svg"]).tag.endswith("svg")  # noqa: S314, our own text
    assert set(json.loads(evidence["controls.json"])) == {"component-definition"}
    header, *rows = csv.reader(evidence["inventory.csv"].splitlines())
    assert len(rows) > 3
    assert {len(row) for row in rows} == {len(header)}


def test_the_page_contains_the_rows_of_the_inventory() -> None:
    _, *rows = csv.reader(written("prod")["inventory.csv"].splitlines())
    assert [row[1] for row in rows if row[0] == "asset" and row[1] not in written("prod")["stack.md"]] == []


def test_the_command_writes_a_folder_for_each_stack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", "dev", "--out", str(tmp_path / "out")], PROJECT) == 0
    names = sorted(written("dev"))
    assert sorted(path.name for path in (tmp_path / "out" / "dev").iterdir()) == names
    assert sorted(capsys.readouterr().out.splitlines()) == [
        f"wrote {tmp_path}/out/dev/{name}" for name in names
    ]


def test_wrong_settings_are_reported_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", "dev", "absent", "--out", str(tmp_path / "out")], PROJECT) == 2
    assert "absent" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("a file")
    assert main(["evidence", "dev", "--out", str(tmp_path / "out")], PROJECT) == 2
    assert f"{tmp_path}/out/dev: Not a directory" in capsys.readouterr().err


def test_a_program_that_fails_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: fork\n")
    (tmp_path / "__main__.py").write_text("raise RuntimeError('no such thing')\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": minimal_document()}))
    assert main(["evidence", "--out", str(tmp_path / "out")], tmp_path) == 3
    assert "RuntimeError: no such thing" in capsys.readouterr().err
