"""Where services run: what all of them share, stated once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.compute.edge.edge import Edge
from components.shared import iam
from components.shared.logs import LogKeeping


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Cluster, network, keys and logs of a stack's services."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private subnets, one in each zone."""
    cluster_arn: pulumi.Input[str]
    """The ECS cluster; waits for its capacity providers, so that services go before these."""
    cluster_name: pulumi.Input[str]
    """Its name."""
    capacity_provider: pulumi.Input[str]
    """Name of the capacity provider."""
    exec_log_group_arn: pulumi.Input[str]
    """Log group that ECS Exec's sessions are recorded in."""
    compute_key_arn: pulumi.Input[str]
    """The key that encrypts those sessions."""
    logs: LogKeeping
    """How logs are kept; what goes to the archive is masked."""
    secrets_key_arn: pulumi.Input[str]
    """The key that encrypts secrets."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of alarms."""
    edge: Edge | None = None
    """The public entry, where a service has a route."""
