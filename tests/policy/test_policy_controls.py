"""Every control on edits of a compliant program: compliant, violating, missing and unknown values."""

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from hipaa_policies import tokens as t
from hipaa_policies.catalog import Control, controls
from hipaa_policies.judge import judge
from hipaa_policies.model import JudgedResource

from tests.policy.areas import AREAS, buckets, logs, network
from tests.policy.mutation.claims import claims
from tests.policy.mutation.mutants import changed, changes
from tests.policy.program import (
    GONE,
    Edits,
    Rows,
    applicable_findings,
    edited,
    extra,
    outcome,
    proxied,
    resource,
)

CONTROLS = {item.id: item for item in controls()}
ACL = "data-tier-acl-is-closed-to-the-internet"
ENDPOINT = "vpc-endpoint-has-a-policy"
CLAIMS = {id_: [claim for claim in claims() if claim.control == id_] for id_ in CONTROLS}


@dataclass(frozen=True)
class Case:
    """Edits of the program of one area, and the verdict that a control must reach."""

    control: Control
    good: Mapping[str, JudgedResource]
    edits: Edits
    expected: str
    label: str


def cases() -> Iterator[Case]:
    for area in AREAS:
        name = area.__name__.rpartition(".")[2]
        for id_, rows in area.ROWS.items():
            unknown = {"present": "pass", "defer": "defer", "fail": "fail"}[CONTROLS[id_].unknown]
            groups: dict[str, tuple[Sequence[Edits], str]] = {
                "compliant": (({}, *rows.compliant), "pass"),
                "violating": (rows.violating, "fail"),
                "missing": (rows.missing, "pass" if rows.missing_is_fine else "fail"),
                "unknown": (rows.unknown, unknown),
            }
            for state, (edits, expected) in groups.items():
                for number, edit in enumerate(edits, 1):
                    label = f"{name}-{id_}-{state}-{number}"
                    yield Case(CONTROLS[id_], area.GOOD, edit, expected, label)


CASES = [pytest.param(case, id=case.label) for case in cases()]


@pytest.mark.parametrize("case", CASES)
def test_a_control_reaches_the_expected_verdict_on_plain_data_and_on_sdk_proxies(case: Case) -> None:
    program = edited(case.good, case.edits)
    assert outcome(case.control, program) == case.expected
    assert outcome(case.control, [proxied(item) for item in program]) == case.expected


def test_every_control_has_rows_of_all_four_kinds() -> None:
    rows: list[tuple[str, Rows]] = [pair for area in AREAS for pair in area.ROWS.items()]
    assert {id_ for id_, _ in rows} == set(CONTROLS)
    assert [id_ for id_, row in rows if not (row.violating and row.missing and row.unknown)] == []


def test_every_control_passes_a_compliant_program_unless_it_forbids_types() -> None:
    judged: set[str] = set()
    for area in AREAS:
        report = judge(area.GOOD.values())
        assert (area.__name__, report.violations, report.advisories) == (area.__name__, (), ())
        judged |= {tally.control for tally in report.tallies if tally.passed}
    assert set(CONTROLS) - judged == {
        "kms-key-material-is-from-kms",
        "iam-has-no-users",
        "resource-type-is-supported",
        "load-balancer-is-not-classic",
    }


@pytest.mark.parametrize(
    ("id_", "area", "edits"),
    [
        ("kms-key-rotates-yearly", logs, {"key customerMasterKeySpec": "HMAC_256"}),
        ("kms-key-rotates-yearly", logs, {"key customKeyStoreId": "cks-1"}),
        (ENDPOINT, network, {"endpoint serviceName": "com.amazonaws.vpce.us-east-1.vpce-svc-0123"}),
        (ENDPOINT, network, {"endpoint serviceName": "com.amazonaws.us-east-1.ecs-agent"}),
        (ENDPOINT, network, {"endpoint vpcEndpointType": "GatewayLoadBalancer"}),
        (ACL, network, extra(t.NETWORK_ACL, {"tags": {"Tier": "public"}})),
        (ACL, network, {"data-acl": resource(t.NETWORK_ACL, "data-acl", {}), "isolated-subnet": GONE}),
        ("s3-log-bucket-keeps-six-years", buckets, extra(t.BUCKET)),
        ("s3-log-bucket-is-locked-six-years", buckets, extra(t.BUCKET)),
    ],
)
def test_a_control_does_not_apply_to_resources_outside_its_scope(
    id_: str, area: ModuleType, edits: Edits
) -> None:
    program = edited(area.GOOD, edits)
    report = judge(program, pack=CONTROLS[id_].pack)
    assert outcome(CONTROLS[id_], program) == "pass"
    assert next(tally.not_applicable for tally in report.tallies if tally.control == id_) > 0


