"""Type tokens with the same schema as another one are judged the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest
from hipaa_policies import tokens as t
from hipaa_policies.aliases import TYPES, canonical, region_of
from hipaa_policies.judge import judge
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import MISSING, UNKNOWN, peek
from pulumi_policy import proxy

from blueprint import verdict
from tests.repository import recorded

UNSUPPORTED = "resource-type-is-supported"
TWINS = {known: twin for twin, known in TYPES.items()}
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"


def resource(type_: str, props: Any, **facts: Any) -> JudgedResource:
    return JudgedResource(f"urn:pulumi:dev::app::{type_}::x", type_, "x", props, **facts)


def verdicts(resources: list[JudgedResource]) -> Counter[tuple[str, str]]:
    report = judge(resources)
    reported = (*report.violations, *report.advisories)
    return Counter((item.policy, item.message) for item in reported if item.policy != UNSUPPORTED)


def without_inputs(resources: list[JudgedResource]) -> list[JudgedResource]:
    """Return a program without its inputs, which has many violations."""
    return [replace(item, props={}) if item.type in TWINS else item for item in resources]


@pytest.mark.parametrize("change", [list, without_inputs])
def test_prod_is_judged_the_same_with_every_other_type_token(change: Any) -> None:
    resources = change(verdict.judged_record(recorded("prod")))
    respelled = [replace(item, type=TWINS.get(item.type, item.type)) for item in resources]
    assert sum(item.type in TYPES for item in respelled) > 10
    assert verdicts(respelled) == verdicts(resources)


def test_twins_have_the_same_properties_in_the_provider() -> None:
    def properties(type_: str) -> set[str]:
        module, noun = type_.split(":")[1].split("/")[0], type_.rpartition(":")[2]
        class_: Any = getattr(getattr(aws, module), noun)
        return {name for name in dir(class_) if isinstance(getattr(class_, name), property)}

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
def test_a_deprecated_bucket_type_is_judged_and_rejected(type_: str) -> None:
    violations = judge([resource(type_, {})]).violations
    assert [item.message for item in violations if item.policy == UNSUPPORTED] == [
        f"This setting must be made with aws.s3.{type_.rpartition(':')[2].removesuffix('V2')}, "
        f"but the rules do not read {type_}."
    ]


@pytest.mark.parametrize(
    "bag",
    [
        {"versionings": [{"enabled": True}]},
        proxy.unknown_checking_proxy({"versionings": [{"enabled": True}]}),
    ],
)
def test_inline_settings_of_the_deprecated_bucket_get_their_current_names(bag: Any) -> None:
    bucket = canonical(resource(BUCKET_V2, bag, property_dependencies={"loggings": ("urn:x",)}))
    assert (bucket.type, bucket.original_type) == (t.BUCKET, BUCKET_V2)
    assert peek(bucket.props, "versioning", 0, "enabled") is True
    assert peek(bucket.props, "versionings") is MISSING
    assert bucket.property_dependencies == {"logging": ("urn:x",)}
    inline = "s3-bucket-is-set-by-own-resources"
    assert inline in {item.policy for item in judge([resource(BUCKET_V2, bag)]).violations}


def test_an_unknown_setting_stays_unknown_under_its_current_name() -> None:
    bag: Any = proxy.unknown_checking_proxy({"versionings": proxy.UNKNOWN_ARRAY_VALUE})
    assert peek(canonical(resource(BUCKET_V2, bag)).props, "versioning") is UNKNOWN


def test_a_resource_with_the_canonical_type_is_returned_unchanged() -> None:
    key = resource(t.KEY, {})
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
def test_the_region_of_a_resource_takes_precedence_over_its_providers_region(
    props: Any, provider: object, expected: object
) -> None:
    assert region_of(resource(t.KEY, props, provider_region=provider)) == expected


def test_a_recorded_resource_has_the_region_of_its_provider() -> None:
    record = recorded("prod")
    own_region = {item.urn: item.inputs["region"] for item in record.resources if "region" in item.inputs}
    # Backups are copied to a second region.
    assert set(own_region.values()) == {"us-west-2"}
    aws_resources = [item for item in verdict.judged_record(record) if item.type.startswith("aws:")]
    assert len(aws_resources) > 500
    home = record.config["aws:region"]
    assert [item.urn for item in aws_resources if region_of(item) != own_region.get(item.urn, home)] == []
