"""Waivers: which violations they accept, how long, and which waivers are violations themselves."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from hipaa_policies import waivers
from hipaa_policies.judge import Report, Tally, judge
from hipaa_policies.model import JudgedResource
from hipaa_policies.tokens import LOG_GROUP
from hipaa_policies.waivers import POLICY, Waivers

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
    "stacks": ["dev"],
}


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
    report = judged(entry(**changes, stacks=None), group("build-logs"))
    assert [item.policy for item in report.violations] == [RETENTION]
    assert report.waived == ()


def test_a_waiver_applies_in_stacks_that_it_does_not_list() -> None:
    assert judged(entry(stacks=["prod"]), group("build-logs")).ok


@pytest.mark.parametrize(
    ("day", "applies"),
    [(CREATED, True), (EXPIRES, True), (CREATED - ONE_DAY, False), (EXPIRES + ONE_DAY, False)],
)
def test_a_waiver_applies_from_its_first_to_its_last_day(day: datetime.date, applies: bool) -> None:
    report = judged(entry(), group("build-logs"), today=day)
    assert bool(report.waived) is applies
    assert bool(faults(report)) is not applies


def test_an_expired_waiver_is_a_violation_and_accepts_nothing() -> None:
    report = judged(entry(), group("build-logs"), today=EXPIRES + ONE_DAY)
    assert [item.policy for item in report.violations] == [RETENTION, POLICY]
    assert faults(report) == [
        f"The waiver of {RETENTION} for {ENTRY['urn']} expired on 2027-11-24: "
        "fix the resource or have the risk accepted again."
    ]


def test_an_unmatched_waiver_is_a_violation_in_the_stacks_it_lists() -> None:
    report = judged(entry(), group("app", days=2192))
    assert [item.urn for item in report.violations if item.policy == POLICY] == [group("app").urn]
    assert "must match a violation in stack dev, but it matches none" in faults(report)[0]


@pytest.mark.parametrize("options", [{"pack": "encryption"}, {}])
def test_an_unmatched_waiver_is_no_violation_in_another_stack_or_pack(options: dict[str, Any]) -> None:
    stack = "dev" if options else "prod"
    assert judged(entry(), group("app", stack, days=2192), **options).ok


def test_without_waivers_nothing_is_accepted_and_no_waiver_is_judged() -> None:
    report = judged(None, group("build-logs"))
    assert [item.policy for item in report.violations] == [RETENTION]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"policy": "*"}, 'policy must name one control, but "*" is not the id of a control'),
        (
            {"policy": "log-group-*"},
            'policy must name one control, but "log-group-*" is not the id of a control',
        ),
        ({"policy": None}, "policy must be text"),
        ({"urn": "*"}, "urn must be a whole URN with the resource type written out"),
        (
            {"urn": "urn:pulumi:*::*::*::build-logs"},
            "urn must be a whole URN with the resource type written out",
        ),
        ({"urn": "urn:pulumi:*::*::aws:cloudwatch/*::build-logs"}, "urn must be a whole URN"),
        ({"urn": "urn:pulumi:*::*::aws:cloudwatch/logGroup:LogGroup::*"}, "urn must be a whole URN"),
        ({"reason": "It is fine.        "}, "reason must have at least 20 characters"),
        ({"reason": 7}, "reason must be text"),
        ({"approver": " "}, "approver must name a role"),
        ({"approver": None}, "approver must be text"),
        ({"ticket": 7}, "ticket must be text"),
        ({"created": "2026-11-24"}, "created and expires must be dates"),
        ({"expires": None}, "created and expires must be dates"),
        (
            {"expires": datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)},
            "created and expires must be dates",
        ),
        ({"expires": CREATED}, "expires must be 1 to 365 days after created, but it is 0 days after"),
        (
            {"expires": CREATED + 366 * ONE_DAY},
            "expires must be 1 to 365 days after created, but it is 366 days after",
        ),
        ({"stacks": "dev"}, "stacks must be a list of stack names"),
        ({"stacks": [1]}, "stacks must be a list of stack names"),
        ({"owner": "x"}, "owner is not a field of a waiver"),
    ],
)
def test_a_malformed_waiver_accepts_nothing_and_is_reported(changes: dict[str, Any], fault: str) -> None:
    accepted = entry(**changes)
    assert accepted.entries == ()
    assert len(accepted.problems) == 1
    assert accepted.problems[0].startswith(f"waivers.yaml, entry 1: {fault}")
    report = judged(accepted, group("build-logs"))
    assert [item.policy for item in report.violations] == [RETENTION, POLICY]


def test_one_malformed_waiver_does_not_void_the_others() -> None:
    accepted = waivers.parse({"waivers": [ENTRY, "nonsense", {**ENTRY, "reason": "no"}]})
    assert len(accepted.entries) == 1
    assert accepted.problems == (
        "waivers.yaml, entry 2: must be a mapping.",
        "waivers.yaml, entry 3: reason must have at least 20 characters.",
    )


@pytest.mark.parametrize("text", ["", "[]", "waivers:", "waivers: {}", "waivers: []\nother: 1", "- waivers"])
def test_a_waiver_file_without_a_list_is_a_violation(tmp_path: Path, text: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(text)
    assert waivers.load(file).problems == (
        "waivers.yaml must hold one list under the key waivers, but it does not.",
    )


@pytest.mark.parametrize("content", [b"waivers: [", b"\xff\xfe\xff", b"a: !!python/object:x.y {}"])
def test_a_waiver_file_that_is_not_yaml_is_a_violation(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_bytes(content)
    (problem,) = waivers.load(file).problems
    assert problem.startswith("waivers.yaml must be YAML, but it cannot be read")
    assert len(faults(judged(waivers.load(file), group("app", days=2192)))) == 1


def test_a_missing_waiver_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        waivers.load(tmp_path / "waivers.yaml")


def test_an_empty_list_of_waivers_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("waivers: []\n")
    assert waivers.load(file) == Waivers()


def test_the_waivers_of_this_repository_are_valid() -> None:
    committed = waivers.load(FILE)
    assert committed.problems == ()
    assert committed.entries
    assert all(item.stacks for item in committed.entries)
