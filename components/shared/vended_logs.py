"""The permission for the log delivery service of AWS to write to a log group ("vended logs").

CloudWatch Logs stores this permission as a resource policy. A policy of the account counts towards a quota of ten in each
region, which AWS does not raise. A policy that is attached to a log group does not count: each log group can have one
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html). AWS itself attaches the
policies of vended logs to log groups
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html).
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.shared import iam


def allow_log_delivery(
    name: str, group: aws.cloudwatch.LogGroup, *, account: iam.Account, parent: pulumi.Resource
) -> aws.cloudwatch.LogResourcePolicy:
    """Attach a resource policy to a log group that lets the log delivery service write to it.

    The resources that write these logs must depend on the policy. If a log group has no policy that admits an AWS service,
    and the deploying principal may change policies, the service adds one itself. Each call needs another log group, because
    a second policy would replace the first.

    Args:
        name: Logical name of the policy.
        group: The log group.
        account: The account and region whose services may write.
        parent: The component that the policy belongs to.
    """
    return aws.cloudwatch.LogResourcePolicy(
        name,
        # The provider accepts either `resource_arn` or `policy_name`.
        resource_arn=group.arn,
        policy_document=group.arn.apply(lambda arn: delivery_policy(arn, account)),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def delivery_policy(group_arn: str, account: iam.Account) -> str:
    """Return the policy document: the log delivery service may write to the group on behalf of this account."""
    return iam.document(
        iam.allow(
            "Deliver",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{group_arn}:log-stream:*"],
            principals=iam.services("delivery.logs.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("logs", "*")},
            },
        )
    )
