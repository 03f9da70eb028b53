"""SQL statements that give each application its schema and its users in MySQL.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from components.data.database.identity import Access, ApplicationIdentity
from components.data.database.quoting import literal, mysql_name, mysql_user

# Privileges for an application and its migrations: without grants to others, access to files and management of users.
_RIGHTS: Final = (
    "ALTER, CREATE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EXECUTE, INDEX, INSERT, LOCK TABLES, "
    "REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE"
)
_SHARED: Final[dict[Access, str]] = {
    "read": "SELECT, SHOW VIEW",
    "write": "SELECT, SHOW VIEW, INSERT, UPDATE, DELETE",
}

_IAM: Final = "AWSAuthenticationPlugin AS 'RDS'"
# No password is valid for a locked account. The rotation sets the first password and unlocks the account.
_PASSWORD: Final = "caching_sha2_password"  # noqa: S105


def script(applications: Sequence[ApplicationIdentity]) -> str:
    """Return the statements, one on each line.

    Raises:
        ValueError: An application has a `statement_timeout` or extensions, which MySQL does not have.
    """
    lines: list[str] = []
    for item in applications:
        if item.statement_timeout_seconds or item.extensions:
            raise ValueError(
                f"{item.name} must have neither statement_timeout nor extensions: MySQL has no such limit for a user, and "
                "no extensions"
            )
        lines += _application(item)
    lines += _stale(applications)
    for item in applications:
        lines += _shares(item, applications)
    return "\n".join(f"{line};" for line in lines)


def _application(item: ApplicationIdentity) -> Iterable[str]:
    schema, limit = mysql_name(item.name), item.connection_limit or 0
    attribute = literal(f'{{"application": "{item.name}"}}')
    yield f"CREATE DATABASE IF NOT EXISTS {schema}"
    for user in map(mysql_user, item.logins):
        if item.sign_in == "iam":
            yield f"CREATE USER IF NOT EXISTS {user} IDENTIFIED WITH {_IAM} REQUIRE SSL"
            unlocked = " ACCOUNT UNLOCK"
        else:
            yield f"CREATE USER IF NOT EXISTS {user} IDENTIFIED WITH {_PASSWORD} REQUIRE SSL ACCOUNT LOCK"
            unlocked = ""
        yield f"ALTER USER {user} REQUIRE SSL WITH MAX_USER_CONNECTIONS {limit}{unlocked}"
        yield f"ALTER USER {user} ATTRIBUTE {attribute}"
        yield f"GRANT {_RIGHTS} ON {schema}.* TO {user}"


def _stale(applications: Sequence[ApplicationIdentity]) -> Iterable[str]:
    """Lock the users that are no longer in the list and take their rights away. Nothing is dropped.

    A user of an application that now signs in in another way keeps its rights as long as it has sessions.
    """
    names = ", ".join(literal(item.name) for item in applications) or "NULL"
    logins = ", ".join(literal(login) for item in applications for login in item.logins) or "''"
    yield "SET SESSION group_concat_max_len = 65536"
    in_use = "EXISTS (SELECT * FROM performance_schema.processlist AS session WHERE session.user = user_attributes.user)"
    other_sign_in = f"COALESCE(attribute ->> '$.application' IN ({names}), FALSE) AND {in_use}"
    stale = f"attribute ->> '$.application' IS NOT NULL AND user NOT IN ({logins}) AND NOT ({other_sign_in})"
    users = "GROUP_CONCAT(CONCAT(QUOTE(user), '@', QUOTE(host)) SEPARATOR ', ')"
    yield f"SET @stale = (SELECT {users} FROM information_schema.user_attributes WHERE {stale})"  # noqa: S608
    for action in (
        "CONCAT('ALTER USER ', @stale, ' ACCOUNT LOCK')",
        "CONCAT('REVOKE ALL, GRANT OPTION FROM ', @stale)",
    ):
        yield f"SET @statement = COALESCE({action}, 'DO 0')"
        yield "PREPARE statement FROM @statement"
        yield "EXECUTE statement"


def _shares(item: ApplicationIdentity, applications: Sequence[ApplicationIdentity]) -> Iterable[str]:
    """Let other applications read or write the schema of an application, and take away what they may no longer do."""
    schema = mysql_name(item.name)
    strangers: list[str] = []
    readers: list[str] = []
    for other in applications:
        users = [mysql_user(login) for login in other.logins]
        if access := other.shares.get(item.name):
            yield f"GRANT {_SHARED[access]} ON {schema}.* TO {', '.join(users)}"
            readers += users if access == "read" else []
        elif other is not item:
            strangers += users
    if readers:
        yield f"REVOKE IF EXISTS INSERT, UPDATE, DELETE ON {schema}.* FROM {', '.join(readers)}"
    if strangers:
        yield f"REVOKE IF EXISTS ALL ON {schema}.* FROM {', '.join(strangers)}"
