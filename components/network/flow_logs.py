"""`FlowLogs`: flow logs and DNS query logs of one VPC.

Both go to CloudWatch Logs for queries and alarms, and to the archive bucket for safe keeping. Maps to
45 CFR 164.312(b) (audit controls) and 164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network.flow_records import record_flows
from components.shared import iam
from components.shared.logs import LogOptions, log_group
from components.shared.vended_logs import allow_log_delivery

FIELDS: Final[Mapping[str, str]] = {
    "version": "int",
    "account-id": "string",
    "interface-id": "string",
    "srcaddr": "string",
    "dstaddr": "string",
    "srcport": "int",
    "dstport": "int",
    "protocol": "bigint",
    "packets": "bigint",
    "bytes": "bigint",
    "start": "bigint",
    "end": "bigint",
    "action": "string",
    "log-status": "string",
    "vpc-id": "string",
    "subnet-id": "string",
    "instance-id": "string",
    "tcp-flags": "int",
    "type": "string",
    "pkt-srcaddr": "string",
    "pkt-dstaddr": "string",
    "az-id": "string",
    "flow-direction": "string",
    "traffic-path": "int",
}
"""The fields of a record, in order, and their types in Parquet files. These are the default fields of AWS, and fields that
an investigation needs: VPC resources, addresses behind NAT, direction, path
(https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html,
https://docs.aws.amazon.com/athena/latest/ug/vpc-flow-logs-parquet.html)."""

LOG_FORMAT: Final = " ".join(f"${{{field}}}" for field in FIELDS)
"""The record format. A change replaces the flow logs."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Arguments of `FlowLogs`."""

    account: iam.Account
    """The account and region of the VPC."""
    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    logs: LogOptions
    """Settings of the log groups; without `delivery`, because AWS itself writes these logs to the archive."""
    archive_bucket_arn: pulumi.Input[str]
    """ARN of the archive bucket. Its policy and its key must admit `delivery.logs.amazonaws.com`."""


class FlowLogs(pulumi.ComponentResource):
    """Flow logs of all traffic and DNS query logs of a VPC.

    Creates: a log group for flow logs and one for DNS queries; two VPC flow logs, one to the log group and one to the
    archive bucket; an IAM role and policy for the former; two Route 53 Resolver query logging configurations, to the log
    group and the archive bucket, and their associations with the VPC; the resource policy of the log group for DNS queries.

    Outputs:
        flow_log_group_name: Name of the log group of the flow logs.
        dns_log_group_name: Name of the log group of the DNS queries.
    """

    flow_log_group_name: pulumi.Output[str]
    dns_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:network:FlowLogs", name, None, opts)
        flow_group = log_group(f"{name}-flows", args.logs, kind="flow-logs", parent=self)
        record_flows(
            name,
            parent=self,
            account=args.account,
            group=flow_group,
            archive_arn=args.archive_bucket_arn,
            record_format=LOG_FORMAT,
            vpc_id=args.vpc_id,
        )
        dns_group = self._log_dns_queries(name, args)
        self.flow_log_group_name = flow_group.name
        self.dns_log_group_name = dns_group.name
        self.register_outputs(
            {"flow_log_group_name": self.flow_log_group_name, "dns_log_group_name": self.dns_log_group_name}
        )

    def _log_dns_queries(self, name: str, args: FlowLogsArgs) -> aws.cloudwatch.LogGroup:
        child = pulumi.ResourceOptions(parent=self)
        group = log_group(f"{name}-dns", args.logs, kind="dns-queries", parent=self)
        admission = allow_log_delivery(f"{name}-dns", group, account=args.account, parent=self)
        for purpose, destination in {"search": group.arn, "archive": args.archive_bucket_arn}.items():
            config = aws.route53.ResolverQueryLogConfig(
                f"{name}-dns-{purpose}",
                destination_arn=destination,
                tags={"Name": f"{name}-dns-{purpose}"},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[admission]),
            )
            aws.route53.ResolverQueryLogConfigAssociation(
                f"{name}-dns-{purpose}",
                resolver_query_log_config_id=config.id,
                resource_id=args.vpc_id,
                opts=child,
            )
        return group
