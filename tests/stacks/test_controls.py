"""Parameters of the controls: they follow from the settings of a stack, and from nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hipaa_policies import config
from hipaa_policies.catalog import controls
from hypothesis import given

import settings
from blueprint.__main__ import main
from blueprint.workspace import Workspace
from settings.reference import entries
from stack.controls import origins
from tests.repository import (
    PROJECT,
    ROOT,
    STACKS,
    controls_for,
    judge,
    policy_config,
    program,
    recorded,
    workspace,
)
from tests.settings.documents import minimal_document, put
from tests.settings.strategies import valid_documents

BY_ID = {item.id: item for item in controls()}


@given(document=valid_documents())
def test_every_control_accepts_its_parameters(document: dict[str, object]) -> None:
    parameters = controls_for(document)
    for id_, values in parameters.items():
        assert BY_ID[id_].settings_of(values).items() >= {}.items()
        assert set(values) <= set(BY_ID[id_].settings), id_


@given(document=valid_documents())
def test_the_file_for_the_engine_holds_the_same_parameters(document: dict[str, object]) -> None:
    parameters = controls_for(document)
    entries = config.for_engine(parameters)
    levels = {id_: {"enforcementLevel": BY_ID[id_].level} for id_ in parameters}
    assert config.flatten_settings(entries) == {
        **{id_: {**levels[id_], **values} for id_, values in parameters.items()},
    }


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("name", ["qa", "production"])
def test_a_shipped_stack_passes_under_any_name(stack: str, name: str) -> None:
    record = program(recorded(stack).config, stack=name)
    assert judge(record).findings == ()


def weakened(**changes: object) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return the settings of prod as shipped, and with changes by path."""
    before = recorded("prod").config
    after: dict[str, Any] = copy.deepcopy(dict(before))
    for path, value in changes.items():
        after = put(after, path, value)
    return before, after


@pytest.mark.parametrize(
    ("path", "value", "control"),
    [
        ("hipaa:audit.object_lock", "governance", "s3-log-bucket-is-locked-six-years"),
        ("hipaa:data.backup.vault_lock", "governance", "backup-vault-is-locked"),
        ("hipaa:data.backup.keep_days", 365, "backup-plan-keeps-backups"),
        ("hipaa:data.cache.replicas", 0, "cache-spans-zones"),
        ("hipaa:data.cache.snapshot_days", 2, "cache-keeps-snapshots"),
        ("hipaa:data.aurora.backup_days", 2, "database-keeps-backups"),
    ],
)
def test_a_program_that_does_less_than_its_settings_say_is_reported(
    path: str, value: object, control: str
) -> None:
    before, after = weakened(**{path: value})
    record = program(after)
    assert judge(record).findings == ()
    assert control in {item.policy for item in judge(record, controls_for(before)).findings}


@given(document=valid_documents())
def test_every_parameter_names_existing_settings_or_is_a_decision_of_the_architecture(
    document: dict[str, object],
) -> None:
    derived, keys = controls_for(document), origins(settings.parse(document, file="Pulumi.test.yaml"))
    named = {(id_, name) for id_, names in keys.items() for name in names}
    assert {(id_, name) for id_, values in derived.items() for name in values} - named <= {
        ("ignored-changes-spare-controls", "accepted"),
        ("database-takes-minor-upgrades", "pinned"),
    }
    paths = {entry.path for entry in entries()}
    assert [
        key for names in keys.values() for several in names.values() for key in several if key not in paths
    ] == []


@pytest.mark.parametrize(
    ("path", "value", "control", "parameter"),
    [
        ("hipaa:audit.hot_days", 365, "log-group-keeps-six-years", "min_days_if_archived"),
        ("hipaa:audit.object_lock", "governance", "s3-log-bucket-is-locked-six-years", "object_lock"),
        ("hipaa:audit.detection.inspector", False, "account-baseline-is-whole", "parts"),
        ("hipaa:data.backup.vault_lock", "governance", "backup-vault-is-locked", "lock"),
        ("hipaa:data.backup.keep_days", 365, "backup-plan-keeps-backups", "min_days"),
        ("hipaa:data.cache.replicas", 0, "cache-spans-zones", "required"),
        ("hipaa:data.cache.snapshot_days", 2, "cache-keeps-snapshots", "min_days"),
        ("hipaa:data.aurora.backup_days", 2, "database-keeps-backups", "min_days"),
    ],
)
def test_a_parameter_that_a_setting_changes_names_the_setting(
    path: str, value: object, control: str, parameter: str
) -> None:
    before, after = weakened(**{path: value})
    assert controls_for(before)[control][parameter] != controls_for(after)[control][parameter]
    keys = origins(settings.parse(after, file="Pulumi.test.yaml"))[control][parameter]
    assert [key for key in keys if path == key or path.startswith(f"{key}.")] != []


def test_the_command_prints_what_pulumi_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy-config", "prod"], PROJECT) == 0
    file = tmp_path / "prod.json"
    file.write_text(capsys.readouterr().out)
    read = {
        id_: {name: value for name, value in values.items() if name != "enforcementLevel"}
        for id_, values in config.read(file).items()
    }
    assert read == policy_config("prod")


def test_a_file_replaces_single_parameters(tmp_path: Path) -> None:
    (tmp_path / "policy" / "config").mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text("name: fork\n")
    (tmp_path / "Pulumi.prod.yaml").symlink_to(PROJECT / "Pulumi.prod.yaml")
    for name in ("pyproject.toml", "__main__.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "policy" / "waivers.yaml").symlink_to(ROOT / "policy" / "waivers.yaml")
    entry = {"enforcementLevel": "mandatory", "min_days": 30}
    (tmp_path / "policy" / "config" / "prod.json").write_text(json.dumps({"database-keeps-backups": entry}))
    forked = Workspace.at(tmp_path)
    derived = workspace().parameters_of(workspace().stack("prod"))
    assert forked.parameters_of(forked.stack("prod")) == {**derived, "database-keeps-backups": entry}


def test_the_command_refuses_a_file_that_the_engine_would_ignore(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy" / "config").mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text("name: fork\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": minimal_document()}))
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pulumi-blueprint]\npolicy-config = "policy/config/{stack}.json"\n'
    )
    file = tmp_path / "policy" / "config" / "dev.json"
    file.write_text('{"no-such": "mandatory"}')
    assert main(["policy-config", "dev"], tmp_path) == 2
    message = capsys.readouterr().err
    assert str(file) in message
    assert "no-such is not a control" in message
