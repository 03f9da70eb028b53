"""Log groups of the cache, and the resource policies that let the log delivery of AWS write to them.

Maps to 45 CFR 164.312(b) (audit controls).
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.tier import DataTier
from components.shared.logs import log_group
from components.shared.vended_logs import allow_log_delivery

LOGS: Final = ("slow-log", "engine-log")
"""Log types of ElastiCache. The slow log omits the arguments of commands
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html)."""


def cache_logs(
    name: str, *, tier: DataTier, parent: pulumi.Resource
) -> tuple[dict[str, aws.cloudwatch.LogGroup], list[aws.cloudwatch.LogResourcePolicy]]:
    """Create the log groups and their resource policies for the log delivery of AWS.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html

    Args:
        name: Logical name of the cache.
        tier: Keys and retention.
        parent: The component of the cache.

    Returns:
        The log groups by log type, and the policies. The replication group must depend on the policies.
    """
    logs = {
        kind: log_group(f"{name}-{kind}", tier.logs, kind=f"cache-{kind}", parent=parent) for kind in LOGS
    }
    policies = [
        allow_log_delivery(f"{name}-{kind}", group, account=tier.account, parent=parent)
        for kind, group in logs.items()
    ]
    return logs, policies
