"""The catalog of controls as a page, and as an OSCAL component definition."""

from __future__ import annotations

import datetime
import json
import re
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hipaa_policies.catalog import PACKS, controls

from blueprint.controls import LAW, OSCAL_VERSION, JudgedStack, component_definition, control_id, page
from blueprint.duties import HUMAN_DUTIES
from tests.repository import recorded, workspace

TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
BY_ID = {item.id: item for item in controls()}


MODIFIED = datetime.datetime(2028, 2, 29, 12, tzinfo=datetime.UTC)


@cache
def judged() -> JudgedStack:
    return JudgedStack.of(recorded("prod"), workspace())


@cache
def definition() -> Any:
    return json.loads(component_definition("1.2.3", judged(), MODIFIED))["component-definition"]


@cache
def text() -> str:
    return page(judged())


@pytest.mark.parametrize("control", controls(), ids=lambda item: item.id)
def test_a_control_has_a_section_with_its_sources_and_its_duty(control: Any) -> None:
    section = text().partition(f"### `{control.id}`\n")[2].partition("\n### ")[0]
    assert control.title in section
    assert control.remediation in section
    for citation in control.citations:
        assert citation in section
    for source in control.sources:
        assert f"`{source.removeprefix('aws-config:').removeprefix('cdk-nag:')}`" in section
    assert f"Human duty: {HUMAN_DUTIES[control.citations[0]][1]}" in section
    assert re.search(r"- In `prod`: (satisfied by \S|no resource that the control applies to)", section)


def test_the_catalog_is_the_page_without_the_resources_of_a_stack() -> None:
    without = "".join(
        line for line in text().splitlines(keepends=True) if not line.startswith("- In `prod`: ")
    )
    assert page() == without


def test_the_page_names_the_resources_of_a_stack() -> None:
    section = text().partition("### `log-group-keeps-six-years`\n")[2].partition("\n### ")[0]
    assert "`cloudwatch/LogGroup` " in section
    waived = text().partition("### `s3-bucket-logs-its-access`\n")[2].partition("\n### ")[0]
    assert "waived for logs-intake" in waived


def test_every_section_that_a_control_cites_has_a_human_duty() -> None:
    cited = {citation for item in controls() for citation in item.citations}
    assert cited - set(HUMAN_DUTIES) == set()
    assert all(duty.endswith(".") for _, duty in HUMAN_DUTIES.values())


def test_the_page_claims_a_mapping_and_no_compliance() -> None:
    assert "maps to" in text()
    assert not re.search(r"\b(is|are|be|being) (HIPAA[- ])?compliant\b", text())


def test_the_component_definition_has_what_oscal_requires() -> None:
    """Required fields of the component definition: pages.nist.gov/OSCAL-Reference, model v1.1.3, JSON reference."""
    found = definition()
    assert set(found) == {"uuid", "metadata", "components"}
    metadata = found["metadata"]
    assert metadata["oscal-version"] == OSCAL_VERSION
    assert metadata["last-modified"] == "2028-02-29T12:00:00Z"
    assert metadata["title"]
    assert metadata["version"] == "1.2.3"
    assert [item["title"] for item in found["components"]] == [f"hipaa-{name}" for name in PACKS]
    for component in found["components"]:
        assert {"uuid", "type", "title", "description"} <= set(component)
        for implementation in component["control-implementations"]:
            assert implementation["source"] == LAW
            assert {"uuid", "source", "description", "implemented-requirements"} == set(implementation)
            for requirement in implementation["implemented-requirements"]:
                assert {"uuid", "control-id", "description"} <= set(requirement)
                assert TOKEN.fullmatch(requirement["control-id"])
                assert all(set(link) == {"href", "rel"} for link in requirement["links"])


def walked(value: Any) -> Any:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walked(item)


def test_identifiers_are_distinct_and_the_same_every_time() -> None:
    identifiers = [item["uuid"] for item in walked(definition()) if isinstance(item, dict) and "uuid" in item]
    assert len(identifiers) == len(set(identifiers)) > 20
    assert {UUID(item).version for item in identifiers} == {5}
    assert (
        json.loads(component_definition("1.2.3", judged(), MODIFIED))["component-definition"] == definition()
    )


def test_properties_are_tokens_with_trimmed_values() -> None:
    props = [item for item in walked(definition()) if isinstance(item, dict) and "value" in item]
    assert len(props) > 500
    assert all(TOKEN.fullmatch(item["name"]) for item in props)
    assert all(item["value"] == item["value"].strip() != "" for item in props)


def test_every_control_and_every_citation_is_in_the_component_definition() -> None:
    mapped = {
        (rule["value"], requirement["control-id"])
        for component in definition()["components"]
        for implementation in component["control-implementations"]
        for requirement in implementation["implemented-requirements"]
        for rule in requirement["props"]
    }
    assert mapped == {(item.id, control_id(citation)) for item in controls() for citation in item.citations}


def test_a_citation_becomes_a_token() -> None:
    assert control_id("164.312(a)(2)(iv)") == "hipaa-164.312.a.2.iv"
