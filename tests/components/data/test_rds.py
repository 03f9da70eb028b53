"""RDS: PostgreSQL and MySQL, encrypted, private, recorded, restorable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from blueprint.values import Secret
from components.data import Rds, RdsArgs
from components.data.database.engine import EXPORTS
from tests.components.data.conftest import (
    ACCOUNT,
    DATA_KEY,
    SECRETS_KEY,
    TIER,
    Build,
    database_tier,
    evaluated,
)

INSTANCE = "aws:rds/instance:Instance"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
MYSQL: dict[str, Any] = {"engine": "mysql", "engine_version": "8.4.11"}


def instance(recorded: Record) -> dict[str, Any]:
    return dict(recorded.one(INSTANCE).inputs)


def parameters(recorded: Record) -> dict[str, str]:
    found: Any = recorded.one(PARAMETERS).inputs["parameters"]
    return {item["name"]: item["value"] for item in found}


def test_it_is_encrypted_private_and_in_two_zones(rds: Build) -> None:
    found = instance(rds())
    assert (found["storageEncrypted"], found["kmsKeyId"]) == (True, DATA_KEY)
    assert (found["publiclyAccessible"], found["multiAz"]) == (False, True)
    assert (found["manageMasterUserPassword"], found["masterUserSecretKmsKeyId"]) == (True, SECRETS_KEY)
    assert (found["performanceInsightsEnabled"], found["performanceInsightsKmsKeyId"]) == (True, DATA_KEY)
    assert "password" not in found


@pytest.mark.parametrize(
    ("overrides", "name"),
    [({}, "rds.force_ssl"), (MYSQL, "require_secure_transport")],
    ids=["postgres", "mysql"],
)
def test_it_takes_tls_and_iam_only(rds: Build, overrides: dict[str, Any], name: str) -> None:
    recorded = rds(**overrides)
    assert parameters(recorded)[name] == "1"
    assert instance(recorded)["iamDatabaseAuthenticationEnabled"] is True


@pytest.mark.parametrize(("overrides", "family"), [({}, "postgres17"), (MYSQL, "mysql8.4")])
def test_parameters_are_of_the_versions_family(rds: Build, overrides: dict[str, Any], family: str) -> None:
    assert rds(**overrides).one(PARAMETERS).inputs["family"] == family


@pytest.mark.parametrize(("overrides", "engine"), [({}, "postgres"), (MYSQL, "mysql")])
def test_its_log_groups_are_there_first(rds: Build, overrides: dict[str, Any], engine: str) -> None:
    recorded = rds(**overrides)
    made = recorded.one(INSTANCE)
    groups = recorded.of_type(GROUP)
    folder = f"/aws/rds/instance/{made.inputs['identifier']}"
    assert sorted(str(item.inputs["name"]) for item in groups) == [
        f"{folder}/{log}" for log in EXPORTS[engine]
    ]
    assert {item.inputs["retentionInDays"] for item in groups} == {2192}
    assert {item.urn for item in groups} <= set(made.dependencies)
    assert made.inputs["enabledCloudwatchLogsExports"] == list(EXPORTS[engine])


def test_mysql_logs_no_statement_with_a_patients_data(rds: Build) -> None:
    recorded = rds(**MYSQL)
    [option] = recorded.one("aws:rds/optionGroup:OptionGroup").inputs["options"]  # type: ignore[misc]
    assert option["optionName"] == "MARIADB_AUDIT_PLUGIN"
    assert option["optionSettings"] == [
        {"name": "SERVER_AUDIT_EVENTS", "value": "CONNECT,QUERY_DDL,QUERY_DCL"}
    ]
    group: Any = recorded.one(PARAMETERS).inputs["parameters"]
    values = {item["name"]: item["value"] for item in group}
    assert (values["general_log"], values["slow_query_log"]) == ("0", "0")


def test_storage_grows_by_itself_and_only_if_asked(rds: Build) -> None:
    found = instance(rds(storage_gib=100, max_storage_gib=400))
    assert (found["allocatedStorage"], found["maxAllocatedStorage"], found["storageType"]) == (
        100,
        400,
        "gp3",
    )
    assert instance(rds(max_storage_gib=None))["maxAllocatedStorage"] == 0


def test_windows_and_version_are_as_asked_and_nobody_else_changes_them(rds: Build) -> None:
    found = instance(rds(backup_days=14))
    assert (found["backupWindow"], found["maintenanceWindow"]) == ("03:00-03:30", "sun:07:00-sun:07:30")
    assert (found["engineVersion"], found["autoMinorVersionUpgrade"]) == ("17.9", False)
    assert (found["backupRetentionPeriod"], found["copyTagsToSnapshot"]) == (14, True)


def test_updates_on_a_copy_need_a_drawn_password_and_keep_sign_ins_working(rds: Build) -> None:
    recorded = rds(blue_green_updates=True, administrator="generated")
    found = instance(recorded)
    assert found["blueGreenUpdate"] == {"enabled": True}
    assert isinstance(found["password"], Secret)
    assert "manageMasterUserPassword" not in found
    assert recorded.one(INSTANCE).custom_timeouts["update"] == "360m"
    assert "blueGreenUpdate" not in instance(rds())


@pytest.mark.parametrize(
    ("overrides", "resource"), [({}, None), ({"blue_green_updates": True, "administrator": "generated"}, "*")]
)
def test_a_service_signs_in_as_its_user(overrides: dict[str, Any], resource: str | None) -> None:
    seen: list[str] = []

    def program() -> None:
        store = Rds("rds", RdsArgs(tier=database_tier(False), engine_version="17.9", **overrides))
        [user] = store.destination("api").database_users
        user.apply(seen.append)  # type: ignore[union-attr]

    recorded = evaluated(program)
    named = resource or recorded.one(INSTANCE).outputs["resourceId"]
    assert seen == [ACCOUNT.arn("rds-db", f"dbuser:{named}/api")]


def test_with_mysql_a_service_has_a_database_of_its_own() -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        store = Rds("rds", RdsArgs(tier=database_tier(False), **MYSQL))
        seen.update(store.destination("api").environment, ports=store.destination("api").ports)

    evaluated(program)
    assert (seen["RDS_DATABASE"], seen["RDS_USER"], seen["RDS_PORT"], seen["ports"]) == (
        "api",
        "api",
        "3306",
        [3306],
    )


def test_insights_are_left_out_where_aws_has_them_not(rds: Build) -> None:
    found = instance(rds(**MYSQL, instance_class="db.t4g.micro"))
    assert found["performanceInsightsEnabled"] is False
    assert "performanceInsightsKmsKeyId" not in found


def test_alarms_are_of_this_instance(rds: Build) -> None:
    recorded = rds(storage_gib=100)
    alarms = {item.name: item.inputs for item in recorded.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert alarms["rds-database-storage"]["threshold"] == 10 * 1024**3
    identifier = recorded.one(INSTANCE).inputs["identifier"]
    named = {str(item["dimensions"]) for name, item in alarms.items() if "deadlocks" not in name}
    assert named == {str({"DBInstanceIdentifier": identifier})}
    assert "rds-database-transaction-ids" not in {
        item.name for item in rds(**MYSQL).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }


def test_deadlocks_are_counted_in_the_log_of_postgres(rds: Build) -> None:
    recorded = rds()
    found = recorded.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    alarm = recorded.one("aws:cloudwatch/metricAlarm:MetricAlarm", "rds-database-deadlocks").inputs
    assert found["logGroupName"] == recorded.one(GROUP, "rds-postgresql").inputs["name"]
    counted = found["metricTransformation"]
    assert (counted["namespace"], counted["name"]) == (alarm["namespace"], alarm["metricName"])  # type: ignore[index]
    assert (alarm["statistic"], alarm["threshold"]) == ("Sum", 0)
    assert not rds(**MYSQL).of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"backup_days": 0}, "backup_days must be 1 to 35, got 0"),
        ({"storage_gib": 100, "max_storage_gib": 109}, r"a tenth more than storage_gib \(100\), got 109"),
        ({"blue_green_updates": True}, "blue_green_updates needs administrator generated, got managed"),
    ],
)
def test_what_aws_has_not_got_is_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RdsArgs(tier=TIER, engine_version="17.9", **overrides)


@settings(max_examples=10, deadline=None)
@given(
    protect=st.booleans(),
    known=st.booleans(),
    multi_az=st.booleans(),
    engine=st.sampled_from([{}, MYSQL]),
    administrator=st.sampled_from(["managed", "generated"]),
)
def test_whatever_is_asked_every_instance_is_encrypted_tagged_and_protected_as_asked(
    rds: Build,
    violations: Callable[[Record], set[tuple[str, str]]],
    protect: bool,
    known: bool,
    multi_az: bool,
    engine: dict[str, Any],
    administrator: str,
) -> None:
    recorded = rds(protect=protect, known=known, multi_az=multi_az, administrator=administrator, **engine)
    made = recorded.one(INSTANCE)
    assert made.inputs["storageEncrypted"] is True
    assert made.inputs["tags"].items() >= {"backup": "vault"}.items()  # type: ignore[union-attr]
    assert (made.protect, made.inputs["deletionProtection"]) == (protect, protect)
    assert made.inputs["skipFinalSnapshot"] is not protect
    assert ("finalSnapshotIdentifier" in made.inputs) is protect
    assert violations(recorded) == set()
    if not protect:
        assert not any(item.protect or item.retain_on_delete for item in recorded.resources)
