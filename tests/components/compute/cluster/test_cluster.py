"""The ECS cluster: capacity provider, logs, and the order of creation and deletion."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hipaa_policies.judge import judge

from blueprint.record import Record, Resource
from blueprint.verdict import judged_resource
from components.compute import Cluster
from tests.components.compute.cluster.conftest import (
    ATTACHMENT,
    CLUSTER,
    COMPUTE_KEY,
    EGRESS,
    GROUP,
    LOG_GROUP,
    PROVIDER,
    SECURITY_GROUP,
    TEMPLATE,
    arguments,
    recorded,
)
from tests.harness import KEY, all_dependencies, evaluate

ASSOCIATION = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
SERVICE = "aws:ecs/service:Service"
SETTING = "aws:ecs/accountSettingDefault:AccountSettingDefault"


def assert_deleted_in_order(record: Record, *resources: Resource) -> None:
    """Assert that each resource is deleted before the next one."""
    for first, second in pairwise(resources):
        assert second.urn in all_dependencies(record, first), (
            f"{first.label} may be deleted after {second.label}"
        )


@pytest.mark.parametrize("service", ["by-arn", "by-strategy"])
def test_a_cluster_is_deleted_in_order_from_the_services_to_the_cluster(
    with_services: Record, service: str
) -> None:
    kinds = (ASSOCIATION, PROVIDER, GROUP, TEMPLATE, CLUSTER)
    chain = [with_services.one(SERVICE, service), *(with_services.one(kind) for kind in kinds)]
    assert_deleted_in_order(with_services, *chain)


def test_assert_deleted_in_order_detects_a_missing_dependency(with_services: Record) -> None:
    cluster, group = with_services.one(CLUSTER), with_services.one(GROUP)
    with pytest.raises(AssertionError, match="may be deleted after"):
        assert_deleted_in_order(with_services, cluster, group)


def test_dependencies_have_no_cycle(with_services: Record) -> None:
    assert not [
        item.name for item in with_services.resources if item.urn in all_dependencies(with_services, item)
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (SETTING, "account-trunking"),
        (EGRESS, "app-instances-https"),
        (LOG_GROUP, "app-performance"),
        (ATTACHMENT, "app-instance-agent"),
        (ATTACHMENT, "app-instance-ssm"),
    ],
)
def test_the_first_instance_starts_after_the_resources_that_it_needs(
    with_services: Record, kind: str, name: str
) -> None:
    prerequisite = with_services.one(kind, name)
    assert prerequisite.urn in all_dependencies(with_services, with_services.one(GROUP))


def test_the_account_setting_enables_trunking(with_services: Record) -> None:
    assert with_services.one(SETTING).inputs == {"name": "awsvpcTrunking", "value": "enabled"}


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
    group = recorded(protect=protect).one(LOG_GROUP, name)
    assert group.inputs["retentionInDays"] == 2192
    assert group.inputs["kmsKeyId"] == KEY
    assert group.inputs["logGroupClass"] == "STANDARD"
    assert (group.protect, group.inputs["deletionProtectionEnabled"]) == (protect, protect)


def test_the_container_insights_log_group_has_the_name_that_ecs_uses(record: Record) -> None:
    cluster = record.one(CLUSTER).outputs["name"]
    name = record.one(LOG_GROUP, "app-performance").inputs["name"]
    assert name == f"/aws/ecs/containerinsights/{cluster}/performance"


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


@pytest.mark.parametrize(("protect", "status"), [(True, "ENABLED"), (False, "DISABLED")])
def test_protect_sets_termination_protection_and_scale_in_protection(protect: bool, status: str) -> None:
    record = recorded(protect=protect)
    group, provider = record.one(GROUP).inputs, record.one(PROVIDER).inputs
    group_provider: Any = provider["autoScalingGroupProvider"]
    assert group_provider["managedTerminationProtection"] == status
    assert group["protectFromScaleIn"] is protect
    assert group["forceDelete"] is not protect


def test_outputs_are_those_of_the_created_resources(record: Record) -> None:
    assert record.outputs == {
        "cluster_arn": record.one(CLUSTER).outputs["arn"],
        "cluster_name": record.one(CLUSTER).outputs["name"],
        "capacity_provider_name": record.one(PROVIDER).outputs["name"],
        "instance_security_group_id": record.one(SECURITY_GROUP).outputs["id"],
        "exec_log_group_name": record.one(LOG_GROUP, "app-exec").outputs["name"],
    }


def test_a_cluster_without_subnets_is_refused() -> None:
    with pytest.raises(ValueError, match="subnet_ids must contain the subnets of the private tier, got none"):
        arguments(subnet_ids=())


def test_a_name_with_a_reserved_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="name must not start with aws, ecs, fargate, got 'ecs-app'"):
        evaluate(lambda: Cluster("ecs-app", arguments()))


@pytest.mark.parametrize("known", [True, False])
def test_a_cluster_has_no_policy_violation(known: bool) -> None:
    record = recorded(known=known, protect=True, max_spot_instances=3)
    report = judge([judged_resource(item) for item in record.resources])
    assert report.violations == ()
    # Only the policy that contains the ARN of the group is judged when the ARN is known.
    assert {item.urn.rpartition("::")[2] for item in report.advisories} == (
        set() if known else {"app-replacement"}
    )
    assert sum(tally.checked for tally in report.tallies) > 10
