"""The Auto Scaling group of the cluster: zones, instance refresh, instance types and size."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.compute import Cluster
from tests.components.compute.cluster.conftest import (
    AMI,
    GROUP,
    PROVIDER,
    TEMPLATE,
    arguments,
    make_fleet,
    recorded,
)
from tests.harness import evaluate

ASSOCIATION = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
IMAGE_PARAMETER = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
TYPES = ("c5.xlarge", "c6i.2xlarge", "m5.xlarge", "m6a.2xlarge", "r6i.large")


def test_the_delete_timeout_of_the_group_allows_draining(record: Record) -> None:
    assert record.one(GROUP).custom_timeouts == {"delete": "45m"}


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
    refresh: Any = recorded(ami=ami).one(GROUP).inputs["instanceRefresh"]
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


@settings(max_examples=10)
@given(
    minimum=st.integers(0, 20),
    extra=st.integers(1, 20),
    target=st.integers(1, 100),
)
def test_fleet_size_and_target_capacity_apply_to_the_group_and_the_provider(
    minimum: int, extra: int, target: int
) -> None:
    fleet = make_fleet(min_instances=minimum, max_instances=minimum + extra, target_capacity_percent=target)
    record = evaluate(lambda: Cluster("app", arguments(fleet=fleet)))
    group, provider = record.one(GROUP).inputs, record.one(PROVIDER).inputs
    scaling: Any = provider["autoScalingGroupProvider"]
    assert (group["minSize"], group["maxSize"]) == (minimum, minimum + extra)
    assert scaling["managedScaling"]["targetCapacity"] == target


@settings(max_examples=10)
@given(types=st.lists(st.sampled_from(TYPES), unique=True), most=st.none() | st.integers(1, 50))
def test_other_types_come_after_the_first_one_in_every_group(types: list[str], most: int | None) -> None:
    fleet = make_fleet(other_instance_types=tuple(types), max_spot_instances=most)
    record = evaluate(lambda: Cluster("app", arguments(fleet=fleet)))
    groups = {item.name: item.inputs for item in record.of_type(GROUP)}
    assert groups.keys() == {"app-instances"} | ({"app-spot"} if most else set())
    for name, inputs in groups.items():
        spot = name == "app-spot"
        assert inputs["capacityRebalance"] is spot
        # A group has either a launch template or a policy with several types.
        assert ("launchTemplate" in inputs) == (not types and not spot)
        if policy := cast("Any", inputs.get("mixedInstancesPolicy")):
            assert [item["instanceType"] for item in policy["launchTemplate"]["overrides"]] == [
                "c5.2xlarge",
                *types,
            ]
            assert policy["instancesDistribution"] == {
                "onDemandAllocationStrategy": "prioritized",
                "onDemandBaseCapacity": 0,
                "onDemandPercentageAboveBaseCapacity": 0 if spot else 100,
                "spotAllocationStrategy": "price-capacity-optimized",
            }
    if most:
        assert (groups["app-spot"]["minSize"], groups["app-spot"]["maxSize"]) == (0, most)


def test_spot_instances_start_from_the_same_template_and_have_a_provider_of_their_own() -> None:
    record = recorded(max_spot_instances=7, protect=True)
    spot, group = record.one(GROUP, "app-spot"), record.one(GROUP, "app-instances")
    policy: Any = spot.inputs["mixedInstancesPolicy"]
    template = record.one(TEMPLATE)
    assert policy["launchTemplate"]["launchTemplateSpecification"] == {
        "launchTemplateId": template.outputs["id"],
        "version": "1",
    }
    differing = {"minSize", "maxSize", "tags", "launchTemplate", "mixedInstancesPolicy", "capacityRebalance"}
    assert {key: value for key, value in spot.inputs.items() if key not in differing} == {
        key: value for key, value in group.inputs.items() if key not in differing
    }
    provider: Any = record.one(PROVIDER, "app-spot").inputs["autoScalingGroupProvider"]
    assert provider["autoScalingGroupArn"] == spot.outputs["arn"]
    assert (provider["managedDraining"], provider["managedTerminationProtection"]) == ("ENABLED", "ENABLED")
    association = record.one(ASSOCIATION).inputs
    names = {item.name: item.outputs["name"] for item in record.of_type(PROVIDER)}
    assert association["capacityProviders"] == [names["app-instances"], names["app-spot"]]
    defaults: Any = association["defaultCapacityProviderStrategies"]
    assert [item["capacityProvider"] for item in defaults] == [names["app-instances"]]
