"""Waivers of a pack server: active, expired, malformed, missing and turned off."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
import yaml
from hipaa_policies.catalog import PACKS
from hipaa_policies.pack import WAIVERS_VARIABLE

from blueprint.recorder import evaluate
from tests.policy.servers import running
from tests.repository import POLICY

LOG = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = {"aws:region": "us-east-1"}


def program() -> None:
    aws.cloudwatch.LogGroup(
        "app",
        retention_in_days=30,
        kms_key_id="alias/aws/logs",
        deletion_protection_enabled=True,
        opts=pulumi.ResourceOptions(protect=True),
    )


TODAY = datetime.datetime.now(datetime.UTC).date()
ONE_DAY = datetime.timedelta(days=1)
ENTRY: dict[str, Any] = {
    "policy": "log-group-keeps-six-years",
    "urn": f"urn:pulumi:dev::clinic::{LOG}::app",
    "reason": "The log of a public web page holds no record.",
    "approver": "privacy officer",
    "created": TODAY - datetime.timedelta(days=30),
    "expires": TODAY + datetime.timedelta(days=90),
}
KEY_ENTRY = {**ENTRY, "policy": "log-group-encrypted-with-own-key"}


def session(
    name: str, environment: Mapping[str, str], policy: Path = POLICY, config: Any = None
) -> set[tuple[str, str]]:
    """Return level and sentence of everything that a pack reports about a small program outside this repository."""
    record = evaluate(program, CONFIG, stack="dev", project="clinic")
    with running(name, record, policy=policy, environment=environment) as pack:
        pack.configure(config or {})
        return {(item.level, item.message.partition("\n")[2]) for item in pack.judge(record)}


@pytest.mark.parametrize("name", ["retention", "encryption"])
def test_an_active_waiver_is_reported_with_its_reason(tmp_path: Path, name: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY, KEY_ENTRY]}))
    ((level, message),) = session(name, {WAIVERS_VARIABLE: str(file)})
    assert level == "advisory"
    assert f"Accepted until {ENTRY['expires']} by the privacy officer: {ENTRY['reason']}" in message


def test_an_active_waiver_is_reported_even_if_the_stack_controls_are_disabled(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY]}))
    ((level, message),) = session(
        "retention", {WAIVERS_VARIABLE: str(file)}, config={"retention-relations": "disabled"}
    )
    assert level == "advisory"
    assert ENTRY["reason"] in message


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"expires": TODAY - ONE_DAY}, "expired on"),
        ({"created": TODAY + ONE_DAY}, "does not apply before"),
        ({"urn": f"urn:pulumi:dev::clinic::{LOG}::web"}, "covers no violation in stack dev"),
    ],
)
@pytest.mark.parametrize("name", ["retention", "encryption"])
def test_a_waiver_that_does_not_apply_is_an_advisory_and_its_violation_is_mandatory(
    tmp_path: Path, name: str, changes: dict[str, Any], note: str
) -> None:
    base = ENTRY if name == "retention" else KEY_ENTRY
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [{**base, **changes}]}))
    reported = session(name, {WAIVERS_VARIABLE: str(file)})
    assert [message for level, message in reported if level == "advisory" and note in message] != []
    mandatory = [message for level, message in reported if level == "mandatory"]
    assert len([item for item in mandatory if f"is judged by {base['policy']}: " in item]) == 1
    assert [item for item in mandatory if "waiver of" in item] == []


def test_a_waiver_that_expires_soon_is_an_advisory(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    soon = TODAY + 60 * ONE_DAY
    file.write_text(yaml.safe_dump({"waivers": [{**ENTRY, "expires": soon}]}))
    reported = session("retention", {WAIVERS_VARIABLE: str(file)})
    assert {level for level, _ in reported} == {"advisory"}
    assert len([message for _, message in reported if f"expires on {soon}." in message]) == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": "fine"}, "reason: must be text of at least 20 characters"),
        ({"policy": "*"}, "policy: must be the id of one control"),
    ],
)
@pytest.mark.parametrize("name", ["retention", "encryption"])
def test_a_malformed_waiver_is_a_mandatory_violation(
    tmp_path: Path, name: str, changes: dict[str, Any], fault: str
) -> None:
    base = ENTRY if name == "retention" else KEY_ENTRY
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [{**base, **changes}]}))
    mandatory = [
        message for level, message in session(name, {WAIVERS_VARIABLE: str(file)}) if level == "mandatory"
    ]
    assert len([item for item in mandatory if "waivers-are-in-force" in item and fault in item]) == 1
    assert len([item for item in mandatory if f"is judged by {base['policy']}: " in item]) == 1


@pytest.mark.parametrize(
    ("variable", "fault"),
    [("waivers.yaml", "must be an absolute path"), ("/nowhere/waivers.yaml", "must name a readable file")],
)
def test_a_missing_waiver_file_is_a_mandatory_violation(variable: str, fault: str) -> None:
    reported = session("retention", {WAIVERS_VARIABLE: variable})
    assert len([message for level, message in reported if level == "mandatory" and fault in message]) == 1


def test_waivers_can_be_turned_off() -> None:
    reported = session("encryption", {WAIVERS_VARIABLE: ""})
    assert {level for level, _ in reported} == {"mandatory"}


def test_a_copied_pack_uses_the_configuration_and_waivers_of_another_program(tmp_path: Path) -> None:
    copied = tmp_path / "vendor" / "policy"
    shutil.copytree(POLICY, copied, ignore=shutil.ignore_patterns("__pycache__", "waivers.yaml", "config"))
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY]}))
    config = {"kms-key-rotates-yearly": {"enforcementLevel": "mandatory", "max_period_days": 90}}
    variables = {WAIVERS_VARIABLE: str(file)}
    levels = {name: {level for level, _ in session(name, variables, copied, config)} for name in PACKS}
    assert levels == {
        "encryption": {"mandatory"},
        "retention": {"advisory"},
        "isolation": set(),
        "baseline": set(),
    }
    (copied / "waivers.yaml").write_text(yaml.safe_dump({"waivers": [KEY_ENTRY]}))
    assert {level for level, _ in session("encryption", {}, copied)} == {"advisory"}
