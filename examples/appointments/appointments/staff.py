"""`python -m appointments.staff NAME SHA256`: lets a member of staff sign in with a token, of which only the hash is given.

Nobody passes the token itself: command lines and outputs of one-off tasks are recorded.
"""

from __future__ import annotations

import re
import sys

import psycopg

from appointments import environment, logs


def main() -> None:
    """Store the hash of the token, which replaces an earlier one."""
    logs.start()
    match sys.argv[1:]:
        case [name, digest] if re.fullmatch("[0-9a-f]{64}", digest):
            with psycopg.connect(environment.database()) as connection:
                connection.execute(
                    "INSERT INTO staff (name, token_sha256) VALUES (%s, %s) "
                    "ON CONFLICT (name) DO UPDATE SET token_sha256 = excluded.token_sha256",
                    [name, digest],
                )
            logs.audit("operator", "grant access", [name])
        case _:
            sys.exit(
                "usage: python -m appointments.staff NAME SHA256, with the SHA-256 of a random token in hexadecimal"
            )


if __name__ == "__main__":
    main()
