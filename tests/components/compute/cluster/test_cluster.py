"""The ECS cluster: instances, capacity provider, logs, and the order of creation and deletion."""

import base64
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from hipaa_policies.judge import judge
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from blueprint.verdict import judged_resource
from components.compute import Cluster, ClusterArgs, EcsAccountSettings, Fleet, InstanceMix
from components.compute.cluster.fleet import USER_DATA, user_data
from components.shared import iam
from components.shared.logs import LogOptions
from components.shared.task import exec_statements
from tests.harness import ACCOUNT, REGION, all_dependencies, evaluate

LOGS_KEY = f"arn:aws:kms:{REGION}:111122223333:key/11112222-3333-4444-5555-666677778888"
COMPUTE_KEY = f"arn:aws:kms:{REGION}:111122223333:key/99992222-3333-4444-5555-666677778888"
AMI = "ami-0123456789abcdef0"
IMAGE_PARAMETER = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"

CLUSTER = "aws:ecs/cluster:Cluster"
PROVIDER = "aws:ecs/capacityProvider:CapacityProvider"
ASSOCIATION = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SERVICE = "aws:ecs/service:Service"
SETTING = "aws:ecs/accountSettingDefault:AccountSettingDefault"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def _fleet(**overrides: Any) -> Fleet:
    return Fleet(**{"instance_type": "c5.2xlarge", "ami": AMI, **overrides})


def _args(fleet: Fleet, **overrides: Any) -> ClusterArgs:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ("subnet-0a", "subnet-0b"),
        "fleet": fleet,
        "compute_key_arn": COMPUTE_KEY,
        "logs": LogOptions(key_arn=LOGS_KEY, days=2192, protect=overrides.get("protect", False)),
        "protect": False,
    }
    return ClusterArgs(**{**values, **overrides})


@cache
def _record(*, known: bool = True, protect: bool = False, **fleet: Any) -> Record:
    return evaluate(lambda: Cluster("app", _args(_fleet(**fleet), protect=protect)), known)


@pytest.fixture(scope="module")
def record() -> Record:
    return _record()


@pytest.fixture(scope="module")
def with_service() -> Record:
    """Record a cluster with two services: one uses `cluster_arn`, the other `capacity_provider_name`."""

    def program() -> None:
        trunking = EcsAccountSettings("account")
        cluster = Cluster("app", _args(_fleet(), launch_after=(trunking,)))
        aws.ecs.Service("by-arn", cluster=cluster.cluster_arn)
        aws.ecs.Service(
            "by-strategy",
            capacity_provider_strategies=[
                aws.ecs.ServiceCapacityProviderStrategyArgs(
                    capacity_provider=cluster.capacity_provider_name, weight=1
                )
            ],
        )

    return evaluate(program)


def assert_deleted_in_order(record: Record, *resources: Resource) -> None:
    """Assert that each resource is deleted before the next one."""
    for first, second in pairwise(resources):
        assert second.urn in all_dependencies(record, first), (
            f"{first.label} may be deleted after {second.label}"
        )


@pytest.mark.parametrize("service", ["by-arn", "by-strategy"])
def test_a_cluster_is_deleted_in_order_from_the_services_to_the_cluster(
    with_service: Record, service: str
) -> None:
    kinds = (ASSOCIATION, PROVIDER, GROUP, TEMPLATE, CLUSTER)
    chain = [with_service.one(SERVICE, service), *(with_service.one(kind) for kind in kinds)]
    assert_deleted_in_order(with_service, *chain)


def test_assert_deleted_in_order_detects_a_missing_dependency(with_service: Record) -> None:
    cluster, group = with_service.one(CLUSTER), with_service.one(GROUP)
    with pytest.raises(AssertionError, match="may be deleted after"):
        assert_deleted_in_order(with_service, cluster, group)


def test_dependencies_have_no_cycle(with_service: Record) -> None:
    assert not [
        item.name for item in with_service.resources if item.urn in all_dependencies(with_service, item)
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (SETTING, "account-trunking"),
        (EGRESS, "app-instances-https"),
        (LOG_GROUP, "app-performance"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "app-instance-agent"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "app-instance-ssm"),
    ],
)
def test_the_first_instance_starts_after_the_resources_that_it_needs(
    with_service: Record, kind: str, name: str
) -> None:
    prerequisite = with_service.one(kind, name)
    assert prerequisite.urn in all_dependencies(with_service, with_service.one(GROUP))


