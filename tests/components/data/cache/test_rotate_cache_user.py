"""Password rotation of a cache user, with fakes of the Secrets Manager and ElastiCache clients."""

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
    """Fake of `ResourceNotFoundException`: no version has the requested stage."""


class ExistsError(Exception):
    """Fake of `ResourceExistsException`: the version already has another value."""


class CrashError(Exception):
    """Simulates a crash of the function in the middle of a step."""


class FakeAws:
    """Fake client of Secrets Manager and ElastiCache.

    With `crash_after`, a later call raises `CrashError`. Every call checks that the user accepts the current password.
    """

    def __init__(self, settling: int = 0) -> None:
        self.values = {"v0": json.dumps({"username": "api", "user_id": "cache-api", "password": "first"})}
        self.stages = {"v0": ["AWSCURRENT"]}
        self.passwords = ["first"]
        self.enabled = True
        self.settling, self.pending_polls = settling, 0
        self.calls: list[str] = []
        self.crash_after: int | None = None
        self.password_numbers = itertools.count(1)
        self.exceptions = self
        self.ResourceNotFoundException, self.ResourceExistsException = NotFoundError, ExistsError

    def _record(self, name: str) -> None:
        self.calls.append(name)
        assert self.current in self.passwords, (
            f"after {self.calls}: the user does not accept the current password"
        )

    def _maybe_crash(self) -> None:
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
        """Attach the label `AWSPENDING` to a version, as Secrets Manager does before it calls the first step."""
        for stages in self.stages.values():
            if "AWSPENDING" in stages:
                stages.remove("AWSPENDING")
        self.stages.setdefault(token, []).append("AWSPENDING")

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        assert SecretId == SECRET
        self._record("describe_secret")
        self._maybe_crash()
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
        self._record("get_secret_value")
        self._maybe_crash()
        for version, stages in self.stages.items():
            if VersionStage in stages and VersionId in (None, version) and version in self.values:
                return {"SecretString": self.values[version]}
        raise NotFoundError

    def get_random_password(self, *, PasswordLength: int, ExcludePunctuation: bool) -> dict[str, str]:  # noqa: N803
        assert 16 <= PasswordLength <= 128
        assert ExcludePunctuation
        self._record("get_random_password")
        return {"RandomPassword": f"drawn-{next(self.password_numbers)}"}

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
        self._record("put_secret_value")
        self._maybe_crash()

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
        self._record("update_secret_version_stage")
        self._maybe_crash()

    def modify_user(self, *, UserId: str, AuthenticationMode: dict[str, Any]) -> None:  # noqa: N803
        assert (UserId, AuthenticationMode["Type"]) == ("cache-api", "password")
        assert self.pending_polls == 0, "a user that is being modified cannot be modified"
        assert 1 <= len(AuthenticationMode["Passwords"]) <= 2
        self.passwords = AuthenticationMode["Passwords"]
        self.pending_polls = self.settling
        self._record("modify_user")
        self._maybe_crash()

    def describe_users(self, *, UserId: str) -> dict[str, Any]:  # noqa: N803
        assert UserId == "cache-api"
        self._record("describe_users")
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
        self._record("describe_user_groups")
        return {"UserGroups": [{"Status": "modifying" if self.pending_polls else "active"}]}

    def sleep(self, _seconds: float) -> None:
        self.pending_polls = max(0, self.pending_polls - 1)


def run_step(fake: FakeAws, step: str, version: str = "v1") -> None:
    rotate({"SecretId": SECRET, "ClientRequestToken": version, "Step": step}, fake, fake, fake.sleep)


def rotate_once(fake: FakeAws, version: str = "v1") -> None:
    fake.begin(version)
    for step in STEPS:
        run_step(fake, step, version)


def test_a_rotation_sets_a_new_current_password_that_the_user_accepts() -> None:
    fake = FakeAws()
    rotate_once(fake)
    assert fake.current == "drawn-1"
    assert fake.passwords == ["first", "drawn-1"]


def test_the_previous_password_works_until_the_next_rotation() -> None:
    fake = FakeAws()
    rotate_once(fake, "v1")
    rotate_once(fake, "v2")
    assert fake.passwords == ["drawn-1", "drawn-2"]
    assert fake.current == "drawn-2"


