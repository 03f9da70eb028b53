"""Key policies: the permissions of the account and of AWS services on each KMS key.

Creates no resources; `components.encryption.keys` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.shared import iam
from components.shared.iam import Account, Statement
from components.shared.names import trail_arn

# The permissions that AWS lists for key administrators
# (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators),
# without wildcards and without CreateGrant, which would let an administrator grant the use of the key.
_ADMINISTER: Final = (
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey",
    "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
    "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy",
    "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
    "kms:UpdateAlias", "kms:UpdateKeyDescription",
)  # fmt: skip
_USE: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
_WRITE: Final = ("kms:Decrypt", "kms:GenerateDataKey*")
_GRANT: Final = ("kms:CreateGrant",)
_THIS_KEY: Final = ("*",)
_FOR_AWS: Final = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def key_policy(
    purpose: str, account: Account, *, copy_region: str | None = None, copy_account: str | None = None
) -> str:
    """Return the policy document of the key for a purpose.

    The account principal leaves the decision to IAM policies. The conditions limit the use of the key to calls through the
    services of the purpose (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service).

    Args:
        purpose: One of `PURPOSES`.
        account: The account and region of the key.
        copy_region: Another region to which backups are copied. If the purpose is `copied`, the same services may also use
            the key in that region.
        copy_account: Another account to which backups are copied. If the purpose is `copied`, principals of that account may
            also use the key through AWS Backup and RDS.
    """
    key = PURPOSES[purpose]
    account_principal = {"AWS": [account.root]}
    # The domain is the same in every partition (see the page above).
    regions = [account.region, *([copy_region] if copy_region and key.may_be_copied else [])]
    services = [f"{service}.{region}.amazonaws.com" for region in regions for service in key.via_services]
    via_services = {"StringEquals": {"kms:CallerAccount": account.id, "kms:ViaService": services}}
    return iam.document(
        iam.allow("Administer", actions=_ADMINISTER, resources=_THIS_KEY, principals=account_principal),
        iam.allow(
            "UseThroughServices",
            actions=_USE,
            resources=_THIS_KEY,
            principals=account_principal,
            conditions=via_services,
        ),
        iam.allow(
            "GrantToServices",
            actions=_GRANT,
            resources=_THIS_KEY,
            principals=account_principal,
            conditions={**via_services, **_FOR_AWS},
        ),
        *key.statements(account),
        *(_copies(account, copy_account) if copy_account and key.may_be_copied else ()),
    )


def _copies(account: Account, copy_account: str) -> Sequence[Statement]:
    """Let principals of another account copy backups through AWS Backup and RDS.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
    """
    copy_principal = {"AWS": [f"arn:{account.partition}:iam::{copy_account}:root"]}
    services = [f"{service}.{account.region}.amazonaws.com" for service in ("backup", "rds")]
    via_services = {"StringEquals": {"kms:CallerAccount": copy_account, "kms:ViaService": services}}
    return [
        iam.allow(
            "CopyDescribe", actions=["kms:DescribeKey"], resources=_THIS_KEY, principals=copy_principal
        ),
        iam.allow(
            "CopyUse",
            actions=["kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=_THIS_KEY,
            principals=copy_principal,
            conditions=via_services,
        ),
        iam.allow(
            "CopyGrants",
            actions=_GRANT,
            resources=_THIS_KEY,
            principals=copy_principal,
            conditions={**via_services, **_FOR_AWS},
        ),
    ]


def _log_services(account: Account) -> Sequence[Statement]:
    trail = {"aws:SourceArn": trail_arn(account)}
    return [
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        iam.allow(
            "LogGroups",
            actions=_USE,
            resources=_THIS_KEY,
            principals=iam.services(f"logs.{account.region}.{account.dns_suffix}"),
            conditions={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": account.arn("logs", "log-group:*")}
            },
        ),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html#AWS-logs-SSE-KMS-S3
        iam.allow(
            "VendedLogs",
            actions=_USE,
            resources=_THIS_KEY,
            principals=iam.services("delivery.logs.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("logs", "*")},
            },
        ),
        # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        iam.allow(
            "TrailWrites",
            actions=["kms:GenerateDataKey*"],
            resources=_THIS_KEY,
            principals=iam.services("cloudtrail.amazonaws.com"),
            conditions={
                "ArnLike": trail,
                "StringLike": {
                    "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:{account.partition}:cloudtrail:*:{account.id}:trail/*"
                },
            },
        ),
        # Decrypt is required because the bucket has an S3 Bucket Key (see the page above).
        iam.allow(
            "TrailChecks",
            actions=["kms:Decrypt", "kms:DescribeKey"],
            resources=_THIS_KEY,
            principals=iam.services("cloudtrail.amazonaws.com"),
            conditions={"ArnLike": trail},
        ),
        # https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html
        iam.allow(
            "ConfigWrites",
            actions=_WRITE,
            resources=_THIS_KEY,
            principals=iam.services("config.amazonaws.com"),
            conditions={"StringEquals": {"aws:SourceAccount": account.id}},
        ),
        # The condition is on the topic and not on the source, because EventBridge sends no source
        # (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
        iam.allow(
            "AlarmTopics",
            actions=_WRITE,
            resources=_THIS_KEY,
            principals=iam.services("cloudwatch.amazonaws.com", "events.amazonaws.com"),
            conditions={"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": account.arn("sns", "*")}},
        ),
        # Dead-letter queues of topics and rules (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html).
        # SQS uses the ARN of the queue as the encryption context.
        iam.allow(
            "AlarmQueues",
            actions=_WRITE,
            resources=_THIS_KEY,
            principals=iam.services("events.amazonaws.com", "sns.amazonaws.com"),
            conditions={"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": account.arn("sqs", "*")}},
        ),
    ]


def _compute_services(account: Account) -> Sequence[Statement]:
    return [*_auto_scaling(account), *_malware_scans(account), _exec_sessions(account)]


def _exec_sessions(account: Account) -> Statement:
    """Let the task role and the user of an ECS Exec session share a data key.

    Both call KMS directly and not through a service. The condition is therefore on the target of the session in the
    encryption context, and not on `kms:ViaService`
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html).
    """
    return iam.allow(
        "ExecSessions",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=_THIS_KEY,
        principals={"AWS": [account.root]},
        conditions={
            "StringEquals": {"kms:CallerAccount": account.id},
            "StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": "ecs:*"},
        },
    )


def _auto_scaling(account: Account) -> Sequence[Statement]:
    """Let Auto Scaling launch instances with encrypted volumes.

    AWS documents the service-linked role as the principal
    (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html). In a new account
    this role does not exist before the first Auto Scaling group.
    """
    role = account.arn(
        "iam",
        "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        regional=False,
    )
    return [
        iam.allow_role("AutoScaling", role_arn=role, account=account, actions=_USE, resources=_THIS_KEY),
        iam.allow_role(
            "AutoScalingGrants",
            role_arn=role,
            account=account,
            actions=_GRANT,
            resources=_THIS_KEY,
            conditions=_FOR_AWS,
        ),
    ]


def _malware_scans(account: Account) -> Sequence[Statement]:
    """Let GuardDuty Malware Protection scan copies of encrypted volumes. It creates the grants that it needs.

    https://docs.aws.amazon.com/guardduty/latest/ug/slr-permissions-malware-protection.html
    """
    scanner = account.arn(
        "iam",
        "role/aws-service-role/malware-protection.guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDutyMalwareProtection",
        regional=False,
    )
    return [
        iam.allow_role(
            "MalwareScans",
            role_arn=scanner,
            account=account,
            actions=("kms:DescribeKey", "kms:ReEncrypt*"),
            resources=_THIS_KEY,
        ),
        iam.allow_role(
            "MalwareScanGrants",
            role_arn=scanner,
            account=account,
            actions=_GRANT,
            resources=_THIS_KEY,
            conditions=_FOR_AWS,
        ),
    ]


CERTIFICATE_ROLES: Final = "/service-connect/"
"""IAM path of the roles that ECS uses to issue and renew the TLS certificates of Service Connect."""

CERTIFICATE_ACTIONS: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair")
"""Actions of these roles on the key. The list is from the acceptance test of the AWS provider
(https://github.com/hashicorp/terraform-provider-aws/issues/35868)."""


def _certificates(account: Account) -> Sequence[Statement]:
    """Let ECS create and store the private keys of the TLS certificates of Service Connect.

    ECS calls KMS directly as the role and not through a service. The condition is therefore on the path of the role, and
    not on `kms:ViaService`.
    """
    roles = account.arn("iam", f"role{CERTIFICATE_ROLES}*", regional=False)
    return [
        iam.allow(
            "ServiceConnectCertificates",
            actions=CERTIFICATE_ACTIONS,
            resources=_THIS_KEY,
            principals={"AWS": [account.root]},
            conditions={
                "StringEquals": {"kms:CallerAccount": account.id},
                "ArnLike": {"aws:PrincipalArn": roles},
            },
        )
    ]


def _no_statements(_account: Account) -> Sequence[Statement]:
    return ()


@dataclass(frozen=True)
class Purpose:
    """The purpose of one key."""

    description: str
    """Description of the key in AWS: the kinds of data that it encrypts."""
    via_services: tuple[str, ...]
    """Services through which principals of the account may use the key."""
    statements: Callable[[Account], Sequence[Statement]] = _no_statements
    """Function that receives the account and returns statements for direct callers of KMS, such as AWS services."""
    may_be_copied: bool = False
    """Whether the key encrypts backups or the data in them, which may be copied to another region or account."""


PURPOSES: Final[Mapping[str, Purpose]] = {
    "logs": Purpose(
        "Log groups, log archive, trails, alarm topics",
        ("firehose", "glue", "logs", "s3", "sns", "sqs"),
        _log_services,
    ),
    # ElastiCache calls KMS as both `dax` and `elasticache`
    # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html).
    "data": Purpose(
        "Databases, caches, buckets, file systems",
        ("backup", "dax", "elasticache", "elasticfilesystem", "rds", "s3"),
        may_be_copied=True,
    ),
    "compute": Purpose("Volumes, container images, ECS Exec sessions", ("ec2", "ecr"), _compute_services),
    # RDS stores the master password of a database in a secret that it creates.
    "secrets": Purpose("Secrets, parameters", ("rds", "secretsmanager", "ssm"), _certificates),
    "backup": Purpose("Backup vaults", ("backup", "rds"), may_be_copied=True),
}
"""The purpose of each key, by the name of the purpose, in the order in which `Keys` creates them."""