def test_the_delete_timeout_of_the_group_allows_draining(record: Record) -> None:
    assert record.one(GROUP).custom_timeouts == {"delete": "45m"}


def test_the_cluster_does_not_depend_on_its_capacity_provider(record: Record) -> None:
    assert "capacityProviders" not in record.one(CLUSTER).inputs
    assert record.one(PROVIDER).urn not in all_dependencies(record, record.one(CLUSTER))


def test_container_insights_are_enhanced(record: Record) -> None:
    assert record.one(CLUSTER).inputs["settings"] == [{"name": "containerInsights", "value": "enhanced"}]


def test_exec_sessions_are_encrypted_and_logged(record: Record) -> None:
    assert record.one(CLUSTER).inputs["configuration"] == {
        "executeCommandConfiguration": {
            "kmsKeyId": COMPUTE_KEY,
            "logging": "OVERRIDE",
            "logConfiguration": {
                "cloudWatchEncryptionEnabled": True,
                "cloudWatchLogGroupName": record.one(LOG_GROUP, "app-exec").outputs["name"],
            },
        }
    }


@pytest.mark.parametrize("name", ["app-exec", "app-performance"])
@pytest.mark.parametrize("protect", [True, False])
def test_log_groups_are_encrypted_and_kept_for_six_years(name: str, protect: bool) -> None:
    group = _record(protect=protect).one(LOG_GROUP, name)
    assert group.inputs["retentionInDays"] == 2192
    assert group.inputs["kmsKeyId"] == LOGS_KEY
    assert group.inputs["logGroupClass"] == "STANDARD"
    assert (group.protect, group.inputs["deletionProtectionEnabled"]) == (protect, protect)


def test_the_container_insights_log_group_has_the_name_that_ecs_uses(record: Record) -> None:
    cluster = record.one(CLUSTER).outputs["name"]
    name = record.one(LOG_GROUP, "app-performance").inputs["name"]
    assert name == f"/aws/ecs/containerinsights/{cluster}/performance"


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
    assert interface["securityGroups"] == [record.one("aws:ec2/securityGroup:SecurityGroup").outputs["id"]]
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


