"""The scripts of the bootstrap on real PostgreSQL servers: rights of applications, and what the administrator can do."""

# ruff: noqa: S608
from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import Any

import pytest

from components.data import ApplicationIdentity
from components.data.database.rotation.connection import DatabaseError
from tests.components.data.conftest import Build
from tests.components.data.database.conftest import PASSWORD, Database, runnable
from tests.servers import ADMIN_PASSWORD

EHR = ApplicationIdentity(name="ehr", sign_in="password")
PORTAL = ApplicationIdentity(name="portal")
DENIED, NO_TABLE, TIMED_OUT, TOO_MANY, NO_LOGIN, WRONG_PASSWORD = (
    "42501",
    "42P01",
    "57014",
    "53300",
    "28000",
    "28P01",
)

STATE = """
SELECT rolname, rolcanlogin, rolconnlimit, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname !~ '^pg_';
SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members ORDER BY 1, 2, 3;
SELECT setrole::regrole, setconfig FROM pg_db_role_setting ORDER BY 1;
SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1;
SELECT datname, datacl FROM pg_database ORDER BY 1;
SELECT extname, extnamespace::regnamespace FROM pg_extension ORDER BY 1;
SELECT relname, relowner::regrole, relacl FROM pg_class WHERE relnamespace = to_regnamespace('ehr') ORDER BY 1;
SELECT defaclrole::regrole, defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 1, 2;
"""


def test_the_processes_of_an_application_share_what_any_of_them_creates(postgresql: Database) -> None:
    postgresql.bootstrap(EHR)
    postgresql.run(
        "ehr_1", "CREATE TABLE patients (id serial, name text)", "INSERT INTO patients (name) VALUES ('a')"
    )
    postgresql.run(
        "ehr_2", "INSERT INTO patients (name) VALUES ('b')", "ALTER TABLE patients ADD COLUMN born date"
    )
    postgresql.run("ehr_2", "CREATE TABLE visits (id int)", "CREATE TEMPORARY TABLE once (id int)")
    assert postgresql.run("ehr_1", "SELECT name FROM ehr.patients ORDER BY 1") == [["a"], ["b"]]
    postgresql.run("ehr_1", "DISCARD ALL", "DROP TABLE visits", "CREATE TABLE later (id int)")
    owners = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'ehr'::regnamespace"
    assert postgresql.admin(owners) == [["ehr"]]
    assert postgresql.run("ehr_2", "SELECT current_user, session_user") == [["ehr", "ehr_2"]]


def test_two_applications_see_nothing_of_each_other(postgresql: Database) -> None:
    postgresql.bootstrap(EHR, PORTAL)
    postgresql.run(
        "ehr_1", "CREATE TABLE patients (id int)", "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1"
    )
    assert postgresql.refuses("portal_iam", "SELECT * FROM patients") == NO_TABLE
    for statement in (
        "SELECT * FROM ehr.patients",
        "SELECT ehr.f()",
        "CREATE TABLE ehr.x (id int)",
        "SET ROLE ehr",
    ):
        assert postgresql.refuses("portal_iam", statement) == DENIED
    for statement in (
        "CREATE TABLE public.x (id int)",
        "CREATE SCHEMA x",
        "CREATE TABLE extensions.x (id int)",
        "CREATE ROLE x",
        "ALTER ROLE ehr_1 PASSWORD 'x'",
        "GRANT ehr TO portal",
    ):
        assert postgresql.refuses("portal_iam", statement) == DENIED, statement
    for database in ("postgres", "template1"):
        assert postgresql.refuses("portal_iam", "SELECT 1", database=database) == DENIED


def test_a_login_has_no_rights_of_its_own(postgresql: Database) -> None:
    postgresql.bootstrap(EHR)
    if postgresql.version < 16:
        pytest.skip("before version 16 every member inherits the rights of the owner")
    postgresql.run("ehr_1", "CREATE TABLE patients (id int)")
    for statement in ("SELECT * FROM ehr.patients", "CREATE TABLE ehr.x (id int)"):
        assert postgresql.refuses("ehr_1", "SET ROLE NONE", statement) == DENIED


@pytest.mark.parametrize("name", ["my-portal", "order", "user", "a-1", "select"])
def test_every_allowed_name_is_quoted(postgresql: Database, name: str) -> None:
    application = ApplicationIdentity(name=name, sign_in="password", shares={"ehr": "read"})
    postgresql.bootstrap(EHR, application)
    postgresql.bootstrap(EHR, application)
    postgresql.run(f"{name}_1", "CREATE TABLE notes (id int)")
    assert postgresql.run(f"{name}_2", f'SELECT * FROM "{name}".notes') == []
    postgresql.bootstrap(EHR)
    assert postgresql.refuses(f"{name}_1", "SELECT 1") in (NO_LOGIN, WRONG_PASSWORD)


