"""The instances of a cluster: their zones, reader autoscaling, and limits on the number of readers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.aurora.readers import Readers, placements
from tests.components.data.aurora.programs import CLUSTER, INSTANCE, PROVISIONED, inputs, service_access
from tests.components.data.conftest import Build


@settings(max_examples=60)
@given(zones=st.integers(1, 6), readers=st.integers(0, 15), analytics=st.integers(0, 5))
def test_an_additional_reader_moves_no_instance_and_the_first_reader_is_not_in_the_zone_of_the_writer(
    zones: int, readers: int, analytics: int
) -> None:
    names = [f"us-east-1{letter}" for letter in "abcdef"[:zones]]
    ordinary, extra = placements(names, readers, analytics)
    more, _ = placements(names, readers + 1)
    assert more[: len(ordinary)] == ordinary
    assert len({item.key for item in (*ordinary, *extra)}) == readers + 1 + analytics
    if readers and zones > 1:
        assert ordinary[0].zone != ordinary[1].zone


def test_invalid_numbers_of_readers_are_rejected() -> None:
    with pytest.raises(ValueError, match="0 <= min <= max, got 3 and 2"):
        Readers(min=3, max=2)
    with pytest.raises(ValueError, match="15 readers at most, got max 14 and analytics 2"):
        Readers(min=0, max=14, analytics=2)
    with pytest.raises(ValueError, match="zones must name a zone"):
        placements([], 1)


def test_serverless_instances_have_one_class_and_no_reader_autoscaling(aurora: Build) -> None:
    recorded = aurora(readers=Readers(min=2, max=2))
    assert [item.inputs["instanceClass"] for item in recorded.of_type(INSTANCE)] == ["db.serverless"] * 3
    assert not recorded.of_type("aws:appautoscaling/target:Target")


def test_instances_alternate_between_zones_and_the_writer_is_created_first(aurora: Build) -> None:
    recorded = aurora(readers=Readers(min=3, max=3))
    instances = {item.name: item for item in recorded.of_type(INSTANCE)}
    zones = {name: item.inputs["availabilityZone"] for name, item in instances.items()}
    assert zones == {
        "aurora-a": "us-east-1a", "aurora-b": "us-east-1b", "aurora-c": "us-east-1c", "aurora-a2": "us-east-1a",
    }  # fmt: skip
    assert instances["aurora-a"].inputs["promotionTier"] == 0
    for name in ("aurora-b", "aurora-c", "aurora-a2"):
        assert instances["aurora-a"].urn in instances[name].dependencies


def test_provisioned_readers_scale_between_min_and_max(aurora: Build) -> None:
    recorded = aurora(**PROVISIONED)
    target = inputs(recorded, "aws:appautoscaling/target:Target")
    cluster = recorded.one(CLUSTER)
    assert (target["minCapacity"], target["maxCapacity"]) == (1, 4)
    assert target["scalableDimension"] == "rds:cluster:ReadReplicaCount"
    assert target["resourceId"] == f"cluster:{cluster.inputs['clusterIdentifier']}"
    assert "serverlessv2ScalingConfiguration" not in cluster.inputs
    policy = inputs(recorded, "aws:appautoscaling/policy:Policy")["targetTrackingScalingPolicyConfiguration"]
    assert policy["predefinedMetricSpecification"]["predefinedMetricType"] == "RDSReaderAverageCPUUtilization"


def test_analytics_readers_have_an_endpoint_and_the_last_promotion_tier(aurora: Build) -> None:
    recorded = aurora(readers=Readers(min=1, max=1, analytics=2))
    endpoint = inputs(recorded, "aws:rds/clusterEndpoint:ClusterEndpoint")
    extra = [item for item in recorded.of_type(INSTANCE) if "analytics" in item.name]
    assert endpoint["customEndpointType"] == "READER"
    assert sorted(endpoint["staticMembers"]) == sorted(str(item.outputs["id"]) for item in extra)
    assert {item.inputs["promotionTier"] for item in extra} == {15}


def test_without_readers_the_reader_host_is_the_writer() -> None:
    recorded, access = service_access(readers=Readers(min=0, max=0))
    assert access["AURORA_READER_HOST"] == recorded.one(CLUSTER).outputs["endpoint"]
