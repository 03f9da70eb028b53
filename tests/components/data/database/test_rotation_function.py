"""Rotation of the users of an application: on real servers, under load, with a fake of Secrets Manager."""

# ruff: noqa: N803  # the arguments have the names of the API

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
from typing import Any

import pytest

from components.data import ApplicationIdentity
from components.data.database.rotation import scram
from components.data.database.rotation.connection import DatabaseError, Login, Session
from components.data.database.rotation.function import RotationError, connect, other_login, rotate
from components.data.database.sql import scripts
from tests.components.data.database.conftest import Database, runnable
from tests.servers import ADMIN_PASSWORD, DATABASE

EHR = ApplicationIdentity(name="ehr", sign_in="password", connection_limit=20)
SECRET, MASTER = "arn:secret:ehr", "arn:secret:rds!1"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class NotFoundError(Exception):
    """Fake of `ResourceNotFoundException`."""


class FakeSecrets:
    """A fake of Secrets Manager with one rotating secret and that of the administrator."""

    def __init__(self, **values: str) -> None:
        self.values = {"seed": json.dumps({"masterarn": MASTER, "username": "ehr_2", **values})}
        self.stages: dict[str, list[str]] = {"seed": ["AWSCURRENT", "SEED"]}
        self.exceptions = self
        self.ResourceNotFoundException = NotFoundError
        self.ResourceExistsException = FileExistsError
        self.numbers = itertools.count(1)
        self.enabled = True

    def describe_secret(self, **_: str) -> dict[str, Any]:
        return {
            "RotationEnabled": self.enabled,
            "VersionIdsToStages": {key: [*value] for key, value in self.stages.items()},
        }

    def get_secret_value(
        self, *, SecretId: str, VersionId: str = "", VersionStage: str = "AWSCURRENT"
    ) -> dict[str, str]:
        if SecretId == MASTER:
            return {"SecretString": json.dumps({"username": "dbadmin", "password": ADMIN_PASSWORD})}
        [version] = [key for key, stages in self.stages.items() if VersionStage in stages]
        if version not in self.values or VersionId not in ("", version):
            raise NotFoundError
        return {"SecretString": self.values[version]}

    def get_random_password(self, **_: object) -> dict[str, str]:
        return {"RandomPassword": f"NextPassword{next(self.numbers)}"}

    def put_secret_value(self, *, ClientRequestToken: str, SecretString: str, **_: object) -> None:
        self.values[ClientRequestToken] = SecretString

    def update_secret_version_stage(
        self, *, MoveToVersionId: str, RemoveFromVersionId: str, **_: str
    ) -> None:
        self.stages[MoveToVersionId] = ["AWSCURRENT"]
        self.stages[RemoveFromVersionId] = ["AWSPREVIOUS"]

    def step(self, token: str, step: str, **options: Any) -> None:
        self.stages.setdefault(token, ["AWSPENDING"])
        rotate({"SecretId": SECRET, "ClientRequestToken": token, "Step": step}, self, **options)

    def rotate(self, token: str) -> None:
        for step in STEPS:
            self.step(token, step)

    @property
    def current(self) -> dict[str, str]:
        return json.loads(self.get_secret_value(SecretId=SECRET)["SecretString"])

    def login(self) -> Login:
        """Return the current credentials, as a task reads them when it starts."""
        values = self.current
        return Login(
            host=values["host"], port=int(values["port"]), database=values["dbname"], user=values["username"],
            password=values["password"],
        )  # fmt: skip


def bootstrapped(database: Database) -> FakeSecrets:
    """Run the bootstrap for one application, and return its secret before the first rotation."""
    engine = database.server.engine
    for script in scripts(engine, DATABASE, [EHR]):
        database.admin(runnable(script))
    name = "ehr" if engine == "mysql" else DATABASE
    return FakeSecrets(engine=engine, host="127.0.0.1", port=str(database.server.port), dbname=name)


def check_rotation_under_load(database: Database) -> None:
    secrets = bootstrapped(database)
    secrets.rotate("v1")
    finished, failures, sign_ins = threading.Event(), list[str](), itertools.count()
    deployed = [secrets.login()]  # the value that tasks got when they started

    def task(own: bool) -> None:
        with database.server.session(deployed[0]) as kept:  # a connection of a pool, over all rotations
            while not finished.is_set():
                try:
                    login = deployed[0] if own else secrets.login()
                    with database.server.session(login) as session:
                        session.query("INSERT INTO visits VALUES (1)")
                    kept.query("SELECT count(*) FROM visits")
                    next(sign_ins)
                except (DatabaseError, OSError) as error:
                    failures.append(f"{login.user}: {error}")

    with database.server.session(secrets.login()) as session:
        session.query("CREATE TABLE visits (id int)")
    threads = [threading.Thread(target=task, args=(own,)) for own in (True, True, False, False)]
    for thread in threads:
        thread.start()
    users = [secrets.current["username"]]
    for number in range(2, 8):
        time.sleep(0.15)
        secrets.rotate(f"v{number}")
        users.append(secrets.current["username"])
        time.sleep(0.15)
        # Within the period after a rotation the tasks restart; until then they use the previous value.
        deployed[0] = secrets.login()
    finished.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert next(sign_ins) > 50
    assert users == ["ehr_1", "ehr_2"] * 3 + ["ehr_1"]


