"""The instance of the VPN server and its Auto Scaling group."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.record import Record
from components.connectivity import VpnHost
from tests.components.connectivity.vpn.programs import GROUP, TEMPLATE, recorded
from tests.harness import KEY


def test_imdsv2_is_required_with_a_hop_limit_of_one(template: Any) -> None:
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_encrypted_and_monitoring_is_on(template: Any) -> None:
    [mapping] = template["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"
    assert mapping["ebs"]["kmsKeyId"] == KEY
    assert mapping["ebs"]["volumeType"] == "gp3"
    assert template["monitoring"] == {"enabled": True}


def test_there_is_one_server_and_it_is_terminated_before_its_replacement_starts(record: Record) -> None:
    group: Any = record.one(GROUP).inputs
    assert (group["minSize"], group["maxSize"]) == (1, 1)
    assert group["vpcZoneIdentifiers"] == ["subnet-1", "subnet-2"]
    assert group["instanceMaintenancePolicy"] == {"minHealthyPercentage": 0, "maxHealthyPercentage": 100}
    assert group["instanceRefresh"] == {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}}
    assert group["launchTemplate"] == {"id": record.one(TEMPLATE).outputs["id"], "version": "1"}
    assert group["healthCheckGracePeriod"] == 1200


@pytest.mark.parametrize(("days", "seconds"), [(None, None), (30, 2_592_000)])
def test_the_lifetime_of_a_host_is_the_setting(days: int | None, seconds: int | None) -> None:
    record = recorded(host=VpnHost(ami="ami-0123456789abcdef0", max_lifetime_days=days))
    assert record.one(GROUP).inputs.get("maxInstanceLifetime") == seconds


def test_the_server_starts_after_its_permissions_file_system_and_secret_exist(record: Record) -> None:
    waits = set(record.one(GROUP).dependencies)
    awaited = [
        *record.of_type("aws:efs/mountTarget:MountTarget"),
        *record.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
        record.one("aws:efs/fileSystemPolicy:FileSystemPolicy"),
        record.one("aws:secretsmanager/secretVersion:SecretVersion"),
    ]
    assert len(awaited) == 6
    assert {item.urn for item in awaited} <= waits


def test_systems_manager_installs_the_packages_on_this_group_only(record: Record) -> None:
    associations: list[Any] = [item.inputs for item in record.of_type("aws:ssm/association:Association")]
    assert {item["parameters"]["name"] for item in associations} == {
        "AmazonEFSUtils",
        "AmazonCloudWatchAgent",
    }
    group = record.one(GROUP).outputs["name"]
    assert [item["targets"] for item in associations] == [
        [{"key": "tag:aws:autoscaling:groupName", "values": [group]}]
    ] * 2
