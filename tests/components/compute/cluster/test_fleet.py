"""The instances of the cluster: launch template, boot script, role, and invalid arguments."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.cluster.fleet import USER_DATA, user_data
from tests.components.compute.cluster.conftest import (
    ATTACHMENT,
    CLUSTER,
    COMPUTE_KEY,
    EGRESS,
    SECURITY_GROUP,
    TEMPLATE,
    make_fleet,
)
from tests.harness import SCRIPT_CHECKS, assert_script_passes

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.fixture(scope="module")
def template(record: Record) -> Any:
    return record.one(TEMPLATE).inputs


def test_instances_require_imdsv2_with_a_hop_limit_of_one(template: Any) -> None:
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_encrypted_with_the_compute_key(template: Any) -> None:
    (mapping,) = template["blockDeviceMappings"]
    assert mapping["deviceName"] == "/dev/xvda"
    assert mapping["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": 30,
        "encrypted": "true",
        "kmsKeyId": COMPUTE_KEY,
        "deleteOnTermination": "true",
    }


def test_an_instance_has_no_public_address_and_no_key_pair(record: Record, template: Any) -> None:
    (interface,) = template["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == [record.one(SECURITY_GROUP).outputs["id"]]
    assert "keyName" not in template


def test_instances_have_detailed_monitoring(template: Any) -> None:
    assert template["monitoring"] == {"enabled": True}


def test_instances_have_no_dns_record_that_prevents_trunking(template: Any) -> None:
    assert template["privateDnsNameOptions"] == {"enableResourceNameDnsARecord": False}


def test_user_data_contains_the_cluster_name(record: Record, template: Any) -> None:
    script = base64.b64decode(template["userData"]).decode()
    assert f"\nECS_CLUSTER={record.one(CLUSTER).outputs['name']}\n" in script


@pytest.mark.parametrize(
    "line",
    [
        "ECS_ENABLE_TASK_ENI=true",
        "ECS_AWSVPC_BLOCK_IMDS=true",
        "ECS_DISABLE_PRIVILEGED=true",
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
        "ECS_CONTAINER_STOP_TIMEOUT=2m",
        "ECS_RESERVED_MEMORY=256",
    ],
)
def test_user_data_configures_the_ecs_agent(line: str) -> None:
    assert line in base64.b64decode(user_data("app-0123456")).decode().splitlines()


@pytest.mark.parametrize("check", SCRIPT_CHECKS)
def test_the_boot_script_passes_bash_and_shellcheck(check: str) -> None:
    assert_script_passes(check, USER_DATA)


def test_instances_allow_outbound_https_and_no_inbound_connections(record: Record) -> None:
    (rule,) = record.of_type(EGRESS)
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", 443, 443)
    assert not record.of_type(INGRESS)
    assert not {"ingress", "egress"} & record.one(SECURITY_GROUP).inputs.keys()


def test_the_instance_role_has_only_the_policies_of_the_ecs_agent_and_systems_manager(record: Record) -> None:
    role = record.one("aws:iam/role:Role", "app-instance").outputs["name"]
    attachments = [item for item in record.of_type(ATTACHMENT) if item.inputs["role"] == role]
    assert {item.inputs["policyArn"] for item in attachments} == {
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"ami": "al2023"}, "ami must be an image id or resolve:ssm:<parameter>, got 'al2023'"),
        ({"min_instances": 5}, "min_instances must be 0 or more, .* got 5 and 4"),
        ({"min_instances": 0, "max_instances": 0}, "got 0 and 0"),
        ({"target_capacity_percent": 101}, "target_capacity_percent must be 1 to 100, got 101"),
        ({"root_gib": 8}, "root_gib must be 30 or more, got 8"),
        ({"max_spot_instances": 0}, "max_spot_instances must be 1 or more, got 0"),
        (
            {"other_instance_types": ("c7g.2xlarge",)},
            "must be x86_64 types other than c5.2xlarge, .* got c7g.2xlarge",
        ),
        (
            {"other_instance_types": ("c5.2xlarge",)},
            "must be x86_64 types other than c5.2xlarge, .* got c5.2xlarge",
        ),
        ({"other_instance_types": ("m5.large", "m5.large")}, "each once, got m5.large"),
    ],
)
def test_invalid_fleet_arguments_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_fleet(**overrides)
