"""The command `python -m planning heroku`."""

from __future__ import annotations

from pathlib import Path

import pytest

from planning.__main__ import main
from tests.planning.heroku.apps import FIXTURES


def run(*paths: Path) -> int:
    return main(["heroku", *map(str, paths)])


def test_the_command_also_reads_the_procfile_in_the_same_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FIXTURES / "app.json") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("# From app.json and Procfile. ")
    assert "entry_point: [worker]" in shown
    assert max(len(line) for line in shown.splitlines() if "arn:" not in line) <= 102


def test_the_command_reads_the_files_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "heroku.yml").write_text("build: {docker: {web: Dockerfile}}\nrun: {web: ./serve}\n")
    assert run(tmp_path) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("# From heroku.yml. ")
    (tmp_path / "Procfile").write_text("web: ./other\n")
    (tmp_path / "app.json").write_text("{}")
    assert run(tmp_path) == 0
    assert capsys.readouterr().out.startswith("# From app.json, Procfile and heroku.yml. ")
    assert "command: [./serve]" in shown


def test_the_files_can_have_other_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Procfile.heroku").write_text("web: ./serve\n")
    (tmp_path / "docker.yaml").write_text("run: [\n")
    assert run(tmp_path / "Procfile.heroku", tmp_path / "docker.yaml") == 2
    assert "docker.yaml: 1 entry to correct" in capsys.readouterr().err


def test_an_option_says_what_builds_the_images(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["heroku", "--images", "dockerfile", str(FIXTURES / "app.json")]) == 0
    assert "command: [celery, --app, ward, worker]" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["absent.json", ".."])
def test_a_file_that_cannot_be_read_is_one_clear_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FIXTURES / name) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "a file that can be read" in captured.err


def test_a_file_that_is_not_text_is_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.json").write_bytes(b"\xff\xfe")
    assert run(tmp_path / "app.json") == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_the_mistakes_of_both_files_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Procfile").write_text("nothing here\n")
    (tmp_path / "app.json").write_text((FIXTURES / "wrong.json").read_text())
    assert run(tmp_path / "app.json") == 2
    error = capsys.readouterr().err
    assert "app.json: 10 entries to correct" in error
    assert "Procfile: 1 entry to correct" in error