def test_shared_access_covers_later_tables_and_ends_when_it_is_withdrawn(postgresql: Database) -> None:
    reader = ApplicationIdentity(name="portal", shares={"ehr": "read"})
    writer = ApplicationIdentity(name="portal", shares={"ehr": "write"})
    postgresql.bootstrap(EHR, PORTAL)
    postgresql.run("ehr_1", "CREATE TABLE old (id serial)")
    postgresql.bootstrap(EHR, reader)
    postgresql.run("ehr_2", "CREATE TABLE new (id serial)")
    for table in ("old", "new"):
        insert = f"INSERT INTO ehr.{table} DEFAULT VALUES"
        postgresql.bootstrap(EHR, reader)
        assert postgresql.run("portal_iam", f"SELECT * FROM ehr.{table}") == []
        assert postgresql.refuses("portal_iam", insert) == DENIED
        postgresql.bootstrap(EHR, writer)
        assert postgresql.run("portal_iam", insert, f"SELECT id FROM ehr.{table}") == [["1"]]
        assert postgresql.refuses("portal_iam", f"DROP TABLE ehr.{table}") == DENIED
        assert postgresql.refuses("portal_iam", "CREATE TABLE ehr.x (id int)") == DENIED
        postgresql.run("ehr_1", f"DELETE FROM {table}", f"ALTER SEQUENCE {table}_id_seq RESTART")
    postgresql.run("ehr_1", "CREATE TABLE newest (id serial)")
    assert postgresql.run("portal_iam", "INSERT INTO ehr.newest DEFAULT VALUES") == []
    assert postgresql.refuses("ehr_1", "CREATE TABLE portal.x (id int)") == DENIED
    postgresql.bootstrap(EHR, PORTAL)
    postgresql.run("ehr_1", "CREATE TABLE last (id int)", "GRANT USAGE ON SCHEMA ehr TO portal")
    for table in ("old", "new", "newest", "last"):
        assert postgresql.refuses("portal_iam", f"SELECT * FROM ehr.{table}") == DENIED


def test_a_removed_application_loses_everything_but_its_tables(postgresql: Database) -> None:
    reader = ApplicationIdentity(name="portal", shares={"ehr": "read"})
    postgresql.bootstrap(EHR, reader)
    postgresql.run("ehr_1", "CREATE TABLE patients (id int)")
    with postgresql.session("portal_iam") as session:
        assert session.query("SELECT * FROM ehr.patients") == []
        session.query("CREATE TABLE kept AS SELECT 1 AS id")
        postgresql.bootstrap(EHR)
        with pytest.raises((DatabaseError, OSError)):
            session.query("SELECT * FROM kept")
    assert postgresql.refuses("portal_iam", "SELECT 1") in (NO_LOGIN, WRONG_PASSWORD)
    memberships = "SELECT roleid::regrole FROM pg_auth_members WHERE member = 'portal_iam'::regrole"
    assert postgresql.admin(memberships) == []
    assert postgresql.admin("SELECT has_schema_privilege('portal', 'ehr', 'USAGE')") == [["f"]]
    assert postgresql.admin("SET ROLE portal", "SELECT id FROM portal.kept") == [["1"]]
    postgresql.bootstrap(EHR, PORTAL)
    assert postgresql.run("portal_iam", "SELECT id FROM kept") == [["1"]]


def test_without_applications_nobody_can_sign_in(postgresql: Database) -> None:
    postgresql.bootstrap(EHR, PORTAL)
    postgresql.bootstrap()
    for login in (*EHR.logins, *PORTAL.logins):
        assert postgresql.refuses(login, "SELECT 1") in (NO_LOGIN, WRONG_PASSWORD)


def test_the_bootstrap_changes_nothing_when_it_runs_again(postgresql: Database) -> None:
    applications = (
        ApplicationIdentity(
            name="ehr",
            sign_in="password",
            connection_limit=4,
            statement_timeout_seconds=9,
            extensions=("citext",),
        ),
        ApplicationIdentity(name="lab"),
        ApplicationIdentity(name="portal", shares={"ehr": "write", "lab": "read"}),
    )
    postgresql.bootstrap(*applications)
    postgresql.run("ehr_1", "CREATE TABLE patients (id serial)")
    postgresql.bootstrap(*applications)
    first = postgresql.admin(STATE)
    assert len(first) > 20
    postgresql.bootstrap(*reversed(applications))
    assert sorted(map(str, postgresql.admin(STATE))) == sorted(map(str, first))


