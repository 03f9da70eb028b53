"""The arguments that all services of a stack share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.compute.edge.edge import Edge
from components.shared import iam
from components.shared.logs import LogOptions


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Cluster, network, keys, logs and alarm topic of the services of a stack."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of the private subnets, one in each zone."""
    cluster_arn: pulumi.Input[str]
    """ARN of the ECS cluster. It must depend on the capacity providers, so that Pulumi deletes services before them."""
    cluster_name: pulumi.Input[str]
    """Name of the ECS cluster."""
    capacity_provider: pulumi.Input[str]
    """Name of the capacity provider of the On-Demand instances."""
    exec_log_group_arn: pulumi.Input[str]
    """ARN of the log group that records ECS Exec sessions."""
    compute_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts ECS Exec sessions."""
    logs: LogOptions
    """How the log groups are kept; log events that go to the archive are masked."""
    secrets_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the secrets."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""
    spot_capacity_provider: pulumi.Input[str] | None = None
    """Name of the capacity provider of the Spot instances, if there are any."""
    edge: Edge | None = None
    """The public entry; required if a service has a route."""
