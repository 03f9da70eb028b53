"""Flow records of one thing, in CloudWatch Logs to be searched and alarmed on, and in the archive to be kept out of reach."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam

AGGREGATION_SECONDS: Final = 60
"""The shorter of the two intervals of a VPC (60 and 600), and the only one of a transit gateway
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
    """Record all traffic of a VPC or of a transit gateway, in a log group and as Parquet in a bucket.

    Args:
        name: The flow logs become `<name>-search` and `<name>-archive`, the role `<name>-delivery`.
        parent: The component they belong to.
        account: The account and region.
        group: The log group; the role made here may write to it.
        archive_arn: A bucket's ARN, with a prefix or none; the bucket must admit `delivery.logs.amazonaws.com`.
        record_format: The fields of a record; changing it replaces the flow logs.
        vpc_id: The VPC, or
        transit_gateway_id: the gateway to watch; its log has everything, and the API refuses a traffic type for it.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-delivery",
        description="Lets flow logs be written to one log group",
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
    """Let the flow-logs role write to one group.

    The actions are those AWS lists (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html)
    without the one that creates groups.
    """
    return iam.document(
        iam.allow(
            "Write",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[group_arn, f"{group_arn}:*"],
        ),
        iam.allow("Find", actions=["logs:DescribeLogGroups"], resources=[account.arn("logs", "log-group:*")]),
    )
