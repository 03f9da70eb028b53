import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blueprint.record import Record, Resource
from components.network import Nat, NatHost
from components.network.nat_instance import USER_DATA

NAME = "main-nat-us-east-1a"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.fixture(scope="module")
def record(network: Any) -> Record:
    return network(nat=Nat.INSTANCE)


@pytest.fixture(scope="module")
def template(record: Record) -> Any:
    return record.one(TEMPLATE, NAME).inputs


@pytest.fixture(scope="module")
def group(record: Record) -> Resource:
    return record.one(GROUP, NAME)


def test_one_instance_in_the_first_zone_serves_all(record: Record) -> None:
    assert [item.name for item in record.of_type("hipaa:network:NatInstance")] == [NAME]
    assert record.one(GROUP).inputs["availabilityZones"] == ["us-east-1a"]


def test_a_zone_with_an_instance_uses_its_own_and_others_the_first(network: Any) -> None:
    record = network(
        letters="abc", nat=Nat.INSTANCE, nat_instance=NatHost(zones=("us-east-1b", "us-east-1c"))
    )
    hosts = {item.outputs["id"]: item.name for item in record.of_type(INTERFACE)}
    served = {
        route.name: hosts[route.inputs["networkInterfaceId"]]
        for route in record.of_type("aws:ec2/route:Route")
        if "networkInterfaceId" in route.inputs
    }
    assert served == {
        f"main-nat-for-us-east-1{zone}-{half}": f"main-nat-us-east-1{host}"
        for zone, host in (("a", "b"), ("b", "b"), ("c", "c"))
        for half in ("lower", "upper")
    }


def test_the_host_boots_when_it_can_reach_out_and_routes_lead_to_it_then(
    record: Record, group: Resource
) -> None:
    needed = {
        record.one("aws:ec2/networkAcl:NetworkAcl", "main-public").urn,
        record.one("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", f"{NAME}-out").urn,
        record.one("aws:ec2/eip:Eip", NAME).urn,
    }
    assert needed <= set(group.dependencies)
    routes = [item for item in record.of_type("aws:ec2/route:Route") if "networkInterfaceId" in item.inputs]
    assert routes
    assert all(group.urn in route.dependencies for route in routes)


def test_the_interface_routes_for_others_from_the_public_subnet(record: Record) -> None:
    interface = record.one(INTERFACE, NAME)
    assert interface.inputs["sourceDestCheck"] is False
    assert interface.inputs["subnetId"] == record.one("aws:ec2/subnet:Subnet", "main-public-1").outputs["id"]


def test_the_address_is_the_interfaces_and_outlives_no_gateway(record: Record) -> None:
    address = record.one("aws:ec2/eip:Eip", NAME)
    assert address.inputs["networkInterface"] == record.one(INTERFACE, NAME).outputs["id"]
    assert address.inputs["domain"] == "vpc"
    assert record.one("aws:ec2/internetGateway:InternetGateway").urn in address.dependencies


def test_only_the_private_tier_may_send_through_it(record: Record) -> None:
    group_id = record.one("aws:ec2/securityGroup:SecurityGroup", NAME).outputs["id"]
    rules = [rule.inputs for rule in record.of_type(RULE) if rule.inputs["securityGroupId"] == group_id]
    assert {rule["cidrIpv4"] for rule in rules} == {"10.20.0.0/20", "10.20.32.0/20"}
    assert {rule["ipProtocol"] for rule in rules} == {"-1"}


def test_no_security_group_has_inline_rules(record: Record) -> None:
    groups = record.of_type("aws:ec2/securityGroup:SecurityGroup")
    assert groups
    assert not [item.name for item in groups if {"ingress", "egress"} & item.inputs.keys()]


def test_a_replacement_takes_over_the_interface(template: Any, record: Record) -> None:
    assert template["networkInterfaces"] == [
        {
            "deviceIndex": 0,
            "networkInterfaceId": record.one(INTERFACE, NAME).outputs["id"],
            "deleteOnTermination": "false",
        }
    ]
    assert "vpcSecurityGroupIds" not in template


