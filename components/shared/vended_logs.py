"""The permission for the log delivery service of AWS to write to log groups ("vended logs").

CloudWatch Logs stores these permissions as resource policies. The quota is ten policies per account and region
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html). If no policy admits an AWS service and
the deploying principal may change policies, the service itself adds a policy that allows more
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.shared import iam


def allow_log_delivery(
    name: str,
    groups: Sequence[aws.cloudwatch.LogGroup],
    *,
    account: iam.Account,
    parent: pulumi.Resource,
    policy_name: pulumi.Input[str] | None = None,
    sid: str = "Deliver",
) -> aws.cloudwatch.LogResourcePolicy:
    """Create a resource policy that lets the log delivery service write to log groups.

    The resources that write these logs must depend on the policy.

    Args:
        name: Logical name of the policy.
        groups: The log groups, at least one.
        account: The account and region whose services may write.
        parent: The component that the policy belongs to.
        policy_name: Name in AWS; the default is the name of the first group. It must be unique in the account and region,
            because a policy overwrites another policy with the same name.
        sid: Id of the statement.
    """
    return aws.cloudwatch.LogResourcePolicy(
        name,
        policy_name=groups[0].name if policy_name is None else policy_name,
        policy_document=pulumi.Output.all(*(group.arn for group in groups)).apply(
            lambda arns: delivery_policy([str(arn) for arn in arns], account, sid)
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def delivery_policy(group_arns: Sequence[str], account: iam.Account, sid: str = "Deliver") -> str:
    """Return the policy document: the log delivery service may write to the groups on behalf of this account."""
    return iam.document(
        iam.allow(
            sid,
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{arn}:log-stream:*" for arn in group_arns],
            principals=iam.services("delivery.logs.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("logs", "*")},
            },
        )
    )
