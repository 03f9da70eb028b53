"""Waivers: which violations they accept, how long, what the notes say, and which files are malformed."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hipaa_policies import waivers
from hipaa_policies.judge import Report, Tally, judge
from hipaa_policies.model import JudgedResource
from hipaa_policies.tokens import LOG_GROUP
from hipaa_policies.waivers import POLICY, WARNING_DAYS, Waivers

FILE = Path(waivers.__file__).parent.parent / "waivers.yaml"
RETENTION = "log-group-keeps-six-years"
CREATED = datetime.date(2026, 11, 24)
EXPIRES = datetime.date(2027, 11, 24)
TODAY = datetime.date(2027, 1, 1)
ONE_DAY = datetime.timedelta(days=1)
ENTRY: dict[str, Any] = {
    "policy": RETENTION,
    "urn": "urn:pulumi:*::*::aws:cloudwatch/logGroup:LogGroup::build-*",
    "reason": "Build logs hold no record of any system.",
    "approver": "security officer",
    "ticket": "RISK-7",
    "created": CREATED,
    "expires": EXPIRES,
}
LABEL = f"The waiver of {RETENTION} for {ENTRY['urn']}"


def entry(**changes: Any) -> Waivers:
    return waivers.parse(
        {"waivers": [{key: value for key, value in {**ENTRY, **changes}.items() if value is not None}]}
    )


def group(name: str, stack: str = "dev", days: int = 30) -> JudgedResource:
    properties = {"retentionInDays": days, "kmsKeyId": "key"}
    return JudgedResource(f"urn:pulumi:{stack}::hipaa::{LOG_GROUP}::{name}", LOG_GROUP, name, properties)


def judged(
    accepted: Waivers | None, *resources: JudgedResource, today: datetime.date = TODAY, **options: Any
) -> Report:
    config = {"stateful-resource-is-protected": {"protect": False}}
    return judge(resources, config=config, waivers=accepted, today=today, **options)


def faults(report: Report) -> list[str]:
    return [item.message for item in report.violations if item.policy == POLICY]


def test_an_active_waiver_moves_a_violation_to_the_waived_ones_with_its_reason() -> None:
    report = judged(entry(), group("build-logs"))
    assert report.ok
    assert [(item.policy, item.urn) for item in report.waived] == [(RETENTION, group("build-logs").urn)]
    waiver = report.waived[0].waived_by
    assert waiver is not None
    assert (waiver.reason, waiver.approver, waiver.ticket) == (ENTRY["reason"], "security officer", "RISK-7")


def test_a_waived_resource_is_counted_separately() -> None:
    report = judged(entry(), group("build-logs"), group("app", days=2192), group("web"))
    tally = next(item for item in report.tallies if item.control == RETENTION)
    assert tally == Tally(RETENTION, passed=1, failed=1, waived=1)
    assert tally.checked == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"urn": "urn:pulumi:prod::*::aws:cloudwatch/logGroup:LogGroup::build-*"},
        {"urn": "urn:pulumi:*::*::aws:cloudwatch/logGroup:LogGroup::Build-*"},
        {"urn": "urn:pulumi:*::*::aws:kms/key:Key::build-*"},
        {"policy": "log-group-encrypted-with-own-key"},
    ],
)
def test_a_waiver_covers_only_its_control_and_its_resources(changes: dict[str, Any]) -> None:
    report = judged(entry(**changes), group("build-logs"))
    assert [item.policy for item in report.violations] == [RETENTION]
    assert report.waived == ()


@pytest.mark.parametrize(
    ("day", "applies"),
    [(CREATED, True), (EXPIRES, True), (CREATED - ONE_DAY, False), (EXPIRES + ONE_DAY, False)],
)
def test_a_waiver_applies_from_its_first_to_its_last_day(day: datetime.date, applies: bool) -> None:
    report = judged(entry(), group("build-logs"), today=day)
    assert bool(report.waived) is applies
    assert report.ok is applies


@pytest.mark.parametrize(
    ("day", "announced"),
    [
        (EXPIRES, True),
        (EXPIRES - WARNING_DAYS * ONE_DAY, True),
        (EXPIRES - (WARNING_DAYS + 1) * ONE_DAY, False),
    ],
)
def test_a_waiver_that_expires_soon_is_announced(day: datetime.date, announced: bool) -> None:
    report = judged(entry(), group("build-logs"), today=day)
    assert report.ok
    assert report.notes == (
        (
            f"{LABEL} expires on 2027-11-24. After this day the violation stops a deployment: fix the resource, or have "
            "the risk accepted again.",
        )
        if announced
        else ()
    )


def test_the_violation_of_an_expired_waiver_is_reported_again_with_a_note() -> None:
    report = judged(entry(), group("build-logs"), today=EXPIRES + ONE_DAY)
    assert [item.policy for item in report.violations] == [RETENTION]
    assert report.notes == (
        f"{LABEL} expired on 2027-11-24 and no longer applies: remove it, or have the risk accepted again.",
    )


def test_a_waiver_before_its_first_day_does_not_apply() -> None:
    report = judged(entry(), group("build-logs"), today=CREATED - ONE_DAY)
    assert [item.policy for item in report.violations] == [RETENTION]
    assert report.notes == (f"{LABEL} does not apply before 2026-11-24, its first day.",)


@pytest.mark.parametrize("day", [CREATED - ONE_DAY, EXPIRES + ONE_DAY, EXPIRES, TODAY])
def test_a_waiver_that_nothing_needs_is_a_note_on_every_day(day: datetime.date) -> None:
    report = judged(entry(), group("app", days=2192), today=day)
    assert report.ok
    assert len(report.notes) == 1


def test_an_unmatched_waiver_is_a_note_in_the_stacks_that_its_pattern_names() -> None:
    assert judged(entry(), group("app", days=2192)).notes == (
        f"{LABEL} covers no violation in stack dev: correct it, or remove it if no other stack needs it.",
    )


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, {"pack": "encryption"}),
        ({"urn": f"urn:pulumi:prod::*::{LOG_GROUP}::build-*"}, {}),
        ({"urn": f"urn:pulumi:*::clinic::{LOG_GROUP}::build-*"}, {}),
    ],
)
@pytest.mark.parametrize("day", [CREATED - ONE_DAY, TODAY, EXPIRES, EXPIRES + ONE_DAY])
def test_a_waiver_of_another_stack_project_or_pack_has_no_note(
    changes: dict[str, Any], options: dict[str, Any], day: datetime.date
) -> None:
    report = judged(entry(**changes), group("app", days=2192), today=day, **options)
    assert report.ok
    assert report.notes == ()


def test_an_empty_program_has_no_note() -> None:
    assert judged(entry()).notes == ()


def test_a_renewed_waiver_replaces_the_one_that_expires_first() -> None:
    renewed = {
        **ENTRY,
        "created": TODAY,
        "expires": EXPIRES + 30 * ONE_DAY,
        "reason": "The risk is accepted again.",
    }
    accepted = waivers.parse({"waivers": [ENTRY, renewed]})
    report = judged(accepted, group("build-logs"), today=EXPIRES - ONE_DAY)
    assert [item.waived_by for item in report.waived] == [accepted.entries[1]]
    assert len(report.notes) == 2
    assert "expires on 2027-12-24" in report.notes[1]


def test_without_waivers_nothing_is_accepted_and_no_waiver_is_judged() -> None:
    report = judged(None, group("build-logs"))
    assert [item.policy for item in report.violations] == [RETENTION]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"policy": "*"}, 'policy: must be the id of one control (see hipaa-policies list), but it is "*".'),
        ({"policy": "log-group-*"}, "policy: must be the id of one control"),
        (
            {"policy": None},
            "policy: must be the id of one control (see hipaa-policies list), but it is missing.",
        ),
        (
            {"policy": ["a"]},
            "policy: must be the id of one control (see hipaa-policies list), but it is a list.",
        ),
        (
            {"urn": "*"},
            "urn: must be a whole URN with the resource type written out and a name, such as urn:pulumi:",
        ),
        ({"urn": None}, "urn: must be a whole URN"),
        ({"urn": "urn:pulumi:*::*::*::build-logs"}, "urn: must be a whole URN"),
        ({"urn": "urn:pulumi:*::*::aws:cloudwatch/*::build-logs"}, "urn: must be a whole URN"),
        ({"urn": "urn:pulumi:*::*::aws:cloudwatch/logGroup:LogGroup::*"}, "urn: must be a whole URN"),
        (
            {"reason": "It is fine.        "},
            'reason: must be text of at least 20 characters, but it is "It is fine.        ".',
        ),
        ({"reason": 7}, "reason: must be text of at least 20 characters, but it is 7."),
        ({"approver": " "}, 'approver: must be text that names a role, but it is " ".'),
        ({"approver": None}, "approver: must be text that names a role, but it is missing."),
        ({"ticket": 7}, "ticket: must be text or left out, but it is 7."),
        ({"created": "2026-11-24"}, 'created: must be a date such as 2026-11-24, but it is "2026-11-24".'),
        ({"expires": None}, "expires: must be a date such as 2026-11-24, but it is missing."),
        (
            {"expires": datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)},
            "expires: must be a date such as 2026-11-24, but it is ",
        ),
        (
            {"expires": CREATED},
            "expires: must be 1 to 365 days after created (2026-11-24), but it is 2026-11-24, 0 days after.",
        ),
        ({"expires": CREATED + 366 * ONE_DAY}, "expires: must be 1 to 365 days after created (2026-11-24)"),
        (
            {"owner": "x"},
            "owner: is not a field of a waiver; the fields are policy, urn, reason, approver, ticket, ",
        ),
        ({"stacks": ["dev"]}, "stacks: is not a field of a waiver"),
    ],
)
def test_a_malformed_waiver_accepts_nothing_and_is_reported(changes: dict[str, Any], fault: str) -> None:
    accepted = entry(**changes)
    assert accepted.entries == ()
    assert len(accepted.problems) == 1
    assert accepted.problems[0].startswith(f"waivers.yaml, entry 1, {fault}")
    report = judged(accepted, group("build-logs"))
    assert [item.policy for item in report.violations] == [RETENTION, POLICY]


def test_one_malformed_waiver_does_not_void_the_others() -> None:
    accepted = waivers.parse({"waivers": [ENTRY, "nonsense", {**ENTRY, "reason": "no"}]})
    assert len(accepted.entries) == 1
    assert accepted.problems == (
        'waivers.yaml, entry 2: must be a mapping of fields, but it is "nonsense".',
        'waivers.yaml, entry 3, reason: must be text of at least 20 characters, but it is "no".',
    )


@pytest.mark.parametrize("text", ["", "[]", "waivers:", "waivers: {}", "waivers: []\nother: 1", "- waivers"])
def test_a_waiver_file_without_a_list_is_a_violation(tmp_path: Path, text: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(text)
    assert waivers.load(file).problems == (
        "waivers.yaml must hold one list under the key waivers (waivers: [] without any), but it does not.",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"waivers: [",
        b"\xff\xfe\xff",
        b"a: !!python/object:x.y {}",
        b"a: !!int x",
        b"a: !!bool x",
        b"a: !!timestamp x",
        b"[" * 100_000,
    ],
)
def test_a_waiver_file_that_is_not_yaml_is_a_violation(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_bytes(content)
    (problem,) = waivers.load(file).problems
    assert problem.startswith("waivers.yaml must be YAML, but it cannot be read")
    assert len(faults(judged(waivers.load(file), group("app", days=2192)))) == 1


def test_a_date_that_does_not_exist_is_named_with_its_entry(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY]}).replace("2027-11-24", "2027-11-31"))
    assert waivers.load(file).problems == (
        'waivers.yaml, entry 1, expires: must be a date such as 2026-11-24, but it is "2027-11-31".',
    )


def test_reading_a_malformed_file_raises_one_error_with_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [{**ENTRY, "policy": "none", "approver": ""}, "nonsense"]}))
    with pytest.raises(waivers.WaiverError) as error:
        waivers.read(file)
    assert str(error.value).splitlines() == [
        f"The waiver file {file} has mistakes:",
        *(f"- {problem}" for problem in waivers.load(file).problems),
    ]
    assert len(waivers.load(file).problems) == 3


def test_reading_a_file_without_mistakes_returns_its_waivers(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY]}))
    assert waivers.read(file) == waivers.load(file) == entry()


def test_a_missing_waiver_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        waivers.load(tmp_path / "waivers.yaml")


def test_an_empty_list_of_waivers_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("waivers: []\n")
    assert waivers.load(file) == Waivers()


def test_the_waivers_of_this_repository_are_valid() -> None:
    committed = waivers.load(FILE)
    assert committed == Waivers()
