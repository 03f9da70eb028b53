"""A rotation function of Secrets Manager for the password of an ElastiCache user. Runs as a Lambda function.

An ElastiCache user has up to two passwords. A rotation sets the current one and the next one together, and makes the next
one current when both are in force: whoever reads the secret, before or after, can sign in. The password before the current
one ends with the next rotation, so a client has the time between two rotations to start anew.

Secrets Manager calls four steps in order, repeats them after a failure and may repeat any of them
(https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-overview.html). Each step
gives the same result however often it runs. The secret is JSON with `username`, `user_id` and `password`.

The test asks ElastiCache whether user and groups are settled with two passwords; it does not sign in, which would take a
place in the VPC, a security group into the data tier and a client library. Nothing that is logged holds a password.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

POLL_SECONDS = 5
"""Between two looks at the user's state."""
POLLS = 50
"""Looks until a step gives up; Secrets Manager then tries again."""

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"
_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)


class RotationError(Exception):
    """A step cannot be done; Secrets Manager repeats the rotation and shows it as failed."""


def handler(event: Mapping[str, str], _context: object) -> None:
    """Do the step that Secrets Manager asks for."""
    import boto3  # pyright: ignore[reportMissingImports]  # part of Lambda's runtime

    clients: Any = boto3  # pyright: ignore[reportUnknownVariableType]
    rotate(event, clients.client("secretsmanager"), clients.client("elasticache"))


def rotate(
    event: Mapping[str, str], secrets: Any, caches: Any, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Do one step of a rotation.

    Args:
        event: `SecretId`, `ClientRequestToken` (the id of the version to make) and `Step`.
        secrets: A client of Secrets Manager.
        caches: A client of ElastiCache.
        sleep: Waits that many seconds.

    Raises:
        RotationError: The version is not up for rotation, the step is unknown, or the user does not settle.
    """
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    described = secrets.describe_secret(SecretId=secret)
    stages = described.get("VersionIdsToStages", {}).get(token)
    if not described.get("RotationEnabled") or stages is None:
        raise RotationError(f"version {token} of {secret} is not up for rotation")
    if _CURRENT in stages:
        _log.info("%s: version %s is current already", step, token)
        return
    if _PENDING not in stages:
        raise RotationError(f"version {token} of {secret} is not pending")
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
        raise RotationError(f"Step must be one of the four of a rotation, got {step!r}")


def _create(secrets: Any, secret: str, token: str) -> None:
    """Draw the next password, unless an earlier attempt has."""
    current = _read(secrets, secret)
    try:
        _read(secrets, secret, token)
    except secrets.exceptions.ResourceNotFoundException:
        # Letters and digits: ElastiCache takes 16 to 128 characters and not all of the others.
        password = secrets.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]
        try:
            secrets.put_secret_value(
                SecretId=secret,
                ClientRequestToken=token,
                SecretString=json.dumps({**current, "password": password}),
                VersionStages=[_PENDING],
            )
        except secrets.exceptions.ResourceExistsException:
            # Another attempt was faster; its password is the one to go on with.
            _log.info("createSecret: version %s has a password already", token)


def _set(secrets: Any, caches: Any, secret: str, token: str, sleep: Callable[[float], None]) -> None:
    """Let the user sign in with the current password and with the next one."""
    current, pending = _read(secrets, secret), _read(secrets, secret, token)
    user = pending["user_id"]
    _settle(caches, user, sleep)
    caches.modify_user(
        UserId=user,
        AuthenticationMode={"Type": "password", "Passwords": [current["password"], pending["password"]]},
    )
    _settle(caches, user, sleep)


def _settle(caches: Any, user: str, sleep: Callable[[float], None]) -> None:
    for _ in range(POLLS):
        if not _unsettled(caches, user):
            return
        sleep(POLL_SECONDS)
    raise RotationError(f"user {user} is not active after {POLLS * POLL_SECONDS} seconds")


def _unsettled(caches: Any, user: str) -> str:
    """Return what is not active yet, the user or a group that takes the change to a cache; nothing if all is."""
    [found] = caches.describe_users(UserId=user)["Users"]
    if found["Status"] != "active":
        return f"user {user}"
    for group in found.get("UserGroupIds", []):
        [held] = caches.describe_user_groups(UserGroupId=group)["UserGroups"]
        if held["Status"] != "active":
            return f"group {group}"
    return ""


def _test(caches: Any, user: str) -> None:
    """Require that both passwords are in force."""
    if waiting := _unsettled(caches, user):
        raise RotationError(f"{waiting} is not active")
    [found] = caches.describe_users(UserId=user)["Users"]
    mode = found["Authentication"]
    if (mode["Type"], mode.get("PasswordCount")) != ("password", 2):
        raise RotationError(f"user {user} must have two passwords, it has {mode.get('PasswordCount')}")


def _finish(secrets: Any, caches: Any, secret: str, token: str, versions: Mapping[str, list[str]]) -> None:
    """Make the next password current, if the user still accepts both."""
    _test(caches, _read(secrets, secret, token)["user_id"])
    current = next(version for version, stages in versions.items() if _CURRENT in stages)
    secrets.update_secret_version_stage(
        SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=token, RemoveFromVersionId=current
    )


def _read(secrets: Any, secret: str, token: str | None = None) -> dict[str, str]:
    """Return the current value, or the pending one of a version."""
    named = {"VersionStage": _CURRENT} if token is None else {"VersionId": token, "VersionStage": _PENDING}
    return json.loads(secrets.get_secret_value(SecretId=secret, **named)["SecretString"])
