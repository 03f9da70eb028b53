"""The command `python -m planning docs`, and the command line as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from planning import ROOT
from planning.__main__ import main
from tests.planning.capacity.example import DOCUMENT
from tests.settings.documents import minimal_document


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: hipaa\n")
    (tmp_path / "Pulumi.big.yaml").write_text(yaml.safe_dump({"config": DOCUMENT}))
    (tmp_path / "Pulumi.small.yaml").write_text(yaml.safe_dump({"config": minimal_document()}))
    return tmp_path


def test_the_pages_of_this_project_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_each_stack_with_services_has_a_page(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs"], root) == 0
    assert capsys.readouterr().out == "wrote docs/capacity/big.md\n"
    assert [path.name for path in (root / "docs" / "capacity").iterdir()] == ["big.md"]
    assert main(["docs", "--check"], root) == 0


def test_an_outdated_page_is_reported_with_the_differences(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["docs"], root)
    page = root / "docs" / "capacity" / "big.md"
    page.write_text(page.read_text().replace("# Capacity", "# Old capacity"))
    capsys.readouterr()
    assert main(["docs", "--check"], root) == 1
    error = capsys.readouterr().err
    assert "docs/capacity/big.md is out of date; to write it again: python -m planning docs" in error
    assert "-# Old capacity of stack `big`" in error
    assert "# Old capacity" in page.read_text()


def test_wrong_settings_are_reported(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "Pulumi.small.yaml").write_text("config:\n")
    assert main(["docs"], root) == 2
    assert "Pulumi.small.yaml" in capsys.readouterr().err


def test_a_closed_pipe_is_no_failure() -> None:
    command = f"{sys.executable} -m planning heroku tests/planning/heroku/fixtures/app.json | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.startswith("# From app.json")
    assert "Traceback" not in done.stderr