def test_the_administrator_still_signs_in_and_administers(postgresql: Database) -> None:
    postgresql.bootstrap(EHR, PORTAL)
    postgresql.run("portal_iam", "CREATE TABLE notes (id int)")
    rights = "SELECT pg_has_role('rds_iam', 'USAGE'), pg_has_role('portal_iam', 'USAGE'), pg_has_role('portal', 'USAGE')"
    [[iam, login, owner]] = postgresql.admin(rights)
    assert (iam, login, owner) == ("f", "f", "f" if postgresql.version >= 16 else "t")
    if postgresql.version >= 16:
        options = "SELECT pg_has_role('rds_iam', 'SET'), pg_has_role('portal_iam', 'SET'), pg_has_role('portal', 'SET')"
        assert postgresql.admin(options) == [["f", "f", "t"]]
    # Support, analysis and removal, as docs/runbooks/database-users.md describes them.
    assert postgresql.admin("SET ROLE portal", "SELECT count(*) FROM portal.notes") == [["0"]]
    postgresql.admin("CREATE ROLE analyst", "SET ROLE portal", "GRANT USAGE ON SCHEMA portal TO analyst")
    postgresql.admin("ALTER ROLE portal_iam CONNECTION LIMIT 3", "ALTER ROLE ehr_1 NOLOGIN")
    postgresql.bootstrap(EHR)
    postgresql.admin("SET ROLE portal", "DROP SCHEMA portal CASCADE")
    assert postgresql.admin("SELECT to_regnamespace('portal')") == [[None]]


def test_the_bootstrap_fails_before_the_administrator_gets_the_rights_of_iam(postgresql: Database) -> None:
    postgresql.bootstrap(PORTAL)
    postgresql.bootstrap()
    # Somebody gave the administrator the rights of a login that was out of use.
    postgresql.admin("GRANT portal_iam TO dbadmin")
    with pytest.raises(DatabaseError, match="its password would no longer be valid"):
        postgresql.bootstrap(EHR, PORTAL)
    assert postgresql.admin("SELECT pg_has_role('rds_iam', 'USAGE'), to_regrole('ehr')") == [["f", None]]
    postgresql.admin("REVOKE portal_iam FROM dbadmin")
    postgresql.bootstrap(EHR, PORTAL)


def test_extensions_are_used_without_their_schema_by_every_application(postgresql: Database) -> None:
    names = ("citext", "pg_trgm", "pgcrypto", "uuid-ossp")
    postgresql.bootstrap(ApplicationIdentity(name="ehr", sign_in="password", extensions=names), PORTAL)
    use = (
        "CREATE TABLE people (id uuid DEFAULT uuid_generate_v4(), name citext, hash bytea)",
        "CREATE INDEX ON people USING gin (name gin_trgm_ops)",
        "INSERT INTO people (name, hash) VALUES ('Ada', digest('x', 'sha256'))",
        "SELECT count(*), similarity('ada', 'adam') > 0.3 FROM people WHERE name = 'ADA' GROUP BY 2",
    )
    for login in ("ehr_2", "portal_iam"):
        assert postgresql.run(login, *use) == [["1", "t"]]
    installed = "SELECT count(*) FROM pg_extension WHERE extnamespace = 'extensions'::regnamespace"
    assert postgresql.admin(installed) == [["4"]]


def test_an_extension_that_applications_could_not_use_fails_the_bootstrap(postgresql: Database) -> None:
    with pytest.raises(DatabaseError, match='does not have the extension "no-such"'):
        postgresql.bootstrap(ApplicationIdentity(name="ehr", extensions=("no-such",)))
    postgresql.admin("CREATE EXTENSION citext SCHEMA public")
    with pytest.raises(DatabaseError, match='"citext" is in another schema'):
        postgresql.bootstrap(ApplicationIdentity(name="ehr", extensions=("citext",)))


def test_limits_hold_and_end_when_the_settings_no_longer_have_them(postgresql: Database) -> None:
    limited = ApplicationIdentity(
        name="ehr", sign_in="password", statement_timeout_seconds=1, connection_limit=2
    )
    postgresql.bootstrap(limited)
    assert postgresql.refuses("ehr_1", "SELECT pg_sleep(30)") == TIMED_OUT
    with postgresql.session("ehr_1"), postgresql.session("ehr_1"):
        assert postgresql.refuses("ehr_1", "SELECT 1") == TOO_MANY
        # The limit is that of each login, so a rotation never finds it used up.
        assert postgresql.run("ehr_2", "SELECT 1") == [["1"]]
    postgresql.bootstrap(EHR)
    assert postgresql.run("ehr_1", "SHOW statement_timeout") == [["0"]]
    with postgresql.session("ehr_1"), postgresql.session("ehr_1"):
        assert postgresql.run("ehr_1", "SELECT 1") == [["1"]]


