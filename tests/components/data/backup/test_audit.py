"""Evidence for audits: the framework of AWS Backup Audit Manager and its reports."""

from __future__ import annotations

import re
from typing import Any

from blueprint.record import Record
from tests.components.data.conftest import Build

FRAMEWORK = "aws:backup/framework:Framework"
REPORT = "aws:backup/reportPlan:ReportPlan"


def test_the_framework_checks_the_settings_of_the_plan(backups: Record) -> None:
    framework = backups.one(FRAMEWORK)
    controls: Any = framework.inputs["controls"]
    parameters = {
        control["name"]: {item["name"]: item["value"] for item in control.get("inputParameters", [])}
        for control in controls
    }
    assert parameters == {
        "BACKUP_RECOVERY_POINT_ENCRYPTED": {},
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK": {"requiredRetentionDays": "3"},
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": {
            "requiredFrequencyUnit": "days",
            "requiredFrequencyValue": "1",
            "requiredRetentionDays": "35",
        },
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": {},
        "BACKUP_LAST_RECOVERY_POINT_CREATED": {"recoveryPointAgeUnit": "days", "recoveryPointAgeValue": "1"},
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": {},
        "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION": {"crossRegionList": "us-west-2"},
        "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET": {"maxRestoreTime": "4320"},
    }
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,255}", str(framework.inputs["name"]))
    assert backups.one("random:index/randomId:RandomId").urn in framework.dependencies


def test_reports_go_to_the_intake_bucket_under_the_allowed_prefix(backups: Record) -> None:
    reports = backups.of_type(REPORT)
    assert len(reports) == 5
    for item in reports:
        assert item.inputs["reportDeliveryChannel"] == {
            "s3BucketName": "intake",
            "s3KeyPrefix": "backup-reports",
            "formats": ["CSV", "JSON"],
        }
        assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,255}", str(item.inputs["name"]))


def test_without_evidence_there_is_no_framework_and_no_report(build: Build) -> None:
    assert not build().of_type(FRAMEWORK, REPORT)
