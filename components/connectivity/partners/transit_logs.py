"""`TransitLogs`: flow logs of a transit gateway, and a log group for IKE and tunnel events of its VPN connections.

Maps to 45 CFR 164.312(b) (audit controls) and 164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.network.flow_records import record_flows
from components.shared import iam, prefixes
from components.shared.logs import LogOptions, log_group
from components.shared.vended_logs import allow_log_delivery

# All available fields, including the counts of packets lost for lack of a route or to a blackhole route
# (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html).
_FIELDS: Final = (
    "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id "
    "tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id "
    "tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    "log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded "
    "packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service"
)
LOG_FORMAT: Final = " ".join(f"${{{field}}}" for field in _FIELDS.split())
"""Format of the records; a change replaces the flow logs."""


@dataclass(frozen=True, kw_only=True)
class TransitLogsArgs:
    """Arguments of `TransitLogs`."""

    account: iam.Account
    """AWS account and region."""
    transit_gateway_id: pulumi.Input[str]
    """Id of the transit gateway."""
    logs: LogOptions
    """Settings of the log groups; without `delivery`, because AWS itself writes the flow logs to the archive."""
    archive_bucket_arn: pulumi.Input[str]
    """ARN of the archive bucket. Its policy must allow `delivery.logs.amazonaws.com` to write below `transit-flow-logs/`."""


class TransitLogs(pulumi.ComponentResource):
    """Flow logs of a transit gateway in CloudWatch Logs and in the archive, and a log group for VPN tunnels.

    Creates: two log groups; two flow logs; the IAM role that writes flow logs to CloudWatch Logs; the resource policy of the
    tunnels' log group.

    Outputs:
        flow_log_group_name: Name of the log group of the flow logs.
        tunnel_log_group_arn: ARN of the log group of all VPN connections.
    """

    flow_log_group_name: pulumi.Output[str]
    tunnel_log_group_arn: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """Resources that a VPN connection must wait for before it can write to its log group."""

    def __init__(self, name: str, args: TransitLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:TransitLogs", name, None, opts)
        flows = log_group(f"{name}-flows", args.logs, kind="flow-logs", parent=self)
        record_flows(
            name,
            parent=self,
            account=args.account,
            group=flows,
            archive_arn=pulumi.Output.concat(args.archive_bucket_arn, "/", prefixes.TRANSIT_FLOW_LOGS, "/"),
            record_format=LOG_FORMAT,
            transit_gateway_id=args.transit_gateway_id,
        )
        tunnels = log_group(f"{name}-tunnels", args.logs, kind="vpn-tunnels", parent=self)
        admission = allow_log_delivery(f"{name}-tunnels", tunnels, account=args.account, parent=self)
        self.flow_log_group_name = flows.name
        self.tunnel_log_group_arn = tunnels.arn
        self.ready = [admission]
        self.register_outputs(
            {
                "flow_log_group_name": self.flow_log_group_name,
                "tunnel_log_group_arn": self.tunnel_log_group_arn,
            }
        )
