"""SQL statements that create a database user for each service. Pure functions; the statements are idempotent.

A user signs in by IAM and has no password. It has access only to the schema with its name or, in MySQL, to the database with
its name. Maps to 45 CFR 164.312(a)(2)(i) (unique user identification) and 164.308(a)(4)(ii)(B)-(C) (access).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_USER: Final = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_DATABASE: Final = re.compile(r"[a-z][a-z0-9_]{1,31}")

# Privileges for a service and its migrations: without grants to others, access to files and management of users.
_MYSQL_RIGHTS: Final = (
    "ALTER, CREATE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EXECUTE, INDEX, INSERT, LOCK TABLES, "
    "REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE"
)


def statements(engine: str, database: str, users: Sequence[str]) -> str:
    """Return the statements for an engine, one on each line.

    Args:
        engine: `aurora-postgresql`, `postgres` or `mysql`.
        database: Name of the database.
        users: Names of the users to create, 2 to 32 lower-case letters, digits and hyphens; duplicates are removed.

    Raises:
        ValueError: A name contains other characters, which could be unsafe in quotes, or `users` is empty.
    """
    if not _DATABASE.fullmatch(database):
        raise ValueError(
            f"database must be 2 to 32 lower-case letters, digits and _, the first a letter, got {database!r}"
        )
    if not users:
        raise ValueError("users must name a user, got none")
    for user in users:
        if not _USER.fullmatch(user):
            raise ValueError(
                f"users must be 2 to 32 lower-case letters, digits and -, the first a letter, got {user!r}"
            )
    ordered = sorted(set(users))
    lines = _mysql(ordered) if engine == "mysql" else _postgres(database, ordered)
    return "\n".join(lines)


def _postgres(database: str, users: Sequence[str]) -> list[str]:
    """Return the statements for PostgreSQL.

    The administrator owns the schemas and does not become a member of the roles of users. As a member of a role with
    `rds_iam`, the administrator could no longer sign in with a password
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html).
    """
    lines = [
        _role("rds_pgaudit", "NOLOGIN"),
        "CREATE EXTENSION IF NOT EXISTS pgaudit;",
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;',
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
    ]
    for user in users:
        lines += [
            _role(user, "LOGIN"),
            f'GRANT rds_iam TO "{user}";',
            f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{user}";',
            f'CREATE SCHEMA IF NOT EXISTS "{user}";',
            f'REVOKE ALL ON SCHEMA "{user}" FROM PUBLIC;',
            f'GRANT USAGE, CREATE ON SCHEMA "{user}" TO "{user}";',
            f'ALTER ROLE "{user}" IN DATABASE "{database}" SET search_path = "{user}";',
        ]
    return lines


def _role(name: str, kind: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') "
        f'THEN CREATE ROLE "{name}" {kind}; END IF; END $$;'
    )


def _mysql(users: Sequence[str]) -> list[str]:
    """Return the statements for MySQL (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html)."""
    lines: list[str] = []
    for user in users:
        lines += [
            f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;",
            f"ALTER USER '{user}'@'%' REQUIRE SSL;",
            f"CREATE DATABASE IF NOT EXISTS `{user}`;",
            f"GRANT {_MYSQL_RIGHTS} ON `{user}`.* TO '{user}'@'%';",
        ]
    return lines
