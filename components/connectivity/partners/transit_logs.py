"""What passed through a transit gateway, and what its tunnels said to their other ends.

Maps to 45 CFR 164.312(b) (audit controls) and 164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.network.flow_records import record_flows
from components.shared import iam, prefixes
from components.shared.logs import LogKeeping, log_group
from components.shared.vended_logs import admit_delivery

# Every field there is, with the counts of packets that found no route or a blackhole
# (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html).
_FIELDS: Final = (
    "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id "
    "tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id "
    "tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    "log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded "
    "packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service"
)
LOG_FORMAT: Final = " ".join(f"${{{field}}}" for field in _FIELDS.split())
"""The record format; changing it replaces the flow logs."""


@dataclass(frozen=True, kw_only=True)
class TransitLogsArgs:
    """What `TransitLogs` needs to know."""

    account: iam.Account
    """The account and region."""
    transit_gateway_id: pulumi.Input[str]
    """The gateway to watch."""
    logs: LogKeeping
    """How the log groups are kept; without delivery, as for `FlowLogs`."""
    archive_bucket_arn: pulumi.Input[str]
    """The archive bucket; its policy must admit `delivery.logs.amazonaws.com` below `transit-flow-logs/`."""


class TransitLogs(pulumi.ComponentResource):
    """Flow logs of a transit gateway, to CloudWatch Logs and to the archive, and a log group for its tunnels.

    Outputs:
        flow_log_group_name: Log group of the flow logs.
        tunnel_log_group_arn: Log group that every VPN connection writes to, once it may.
    """

    flow_log_group_name: pulumi.Output[str]
    tunnel_log_group_arn: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What lets tunnels write to their group."""

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
        # One group for all tunnels: an account has ten such policies in a region.
        admission = admit_delivery(f"{name}-tunnels", [tunnels], account=args.account, parent=self)
        self.flow_log_group_name = flows.name
        self.tunnel_log_group_arn = tunnels.arn
        self.ready = [admission]
        self.register_outputs(
            {
                "flow_log_group_name": self.flow_log_group_name,
                "tunnel_log_group_arn": self.tunnel_log_group_arn,
            }
        )
