"""Who talked to whom, and what was looked up: flow logs and DNS query logs of one VPC.

Both go to CloudWatch Logs, to be searched and alarmed on, and to the archive bucket, to be kept out of reach.
Maps to 45 CFR 164.312(b) (audit controls) and 164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network.flow_records import record_flows
from components.shared import iam
from components.shared.logs import LogKeeping, log_group
from components.shared.vended_logs import admit_delivery

# AWS's default fields, then what an investigation asks next: addresses behind NAT, direction, the way out
# (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html).
_FIELDS: Final = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr az-id flow-direction "
    "traffic-path"
)
LOG_FORMAT: Final = " ".join(f"${{{field}}}" for field in _FIELDS.split())
"""The record format; changing it replaces the flow logs."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """What `FlowLogs` needs to know."""

    account: iam.Account
    """The account the VPC is in."""
    vpc_id: pulumi.Input[str]
    """The VPC to watch."""
    logs: LogKeeping
    """How the log groups are kept. The logs reach the archive by themselves, so this names no delivery."""
    archive_bucket_arn: pulumi.Input[str]
    """The archive bucket; its policy and key must admit `delivery.logs.amazonaws.com`."""


class FlowLogs(pulumi.ComponentResource):
    """Flow logs of all traffic and DNS query logs of a VPC, each to CloudWatch Logs and to the archive.

    Outputs:
        flow_log_group_name: Log group of the flow logs.
        dns_log_group_name: Log group of the DNS queries.
    """

    flow_log_group_name: pulumi.Output[str]
    dns_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:network:FlowLogs", name, None, opts)
        flows = log_group(f"{name}-flows", args.logs, kind="flow-logs", parent=self)
        record_flows(
            name,
            parent=self,
            account=args.account,
            group=flows,
            archive_arn=args.archive_bucket_arn,
            record_format=LOG_FORMAT,
            vpc_id=args.vpc_id,
        )
        queries = self._queries(name, args)
        self.flow_log_group_name = flows.name
        self.dns_log_group_name = queries.name
        self.register_outputs(
            {"flow_log_group_name": self.flow_log_group_name, "dns_log_group_name": self.dns_log_group_name}
        )

    def _queries(self, name: str, args: FlowLogsArgs) -> aws.cloudwatch.LogGroup:
        child = pulumi.ResourceOptions(parent=self)
        group = log_group(f"{name}-dns", args.logs, kind="dns-queries", parent=self)
        admission = admit_delivery(f"{name}-dns", [group], account=args.account, parent=self)
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
