"""The cache's logs: a group for each kind, and the leave of AWS's log delivery to write to them.

Maps to 45 CFR 164.312(b) (audit controls).
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.tier import DataTier
from components.shared.logs import log_group
from components.shared.vended_logs import admit_delivery

LOGS: Final = ("slow-log", "engine-log")
"""What ElastiCache delivers; it leaves out the arguments of slow commands
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html)."""


def cache_logs(
    name: str, *, tier: DataTier, suffix: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[dict[str, aws.cloudwatch.LogGroup], aws.cloudwatch.LogResourcePolicy]:
    """Make the log groups, and let the delivery of AWS's logs write to them.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html

    Args:
        name: Logical name of the cache.
        tier: Keys and retention.
        suffix: What makes the policy's name unique in account and region.
        parent: The component they belong to.
    """
    logs = {
        kind: log_group(f"{name}-{kind}", tier.logs, kind=f"cache-{kind}", parent=parent) for kind in LOGS
    }
    policy = admit_delivery(
        name,
        list(logs.values()),
        account=tier.account,
        parent=parent,
        policy_name=pulumi.Output.concat(name, "-", suffix),
        sid="AWSLogDeliveryWrite",
    )
    return logs, policy
