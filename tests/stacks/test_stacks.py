"""The shipped stacks as a whole: controls, first previews, protection and outputs."""

from __future__ import annotations

from collections import Counter

import pulumi
import pytest

from blueprint.preview import preview_stack
from blueprint.record import STACK_TYPE
from blueprint.sinks import BUCKET, LOG_GROUP
from blueprint.values import UNKNOWN
from tests.repository import judge, program, recorded, settings_of, workspace

KEY = "aws:kms/key:Key"


def test_every_control_is_satisfied(stack: str):
    findings = judge(recorded(stack)).findings
    assert [f"{item.policy} {item.name}: {item.message}" for item in findings] == []


def test_unknown_values_raise_no_false_alarm(stack: str):
    judged = judge(recorded(stack, known=False))
    assert [f"{item.policy} {item.name}: {item.message}" for item in judged.findings] == []
    assert judged.checks > 100


def test_a_first_preview_registers_the_same_resources(stack: str):
    known, unknown = recorded(stack), recorded(stack, known=False)
    assert [item.urn for item in known.resources] == [item.urn for item in unknown.resources]


def test_no_input_vanishes_because_an_output_had_no_value(stack: str):
    known, unknown = recorded(stack), recorded(stack, known=False)
    lost = [
        f"{item.name} {item.type}: {key}"
        for item in known.resources
        for key in set(unknown.by_urn[item.urn].inputs) ^ set(item.inputs)
    ]
    assert lost == []


def test_everything_has_a_parent_and_every_component_belongs_to_the_project(stack: str):
    record = recorded(stack)
    for resource in record.resources:
        if resource.type == STACK_TYPE:
            continue
        assert resource.parent in record.by_urn, resource.urn
        owner = record.owner(resource)
        assert owner.type.startswith("hipaa:"), resource.urn


def test_prod_protects_what_holds_data_and_dev_protects_nothing():
    stateful = (KEY, BUCKET, LOG_GROUP)
    prod = Counter(item.protect for item in recorded("prod").of_type(*stateful))
    assert set(prod) == {True}
    assert [item.urn for item in recorded("dev").resources if item.protect or item.retain_on_delete] == []


def test_no_generated_password_is_in_what_a_preview_shows(stack: str):
    record = recorded(stack)
    drawn = record.of_type("random:index/randomPassword:RandomPassword")
    assert drawn
    shown = preview_stack(workspace(), workspace().stack(stack))
    text = repr((record, shown))
    assert not [item.name for item in drawn if str(item.outputs["result"].value) in text]


def test_outputs_name_what_other_programs_need(stack: str):
    outputs = recorded(stack).outputs
    zones = len(settings_of(stack).network.zones)
    for tier in ("public", "private", "data"):
        assert len(outputs[f"{tier}_subnet_ids"]) == zones
    for purpose in ("logs", "data", "compute", "secrets", "backup"):
        assert str(outputs[f"{purpose}_key_arn"]).startswith("arn:aws:kms:")
    assert str(outputs["vpc_id"]).startswith("vpc-")
    assert outputs["archive_bucket_name"] != outputs["intake_bucket_name"]


def test_outputs_of_a_first_preview_are_unknown_and_not_missing(stack: str):
    outputs = recorded(stack, known=False).outputs
    assert set(outputs) == set(recorded(stack).outputs)
    assert outputs["vpc_id"] is UNKNOWN


def test_nothing_is_registered_when_the_settings_are_wrong():
    config = {**recorded("dev").config, "hipaa:network": {"cidr": "10.10.0.0/16", "zones": 9}}
    with pytest.raises(pulumi.RunError, match="zones"):
        program(config, stack="dev")
