"""Permission for AWS services to write to log groups by way of the log delivery service ("vended logs").

CloudWatch Logs keeps these permissions as resource policies, of which an account has ten in each region
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html). Where an AWS service finds none, and
the deploying principal may change policies, it adds a wider one of its own
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.shared import iam


def admit_delivery(
    name: str,
    groups: Sequence[aws.cloudwatch.LogGroup],
    *,
    account: iam.Account,
    parent: pulumi.Resource,
    policy_name: pulumi.Input[str] | None = None,
    sid: str = "Deliver",
) -> aws.cloudwatch.LogResourcePolicy:
    """Let the log delivery service write to some log groups; a writer must wait for the policy.

    Args:
        name: Logical name of the policy.
        groups: The log groups, at least one.
        account: The account and region whose services may write.
        parent: The component that the policy belongs to.
        policy_name: Name in AWS, unique in account and region, since policies of one name overwrite each other; the name
            of the first group if not given.
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
    """Return the policy: the log delivery service may write to these groups on behalf of this account."""
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
