"""The packs as Pulumi runs them: over gRPC they say what judging in the process says."""

from __future__ import annotations

import datetime
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
import yaml
from hipaa_policies import pack as packing
from hipaa_policies import waivers
from hipaa_policies.catalog import Config, Control, Pack, controls
from hipaa_policies.judge import judge
from hipaa_policies.model import Resource as JudgedResource
from hipaa_policies.pack import WAIVERS_VARIABLE
from hipaa_policies.sentences import deferrals, in_full
from hipaa_policies.values import UNKNOWN as JUDGED_UNKNOWN
from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
)

from benchmarks.mutation import Judged, Mutant
from blueprint import packs, verdict
from blueprint.packs import PACKS, PackError, Said, running
from blueprint.record import Record, Resource
from blueprint.recorder import evaluate
from blueprint.values import UNKNOWN, Secret
from tests.policy.engine import deployed, laid_over, refreshed
from tests.repository import POLICY, STACKS, policy_config, recorded
from tests.repository import judge as judge_record

BY_ID = {item.id: item for item in controls()}
LOG = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = {"aws:region": "us-east-1", "hipaa:account": "123456789012"}


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[[str], packs.Pack]]:
    with ExitStack() as stack:

        @cache
        def started(name: str) -> packs.Pack:
            return stack.enter_context(running(name, recorded("prod"), policy=POLICY))

        yield started


def given(stack: str) -> dict[str, Any]:
    return json.loads((POLICY / "config" / f"{stack}.json").read_text())


def told(said: tuple[Said, ...]) -> set[tuple[str, str, str]]:
    """Return level, resource and sentence; the SDK puts the policy's description on a line before it."""
    return {(item.level, item.urn, item.message.partition("\n")[2]) for item in said}


def expected(record: Record, name: Pack) -> set[tuple[str, str, str]]:
    """Return what judging in this process says of a record, as a pack words it."""
    report = judge(
        verdict.judged_record(record),
        config=policy_config(record.stack),
        waivers=waivers.load(POLICY / "waivers.yaml"),
        pack=name,
    )
    violations = {
        ("mandatory", item.urn, in_full(item, BY_ID.get(item.policy))) for item in report.violations
    }
    let_pass = {
        ("advisory", item.urn, in_full(item, BY_ID[item.policy]))
        for item in (*report.waived, *report.advisories)
        if not item.deferred
    }
    return violations | let_pass | {("advisory", "", sentence) for sentence in deferrals(report)}


@cache
def mutants(stack: str, existing: bool) -> tuple[Mutant, ...]:
    record = deployed(stack) if existing else recorded(stack)
    return tuple(Judged(verdict.judged_record(record), {}).mutants())


def few(record: Record) -> Record:
    """Return a record with three resources of each type at the most, and every component."""
    seen: Counter[str] = Counter()
    kept: list[Resource] = []
    for item in record.resources:
        seen[item.type] += 1
        if not item.custom or seen[item.type] <= 3:
            kept.append(item)
    known = {item.urn for item in kept}
    alone = (
        replace(
            item,
            dependencies=tuple(urn for urn in item.dependencies if urn in known),
            property_dependencies={
                name: tuple(urn for urn in urns if urn in known)
                for name, urns in item.property_dependencies.items()
            },
        )
        for item in kept
    )
    return replace(record, resources=tuple(alone))


CHANGES = ("first", "middle", "last")


def worsened(stack: str, change: str) -> Record:
    """Return a stack that exists, ruined in its inputs, with outputs that follow them."""
    return laid_over(deployed(stack), ruined(deployed(stack), change))


def recordable(value: Any) -> Any:
    """Return a value of the policies as the recorder writes it: each has a sentinel for unknown values."""
    if value is JUDGED_UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: recordable(item) for key, item in value.items()}
    return [recordable(item) for item in value] if isinstance(value, list) else value


