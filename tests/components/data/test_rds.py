"""`Rds` with PostgreSQL and MySQL: encryption, network, logs, backups and alarms."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.data import ApplicationIdentity, Rds, RdsArgs
from components.data.database.engine import LOG_EXPORTS
from tests.components.data.conftest import (
    ACCOUNT,
    DATA_KEY,
    SECRETS_KEY,
    TIER,
    Build,
    data_tier,
    violations_of,
)
from tests.harness import evaluate

INSTANCE = "aws:rds/instance:Instance"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
API = ApplicationIdentity(name="api")
MYSQL: dict[str, Any] = {"engine": "mysql", "engine_version": "8.4.11"}


def instance(recorded: Record) -> dict[str, Any]:
    return dict(recorded.one(INSTANCE).inputs)


def parameters(recorded: Record) -> dict[str, str]:
    items: Any = recorded.one(PARAMETERS).inputs["parameters"]
    return {item["name"]: item["value"] for item in items}


def test_the_instance_is_encrypted_private_and_multi_az(rds: Build) -> None:
    inputs = instance(rds())
    assert (inputs["storageEncrypted"], inputs["kmsKeyId"]) == (True, DATA_KEY)
    assert (inputs["publiclyAccessible"], inputs["multiAz"]) == (False, True)
    assert (inputs["manageMasterUserPassword"], inputs["masterUserSecretKmsKeyId"]) == (True, SECRETS_KEY)
    assert (inputs["performanceInsightsEnabled"], inputs["performanceInsightsKmsKeyId"]) == (True, DATA_KEY)
    assert "password" not in inputs


@pytest.mark.parametrize(
    ("overrides", "name"),
    [({}, "rds.force_ssl"), (MYSQL, "require_secure_transport")],
    ids=["postgres", "mysql"],
)
def test_the_instance_requires_tls_and_enables_iam_authentication(
    rds: Build, overrides: dict[str, Any], name: str
) -> None:
    recorded = rds(**overrides)
    assert parameters(recorded)[name] == "1"
    assert instance(recorded)["iamDatabaseAuthenticationEnabled"] is True


@pytest.mark.parametrize(("overrides", "family"), [({}, "postgres17"), (MYSQL, "mysql8.4")])
def test_the_parameter_group_family_matches_the_engine_version(
    rds: Build, overrides: dict[str, Any], family: str
) -> None:
    assert rds(**overrides).one(PARAMETERS).inputs["family"] == family


@pytest.mark.parametrize(("overrides", "engine"), [({}, "postgres"), (MYSQL, "mysql")])
def test_the_log_groups_exist_before_the_instance(rds: Build, overrides: dict[str, Any], engine: str) -> None:
    recorded = rds(**overrides)
    database = recorded.one(INSTANCE)
    groups = recorded.of_type(GROUP)
    folder = f"/aws/rds/instance/{database.inputs['identifier']}"
    assert sorted(str(item.inputs["name"]) for item in groups) == [
        f"{folder}/{log}" for log in LOG_EXPORTS[engine]
    ]
    assert {item.inputs["retentionInDays"] for item in groups} == {2192}
    assert {item.urn for item in groups} <= set(database.dependencies)
    assert database.inputs["enabledCloudwatchLogsExports"] == list(LOG_EXPORTS[engine])


def test_mysql_logs_no_statement_with_patient_data(rds: Build) -> None:
    recorded = rds(**MYSQL)
    [option] = recorded.one("aws:rds/optionGroup:OptionGroup").inputs["options"]  # type: ignore[misc]
    assert option["optionName"] == "MARIADB_AUDIT_PLUGIN"
    assert option["optionSettings"] == [
        {"name": "SERVER_AUDIT_EVENTS", "value": "CONNECT,QUERY_DDL,QUERY_DCL"}
    ]
    group: Any = recorded.one(PARAMETERS).inputs["parameters"]
    values = {item["name"]: item["value"] for item in group}
    assert (values["general_log"], values["slow_query_log"]) == ("0", "0")


def test_storage_autoscaling_is_on_only_with_max_storage_gib(rds: Build) -> None:
    inputs = instance(rds(storage_gib=100, max_storage_gib=400))
    assert (inputs["allocatedStorage"], inputs["maxAllocatedStorage"], inputs["storageType"]) == (
        100,
        400,
        "gp3",
    )
    assert instance(rds(max_storage_gib=None))["maxAllocatedStorage"] == 0


def test_the_instance_has_the_requested_windows_and_version_and_no_automatic_upgrades(rds: Build) -> None:
    inputs = instance(rds(backup_days=14))
    assert (inputs["backupWindow"], inputs["maintenanceWindow"]) == ("03:00-03:30", "sun:07:00-sun:07:30")
    assert (inputs["engineVersion"], inputs["autoMinorVersionUpgrade"]) == ("17.9", False)
    assert (inputs["backupRetentionPeriod"], inputs["copyTagsToSnapshot"]) == (14, True)


def test_a_service_may_sign_in_only_as_its_user() -> None:
    def program() -> None:
        store = Rds("rds", RdsArgs(tier=data_tier(False), engine_version="17.9", applications=[API]))
        pulumi.export("users", store.destination("api").database_users)

    recorded = evaluate(program)
    resource = recorded.one(INSTANCE).outputs["resourceId"]
    assert recorded.outputs["users"] == [ACCOUNT.arn("rds-db", f"dbuser:{resource}/api_iam")]


def test_a_service_on_mysql_gets_a_database_with_its_name() -> None:
    access: dict[str, Any] = {}

    def program() -> None:
        store = Rds("rds", RdsArgs(tier=data_tier(False), applications=[API], **MYSQL))
        access.update(store.destination("api").environment, ports=store.destination("api").ports)

    evaluate(program)
    assert (access["RDS_DATABASE"], access["RDS_USER"], access["RDS_PORT"], access["ports"]) == (
        "api",
        "api_iam",
        "3306",
        [3306],
    )


def test_performance_insights_are_off_for_classes_that_do_not_support_them(rds: Build) -> None:
    inputs = instance(rds(**MYSQL, instance_class="db.t4g.micro"))
    assert inputs["performanceInsightsEnabled"] is False
    assert "performanceInsightsKmsKeyId" not in inputs


def test_the_alarms_have_the_dimensions_of_the_instance(rds: Build) -> None:
    recorded = rds(storage_gib=100)
    alarms = {item.name: item.inputs for item in recorded.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert alarms["rds-database-storage"]["threshold"] == 10 * 1024**3
    identifier = recorded.one(INSTANCE).inputs["identifier"]
    dimensions = {str(item["dimensions"]) for name, item in alarms.items() if "deadlocks" not in name}
    assert dimensions == {str({"DBInstanceIdentifier": identifier})}
    assert "rds-database-transaction-ids" not in {
        item.name for item in rds(**MYSQL).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }


def test_a_metric_filter_counts_deadlocks_in_the_postgres_log(rds: Build) -> None:
    recorded = rds()
    metric_filter = recorded.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    alarm = recorded.one("aws:cloudwatch/metricAlarm:MetricAlarm", "rds-database-deadlocks").inputs
    assert metric_filter["logGroupName"] == recorded.one(GROUP, "rds-postgresql").inputs["name"]
    transformation = metric_filter["metricTransformation"]
    assert (transformation["namespace"], transformation["name"]) == (alarm["namespace"], alarm["metricName"])  # type: ignore[index]
    assert (alarm["statistic"], alarm["threshold"]) == ("Sum", 0)
    assert not rds(**MYSQL).of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"backup_days": 0}, "backup_days must be 1 to 35, got 0"),
        ({"storage_gib": 100, "max_storage_gib": 109}, r"a tenth more than storage_gib \(100\), got 109"),
    ],
)
def test_invalid_arguments_are_rejected(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RdsArgs(tier=TIER, engine_version="17.9", **overrides)


@settings(max_examples=10)
@given(
    protect=st.booleans(),
    known=st.booleans(),
    multi_az=st.booleans(),
    engine=st.sampled_from([{}, MYSQL]),
)
def test_every_instance_is_encrypted_and_tagged_and_protected_on_request(
    rds: Build,
    protect: bool,
    known: bool,
    multi_az: bool,
    engine: dict[str, Any],
) -> None:
    recorded = rds(protect=protect, known=known, multi_az=multi_az, **engine)
    database = recorded.one(INSTANCE)
    assert database.inputs["storageEncrypted"] is True
    assert database.inputs["tags"].items() >= {"backup": "vault"}.items()  # type: ignore[union-attr]
    assert (database.protect, database.inputs["deletionProtection"]) == (protect, protect)
    assert database.inputs["skipFinalSnapshot"] is not protect
    assert ("finalSnapshotIdentifier" in database.inputs) is protect
    assert violations_of(recorded) == set()
    if not protect:
        assert not any(item.protect or item.retain_on_delete for item in recorded.resources)
