"""The command of the runbook that copies a database from Heroku, on real PostgreSQL servers."""

# ruff: noqa: S608
from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from components.data import ApplicationIdentity
from tests import servers
from tests.components.data.database.conftest import PASSWORD, Database
from tests.repository import ROOT
from tests.servers import ADMIN_PASSWORD

RUNBOOK = ROOT / "docs" / "runbooks" / "moving-databases-from-heroku.md"
OLD = "heroku"
"""Database that stands for the one at Heroku."""
ROWS = ["public.patients", "COPY public.patients FROM stdin;", "\\.", "CREATE SCHEMA public;", "a\tb\nc", "ä"]
"""Texts that look like statements and like the end of rows."""


def copy_command() -> str:
    """Return the value that the runbook gives to the variable COPY, as bash reads it."""
    [block] = re.findall(r"^export COPY=.*?'$(?=\nRUN=)", RUNBOOK.read_text(), flags=re.MULTILINE | re.DOTALL)
    shown = subprocess.run(
        ["bash", "-c", f'{block}\nprintf %s "$COPY"'], capture_output=True, text=True, check=True
    )
    return shown.stdout


@pytest.fixture
def old(postgresql: Database) -> Iterator[Database]:
    """Add a database with two tables in the schema `public`, and an extension in another schema as at Heroku."""
    server = postgresql.server
    server.query(server.superuser, f"CREATE DATABASE {OLD}")
    login = server.login(server.superuser.user, ADMIN_PASSWORD, OLD)
    server.query(
        login,
        "CREATE TABLE public.patients (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE)",
        "CREATE TABLE public.visits (id bigserial PRIMARY KEY, patient bigint NOT NULL REFERENCES public.patients, "
        "parent bigint REFERENCES public.visits)",
        "CREATE VIEW public.names AS SELECT name FROM public.patients",
        *(
            f"INSERT INTO public.patients (name) VALUES (convert_from('\\x{row.encode().hex()}', 'UTF8'))"
            for row in ROWS
        ),
        "INSERT INTO public.visits (patient, parent) SELECT id, NULL FROM public.patients",
        "UPDATE public.visits SET parent = 6 WHERE id = 1",
    )
    yield postgresql
    server.query(server.superuser, f"DROP DATABASE {OLD} WITH (FORCE)")


@pytest.mark.parametrize("name", ["ehr", "ehr-app"])
def test_the_copy_is_complete_and_belongs_to_the_application(old: Database, name: str) -> None:
    programs = servers.postgresql_folder(old.version)
    if not (programs / "pg_dump").is_file():
        pytest.skip(f"PostgreSQL {old.version} is installed without pg_dump")
    old.bootstrap(ApplicationIdentity(name=name, sign_in="password"))
    host = f"127.0.0.1:{old.server.port}"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", copy_command()],
        env={
            "PATH": f"{programs}:{os.environ['PATH']}",
            "NAME": name,
            "SOURCE": f"postgresql://rdsadmin:{ADMIN_PASSWORD}@{host}/{OLD}?sslmode=require",
            "DATABASE_URL": f"postgresql://{name}_1:{PASSWORD}@{host}/{servers.DATABASE}?sslmode=require",
        },
        capture_output=True,
        text=True,
    )
    assert (result.returncode, [line for line in result.stderr.splitlines() if "ERROR" in line]) == (0, [])
    user = f"{name}_2"
    assert old.run(user, "SELECT name FROM patients ORDER BY id") == [[row] for row in ROWS]
    assert old.run(user, "SELECT count(*), max(parent) FROM visits") == [[str(len(ROWS)), "6"]]
    assert old.run(user, "INSERT INTO patients (name) VALUES ('new')", "SELECT max(id) FROM patients") == [
        [str(len(ROWS) + 1)]
    ]
    assert old.refuses(user, "INSERT INTO visits (patient) VALUES (99)") == "23503"
    owners = f"SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = '\"{name}\"'::regnamespace"
    assert [row[0].strip('"') for row in old.admin(owners) if row[0]] == [name]
