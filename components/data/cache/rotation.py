"""Password rotation of the cache: one Lambda function for all users, and a rotation schedule for each secret.

The function runs outside the VPC. It calls the APIs of Secrets Manager and ElastiCache by TLS and never connects to the
cache, so it needs no access to the data tier. Maps to 45 CFR 164.308(a)(5)(ii)(D) (password management).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import pulumi
import pulumi_aws as aws

from components.data.cache.credentials import Credentials
from components.data.rotation_statements import rotation_statements
from components.data.tier import DataTier
from components.shared import iam
from components.shared.logs import log_group

RUNTIME: Final = "python3.13"
"""Lambda runtime (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html)."""

TIMEOUT_SECONDS: Final = 600
"""A step waits at most twice until the user is active, up to 250 seconds each time."""

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
    """Return the policy of the function: change these secrets and the passwords of these users, and write to the log group."""
    return iam.document(
        *rotation_statements(
            account=account,
            secret_arns=secret_arns,
            secrets_key_arn=secrets_key_arn,
            log_group_arn=log_group_arn,
        ),
        iam.allow(
            "Users", actions=["elasticache:DescribeUsers", "elasticache:ModifyUser"], resources=user_arns
        ),
        iam.allow("Group", actions=["elasticache:DescribeUserGroups"], resources=[group_arn]),
    )


def rotate_passwords(
    name: str,
    *,
    tier: DataTier,
    users: Mapping[str, Credentials],
    group: aws.elasticache.UserGroup,
    rotate_days: int,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.lambda_.Function:
    """Create the function with its role and log group, and a rotation schedule for each secret.

    Args:
        name: Logical name.
        tier: Keys and logs.
        users: The users whose passwords rotate, by service.
        group: The user group of these users.
        rotate_days: Days between two rotations.
        after: Resources that must exist before the first rotation.
        parent: The component of the cache.
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
        secrets=[user.secret.arn for user in users.values()],
        users=[user.user.arn for user in users.values()],
        group=group.arn,
        key=tier.secrets_key_arn,
        log=log.arn,
    ).apply(
        lambda arns: rotation_policy(
            account=tier.account,
            secret_arns=cast("list[str]", arns["secrets"]),
            user_arns=cast("list[str]", arns["users"]),
            group_arn=arns["group"],
            secrets_key_arn=arns["key"],
            log_group_arn=arns["log"],
        )
    )
    policy = aws.iam.Policy(
        name, description="Rotates the passwords of the cache's users", policy=document, opts=child
    )
    attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
    function = aws.lambda_.Function(
        name,
        description="Rotates the passwords of the cache's users",
        role=role.arn,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=f"{_CODE.stem}.handler",
        # The text instead of the path, because paths differ between machines.
        code=pulumi.AssetArchive({_CODE.name: pulumi.StringAsset(_CODE.read_text(encoding="utf-8"))}),
        timeout=TIMEOUT_SECONDS,
        memory_size=256,
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log.name),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[attachment]),
    )
    # The only condition that AWS documents. The role of the function limits the secrets that it can change
    # (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html).
    permission = aws.lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=function.name,
        principal="secretsmanager.amazonaws.com",
        source_account=tier.account.id,
        opts=child,
    )
    for service, user in users.items():
        aws.secretsmanager.SecretRotation(
            f"{name}-{service}",
            secret_id=user.secret.id,
            rotation_lambda_arn=function.arn,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=rotate_days
            ),
            # Invalidates the password in the state of Pulumi.
            rotate_immediately=True,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission, user.value, *after]),
        )
    return function
