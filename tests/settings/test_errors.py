"""The text of a refusal."""

from __future__ import annotations

import copy

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Problem, SettingsError, parse
from tests.settings.documents import FILE, Document, full_document, leaves, minimal_document, problems, put


def refusal(document: Document, **options: list[str]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE, **options)
    return caught.value


def test_a_message_contains_file_path_value_allowed_values_and_hint() -> None:
    document = put(full_document(), "hipaa:network.zones", 9)
    document = put(document, "hipaa:audit.retention_dayz", 2192)
    assert str(refusal(document)) == "\n".join(
        [
            "Pulumi.prod.yaml: 2 settings to correct",
            "",
            "hipaa:network.zones",
            "  found    9",
            "  allowed  2 to 6 zones in us-east-1: a count, or a list of names",
            "  hint     the nearest is 6",
            "",
            "hipaa:audit.retention_dayz",
            "  found    2192",
            "  allowed  one of the keys owns, object_lock, retention_days, hot_days, detection, alert_emails",
            "  hint     did you mean retention_days?",
        ]
    )


HINTS: list[tuple[str, object, str]] = [
    ("aws:allowedAccountIds[0]", 123456789012, 'put it in quotes: "123456789012"'),
    (
        "aws:allowedAccountIds[0]",
        1234567890,
        "write all 12 digits in quotes; without them, YAML drops leading zeros",
    ),
    ("hipaa:account", 1234567890, "write all 12 digits in quotes; without them, YAML drops leading zeros"),
    ("hipaa:account", "1234-5678-9012", 'did you mean "123456789012"?'),
    ("hipaa:protect", "yes", "write true"),
    ("hipaa:audit.detection.guardduty", "true", "write it without quotes: true"),
    ("hipaa:audit.owns[0]", "acount", "did you mean account?"),
    ("hipaa:netwrk", {}, "did you mean hipaa:network?"),
    ("hipaa:network.cidr", "10.20.0.1/16", "did you mean 10.20.0.0/16?"),
    ("hipaa:network.cidr", "10.20.5.0/24", "did you mean 10.20.0.0/21?"),
    ("hipaa:network.cidr", "10.0.0.0/8", "did you mean 10.0.0.0/16?"),
    ("hipaa:network.nat", "single_gateway", "did you mean single-gateway?"),
    ("hipaa:network.zones", ["us-east-1a", "us-east-2b"], "did you mean us-east-1b for us-east-2b?"),
    ("hipaa:network.interface_endpoints[0]", "ecr-api", "did you mean ecr.api?"),
    ("hipaa:network.interface_endpoints", "logs", 'write it as a list: ["logs"]'),
    (
        "hipaa:network.nat_instance.ami",
        "resolve:ssm:/aws/service/x/x86_64",
        "leave it out to use the newest image for arm64",
    ),
    ("hipaa:audit.object_lock", "complience", "did you mean compliance?"),
    ("hipaa:audit.retention_days", 3000, "the next higher is 3288"),
    ("hipaa:audit.retention_days", 4000, "the highest is 3653"),
    ("hipaa:apps.api.processes.web.port", "8080", "write it without quotes: 8080"),
    ("hipaa:apps.api.uses[0]", "arora", "did you mean aurora?"),
    ("hipaa:edge.domain", "App.Example.org", "did you mean app.example.org?"),
    (
        "hipaa:data.aurora.engine_version",
        16.6,
        'put it in quotes as it is in the file, such as "16.6" or "16.60": they are the same number in YAML',
    ),
    ("hipaa:data.aurora.capacity_acu.min", 0.7, "the nearest is 0.5"),
    ("hipaa:data.aurora.backup_days", 90, "the nearest is 35"),
    ("hipaa:connectivity.partners.mercy.mode", "vnp", "did you mean vpn?"),
    ("hipaa:connectivity.vpn.admin_cidrs[0]", "198.51.100.7", "did you mean 198.51.100.7/32?"),
]


@pytest.mark.parametrize(("path", "value", "hint"), HINTS)
def test_a_hint_suggests_a_correction(path: str, value: object, hint: str) -> None:
    document = put(full_document(), path, value)
    [refused] = [problem for problem in problems(document) if problem.path == path]
    assert refused.hint == hint


ALLOWED: list[tuple[str, object, str]] = [
    ("hipaa:account", "1", "an AWS account id: 12 digits in quotes"),
    ("hipaa:protect", "maybe", "true or false"),
    ("hipaa:edge.allowed_cidrs", [], "a list with at least one entry"),
    (
        "hipaa:edge.waf",
        1,
        "a mapping with the keys rate_limit_per_5_min, unlimited_cidrs, partner_rate_limit_per_5_min, counted_rules",
    ),
    ("hipaa:apps", 1, "a mapping"),
    ("hipaa:connectivity.partners.mercy", 1, "a mapping with mode: vpn, transit, privatelink, endpoint"),
    (
        "hipaa:apps.worker.processes.jobs.route",
        {"paths": ["/w"]},
        "a route requires hipaa:apps.worker.processes.jobs.port",
    ),
]


@pytest.mark.parametrize(("path", "value", "allowed"), ALLOWED)
def test_a_refusal_says_what_is_allowed(path: str, value: object, allowed: str) -> None:
    [refused] = problems(put(full_document(), path, value))
    assert (refused.path, refused.allowed) == (path, allowed)


def test_a_long_value_is_shortened() -> None:
    (problem,) = refusal(put(full_document(), "hipaa:environment", "x" * 500)).problems
    assert len(problem.value) == 60
    assert problem.value.endswith("…")


@pytest.mark.parametrize(
    "document",
    [
        minimal_document() | {"hipaa:db_password": "hunter2"},
        minimal_document() | {"hipaa:database": {"user": "app", "password": "hunter2"}},
        minimal_document() | {"hipaa:database": [{"api_key": "hunter2"}]},
        put(full_document(), "hipaa:edge.waf", {"token": "hunter2"}),
    ],
)
def test_a_value_whose_key_looks_like_a_secret_is_hidden(document: Document) -> None:
    message = str(refusal(document))
    assert "(hidden)" in message
    assert "hunter2" not in message


def test_a_secret_of_pulumi_is_hidden() -> None:
    document = put(full_document(), "hipaa:network.cidr", "10.20.0.1/16")
    message = str(refusal(document, secrets=["hipaa:network"]))
    assert "(hidden)" in message
    assert "10.20.0" not in message


@given(
    st.sampled_from(list(leaves(full_document()))),
    st.text(max_size=300) | st.dictionaries(st.text(), st.integers()),
)
def test_a_message_has_at_most_100_columns_and_no_text_of_pydantic(path: str, value: object) -> None:
    try:
        parse(put(full_document(), path, value), file=FILE)
    except SettingsError as error:
        message = str(error)
        assert max(map(len, message.splitlines())) <= 100
        assert not any(
            word in message.lower() for word in ("pydantic", "https://", "input should", "traceback")
        )


def test_a_refusal_ends_pulumi_without_a_traceback() -> None:
    assert isinstance(refusal({}), pulumi.RunError)


def test_a_copy_of_a_refusal_has_the_same_problems() -> None:
    error = SettingsError([Problem(FILE, "hipaa:network.zones", "9", "2 to 6 zones")])
    assert copy.deepcopy(error).problems == error.problems
    assert str(error).startswith("Pulumi.prod.yaml: 1 setting to correct")
