"""Twin spellings: what is written another way is judged the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest
from hipaa_policies import tokens as t
from hipaa_policies.aliases import TYPES, canonical, region_of
from hipaa_policies.judge import judge
from hipaa_policies.model import Resource
from hipaa_policies.values import MISSING, UNKNOWN, peek
from pulumi_policy import proxy

from blueprint import verdict
from tests.repository import recorded

REFUSED = "resource-type-is-supported"
TWINS = {known: twin for twin, known in TYPES.items()}
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"


def made(type_: str, props: Any, **facts: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::app::{type_}::x", type_, "x", props, **facts)


def verdicts(resources: list[Resource]) -> Counter[tuple[str, str]]:
    report = judge(resources)
    said = (*report.violations, *report.advisories)
    return Counter((item.policy, item.message) for item in said if item.policy != REFUSED)


def weakened(resources: list[Resource]) -> list[Resource]:
    """Return a program without its inputs, so that there is much to say about it."""
    return [replace(item, props={}) if item.type in TWINS else item for item in resources]


@pytest.mark.parametrize("change", [list, weakened])
def test_prod_is_judged_the_same_in_every_other_spelling(change: Any) -> None:
    resources = change(verdict.judged_record(recorded("prod")))
    respelled = [replace(item, type=TWINS.get(item.type, item.type)) for item in resources]
    assert sum(item.type in TYPES for item in respelled) > 10
    assert verdicts(respelled) == verdicts(resources)


def test_twins_have_the_same_properties_in_the_provider() -> None:
    def properties(type_: str) -> set[str]:
        module, noun = type_.split(":")[1].split("/")[0], type_.rpartition(":")[2]
        found: Any = getattr(getattr(aws, module), noun)
        return {name for name in dir(found) if isinstance(getattr(found, name), property)}

    different = {
        twin: properties(twin) ^ properties(known)
        for twin, known in TYPES.items()
        if properties(twin) != properties(known)
    }
    renamed = {
        "logging",
        "replication_configuration",
        "server_side_encryption_configuration",
        "versioning",
        "website",
    }
    assert different == {BUCKET_V2: renamed | {f"{name}s" for name in renamed}}


@pytest.mark.parametrize("type_", sorted(item for item in TYPES if item.endswith("V2")))
def test_a_deprecated_bucket_type_is_judged_and_refused(type_: str) -> None:
    said = [item.message for item in judge([made(type_, {})]).violations if item.policy == REFUSED]
    assert said == [
        f"This setting must be made by aws.s3.{type_.rpartition(':')[2].removesuffix('V2')}, "
        f"but {type_} is a spelling the rules do not read."
    ]


@pytest.mark.parametrize(
    "bag", [{"versionings": [{"enabled": True}]}, proxy.unknown_checking_proxy({"versionings": [{"enabled": True}]})]
)  # fmt: skip
def test_inline_settings_of_the_older_bucket_are_found_under_their_other_name(bag: Any) -> None:
    found = canonical(made(BUCKET_V2, bag, property_dependencies={"loggings": ("urn:x",)}))
    assert (found.type, found.written) == (t.BUCKET, BUCKET_V2)
    assert peek(found.props, "versioning", 0, "enabled") is True
    assert peek(found.props, "versionings") is MISSING
    assert found.property_dependencies == {"logging": ("urn:x",)}
    inline = "s3-bucket-is-set-by-own-resources"
    assert inline in {item.policy for item in judge([made(BUCKET_V2, bag)]).violations}


def test_an_unknown_setting_stays_unknown_under_its_other_name() -> None:
    bag: Any = proxy.unknown_checking_proxy({"versionings": proxy.UNKNOWN_ARRAY_VALUE})
    assert peek(canonical(made(BUCKET_V2, bag)).props, "versioning") is UNKNOWN


def test_a_resource_that_has_one_spelling_is_left_as_it_is() -> None:
    key = made(t.KEY, {})
    assert canonical(key) is key


@pytest.mark.parametrize(
    ("props", "provider", "expected"),
    [
        ({"region": "eu-west-1"}, "us-east-1", "eu-west-1"),
        ({}, "us-east-1", "us-east-1"),
        ({"region": ""}, "us-east-1", "us-east-1"),
        ({"region": UNKNOWN}, "us-east-1", UNKNOWN),
        ({}, UNKNOWN, UNKNOWN),
        ({}, None, MISSING),
    ],
)
def test_a_resources_own_region_wins_over_its_providers(
    props: Any, provider: object, expected: object
) -> None:
    assert region_of(made(t.KEY, props, provider_region=provider)) == expected


def test_a_recorded_resource_knows_its_providers_region() -> None:
    record = recorded("prod")
    elsewhere = {item.urn: item.inputs["region"] for item in record.resources if "region" in item.inputs}
    # Backups are copied to a second region.
    assert set(elsewhere.values()) == {"us-west-2"}
    made_by_aws = [item for item in verdict.judged_record(record) if item.type.startswith("aws:")]
    assert len(made_by_aws) > 500
    home = record.config["aws:region"]
    assert [item.urn for item in made_by_aws if region_of(item) != elsewhere.get(item.urn, home)] == []
