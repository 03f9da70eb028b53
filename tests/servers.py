"""Real PostgreSQL and MySQL servers for tests, as similar to RDS as possible: TLS, and an administrator without superuser.

Every version that is installed is used:

- PostgreSQL: Debian's folders `/usr/lib/postgresql/*`, and folders `postgresql-*` that contain `bin/` (or `native/bin/`);
- MySQL: `mysqld` on the `PATH`, and folders `mysql-*` that contain `usr/sbin/mysqld` and the libraries of Debian's package.

These folders are in `.servers/` and in the folder that the variable `TEST_SERVERS` names. `make servers` fetches PostgreSQL 16,
17 and 18.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.data.database.engine import MASTER_USER
from components.data.database.rotation.connection import DatabaseError, Login, Row, Session
from components.data.database.rotation.mysql import MySQL
from components.data.database.rotation.postgresql import PostgreSQL

POSTGRESQL = (15, 16, 17, 18)
"""Major versions of PostgreSQL that the tests run on if they are installed."""

DATABASE = "app"
ADMIN_PASSWORD = "administrator-password"  # noqa: S105

_ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = [_ROOT / ".servers", *([Path(os.environ["TEST_SERVERS"])] if "TEST_SERVERS" in os.environ else [])]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    engine: str
    """`postgres` or `mysql`."""
    port: int
    """Port on 127.0.0.1."""
    superuser: Login
    """The user that stands for `rdsadmin`, who is not available on RDS."""

    def login(self, user: str, password: str, database: str | None = None) -> Login:
        """Return the credentials of a user."""
        return Login(
            host="127.0.0.1", port=self.port, database=database or DATABASE, user=user, password=password
        )

    @property
    def administrator(self) -> Login:
        """Credentials of the administrator."""
        return self.login(MASTER_USER, ADMIN_PASSWORD)

    @contextlib.contextmanager
    def session(self, login: Login) -> Iterator[Session]:
        """Sign in, and end the session afterwards."""
        session = PostgreSQL(login) if self.engine == "postgres" else MySQL(login)
        try:
            yield session
        finally:
            session.close()

    def query(self, login: Login, *statements: str) -> list[Row]:
        """Run statements one after the other in a new session and return the rows of the last one."""
        rows: list[Row] = []
        with self.session(login) as session:
            for statement in statements:
                rows = session.query(statement)
        return rows


def postgresql_folder(major: int) -> Path | None:
    """Return the folder with the programs of a version; None if the version is not installed."""
    folders = [folder / f"postgresql-{major}" for folder in _FOLDERS]
    candidates = [path for folder in folders for path in (folder / "bin", folder / "native" / "bin")]
    candidates.append(Path(f"/usr/lib/postgresql/{major}/bin"))
    return next((path for path in candidates if (path / "initdb").is_file()), None)


def mysql_command() -> list[Path | str] | None:
    """Return the start of the command line of a MySQL server; None if none is installed."""
    for folder in (path for parent in _FOLDERS for path in sorted(parent.glob("mysql-*"))):
        libraries = folder / "usr/lib/x86_64-linux-gnu"
        if (server := folder / "usr/sbin/mysqld").is_file():
            # Packages of another release of Debian come with their own loader and libraries.
            return [
                libraries / "ld-linux-x86-64.so.2", "--library-path", libraries, server, "--no-defaults",
                f"--lc-messages-dir={folder}/usr/share/mysql", f"--plugin-dir={folder}/usr/lib/mysql/plugin",
                f"--character-sets-dir={folder}/usr/share/mysql/charsets",
            ]  # fmt: skip
    server = shutil.which("mysqld")
    is_mysql = (
        server
        and "MariaDB" not in subprocess.run([server, "--version"], capture_output=True, text=True).stdout
    )
    return [server, "--no-defaults"] if server and is_mysql else None


@contextlib.contextmanager
def postgresql(programs: Path, folder: Path) -> Iterator[Server]:
    """Start a server with one database, an administrator as on RDS and TLS for all connections."""
    data, port = folder / "data", _free_port()
    password = folder / "password"
    password.write_text(ADMIN_PASSWORD)
    _hand_over(folder)
    _run(
        programs / "initdb", "--pgdata", data, "--username", "rdsadmin", "--auth", "scram-sha-256",
        "--pwfile", password, "--no-sync",
    )  # fmt: skip
    _certificate(data)
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    (data / "postgresql.auto.conf").write_text(
        f"port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nssl = on\nfsync = off\n"
        "max_connections = 60\n"
    )
    superuser = Login(
        host="127.0.0.1", port=port, database="postgres", user="rdsadmin", password=ADMIN_PASSWORD
    )
    server = Server(engine="postgres", port=port, superuser=superuser)
    with _running([programs / "postgres", "-D", data], server, folder / "log"):
        _like_rds(server)
        yield server


@contextlib.contextmanager
def mysql(command: list[Path | str], folder: Path) -> Iterator[Server]:
    """Start a server with an administrator as on RDS that accepts TLS connections only."""
    data, port = folder / "data", _free_port()
    options = [f"--datadir={data}", "--secure-file-priv=NULL", "--mysqlx=OFF"]
    (folder / "init.sql").write_text(
        f"CREATE USER '{MASTER_USER}'@'%' IDENTIFIED BY '{ADMIN_PASSWORD}';\n"
        # What the role rds_superuser_role has, as far as the scripts need it.
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, "
        "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, "
        f"EVENT, TRIGGER ON *.* TO '{MASTER_USER}'@'%' WITH GRANT OPTION;\nCREATE DATABASE {DATABASE};\n"
    )
    _hand_over(folder)
    _run(*command, *options, "--initialize-insecure")
    server = Server(engine="mysql", port=port, superuser=Login(
        host="127.0.0.1", port=port, database="mysql", user=MASTER_USER, password=ADMIN_PASSWORD
    ))  # fmt: skip
    start = [
        *command, *options, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket",
        "--require-secure-transport=ON", f"--init-file={folder}/init.sql", "--max-connections=60",
    ]  # fmt: skip
    with _running(start, server, folder / "log"):
        yield server


def _like_rds(server: Server) -> None:
    """Create the database, the administrator and the role for IAM as RDS does."""
    [[major]] = server.query(server.superuser, "SELECT current_setting('server_version_num')::int / 10000")
    admin = f"GRANT pg_signal_backend TO {MASTER_USER}"
    grants = [admin]
    if int(major or 0) >= 16:
        grants.append(f"GRANT rds_iam TO {MASTER_USER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    server.query(
        server.superuser,
        "CREATE ROLE rds_iam NOLOGIN",
        f"CREATE ROLE {MASTER_USER} LOGIN CREATEROLE CREATEDB PASSWORD '{ADMIN_PASSWORD}'",
        *grants,
        f"CREATE DATABASE {DATABASE} OWNER {MASTER_USER}",
        f"ALTER DATABASE postgres OWNER TO {MASTER_USER}",
        f"ALTER DATABASE template1 OWNER TO {MASTER_USER}",
    )


@contextlib.contextmanager
def _running(command: list[Path | str], server: Server, log: Path) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output, **_unprivileged())
    try:
        for _ in range(300):
            with contextlib.suppress(OSError, ConnectionError, DatabaseError):
                server.query(server.superuser, "SELECT 1")
                break
            if process.poll() is not None:
                raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGINT if server.engine == "postgres" else signal.SIGTERM)
        process.wait(60)


def _unprivileged() -> dict[str, Any]:
    """Return the options that start a process as another user: database servers refuse to run as root."""
    return {"user": "nobody", "group": "nogroup", "cwd": "/"} if os.getuid() == 0 else {}


def _hand_over(folder: Path) -> None:
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _run(*command: Path | str) -> None:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, **_unprivileged())
    if result.returncode:
        raise RuntimeError(f"{command[0]} failed: {result.stderr[-2000:]}")


def _certificate(data: Path) -> None:
    _run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
        "-keyout", data / "server.key", "-out", data / "server.crt",
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