def test_the_new_value_keeps_the_other_fields_of_the_secret() -> None:
    fake = FakeAws()
    rotate_once(fake)
    assert json.loads(fake.values["v1"]) == {
        "username": "api",
        "user_id": "cache-api",
        "password": "drawn-1",
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_repeated_step_changes_nothing(step: str) -> None:
    fake = FakeAws()
    fake.begin("v1")
    for other in STEPS[: STEPS.index(step) + 1]:
        run_step(fake, other)
    before = (dict(fake.values), [*fake.passwords], {key: [*value] for key, value in fake.stages.items()})
    run_step(fake, step)
    assert (fake.values, fake.passwords, fake.stages) == before


@settings(max_examples=150)
@given(crashes=st.lists(st.integers(0, 12), max_size=6), settling=st.integers(0, 6))
def test_after_any_crash_the_current_password_works_and_a_repetition_completes(
    crashes: list[int], settling: int
) -> None:
    fake = FakeAws(settling)
    fake.begin("v1")
    for crash in [*crashes, None]:
        fake.crash_after = crash
        try:
            for step in STEPS:
                run_step(fake, step)
        except CrashError:
            continue
        break
    fake.crash_after = None
    for step in STEPS:
        run_step(fake, step)
    assert fake.current == "drawn-1"
    assert fake.current in fake.passwords
    assert fake.calls.count("put_secret_value") == 1


def test_a_rotation_leaves_a_current_password_that_the_user_accepts() -> None:
    fake = FakeAws()
    fake.passwords = ["first", "other"]
    rotate_once(fake)
    assert fake.current in fake.passwords


def test_a_rotation_waits_for_a_user_and_group_in_modification() -> None:
    fake = FakeAws(settling=4)
    fake.pending_polls = 3
    rotate_once(fake)
    assert fake.pending_polls == 0
    assert fake.current == "drawn-1"


def test_a_rotation_fails_if_the_user_does_not_become_active() -> None:
    fake = FakeAws(settling=rotation.POLLS + 9)
    fake.begin("v1")
    run_step(fake, "createSecret")
    with pytest.raises(RotationError, match="cache-api is not active"):
        run_step(fake, "setSecret")


def test_a_password_does_not_become_current_before_the_user_has_it() -> None:
    fake = FakeAws()
    fake.begin("v1")
    run_step(fake, "createSecret")
    for step in ("testSecret", "finishSecret"):
        with pytest.raises(RotationError, match="two passwords"):
            run_step(fake, step)
    assert fake.current == "first"


def test_the_slower_of_two_attempts_uses_the_password_of_the_faster_one() -> None:
    fake = FakeAws()
    fake.begin("v1")
    original: Callable[..., dict[str, str]] = fake.get_random_password

    def store_other_password(**arguments: Any) -> dict[str, str]:
        fake.values["v1"] = json.dumps({"username": "api", "user_id": "cache-api", "password": "faster"})
        return original(**arguments)

    fake.get_random_password = store_other_password  # type: ignore[method-assign]
    for step in STEPS:
        run_step(fake, step)
    assert fake.current == "faster"


@pytest.mark.parametrize("prepare", ["unknown", "disabled", "not pending"])
def test_a_version_that_cannot_be_rotated_is_rejected(prepare: str) -> None:
    fake = FakeAws()
    if prepare != "unknown":
        fake.stages["v1"] = ["AWSPENDING"] if prepare == "disabled" else ["AWSPREVIOUS"]
    fake.enabled = prepare != "disabled"
    for step in STEPS:
        with pytest.raises(RotationError):
            run_step(fake, step)
    assert fake.passwords == ["first"]


def test_an_unknown_step_is_rejected() -> None:
    fake = FakeAws()
    fake.begin("v1")
    with pytest.raises(RotationError, match="'deleteSecret'"):
        run_step(fake, "deleteSecret")


def test_no_password_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        rotate_once(FakeAws())
    assert "createSecret" in caplog.text
    assert "first" not in caplog.text
    assert "drawn" not in caplog.text
