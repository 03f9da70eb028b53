"""The cache's logs: a group for each kind, and the leave of AWS's log delivery to write to them.

Maps to 45 CFR 164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.audit.logs import log_group
from components.data.tier import DataTier

LOGS: Final = ("slow-log", "engine-log")
"""What ElastiCache delivers; it leaves out the arguments of slow commands
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html)."""


def cache_logs(
    name: str, *, tier: DataTier, suffix: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[dict[str, aws.cloudwatch.LogGroup], aws.cloudwatch.LogResourcePolicy]:
    """Make the log groups, and let the delivery of AWS's logs write to them.

    AWS adds such a policy by itself where whoever deploys may change policies, for every log group; this one is for two.

    Args:
        name: Logical name of the cache.
        tier: Keys and retention.
        suffix: What makes the policy's name unique in account and region.
        parent: The component they belong to.
    """
    logs = {
        kind: log_group(
            f"{name}-{kind}",
            kms_key_arn=tier.logs_key_arn,
            retention_days=tier.retention_days,
            protect=tier.protect,
            parent=parent,
            kind=f"cache-{kind}",
            archived_by=tier.archived_by,
            hot_days=tier.hot_days,
        )
        for kind in LOGS
    }
    policy = aws.cloudwatch.LogResourcePolicy(
        name,
        policy_name=pulumi.Output.concat(name, "-", suffix),
        policy_document=pulumi.Output.all(*(log.arn for log in logs.values())).apply(
            lambda arns: delivery_policy([str(arn) for arn in arns], tier.account)
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return logs, policy


def delivery_policy(log_group_arns: Sequence[str], account: iam.Account) -> str:
    """Let the delivery of AWS's logs write to these groups.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
    """
    return iam.document(
        iam.allow(
            "AWSLogDeliveryWrite",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{arn}:log-stream:*" for arn in log_group_arns],
            principals=iam.services("delivery.logs.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("logs", "*")},
            },
        )
    )
