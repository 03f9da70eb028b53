"""Users of the cache: one for each service, and a default user that cannot sign in.

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

from components.data.cache.rotate_cache_user import PASSWORD_LENGTH
from facts.caches import Engine

SHARED_PREFIX: Final = "shared:"
"""Prefix of the keys and channels that all services can use, e.g. for a queue between two services."""

NOBODY: Final = "off -@all"
"""Access string of the default user. Clients that send no user name sign in as this user."""

_COMMANDS: Final = (
    "-@all +@read +@write +@connection +@transaction +@pubsub +@scripting "
    # INFO returns server statistics but no keys. Client libraries call it first.
    "-@admin -@dangerous +info "
    # Key patterns do not restrict these commands: they expose the names of all keys and the functions of all users.
    "-randomkey -scan -function"
)

_ID_LENGTH: Final = 40


def access_string(service: str) -> str:
    """Return the access string of the user of a service.

    The user has access to the keys and channels of its service and to the shared ones. Administrative and dangerous commands
    are denied. The order is the one in which the engine returns the rules, so that a refresh shows no difference
    (https://valkey.io/topics/acl/).
    """
    prefixes = (key_prefix(service), SHARED_PREFIX)
    keys = " ".join(f"~{prefix}*" for prefix in prefixes)
    channels = " ".join(f"&{prefix}*" for prefix in prefixes)
    return f"on {keys} resetchannels {channels} {_COMMANDS}"


def key_prefix(service: str) -> str:
    """Return the prefix of the keys and channels of a service."""
    return f"{service}:"


def user_id(name: str, service: str, suffix: str) -> str:
    """Return the id of the user of a service: at most 40 letters, digits and single hyphens."""
    label = service if "--" not in service else hashlib.sha256(service.encode()).hexdigest()[:10]
    return f"{name}-{label}-{suffix}"


@dataclass(frozen=True, kw_only=True)
class CacheUser:
    """A user and its first password."""

    user: aws.elasticache.User
    """The ElastiCache user."""
    password: random.RandomPassword
    """The password with which AWS creates the user: letters and digits."""


@dataclass(frozen=True, kw_only=True)
class CacheUsers:
    """The users of a cache and their user group."""

    group: aws.elasticache.UserGroup
    """The user group of the cache."""
    by_service: Mapping[str, CacheUser]
    """The user of each service."""


def cache_users(
    name: str,
    *,
    engine: Engine,
    services: Sequence[str],
    suffix: pulumi.Output[str],
    parent: pulumi.Resource,
) -> CacheUsers:
    """Create the users of a cache and their user group.

    Pulumi generates the first passwords and keeps them encrypted in its state. The first rotation replaces them immediately.
    From then on the rotation manages the passwords, and Pulumi ignores changes to them.

    Creates: a user group; a default user that cannot sign in; a user for each service; a random password for each user.

    Args:
        name: Logical name of the cache.
        engine: Cache engine.
        services: Names of the services.
        suffix: Suffix that makes physical names unique in the account and region.
        parent: The component of the cache.

    Raises:
        ValueError: The id of the user of a service would be longer than ElastiCache accepts.
    """
    if (longest := max(map(len, ["", *services]))) + len(name) + 10 > _ID_LENGTH:
        raise ValueError(f"name must leave room for {longest} characters of a service name, got {name!r}")
    group_id = suffix.apply(lambda hex_: f"{name}-{hex_}")
    # Redis OSS requires a user named default, and Valkey accepts one. It replaces the one of AWS, which has full access
    # (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html).
    default = _user(name, group_id, "default", NOBODY, engine=engine, parent=parent)
    by_service: dict[str, CacheUser] = {}
    for service in services:
        id_ = suffix.apply(lambda hex_, service=service: user_id(name, service, hex_))
        by_service[service] = _user(
            f"{name}-{service}", id_, id_, access_string(service), engine=engine, parent=parent
        )
    group = aws.elasticache.UserGroup(
        name,
        engine=engine,
        user_group_id=group_id,
        user_ids=[default.user.user_id, *(item.user.user_id for item in by_service.values())],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return CacheUsers(group=group, by_service=by_service)


def _user(
    name: str,
    id_: pulumi.Input[str],
    user_name: pulumi.Input[str],
    access: str,
    *,
    engine: Engine,
    parent: pulumi.Resource,
) -> CacheUser:
    """Create a user and its first password."""
    password = random.RandomPassword(
        name, length=PASSWORD_LENGTH, special=False, opts=pulumi.ResourceOptions(parent=parent)
    )
    user = aws.elasticache.User(
        name,
        user_id=id_,
        user_name=user_name,
        engine=engine,
        access_string=access,
        authentication_mode=aws.elasticache.UserAuthenticationModeArgs(
            type="password", passwords=[password.result]
        ),
        opts=pulumi.ResourceOptions(
            parent=parent,
            ignore_changes=["authenticationMode"],
            # AWS applies a change to every node of the cache. The default timeout of the provider is five minutes.
            custom_timeouts=pulumi.CustomTimeouts(create="15m", update="15m", delete="15m"),
        ),
    )
    return CacheUser(user=user, password=password)
