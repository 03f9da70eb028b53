"""Databases on real servers, whose bootstrap scripts the tests run as the administrator."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.data import ApplicationIdentity
from components.data.database.rotation.connection import DatabaseError, Login, Row, Session
from components.data.database.sql import scripts
from tests import servers
from tests.servers import DATABASE, Server

PASSWORD = "password-of-a-login"  # noqa: S105


def runnable(script: str) -> str:
    """Return a script without what exists on RDS only: the extension pgAudit and the plugin for IAM."""
    replaced = script.replace("CREATE EXTENSION IF NOT EXISTS pgaudit;", "")
    return replaced.replace("AWSAuthenticationPlugin AS 'RDS'", "caching_sha2_password")


@dataclass(frozen=True, kw_only=True)
class Database:
    """An empty database of a server, with its administrator."""

    server: Server

    @property
    def version(self) -> int:
        """Major version of the server."""
        return int(str(self.admin("SELECT version()")[0][0]).removeprefix("PostgreSQL ").split(".")[0])

    def bootstrap(self, *applications: ApplicationIdentity) -> None:
        """Run the bootstrap as the administrator, and give a password to every user that has none or uses IAM."""
        for script in scripts(self.server.engine, DATABASE, applications):
            self.server.query(self.server.administrator, runnable(script))
        for login in (login for item in applications for login in item.logins):
            self.set_password(login)

    def set_password(self, login: str) -> None:
        """Set a password, as the rotation does."""
        if self.server.engine == "postgres":
            self.server.query(self.server.administrator, f"ALTER ROLE \"{login}\" PASSWORD '{PASSWORD}'")
        else:
            unlocked = f"ALTER USER '{login}'@'%' IDENTIFIED BY '{PASSWORD}' ACCOUNT UNLOCK"
            self.server.query(self.server.administrator, unlocked)

    def login(self, user: str, database: str | None = None) -> Login:
        """Return the credentials of a user; with MySQL, its database is that of the application."""
        application = user.rpartition("_")[0]
        return self.server.login(
            user, PASSWORD, database or (application if self.server.engine == "mysql" else DATABASE)
        )

    def run(self, user: str, *statements: str, database: str | None = None) -> list[Row]:
        """Sign in as a user, run statements and return the rows of the last one."""
        return self.server.query(self.login(user, database), *statements)

    def session(self, user: str) -> contextlib.AbstractContextManager[Session]:
        """Sign in as a user, until the end of a `with` block."""
        return self.server.session(self.login(user))

    def admin(self, *statements: str) -> list[Row]:
        """Run statements as the administrator."""
        return self.server.query(self.server.administrator, *statements)

    def refuses(self, user: str, *statements: str, database: str | None = None) -> str:
        """Return the error code of the last statement, or of the sign-in. The statements before it must succeed."""
        with pytest.raises(DatabaseError) as refusal:
            self.run(user, *statements, database=database)
        return refusal.value.code


@pytest.fixture(scope="session", params=servers.POSTGRESQL)
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Start a server for each version of PostgreSQL."""
    if (programs := servers.postgresql_folder(request.param)) is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed: see tests/servers.py")
    with _folder() as folder, servers.postgresql(programs, folder) as server:
        yield server


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[Server]:
    """Start a MySQL server."""
    if (command := servers.mysql_command()) is None:
        pytest.skip("MySQL is not installed: see tests/servers.py")
    with _folder() as folder, servers.mysql(command, folder) as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: Server) -> Iterator[Database]:
    """Return an empty database, and remove everything from the server afterwards."""
    server = postgresql_server
    yield Database(server=server)
    roles = server.query(
        server.superuser,
        f"DROP DATABASE {DATABASE} WITH (FORCE)",
        f"CREATE DATABASE {DATABASE} OWNER dbadmin",
        "SELECT quote_ident(rolname) FROM pg_roles WHERE oid > 16384 AND rolname NOT IN ('dbadmin', 'rds_iam')",
    )
    for [role] in roles:
        server.query(server.superuser, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.fixture
def mysql(mysql_server: Server) -> Iterator[Database]:
    """Return a server without applications, and remove them afterwards."""
    server = mysql_server
    yield Database(server=server)
    # The database does not drop a user that is the definer of a view.
    schemas = "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN "
    kept = f"('{DATABASE}', 'information_schema', 'mysql', 'performance_schema', 'sys')"
    for [schema] in server.query(server.superuser, schemas + kept):
        server.query(server.superuser, f"DROP DATABASE `{schema}`")
    users = "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM information_schema.user_attributes WHERE attribute IS NOT NULL"
    for [user] in server.query(server.superuser, users):
        server.query(server.superuser, f"DROP USER {user}")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Create a folder that another user of the machine can reach; pytest keeps its own folders private."""
    with tempfile.TemporaryDirectory(prefix="database-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
