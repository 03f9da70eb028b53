"""`Backup`: retention, vaults and copies, Vault Lock, restore tests, alarms and reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pulumi_random as random
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.data import Backup, BackupArgs, ReportDestination, Retention, VaultLock
from components.data.backup.plan import Lock, hourly_schedule, monthly_schedule
from components.shared.names import BACKUP_TAG
from tests.harness import all_dependencies

VAULT = "aws:backup/vault:Vault"
POLICY = "aws:backup/vaultPolicy:VaultPolicy"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
TEST_PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
TEST_SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
FRAMEWORK = "aws:backup/framework:Framework"
REPORT = "aws:backup/reportPlan:ReportPlan"
REGION = "aws:backup/regionSettings:RegionSettings"
KEY = "aws:kms/key:Key"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
OTHER_ACCOUNT_VAULT = "arn:aws:backup:us-east-1:000011112222:backup-vault:elsewhere"

Build = Callable[..., Record]


@pytest.fixture(scope="module")
def build(tier: Any, record: Any, keys: Any) -> Build:
    """Record backups named `backups`, with some arguments replaced."""

    def record_backups(
        *, known: bool = True, protect: bool = True, evidence: bool = False, **overrides: Any
    ) -> Record:
        values: dict[str, Any] = {
            "backup_key_arn": keys["backup"],
            "prefix": "hipaa_prod",
            "retention": Retention(hourly_days=3, cold_after_days=90),
            "lock": VaultLock(mode="compliance" if protect else "none", grace_days=14),
            "copy_region": "us-west-2",
            "databases": ("Aurora", "RDS"),
            "restore_test": "cron(0 10 ? * SUN *)",
            "required_tags": {"environment": "prod"},
            "owns_account": True,
        }

        def program() -> None:
            if evidence:
                recorder = random.RandomId("recorder", byte_length=1)
                values["report_destination"] = ReportDestination(bucket_name="intake", after=[recorder])
            Backup("backups", BackupArgs(tier=tier(protect=protect), **{**values, **overrides}))

        return record(program, known)

    return record_backups


@pytest.fixture(scope="module")
def backups(build: Build) -> Record:
    return build(evidence=True)


def rules_of(record: Record) -> dict[str, Any]:
    rules: Any = record.one(PLAN).inputs["rules"]
    return {rule["ruleName"]: rule for rule in rules}


def test_the_vault_is_under_the_backup_key(backups: Record, keys: Any) -> None:
    assert backups.one(VAULT, "backups").inputs["kmsKeyArn"] == keys["backup"]


def test_the_copy_vault_is_under_a_rotated_key_in_its_region(backups: Record) -> None:
    vault, key = backups.one(VAULT, "backups-copy"), backups.one(KEY)
    assert vault.inputs["region"] == key.inputs["region"] == "us-west-2"
    assert vault.inputs["kmsKeyArn"] == key.outputs["arn"]
    assert str(key.outputs["arn"]).startswith("arn:aws:kms:us-west-2:111122223333:key/")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["rotationPeriodInDays"] == 365
    assert key.protect is True
    [use] = [
        item
        for item in json.loads(str(key.inputs["policy"]))["Statement"]
        if item["Sid"] == "UseThroughServices"
    ]
    assert {"backup.us-west-2.amazonaws.com", "rds.us-west-2.amazonaws.com"} <= {
        *use["Condition"]["StringEquals"]["kms:ViaService"]
    }


def test_both_vaults_deny_the_deletion_of_recovery_points(backups: Record) -> None:
    policies = backups.of_type(POLICY)
    assert {(item.inputs["backupVaultName"], item.inputs.get("region")) for item in policies} == {
        (item.outputs["name"], item.inputs.get("region")) for item in backups.of_type(VAULT)
    }
    for item in policies:
        [statement] = json.loads(str(item.inputs["policy"]))["Statement"]
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


def test_the_rules_have_the_requested_retention_and_schedule(backups: Record) -> None:
    rules = rules_of(backups)
    assert {name: rule["lifecycle"]["deleteAfter"] for name, rule in rules.items()} == {
        "hourly": 3,
        "daily": 35,
        "monthly": 2192,
    }
    assert {name: rule["schedule"] for name, rule in rules.items()} == {
        "hourly": "cron(30 * * * ? *)",
        "daily": "cron(0 5 * * ? *)",
        "monthly": "cron(0 5 1 * ? *)",
    }
    assert {rule["targetVaultName"] for rule in rules.values()} == {
        backups.one(VAULT, "backups").outputs["name"]
    }


def test_only_monthly_recovery_points_move_to_cold_storage(backups: Record) -> None:
    rules = rules_of(backups)
    assert rules["monthly"]["lifecycle"] == {
        "coldStorageAfter": 90,
        "deleteAfter": 2192,
        "optInToArchiveForSupportedResources": True,
    }
    assert not [name for name in ("hourly", "daily") if "coldStorageAfter" in rules[name]["lifecycle"]]


def test_daily_and_monthly_recovery_points_are_copied_with_the_same_lifecycle(build: Build) -> None:
    record = build(copy_vault_arn=OTHER_ACCOUNT_VAULT)
    rules = rules_of(record)
    destinations = [record.one(VAULT, "backups-copy").outputs["arn"], OTHER_ACCOUNT_VAULT]
    for name in ("daily", "monthly"):
        copies = rules[name]["copyActions"]
        assert [copy["destinationVaultArn"] for copy in copies] == destinations
        assert [copy["lifecycle"] for copy in copies] == [rules[name]["lifecycle"]] * 2
    assert not rules["hourly"].get("copyActions")


def test_no_rule_makes_continuous_backups(backups: Record) -> None:
    assert {rule["enableContinuousBackup"] for rule in rules_of(backups).values()} == {False}


def test_every_completion_window_is_an_hour_longer_than_the_start_window(backups: Record) -> None:
    for rule in rules_of(backups).values():
        assert rule["startWindow"] == 60
        assert rule["completionWindow"] >= rule["startWindow"] + 60


def test_the_selection_is_by_tags(backups: Record) -> None:
    selection: Any = backups.one(SELECTION).inputs
    [conditions] = selection["conditions"]
    [(key, value)] = BACKUP_TAG.items()
    assert conditions["stringEquals"] == [
        {"key": f"aws:ResourceTag/{key}", "value": value},
        {"key": "aws:ResourceTag/environment", "value": "prod"},
    ]
    assert selection["resources"] == ["*"]


@pytest.mark.parametrize("role", ["backup", "restore"])
def test_each_role_has_the_aws_managed_policy(backups: Record, role: str) -> None:
    attachment = backups.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"backups-{role}")
    kind = {"backup": "Backup", "restore": "Restores"}[role]
    assert (
        attachment.inputs["policyArn"]
        == f"arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor{kind}"
    )
    trust = json.loads(str(backups.one("aws:iam/role:Role", f"backups-{role}").inputs["assumeRolePolicy"]))
    assert trust["Statement"][0]["Principal"] == {"Service": ["backup.amazonaws.com"]}


def test_restore_tests_use_the_data_tier_and_a_security_group_without_ingress(backups: Record) -> None:
    plan: Any = backups.one(TEST_PLAN).inputs
    assert re.fullmatch(r"[a-zA-Z0-9_]{1,50}", plan["name"])
    assert plan["scheduleExpression"] == "cron(0 10 ? * SUN *)"
    assert plan["recoveryPointSelection"]["includeVaults"] == [backups.one(VAULT, "backups").outputs["arn"]]
    subnets = backups.one("aws:rds/subnetGroup:SubnetGroup")
    group = backups.one("aws:ec2/securityGroup:SecurityGroup")
    assert subnets.inputs["subnetIds"] == ["subnet-1", "subnet-2"]
    assert "ingress" not in group.inputs
    tested = backups.of_type(TEST_SELECTION)
    assert {item.inputs["protectedResourceType"] for item in tested} == {"Aurora", "RDS"}
    for item in tested:
        assert re.fullmatch(r"[a-zA-Z0-9_]{1,50}", str(item.inputs["name"]))
        assert item.inputs["restoreMetadataOverrides"] == {
            "dbSubnetGroupName": subnets.outputs["name"],
            "vpcSecurityGroupIds": json.dumps([group.outputs["id"]]),
        }
        assert item.inputs["iamRoleArn"] == backups.one("aws:iam/role:Role", "backups-restore").outputs["arn"]


@pytest.mark.parametrize("overrides", [{"restore_test": None}, {"databases": ()}])
def test_without_a_schedule_or_a_database_there_are_no_restore_tests(build: Build, overrides: Any) -> None:
    record = build(**overrides)
    assert not record.of_type(TEST_PLAN, TEST_SELECTION, "aws:rds/subnetGroup:SubnetGroup")
    assert not [alarm.name for alarm in record.of_type(ALARM) if "restore-test" in alarm.name]


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
    names = [alarm.name for alarm in build(databases=(), copy_region=None).of_type(ALARM)]
    assert names == ["backups-backup-job-expired", "backups-backup-job-failed"]


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


def test_only_a_stack_that_owns_the_account_opts_in_aws_backup(build: Build) -> None:
    [switch] = build().of_type(REGION)
    assert switch.inputs["resourceTypeOptInPreference"] == {"Aurora": True, "RDS": True}
    assert switch.ignore_changes == ("resourceTypeOptInPreference",)
    assert not build(owns_account=False).of_type(REGION)


@pytest.mark.parametrize("protect", [True, False])
def test_only_an_unprotected_vault_is_deleted_with_its_recovery_points(build: Build, protect: bool) -> None:
    vaults = build(protect=protect).of_type(VAULT)
    assert {(vault.protect, vault.inputs["forceDestroy"]) for vault in vaults} == {(protect, not protect)}


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
    ("make", "message"),
    [
        (lambda: Retention(daily_days=34), "daily_days must be 35 or more, got 34"),
        (lambda: Retention(hourly_days=36), "must not fall, got 36, 35, 2192"),
        (lambda: Retention(hourly_days=0), "hourly_days must be 1 or more, got 0"),
        (lambda: Retention(monthly_days=100, cold_after_days=11), r"cold_after_days must be 1 to"),
        (lambda: VaultLock(mode="compliance", grace_days=2), "grace_days must be 3 or more, got 2"),
        (lambda: VaultLock(mode="governance", min_days=36).check(Retention()), "min_days must be at most 35"),
        (lambda: VaultLock(mode="governance", max_days=99).check(Retention()), "max_days must be at least"),
        (lambda: monthly_schedule("rate(1 day)"), "schedule must be a cron expression"),
    ],
)
def test_contradictory_retention_and_lock_are_rejected(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"lock": VaultLock(mode="compliance")}, "lock compliance cannot be undone"),
        ({"prefix": "hipaa-prod"}, "prefix must be letters, digits and underscores, got 'hipaa-prod'"),
        ({"copy_region": "us-east-1"}, "copy_region must be another region, got 'us-east-1'"),
    ],
)
def test_invalid_arguments_are_rejected(
    tier: Any, keys: Any, overrides: dict[str, Any], message: str
) -> None:
    values: dict[str, Any] = {
        "tier": tier(protect=False),
        "backup_key_arn": keys["backup"],
        "prefix": "hipaa_prod",
        "lock": VaultLock(mode="governance"),
    }
    with pytest.raises(ValueError, match=message):
        BackupArgs(**{**values, **overrides})


@pytest.mark.parametrize(
    ("daily", "first"),
    [
        ("cron(0 5 * * ? *)", "cron(0 5 1 * ? *)"),
        ("cron(15 3 ? * SUN *)", "cron(15 3 1 * ? *)"),
        ("cron(0 0/12 * * ? *)", "cron(0 0 1 * ? *)"),
        ("cron(30 */6 * * ? *)", "cron(30 0 1 * ? *)"),
    ],
)
def test_the_monthly_schedule_has_the_time_of_the_daily_one(daily: str, first: str) -> None:
    assert monthly_schedule(daily) == first


@pytest.mark.parametrize(
    ("windows", "hours"),
    [
        ([], "*"),
        (["03:00-03:30"], ",".join(map(str, [0, *range(4, 24)]))),
        (["03:00-03:30", "sun:07:00-sun:07:30"], ",".join(map(str, [0, 4, *range(8, 24)]))),
        (["23:45-00:15"], ",".join(map(str, range(1, 22)))),
        # Windows that cover the whole day leave no hour, so every hour is used.
        (["mon:00:00-tue:00:00", "00:00-23:00"], "*"),
    ],
)
def test_hourly_backups_keep_an_hour_from_the_windows_of_rds(windows: list[str], hours: str) -> None:
    assert hourly_schedule(windows) == f"cron(30 {hours} * * ? *)"


# Without Phase.shrink: shrinking a whole program takes minutes and adds little to the first example.
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data(), known=st.booleans(), protect=st.booleans())
def test_any_backups_are_encrypted_and_within_the_limits_of_their_lock(
    build: Build, violations: Any, data: st.DataObject, known: bool, protect: bool
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
        databases=data.draw(st.sampled_from([(), ("RDS",), ("Aurora", "RDS")])),
        evidence=data.draw(st.booleans()),
    )
    vaults = record.of_type(VAULT)
    assert vaults
    assert all(vault.inputs["kmsKeyArn"] for vault in vaults)
    assert len(record.of_type(LOCK)) == (0 if mode == "none" else len(vaults))
    retentions = [rule["lifecycle"]["deleteAfter"] for rule in rules_of(record).values()]
    for lock in record.of_type(LOCK):
        assert lock.inputs["minRetentionDays"] <= min(retentions)  # type: ignore[operator]
    assert violations(record) == set()
