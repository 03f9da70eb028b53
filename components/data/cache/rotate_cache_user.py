"""A rotation function of Secrets Manager for the password of an ElastiCache user. Runs as a Lambda function.

An ElastiCache user can have two passwords. A rotation sets the current and the next password together. It makes the next
password current only after both work, so a client can sign in with either value of the secret. The next rotation removes
the older password, so clients must read the secret again between two rotations.

Secrets Manager calls four steps in order. It repeats them after a failure, and it may call a step more than once
(https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-overview.html). Each step is
idempotent. The secret is a JSON object with `username`, `user_id`, `password`, `host`, `port` and `url`.

The test step asks ElastiCache whether the user and its groups are active with two passwords. It does not sign in, because
that would require a VPC configuration, access to the data tier and a client library. No log line contains a password.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

PASSWORD_LENGTH = 64
"""Characters of a password; ElastiCache accepts 16 to 128. Letters and digits only, so a URL needs no quoting."""
POLL_SECONDS = 5
"""Seconds between two checks of the user's status."""
POLLS = 50
"""Number of checks before a step fails; Secrets Manager then retries the rotation."""

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"
_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)


class RotationError(Exception):
    """A step failed; Secrets Manager reports the rotation as failed and retries it."""


def handler(event: Mapping[str, str], _context: object) -> None:
    """Run the step that Secrets Manager requests."""
    import boto3  # pyright: ignore[reportMissingImports]  # part of the Lambda runtime

    clients: Any = boto3  # pyright: ignore[reportUnknownVariableType]
    rotate(event, clients.client("secretsmanager"), clients.client("elasticache"))


def rotate(
    event: Mapping[str, str], secrets: Any, caches: Any, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Run one step of a rotation.

    Args:
        event: `SecretId`, `ClientRequestToken` (the id of the version to create) and `Step`.
        secrets: A client of Secrets Manager.
        caches: A client of ElastiCache.
        sleep: Function that waits for a number of seconds.

    Raises:
        RotationError: The version cannot be rotated, the step is unknown, or the user does not become active.
    """
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    described = secrets.describe_secret(SecretId=secret)
    stages = described.get("VersionIdsToStages", {}).get(token)
    if not described.get("RotationEnabled") or stages is None:
        raise RotationError(f"rotation is not enabled for {secret}, or it has no version {token}")
    if _CURRENT in stages:
        _log.info("%s: version %s is already current", step, token)
        return
    if _PENDING not in stages:
        raise RotationError(f"version {token} of {secret} does not have the stage {_PENDING}")
    _log.info("%s: version %s of %s", step, token, secret)
    if step == "createSecret":
        _create(secrets, secret, token)
    elif step == "setSecret":
        _set(secrets, caches, secret, token, sleep)
    elif step == "testSecret":
        _test(caches, _read(secrets, secret, token)["user_id"])
    elif step == "finishSecret":
        _finish(secrets, caches, secret, token, described["VersionIdsToStages"])
    else:
        raise RotationError(f"Step must be createSecret, setSecret, testSecret or finishSecret, got {step!r}")


def url(values: Mapping[str, str]) -> str:
    """Return the URL of the cache, as applications expect it in `REDIS_URL`: with TLS, logical database 0."""
    return f"rediss://{values['username']}:{values['password']}@{values['host']}:{values['port']}/0"


def _create(secrets: Any, secret: str, token: str) -> None:
    """Generate the next password, unless an earlier attempt stored one."""
    current = _read(secrets, secret)
    try:
        _read(secrets, secret, token)
    except secrets.exceptions.ResourceNotFoundException:
        password = secrets.get_random_password(PasswordLength=PASSWORD_LENGTH, ExcludePunctuation=True)
        values = {**current, "password": password["RandomPassword"]}
        try:
            secrets.put_secret_value(
                SecretId=secret,
                ClientRequestToken=token,
                SecretString=json.dumps({**values, "url": url(values)}),
                VersionStages=[_PENDING],
            )
        except secrets.exceptions.ResourceExistsException:
            # A concurrent attempt stored its password first, so the other steps use that one.
            _log.info("createSecret: version %s already has a password", token)


def _set(secrets: Any, caches: Any, secret: str, token: str, sleep: Callable[[float], None]) -> None:
    """Give the user the current and the next password."""
    current, pending = _read(secrets, secret), _read(secrets, secret, token)
    user = pending["user_id"]
    _wait_until_active(caches, user, sleep)
    caches.modify_user(
        UserId=user,
        AuthenticationMode={"Type": "password", "Passwords": [current["password"], pending["password"]]},
    )
    _wait_until_active(caches, user, sleep)


def _wait_until_active(caches: Any, user: str, sleep: Callable[[float], None]) -> None:
    for _ in range(POLLS):
        if not _inactive(caches, user):
            return
        sleep(POLL_SECONDS)
    raise RotationError(f"user {user} is not active after {POLLS * POLL_SECONDS} seconds")


def _inactive(caches: Any, user: str) -> str:
    """Return the user, or its first group, that is not active; empty if all are active.

    A group applies the change of a user to a cache.
    """
    [found] = caches.describe_users(UserId=user)["Users"]
    if found["Status"] != "active":
        return f"user {user}"
    for group in found.get("UserGroupIds", []):
        [user_group] = caches.describe_user_groups(UserGroupId=group)["UserGroups"]
        if user_group["Status"] != "active":
            return f"group {group}"
    return ""


def _test(caches: Any, user: str) -> None:
    """Check that the user has two passwords and that they are active."""
    if inactive := _inactive(caches, user):
        raise RotationError(f"{inactive} is not active")
    [found] = caches.describe_users(UserId=user)["Users"]
    mode = found["Authentication"]
    if (mode["Type"], mode.get("PasswordCount")) != ("password", 2):
        raise RotationError(f"user {user} must have two passwords, but has {mode.get('PasswordCount')}")


def _finish(secrets: Any, caches: Any, secret: str, token: str, versions: Mapping[str, list[str]]) -> None:
    """Make the next password current, if the user still has both passwords."""
    _test(caches, _read(secrets, secret, token)["user_id"])
    current = next(version for version, stages in versions.items() if _CURRENT in stages)
    secrets.update_secret_version_stage(
        SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=token, RemoveFromVersionId=current
    )


def _read(secrets: Any, secret: str, token: str | None = None) -> dict[str, str]:
    """Return the current value of a secret, or with `token` its pending value."""
    selection = (
        {"VersionStage": _CURRENT} if token is None else {"VersionId": token, "VersionStage": _PENDING}
    )
    return json.loads(secrets.get_secret_value(SecretId=secret, **selection)["SecretString"])
