"""Key policies: what the account may do with each key, and what AWS services may.

Pure functions; `keys` makes the resources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.shared import iam
from components.shared.iam import Account, Statement
from components.shared.names import trail_arn

# AWS's list for key administrators
# (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators)
# without wildcards, and without CreateGrant, with which an administrator could grant use of the key.
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
    """Return the policy of the key for a purpose.

    Backups that are copied to another region are read there too, by the same services, where the key's purpose says that
    it is of what is backed up; those copied to another account by that account's principals.

    The account as a principal delegates to its IAM policies; the conditions bind what these can permit to calls of
    the named services (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service).
    """
    chosen = PURPOSES[purpose]
    owner = {"AWS": [account.root]}
    # The suffix is the same in every partition, says the page above.
    regions = [account.region, *([copy_region] if copy_region and chosen.copied else [])]
    via = [f"{service}.{region}.amazonaws.com" for region in regions for service in chosen.via]
    through = {"StringEquals": {"kms:CallerAccount": account.id, "kms:ViaService": via}}
    return iam.document(
        iam.allow("Administer", actions=_ADMINISTER, resources=_THIS_KEY, principals=owner),
        iam.allow(
            "UseThroughServices", actions=_USE, resources=_THIS_KEY, principals=owner, conditions=through
        ),
        iam.allow(
            "GrantToServices",
            actions=_GRANT,
            resources=_THIS_KEY,
            principals=owner,
            conditions={**through, **_FOR_AWS},
        ),
        *chosen.statements(account),
        *(_copies(account, copy_account) if copy_account and chosen.copied else ()),
    )


def _copies(account: Account, copy_account: str) -> Sequence[Statement]:
    """Let another account's AWS Backup read what it copies, and keep on reading it.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
    """
    other = {"AWS": [f"arn:{account.partition}:iam::{copy_account}:root"]}
    via = [f"{service}.{account.region}.amazonaws.com" for service in ("backup", "rds")]
    through = {"StringEquals": {"kms:CallerAccount": copy_account, "kms:ViaService": via}}
    return [
        iam.allow("CopyDescribe", actions=["kms:DescribeKey"], resources=_THIS_KEY, principals=other),
        iam.allow(
            "CopyUse",
            actions=["kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=_THIS_KEY,
            principals=other,
            conditions=through,
        ),
        iam.allow(
            "CopyGrants",
            actions=_GRANT,
            resources=_THIS_KEY,
            principals=other,
            conditions={**through, **_FOR_AWS},
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
        # Decrypt, because the bucket has an S3 Bucket Key; says the page above.
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
        # Tied to the topics and not to the source, which EventBridge does not send
        # (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
        iam.allow(
            "AlarmTopics",
            actions=_WRITE,
            resources=_THIS_KEY,
            principals=iam.services("cloudwatch.amazonaws.com", "events.amazonaws.com"),
            conditions={"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": account.arn("sns", "*")}},
        ),
        # What topics and rules could not deliver goes to a queue
        # (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html); its ARN is SQS's encryption context.
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
    """Let the two ends of an ECS Exec session, the task's role and who opens it, share a data key.

    Both call KMS by themselves and not through a service, so the session's target in the encryption context takes the
    place of `kms:ViaService` (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html).
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

    AWS's page (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html) names
    the service-linked role as the principal. In a fresh account it does not exist before the first group does.
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
    """Let GuardDuty's malware protection scan copies of encrypted volumes, for which it makes the grants itself.

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
"""IAM path of the roles with which ECS gets and renews the certificates of Service Connect."""

CERTIFICATE_ACTIONS: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair")
"""What these roles do with the key, as in the AWS provider's own test of it
(https://github.com/hashicorp/terraform-provider-aws/issues/35868)."""


def _certificates(account: Account) -> Sequence[Statement]:
    """Let ECS make and keep the private keys of Service Connect's certificates.

    It calls KMS as the role and not through a service, so the role's path takes the place of `kms:ViaService`.
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


def _none(_account: Account) -> Sequence[Statement]:
    return ()


@dataclass(frozen=True)
class Purpose:
    """What one key is for."""

    description: str
    """The key's description: what it encrypts."""
    via: tuple[str, ...]
    """Services through which the account's principals may use the key."""
    statements: Callable[[Account], Sequence[Statement]] = _none
    """What services and service-linked roles may do by themselves."""
    copied: bool = False
    """Whether what it encrypts is backed up, and so copied to other regions and accounts."""


PURPOSES: Final[Mapping[str, Purpose]] = {
    "logs": Purpose(
        "Log groups, log archive, trails, alarm topics",
        ("firehose", "glue", "logs", "s3", "sns", "sqs"),
        _log_services,
    ),
    # ElastiCache needs both its names (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html).
    "data": Purpose(
        "Databases, caches, buckets, file systems",
        ("backup", "dax", "elasticache", "elasticfilesystem", "rds", "s3"),
        copied=True,
    ),
    "compute": Purpose("Volumes, container images, ECS Exec sessions", ("ec2", "ecr"), _compute_services),
    # RDS keeps the database's master password in a secret of its own.
    "secrets": Purpose("Secrets, parameters", ("rds", "secretsmanager", "ssm"), _certificates),
    "backup": Purpose("Backup vaults", ("backup", "rds"), copied=True),
}
"""The keys, in the order of their creation."""
