"""What the log buckets' policies say for the account's trail and for AWS Config to write there. Pure statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.shared import iam, prefixes
from components.shared.iam import Account, Statement
from components.shared.names import trail_arn

_OWNER_HAS_ALL: Final = {"s3:x-amz-acl": "bucket-owner-full-control"}


def trail_files(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let the account's trail, and no other one, deliver log and digest files.

    As AWS states it (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html).
    """
    trail = iam.services("cloudtrail.amazonaws.com")
    source = {"aws:SourceArn": trail_arn(account)}
    return [
        iam.allow(
            "TrailAclCheck",
            actions=["s3:GetBucketAcl"],
            resources=[bucket_arn],
            principals=trail,
            conditions={"StringEquals": source},
        ),
        iam.allow(
            "TrailWrite",
            actions=["s3:PutObject"],
            resources=[f"{bucket_arn}/AWSLogs/{account.id}/*"],
            principals=trail,
            conditions={"StringEquals": {**source, **_OWNER_HAS_ALL}},
        ),
    ]


def config_files(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let AWS Config deliver the history and snapshots of this account, and first a file to see whether it may.

    As AWS states it (https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html).
    """
    config = iam.services("config.amazonaws.com")
    source = {"aws:SourceAccount": account.id}
    return [
        iam.allow(
            "ConfigBucketCheck",
            actions=["s3:GetBucketAcl", "s3:ListBucket"],
            resources=[bucket_arn],
            principals=config,
            conditions={"StringEquals": source},
        ),
        iam.allow(
            "ConfigWrite",
            actions=["s3:PutObject"],
            resources=[f"{bucket_arn}/AWSLogs/{account.id}/Config/*"],
            principals=config,
            conditions={"StringEquals": {**source, **_OWNER_HAS_ALL}},
        ),
    ]


def load_balancer_logs(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let Elastic Load Balancing deliver access and connection logs of this account's load balancers.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    folders = (prefixes.LOAD_BALANCER_ACCESS, prefixes.LOAD_BALANCER_CONNECTIONS)
    return [
        iam.allow(
            "LoadBalancerLogs",
            actions=["s3:PutObject"],
            resources=[f"{bucket_arn}/{folder}/AWSLogs/{account.id}/*" for folder in folders],
            principals=iam.services("logdelivery.elasticloadbalancing.amazonaws.com"),
            conditions={"ArnLike": {"aws:SourceArn": account.arn("elasticloadbalancing", "loadbalancer/*")}},
        )
    ]


BACKUP_REPORTER: Final = "reports.backup.amazonaws.com"
"""Service whose service-linked role delivers the reports of AWS Backup Audit Manager."""


def backup_reports(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let AWS Backup Audit Manager deliver its reports, by its service-linked role, which must be there already.

    As AWS states it (https://docs.aws.amazon.com/aws-backup/latest/devguide/create-report-plan-console.html). The role is
    the principal itself: S3 takes a policy for one of everyone under conditions on who it is as public, and refuses it
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
    """
    role = f"role/aws-service-role/{BACKUP_REPORTER}/AWSServiceRoleForBackupReports"
    return [
        iam.allow(
            "BackupReports",
            actions=["s3:PutObject"],
            resources=[f"{bucket_arn}/{prefixes.BACKUP_REPORTS}*"],
            principals={"AWS": [account.arn("iam", role, regional=False)]},
            conditions={"StringEquals": _OWNER_HAS_ALL},
        )
    ]


def network_load_balancer_logs(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let the log delivery service deliver access logs of this account's network load balancers.

    Unlike those of application load balancers, they come by way of CloudWatch Logs
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html).
    """
    principals = iam.services("delivery.logs.amazonaws.com")
    source, delivery = {"aws:SourceAccount": account.id}, {"aws:SourceArn": account.arn("logs", "*")}
    return [
        iam.allow(
            "NetworkLoadBalancerAclCheck",
            actions=["s3:GetBucketAcl"],
            resources=[bucket_arn],
            principals=principals,
            conditions={"StringEquals": source, "ArnLike": delivery},
        ),
        iam.allow(
            "NetworkLoadBalancerLogs",
            actions=["s3:PutObject"],
            resources=[f"{bucket_arn}/{prefixes.NETWORK_LOAD_BALANCER_ACCESS}/AWSLogs/{account.id}/*"],
            principals=principals,
            conditions={"StringEquals": {**source, **_OWNER_HAS_ALL}, "ArnLike": delivery},
        ),
    ]
