"""The command `python -m planning capacity`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from planning.__main__ import main
from tests.planning.capacity.example import DOCUMENT
from tests.repository import PROJECT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: hipaa\n")
    (tmp_path / "Pulumi.big.yaml").write_text(yaml.safe_dump({"config": DOCUMENT}))
    return tmp_path


def run(root: Path, *arguments: str) -> int:
    return main(["capacity", *arguments, "--requests-per-user-hour", "20"], root)


def test_the_exit_code_says_whether_the_stack_supports_the_load(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "big", "--users", "100000") == 0
    assert (
        "supported  the first limit is tasks of api-web: 60 tasks, exceeded from" in capsys.readouterr().out
    )
    assert run(root, "big", "--users", "300000") == 1
    shown = capsys.readouterr().out
    assert "hipaa:apps.api.processes.web.tasks.max   60        84" in shown
    assert "not supported  the first limit is tasks of api" in shown


def test_the_text_has_a_hundred_columns_at_most_and_no_trailing_spaces(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(root, "big", "--users", "5000000")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if line != line.rstrip() or "\x1b" in line] == []
    assert any(line.startswith("  no setting is enough  load balancer targets: ") for line in lines)
    assert "targets needed, 1,000 available" in " ".join(lines)


def test_json_contains_both_plans_and_the_changes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "big", "--users", "300000", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert data["changes"] == [{"path": "hipaa:apps.api.processes.web.tasks.max", "from": 60, "to": 84}]
    assert data["plan"]["supported"] is False
    assert data["plan"]["limits"][0]["path"] == "hipaa:apps.api.processes.web.tasks.max"
    assert data["plan_with_changes"]["supported"] is True


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_sample_stack_is_planned_or_the_error_names_what_is_missing(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(PROJECT, name, "--users", "10")
    assert (code, "hipaa:compute" in capsys.readouterr().err) in ((0, False), (1, False), (2, True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("absent", "--users", "1"),
            "Pulumi.absent.yaml: there is no such file; stacks with a file here: big\n",
        ),
        (("big", "--users", "-1"), "users must be from 0 to 10,000,000,000, but it is -1\n"),
    ],
)
def test_a_wrong_input_is_one_clear_error(
    root: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, *arguments) == 2
    assert capsys.readouterr() == ("", message)


def test_help_lists_every_figure_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["capacity", "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert "--database-connections-per-task" in shown
    assert "(default: 0.05)" in shown
    assert "1 a limit is exceeded, 2 the settings" in shown
