"""The statements that make a database user for each service. Pure; each may be run again and again.

A user signs in by IAM and has no password. It works in a schema (of MySQL: a database) of its own that bears its name, and
sees no other. Maps to 45 CFR 164.312(a)(2)(i) (unique user identification) and 164.308(a)(4)(ii)(B)-(C) (access).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_USER: Final = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_DATABASE: Final = re.compile(r"[a-z][a-z0-9_]{1,31}")

# What a service and its migrations do, without the right to pass it on, to read files or to manage users.
_MYSQL_RIGHTS: Final = (
    "ALTER, CREATE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EXECUTE, INDEX, INSERT, LOCK TABLES, "
    "REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE"
)


def statements(engine: str, database: str, users: Sequence[str]) -> str:
    """Return the statements of an engine, one a line.

    Args:
        engine: `aurora-postgresql`, `postgres` or `mysql`.
        database: Name of the database.
        users: Users to make: lower-case letters, digits and hyphens.

    Raises:
        ValueError: A name is none that could be quoted without doubt, or there is no user.
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
    """Return PostgreSQL's: the administrator owns the schemas, and is made a member of no role of a user.

    Were it a member of one that has `rds_iam`, its own password would stop to work
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
    """Return MySQL's (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html)."""
    lines: list[str] = []
    for user in users:
        lines += [
            f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;",
            f"ALTER USER '{user}'@'%' REQUIRE SSL;",
            f"CREATE DATABASE IF NOT EXISTS `{user}`;",
            f"GRANT {_MYSQL_RIGHTS} ON `{user}`.* TO '{user}'@'%';",
        ]
    return lines
