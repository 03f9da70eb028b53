"""The password of the administrator of a database.

Maps to 45 CFR 164.312(d) (authentication) and 164.312(a)(2)(iv) (encryption).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.database.args import Administrator
from components.data.database.engine import MASTER_USER
from components.data.tier import DataTier
from components.shared.options import protection_option

_SECRET_RECOVERY_DAYS: Final = 30  # maximum of Secrets Manager
_PASSWORD_LENGTH: Final = 40


@dataclass(frozen=True, kw_only=True)
class AdministratorPassword:
    """The password of the administrator: generated here, or managed by RDS."""

    value: pulumi.Output[str] | None = None
    """The generated password as a Pulumi secret; None if RDS manages the password."""
    secret: aws.secretsmanager.Secret | None = None
    """The secret with the generated password; None if RDS manages the password."""

    def secret_arn(self, managed: pulumi.Output[str]) -> pulumi.Output[str]:
        """Return the ARN of the secret with the password; `managed` is the ARN of the secret that RDS manages."""
        return managed if self.secret is None else self.secret.arn


def administrator_password(
    name: str, administrator: Administrator, tier: DataTier, *, parent: pulumi.Resource
) -> AdministratorPassword:
    """Generate the password of the administrator, unless RDS manages it.

    Some features of AWS, such as blue/green updates, do not work with a managed password. A generated password is encrypted
    in the state and in a secret under the secrets key. The secret has the same JSON fields as a secret of RDS:
    `username` and `password`.

    Creates, for a generated password: a random password, a secret and its first version.

    Args:
        name: Logical name of the database.
        administrator: Who creates the password.
        tier: Keys and protection.
        parent: The component of the database.
    """
    if administrator == "managed":
        return AdministratorPassword()
    child = pulumi.ResourceOptions(parent=parent)
    generated = random.RandomPassword(f"{name}-master", length=_PASSWORD_LENGTH, special=False, opts=child)
    password = pulumi.Output.secret(generated.result)
    secret = aws.secretsmanager.Secret(
        f"{name}-master",
        description=f"Administrator of the database {name}",
        # A deployment generates another password: docs/runbooks/database-rotation.md.
        tags={"Name": f"{name}-master", "rotation": "redeploy"},
        kms_key_id=tier.secrets_key_arn,
        recovery_window_in_days=_SECRET_RECOVERY_DAYS if tier.protect else 0,
        opts=pulumi.ResourceOptions(parent=parent, protect=protection_option(tier.protect)),
    )
    aws.secretsmanager.SecretVersion(
        f"{name}-master",
        secret_id=secret.id,
        secret_string=password.apply(
            lambda value: json.dumps({"password": value, "username": MASTER_USER}, sort_keys=True)
        ),
        opts=child,
    )
    return AdministratorPassword(value=password, secret=secret)


def master_secret_arn(secrets: Sequence[object] | None) -> str:
    """Return the secret ARN from the output `master_user_secrets`; empty if RDS reports no secret.

    Args:
        secrets: The output, a list of SDK objects or of mappings.
    """
    for item in secrets or ():
        arn = item.get("secret_arn") if isinstance(item, dict) else getattr(item, "secret_arn", None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(arn, str):
            return arn
    return ""
