"""Who may sign in to the cache: a user and a secret for each service, and a default user that nobody is.

Maps to 45 CFR 164.312(a)(2)(i) (unique user identification), 164.312(d) (authentication) and 164.312(a)(1) (access).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.data.tier import DataTier
from facts.caches import Engine

SHARED_PREFIX: Final = "shared:"
"""Where every service may read and write, such as a queue between two of them."""

PASSWORD_LENGTH: Final = 64
"""ElastiCache takes 16 to 128 characters."""

RECOVERY_DAYS: Final = 30
"""How long a deleted secret can be had back: the longest that Secrets Manager has."""

NOBODY: Final = "off -@all"
"""Access string of the default user, who is whoever signs in without a name."""

_COMMANDS: Final = (
    "-@all +@read +@write +@connection +@transaction +@pubsub +@scripting "
    # Figures of the server and no keys; client libraries ask for them before anything else.
    "-@admin -@dangerous +info "
    # These reach beyond the service's own keys, whatever key patterns say: names of other keys, code of all users.
    "-randomkey -scan -function"
)

_ID_LENGTH: Final = 40


def access_string(service: str) -> str:
    """Return what a service's user may do: its own keys and channels and the shared ones, and nothing that harms others.

    Written in the order in which the engine gives it back, so that a refresh shows no difference
    (https://valkey.io/topics/acl/).
    """
    prefixes = (key_prefix(service), SHARED_PREFIX)
    keys = " ".join(f"~{prefix}*" for prefix in prefixes)
    channels = " ".join(f"&{prefix}*" for prefix in prefixes)
    return f"on {keys} resetchannels {channels} {_COMMANDS}"


def key_prefix(service: str) -> str:
    """Return how the names of a service's keys and channels begin."""
    return f"{service}:"


def user_id(name: str, service: str, suffix: str) -> str:
    """Return the id of a service's user: letters, digits and single hyphens, 40 at most."""
    label = service if "--" not in service else hashlib.sha256(service.encode()).hexdigest()[:10]
    return f"{name}-{label}-{suffix}"


@dataclass(frozen=True, kw_only=True)
class CacheUser:
    """The user of one service, and where its password is."""

    user: aws.elasticache.User
    """The user."""
    secret: aws.secretsmanager.Secret
    """The secret, JSON with `username`, `user_id` and `password`."""
    value: aws.secretsmanager.SecretVersion
    """The first value; later ones are the rotation's."""

    @property
    def password_reference(self) -> pulumi.Output[str]:
        """What a task definition takes the password from; waits for the first value."""
        return pulumi.Output.all(self.secret.arn, self.value.id).apply(lambda known: f"{known[0]}:password::")


class CacheUsers:
    """The users of a cache and their group.

    The password that Pulumi draws lies encrypted in its state and is replaced at once by the first rotation; afterwards
    users and secrets are the rotation's, and Pulumi leaves both as they are.
    """

    group: aws.elasticache.UserGroup
    by_service: Mapping[str, CacheUser]

    def __init__(
        self,
        name: str,
        *,
        tier: DataTier,
        engine: Engine,
        services: Sequence[str],
        suffix: pulumi.Output[str],
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._tier, self._engine, self._suffix = name, tier, engine, suffix
        self._child = pulumi.ResourceOptions(parent=parent)
        if (longest := max(map(len, ["", *services]))) + len(name) + 10 > _ID_LENGTH:
            raise ValueError(f"name must leave room for {longest} characters of a service, got {name!r}")
        # Redis OSS asks for a user named default, Valkey takes one; ours replaces AWS's, who may do everything
        # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html).
        nobody = self._user(
            name, suffix.apply(lambda hex_: f"{name}-{hex_}"), "default", NOBODY, self._password(name)
        )
        self.by_service = {service: self._service(service) for service in services}
        self.group = aws.elasticache.UserGroup(
            name,
            engine=engine,
            user_group_id=suffix.apply(lambda hex_: f"{name}-{hex_}"),
            user_ids=[nobody.user_id, *(found.user.user_id for found in self.by_service.values())],
            opts=self._child,
        )

    def _service(self, service: str) -> CacheUser:
        name = f"{self._name}-{service}"
        own = self._suffix.apply(lambda hex_: user_id(self._name, service, hex_))
        password = self._password(name)
        user = self._user(name, own, own, access_string(service), password)
        secret = aws.secretsmanager.Secret(
            name,
            description=f"Sign-in of {service} to the cache",
            kms_key_id=self._tier.secrets_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if self._tier.protect else 0,
            tags={"Name": name, "service": service},
            opts=self._child,
        )
        value = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps(
                {"username": user.user_name, "user_id": user.user_id, "password": password.result}
            ),
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(ignore_changes=["secretString"])
            ),
        )
        return CacheUser(user=user, secret=secret, value=value)

    def _password(self, name: str) -> random.RandomPassword:
        return random.RandomPassword(name, length=PASSWORD_LENGTH, special=False, opts=self._child)

    def _user(
        self,
        name: str,
        id_: pulumi.Input[str],
        user_name: pulumi.Input[str],
        access: str,
        password: random.RandomPassword,
    ) -> aws.elasticache.User:
        return aws.elasticache.User(
            name,
            user_id=id_,
            user_name=user_name,
            engine=self._engine,
            access_string=access,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(
                type="password", passwords=[password.result]
            ),
            opts=pulumi.ResourceOptions.merge(
                self._child,
                pulumi.ResourceOptions(
                    ignore_changes=["authenticationMode"],
                    # A change goes to every node of the cache; the provider waits five minutes if not told otherwise.
                    custom_timeouts=pulumi.CustomTimeouts(create="15m", update="15m", delete="15m"),
                ),
            ),
        )
