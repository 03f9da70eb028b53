"""Vaults for recovery points: their keys, their policies and Vault Lock."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.record import Record
from components.data import VaultLock
from tests.components.data.backup.conftest import LOCK, POLICY, VAULT
from tests.components.data.conftest import BACKUP_KEY, Build
from tests.harness import statements_of

KEY = "aws:kms/key:Key"


def test_the_vault_is_under_the_backup_key(backups: Record) -> None:
    assert backups.one(VAULT, "backups").inputs["kmsKeyArn"] == BACKUP_KEY


def test_the_copy_vault_is_under_a_rotated_key_in_its_region(backups: Record) -> None:
    vault, key = backups.one(VAULT, "backups-copy"), backups.one(KEY)
    assert vault.inputs["region"] == key.inputs["region"] == "us-west-2"
    assert vault.inputs["kmsKeyArn"] == key.outputs["arn"]
    assert str(key.outputs["arn"]).startswith("arn:aws:kms:us-west-2:111122223333:key/")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["rotationPeriodInDays"] == 365
    assert key.protect is True
    use = statements_of(key.inputs["policy"])["UseThroughServices"]
    services = set(use["Condition"]["StringEquals"]["kms:ViaService"])
    assert {"backup.us-west-2.amazonaws.com", "rds.us-west-2.amazonaws.com"} <= services


def test_both_vaults_deny_the_deletion_of_recovery_points(backups: Record) -> None:
    policies = backups.of_type(POLICY)
    assert {(item.inputs["backupVaultName"], item.inputs.get("region")) for item in policies} == {
        (item.outputs["name"], item.inputs.get("region")) for item in backups.of_type(VAULT)
    }
    for item in policies:
        [statement] = statements_of(item.inputs["policy"]).values()
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == {"AWS": ["*"]}
        assert "Condition" not in statement
        assert "backup:DeleteRecoveryPoint" in statement["Action"]


@pytest.mark.parametrize(
    ("mode", "grace"), [("none", ()), ("governance", (None, None)), ("compliance", (14, 14))]
)
def test_the_vault_lock_has_the_requested_mode(build: Build, mode: Any, grace: Any) -> None:
    locks = build(lock=VaultLock(mode=mode, grace_days=14)).of_type(LOCK)
    assert tuple(item.inputs.get("changeableForDays") for item in locks) == grace
    assert {item.inputs["minRetentionDays"] for item in locks} <= {3}
    assert not [item for item in locks if "maxRetentionDays" in item.inputs]


@pytest.mark.parametrize("protect", [True, False])
def test_only_an_unprotected_vault_is_deleted_with_its_recovery_points(build: Build, protect: bool) -> None:
    vaults = build(protect=protect).of_type(VAULT)
    assert {(vault.protect, vault.inputs["forceDestroy"]) for vault in vaults} == {(protect, not protect)}
