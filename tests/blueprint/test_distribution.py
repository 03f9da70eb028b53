"""The distribution pulumi-blueprint: its wheel records and judges a program outside this repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.blueprint.test_foreign import write_example
from tests.repository import ROOT

SOURCE = ROOT / "blueprint"
PROJECT = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as `make wheel` does, from a copy of the folder."""
    folder = tmp_path_factory.mktemp("dist")
    copy = shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(copy)],
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"pulumi_blueprint-{PROJECT['version']}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.startswith("pulumi_blueprint-")}
    sources = {path.relative_to(ROOT).as_posix() for path in SOURCE.rglob("*.py")}
    assert names == {*sources, "blueprint/py.typed"}


def test_the_wheel_depends_on_the_policies_by_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(name))
    assert "hipaa-policies<0.2,>=0.1" in metadata.get_all("Requires-Dist", [])
    assert metadata["License-Expression"] == "Apache-2.0"


def test_the_wheel_judges_a_program_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "clinic"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    project.mkdir()
    write_example(project)
    script = "import blueprint.__main__ as cli; print(cli.__file__, flush=True); cli.run()"
    done = subprocess.run(
        [sys.executable, "-c", script, "preview", "prod"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(str(site))
    assert done.returncode == 1, done.stderr
    assert "retentionInDays must be at least 2192, but it is 30." in done.stdout


def test_the_distribution_has_the_settings_that_the_repository_pins() -> None:
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    own = [item for item in PROJECT["dependencies"] if not item.startswith("hipaa-policies")]
    assert [item for item in own if item not in repository] == []
