"""A rotation function of Secrets Manager for the users of an application in a database. Runs as a Lambda function.

An application has two users with the same rights. A rotation sets a new password for the user that the secret does not name,
and then makes this user the current one. Tasks that started before keep the password of the other user until the next rotation
(https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets_strategies.html).

Secrets Manager calls four steps in order. It repeats them after a failure, and it may call a step more than once. Each step is
idempotent. The secret is a JSON object with `engine`, `host`, `port`, `dbname`, `username` and `masterarn`, and from the first
rotation on also with `password` and `url`. No log line contains a password.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from components.data.database.rotation import scram
from components.data.database.rotation.connection import DatabaseError, Login, Session
from components.data.database.rotation.mysql import MySQL
from components.data.database.rotation.postgresql import PostgreSQL

PASSWORD_LENGTH = 48
"""Characters of a password: letters and digits, so it needs no quoting in a URL or a statement."""

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"
_OTHER = {"1": "2", "2": "1"}
_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)

Connect = Callable[[str, Login], Session]
"""Takes an engine and credentials, and signs in."""


class RotationError(Exception):
    """A step failed; Secrets Manager reports the rotation as failed and retries it."""


def handler(event: Mapping[str, str], _context: object) -> None:
    """Run the step that Secrets Manager requests."""
    import boto3  # pyright: ignore[reportMissingImports]  # part of the Lambda runtime

    clients: Any = boto3  # pyright: ignore[reportUnknownVariableType]
    rotate(event, clients.client("secretsmanager"))


def connect(engine: str, login: Login) -> Session:
    """Sign in to a database."""
    return MySQL(login) if engine == "mysql" else PostgreSQL(login)


def rotate(event: Mapping[str, str], secrets: Any, sign_in: Connect = connect) -> None:
    """Run one step of a rotation.

    Args:
        event: `SecretId`, `ClientRequestToken` (the id of the version to create) and `Step`.
        secrets: A client of Secrets Manager.
        sign_in: Function that signs in to a database.

    Raises:
        RotationError: The version cannot be rotated, the step is unknown, or the database refuses a step.
    """
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    described = secrets.describe_secret(SecretId=secret)
    versions: Mapping[str, list[str]] = described.get("VersionIdsToStages", {})
    stages = versions.get(token)
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
        _set(secrets, secret, token, sign_in)
    elif step == "testSecret":
        _test(secrets, secret, token, sign_in)
    elif step == "finishSecret":
        _test(secrets, secret, token, sign_in)
        current = next(version for version, labels in versions.items() if _CURRENT in labels)
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=token, RemoveFromVersionId=current
        )
    else:
        raise RotationError(f"Step must be createSecret, setSecret, testSecret or finishSecret, got {step!r}")


def other_login(login: str) -> str:
    """Return the second user of an application: `ehr_2` for `ehr_1`, and the other way round.

    Raises:
        RotationError: The user does not belong to such a pair.
    """
    application, separator, number = login.rpartition("_")
    if not application or not separator or number not in _OTHER:
        raise RotationError(f"username must end with _1 or _2, got {login!r}")
    return f"{application}_{_OTHER[number]}"


def url(values: Mapping[str, str]) -> str:
    """Return the URL of a database, as applications expect it in `DATABASE_URL`."""
    scheme = "mysql" if values["engine"] == "mysql" else "postgresql"
    return f"{scheme}://{values['username']}:{values['password']}@{values['host']}:{values['port']}/{values['dbname']}"


def _create(secrets: Any, secret: str, token: str) -> None:
    """Generate the next password, unless an earlier attempt stored one."""
    current = _read(secrets, secret)
    try:
        _read(secrets, secret, token)
    except secrets.exceptions.ResourceNotFoundException:
        password = secrets.get_random_password(PasswordLength=PASSWORD_LENGTH, ExcludePunctuation=True)
        values = {
            **current,
            "username": other_login(current["username"]),
            "password": password["RandomPassword"],
        }
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


def _set(secrets: Any, secret: str, token: str, sign_in: Connect) -> None:
    """Set the next password, as administrator. Running tasks use the other user, whose password does not change."""
    current, pending = _read(secrets, secret), _read(secrets, secret, token)
    user, password = pending["username"], pending["password"]
    if user != other_login(current["username"]) or not password.isalnum():
        raise RotationError(f"version {token} must name the user that is not current, but names {user!r}")
    master = json.loads(secrets.get_secret_value(SecretId=pending["masterarn"])["SecretString"])
    # The administrator signs in to the database of the application, which exists in every engine after the bootstrap.
    administrator = _login({**pending, "username": master["username"], "password": master["password"]})
    if pending["engine"] == "mysql":
        statement = f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}' ACCOUNT UNLOCK"
    else:
        # PostgreSQL stores the verifier as it is, so no statement contains the password.
        statement = f"ALTER ROLE \"{user}\" PASSWORD '{scram.verifier(password)}'"
    _run(pending["engine"], administrator, statement, sign_in, f"set the password of {user}")


def _test(secrets: Any, secret: str, token: str, sign_in: Connect) -> None:
    """Sign in as the next user."""
    pending = _read(secrets, secret, token)
    user = pending["username"]
    _run(pending["engine"], _login(pending), "SELECT 1", sign_in, f"sign in as {user}")


def _run(engine: str, login: Login, statement: str, sign_in: Connect, purpose: str) -> None:
    try:
        session = sign_in(engine, login)
        try:
            session.query(statement)
        finally:
            session.close()
    except (DatabaseError, OSError) as error:
        # The cause could contain a statement of a later version of this module, so only its text is kept.
        raise RotationError(
            f"could not {purpose}: {error}. If the user does not exist, run the bootstrap task first"
        ) from None


def _login(values: Mapping[str, str]) -> Login:
    return Login(
        host=values["host"],
        port=int(values["port"]),
        database=values["dbname"],
        user=values["username"],
        password=values["password"],
    )


def _read(secrets: Any, secret: str, token: str | None = None) -> dict[str, str]:
    """Return the current value of a secret, or with `token` its pending value."""
    selection = (
        {"VersionStage": _CURRENT} if token is None else {"VersionId": token, "VersionStage": _PENDING}
    )
    return json.loads(secrets.get_secret_value(SecretId=secret, **selection)["SecretString"])