class Rotation:
    """What holds for every engine."""

    def test_rotation_under_load_refuses_no_sign_in(self, database: Database) -> None:
        check_rotation_under_load(database)

    def test_the_previous_value_stays_valid_until_the_next_rotation(self, database: Database) -> None:
        secrets = bootstrapped(database)
        secrets.rotate("v1")
        first = secrets.login()
        secrets.rotate("v2")
        second = secrets.login()
        for login in (first, second):
            assert database.server.query(login, "SELECT 1") == [["1"]]
        secrets.rotate("v3")
        assert database.server.query(second, "SELECT 1") == [["1"]]
        with pytest.raises(DatabaseError):
            database.server.query(first, "SELECT 1")

    def test_every_step_can_be_repeated(self, database: Database) -> None:
        secrets = bootstrapped(database)
        secrets.rotate("v1")
        before = secrets.login()
        for step in STEPS[:3]:
            secrets.step("v2", step)
            secrets.step("v2", step)
            assert secrets.login() == before
        secrets.rotate("v2")
        secrets.step("v2", "finishSecret")
        assert database.server.query(secrets.login(), "SELECT 1") == [["1"]]

    def test_the_secret_has_a_url_and_the_first_value_has_no_password(self, database: Database) -> None:
        secrets = bootstrapped(database)
        assert "password" not in secrets.current
        secrets.rotate("v1")
        scheme = "mysql" if database.server.engine == "mysql" else "postgresql"
        name = secrets.current["dbname"]
        assert (
            secrets.current["url"]
            == f"{scheme}://ehr_1:NextPassword1@127.0.0.1:{database.server.port}/{name}"
        )

    def test_the_rotation_fails_before_the_bootstrap_has_created_the_users(self, database: Database) -> None:
        secrets = bootstrapped(database)
        secrets.values["seed"] = secrets.values["seed"].replace("ehr_2", "lab_2")
        secrets.step("v1", "createSecret")
        with pytest.raises(RotationError, match="run the bootstrap task first"):
            secrets.step("v1", "setSecret")
        assert secrets.current["username"] == "lab_2"


class TestPostgreSQL(Rotation):
    @pytest.fixture
    def database(self, postgresql: Database) -> Database:
        return postgresql


class TestMySQL(Rotation):
    @pytest.fixture
    def database(self, mysql: Database) -> Database:
        return mysql


def test_no_statement_of_postgresql_and_no_log_line_contains_the_password(
    postgresql: Database, caplog: pytest.LogCaptureFixture
) -> None:
    secrets, statements = bootstrapped(postgresql), list[str]()

    class Recorder:
        def __init__(self, session: Session) -> None:
            self.session = session
            self.close = session.close

        def query(self, statement: str) -> list[list[str | None]]:
            statements.append(statement)
            return self.session.query(statement)

    with caplog.at_level(logging.DEBUG):
        for step in STEPS:
            secrets.step("v1", step, sign_in=lambda engine, login: Recorder(connect(engine, login)))
    assert statements[0].startswith('ALTER ROLE "ehr_1" PASSWORD \'SCRAM-SHA-256$4096:')
    assert "NextPassword" not in "".join(statements) + caplog.text


def test_the_client_of_postgresql_binds_the_password_to_the_tls_connection() -> None:
    both = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]
    assert scram.Exchange("x", both, b"certificate").mechanism == "SCRAM-SHA-256-PLUS"
    # If somebody removes the bound mechanism from the list, `y` makes the server refuse.
    assert scram.Exchange("x", both[1:], b"certificate").first.startswith(b"y,,")
    with pytest.raises(ConnectionError, match="must offer SCRAM"):
        scram.Exchange("x", ["OTHER"], b"certificate")
    exchange = scram.Exchange("x", both, b"certificate")
    with pytest.raises(ConnectionError, match="wrong SCRAM nonce"):
        exchange.final(b"r=other,s=c2FsdA==,i=4096")
    with pytest.raises(ConnectionError, match="does not know the password"):
        exchange.verify(b"v=AAAA")


@pytest.mark.parametrize("login", ["ehr", "ehr_3", "_1", "ehr_iam", ""])
def test_only_a_user_of_a_pair_rotates(login: str) -> None:
    with pytest.raises(RotationError, match="must end with _1 or _2"):
        other_login(login)


def test_a_rotation_without_its_version_or_with_an_unknown_step_is_refused() -> None:
    secrets = FakeSecrets(engine="postgres")
    with pytest.raises(RotationError, match="Step must be"):
        secrets.step("v1", "other")
    secrets.stages["v1"] = []
    with pytest.raises(RotationError, match="does not have the stage"):
        secrets.step("v1", "createSecret")
    secrets.enabled = False
    with pytest.raises(RotationError, match="not enabled"):
        secrets.step("v1", "createSecret")
    secrets.enabled = True
    secrets.step("seed", "setSecret")


def test_a_pending_value_for_the_current_user_is_refused() -> None:
    secrets = FakeSecrets(engine="postgres", host="127.0.0.1", port="1", dbname="app")
    secrets.stages["v1"] = ["AWSPENDING"]
    secrets.values["v1"] = json.dumps({**secrets.current, "password": "x"})
    with pytest.raises(RotationError, match="must name the user that is not current"):
        secrets.step("v1", "setSecret")
