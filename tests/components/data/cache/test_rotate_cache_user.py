"""The rotation of a cache user's password, against clients that behave as AWS's do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.cache import rotate_cache_user as rotation
from components.data.cache.rotate_cache_user import RotationError, rotate

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:cache-api-AbCdEf"  # noqa: S105
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class NotFoundError(Exception):
    """The error of Secrets Manager for a version without that stage."""


class ExistsError(Exception):
    """The error of Secrets Manager for a version that has another value."""


class CrashError(Exception):
    """The function died in the middle of a step."""


class World:
    """Secrets Manager and ElastiCache; every call may be the last one of an attempt."""

    def __init__(self, settling: int = 0) -> None:
        self.values = {"v0": json.dumps({"username": "api", "user_id": "cache-api", "password": "first"})}
        self.stages = {"v0": ["AWSCURRENT"]}
        self.passwords = ["first"]
        self.enabled = True
        self.settling, self.pending_polls = settling, 0
        self.calls: list[str] = []
        self.crash_after: int | None = None
        self.drawn = itertools.count(1)
        self.exceptions = self
        self.ResourceNotFoundException, self.ResourceExistsException = NotFoundError, ExistsError

    def _called(self, name: str) -> None:
        self.calls.append(name)
        assert self.current in self.passwords, f"after {self.calls}: nobody who reads the secret can sign in"

    def _crash(self) -> None:
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after < 0:
                self.crash_after = None
                raise CrashError

    @property
    def current(self) -> str:
        [version] = [version for version, stages in self.stages.items() if "AWSCURRENT" in stages]
        return str(json.loads(self.values[version])["password"])

    def begin(self, token: str) -> None:
        """Secrets Manager makes the version's label before it calls the first step."""
        for stages in self.stages.values():
            if "AWSPENDING" in stages:
                stages.remove("AWSPENDING")
        self.stages.setdefault(token, []).append("AWSPENDING")

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        assert SecretId == SECRET
        self._called("describe_secret")
        self._crash()
        return {
            "RotationEnabled": self.enabled,
            "VersionIdsToStages": {version: [*stages] for version, stages in self.stages.items()},
        }

    def get_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        VersionId: str | None = None,  # noqa: N803
    ) -> dict[str, str]:
        assert SecretId == SECRET
        self._called("get_secret_value")
        self._crash()
        for version, stages in self.stages.items():
            if VersionStage in stages and VersionId in (None, version) and version in self.values:
                return {"SecretString": self.values[version]}
        raise NotFoundError

    def get_random_password(self, *, PasswordLength: int, ExcludePunctuation: bool) -> dict[str, str]:  # noqa: N803
        assert 16 <= PasswordLength <= 128
        assert ExcludePunctuation
        self._called("get_random_password")
        return {"RandomPassword": f"drawn-{next(self.drawn)}"}

    def put_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        ClientRequestToken: str,  # noqa: N803
        SecretString: str,  # noqa: N803
        VersionStages: list[str],  # noqa: N803
    ) -> None:
        assert (SecretId, VersionStages) == (SECRET, ["AWSPENDING"])
        if self.values.setdefault(ClientRequestToken, SecretString) != SecretString:
            raise ExistsError
        self._called("put_secret_value")
        self._crash()

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        MoveToVersionId: str,  # noqa: N803
        RemoveFromVersionId: str,  # noqa: N803
    ) -> None:
        assert SecretId == SECRET
        self.stages[RemoveFromVersionId].remove(VersionStage)
        self.stages[MoveToVersionId].append(VersionStage)
        self._called("update_secret_version_stage")
        self._crash()

    def modify_user(self, *, UserId: str, AuthenticationMode: dict[str, Any]) -> None:  # noqa: N803
        assert (UserId, AuthenticationMode["Type"]) == ("cache-api", "password")
        assert self.pending_polls == 0, "a user that is being modified cannot be modified"
        assert 1 <= len(AuthenticationMode["Passwords"]) <= 2
        self.passwords = AuthenticationMode["Passwords"]
        self.pending_polls = self.settling
        self._called("modify_user")
        self._crash()

    def describe_users(self, *, UserId: str) -> dict[str, Any]:  # noqa: N803
        assert UserId == "cache-api"
        self._called("describe_users")
        status = "modifying" if self.pending_polls > 1 else "active"
        return {
            "Users": [
                {
                    "Status": status,
                    "UserGroupIds": ["cache"],
                    "Authentication": {"Type": "password", "PasswordCount": len(self.passwords)},
                }
            ]
        }

    def describe_user_groups(self, *, UserGroupId: str) -> dict[str, Any]:  # noqa: N803
        assert UserGroupId == "cache"
        self._called("describe_user_groups")
        return {"UserGroups": [{"Status": "modifying" if self.pending_polls else "active"}]}

    def sleep(self, _seconds: float) -> None:
        self.pending_polls = max(0, self.pending_polls - 1)


