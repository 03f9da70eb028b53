"""A record in the format of `pulumi stack export`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hipaa_policies import judge, state

from blueprint.controls import JudgedStack
from blueprint.record import Record, Resource
from blueprint.state import as_state
from blueprint.values import UNKNOWN, Secret
from blueprint.verdict import waivers_of
from tests.repository import STACKS, policy_config, recorded, workspace


@cache
def exported(stack: str, known: bool = True) -> str:
    return json.dumps(as_state(recorded(stack, known)))


def entries(record: Record) -> list[dict[str, Any]]:
    return json.loads(json.dumps(as_state(record)))["deployment"]["resources"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("stack", STACKS)
def test_the_policies_judge_the_file_as_they_judge_the_record(stack: str, known: bool) -> None:
    expected = JudgedStack.of(recorded(stack, known), workspace()).report
    resources = state.resources_of(exported(stack, known))
    judged = judge.judge(resources, config=policy_config(stack), waivers=waivers_of(workspace().waivers_file))
    assert {(item.policy, item.urn, item.message) for item in judged.waived} == {
        (item.policy, item.urn, item.message) for item in expected.waived
    }
    assert judged.violations == expected.violations == ()
    assert judged.passing_urns == expected.passing_urns


@pytest.mark.parametrize("stack", STACKS)
def test_every_registration_is_in_the_file_with_its_parent_and_protection(stack: str) -> None:
    record = recorded(stack)
    found = {item["urn"]: item for item in entries(record)}
    assert set(record.by_urn) <= set(found)
    assert {urn for urn, item in found.items() if item.get("protect")} == {
        item.urn for item in record.resources if item.protect
    }
    assert all(found[item.urn].get("parent") == item.parent for item in record.resources)


def test_a_secret_has_no_text_and_an_unknown_value_has_the_marker_of_the_engine() -> None:
    bucket = Resource(
        urn="urn:pulumi:dev::clinic::aws:s3/bucket:Bucket::files",
        type="aws:s3/bucket:Bucket",
        name="files",
        inputs={"tags": {"owner": Secret("hidden text")}, "bucket": UNKNOWN},
    )
    record = Record("clinic", "dev", {"aws:region": "eu-central-1"}, (bucket,), {})
    provider, entry = entries(record)
    assert "hidden text" not in json.dumps(entry)
    assert entry["inputs"] == {
        "tags": {"owner": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}},
        "bucket": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    }
    assert provider["inputs"] == {"region": "eu-central-1"}
    assert entry["provider"] == f"{provider['urn']}::default"


def test_resources_of_the_file_have_the_region_of_their_provider() -> None:
    read = state.resources_of(exported("prod"))
    region = recorded("prod").config["aws:region"]
    assert {item.provider_region for item in read if item.type.startswith("aws:")} == {region}
