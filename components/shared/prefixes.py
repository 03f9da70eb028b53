"""Where in archive and intake each kind of log lies: stated once, for those who write it and for those who look it up.

The two prefixes of the application logs are this project's choice. What starts with `AWSLogs/` is written by AWS, which
takes a prefix in front of it but no other path.
"""

from __future__ import annotations

from typing import Final

from components.shared.iam import Account

APPLICATION_LOGS: Final = "application-logs/"
"""Events of log groups, by day: `application-logs/2026/11/24/…`."""

LOAD_BALANCER_ACCESS: Final = "load-balancer-access"
LOAD_BALANCER_CONNECTIONS: Final = "load-balancer-connections"
"""Requests to load balancers, and connections to them; AWS appends `/AWSLogs/<account>/elasticloadbalancing/…`."""

NETWORK_LOAD_BALANCER_ACCESS: Final = "network-load-balancer-access"
"""TLS connections to network load balancers, whose records have other fields than requests have."""

TRANSIT_FLOW_LOGS: Final = "transit-flow-logs"
"""Flow logs of transit gateways, apart from those of VPCs, whose records have other fields."""

APPLICATION_LOG_ERRORS: Final = "application-log-errors/"
"""Events that the delivery could not unpack, as they came."""

BACKUP_REPORTS: Final = "backup-reports/"
"""Reports of AWS Backup Audit Manager, which appends `Backup/<region>/<year>/…`."""


def trail(account: Account) -> str:
    """Return where a trail without a key prefix writes; below lie region, year, month and day.

    See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
    """
    return f"AWSLogs/{account.id}/CloudTrail/"


def flow_logs(account: Account) -> str:
    """Return where flow logs with Hive-compatible partitions go; below lie `year=`, `month=`, `day=` and `hour=`.

    See https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
    """
    return f"AWSLogs/aws-account-id={account.id}/aws-service=vpcflowlogs/aws-region={account.region}/"
