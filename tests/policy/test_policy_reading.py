"""Which properties the rules judge: the inputs of a resource, and never a value that only the provider set."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hipaa_policies.catalog import PACKS, Pack
from hipaa_policies.config import for_engine
from hipaa_policies.judge import judge
from hipaa_policies.model import JudgedResource
from hipaa_policies.reading import judged_properties
from hipaa_policies.values import UNKNOWN
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from tests.policy.changes import CHANGES, few, record_of
from tests.policy.engine import Sentences, deployed, filled, names_read_back, reported, state_config
from tests.policy.mutation.claims import properties_read_of
from tests.repository import STACKS

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
AWS_DEFAULT = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["SNS:Publish"],
                "Resource": "*",
                "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}},
            }
        ]
    }
)
EMPTY: tuple[Any, ...] = ("", 0, False, [], {}, None)
FILLERS: tuple[Any, ...] = (*EMPTY, "default", 1, True, ["default"], AWS_DEFAULT)
NAMES = names_read_back(tuple(map(deployed, STACKS)), properties_read_of)


def packs_report(record: Record) -> Sentences:
    config = for_engine(state_config(record.stack))
    return reported(record, PACKS, config)


@cache
def compliant(stack: str) -> tuple[Record, Sentences]:
    record = few(deployed(stack))
    return record, packs_report(record)


@cache
def noncompliant(change: str) -> tuple[Record, Sentences]:
    record = record_of(f"an existing prod with the {change} change")
    return record, packs_report(record)


@pytest.mark.parametrize("filler", FILLERS, ids=repr)
@pytest.mark.parametrize("stack", STACKS)
def test_an_output_that_the_program_did_not_set_changes_no_verdict(stack: str, filler: Any) -> None:
    record, before = compliant(stack)
    changed, count = filled(record, NAMES, filler)
    assert count > 1000
    assert packs_report(changed) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_weakened_input_is_reported_whatever_the_outputs_say(change: str) -> None:
    record, before = noncompliant(change)
    assert len({message for level, _, message in before if level == "mandatory"}) > 50
    for filler in ("", 0, AWS_DEFAULT):
        assert packs_report(filled(record, NAMES, filler)[0]) == before


def value() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.sampled_from(FILLERS) | st.text(max_size=5) | st.integers(0, 9),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    )


@settings(max_examples=10)
@given(st.data())
def test_outputs_of_any_kind_beside_the_inputs_change_no_verdict(data: st.DataObject) -> None:
    record, before = compliant("dev")
    names = {type_: data.draw(st.sets(st.sampled_from(sorted(every)))) for type_, every in NAMES.items()}
    assert packs_report(filled(record, names, data.draw(value()))[0]) == before


@given(
    st.dictionaries(st.sampled_from(["a", "b", "id", "name"]), value()), st.dictionaries(st.text(), value())
)
def test_outputs_never_change_an_input(inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    judged = judged_properties(inputs, outputs)
    assert {key: item for key, item in judged.items() if key in inputs} == judged_properties(inputs, {})
    assert judged.keys() - inputs.keys() <= {"id", "arn", "name", "bucket"}


@pytest.mark.parametrize(
    ("inputs", "outputs", "judged"),
    [
        ({"days": 0}, {"days": 7, "id": "x"}, {"days": 0, "id": "x"}),
        ({"name": "mine"}, {"name": "read", "arn": ""}, {"name": "mine"}),
        ({"tags": {"__defaults": [], "a": "b"}, "__defaults": ["name"]}, {}, {"tags": {"a": "b"}}),
        (
            {"rules": [{"expiration": {"marker": True}}]},
            {"rules": [{"expiration": {"marker": True, "days": 0}}]},
            {"rules": [{"expiration": {"marker": True}}]},
        ),
        ({"policy": UNKNOWN}, {"policy": "{}"}, {"policy": UNKNOWN}),
        (
            None,
            {"a": "", "b": 0, "c": [], "d": {"e": ""}, "f": False, "g": [{"h": 0, "i": 1}], "id": "x"},
            {"f": False, "g": [{"i": 1}], "id": "x"},
        ),
    ],
)
def test_inputs_are_judged_and_outputs_add_names(inputs: Any, outputs: Any, judged: Any) -> None:
    assert judged_properties(inputs, outputs) == judged


def topic(policy: str, **changes: Any) -> JudgedResource:
    return JudgedResource(
        f"urn:pulumi:dev::app::{TOPIC}::t", TOPIC, "t", {"arn": "arn:t", "policy": policy}, **changes
    )


def owner(document: str) -> JudgedResource:
    return JudgedResource(
        f"urn:pulumi:dev::app::{TOPIC_POLICY}::p",
        TOPIC_POLICY,
        "p",
        {"arn": "arn:t", "policy": document},
        property_dependencies={"arn": (f"urn:pulumi:dev::app::{TOPIC}::t",)},
    )


TLS_ONLY = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sns:Publish",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    }
)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # The program only reads the topic, and no other resource sets its policy.
        ([topic(AWS_DEFAULT, has_outputs_only=True)], 1),
        ([topic(TLS_ONLY, has_outputs_only=True)], 0),
        # Another resource of the stack owns the policy, and the topic repeats it.
        ([topic(AWS_DEFAULT, has_outputs_only=True), owner(TLS_ONLY)], 0),
        ([topic(TLS_ONLY, has_outputs_only=True), owner(AWS_DEFAULT)], 1),
        # The program sets both, and either may take effect.
        ([topic(AWS_DEFAULT), owner(TLS_ONLY)], 1),
    ],
)
def test_a_document_is_judged_at_the_resource_that_owns_it(
    resources: list[JudgedResource], expected: int
) -> None:
    violations = judge(resources).violations
    assert [item.policy for item in violations].count("message-store-refuses-plain-http") == expected


@pytest.mark.parametrize("stack", STACKS)
def test_a_resource_that_the_program_reads_is_judged_by_its_outputs(stack: str) -> None:
    """The engine sends such a resource with the whole stack only. A TopicPolicy of the stack owns its policy."""
    record, before = compliant(stack)
    read = frozenset(item.urn for item in record.of_type(TOPIC, "aws:sqs/queue:Queue"))
    assert read
    encryption: tuple[Pack, ...] = ("encryption",)
    assert reported(record, encryption, {}, read) == reported(record, encryption, {})
    alone = replace(
        record, resources=tuple(item for item in record.resources if not item.type.endswith("TopicPolicy"))
    )
    added = reported(alone, encryption, {}, read) - reported(record, encryption, {})
    assert {urn for _, urn, message in added if "message-store-refuses-plain-http" in message} == {
        item.urn for item in record.of_type(TOPIC)
    }
    assert before
