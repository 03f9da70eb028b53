"""`python -m appointments.migrate`: the release command. It applies the migrations that the database does not have yet.

It can run several times, and several times at once: an advisory lock lets one run after the other, and all changes of a run are
one transaction. The old version of the application still runs, so a migration only adds what the old version ignores. A later
release removes what no version uses any more.
"""

from __future__ import annotations

import sys
from importlib import resources
from typing import Final

import psycopg

from appointments import environment, logs

_LOCK: Final = 4_164_312
"""Key of the advisory lock: any number that no other lock of this database has."""


def migrate() -> list[str]:
    """Apply the missing migrations in the order of their names, and return them.

    Tables have no schema in their names: the search path of the user leads to the schema of the application.
    """
    folder = resources.files("appointments") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name
    )
    with psycopg.connect(environment.database()) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Requests queue behind a statement that waits for a table, so it gives up soon. Then run the release again.
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {name for (name,) in connection.execute("SELECT name FROM migrations")}
        missing = [file for file in files if file.name not in applied]
        for file in missing:
            connection.execute(file.read_bytes())
            connection.execute("INSERT INTO migrations (name) VALUES (%s)", [file.name])
    return [file.name for file in missing]


def main() -> None:
    """Run the release command."""
    logs.start()
    try:
        applied = migrate()
    except psycopg.Error as error:
        logs.failure("the release failed; the database is unchanged", error)
        sys.exit(1)
    logs.event("released", migrations=applied)


if __name__ == "__main__":
    main()