def test_metadata_needs_a_session_and_stays_on_the_host(template: Any) -> None:
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_encrypted_under_the_compute_key(template: Any, args: Any) -> None:
    (mapping,) = template["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"
    assert mapping["ebs"]["kmsKeyId"] == args().compute_key_arn
    assert mapping["ebs"]["volumeType"] == "gp3"


def test_the_host_is_monitored_in_detail(template: Any) -> None:
    assert template["monitoring"] == {"enabled": True}


def test_the_host_may_only_be_managed(record: Record, template: Any) -> None:
    role = record.one("aws:iam/role:Role", NAME)
    profile = record.one("aws:iam/instanceProfile:InstanceProfile", NAME)
    attached = [
        item.inputs["policyArn"]
        for item in record.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if item.inputs["role"] == role.outputs["name"]
    ]
    assert attached == ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    assert profile.inputs["role"] == role.outputs["name"]
    assert template["iamInstanceProfile"] == {"arn": profile.outputs["arn"]}


def test_only_ec2_may_take_the_role(record: Record) -> None:
    (statement,) = json.loads(str(record.one("aws:iam/role:Role", NAME).inputs["assumeRolePolicy"]))[
        "Statement"
    ]
    assert "ec2.amazonaws.com" in str(statement["Principal"])
    assert statement["Action"] in ("sts:AssumeRole", ["sts:AssumeRole"])


def test_the_group_keeps_exactly_one_and_frees_the_interface_first(group: Resource) -> None:
    inputs: Any = group.inputs
    assert (inputs["minSize"], inputs["maxSize"]) == (1, 1)
    assert inputs["instanceMaintenancePolicy"] == {"minHealthyPercentage": 0, "maxHealthyPercentage": 100}
    assert inputs["instanceRefresh"] == {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}}
    assert inputs["healthCheckType"] == "EC2"
    assert "vpcZoneIdentifiers" not in inputs


def test_the_group_pins_the_templates_version(group: Resource, record: Record) -> None:
    template = record.one(TEMPLATE, NAME)
    assert group.inputs["launchTemplate"] == {"id": template.outputs["id"], "version": "1"}


def test_the_host_boots_when_it_can_reach_out(group: Resource, record: Record) -> None:
    assert record.one("aws:ec2/eip:Eip", NAME).urn in group.dependencies


def test_instances_carry_the_groups_tags(group: Resource) -> None:
    tags: Any = group.inputs["tags"]
    assert {tag["key"]: tag["propagateAtLaunch"] for tag in tags} == {"Name": True, "Tier": True}


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_group_is_not_deleted_by_force(network: Any, protect: bool) -> None:
    assert network(nat=Nat.INSTANCE, protect=protect).one(GROUP).inputs["forceDelete"] is not protect


@pytest.mark.parametrize(("days", "seconds"), [(None, None), (30, 2_592_000)])
def test_a_host_lives_as_long_as_chosen(network: Any, days: int | None, seconds: int | None) -> None:
    record = network(nat=Nat.INSTANCE, nat_instance=NatHost(max_lifetime_days=days))
    assert record.one(GROUP).inputs.get("maxInstanceLifetime") == seconds


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"ami": "al2023"}, "ami must be an image id or resolve:ssm:<parameter>, got 'al2023'"),
        ({"max_lifetime_days": 0}, "max_lifetime_days must be 1 to 365, got 0"),
        ({"max_lifetime_days": 366}, "max_lifetime_days must be 1 to 365, got 366"),
    ],
)
def test_a_host_that_cannot_be_is_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NatHost(**choice)


def test_the_host_runs_the_script(template: Any) -> None:
    assert base64.b64decode(template["userData"]) == USER_DATA.read_bytes()


@pytest.mark.parametrize("command", ["bash -n", "shellcheck"])
def test_the_script_is_sound(command: str) -> None:
    program, *options = command.split()
    path = shutil.which(program, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{program} is not installed")
    command_line = [path, *options, str(USER_DATA)]
    done = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
