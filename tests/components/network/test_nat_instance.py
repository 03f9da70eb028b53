import base64
import json
from typing import Any

import pytest

from blueprint.record import Record, Resource
from components.network import NatHost, NatStrategy
from components.network.nat_instance import USER_DATA
from tests.harness import SCRIPT_CHECKS, assert_script_passes

NAME = "main-nat-us-east-1a"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.fixture(scope="module")
def record(network: Any) -> Record:
    return network(nat=NatStrategy.INSTANCE)


@pytest.fixture(scope="module")
def template(record: Record) -> Any:
    return record.one(TEMPLATE, NAME).inputs


@pytest.fixture(scope="module")
def group(record: Record) -> Resource:
    return record.one(GROUP, NAME)


def test_by_default_one_instance_in_the_first_zone_serves_all_zones(record: Record) -> None:
    assert [item.name for item in record.of_type("hipaa:network:NatInstance")] == [NAME]
    assert record.one(GROUP).inputs["availabilityZones"] == ["us-east-1a"]


def test_a_zone_routes_to_its_own_instance_or_else_to_the_first(network: Any) -> None:
    record = network(
        letters="abc", nat=NatStrategy.INSTANCE, nat_instance=NatHost(zones=("us-east-1b", "us-east-1c"))
    )
    hosts = {item.outputs["id"]: item.name for item in record.of_type(INTERFACE)}
    host_of_route = {
        route.name: hosts[route.inputs["networkInterfaceId"]]
        for route in record.of_type("aws:ec2/route:Route")
        if "networkInterfaceId" in route.inputs
    }
    assert host_of_route == {
        f"main-nat-for-us-east-1{zone}-{half}": f"main-nat-us-east-1{host}"
        for zone, host in (("a", "b"), ("b", "b"), ("c", "c"))
        for half in ("lower", "upper")
    }


def test_the_host_waits_for_internet_access_and_the_routes_wait_for_the_host(
    record: Record, group: Resource
) -> None:
    boot_dependencies = {
        record.one("aws:ec2/networkAcl:NetworkAcl", "main-public").urn,
        record.one("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", f"{NAME}-out").urn,
        record.one("aws:ec2/eip:Eip", NAME).urn,
    }
    assert boot_dependencies <= set(group.dependencies)
    routes = [item for item in record.of_type("aws:ec2/route:Route") if "networkInterfaceId" in item.inputs]
    assert routes
    assert all(group.urn in route.dependencies for route in routes)


def test_the_interface_is_in_the_public_subnet_and_may_forward_packets(record: Record) -> None:
    interface = record.one(INTERFACE, NAME)
    assert interface.inputs["sourceDestCheck"] is False
    assert interface.inputs["subnetId"] == record.one("aws:ec2/subnet:Subnet", "main-public-1").outputs["id"]


def test_the_elastic_ip_belongs_to_the_interface_and_depends_on_the_internet_gateway(record: Record) -> None:
    address = record.one("aws:ec2/eip:Eip", NAME)
    assert address.inputs["networkInterface"] == record.one(INTERFACE, NAME).outputs["id"]
    assert address.inputs["domain"] == "vpc"
    assert record.one("aws:ec2/internetGateway:InternetGateway").urn in address.dependencies


def test_only_the_private_tier_may_send_traffic_through_the_instance(record: Record) -> None:
    group_id = record.one("aws:ec2/securityGroup:SecurityGroup", NAME).outputs["id"]
    rules = [rule.inputs for rule in record.of_type(RULE) if rule.inputs["securityGroupId"] == group_id]
    assert {rule["cidrIpv4"] for rule in rules} == {"10.20.0.0/20", "10.20.32.0/20"}
    assert {rule["ipProtocol"] for rule in rules} == {"-1"}


def test_no_security_group_has_inline_rules(record: Record) -> None:
    groups = record.of_type("aws:ec2/securityGroup:SecurityGroup")
    assert groups
    assert not [item.name for item in groups if {"ingress", "egress"} & item.inputs.keys()]