def test_an_application_keeps_its_old_sign_in_until_its_tasks_have_left(postgresql: Database) -> None:
    by_password = ApplicationIdentity(name="portal", sign_in="password")
    postgresql.bootstrap(PORTAL)
    with postgresql.session("portal_iam") as running:
        running.query("CREATE TABLE notes (id int)")
        postgresql.bootstrap(by_password)
        assert running.query("SELECT * FROM notes") == []
        assert postgresql.run("portal_iam", "SELECT * FROM notes") == []
        assert postgresql.run("portal_1", "SELECT * FROM notes") == []
    _wait_until_nobody_is_connected(postgresql, "portal_iam")
    postgresql.bootstrap(by_password)
    assert postgresql.refuses("portal_iam", "SELECT 1") in (NO_LOGIN, WRONG_PASSWORD)
    assert postgresql.admin("SELECT pg_has_role('portal_iam', 'rds_iam', 'MEMBER')") == [["f"]]
    assert postgresql.run("portal_2", "SELECT * FROM notes") == []


def test_the_tables_of_a_user_of_an_earlier_version_are_kept(postgresql: Database) -> None:
    postgresql.admin(
        "CREATE ROLE api LOGIN",
        "GRANT rds_iam TO api",
        "GRANT CONNECT, TEMPORARY ON DATABASE app TO api",
        "CREATE SCHEMA api",
        "GRANT USAGE, CREATE ON SCHEMA api TO api",
        f"ALTER ROLE api IN DATABASE app SET search_path = api; ALTER ROLE api PASSWORD '{PASSWORD}'",
    )
    with postgresql.server.session(postgresql.server.login("api", PASSWORD)) as session:
        session.query("CREATE TABLE orders AS SELECT 7 AS id")
    _wait_until_nobody_is_connected(postgresql, "api")
    postgresql.bootstrap(ApplicationIdentity(name="api"))
    assert postgresql.run("api_iam", "ALTER TABLE orders ADD COLUMN x int", "SELECT id FROM orders") == [
        ["7"]
    ]
    assert postgresql.admin(
        "SELECT rolcanlogin, pg_has_role('api', 'rds_iam', 'MEMBER') FROM pg_roles WHERE rolname = 'api'"
    ) == [["f", "f"]]


@pytest.mark.parametrize(
    "existing",
    [
        "CREATE ROLE ehr LOGIN",
        "CREATE ROLE ehr_1 LOGIN",
        "CREATE ROLE x; GRANT x TO dbadmin; CREATE SCHEMA ehr AUTHORIZATION x",
    ],
)
def test_a_role_or_schema_of_somebody_else_is_not_taken_over(postgresql: Database, existing: str) -> None:
    postgresql.admin(existing)
    before = postgresql.admin(STATE)
    with pytest.raises(DatabaseError, match="rename one of them"):
        postgresql.bootstrap(PORTAL, EHR)
    assert postgresql.admin(STATE) == before


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_runs_the_command_of_the_task(postgresql: Database, bootstrap: Build) -> None:
    recorded = bootstrap("postgres", applications=(EHR, PORTAL))
    definition = json.loads(
        str(recorded.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    )[0]
    environment = {item["name"]: item["value"] for item in definition["environment"]}
    command = [runnable(part) for part in definition["command"]]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        variables: dict[str, Any] = {
            **environment, "PATH": "/usr/bin:/bin", "PGHOST": "127.0.0.1", "PGPASSWORD": ADMIN_PASSWORD,
            "PGPORT": str(postgresql.server.port),
        }  # fmt: skip
        return subprocess.run([*command, *more], env=variables, capture_output=True, text=True)

    for _ in range(2):
        result = run("--command=SELECT to_regnamespace('ehr')")
        assert result.returncode == 0, result.stderr
        assert "ehr" in result.stdout
    # The last step signs in again, so the task fails if the administrator cannot.
    assert command[-1] == "--command=\\connect -"
    result = run("--command=SELECT pg_backend_pid() AS first", "--command=\\connect - nobody")
    assert result.returncode != 0


def _wait_until_nobody_is_connected(postgresql: Database, login: str) -> None:
    for _ in range(100):
        if postgresql.admin(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{login}'") == [["0"]]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{login} is still connected")
