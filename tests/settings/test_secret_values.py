"""Values that look like secrets are refused, and no message contains them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import SettingsError, parse
from tests.settings.documents import FILE, Document, full_document, leaves, paths, problem, put, read

# Built from parts, so that no scanner takes this file for a leak.
BODY = "x" * 40
SECRETS = {
    "a URL with a password": f"postgres://app:{BODY}@db.internal/app",
    "an AWS access key id": "AKIA" + "X" * 16,
    "a private key": f"-----BEGIN RSA PRIVATE{' '}KEY-----\n{BODY}",
    "a live key of Stripe": "sk_" + "live_" + BODY,
    "a token of Slack": "xox" + "b-" + BODY,
    "a webhook of Slack": "https://hooks.slack" + ".com/services/" + BODY,
    "a token of GitHub": "gh" + "p_" + BODY,
    "a JSON Web Token": f"eyJ{BODY}.eyJ{BODY}.{BODY}",
}
MORE = ["ASIA" + "X" * 16, "rk_" + "live_" + BODY, "github" + "_pat_" + BODY, f"redis://:{BODY}@cache:6379/0"]
API = "hipaa:apps.api"
PLACES = [
    (f"{API}.environment", {"PLACE": None}, f"{API}.environment.PLACE"),
    (f"{API}.processes.web.command", ["run", None], f"{API}.processes.web.command[1]"),
    (f"{API}.release", {"command": [None]}, f"{API}.release.command[0]"),
    (f"{API}.schedules", {"nightly": {"cron": "rate(1 day)", "command": [None]}}, f"{API}.schedules.nightly.command[0]"),
    ("aws:defaultTags.tags.owner", None, "aws:defaultTags.tags.owner"),
    ("hipaa:environment", None, "hipaa:environment"),
]  # fmt: skip


def filled(value: object, secret: str) -> object:
    if isinstance(value, dict):
        return {key: filled(item, secret) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, secret) for item in value]
    return secret if value is None else value


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize(("path", "value", "refused"), PLACES)
def test_a_secret_is_refused_wherever_it_is(kind: str, path: str, value: object, refused: str) -> None:
    told = problem(put(full_document(), path, filled(value, SECRETS[kind])))
    assert (told.path, told.value) == (refused, "(hidden)")
    assert told.allowed == f"a value without a secret; this one looks like {kind}"
    assert "hipaa:apps.<app>.secrets" in told.hint


@pytest.mark.parametrize("secret", MORE)
def test_other_forms_are_refused_too(secret: str) -> None:
    assert paths(put(full_document(), f"{API}.environment", {"X": secret})) == [f"{API}.environment.X"]


@pytest.mark.parametrize(
    "value",
    ["postgres://db.internal:5432/app", "postgres://app@db/app", "postgres://app:$PASSWORD@db/app",
     "https://user:${TOKEN}@host/", "sk_test_placeholder", "arn:aws:iam::123456789012:role/AKIA", "12:30@home"],
)  # fmt: skip
def test_a_value_that_only_resembles_a_secret_is_accepted(value: str) -> None:
    assert read(put(full_document(), f"{API}.environment", {"X": value}))


places = st.sampled_from([*leaves(full_document()), f"{API}.environmnt", "hipaa:nonsense", "hippa:audit"])
nested = st.sampled_from(list(SECRETS.values())).flatmap(
    lambda secret: st.sampled_from([secret, [secret], {"key": secret}, {"key": [secret, 1]}, f" {secret} "])
)


@given(places, nested)
def test_no_message_contains_a_secret(path: str, value: object) -> None:
    document: Document = full_document()
    document = (
        document | {path: value} if path.endswith(("nonsense", "hippa:audit")) else put(document, path, value)
    )
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    assert not any(part in str(caught.value) for part in (BODY, "X" * 16))


@pytest.mark.parametrize(
    "path", ["hipaa:environment", "hipaa:network", f"{API}.environment.X", "hipaa:audit.alert_emails[0]"]
)
def test_a_value_that_pulumi_encrypts_is_refused(path: str) -> None:
    told = problem(put(full_document(), path, {"secure": "v1:AAAA"}))
    assert (told.path, told.value) == (path, "(hidden)")
    assert told.allowed == "a value that Pulumi does not encrypt"
    assert "without `--secret`" in told.hint
