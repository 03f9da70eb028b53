"""The rotation of the cache's passwords: one Lambda function for all users, and a schedule for each secret.

The function is outside the VPC: it calls Secrets Manager and ElastiCache, by TLS, and never the cache itself, so it needs
no way into the data tier. Maps to 45 CFR 164.308(a)(5)(ii)(D) (password management).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import pulumi
import pulumi_aws as aws

from components.data.cache.users import CacheUser
from components.data.tier import DataTier
from components.shared import iam
from components.shared.logs import log_group

RUNTIME: Final = "python3.13"
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""

TIMEOUT_SECONDS: Final = 600
"""A step waits twice at most for the user to settle, 250 seconds each time."""

_CODE: Final = Path(__file__).with_name("rotate_cache_user.py")


def rotation_policy(
    *,
    account: iam.Account,
    secret_arns: Sequence[str],
    user_arns: Sequence[str],
    group_arn: str,
    secrets_key_arn: str,
    log_group_arn: str,
) -> str:
    """Let the function replace the passwords of these users and the values of these secrets, and tell what it did."""
    return iam.document(
        iam.allow(
            "Secrets",
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=secret_arns,
        ),
        # It has no resource.
        iam.allow("Draw", actions=["secretsmanager:GetRandomPassword"], resources=["*"]),
        iam.allow(
            "SecretsKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[secrets_key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{account.region}.amazonaws.com"}},
        ),
        iam.allow(
            "Users", actions=["elasticache:DescribeUsers", "elasticache:ModifyUser"], resources=user_arns
        ),
        iam.allow("Group", actions=["elasticache:DescribeUserGroups"], resources=[group_arn]),
        iam.allow(
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:log-stream:*"],
        ),
    )


def rotate_passwords(
    name: str,
    *,
    tier: DataTier,
    users: Mapping[str, CacheUser],
    group: aws.elasticache.UserGroup,
    rotate_days: int,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.lambda_.Function:
    """Make the function, its role and log group, and a schedule for each secret.

    Args:
        name: Logical name.
        tier: Keys and logs.
        users: The users whose passwords change, by service.
        group: The group they are in.
        rotate_days: Days between two rotations.
        after: What must be there before the first rotation.
        parent: The component it belongs to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    log = log_group(name, tier.logs, kind="rotation", parent=parent)
    role = aws.iam.Role(
        name,
        description="Rotates the passwords of the cache's users",
        assume_role_policy=iam.assume_role("lambda.amazonaws.com", account=tier.account),
        opts=child,
    )
    document = pulumi.Output.all(
        secrets=[found.secret.arn for found in users.values()],
        users=[found.user.arn for found in users.values()],
        group=group.arn,
        key=tier.secrets_key_arn,
        log=log.arn,
    ).apply(
        lambda known: rotation_policy(
            account=tier.account,
            secret_arns=cast("list[str]", known["secrets"]),
            user_arns=cast("list[str]", known["users"]),
            group_arn=known["group"],
            secrets_key_arn=known["key"],
            log_group_arn=known["log"],
        )
    )
    policy = aws.iam.Policy(
        name, description="Rotates the passwords of the cache's users", policy=document, opts=child
    )
    attached = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    function = aws.lambda_.Function(
        name,
        description="Rotates the passwords of the cache's users",
        role=role.arn,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=f"{_CODE.stem}.handler",
        # Its text and not its path, which would differ from machine to machine.
        code=pulumi.AssetArchive({_CODE.name: pulumi.StringAsset(_CODE.read_text(encoding="utf-8"))}),
        timeout=TIMEOUT_SECONDS,
        memory_size=256,
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log.name),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[attached]),
    )
    # The one condition that AWS documents; which secrets the function touches is its role's matter
    # (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html).
    allowed = aws.lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=function.name,
        principal="secretsmanager.amazonaws.com",
        source_account=tier.account.id,
        opts=child,
    )
    for service, found in users.items():
        aws.secretsmanager.SecretRotation(
            f"{name}-{service}",
            secret_id=found.secret.id,
            rotation_lambda_arn=function.arn,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=rotate_days
            ),
            # The password that Pulumi drew, and keeps in its state, is of no use from then on.
            rotate_immediately=True,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[allowed, found.value, *after]),
        )
    return function
