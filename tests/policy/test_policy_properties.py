"""Properties of every program: no input makes a rule fail, and the order of resources does not matter."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hipaa_policies.catalog import PACKS, Pack, controls
from hipaa_policies.judge import Report, judge
from hipaa_policies.model import JudgedResource
from hipaa_policies.pack import policies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import proxy as sdk
from pulumi_policy.deserialize import (
    SPECIAL_ASSET_SIG,
    SPECIAL_SECRET_SIG,
    SPECIAL_SIG_KEY,
    deserialize_properties,
)
from pulumi_policy.policy import _NotApplicableError  # pyright: ignore[reportPrivateUsage]

from blueprint import verdict
from tests.policy.changes import CHANGES, weakened
from tests.policy.mutation.claims import properties_read_of
from tests.repository import recorded

TYPES = sorted({type_ for item in controls() for type_ in (*item.types, *item.reads) if "*" not in type_})
UNKNOWNS = st.sampled_from(
    [
        sdk.UNKNOWN_BOOLEAN_VALUE,
        sdk.UNKNOWN_NUMBER_VALUE,
        sdk.UNKNOWN_STRING_VALUE,
        sdk.UNKNOWN_ARRAY_VALUE,
        sdk.UNKNOWN_ASSET_VALUE,
        sdk.UNKNOWN_OBJECT_VALUE,
    ]
)
WORDS = st.sampled_from(
    [
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Principal",
        "AWS",
        "*",
        "Action",
        "Resource",
        "Condition",
        "Bool",
        "tags",
        "tier",
        "data",
        "purpose",
        "audit-log",
        "ebs",
        "days",
        "0.0.0.0/0",
        "::/0",
        "igw-1",
        "name",
        "value",
        "rules",
        '{"Statement": 1}',
        '[{"logConfiguration": 3}]',
        "{",
        "[]",
        "true",
        "false",
        "alias/aws/x",
        "postgres",
        "HTTP",
    ]
) | st.text(max_size=4)


def secret(value: Any) -> dict[str, Any]:
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


def asset(text: str) -> dict[str, Any]:
    return {SPECIAL_SIG_KEY: SPECIAL_ASSET_SIG, "text": text}


WIRE: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | UNKNOWNS
    | st.builds(asset, WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3) | st.builds(secret, inner)
    ),
    max_leaves=8,
)


@st.composite
def bags(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a resource type and properties as the SDK passes them to a policy: deserialized and wrapped in its proxy."""
    type_ = draw(st.sampled_from(TYPES))
    struct = struct_pb2.Struct()
    names = properties_read_of(type_) or ["x"]
    struct.update(draw(st.dictionaries(st.sampled_from(names) | WORDS, WIRE, max_size=5)))
    return type_, sdk.unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(struct)))


def linked(
    drawn: list[tuple[str, Any]], links: list[tuple[int, str, int]], region: Any
) -> list[PolicyResource]:
    options = PolicyResourceOptions(
        True, ["tags", "*", 'rules[0]["x"]'], None, [], PolicyCustomTimeouts(0, 0, 0), []
    )
    provider = PolicyProviderResource(
        "pulumi:providers:aws", sdk.unknown_checking_proxy({"region": region}), "", "default"
    )
    resources = [
        PolicyResource(
            type_, props, f"urn:pulumi:dev::app::{type_}::r{at}", f"r{at}", options, provider, None, [], {}
        )
        for at, (type_, props) in enumerate(drawn)
    ]
    for source, name, target in links:
        if resources:
            referrer, referent = resources[source % len(resources)], resources[target % len(resources)]
            referrer.property_dependencies.setdefault(name, []).append(referent)
            referrer.parent = referent
    return resources


@cache
def served(name: str) -> list[Policy]:
    return policies(name)  # type: ignore[arg-type]


REFERRING = st.sampled_from(
    sorted({name for item in controls() for names in item.reads.values() for name in names})
)
LINKS = st.lists(st.tuples(st.integers(0, 9), REFERRING, st.integers(0, 9)), max_size=6)


@settings(max_examples=40, suppress_health_check=[HealthCheck.data_too_large])
@given(
    st.lists(bags(), max_size=6), LINKS, st.sampled_from(["us-east-1", sdk.UNKNOWN_STRING_VALUE, None, 7.0])
)
def test_no_properties_of_the_sdk_make_a_policy_fail(
    drawn: list[tuple[str, Any]], links: list[tuple[int, str, int]], region: Any
) -> None:
    resources = linked(drawn, links, region)
    messages: list[str] = []

    def report(message: str, _urn: str | None = None) -> None:
        messages.append(message)

    for name in PACKS:
        for policy in served(name):
            if isinstance(policy, StackValidationPolicy):
                policy.validate(StackValidationArgs(resources), report)
                continue
            for item in resources:
                args = ResourceValidationArgs(
                    item.resource_type, item.props, item.urn, item.name, item.opts, item.provider
                )
                try:
                    policy.validate(args, report)  # type: ignore[attr-defined]
                except _NotApplicableError as not_applicable:
                    assert not_applicable.reason  # noqa: PT017, the SDK raises it if a policy does not apply
    assert [item for item in messages if "stopped with" in item] == []


def verdicts(report: Report) -> set[tuple[str, str, str, bool]]:
    return {
        (item.policy, item.urn, item.message, item.deferred)
        for item in (*report.violations, *report.advisories)
    }


def programs() -> Iterator[tuple[str, list[JudgedResource]]]:
    for change in CHANGES:
        yield change, verdict.judged_record(weakened("prod", change))
    yield "at a first preview", verdict.judged_record(recorded("prod", known=False))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_verdict_does_not_depend_on_the_order_of_resources(seed: int) -> None:
    for case, resources in programs():
        shuffled = [
            replace(item, props=dict(sorted(item.props.items(), reverse=True)))
            for item in random.Random(seed).sample(resources, len(resources))  # noqa: S311, no secret depends on it
        ]
        assert verdicts(judge(shuffled)) == verdicts(judge(resources)), case


@settings(max_examples=30, suppress_health_check=[HealthCheck.data_too_large])
@given(st.lists(bags(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_verdict_on_odd_resources_does_not_depend_on_their_order(
    drawn: list[tuple[str, Any]], shuffle: random.Random
) -> None:
    resources = [
        JudgedResource(f"urn:pulumi:dev::app::{type_}::r{at}", type_, f"r{at}", props)
        for at, (type_, props) in enumerate(drawn)
    ]
    stack = JudgedResource(
        "urn:pulumi:dev::app::pulumi:pulumi:Stack::app-dev", "pulumi:pulumi:Stack", "app-dev", {}
    )
    assert verdicts(judge(shuffle.sample([*resources, stack], len(resources) + 1))) == verdicts(
        judge([stack, *resources])
    )


def test_every_control_belongs_to_one_of_four_packs() -> None:
    four: tuple[Pack, ...] = ("encryption", "retention", "isolation", "baseline")
    assert four == PACKS
    assert {item.pack for item in controls()} == set(PACKS)