def ruined(record: Record, change: str) -> Record:
    """Return a record in which every field that a control looks at is changed for the worse, in one of its ways."""
    ways: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants(record.stack, record is deployed(record.stack)):
        ways.setdefault((mutant.resource.urn, mutant.property_), []).append(mutant)
    inputs = {item.urn: dict(item.inputs) for item in record.resources}
    for (urn, name), found in ways.items():
        changed = recordable(
            found[CHANGES.index(change) * (len(found) - 1) // (len(CHANGES) - 1)].mutated.props
        )
        if name not in changed:
            inputs[urn].pop(name, None)
        elif name in inputs[urn]:
            inputs[urn][name] = changed[name]
    resources = (replace(item, inputs=inputs[item.urn], protect=False) for item in record.resources)
    return replace(record, resources=tuple(resources))


def nothing_known(record: Record) -> Record:
    """Return a record in which no input at all is known."""
    return replace(
        record,
        resources=tuple(
            replace(item, inputs=dict.fromkeys(item.inputs, UNKNOWN)) for item in record.resources
        ),
    )


def kept_secret(record: Record) -> Record:
    """Return a record in which every input is a secret."""
    return replace(
        record,
        resources=tuple(
            replace(item, inputs={name: Secret(value) for name, value in item.inputs.items()})
            for item in record.resources
        ),
    )


RECORDS: dict[str, Callable[[], Record]] = {
    **{f"{stack} at its first preview": lambda stack=stack: recorded(stack, known=False) for stack in STACKS},
    **{f"{stack} with every value": lambda stack=stack: recorded(stack) for stack in STACKS},
    **{
        f"prod with the {change} change": lambda change=change: few(ruined(recorded("prod"), change))
        for change in CHANGES
    },
    "prod with nothing known": lambda: nothing_known(few(recorded("prod"))),
    "prod with secrets": lambda: kept_secret(few(recorded("prod"))),
    **{
        f"an existing prod with the {change} change": lambda change=change: few(worsened("prod", change))
        for change in CHANGES
    },
}  # fmt: skip
EXISTING: dict[str, Callable[[Record], Record]] = {
    "as pulumi up and the preview after it send it": lambda record: record,
    "after a refresh": refreshed,
}
"""How the outputs of a stack that exists reach a policy over the whole stack."""


@pytest.fixture(scope="module")
def heard(serving: Any) -> Callable[[str, str], tuple[Record, tuple[Said, ...]]]:
    """Return one of the records and what a pack's server says of it, asked once."""

    @cache
    def ask(name: str, case: str) -> tuple[Record, tuple[Said, ...]]:
        record = RECORDS[case]()
        pack = serving(name)
        pack.configure(given(record.stack))
        return record, pack.judge(record, deployed="existing" in case)

    return ask


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("case", RECORDS)
def test_the_server_says_what_the_process_says(heard: Any, name: Pack, case: str) -> None:
    record, said = heard(name, case)
    assert told(said) == expected(record, name)


@pytest.mark.parametrize("name", PACKS)
def test_a_ruined_record_has_something_to_say_in_every_pack(name: Pack) -> None:
    levels = [level for level, _, _ in expected(ruined(recorded("prod"), "first"), name)]
    assert levels.count("mandatory") >= 3


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_that_exists_is_judged_by_its_inputs(serving: Any, name: Pack, stack: str) -> None:
    record = deployed(stack)
    wanted = expected(record, name)
    assert [item for item in wanted if item[0] == "mandatory"] == []
    pack = serving(name)
    pack.configure(given(stack))
    region = record.config["aws:region"]
    alone = tuple(said for item in record.resources for said in pack.analyze(item, region))
    for case, read_back in EXISTING.items():
        resources = read_back(record).resources
        whole = tuple(pack.analyze_stack(resources, region, deployed=True))
        assert told((*alone, *whole)) == wanted, case


@pytest.mark.parametrize("name", PACKS)
def test_each_change_for_the_worse_of_a_stack_that_exists_is_reported(heard: Any, name: Pack) -> None:
    _, clean = heard(name, "prod with every value")
    before = Counter(item.policy for item in clean if item.level == "mandatory")
    for change in CHANGES:
        _, said = heard(name, f"an existing prod with the {change} change")
        after = Counter(item.policy for item in said if item.level == "mandatory")
        assert len(after - before) >= 5, change


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("stack", STACKS)
def test_a_first_preview_raises_no_alarm_and_no_rule_gives_up(heard: Any, name: Pack, stack: str) -> None:
    _, said = heard(name, f"{stack} at its first preview")
    assert [item for item in said if item.level == "mandatory"] == []
    assert [
        item for item in said if "stopped with" in item.message or "can't run policy" in item.message
    ] == []


@pytest.mark.parametrize("stack", STACKS)
def test_before_ids_are_known_subnets_that_nobody_can_tell_apart_accuse_nobody(stack: str) -> None:
    """Whoever takes an output of `awsx.ec2.Vpc` depends on all its subnets, in the engine and in the record."""
    report = judge_record(recorded(stack, known=False))
    assert report.findings == ()
    assert "database-sits-in-the-data-tier" in {item.policy for item in report.advisories}
    assert "database-sits-in-the-data-tier" not in {
        item.policy for item in judge_record(recorded(stack)).advisories
    }


def test_an_entry_without_a_level_is_refused_as_the_engine_refuses_it(serving: Any, tmp_path: Path) -> None:
    with pytest.raises(PackError, match='invalid enforcement level "" of retention-relations'):
        serving("encryption").configure({"retention-relations": {"backup-vault-is-locked": {"min_days": 3}}})
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "dev.json").write_text('{"kms-key-rotates-yearly": {"max_period_days": 90}}')
    with pytest.raises(verdict.PolicyConfigError, match="kms-key-rotates-yearly: enforcementLevel must be"):
        verdict.config_of(tmp_path / "config" / "dev.json")


