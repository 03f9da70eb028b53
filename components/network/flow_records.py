"""`record_flows`: flow logs of a VPC or a transit gateway, to a log group for queries and alarms and to a bucket."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam

AGGREGATION_SECONDS: Final = 60
"""Aggregation interval: the shorter of the two for a VPC (60 and 600), and the only one for a transit gateway
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html)."""


def record_flows(
    name: str,
    *,
    parent: pulumi.Resource,
    account: iam.Account,
    group: aws.cloudwatch.LogGroup,
    archive_arn: pulumi.Input[str],
    record_format: str,
    vpc_id: pulumi.Input[str] | None = None,
    transit_gateway_id: pulumi.Input[str] | None = None,
) -> None:
    """Create two flow logs for all traffic of a VPC or a transit gateway: one to a log group, one as Parquet to a bucket.

    The function also creates an IAM role with a policy, which lets the first flow log write to the log group. Pass either
    `vpc_id` or `transit_gateway_id`.

    Args:
        name: Prefix of the logical names: the flow logs are `<name>-search` and `<name>-archive`, the role and its policy
            `<name>-delivery`.
        parent: The component that the resources belong to.
        account: The account and region.
        group: The log group.
        archive_arn: ARN of the bucket, which may end in a prefix; the bucket must admit `delivery.logs.amazonaws.com`.
        record_format: Fields of a record. A change replaces the flow logs.
        vpc_id: Id of the VPC.
        transit_gateway_id: Id of the transit gateway. Its flow logs always cover all traffic; AWS refuses a traffic type.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-delivery",
        description="Lets VPC Flow Logs write to one log group",
        assume_role_policy=iam.assume_role(
            "vpc-flow-logs.amazonaws.com", account=account, source_arn=account.arn("ec2", "vpc-flow-log/*")
        ),
        opts=child,
    )
    policy = aws.iam.Policy(
        f"{name}-delivery",
        description="Write access to one log group",
        policy=group.arn.apply(lambda arn: flow_writer_policy(arn, account)),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-delivery", role=role.name, policy_arn=policy.arn, opts=child
    )
    traffic_type = "ALL" if vpc_id is not None else None
    aws.ec2.FlowLog(
        f"{name}-search",
        vpc_id=vpc_id,
        transit_gateway_id=transit_gateway_id,
        traffic_type=traffic_type,
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        log_format=record_format,
        max_aggregation_interval=AGGREGATION_SECONDS,
        tags={"Name": f"{name}-search"},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[attachment]),
    )
    aws.ec2.FlowLog(
        f"{name}-archive",
        vpc_id=vpc_id,
        transit_gateway_id=transit_gateway_id,
        traffic_type=traffic_type,
        log_destination_type="s3",
        log_destination=archive_arn,
        log_format=record_format,
        max_aggregation_interval=AGGREGATION_SECONDS,
        destination_options=aws.ec2.FlowLogDestinationOptionsArgs(
            file_format="parquet", hive_compatible_partitions=True, per_hour_partition=True
        ),
        tags={"Name": f"{name}-archive"},
        opts=child,
    )


def flow_writer_policy(group_arn: str, account: iam.Account) -> str:
    """Return the policy of the role that writes flow logs to one log group.

    The actions are those that AWS documents, without `logs:CreateLogGroup`
    (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html).
    """
    return iam.document(
        iam.allow(
            "Write",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[group_arn, f"{group_arn}:*"],
        ),
        iam.allow(
            "LogGroups", actions=["logs:DescribeLogGroups"], resources=[account.arn("logs", "log-group:*")]
        ),
    )
