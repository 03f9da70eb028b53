"""The configuration of a pack server: levels and settings, and how a faulty entry is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from blueprint import verdict
from blueprint.recorder import evaluate
from tests.policy.servers import PackError

CONFIG = {"aws:region": "us-east-1"}
PROTECTION = "stateful-resource-is-protected"


def test_an_entry_without_a_level_is_rejected_as_the_engine_rejects_it(serving: Any, tmp_path: Path) -> None:
    with pytest.raises(PackError, match='invalid enforcement level "" of retention-relations'):
        serving("encryption").configure({"retention-relations": {"backup-vault-is-locked": {"min_days": 3}}})
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "dev.json").write_text('{"kms-key-rotates-yearly": {"max_period_days": 90}}')
    with pytest.raises(verdict.PolicyConfigError, match="kms-key-rotates-yearly: enforcementLevel must be"):
        verdict.config_of(tmp_path / "config" / "dev.json")


def test_a_bare_level_is_a_valid_entry(serving: Any, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    file = tmp_path / "config" / "dev.json"
    file.write_text('{"instance-is-monitored-in-detail": "advisory"}')
    assert verdict.config_of(tmp_path / "config" / "dev.json") == {
        "instance-is-monitored-in-detail": {"enforcementLevel": "advisory"}
    }
    serving("baseline").configure(json.loads(file.read_text()))
    file.write_text('{"kms-key-rotates-yearly": 3}')
    with pytest.raises(verdict.PolicyConfigError, match="expected a level or an object"):
        verdict.config_of(tmp_path / "config" / "dev.json")


@pytest.mark.parametrize(
    ("name", "config", "problem"),
    [
        (
            "encryption",
            {"kms-key-rotates-yearly": {"max_days": 1}},
            "max_days is not a setting of this control",
        ),
        (
            "encryption",
            {"kms-key-rotates-yearly": {"max_period_days": 4000}},
            "must be a whole number from 90 to 365",
        ),
        (
            "retention",
            {"retention-relations": {"log-group-keeps-six-years": {"min_days": 7}}},
            "log-group-keeps-six-years: min_days must be a whole number of at least 2192",
        ),
        (
            "retention",
            {"retention-relations": {"log-group-keeps": {}}},
            "is not a control that the pack retention applies",
        ),
        (
            "retention",
            {"retention-relations": {"stateful-resource-is-protected": {}}},
            "is not a control that the pack",
        ),
        (
            "retention",
            {PROTECTION: {"relations_level": "disabled"}},
            "relations_level must be one of mandatory, advisory",
        ),
    ],
)
def test_a_faulty_setting_is_a_mandatory_violation(
    serving: Any, name: str, config: Any, problem: str
) -> None:
    pack = serving(name)
    pack.configure(config)
    record = evaluate(lambda: aws.kms.Key("key"), CONFIG)
    # A resource control reports it before the resource is created, and the pack reports it once for the stack.
    reporting = {
        item.policy for item in pack.judge(record) if item.level == "mandatory" and problem in item.message
    }
    assert reporting == {*config, f"{name}-relations"}


def test_the_settings_of_a_stack_control_can_lower_its_level(serving: Any) -> None:
    pack = serving("retention")
    pack.configure({"retention-relations": {"log-group-keeps-six-years": {"enforcementLevel": "advisory"}}})
    record = evaluate(lambda: aws.cloudwatch.LogGroup("app", retention_in_days=30), CONFIG)
    levels = {item.level for item in pack.judge(record) if "log-group-keeps-six-years" in item.message}
    assert levels == {"advisory"}


@pytest.mark.parametrize(
    ("entry", "levels"),
    [
        ({}, {"retention-relations": "mandatory"}),
        ({"enforcementLevel": "advisory"}, {"retention-relations": "mandatory"}),
        ({"enforcementLevel": "mandatory", "relations_level": "advisory"}, {"retention-notes": "advisory"}),
        ({"enforcementLevel": "mandatory", "protect": False}, {}),
        ("disabled", {}),
    ],
)
def test_the_settings_of_a_control_with_two_checks_apply_to_the_whole_stack(
    serving: Any, entry: Any, levels: dict[str, str]
) -> None:
    pack = serving("retention")
    pack.configure({PROTECTION: entry} if entry else {})

    def program() -> None:
        aws.lb.LoadBalancer("entry", load_balancer_type="network", internal=True)

    found = {
        item.policy: item.level
        for item in pack.judge(evaluate(program, CONFIG))
        if PROTECTION in item.message
    }
    assert found == levels


def test_a_check_of_one_resource_reports_what_the_stack_cannot_change(serving: Any) -> None:
    pack = serving("retention")
    pack.configure({})
    record = evaluate(lambda: aws.lb.LoadBalancer("edge", internal=False), CONFIG)
    assert {item.policy for item in pack.judge(record) if PROTECTION in item.message} == {PROTECTION}