@pytest.mark.parametrize("command", ["bash -n", "shellcheck"])
def test_the_boot_script_passes_bash_and_shellcheck(command: str) -> None:
    program, *options = command.split()
    path = shutil.which(program, path=f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{program} is not installed")
    command_line = [path, *options, str(USER_DATA)]
    result = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_instances_allow_outbound_https_and_no_inbound_connections(record: Record) -> None:
    (rule,) = record.of_type(EGRESS)
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", 443, 443)
    assert not record.of_type(INGRESS)
    assert not {"ingress", "egress"} & record.one("aws:ec2/securityGroup:SecurityGroup").inputs.keys()


def test_the_instance_role_has_only_the_policies_of_the_ecs_agent_and_systems_manager(record: Record) -> None:
    attachments = record.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {item.inputs["policyArn"] for item in attachments} == {
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
    }
    assert {item.inputs["role"] for item in attachments} == {record.one("aws:iam/role:Role").outputs["name"]}
    assert not record.of_type("aws:iam/policy:Policy")


def test_the_group_spans_the_private_subnets(record: Record) -> None:
    inputs = record.one(GROUP).inputs
    assert inputs["vpcZoneIdentifiers"] == ["subnet-0a", "subnet-0b"]
    assert inputs["availabilityZoneDistribution"] == {"capacityDistributionStrategy": "balanced-best-effort"}


def test_the_group_uses_a_fixed_version_of_the_launch_template(record: Record) -> None:
    template = record.one(TEMPLATE)
    assert record.one(GROUP).inputs["launchTemplate"] == {"id": template.outputs["id"], "version": "1"}


def test_an_instance_refresh_starts_new_instances_first_and_replaces_protected_ones(record: Record) -> None:
    refresh: Any = record.one(GROUP).inputs["instanceRefresh"]
    assert refresh["strategy"] == "Rolling"
    assert refresh["preferences"]["minHealthyPercentage"] == 100
    assert refresh["preferences"]["maxHealthyPercentage"] == 150
    assert refresh["preferences"]["scaleInProtectedInstances"] == "Refresh"


@pytest.mark.parametrize(("ami", "rolls_back"), [(AMI, True), (IMAGE_PARAMETER, False)])
def test_a_failed_refresh_is_rolled_back_unless_the_image_is_a_parameter(ami: str, rolls_back: bool) -> None:
    refresh: Any = _record(ami=ami).one(GROUP).inputs["instanceRefresh"]
    assert refresh["preferences"]["autoRollback"] is rolls_back


def test_pulumi_leaves_the_desired_capacity_to_ecs(record: Record) -> None:
    group = record.one(GROUP)
    assert "desiredCapacity" not in group.inputs
    assert group.ignore_changes == ("desiredCapacity",)


def test_instances_get_all_tags_of_the_group(record: Record) -> None:
    tags: Any = record.one(GROUP).inputs["tags"]
    assert {tag["key"]: tag["propagateAtLaunch"] for tag in tags} == {
        "Name": True,
        "Tier": True,
        "AmazonECSManaged": True,
    }


def test_the_metrics_of_the_group_are_enabled(record: Record) -> None:
    metrics: Any = record.one(GROUP).inputs["enabledMetrics"]
    assert {"GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize"} <= set(metrics)


@pytest.mark.parametrize(("protect", "status"), [(True, "ENABLED"), (False, "DISABLED")])
def test_protect_sets_termination_protection_and_scale_in_protection(protect: bool, status: str) -> None:
    record = _record(protect=protect)
    group, provider = record.one(GROUP).inputs, record.one(PROVIDER).inputs
    group_provider: Any = provider["autoScalingGroupProvider"]
    assert group_provider["managedTerminationProtection"] == status
    assert group["protectFromScaleIn"] is protect
    assert group["forceDelete"] is not protect


def test_the_capacity_provider_scales_and_drains_instances(record: Record) -> None:
    group_provider: Any = record.one(PROVIDER).inputs["autoScalingGroupProvider"]
    assert group_provider["autoScalingGroupArn"] == record.one(GROUP).outputs["arn"]
    assert group_provider["managedDraining"] == "ENABLED"
    assert group_provider["managedScaling"] == {
        "status": "ENABLED",
        "targetCapacity": 85,
        "instanceWarmupPeriod": record.one(GROUP).inputs["defaultInstanceWarmup"],
    }


def test_the_capacity_provider_is_the_default_of_the_cluster(record: Record) -> None:
    inputs, name = record.one(ASSOCIATION).inputs, record.one(PROVIDER).outputs["name"]
    assert inputs["clusterName"] == record.one(CLUSTER).outputs["name"]
    assert inputs["capacityProviders"] == [name]
    assert inputs["defaultCapacityProviderStrategies"] == [{"capacityProvider": name, "weight": 100}]


@pytest.mark.parametrize(("days", "seconds"), [(None, None), (30, 2_592_000)])
def test_max_lifetime_days_sets_the_maximum_instance_lifetime(days: int | None, seconds: int | None) -> None:
    assert _record(max_lifetime_days=days).one(GROUP).inputs.get("maxInstanceLifetime") == seconds


@settings(max_examples=10)
@given(
    minimum=st.integers(0, 20),
    extra=st.integers(1, 20),
    target=st.integers(1, 100),
)
def test_fleet_size_and_target_capacity_apply_to_the_group_and_the_provider(
    minimum: int, extra: int, target: int
) -> None:
    fleet = _fleet(min_instances=minimum, max_instances=minimum + extra, target_capacity_percent=target)
    record = evaluate(lambda: Cluster("app", _args(fleet)))
    group, provider = record.one(GROUP).inputs, record.one(PROVIDER).inputs
    scaling: Any = provider["autoScalingGroupProvider"]
    assert (group["minSize"], group["maxSize"]) == (minimum, minimum + extra)
    assert scaling["managedScaling"]["targetCapacity"] == target


_TYPES = ("c5.xlarge", "c6i.2xlarge", "m5.xlarge", "m6a.2xlarge", "r6i.large")


@settings(max_examples=10)
@given(
    types=st.lists(st.sampled_from(_TYPES), min_size=1, unique=True),
    base=st.integers(0, 5),
    percent=st.integers(0, 100),
)
def test_a_mix_comes_after_the_instance_type_of_the_fleet(types: list[str], base: int, percent: int) -> None:
    mix = InstanceMix(instance_types=tuple(types), on_demand_base=base, on_demand_percent=percent)
    group = evaluate(lambda: Cluster("app", _args(_fleet(mix=mix)))).one(GROUP)
    policy: Any = group.inputs["mixedInstancesPolicy"]
    instance_types = [item["instanceType"] for item in policy["launchTemplate"]["overrides"]]
    assert instance_types == ["c5.2xlarge", *types]
    assert policy["instancesDistribution"] == {
        "onDemandAllocationStrategy": "prioritized",
        "onDemandBaseCapacity": base,
        "onDemandPercentageAboveBaseCapacity": percent,
        "spotAllocationStrategy": "price-capacity-optimized",
    }
    assert group.inputs["capacityRebalance"] is True
    assert "launchTemplate" not in group.inputs


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"ami": "al2023"}, "ami must be an image id or resolve:ssm:<parameter>, got 'al2023'"),
        ({"min_instances": 5}, "min_instances must be 0 or more, .* got 5 and 4"),
        ({"min_instances": 0, "max_instances": 0}, "got 0 and 0"),
        ({"target_capacity_percent": 101}, "target_capacity_percent must be 1 to 100, got 101"),
        ({"root_gib": 8}, "root_gib must be 30 or more, got 8"),
        ({"max_lifetime_days": 366}, "max_lifetime_days must be 1 to 365, got 366"),
        (
            {"mix": InstanceMix(instance_types=("c7g.2xlarge",))},
            "must be x86_64 types other than c5.2xlarge, got c7g.2xlarge",
        ),
        (
            {"mix": InstanceMix(instance_types=("c5.2xlarge",))},
            "must be x86_64 types other than c5.2xlarge, got c5.2xlarge",
        ),
    ],
)
def test_invalid_fleet_arguments_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _fleet(**overrides)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"instance_types": ()},
            "instance_types must contain at least one type, and each type once, got none",
        ),
        ({"instance_types": ("m5.large", "m5.large")}, "each type once, got m5.large, m5.large"),
        ({"on_demand_base": -1}, "on_demand_base must be 0 or more, got -1"),
        ({"on_demand_percent": 101}, "on_demand_percent must be 0 to 100, got 101"),
    ],
)
def test_invalid_mix_arguments_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InstanceMix(**{"instance_types": ("m5.large",), **overrides})


