"""The secret of each user of the cache: user name, password and URL.

Maps to 45 CFR 164.312(d) (authentication) and 164.308(a)(5)(ii)(D) (password management).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.cache.rotate_cache_user import url
from components.data.cache.users import CacheUser
from components.data.seed import SEED, SEED_IGNORES
from components.data.tier import DataTier

RECOVERY_DAYS: Final = 30
"""Days in which a deleted secret can be restored; 30 is the maximum of Secrets Manager."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The user of a service and its secret."""

    user: aws.elasticache.User
    """The ElastiCache user."""
    secret: aws.secretsmanager.Secret
    """The secret, JSON with `username`, `user_id`, `password`, `host`, `port` and `url`."""
    value: aws.secretsmanager.SecretVersion
    """The first version of the secret. The rotation adds later versions."""

    def reference(self, key: str) -> pulumi.Output[str]:
        """Return the `valueFrom` of a key for a task definition; it resolves after the first version exists."""
        return pulumi.Output.all(self.secret.arn, self.value.id).apply(lambda values: f"{values[0]}:{key}::")


def credentials(
    name: str,
    users: Mapping[str, CacheUser],
    *,
    tier: DataTier,
    host: pulumi.Output[str],
    port: int,
    parent: pulumi.Resource,
) -> dict[str, Credentials]:
    """Create the secret of each user and return it by service.

    The rotation manages the values, and Pulumi ignores changes to them.

    Creates: for each service a secret and its first version.

    Args:
        name: Logical name of the cache.
        users: The users by service.
        tier: Keys and protection.
        host: Host name of the primary.
        port: Port of the cache.
        parent: The component of the cache.
    """
    return {
        service: _credentials(name, service, user, tier=tier, host=host, port=port, parent=parent)
        for service, user in users.items()
    }


def _credentials(
    cache: str,
    service: str,
    user: CacheUser,
    *,
    tier: DataTier,
    host: pulumi.Output[str],
    port: int,
    parent: pulumi.Resource,
) -> Credentials:
    name = f"{cache}-{service}"
    secret = aws.secretsmanager.Secret(
        name,
        description=f"Credentials of {service} for the cache",
        kms_key_id=tier.secrets_key_arn,
        recovery_window_in_days=RECOVERY_DAYS if tier.protect else 0,
        tags={"Name": name, "service": service},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    value = aws.secretsmanager.SecretVersion(
        name,
        secret_id=secret.id,
        secret_string=pulumi.Output.all(
            username=user.user.user_name,
            user_id=user.user.user_id,
            password=user.password.result,
            host=host,
            port=str(port),
        ).apply(lambda values: json.dumps({**values, "url": url(values)})),
        version_stages=[SEED],
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=SEED_IGNORES),
    )
    return Credentials(user=user.user, secret=secret, value=value)
