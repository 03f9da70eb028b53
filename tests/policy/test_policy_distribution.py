"""The distribution hipaa-policies: its wheel serves packs and runs the command line without this repository."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pulumi_aws as aws
import pytest
import yaml
from hipaa_policies.catalog import PACKS, controls
from hipaa_policies.cli import main
from hipaa_policies.coverage import ROWS

from blueprint.recorder import evaluate
from tests.policy.engine import exported
from tests.policy.servers import running
from tests.repository import POLICY, ROOT

PROJECT = tomllib.loads((POLICY / "pyproject.toml").read_text())["project"]
CONFIG = {"aws:region": "us-east-1"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the pack folders as `make packs` does."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        ["make", "--no-print-directory", "packs", f"DIST={folder}"], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def alone(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Install the wheel alone; return environment variables that put it first on the import path."""
    site = tmp_path_factory.mktemp("site")
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return {"PYTHONPATH": str(site)}


def test_the_wheel_contains_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert wheel.name == f"hipaa_policies-{PROJECT['version']}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    sources = {str(path.relative_to(POLICY)) for path in (POLICY / "hipaa_policies").rglob("*.py")}
    assert {name for name in names if not name.startswith("hipaa_policies-")} == {
        *sources,
        "hipaa_policies/py.typed",
        "hipaa_policies/coverage.toml",
    }


def test_the_wheel_has_the_coverage_table_as_data(alone: Mapping[str, str], tmp_path: Path) -> None:
    script = "from hipaa_policies import coverage; print(len(coverage.ROWS), coverage.__file__)"
    command = [sys.executable, "-c", script]
    environment = {**os.environ, **alone}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    number, _, file = done.stdout.strip().partition(" ")
    assert int(number) == len(ROWS)
    assert file.startswith(alone["PYTHONPATH"])


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_folder_of_two_lines_serves_a_pack_with_only_the_wheel(
    tmp_path: Path, alone: Mapping[str, str], pack: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__main__.py").write_text(
        f'from hipaa_policies.pack import serve\nserve("{pack}")\n'
    )
    (tmp_path / "mine" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    record = evaluate(lambda: aws.kms.Key("key"), CONFIG, stack="dev", project="clinic")
    with running("mine", record, policy=tmp_path, environment=alone) as server:
        server.configure({})
        assert len(server.info.policies) == 2 + len([item for item in controls(pack) if item.resource_check])
        violated = {item.policy for item in server.judge(record) if item.level == "mandatory"}
    assert ("kms-key-rotates-yearly" in violated) == (pack == "encryption")


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_folder_can_be_published_with_the_wheel_inside(
    built: Path, alone: Mapping[str, str], pack: str
) -> None:
    folder = built / pack
    (wheel,) = folder.glob("*.whl")
    assert (folder / "requirements.txt").read_text() == f"./{wheel.name}\n"
    project = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())
    assert project["runtime"]["options"] == {"toolchain": "pip", "virtualenv": "venv"}
    record = evaluate(lambda: aws.kms.Key("key"), CONFIG, stack="dev", project="clinic")
    with running(pack, record, policy=built, environment=alone) as server:
        assert server.info.name == f"hipaa-{pack}"


def test_the_command_line_runs_from_the_wheel_alone(alone: Mapping[str, str], tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(exported("dev"))
    script = (
        "import sys, hipaa_policies; from hipaa_policies.cli import main; print(hipaa_policies.__file__); "
        f"sys.exit(main(['judge', {str(state)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, **alone},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(alone["PYTHONPATH"])
    assert done.returncode == 1, done.stderr
    assert "s3-log-bucket-is-locked-six-years" in done.stdout


@pytest.mark.parametrize("pack", [None, *PACKS])
def test_the_command_line_lists_every_control(pack: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", *(["--pack", pack] if pack else [])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [item.id for item in controls(pack)]  # type: ignore[arg-type]


@pytest.mark.parametrize("id_", [item.id for item in controls()])
def test_the_command_line_explains_every_control(id_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", id_]) == 0
    shown = capsys.readouterr().out
    (control,) = (item for item in controls() if item.id == id_)
    for text in (control.title, control.description, control.remediation, control.citations[0], control.pack):
        assert text in shown
    assert all(name in shown for name in control.settings)


def test_the_command_line_suggests_the_nearest_control(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "secret-rotate"]) == 2
    assert capsys.readouterr().err == "secret-rotate: no such control. The nearest is secret-rotates.\n"
