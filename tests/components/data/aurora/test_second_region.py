"""The second region of a cluster: encryption, logs, alarms, and no change of the first cluster."""

from __future__ import annotations

import pytest

from blueprint.record import Record
from components.shared.names import BACKUP_TAG
from tests.components.data.aurora.programs import ALARM, CLUSTER, GROUP, INSTANCE, PARAMETERS, SUBNETS
from tests.components.data.conftest import SECOND, Build


@pytest.fixture(scope="module")
def recorded(aurora: Build) -> Record:
    return aurora(administrator="generated", second_region=SECOND)


def test_the_second_cluster_is_encrypted_and_has_separate_log_groups(recorded: Record) -> None:
    second = recorded.one(CLUSTER, "aurora-second")
    assert (second.inputs["region"], second.inputs["kmsKeyId"]) == ("us-west-2", SECOND.kms_key_arn)
    assert (second.inputs["storageEncrypted"], second.protect) == (True, True)
    assert second.inputs["tags"].items() >= BACKUP_TAG.items()  # type: ignore[union-attr]
    assert "masterUsername" not in second.inputs
    assert second.ignore_changes == ("replicationSourceIdentifier",)
    logs = [item for item in recorded.of_type(GROUP) if item.name.startswith("aurora-second")]
    assert {(item.inputs["region"], item.inputs["kmsKeyId"]) for item in logs} == {
        ("us-west-2", SECOND.logs_key_arn)
    }
    assert {item.urn for item in logs} <= set(second.dependencies)
    for type_ in (PARAMETERS, SUBNETS, INSTANCE):
        assert recorded.one(type_, "aurora-second").inputs["region"] == "us-west-2"


def test_an_alarm_in_the_second_region_reports_replication_lag(recorded: Record) -> None:
    alarm = recorded.one(ALARM, "aurora-second-database-region-lag").inputs
    assert (alarm["region"], alarm["alarmActions"]) == ("us-west-2", [SECOND.alarm_topic_arn])
    assert alarm["metricName"] == "AuroraGlobalDBReplicationLag"
    second = recorded.one(CLUSTER, "aurora-second")
    assert alarm["dimensions"] == {"DBClusterIdentifier": second.inputs["clusterIdentifier"]}
    # Missing data notifies as well.
    assert alarm["treatMissingData"] == "missing"
    assert alarm["insufficientDataActions"] == alarm["alarmActions"]
    others = [item for item in recorded.of_type(ALARM) if item.inputs is not alarm]
    assert {item.inputs.get("region") for item in others} == {None}


def test_adding_a_second_region_does_not_change_the_first_cluster(aurora: Build, recorded: Record) -> None:
    alone = aurora(administrator="generated").one(CLUSTER)
    joined = recorded.one(CLUSTER, "aurora")
    assert alone.inputs == joined.inputs
    assert "globalClusterIdentifier" in joined.ignore_changes


@pytest.mark.parametrize("protect", [True, False])
def test_protect_applies_to_the_global_cluster(aurora: Build, protect: bool) -> None:
    recorded = aurora(protect=protect, administrator="generated", second_region=SECOND)
    cluster = recorded.one("aws:rds/globalCluster:GlobalCluster")
    assert (cluster.protect, cluster.inputs["deletionProtection"]) == (protect, protect)
    assert cluster.inputs["forceDestroy"] is not protect
