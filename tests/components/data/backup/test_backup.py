"""`Backup`: roles, alarms, the order of deletion, and invalid arguments."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.data import BackupArgs, Retention, VaultLock
from components.data.backup.plan import Lock
from tests.components.data.backup.conftest import ALARM, LOCK, PLAN, POLICY, ROLE, SELECTION, VAULT, rules_of
from tests.components.data.conftest import BACKUP_KEY, Build, data_tier, violations_of
from tests.harness import all_dependencies

REGION = "aws:backup/regionSettings:RegionSettings"


@pytest.mark.parametrize("role", ["backup", "restore"])
def test_each_role_has_the_aws_managed_policy(backups: Record, role: str) -> None:
    attachment = backups.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"backups-{role}")
    kind = {"backup": "Backup", "restore": "Restores"}[role]
    assert (
        attachment.inputs["policyArn"]
        == f"arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor{kind}"
    )
    trust = json.loads(str(backups.one(ROLE, f"backups-{role}").inputs["assumeRolePolicy"]))
    assert trust["Statement"][0]["Principal"] == {"Service": ["backup.amazonaws.com"]}


def test_alarms_report_failed_and_missing_backups(backups: Record) -> None:
    vault = backups.one(VAULT, "backups").outputs["name"]
    alarms = {alarm.name: alarm.inputs for alarm in backups.of_type(ALARM)}
    assert alarms.keys() == {
        "backups-backup-job-failed",
        "backups-backup-job-expired",
        "backups-backup-copy-failed",
        "backups-backup-missing",
        "backups-aurora-restore-test-failed",
        "backups-rds-restore-test-failed",
    }
    assert {
        json.dumps(alarms[name]["dimensions"], sort_keys=True) for name in alarms if "restore" not in name
    } == {json.dumps({"BackupVaultName": vault})}
    missing = alarms["backups-backup-missing"]
    assert (missing["treatMissingData"], missing["period"], missing["comparisonOperator"]) == (
        "breaching",
        86400,
        "LessThanThreshold",
    )


def test_without_databases_there_is_no_alarm_on_missing_backups(build: Build) -> None:
    names = [alarm.name for alarm in build(resource_types=(), copy_region=None).of_type(ALARM)]
    assert names == ["backups-backup-job-expired", "backups-backup-job-failed"]


def test_only_a_stack_that_owns_the_account_opts_in_aws_backup(build: Build, backups: Record) -> None:
    [switch] = backups.of_type(REGION)
    assert switch.inputs["resourceTypeOptInPreference"] == {"Aurora": True, "EFS": True, "RDS": True}
    assert switch.ignore_changes == ("resourceTypeOptInPreference",)
    assert not build(owns_region=False).of_type(REGION)


@pytest.mark.parametrize("name", ["backups", "backups-copy"])
def test_selection_plan_policy_and_lock_are_deleted_before_the_vault(build: Build, name: str) -> None:
    record = build(protect=False, lock=VaultLock(mode="governance"))
    vault = record.one(VAULT, name)
    for first in (POLICY, LOCK):
        guard = record.one(first, name)
        assert vault.urn in all_dependencies(record, guard)
        assert guard.urn in all_dependencies(record, record.one(PLAN))
    assert record.one(PLAN).urn in all_dependencies(record, record.one(SELECTION))
    assert vault.custom_timeouts == {"delete": "60m"}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"lock": VaultLock(mode="compliance")}, "lock compliance cannot be undone"),
        ({"prefix": "hipaa-prod"}, "prefix must be letters, digits and underscores, got 'hipaa-prod'"),
        ({"copy_region": "us-east-1"}, "copy_region must be another region, got 'us-east-1'"),
    ],
)
def test_invalid_arguments_are_rejected(overrides: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {
        "tier": data_tier(),
        "backup_key_arn": BACKUP_KEY,
        "prefix": "hipaa_prod",
        "lock": VaultLock(mode="governance"),
    }
    with pytest.raises(ValueError, match=message):
        BackupArgs(**{**values, **overrides})


# Without Phase.shrink: shrinking a whole program takes minutes and adds little to the first example.
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data(), known=st.booleans(), protect=st.booleans())
def test_any_backups_are_encrypted_and_within_the_limits_of_their_lock(
    build: Build, data: st.DataObject, known: bool, protect: bool
) -> None:
    monthly_days = data.draw(st.integers(35, 36500))
    retention = Retention(
        hourly_days=data.draw(st.none() | st.integers(1, 35)),
        daily_days=data.draw(st.integers(35, monthly_days)),
        monthly_days=monthly_days,
    )
    modes: list[Lock] = ["governance", "compliance"] if protect else ["none", "governance"]
    mode = data.draw(st.sampled_from(modes))
    record = build(
        known=known,
        protect=protect,
        retention=retention,
        lock=VaultLock(mode=mode),
        copy_region=data.draw(st.sampled_from([None, "us-west-2"])),
        resource_types=data.draw(st.sampled_from([(), ("RDS",), ("Aurora", "RDS")])),
        evidence=data.draw(st.booleans()),
    )
    vaults = record.of_type(VAULT)
    assert vaults
    assert all(vault.inputs["kmsKeyArn"] for vault in vaults)
    assert len(record.of_type(LOCK)) == (0 if mode == "none" else len(vaults))
    retentions = [rule["lifecycle"]["deleteAfter"] for rule in rules_of(record).values()]
    for lock in record.of_type(LOCK):
        assert lock.inputs["minRetentionDays"] <= min(retentions)  # type: ignore[operator]
    assert violations_of(record) == set()
