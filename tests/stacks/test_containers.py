"""Instances and load balancers of the shipped stacks."""

from __future__ import annotations

from blueprint.preview import preview_stack
from tests.repository import recorded, workspace


def test_prod_runs_compute_optimised_instances_over_three_zones():
    preview = preview_stack(workspace(), workspace().stack("prod"))
    [fleet] = [item for item in preview.auto_scaling_groups if item.name != "vpn"]
    assert (fleet.instance_type, fleet.min_size, fleet.max_size) == ("c5.2xlarge", 3, 30)
    assert fleet.zones == ("us-east-1a", "us-east-1b", "us-east-1c")


def test_load_balancers_log_to_the_intake_bucket_after_its_policy_exists() -> None:
    record = recorded("prod")
    intake = record.one("aws:s3/bucket:Bucket", "logs-intake")
    policy = record.one("aws:s3/bucketPolicy:BucketPolicy", "logs-intake")
    for balancer in record.of_type("aws:lb/loadBalancer:LoadBalancer"):
        assert balancer.inputs["accessLogs"]["bucket"] == intake.outputs["id"]  # type: ignore[index,call-overload]
        assert policy.urn in balancer.property_dependencies["accessLogs"]
