"""Stack files as the Pulumi CLI 3.274.1 writes them are accepted, in a preview and by the program.

`cli/new-dev.yaml` and `cli/new-other.yaml` are the stack files after `pulumi new` with this repository as the template, for
the stack `dev` and for a stack without a shipped file. `cli/config-set.yaml` is a file that only `pulumi config set` wrote,
with and without `--path`. The line `encryptionsalt` is removed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pulumi
import pytest
import yaml
from pulumi.runtime import config as store

from blueprint import stacks
from blueprint.recorder import wire_config
from settings import load, parse
from stack.controls import parameters
from tests.repository import ROOT, judge, program

FILES = Path(__file__).parent / "cli"
NEW = {"new-dev": "dev", "new-other": "staging", "config-set": "test"}


def stack_file(root: Path, name: str) -> stacks.StackFile:
    (root / "Pulumi.yaml").write_text(
        "name: clinic\nconfig: {pulumi:tags: {value: {pulumi:template: here}}}\n"
    )
    shutil.copy(FILES / f"{name}.yaml", root / f"Pulumi.{NEW[name]}.yaml")
    return stacks.read(root, NEW[name])


@pytest.mark.parametrize("name", NEW)
def test_a_file_of_the_cli_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = stack_file(tmp_path, name)
    previewed = parse(file.config, file=file.path.name, project=file.project, stack=file.stack)
    assert (previewed.account_id, previewed.allowed_account_ids) == ("111122223333", ("111122223333",))
    assert previewed.environment == NEW[name]
    monkeypatch.setattr(pulumi, "get_stack", lambda: NEW[name])
    monkeypatch.setattr(pulumi, "get_project", lambda: "clinic")
    before = store.CONFIG.get()
    pulumi.runtime.set_all_config(wire_config(file.config))
    try:
        assert load() == previewed
    finally:
        store.CONFIG.set(before)


@pytest.mark.parametrize("name", NEW)
def test_the_first_preview_of_a_file_of_the_cli_has_no_finding(tmp_path: Path, name: str) -> None:
    file = stack_file(tmp_path, name)
    record = program(file.config, stack=file.stack)
    settings = parse(file.config, file=file.path.name, project=file.project, stack=file.stack)
    assert len(record.resources) > 100
    assert judge(record, parameters(settings)).findings == ()


def test_values_that_the_cli_writes_as_text_have_their_type(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config-set")
    chosen = parse(file.config, file=file.path.name, stack=file.stack)
    assert (chosen.protect, chosen.budget and chosen.budget.monthly_usd) == (False, 300)
    assert chosen.data is not None
    assert chosen.data.aurora is not None
    assert (chosen.data.aurora.capacity_acu.min, chosen.data.aurora.engine_version) == (0.5, "17.10")


def test_pulumi_new_asks_for_every_key_that_has_no_default() -> None:
    template = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["template"]
    written = yaml.safe_load((FILES / "new-other.yaml").read_text(encoding="utf-8"))["config"]
    assert template["config"].keys() == written.keys()