def test_a_replacement_uses_the_same_interface(template: Any, record: Record) -> None:
    assert template["networkInterfaces"] == [
        {
            "deviceIndex": 0,
            "networkInterfaceId": record.one(INTERFACE, NAME).outputs["id"],
            "deleteOnTermination": "false",
        }
    ]
    assert "vpcSecurityGroupIds" not in template


def test_instance_metadata_requires_imdsv2_with_one_hop(template: Any) -> None:
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_encrypted_with_the_compute_key(template: Any, args: Any) -> None:
    (mapping,) = template["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"
    assert mapping["ebs"]["kmsKeyId"] == args().compute_key_arn
    assert mapping["ebs"]["volumeType"] == "gp3"


def test_the_host_has_detailed_monitoring(template: Any) -> None:
    assert template["monitoring"] == {"enabled": True}


def test_the_role_of_the_host_has_the_systems_manager_policy_only(record: Record, template: Any) -> None:
    role = record.one("aws:iam/role:Role", NAME)
    profile = record.one("aws:iam/instanceProfile:InstanceProfile", NAME)
    policy_arns = [
        item.inputs["policyArn"]
        for item in record.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if item.inputs["role"] == role.outputs["name"]
    ]
    assert policy_arns == ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    assert profile.inputs["role"] == role.outputs["name"]
    assert template["iamInstanceProfile"] == {"arn": profile.outputs["arn"]}


def test_only_ec2_may_assume_the_role(record: Record) -> None:
    (statement,) = json.loads(str(record.one("aws:iam/role:Role", NAME).inputs["assumeRolePolicy"]))[
        "Statement"
    ]
    assert "ec2.amazonaws.com" in str(statement["Principal"])
    assert statement["Action"] in ("sts:AssumeRole", ["sts:AssumeRole"])


def test_the_group_has_one_instance_and_terminates_it_before_its_replacement_starts(group: Resource) -> None:
    inputs: Any = group.inputs
    assert (inputs["minSize"], inputs["maxSize"]) == (1, 1)
    assert inputs["instanceMaintenancePolicy"] == {"minHealthyPercentage": 0, "maxHealthyPercentage": 100}
    assert inputs["instanceRefresh"] == {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}}
    assert inputs["healthCheckType"] == "EC2"
    assert "vpcZoneIdentifiers" not in inputs


def test_the_group_pins_the_version_of_its_launch_template(group: Resource, record: Record) -> None:
    template = record.one(TEMPLATE, NAME)
    assert group.inputs["launchTemplate"] == {"id": template.outputs["id"], "version": "1"}


def test_instances_get_the_tags_of_the_group(group: Resource) -> None:
    tags: Any = group.inputs["tags"]
    assert {tag["key"]: tag["propagateAtLaunch"] for tag in tags} == {"Name": True, "Tier": True}


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_group_is_not_deleted_by_force(network: Any, protect: bool) -> None:
    assert network(nat=NatStrategy.INSTANCE, protect=protect).one(GROUP).inputs["forceDelete"] is not protect


@pytest.mark.parametrize(("days", "seconds"), [(None, None), (30, 2_592_000)])
def test_the_group_replaces_a_host_after_its_maximum_lifetime(
    network: Any, days: int | None, seconds: int | None
) -> None:
    record = network(nat=NatStrategy.INSTANCE, nat_instance=NatHost(max_lifetime_days=days))
    assert record.one(GROUP).inputs.get("maxInstanceLifetime") == seconds


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"ami": "al2023"}, "ami must be an image id or resolve:ssm:<parameter>, got 'al2023'"),
        ({"max_lifetime_days": 0}, "max_lifetime_days must be 1 to 365, got 0"),
        ({"max_lifetime_days": 366}, "max_lifetime_days must be 1 to 365, got 366"),
    ],
)
def test_an_invalid_image_or_lifetime_is_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NatHost(**overrides)


def test_the_user_data_is_the_boot_script(template: Any) -> None:
    assert base64.b64decode(template["userData"]) == USER_DATA.read_bytes()


@pytest.mark.parametrize("check", SCRIPT_CHECKS)
def test_the_boot_script_passes_bash_and_shellcheck(check: str) -> None:
    assert_script_passes(check, USER_DATA)
