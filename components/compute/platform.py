"""Where services run: what all of them share, stated once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.compute.edge import Edge
from components.shared import iam
from components.shared.logs import Delivery


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
    logs_key_arn: pulumi.Input[str]
    """The key that encrypts logs."""
    secrets_key_arn: pulumi.Input[str]
    """The key that encrypts secrets."""
    retention_days: int
    """Days to keep logs, 2192 (six years) or more."""
    protect: bool
    """Whether logs are guarded against deletion."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of alarms."""
    edge: Edge | None = None
    """The public entry, where a service has a route."""
    archived_by: Delivery | None = None
    """The delivery that takes logs to the archive and masks what must not be in them."""
    hot_days: int | None = None
    """Days that CloudWatch keeps logs all the same; needs `archived_by`."""
