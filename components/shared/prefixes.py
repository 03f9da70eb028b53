"""S3 prefixes of each kind of log in the archive and intake buckets, for the writers and the readers of logs.

This project chose the prefixes of application logs and their errors. AWS writes its own logs under `AWSLogs/`; a prefix can
precede this path but not replace it.
"""

from __future__ import annotations

from typing import Final

from components.shared.iam import Account

APPLICATION_LOGS: Final = "application-logs/"
"""Events of log groups, by day: `application-logs/2026/11/24/…`."""

LOAD_BALANCER_ACCESS: Final = "load-balancer-access"
"""Requests to application load balancers; AWS appends `/AWSLogs/<account>/elasticloadbalancing/…`."""
LOAD_BALANCER_CONNECTIONS: Final = "load-balancer-connections"
"""Connections to application load balancers; AWS appends the same path."""

NETWORK_LOAD_BALANCER_ACCESS: Final = "network-load-balancer-access"
"""TLS connections to network load balancers. These records have other fields than those of application load balancers."""

TRANSIT_FLOW_LOGS: Final = "transit-flow-logs"
"""Flow logs of transit gateways. These records have other fields than those of VPCs."""

APPLICATION_LOG_ERRORS: Final = "application-log-errors/"
"""Events that the delivery could not process, in their original form."""

BACKUP_REPORTS: Final = "backup-reports/"
"""Reports of AWS Backup Audit Manager, which appends `Backup/<region>/<year>/…`."""


def trail(account: Account) -> str:
    """Return the prefix of a trail that has no key prefix. The trail appends region, year, month and day.

    See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
    """
    return f"AWSLogs/{account.id}/CloudTrail/"


def flow_logs(account: Account) -> str:
    """Return the prefix of VPC flow logs with Hive-compatible partitions: `year=`, `month=`, `day=` and `hour=` follow it.

    See https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
    """
    return f"AWSLogs/aws-account-id={account.id}/aws-service=vpcflowlogs/aws-region={account.region}/"
