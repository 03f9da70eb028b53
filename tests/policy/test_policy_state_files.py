"""State files: they are read as the rules need them, and judged like the program that wrote them."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hipaa_policies import waivers
from hipaa_policies.cli import main
from hipaa_policies.judge import judge
from hipaa_policies.state import StateError, resources_of
from hipaa_policies.values import UNKNOWN

from blueprint import verdict
from blueprint.record import Record
from tests.policy.changes import CHANGES, weakened
from tests.policy.engine import SECRET, STATES, deployed, exported, refreshed, state_config
from tests.repository import POLICY, STACKS

TOPIC = "aws:sns/topic:Topic"
OUTPUT_POLICY = "{}"


def judged_state(stack: str, text: str) -> Any:
    return judge(
        resources_of(text),
        config=state_config(stack),
        waivers=waivers.load(POLICY / "waivers.yaml"),
    )


@pytest.mark.parametrize("stack", STACKS)
def test_a_state_file_is_judged_as_the_program_that_wrote_it(stack: str) -> None:
    report = judged_state(stack, exported(stack))
    by_inputs = judge(
        verdict.judged_record(deployed(stack)),
        config=state_config(stack),
        waivers=waivers.load(POLICY / "waivers.yaml"),
    )
    assert report.violations == by_inputs.violations == ()
    assert report.exempt == by_inputs.exempt != {}
    assert [item.checked for item in report.tallies] == [item.checked for item in by_inputs.tallies]


def as_state(record: Record, text: str) -> str:
    """Return a state file with the inputs and outputs of a record."""
    document = json.loads(text)
    for entry in document["deployment"]["resources"]:
        item = record.by_urn[entry["urn"]]
        entry.update(
            inputs=json.loads(
                json.dumps(item.inputs, default=lambda _: {SECRET: "1b47061264138c4ac30d75fd1eb44270"})
            ),
            outputs=json.loads(
                json.dumps(item.outputs, default=lambda _: {SECRET: "1b47061264138c4ac30d75fd1eb44270"})
            ),
            protect=item.protect,
        )
    return json.dumps(document)


@pytest.mark.parametrize("change", CHANGES)
def test_a_weakened_stack_is_judged_alike_from_its_state_file(change: str) -> None:
    changed = weakened("prod", change, existing=True)
    report = judged_state("prod", as_state(changed, exported("prod")))
    in_process = judge(
        verdict.judged_record(changed),
        config=state_config("prod"),
        waivers=waivers.load(POLICY / "waivers.yaml"),
    )
    assert Counter(item.policy for item in report.violations) == Counter(
        item.policy for item in in_process.violations
    )
    assert len({item.policy for item in report.violations}) > 50


def test_a_refreshed_state_has_no_violation() -> None:
    text = as_state(refreshed(deployed("prod")), exported("prod"))
    assert judged_state("prod", text).violations == ()


def state(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": list(resources)}})


def entry(**changes: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::app::{TOPIC}::t", "type": TOPIC, **changes}


def test_a_resource_of_a_state_file_has_its_options_and_region() -> None:
    provider = {
        "urn": "urn:pulumi:dev::app::pulumi:providers:aws::p",
        "type": "pulumi:providers:aws",
        "inputs": {"region": "eu-west-1"},
    }
    secret = {SECRET: "1b47061264138c4ac30d75fd1eb44270"}
    resources = resources_of(
        state(
            provider,
            entry(
                inputs={"a": {**secret, "ciphertext": "x"}, "b": {**secret, "plaintext": '"open"'}},
                outputs={"id": "t-1", "policy": OUTPUT_POLICY},
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
    assert [item.name for item in resources] == ["p", "t", "t"]
    _, whole, read = resources
    assert whole.props == {"a": UNKNOWN, "b": "open", "id": "t-1"}
    assert (whole.protect, whole.ignore_changes, whole.dependencies) == (True, ("tags",), ("urn:x",))
    assert whole.property_dependencies == {"a": ("urn:x",), "b": ()}
    assert whole.provider_region == "eu-west-1"
    assert (read.props, read.has_outputs_only) == ({"id": "t-2"}, True)


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
def test_a_text_that_is_not_a_state_is_rejected(text: str, problem: str) -> None:
    with pytest.raises(StateError, match=problem):
        resources_of(text)


def test_the_command_line_judges_a_state_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "state.json"
    file.write_text(exported("dev"))
    options = ["--config", str(STATES / "config-dev.json"), "--waivers", str(POLICY / "waivers.yaml")]
    assert main(["judge", str(file), *options]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith(" checks: 0 violations.\n")
    assert main(["judge", str(file)]) == 1
    assert "s3-log-bucket-is-locked-six-years" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("days", "code", "note"),
    [(60, 0, "expires on"), (61, 0, ""), (-1, 1, "expired on")],
)
def test_the_command_line_announces_the_end_of_a_waiver(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: int, code: int, note: str
) -> None:
    state, accepted = tmp_path / "state.json", tmp_path / "waivers.yaml"
    urn = "urn:pulumi:dev::clinic::aws:cloudwatch/logGroup:LogGroup::app"
    inputs = {"retentionInDays": 30, "kmsKeyId": "key", "deletionProtectionEnabled": True}
    group = {
        "urn": urn,
        "type": "aws:cloudwatch/logGroup:LogGroup",
        "custom": True,
        "inputs": inputs,
        "protect": True,
    }
    state.write_text(json.dumps({"deployment": {"resources": [group]}}))
    today = datetime.datetime.now(datetime.UTC).date()
    entry = {
        "policy": "log-group-keeps-six-years",
        "urn": urn,
        "reason": "The log of a public web page holds no record.",
        "approver": "privacy officer",
        "created": today - datetime.timedelta(days=100),
        "expires": today + datetime.timedelta(days=days),
    }
    accepted.write_text(yaml.safe_dump({"waivers": [entry]}))
    assert main(["judge", str(state), "--waivers", str(accepted)]) == code
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]
    assert len(notes) == (1 if note else 0)
    assert all(f"{note} {entry['expires']}" in line for line in notes)


def test_the_command_line_names_every_mistake_in_the_waivers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, accepted = tmp_path / "state.json", tmp_path / "waivers.yaml"
    state.write_text('{"deployment": {"resources": []}}')
    accepted.write_text("waivers: [{policy: none}, 7]")
    assert main(["judge", str(state), "--waivers", str(accepted)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"The waiver file {accepted} has mistakes:" in shown.err
    assert (
        '- waivers.yaml, entry 1, policy: must be the id of one control (see hipaa-policies list), but it is "none".'
        in shown.err
    )
    assert "- waivers.yaml, entry 2: must be a mapping of fields, but it is 7." in shown.err


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        (b"{", (), "state.json: expected JSON"),
        (b"\xff", (), "state.json: expected a text file in UTF-8"),
        (None, (), "state.json: No such file"),
        (b'{"deployment": {"resources": []}}', ("--config", "absent.json"), "absent.json: No such file"),
        (
            b'{"deployment": {"resources": []}}',
            ("--config", "state.json"),
            "deployment: enforcementLevel must be",
        ),
        (b'{"deployment": {"resources": []}}', ("--waivers", "absent.yaml"), "absent.yaml: No such file"),
    ],
)
def test_the_command_line_names_a_file_that_it_cannot_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    options: tuple[str, ...],
    problem: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("state.json").write_bytes(content)
    assert main(["judge", "state.json", *options]) == 2
    assert problem in capsys.readouterr().err