def test_every_message_states_the_requirement_in_a_full_sentence() -> None:
    messages: set[str] = set()
    for case in cases():
        if case.expected == "fail":
            program = edited(case.good, case.edits)
            messages |= {finding.message for finding in applicable_findings(case.control, program)}
    assert len(messages) > len(CONTROLS)
    odd = [item for item in messages if not (re.search(r"\bmust\b|\bmay\b", item) and item.endswith("."))]
    assert odd == []


@pytest.mark.parametrize("control", controls(), ids=lambda control: control.id)
def test_a_control_has_citations_sources_and_complete_texts(control: Control) -> None:
    citation = re.compile(r"164\.3(08|10|12|14|16)(\([a-zA-Z0-9]+\))+")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", control.id)
    assert all(citation.fullmatch(item) for item in control.citations)
    assert len(control.citations) == len(set(control.citations)) > 0
    assert control.types
    assert control.sources
    assert all("\n" not in text and text.endswith(".") for text in (control.description, control.remediation))
    assert not control.title.endswith(".")
    assert all("default" in schema for schema in control.settings.values())
    assert control.settings_of({}) == {name: schema["default"] for name, schema in control.settings.items()}


def test_every_type_and_property_that_a_control_reads_exists_in_the_provider() -> None:
    read = {
        (type_, name)
        for control in controls()
        for type_, names in (*control.types.items(), *control.reads.items())
        if type_.startswith("aws:") and not type_.endswith(("*", "V2"))
        for name in ("urn", *names)
    }
    assert len(read) > 500
    assert [f"{type_} {name}" for type_, name in sorted(read) if name not in provider_properties(type_)] == []
    declared = {type_: provider_token(type_) for type_, _ in read}
    assert [type_ for type_, token in declared.items() if type_ != token] == []


@cache
def provider_class(type_: str) -> type[Any]:
    module, noun = type_.split(":")[1].split("/")[0], type_.rpartition(":")[2]
    module = "lambda_" if module == "lambda" else module
    return getattr(importlib.import_module(f"pulumi_aws.{module}"), noun)


def provider_token(type_: str) -> str:
    return str(provider_class(type_).pulumi_type)


@cache
def provider_properties(type_: str) -> frozenset[str]:
    """Return a resource's properties by their wire names."""
    class_ = provider_class(type_)
    return frozenset(camel(name) for name in dir(class_) if isinstance(getattr(class_, name), property))


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@pytest.mark.parametrize("odd", [[{"odd": [1]}, ["odd"]], {"odd": {"odd": []}}, 3.5, True, "odd"], ids=repr)
def test_a_claimed_property_with_a_value_of_a_wrong_type_makes_no_rule_fail(odd: Any) -> None:
    broken: list[str] = []
    for area in AREAS:
        for id_ in area.ROWS:
            for at, item in enumerate(area.GOOD.values()):
                for claim in (claim for claim in CLAIMS[id_] if claim.is_of(item)):
                    value = item.props.get(claim.property, odd)
                    paths = {path for path, _, _ in changes((claim.property,), value)}
                    for path in paths:
                        program = [*area.GOOD.values()]
                        whole = replace(item, props={**item.props, claim.property: value})
                        program[at] = changed(whole, path, odd)
                        reported = applicable_findings(CONTROLS[id_], program)
                        broken += [finding.message for finding in reported if finding.broken]
    assert broken == []
