"""Password rotation of a cache user, with fakes of the Secrets Manager and ElastiCache clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.cache import rotate_cache_user as rotation
from components.data.cache.rotate_cache_user import RotationError
from tests.components.data.cache.fake_aws import (
    FIRST,
    STEPS,
    CrashError,
    FakeAws,
    rotate_once,
    run_step,
)


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


def test_the_new_value_has_a_new_url_and_keeps_the_other_fields_of_the_secret() -> None:
    fake = FakeAws()
    rotate_once(fake)
    assert json.loads(fake.values["v1"]) == {
        **FIRST,
        "password": "drawn-1",
        "url": "rediss://api:drawn-1@cache.example:6379/0",
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
        fake.values["v1"] = json.dumps({**FIRST, "password": "faster"})
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