def call(world: World, step: str, version: str = "v1") -> None:
    rotate({"SecretId": SECRET, "ClientRequestToken": version, "Step": step}, world, world, world.sleep)


def whole(world: World, version: str = "v1") -> None:
    world.begin(version)
    for step in STEPS:
        call(world, step, version)


def test_a_rotation_makes_a_new_password_current_that_the_user_accepts() -> None:
    world = World()
    whole(world)
    assert world.current == "drawn-1"
    assert world.passwords == ["first", "drawn-1"]


def test_the_password_before_stays_good_until_the_next_rotation() -> None:
    world = World()
    whole(world, "v1")
    whole(world, "v2")
    assert world.passwords == ["drawn-1", "drawn-2"]
    assert world.current == "drawn-2"


def test_the_new_value_keeps_what_else_the_secret_holds() -> None:
    world = World()
    whole(world)
    assert json.loads(world.values["v1"]) == {
        "username": "api",
        "user_id": "cache-api",
        "password": "drawn-1",
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_repeated_changes_nothing_more(step: str) -> None:
    world = World()
    world.begin("v1")
    for other in STEPS[: STEPS.index(step) + 1]:
        call(world, other)
    before = (dict(world.values), [*world.passwords], {key: [*value] for key, value in world.stages.items()})
    call(world, step)
    assert (world.values, world.passwords, world.stages) == before


@settings(max_examples=150, deadline=None)
@given(crashes=st.lists(st.integers(0, 12), max_size=6), settling=st.integers(0, 6))
def test_wherever_it_crashes_the_current_password_is_accepted_and_a_repetition_ends_it(
    crashes: list[int], settling: int
) -> None:
    world = World(settling)
    world.begin("v1")
    for crash in [*crashes, None]:
        world.crash_after = crash
        try:
            for step in STEPS:
                call(world, step)
        except CrashError:
            continue
        break
    world.crash_after = None
    for step in STEPS:
        call(world, step)
    assert world.current == "drawn-1"
    assert world.current in world.passwords
    assert world.calls.count("put_secret_value") == 1


def test_a_secret_whose_password_is_not_accepted_is_healed_by_a_rotation() -> None:
    world = World()
    world.passwords = ["first", "other"]
    whole(world)
    assert world.current in world.passwords


def test_it_waits_for_a_user_and_group_that_are_being_changed() -> None:
    world = World(settling=4)
    world.pending_polls = 3
    whole(world)
    assert world.pending_polls == 0
    assert world.current == "drawn-1"


def test_it_gives_up_on_a_user_that_does_not_settle() -> None:
    world = World(settling=rotation.POLLS + 9)
    world.begin("v1")
    call(world, "createSecret")
    with pytest.raises(RotationError, match="cache-api is not active"):
        call(world, "setSecret")


def test_a_password_is_not_made_current_while_the_user_has_not_got_it() -> None:
    world = World()
    world.begin("v1")
    call(world, "createSecret")
    for step in ("testSecret", "finishSecret"):
        with pytest.raises(RotationError, match="two passwords"):
            call(world, step)
    assert world.current == "first"


def test_an_attempt_that_was_slower_goes_on_with_the_password_of_the_other() -> None:
    world = World()
    world.begin("v1")
    original: Callable[..., dict[str, str]] = world.get_random_password

    def meanwhile(**arguments: Any) -> dict[str, str]:
        world.values["v1"] = json.dumps({"username": "api", "user_id": "cache-api", "password": "faster"})
        return original(**arguments)

    world.get_random_password = meanwhile  # type: ignore[method-assign]
    for step in STEPS:
        call(world, step)
    assert world.current == "faster"


@pytest.mark.parametrize("prepare", ["unknown", "disabled", "not pending"])
def test_a_version_that_is_not_up_for_rotation_is_refused(prepare: str) -> None:
    world = World()
    if prepare != "unknown":
        world.stages["v1"] = ["AWSPENDING"] if prepare == "disabled" else ["AWSPREVIOUS"]
    world.enabled = prepare != "disabled"
    for step in STEPS:
        with pytest.raises(RotationError):
            call(world, step)
    assert world.passwords == ["first"]


def test_an_unknown_step_is_refused() -> None:
    world = World()
    world.begin("v1")
    with pytest.raises(RotationError, match="'deleteSecret'"):
        call(world, "deleteSecret")


def test_no_password_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        whole(World())
    assert "createSecret" in caplog.text
    assert "first" not in caplog.text
    assert "drawn" not in caplog.text
