"""Records of a cluster and of services that use it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from blueprint.record import Record
from components.compute import Cluster, ClusterArgs, EcsAccountSettings, Fleet
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, KEY, evaluate

COMPUTE_KEY: Final = ACCOUNT.arn("kms", "key/99992222-3333-4444-5555-666677778888")
AMI: Final = "ami-0123456789abcdef0"

CLUSTER: Final = "aws:ecs/cluster:Cluster"
PROVIDER: Final = "aws:ecs/capacityProvider:CapacityProvider"
GROUP: Final = "aws:autoscaling/group:Group"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def make_fleet(**overrides: Any) -> Fleet:
    """Return a fleet, with some arguments replaced."""
    return Fleet(**{"instance_type": "c5.2xlarge", "ami": AMI, **overrides})


def arguments(*, fleet: Fleet | None = None, protect: bool = False, **overrides: Any) -> ClusterArgs:
    """Return the arguments of a cluster, with some of them replaced."""
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ("subnet-0a", "subnet-0b"),
        "compute_key_arn": COMPUTE_KEY,
        "logs": LogOptions(key_arn=KEY, days=2192, protect=protect),
    }
    return ClusterArgs(fleet=fleet or make_fleet(), protect=protect, **{**values, **overrides})


@cache
def recorded(*, known: bool = True, protect: bool = False, **fleet: Any) -> Record:
    """Record a cluster named `app` and its outputs, with some arguments of the fleet replaced."""

    def program() -> None:
        cluster = Cluster("app", arguments(fleet=make_fleet(**fleet), protect=protect))
        pulumi.export("cluster_arn", cluster.cluster_arn)
        pulumi.export("cluster_name", cluster.cluster_name)
        pulumi.export("capacity_provider_name", cluster.capacity_provider_name)
        pulumi.export("instance_security_group_id", cluster.instance_security_group_id)
        pulumi.export("exec_log_group_name", cluster.exec_log_group_name)

    return evaluate(program, known)


@pytest.fixture(scope="session")
def record() -> Record:
    """Record a cluster named `app`."""
    return recorded()


@pytest.fixture(scope="session")
def with_services() -> Record:
    """Record a cluster with two services: one uses `cluster_arn`, the other `capacity_provider_name`."""

    def program() -> None:
        cluster = Cluster("app", arguments(launch_after=(EcsAccountSettings("account"),)))
        aws.ecs.Service("by-arn", cluster=cluster.cluster_arn)
        strategy = aws.ecs.ServiceCapacityProviderStrategyArgs(
            capacity_provider=cluster.capacity_provider_name, weight=1
        )
        aws.ecs.Service("by-strategy", capacity_provider_strategies=[strategy])

    return evaluate(program)
