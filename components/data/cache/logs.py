"""Log groups of the cache, and the resource policy that lets the log delivery of AWS write to them.

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
    name: str, *, tier: DataTier, suffix: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[dict[str, aws.cloudwatch.LogGroup], aws.cloudwatch.LogResourcePolicy]:
    """Create the log groups and the resource policy for the log delivery of AWS.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html

    Args:
        name: Logical name of the cache.
        tier: Keys and retention.
        suffix: Makes the name of the policy unique in the account and region.
        parent: The component of the cache.

    Returns:
        The log groups by log type, and the policy. The replication group must depend on the policy.
    """
    logs = {
        kind: log_group(f"{name}-{kind}", tier.logs, kind=f"cache-{kind}", parent=parent) for kind in LOGS
    }
    policy = allow_log_delivery(
        name,
        list(logs.values()),
        account=tier.account,
        parent=parent,
        policy_name=pulumi.Output.concat(name, "-", suffix),
        sid="AWSLogDeliveryWrite",
    )
    return logs, policy