def test_a_cluster_without_subnets_is_refused() -> None:
    with pytest.raises(ValueError, match="subnet_ids must contain the subnets of the private tier, got none"):
        _args(_fleet(), subnet_ids=())


def test_a_name_with_a_reserved_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="name must not start with aws, ecs, fargate, got 'ecs-app'"):
        evaluate(lambda: Cluster("ecs-app", _args(_fleet())))


def test_the_account_setting_enables_trunking(with_service: Record) -> None:
    assert with_service.one(SETTING).inputs == {"name": "awsvpcTrunking", "value": "enabled"}


def test_a_task_may_use_only_the_exec_log_group_and_key() -> None:
    statements = exec_statements(f"arn:aws:logs:{REGION}:111122223333:log-group:app-exec", COMPUTE_KEY)
    document = json.loads(iam.document(*statements))
    resources = {item["Sid"]: item["Resource"] for item in document["Statement"]}
    assert resources["ExecKey"] == [COMPUTE_KEY]
    assert resources["ExecLog"] == [f"arn:aws:logs:{REGION}:111122223333:log-group:app-exec:*"]


def test_outputs_are_those_of_the_created_resources() -> None:
    def program() -> None:
        cluster = Cluster("app", _args(_fleet()))
        pulumi.export("cluster_arn", cluster.cluster_arn)
        pulumi.export("cluster_name", cluster.cluster_name)
        pulumi.export("capacity_provider_name", cluster.capacity_provider_name)
        pulumi.export("instance_security_group_id", cluster.instance_security_group_id)
        pulumi.export("exec_log_group_name", cluster.exec_log_group_name)

    record = evaluate(program)
    assert record.outputs == {
        "cluster_arn": record.one(CLUSTER).outputs["arn"],
        "cluster_name": record.one(CLUSTER).outputs["name"],
        "capacity_provider_name": record.one(PROVIDER).outputs["name"],
        "instance_security_group_id": record.one("aws:ec2/securityGroup:SecurityGroup").outputs["id"],
        "exec_log_group_name": record.one(LOG_GROUP, "app-exec").outputs["name"],
    }


@pytest.mark.parametrize("known", [True, False])
def test_a_cluster_has_no_policy_violation(known: bool) -> None:
    record = _record(known=known, protect=True)
    report = judge([judged_resource(item) for item in record.resources])
    assert (report.violations, report.advisories) == ((), ())
    assert sum(tally.checked for tally in report.tallies) > 10
