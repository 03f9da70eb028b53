"""Which properties are judged: inputs before outputs, and nothing that only the provider wrote."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hipaa_policies import config, waivers
from hipaa_policies.cli import main
from hipaa_policies.judge import judge
from hipaa_policies.model import Resource
from hipaa_policies.reading import judged_properties
from hipaa_policies.state import StateError, resources_of
from hipaa_policies.values import UNKNOWN
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint import verdict
from blueprint.packs import PACKS
from blueprint.record import Record
from tests.policy.engine import (
    SECRET,
    Sentences,
    deployed,
    exported,
    filled,
    laid_over,
    names_read_back,
    refreshed,
    reported,
)
from tests.policy.test_policy_packs import CHANGES, few, ruined, worsened
from tests.policy.test_policy_properties import names_of
from tests.repository import POLICY, STACKS, policy_config

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
AWS_DEFAULT = json.dumps({
    "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Publish"], "Resource": "*",
        "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}},
    }]
})  # fmt: skip
EMPTY: tuple[Any, ...] = ("", 0, False, [], {}, None)
FILLERS: tuple[Any, ...] = (*EMPTY, "default", 1, True, ["default"], AWS_DEFAULT)
NAMES = names_read_back(tuple(map(deployed, STACKS)), names_of)


def packs_report(record: Record) -> Sentences:
    settings_of_packs = json.loads((POLICY / "config" / f"{record.stack}.json").read_text())
    return {item for name in PACKS for item in reported(record, name, settings_of_packs)}


@cache
def compliant(stack: str) -> tuple[Record, Sentences]:
    record = few(deployed(stack))
    return record, packs_report(record)


@cache
def weakened(change: str) -> tuple[Record, Sentences]:
    record = few(worsened("prod", change))
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
    record, before = weakened(change)
    assert len({message for level, _, message in before if level == "mandatory"}) > 50
    for filler in ("", 0, AWS_DEFAULT):
        assert packs_report(filled(record, NAMES, filler)[0]) == before


def value() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.sampled_from(FILLERS) | st.text(max_size=5) | st.integers(0, 9),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    )


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_outputs_of_any_kind_beside_the_inputs_change_no_verdict(data: st.DataObject) -> None:
    record, before = compliant("dev")
    names = {type_: data.draw(st.sets(st.sampled_from(sorted(every)))) for type_, every in NAMES.items()}
    assert packs_report(filled(record, names, data.draw(value()))[0]) == before


@given(
    st.dictionaries(st.sampled_from(["a", "b", "id", "name"]), value()), st.dictionaries(st.text(), value())
)
def test_every_input_is_judged_as_the_program_set_it(inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    judged = judged_properties(inputs, outputs)
    assert {key: item for key, item in judged.items() if key in inputs} == judged_properties(inputs, {})
    assert judged.keys() - inputs.keys() <= {"id", "arn", "name", "bucket"}


@pytest.mark.parametrize(
    ("inputs", "outputs", "judged"),
    [
        ({"days": 0}, {"days": 7, "id": "x"}, {"days": 0, "id": "x"}),
        ({"name": "mine"}, {"name": "read", "arn": ""}, {"name": "mine"}),
        ({"tags": {"__defaults": [], "a": "b"}, "__defaults": ["name"]}, {}, {"tags": {"a": "b"}}),
        ({"rules": [{"expiration": {"marker": True}}]}, {"rules": [{"expiration": {"marker": True, "days": 0}}]},
         {"rules": [{"expiration": {"marker": True}}]}),
        ({"policy": UNKNOWN}, {"policy": "{}"}, {"policy": UNKNOWN}),
        (None, {"a": "", "b": 0, "c": [], "d": {"e": ""}, "f": False, "g": [{"h": 0, "i": 1}], "id": "x"},
         {"f": False, "g": [{"i": 1}], "id": "x"}),
    ],
)  # fmt: skip
def test_inputs_are_judged_and_outputs_add_names(inputs: Any, outputs: Any, judged: Any) -> None:
    assert judged_properties(inputs, outputs) == judged


def topic(policy: str, **changes: Any) -> Resource:
    return Resource(
        f"urn:pulumi:dev::app::{TOPIC}::t", TOPIC, "t", {"arn": "arn:t", "policy": policy}, **changes
    )


def owner(document: str) -> Resource:
    return Resource(
        f"urn:pulumi:dev::app::{TOPIC_POLICY}::p", TOPIC_POLICY, "p", {"arn": "arn:t", "policy": document},
        property_dependencies={"arn": (f"urn:pulumi:dev::app::{TOPIC}::t",)},
    )  # fmt: skip


TLS_ONLY = json.dumps({
    "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]
})  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # The program reads the topic; its own policy is all that there is.
        ([topic(AWS_DEFAULT, read_back=True)], 1),
        ([topic(TLS_ONLY, read_back=True)], 0),
        # Another resource of the stack owns the document that the topic repeats.
        ([topic(AWS_DEFAULT, read_back=True), owner(TLS_ONLY)], 0),
        ([topic(TLS_ONLY, read_back=True), owner(AWS_DEFAULT)], 1),
        # The program sets both, and either may win.
        ([topic(AWS_DEFAULT), owner(TLS_ONLY)], 1),
    ],
)
def test_a_document_is_judged_at_the_resource_that_owns_it(resources: list[Resource], expected: int) -> None:
    found = judge(resources).violations
    assert [item.policy for item in found].count("message-store-refuses-plain-http") == expected


def judged_state(stack: str, text: str) -> Any:
    return judge(
        resources_of(text),
        config=config.read(POLICY / "config" / f"{stack}.json"),
        waivers=waivers.load(POLICY / "waivers.yaml"),
    )


@pytest.mark.parametrize("stack", STACKS)
def test_a_state_file_is_judged_as_the_program_that_wrote_it(stack: str) -> None:
    report = judged_state(stack, exported(stack))
    by_inputs = judge(
        verdict.judged_record(deployed(stack)),
        config=policy_config(stack),
        waivers=waivers.load(POLICY / "waivers.yaml"),
    )
    assert report.violations == by_inputs.violations == ()
    assert {(item.policy, item.urn) for item in report.waived} == {
        (item.policy, item.urn) for item in by_inputs.waived
    }
    assert [item.checked for item in report.tallies] == [item.checked for item in by_inputs.tallies]


def as_state(record: Record, text: str) -> str:
    """Return a state file with the inputs and outputs of a record."""
    document = json.loads(text)
    for entry in document["deployment"]["resources"]:
        item = record.by_urn[entry["urn"]]
        entry.update(
            inputs=json.loads(json.dumps(item.inputs, default=lambda _: {SECRET: "1b47061264138c4ac30d75fd1eb44270"})),
            outputs=json.loads(json.dumps(item.outputs, default=lambda _: {SECRET: "1b47061264138c4ac30d75fd1eb44270"})),
            protect=item.protect,
        )  # fmt: skip
    return json.dumps(document)


@pytest.mark.parametrize("change", CHANGES)
def test_a_planted_violation_is_found_in_a_state_file(change: str) -> None:
    changed = laid_over(deployed("prod"), ruined(deployed("prod"), change))
    report = judged_state("prod", as_state(changed, exported("prod")))
    planted = judge(
        verdict.judged_record(changed),
        config=policy_config("prod"),
        waivers=waivers.load(POLICY / "waivers.yaml"),
    )
    assert Counter(item.policy for item in report.violations) == Counter(
        item.policy for item in planted.violations
    )
    assert len({item.policy for item in report.violations}) > 50


def test_a_refreshed_state_is_judged_alike() -> None:
    text = as_state(refreshed(deployed("prod")), exported("prod"))
    assert judged_state("prod", text).violations == ()


def state(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": list(resources)}})


def entry(**changes: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::app::{TOPIC}::t", "type": TOPIC, **changes}


def test_a_state_file_gives_each_resource_with_its_options_and_region() -> None:
    provider = {
        "urn": "urn:pulumi:dev::app::pulumi:providers:aws::p", "type": "pulumi:providers:aws", "inputs": {"region": "eu-west-1"}
    }  # fmt: skip
    secret = {SECRET: "1b47061264138c4ac30d75fd1eb44270"}
    found = resources_of(
        state(
            provider,
            entry(
                inputs={"a": {**secret, "ciphertext": "x"}, "b": {**secret, "plaintext": '"open"'}},
                outputs={"id": "t-1", "policy": AWS_DEFAULT},
                parent="urn:pulumi:dev::app::pulumi:pulumi:Stack::app-dev",
                protect=True,
                ignoreChanges=["tags"],
                dependencies=["urn:x"],
                propertyDependencies={"a": ["urn:x"], "b": None},
                provider=f"{provider['urn']}::1234",
            ),
            entry(delete=True, inputs={}),
            entry(outputs={"id": "t-2", "displayName": ""}),
        )
    )
    assert [item.name for item in found] == ["p", "t", "t"]
    _, whole, read = found
    assert whole.props == {"a": UNKNOWN, "b": "open", "id": "t-1"}
    assert (whole.protect, whole.ignore_changes, whole.dependencies) == (True, ("tags",), ("urn:x",))
    assert whole.property_dependencies == {"a": ("urn:x",), "b": ()}
    assert whole.provider_region == "eu-west-1"
    assert (read.props, read.read_back) == ({"id": "t-2"}, True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("[]", "deployment.resources"),
        ('{"deployment": {"resources": {}}}', "deployment.resources"),
        ('{"deployment": {"resources": [{"urn": "urn:x"}]}}', r"deployment.resources\[0\] must be an object"),
        ('{"deployment": {"resources": [3]}}', r"deployment.resources\[0\] must be an object"),
    ],
)
def test_a_text_that_is_no_state_is_refused(text: str, problem: str) -> None:
    with pytest.raises(StateError, match=problem):
        resources_of(text)


def test_the_command_judges_a_state_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "state.json"
    file.write_text(exported("dev"))
    options = ["--config", str(POLICY / "config/dev.json"), "--waivers", str(POLICY / "waivers.yaml")]
    assert main(["judge", str(file), *options]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith(" checks: 0 violations.\n")
    assert "Accepted by a waiver" in shown
    assert main(["judge", str(file)]) == 1
    assert "s3-log-bucket-is-locked-six-years" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        (b"{", (), "state.json: expected JSON"),
        (b"\xff", (), "state.json: expected a text file in UTF-8"),
        (None, (), "state.json: No such file"),
        (b'{"deployment": {"resources": []}}', ("--config", "absent.json"), "absent.json: No such file"),
        (b'{"deployment": {"resources": []}}', ("--config", "state.json"), "deployment: enforcementLevel must be"),
        (b'{"deployment": {"resources": []}}', ("--waivers", "absent.yaml"), "absent.yaml: No such file"),
    ],
)  # fmt: skip
def test_the_command_names_a_file_that_it_cannot_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    content: bytes | None, options: tuple[str, ...], problem: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("state.json").write_bytes(content)
    assert main(["judge", "state.json", *options]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("stack", STACKS)
def test_a_resource_that_the_program_reads_is_judged_by_its_outputs(stack: str) -> None:
    """The engine sends such a resource with the whole stack only; its topic policy stays with the resource that owns it."""
    record, before = compliant(stack)
    read = frozenset(item.urn for item in record.of_type(TOPIC, "aws:sqs/queue:Queue"))
    assert read
    assert reported(record, "encryption", {}, read) == reported(record, "encryption", {})
    alone = replace(
        record, resources=tuple(item for item in record.resources if not item.type.endswith("TopicPolicy"))
    )
    added = reported(alone, "encryption", {}, read) - reported(record, "encryption", {})
    assert {urn for _, urn, message in added if "message-store-refuses-plain-http" in message} == {
        item.urn for item in record.of_type(TOPIC)
    }
    assert before
