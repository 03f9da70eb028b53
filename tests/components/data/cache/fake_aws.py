"""Fakes of the clients of Secrets Manager and ElastiCache, and a rotation with them."""

from __future__ import annotations

import itertools
import json
from typing import Any

from components.data.cache import rotate_cache_user as rotation
from components.data.cache.rotate_cache_user import rotate

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:cache-api-AbCdEf"  # noqa: S105
FIRST = {
    "username": "api", "user_id": "cache-api", "password": "first", "host": "cache.example", "port": "6379"
}  # fmt: skip
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

    def __init__(self, settling: int = 0, **first: str) -> None:
        value = {**FIRST, **first}
        self.values = {"v0": json.dumps({**value, "url": rotation.url(value)})}
        self.stages = {"v0": ["AWSCURRENT"]}
        self.passwords = [value["password"]]
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
