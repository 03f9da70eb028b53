"""Records of the backups of a data tier."""

from __future__ import annotations

from typing import Any, Final

import pulumi_random as random
import pytest

from blueprint.record import Record
from components.data import Backup, BackupArgs, ReportDestination, Retention, VaultLock
from tests.components.data.conftest import BACKUP_KEY, Build, data_tier
from tests.harness import evaluate

VAULT: Final = "aws:backup/vault:Vault"
POLICY: Final = "aws:backup/vaultPolicy:VaultPolicy"
LOCK: Final = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
PLAN: Final = "aws:backup/plan:Plan"
SELECTION: Final = "aws:backup/selection:Selection"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLE: Final = "aws:iam/role:Role"


@pytest.fixture(scope="session")
def build() -> Build:
    """Record backups named `backups`, with some arguments replaced."""

    def record_backups(
        *, known: bool = True, protect: bool = True, evidence: bool = False, **overrides: Any
    ) -> Record:
        values: dict[str, Any] = {
            "backup_key_arn": BACKUP_KEY,
            "prefix": "hipaa_prod",
            "retention": Retention(hourly_days=3, cold_after_days=90),
            "lock": VaultLock(mode="compliance" if protect else "none", grace_days=14),
            "copy_region": "us-west-2",
            "resource_types": ("Aurora", "RDS"),
            "restore_test": "cron(0 10 ? * SUN *)",
            "owns_region": True,
        }

        def program() -> None:
            if evidence:
                recorder = random.RandomId("recorder", byte_length=1)
                values["report_destination"] = ReportDestination(bucket_name="intake", after=[recorder])
            Backup("backups", BackupArgs(tier=data_tier(protect), **{**values, **overrides}))

        return evaluate(program, known)

    return record_backups


@pytest.fixture(scope="session")
def backups(build: Build) -> Record:
    """Record backups with evidence for audits."""
    return build(evidence=True)


def rules_of(record: Record) -> dict[str, Any]:
    """Return the rules of the backup plan by their names."""
    rules: Any = record.one(PLAN).inputs["rules"]
    return {rule["ruleName"]: rule for rule in rules}
