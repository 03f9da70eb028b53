"""The script of the bootstrap on a real MySQL server. The plugin for IAM exists on RDS only, so its users get a password."""

from __future__ import annotations

import time

import pytest

from components.data import ApplicationIdentity
from components.data.database.rotation.connection import DatabaseError
from components.data.database.sql import scripts
from tests.components.data.database.conftest import Database

EHR = ApplicationIdentity(name="ehr", sign_in="password")
PORTAL = ApplicationIdentity(name="portal")
NO_DATABASE, NO_TABLE_RIGHT, NO_RIGHT, LOCKED, TOO_MANY = "1044", "1142", "1227", "3118", "1226"


def test_the_users_of_an_application_share_what_any_of_them_creates(mysql: Database) -> None:
    mysql.bootstrap(EHR)
    mysql.run("ehr_1", "CREATE TABLE patients (id int)", "CREATE VIEW all_patients AS SELECT * FROM patients")
    mysql.run("ehr_2", "INSERT INTO all_patients VALUES (1)", "ALTER TABLE patients ADD COLUMN born date")
    assert mysql.run("ehr_1", "SELECT id FROM patients") == [["1"]]
    assert mysql.run("ehr_1", "SHOW GRANTS") != mysql.run("ehr_2", "SHOW GRANTS")
    [first, second] = [
        [str(row).replace(user, "") for row in mysql.run(user, "SHOW GRANTS")] for user in EHR.logins
    ]
    assert first == second


def test_two_applications_see_nothing_of_each_other(mysql: Database) -> None:
    mysql.bootstrap(EHR, PORTAL)
    mysql.run("ehr_1", "CREATE TABLE patients (id int)")
    assert mysql.refuses("portal_iam", "SELECT * FROM ehr.patients") == NO_TABLE_RIGHT
    for statement in ("USE ehr", "CREATE DATABASE x", "USE mysql", "USE app"):
        assert mysql.refuses("portal_iam", statement) == NO_DATABASE
    for statement in ("CREATE USER x", "ALTER USER ehr_1 IDENTIFIED BY 'x'"):
        assert mysql.refuses("portal_iam", statement) == NO_RIGHT
    assert mysql.run("portal_iam", "SHOW DATABASES LIKE 'ehr'") == []


def test_shared_access_covers_later_tables_and_ends_when_it_is_withdrawn(mysql: Database) -> None:
    mysql.bootstrap(EHR, PORTAL)
    mysql.bootstrap(EHR, ApplicationIdentity(name="portal", shares={"ehr": "write"}))
    mysql.run("ehr_1", "CREATE TABLE patients (id int)")
    mysql.run("portal_iam", "INSERT INTO ehr.patients VALUES (1)")
    assert mysql.refuses("portal_iam", "DROP TABLE ehr.patients") == NO_TABLE_RIGHT
    mysql.bootstrap(EHR, ApplicationIdentity(name="portal", shares={"ehr": "read"}))
    assert mysql.run("portal_iam", "SELECT * FROM ehr.patients") == [["1"]]
    assert mysql.refuses("portal_iam", "INSERT INTO ehr.patients VALUES (1)") == NO_TABLE_RIGHT
    mysql.bootstrap(EHR, PORTAL)
    assert mysql.refuses("portal_iam", "SELECT * FROM ehr.patients") == NO_TABLE_RIGHT


def test_a_removed_application_loses_everything_but_its_tables(mysql: Database) -> None:
    mysql.bootstrap(EHR, PORTAL)
    mysql.run("ehr_1", "CREATE TABLE patients (id int)")
    mysql.bootstrap(PORTAL)
    for login in EHR.logins:
        assert mysql.refuses(login, "SELECT 1") == LOCKED
        [[grants]] = mysql.admin(f"SHOW GRANTS FOR '{login}'@'%'")
        assert str(grants).startswith("GRANT USAGE ON *.*")
    assert mysql.admin("SELECT count(*) FROM ehr.patients") == [["0"]]
    mysql.bootstrap(EHR, PORTAL)
    assert mysql.run("ehr_2", "SELECT * FROM patients") == []
    mysql.bootstrap()
    assert mysql.refuses("portal_iam", "SELECT 1") == LOCKED


def test_an_application_keeps_its_old_sign_in_until_its_tasks_have_left(mysql: Database) -> None:
    by_password = ApplicationIdentity(name="portal", sign_in="password")
    mysql.bootstrap(PORTAL)
    with mysql.session("portal_iam") as running:
        running.query("CREATE TABLE notes (id int)")
        mysql.bootstrap(by_password)
        assert running.query("SELECT * FROM notes") == mysql.run("portal_iam", "SELECT * FROM notes") == []
    connected = "SELECT count(*) FROM performance_schema.processlist WHERE user = 'portal_iam'"
    for _ in range(100):
        if mysql.admin(connected) == [["0"]]:
            break
        time.sleep(0.05)
    mysql.bootstrap(by_password)
    assert mysql.refuses("portal_iam", "SELECT 1") == LOCKED
    assert mysql.run("portal_2", "SELECT * FROM notes") == []


def test_a_user_without_a_password_cannot_sign_in_before_the_first_rotation(mysql: Database) -> None:
    for script in scripts("mysql", "app", [EHR]):
        mysql.admin(script)
    with pytest.raises(DatabaseError):
        mysql.server.query(mysql.server.login("ehr_1", "", "ehr"), "SELECT 1")


def test_the_bootstrap_changes_nothing_when_it_runs_again(mysql: Database) -> None:
    applications = (EHR, ApplicationIdentity(name="my-portal", shares={"ehr": "read"}, connection_limit=3))
    grants = "SELECT user, db, select_priv, insert_priv, grant_priv FROM mysql.db ORDER BY 1, 2"
    users = "SELECT user, ssl_type, max_user_connections, account_locked, user_attributes FROM mysql.user ORDER BY 1"
    mysql.bootstrap(*applications)
    before = mysql.admin(grants), mysql.admin(users)
    mysql.bootstrap(*reversed(applications))
    assert (mysql.admin(grants), mysql.admin(users)) == before


def test_the_number_of_connections_is_limited_and_tls_is_required(mysql: Database) -> None:
    mysql.bootstrap(ApplicationIdentity(name="ehr", sign_in="password", connection_limit=2))
    with mysql.session("ehr_1"), mysql.session("ehr_1"):
        assert mysql.refuses("ehr_1", "SELECT 1") == TOO_MANY
        assert mysql.run("ehr_2", "SELECT 1") == [["1"]]
    mysql.bootstrap(EHR)
    with mysql.session("ehr_1"), mysql.session("ehr_1"):
        assert mysql.run("ehr_1", "SELECT 1") == [["1"]]
    assert mysql.admin("SELECT ssl_type FROM mysql.user WHERE user = 'ehr_1'") == [["ANY"]]
