"""SQL scripts that give each application its schema and its users. Pure functions; the scripts are idempotent.

An application has access only to the schema with its name or, in MySQL, to the database with its name, and to what another
application shares with it. Maps to 45 CFR 164.312(a)(2)(i) (unique user identification) and 164.308(a)(4)(ii)(B)-(C) (access).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from components.data.database import mysql
from components.data.database.identity import ApplicationIdentity, checked
from components.data.database.quoting import literal

_DATABASE: Final = re.compile(r"[a-z][a-z0-9_]{1,31}")
_NO_LIMIT: Final = -1

_POSTGRESQL: Final = Path(__file__).with_name("postgresql.sql").read_text(encoding="utf-8")
_SQL: Final = "\n".join(line for line in _POSTGRESQL.splitlines() if line.strip()[:2] not in {"", "--"})

# Sessions continue after their role has lost its rights, so they are ended: in a second transaction, when nobody can sign in
# as the role any more.
_END_SESSIONS: Final = (
    "SELECT usename, pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_roles ON rolname = usename "
    "WHERE NOT rolcanlogin AND shobj_description(oid, 'pg_authid') LIKE 'login of application %'"
)


def scripts(engine: str, database: str, applications: Sequence[ApplicationIdentity]) -> list[str]:
    """Return the scripts for an engine, to be run in this order. Each is one transaction, except in MySQL.

    The definition of a task has room for some 200 applications with PostgreSQL and 25 with MySQL.

    Args:
        engine: `aurora-postgresql`, `postgres` or `mysql`.
        database: Name of the database.
        applications: All applications that use the database. Those that an earlier run had created and that are not in this
            list can no longer sign in; their tables are kept.

    Raises:
        ValueError: A name is unsafe, an application is listed twice, `shares` names an application that is not in the list, or
            the engine does not support a limit or an extension.
    """
    if not _DATABASE.fullmatch(database):
        raise ValueError(
            f"database must be 2 to 32 lower-case letters, digits and _, the first a letter, got {database!r}"
        )
    ordered = checked(applications)
    return [mysql.script(ordered)] if engine == "mysql" else _postgresql(ordered)


def _postgresql(applications: Sequence[ApplicationIdentity]) -> list[str]:
    plan = json.dumps(
        {
            "applications": [_plan(item) for item in applications],
            "extensions": sorted({extension for item in applications for extension in item.extensions}),
        },
        separators=(",", ":"),
    )
    return [f"BEGIN;\nSET LOCAL bootstrap.plan = {literal(plan)};\n{_SQL}\nCOMMIT;", _END_SESSIONS]


def _plan(application: ApplicationIdentity) -> dict[str, object]:
    timeout = application.statement_timeout_seconds
    return {
        "name": application.name,
        "logins": list(application.logins),
        "iam": application.sign_in == "iam",
        "connection_limit": application.connection_limit or _NO_LIMIT,
        "statement_timeout": f"{timeout}s" if timeout else None,
        "shares": dict(sorted(application.shares.items())),
    }
