"""Rules on AWS Backup."""

from __future__ import annotations

from typing import Any

import pytest

from tests.settings.documents import Document, full_document, problem, put, read

PATH = "hipaa:data.backup"


def changed(**values: object) -> Document:
    """Return the full document with other settings of backups."""
    document = full_document()
    document["hipaa:data"]["backup"] |= values
    return document


@pytest.mark.parametrize(
    ("values", "key", "message"),
    [
        ({"daily_keep_days": 3000}, "daily_keep_days", "at most hipaa:data.backup.keep_days (2192)"),
        ({"keep_days": 100, "cold_after_days": 11}, "cold_after_days", "the nearest is 10"),
        ({"keep_days": 60, "cold_after_days": 11}, "cold_after_days", "leave it out"),
        ({"lock_min_days": 36}, "lock_min_days", "at most hipaa:data.backup.daily_keep_days (35)"),
        (
            {"lock_min_days": 4, "hourly_keep_days": 3},
            "lock_min_days",
            "at most hipaa:data.backup.hourly_keep_days (3)",
        ),
        ({"lock_max_days": 2000}, "lock_max_days", "at least hipaa:data.backup.keep_days (2192)"),
        ({"lock_grace_days": 2}, "lock_grace_days", "from 3 to 36500"),
        ({"schedule": "rate(12 hours)"}, "schedule", "AWS Backup does not accept rate()"),
        (
            {"copy_to_vault": "arn:aws:backup:us-east-1:123456789012:backup-vault:own"},
            "copy_to_vault",
            "an account other than hipaa:account",
        ),
        (
            {"copy_to_vault": "arn:aws:backup:us-west-2:000011112222:backup-vault:far"},
            "copy_to_vault",
            "a vault in aws:region (us-east-1)",
        ),
        ({"copy_to_vault": "elsewhere"}, "copy_to_vault", "the ARN of a backup vault"),
    ],
)
def test_settings_that_aws_backup_would_refuse_are_refused(
    values: dict[str, Any], key: str, message: str
) -> None:
    refused = problem(changed(**values))
    assert refused.path == f"{PATH}.{key}"
    assert message in f"{refused.allowed}; {refused.hint}"


def test_a_vault_without_a_lock_has_no_limits() -> None:
    document = put(changed(vault_lock="none", lock_min_days=7), "hipaa:protect", False)
    refused = problem(put(document, "hipaa:audit.object_lock", "none"))
    assert (refused.path, refused.allowed) == (
        f"{PATH}.lock_min_days",
        "no value while hipaa:data.backup.vault_lock is none",
    )


@pytest.mark.parametrize("key", ["copy_to_region", "restore_test"])
def test_a_protected_stack_without_copies_or_restore_tests_is_a_warning(key: str) -> None:
    document = full_document()
    del document["hipaa:data"]["backup"][key]
    assert [text for text in read(document).warnings if f"{PATH}.{key} is not set" in text]


def test_databases_without_a_vault_are_a_warning() -> None:
    document = full_document()
    del document["hipaa:data"]["backup"]
    assert [text for text in read(document).warnings if f"{PATH} is not set" in text]


def test_files_without_a_vault_are_a_warning() -> None:
    document = full_document()
    document["hipaa:data"]["files"] = {}
    del document["hipaa:data"]["backup"]
    assert [text for text in read(document).warnings if "no backups of hipaa:data.files" in text]


@pytest.mark.parametrize(
    ("schedule", "near"),
    [
        ("cron(0 5 * * ? *)", False),
        ("cron(30 1 * * ? *)", True),
        ("cron(15 4 * * ? *)", True),
        ("cron(59 5 ? * * *)", True),
        # Only schedules with one time are checked.
        ("cron(0 0/12 * * ? *)", False),
    ],
)
def test_a_schedule_near_a_window_of_rds_is_a_warning(schedule: str, near: bool) -> None:
    document = changed(schedule=schedule)
    document["hipaa:data"]["rds"] |= {
        "backup_window": "03:00-03:30",
        "maintenance_window": "sun:07:00-sun:07:30",
    }
    assert any(f"{PATH}.schedule" in text for text in read(document).warnings) is near
