"""An Aurora cluster: encryption, TLS, logs, backups, instances, alarms and deletion."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN
from components.data import ApplicationIdentity, AuroraArgs, Capacity, Readers
from components.data.database.engine import LOG_EXPORTS
from components.shared.names import BACKUP_TAG
from tests.components.data.aurora.programs import (
    ALARM,
    CLUSTER,
    GROUP,
    INGRESS,
    INSTANCE,
    PARAMETERS,
    PROVISIONED,
    SECURITY_GROUP,
    SUBNETS,
    inputs,
    service_access,
)
from tests.components.data.conftest import (
    ACCOUNT,
    DATA_KEY,
    LOGS_KEY,
    SECRETS_KEY,
    TIER,
    Build,
    violations_of,
)


@pytest.fixture(scope="module")
def recorded(aurora: Build) -> Record:
    return aurora()


def parameters(recorded: Record) -> dict[str, tuple[str, str]]:
    items: list[dict[str, str]] = inputs(recorded, PARAMETERS)["parameters"]
    return {item["name"]: (item["value"], item["applyMethod"]) for item in items}


def test_storage_insights_and_administrator_secret_are_under_the_keys_of_the_stack(recorded: Record) -> None:
    cluster = inputs(recorded, CLUSTER)
    assert (cluster["storageEncrypted"], cluster["kmsKeyId"]) == (True, DATA_KEY)
    assert (cluster["manageMasterUserPassword"], cluster["masterUserSecretKmsKeyId"]) == (True, SECRETS_KEY)
    assert "masterPassword" not in cluster
    instances = recorded.of_type(INSTANCE)
    assert {item.inputs["performanceInsightsKmsKeyId"] for item in instances} == {DATA_KEY}
    assert {item.inputs["performanceInsightsEnabled"] for item in instances} == {True}


def test_the_cluster_requires_tls_enables_iam_authentication_and_is_not_public(recorded: Record) -> None:
    assert parameters(recorded)["rds.force_ssl"] == ("1", "pending-reboot")
    assert inputs(recorded, CLUSTER)["iamDatabaseAuthenticationEnabled"] is True
    assert {item.inputs["publiclyAccessible"] for item in recorded.of_type(INSTANCE)} == {False}
    assert inputs(recorded, SUBNETS)["subnetIds"] == TIER.subnet_ids


def test_pgaudit_is_on_and_the_logs_contain_no_values_of_statements(aurora: Build) -> None:
    values = parameters(aurora(audit_statements=("ddl", "role", "write")))
    assert values["pgaudit.log"] == ("ddl,role,write", "immediate")
    assert values["shared_preload_libraries"] == ("pg_stat_statements,pgaudit", "pending-reboot")
    assert values["pgaudit.role"][0] == "rds_pgaudit"
    # The default is off.
    assert "pgaudit.log_parameter" not in values
    # The text of a failed statement and the details of its error could contain ePHI.
    assert values["log_min_error_statement"][0] == "panic"
    assert values["log_error_verbosity"][0] == "terse"
    assert values["log_min_duration_statement"][0] == "-1"
    assert values["log_statement"][0] == "none"
    assert values["log_connections"][0] == values["log_disconnections"][0] == "1"


def test_the_log_groups_exist_before_the_cluster_and_keep_six_years(recorded: Record) -> None:
    cluster = recorded.one(CLUSTER)
    folder = f"/aws/rds/cluster/{cluster.inputs['clusterIdentifier']}"
    groups = recorded.of_type(GROUP)
    assert {item.inputs["name"] for item in groups} == {
        f"{folder}/{log}" for log in LOG_EXPORTS["aurora-postgresql"]
    }
    assert {(item.inputs["retentionInDays"], item.inputs["kmsKeyId"]) for item in groups} == {
        (2192, LOGS_KEY)
    }
    assert {item.urn for item in groups} <= set(cluster.dependencies)
    exported: Any = cluster.inputs["enabledCloudwatchLogsExports"]
    assert sorted(exported) == ["iam-db-auth-error", "postgresql"]


def test_logs_that_go_to_the_archive_are_masked(aurora: Build) -> None:
    recorded = aurora(archived=True)
    masked = recorded.of_type("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy")
    assert {"aurora-iam-db-auth-error-masked", "aurora-postgresql-masked"} <= {item.name for item in masked}
    assert inputs(recorded, GROUP, "aurora-postgresql")["retentionInDays"] == 90


def test_the_identifier_is_unknown_in_the_first_preview(aurora: Build) -> None:
    recorded = aurora(known=False)
    assert inputs(recorded, CLUSTER)["clusterIdentifier"] is UNKNOWN
    assert {item.inputs["name"] for item in recorded.of_type(GROUP)} == {UNKNOWN}


def test_the_identifier_changes_with_inputs_that_replace_the_cluster(aurora: Build) -> None:
    keepers = inputs(aurora(), "random:index/randomId:RandomId")["keepers"]
    assert keepers == {"database": "app", "key": DATA_KEY}


def test_a_protected_cluster_has_deletion_protection_and_a_final_snapshot(recorded: Record) -> None:
    cluster = recorded.one(CLUSTER)
    assert (cluster.protect, cluster.inputs["deletionProtection"]) == (True, True)
    assert (cluster.inputs["skipFinalSnapshot"], cluster.inputs["deleteAutomatedBackups"]) == (False, False)
    assert cluster.inputs["finalSnapshotIdentifier"] == f"{cluster.inputs['clusterIdentifier']}-final"
    assert all(item.protect for item in recorded.of_type(INSTANCE))


def test_an_unprotected_cluster_leaves_nothing_behind(aurora: Build) -> None:
    recorded = aurora(protect=False)
    cluster = recorded.one(CLUSTER)
    assert (cluster.protect, cluster.inputs["deletionProtection"]) == (False, False)
    assert (cluster.inputs["skipFinalSnapshot"], cluster.inputs["deleteAutomatedBackups"]) == (True, True)
    assert "finalSnapshotIdentifier" not in cluster.inputs
    assert not any(item.protect or item.retain_on_delete for item in recorded.resources)


def test_dependencies_give_a_deletion_order_that_aws_accepts(aurora: Build) -> None:
    recorded = aurora(protect=False, proxy=True, applications=[ApplicationIdentity(name="api")])
    urn = recorded.one(CLUSTER).urn
    instance_dependencies = {
        dependency for item in recorded.of_type(INSTANCE) for dependency in item.dependencies
    }
    assert urn in instance_dependencies
    cluster_dependencies = set(recorded.one(CLUSTER).dependencies)
    for type_ in (PARAMETERS, SUBNETS, SECURITY_GROUP):
        assert cluster_dependencies & {item.urn for item in recorded.of_type(type_)}, type_
    target = recorded.one("aws:rds/proxyTarget:ProxyTarget")
    assert {item.urn for item in recorded.of_type(INSTANCE)} <= set(target.dependencies)


def test_the_cluster_has_the_requested_backups_and_version_and_no_automatic_upgrades(aurora: Build) -> None:
    recorded = aurora(backup_days=14, allow_major_upgrade=True)
    cluster = inputs(recorded, CLUSTER)
    assert (cluster["backupRetentionPeriod"], cluster["copyTagsToSnapshot"]) == (14, True)
    assert cluster["tags"].items() >= BACKUP_TAG.items()
    assert (cluster["engineVersion"], cluster["allowMajorVersionUpgrade"]) == ("17.9", True)
    assert cluster["preferredBackupWindow"] == "03:00-03:30"
    assert {item.inputs["autoMinorVersionUpgrade"] for item in recorded.of_type(INSTANCE)} == {False}


@pytest.mark.parametrize(("lowest", "pause"), [(0, 1800), (0.5, None), (8, None)])
def test_only_a_minimum_capacity_of_zero_pauses(aurora: Build, lowest: float, pause: int | None) -> None:
    scaling = inputs(aurora(capacity=Capacity(min=lowest, max=16)), CLUSTER)[
        "serverlessv2ScalingConfiguration"
    ]
    assert (scaling["minCapacity"], scaling["maxCapacity"]) == (lowest, 16)
    assert scaling.get("secondsUntilAutoPause") == pause


def test_a_service_gets_the_endpoints_port_and_user_of_the_cluster() -> None:
    recorded, access = service_access()
    cluster = recorded.one(CLUSTER)
    assert access["ports"] == [5432]
    assert access["group"] == recorded.one(SECURITY_GROUP, "aurora").outputs["id"]
    assert access["user"] == ACCOUNT.arn("rds-db", f"dbuser:{cluster.outputs['clusterResourceId']}/api_iam")
    assert access["AURORA_HOST"] == cluster.outputs["endpoint"]
    assert access["AURORA_READER_HOST"] == cluster.outputs["readerEndpoint"]
    assert (access["AURORA_PORT"], access["AURORA_DATABASE"], access["AURORA_USER"]) == (
        "5432",
        "app",
        "api_iam",
    )


def test_without_services_there_are_no_security_group_rules(recorded: Record) -> None:
    assert recorded.of_type(SECURITY_GROUP)
    assert not recorded.of_type(INGRESS, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")


def test_every_alarm_is_on_the_cluster_and_names_its_runbook(recorded: Record) -> None:
    alarms: tuple[Resource, ...] = recorded.of_type(ALARM)
    identifier = recorded.one(CLUSTER).inputs["clusterIdentifier"]
    assert {item.name for item in alarms} >= {
        f"aurora-database-{kind}"
        for kind in (
            "cpu",
            "capacity",
            "connections",
            "memory",
            "deadlocks",
            "replica-lag",
            "transaction-ids",
        )
    }
    for alarm in alarms:
        assert alarm.inputs["dimensions"] == {"DBClusterIdentifier": identifier}
        assert alarm.inputs["alarmActions"] == [TIER.alarm_topic_arn]
        assert str(alarm.inputs["alarmDescription"]).endswith(alarm.name.removeprefix("aurora-"))


@pytest.mark.parametrize(
    ("overrides", "accepted"),
    [
        ({"capacity": Capacity(min=0.5, max=1)}, 189),
        ({"capacity": Capacity(min=0.5, max=64)}, 2000),
        ({"capacity": Capacity(min=1, max=64)}, 5000),
        (PROVISIONED, 1669),
    ],
)
def test_the_connection_alarm_is_at_eighty_percent_of_the_accepted_connections(
    aurora: Build, overrides: dict[str, Any], accepted: int
) -> None:
    alarm = inputs(aurora(**overrides), ALARM, "aurora-database-connections")
    assert alarm["threshold"] == accepted * 80 // 100


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"readers": Readers(min=1, max=2)},
            r"readers\.max must be readers\.min \(1\) without instance_class, got 2",
        ),
        ({"proxy": True}, "proxy needs applications"),
        ({"backup_days": 36}, "backup_days must be 1 to 35, got 36"),
    ],
)
def test_invalid_arguments_are_rejected(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AuroraArgs(tier=TIER, engine_version="17.9", **overrides)


@settings(max_examples=12)
@given(
    protect=st.booleans(),
    archived=st.booleans(),
    known=st.booleans(),
    choice=st.sampled_from(
        [{}, {"proxy": True, "applications": [ApplicationIdentity(name="api")]}, PROVISIONED, {"readers": Readers(min=0, max=0)}]
    ),
)  # fmt: skip
def test_every_cluster_is_encrypted_and_tagged_and_protected_on_request(
    aurora: Build,
    protect: bool,
    archived: bool,
    known: bool,
    choice: dict[str, Any],
) -> None:
    recorded = aurora(protect=protect, archived=archived, known=known, **choice)
    clusters = recorded.of_type(CLUSTER)
    assert clusters
    for cluster in clusters:
        assert cluster.inputs["storageEncrypted"] is True
        assert cluster.inputs["iamDatabaseAuthenticationEnabled"] is True
        assert cluster.inputs["tags"].items() >= BACKUP_TAG.items()  # type: ignore[union-attr]
        assert (cluster.protect, cluster.inputs["deletionProtection"]) == (protect, protect)
        assert cluster.inputs["skipFinalSnapshot"] is not protect
    assert not any(item.inputs.get("publiclyAccessible") for item in recorded.resources)
    assert violations_of(recorded) == set()


@pytest.mark.parametrize(
    "arguments",
    [{"min": 4, "max": 2}, {"min": 0, "max": 0.5}, {"min": -1, "max": 2}, {"pause_after_seconds": 299}],
)
def test_an_invalid_capacity_is_rejected(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"capacity must be|pause_after_seconds must be"):
        Capacity(**arguments)
