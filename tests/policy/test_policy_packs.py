"""The packs: what they declare, how they start, and the messages that they write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
import yaml
from hipaa_policies import pack as packing
from hipaa_policies.catalog import PACKS, Config, Control, Pack, controls
from hipaa_policies.model import JudgedResource
from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
)

from blueprint.recorder import evaluate
from tests.policy.engine import STATES
from tests.policy.servers import PackError, running
from tests.repository import POLICY, recorded

BY_ID = {item.id: item for item in controls()}
LOG = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = {"aws:region": "us-east-1"}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_declares_its_controls_with_schemas_and_few_stack_policies(serving: Any, name: Pack) -> None:
    info = serving(name).info
    assert info.name == f"hipaa-{name}"
    declared = {item.name: item for item in info.policies}
    assert len(declared) == len(info.policies)
    alone = [item for item in controls(name) if item.resource_check is not None]
    assert set(declared) == {*(item.id for item in alone), f"{name}-relations", f"{name}-notes"}
    for control in alone:
        policy = declared[control.id]
        defaults = {key: item["default"] for key, item in dict(policy.configSchema.properties).items()}
        assert control.settings_of(defaults) == control.settings_of({})
        assert policy.framework.reference == control.citations[0]
        assert policy.remediation_steps == control.remediation
        assert set(policy.tags) >= set(control.sources)
        assert policy.severity > 0
    stack = dict(declared[f"{name}-relations"].configSchema.properties)
    assert set(stack) == {item.id for item in controls(name) if item.resource_check is None}


def test_a_message_names_resource_control_citations_and_remediation(serving: Any) -> None:
    pack = serving("retention")
    pack.configure(json.loads((STATES / "config-dev.json").read_text()))
    record = evaluate(lambda: aws.cloudwatch.LogGroup("app", retention_in_days=30), CONFIG)
    (message,) = (
        item.message
        for item in pack.judge(record)
        if item.level == "mandatory" and "log-group" in item.message
    )
    assert message.partition("\n")[2] == (
        f"{LOG} app is judged by log-group-keeps-six-years: retentionInDays must be at least 2192, but it is 30. "
        f"Maps to 45 CFR 164.316(b)(2)(i), 164.312(b), 164.308(a)(1)(ii)(D). To fix it: "
        f"{BY_ID['log-group-keeps-six-years'].remediation}"
    )


def test_a_pack_that_does_not_start_is_reported_with_its_output(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "__main__.py").write_text("print('a banner')\nraise SystemExit(3)\n")
    with (
        pytest.raises(PackError, match="printed no port, but 'a banner'"),
        running("odd", recorded("dev"), policy=tmp_path),
    ):
        pass


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_declares_its_virtual_environment(name: str) -> None:
    folder = POLICY / name
    project = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())
    runtime = project["runtime"]
    assert (runtime["name"], runtime["options"]["toolchain"]) == ("python", "pip")
    environment = folder / runtime["options"]["virtualenv"]
    assert (environment.parent.resolve(), environment.name) == (POLICY.parent.resolve(), ".venv")
    assert (folder / "requirements.txt").read_text() == "-e ..\n"
    assert project["version"]


def _raises(_resource: JudgedResource, _config: Config) -> Iterator[str]:
    raise KeyError("kmsKeyId")
    yield ""  # pragma: no cover, makes the function a generator


def test_a_rule_that_raises_is_a_mandatory_violation_at_any_level(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(
        BY_ID["stateful-resource-is-protected"], id="broken-rule", resource_check=_raises, level="advisory"
    )

    def only_it(_pack: Pack | None = None) -> tuple[Control, ...]:
        return (broken,)

    monkeypatch.setattr(packing, "controls", only_it)
    monkeypatch.setattr("hipaa_policies.judge.controls", only_it)
    monkeypatch.setattr("hipaa_policies.config.controls", only_it)
    policies = {item.name: item for item in packing.policies("retention")}
    options = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    messages: list[str] = []

    def report(message: str, _urn: str | None = None) -> None:
        messages.append(message)

    resource: Any = policies["broken-rule"]
    resource.validate(ResourceValidationArgs(LOG, {}, "urn:x", "app", options, None), report)
    assert len(messages) == 1
    stack: Any = policies["retention-relations"]
    assert stack.enforcement_level is EnforcementLevel.MANDATORY
    resource_of_stack = PolicyResource(LOG, {}, "urn:x", "app", options, None, None, [], {})
    stack.validate(StackValidationArgs([resource_of_stack]), report)
    assert len(messages) == 2
    assert "must reach a verdict, but it stopped with KeyError: 'kmsKeyId'" in messages[1]
