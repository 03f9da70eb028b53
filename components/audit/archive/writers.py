"""Bucket policy statements that let AWS services write to the log buckets. This module creates no resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.shared import iam, prefixes
from components.shared.iam import Account, Statement
from components.shared.names import trail_arn

_BUCKET_OWNER_FULL_CONTROL: Final = {"s3:x-amz-acl": "bucket-owner-full-control"}


def trail_files(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let CloudTrail deliver the log and digest files of the account's trail, and of no other trail.

    The statements are those of AWS's page
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html).
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
            conditions={"StringEquals": {**source, **_BUCKET_OWNER_FULL_CONTROL}},
        ),
    ]


def config_files(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let AWS Config deliver the history and snapshots of this account, and the file that tests its write access.

    The statements are those of AWS's page
    (https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html).
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
            conditions={"StringEquals": {**source, **_BUCKET_OWNER_FULL_CONTROL}},
        ),
    ]


def load_balancer_logs(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let Elastic Load Balancing deliver access and connection logs of this account's application load balancers.

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
"""Service principal of the service-linked role that delivers the reports of AWS Backup Audit Manager."""


def backup_reports(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let AWS Backup Audit Manager deliver its reports through its service-linked role, which must already exist.

    The permission is that of AWS's page
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/create-report-plan-console.html). The principal is the role
    itself. S3 would treat a statement for everyone, with conditions on the caller, as public and refuse the policy
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
    """
    role = f"role/aws-service-role/{BACKUP_REPORTER}/AWSServiceRoleForBackupReports"
    return [
        iam.allow(
            "BackupReports",
            actions=["s3:PutObject"],
            resources=[f"{bucket_arn}/{prefixes.BACKUP_REPORTS}*"],
            principals={"AWS": [account.arn("iam", role, regional=False)]},
            conditions={"StringEquals": _BUCKET_OWNER_FULL_CONTROL},
        )
    ]


def network_load_balancer_logs(bucket_arn: str, account: Account) -> Sequence[Statement]:
    """Let the log delivery service deliver access logs of this account's network load balancers.

    Unlike the logs of application load balancers, these are delivered through CloudWatch Logs
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
            conditions={"StringEquals": {**source, **_BUCKET_OWNER_FULL_CONTROL}, "ArnLike": delivery},
        ),
    ]
