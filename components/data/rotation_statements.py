"""The permissions that every function has which rotates passwords. Creates no resources.

Maps to 45 CFR 164.308(a)(5)(ii)(D) (password management) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Sequence

from components.shared import iam
from components.shared.iam import Statement


def rotation_statements(
    *, account: iam.Account, secret_arns: Sequence[str], secrets_key_arn: str, log_group_arn: str
) -> list[Statement]:
    """Return the statements that let a function change secrets and write its log.

    Args:
        account: The account and region.
        secret_arns: ARNs of the secrets.
        secrets_key_arn: ARN of the KMS key of the secrets.
        log_group_arn: ARN of the log group of the function, without a suffix.
    """
    return [
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
        # The action does not support resource ARNs.
        iam.allow("RandomPassword", actions=["secretsmanager:GetRandomPassword"], resources=["*"]),
        iam.allow(
            "SecretsKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[secrets_key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{account.region}.amazonaws.com"}},
        ),
        iam.allow(
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:log-stream:*"],
        ),
    ]