def test_a_level_alone_is_an_entry_as_it_is_for_pulumi(serving: Any, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    file = tmp_path / "config" / "dev.json"
    file.write_text('{"instance-is-monitored-in-detail": "advisory"}')
    wanted = {"instance-is-monitored-in-detail": {"enforcementLevel": "advisory"}}
    assert verdict.config_of(tmp_path / "config" / "dev.json") == wanted
    serving("baseline").configure(json.loads(file.read_text()))
    file.write_text('{"kms-key-rotates-yearly": 3}')
    with pytest.raises(verdict.PolicyConfigError, match="expected a level or a mapping"):
        verdict.config_of(tmp_path / "config" / "dev.json")


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
        assert control.configured(defaults) == control.configured({})
        assert policy.framework.reference == control.citations[0]
        assert policy.remediation_steps == control.remediation
        assert set(policy.tags) >= set(control.sources)
        assert policy.severity > 0
    stack = dict(declared[f"{name}-relations"].configSchema.properties)
    assert set(stack) == {item.id for item in controls(name) if item.stack_check is not None}


def test_strict_defaults_are_what_no_configuration_gives(serving: Any) -> None:
    """The strictest applies without a file: dev's exceptions are violations then."""
    pack = serving("retention")
    record = recorded("dev")
    pack.configure({})
    strict = {item.message for item in pack.judge(record) if item.level == "mandatory"}
    assert any("s3-log-bucket-is-locked-six-years" in item for item in strict)
    assert any("stateful-resource-is-protected" in item for item in strict)


def test_a_message_stands_alone(serving: Any) -> None:
    pack = serving("retention")
    pack.configure(given("dev"))
    record = evaluate(lambda: aws.cloudwatch.LogGroup("app", retention_in_days=30), CONFIG)
    (message,) = (
        item.message
        for item in pack.judge(record)
        if item.level == "mandatory" and "log-group" in item.message
    )
    assert message.partition("\n")[2] == (
        f"{LOG} app is judged by log-group-keeps-six-years: retentionInDays must be at least 2192, but it is 30. "
        f"Maps to 45 CFR 164.316(b)(2)(i), 164.312(b), 164.308(a)(1)(ii)(D). To mend it: "
        f"{BY_ID['log-group-keeps-six-years'].remediation}"
    )


@pytest.mark.parametrize(
    ("name", "config", "problem"),
    [
        ("encryption", {"kms-key-rotates-yearly": {"max_days": 1}}, "max_days is not a setting of this control"),
        ("encryption", {"kms-key-rotates-yearly": {"max_period_days": 4000}}, "must be a whole number from 90 to 365"),
        (
            "retention", {"retention-relations": {"log-group-keeps-six-years": {"min_days": 7}}},
            "log-group-keeps-six-years: min_days must be a whole number of at least 2192",
        ),
        ("retention", {"retention-relations": {"log-group-keeps": {}}}, "is not a control that the pack retention applies"),
        ("retention", {"retention-relations": {"stateful-resource-is-protected": {}}}, "is not a control that the pack"),
    ],
)  # fmt: skip
def test_a_faulty_setting_is_a_mandatory_violation(
    serving: Any, name: str, config: Any, problem: str
) -> None:
    pack = serving(name)
    pack.configure(config)
    record = evaluate(lambda: aws.kms.Key("key"), CONFIG)
    # On the resource, before it is created, if one resource decides; and once for the stack.
    said = {
        item.policy for item in pack.judge(record) if item.level == "mandatory" and problem in item.message
    }
    assert said == {*config, f"{name}-relations"}


def test_a_stack_control_can_be_lowered_where_its_settings_stand(serving: Any) -> None:
    pack = serving("retention")
    pack.configure({"retention-relations": {"log-group-keeps-six-years": {"enforcementLevel": "advisory"}}})
    record = evaluate(lambda: aws.cloudwatch.LogGroup("app", retention_in_days=30), CONFIG)
    levels = {item.level for item in pack.judge(record) if "log-group-keeps-six-years" in item.message}
    assert levels == {"advisory"}


def program() -> None:
    aws.cloudwatch.LogGroup("app", retention_in_days=30, kms_key_id="alias/aws/logs", deletion_protection_enabled=True,
                            opts=pulumi.ResourceOptions(protect=True))  # fmt: skip


TODAY = datetime.datetime.now(datetime.UTC).date()
ENTRY: dict[str, Any] = {
    "policy": "log-group-keeps-six-years",
    "urn": f"urn:pulumi:dev::clinic::{LOG}::app",
    "reason": "The log of a public web page holds no record.",
    "approver": "privacy officer",
    "created": TODAY - datetime.timedelta(days=30),
    "expires": TODAY + datetime.timedelta(days=30),
    "stacks": ["dev"],
}
KEY_ENTRY = {**ENTRY, "policy": "log-group-encrypted-with-own-key"}


def session(
    name: str, environment: Mapping[str, str], policy: Path = POLICY, config: Any = None
) -> set[tuple[str, str]]:
    """Return level and words of what a pack says of a small program of somebody else's."""
    record = evaluate(program, CONFIG, stack="dev", project="clinic")
    with running(name, record, policy=policy, environment=environment) as pack:
        pack.configure(config or {})
        return {(item.level, item.message.partition("\n")[2]) for item in pack.judge(record)}


@pytest.mark.parametrize("name", ["retention", "encryption"])
def test_a_waiver_in_force_is_told_with_its_reason(tmp_path: Path, name: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY, KEY_ENTRY]}))
    ((level, message),) = session(name, {WAIVERS_VARIABLE: str(file)})
    assert level == "advisory"
    assert f"Accepted until {ENTRY['expires']} by the privacy officer: {ENTRY['reason']}" in message


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expires": TODAY - datetime.timedelta(days=1)}, "expired on"),
        ({"urn": f"urn:pulumi:dev::clinic::{LOG}::web"}, "it matches none: remove it"),
        ({"reason": "fine"}, "reason must have at least 20 characters"),
        ({"policy": "*"}, "policy must name one control"),
    ],
)
@pytest.mark.parametrize("name", ["retention", "encryption"])
def test_a_faulty_waiver_is_a_mandatory_violation(
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
def test_a_waiver_file_that_cannot_be_found_is_a_mandatory_violation(variable: str, fault: str) -> None:
    said = session("retention", {WAIVERS_VARIABLE: variable})
    assert len([message for level, message in said if level == "mandatory" and fault in message]) == 1


def test_waivers_can_be_turned_off() -> None:
    said = session("encryption", {WAIVERS_VARIABLE: ""})
    assert {level for level, _ in said} == {"mandatory"}


def test_a_copied_pack_takes_configuration_and_waivers_of_another_program(tmp_path: Path) -> None:
    copied = tmp_path / "vendor" / "policy"
    shutil.copytree(POLICY, copied, ignore=shutil.ignore_patterns("__pycache__", "waivers.yaml", "config"))
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [ENTRY]}))
    config = {"kms-key-rotates-yearly": {"enforcementLevel": "mandatory", "max_period_days": 90}}
    variables = {WAIVERS_VARIABLE: str(file)}
    levels = {name: {level for level, _ in session(name, variables, copied, config)} for name in PACKS}
    assert levels == {
        "encryption": {"mandatory"}, "retention": {"advisory"}, "isolation": set(), "baseline": set()
    }  # fmt: skip
    (copied / "waivers.yaml").write_text(yaml.safe_dump({"waivers": [KEY_ENTRY]}))
    assert {level for level, _ in session("encryption", {}, copied)} == {"advisory"}


def test_what_breaks_the_start_of_a_pack_is_told(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "__main__.py").write_text("print('a banner')\nraise SystemExit(3)\n")
    with (
        pytest.raises(PackError, match="printed no port, but 'a banner'"),
        running("odd", recorded("dev"), policy=tmp_path),
    ):
        pass


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_says_which_environment_it_needs(name: str) -> None:
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
    yield ""  # pragma: no cover, it makes this a generator


def test_a_rule_that_raises_is_mandatory_whatever_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
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
    said: list[str] = []

    def report(message: str, _urn: str | None = None) -> None:
        said.append(message)

    resource: Any = policies["broken-rule"]
    resource.validate(ResourceValidationArgs(LOG, {}, "urn:x", "app", options, None), report)
    assert len(said) == 1
    stack: Any = policies["retention-relations"]
    assert stack.enforcement_level is EnforcementLevel.MANDATORY
    recorded_one = PolicyResource(LOG, {}, "urn:x", "app", options, None, None, [], {})
    stack.validate(StackValidationArgs([recorded_one]), report)
    assert len(said) == 2
    assert "must reach a verdict, but it stopped with KeyError: 'kmsKeyId'" in said[1]
